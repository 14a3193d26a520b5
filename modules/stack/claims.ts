import { DefaultTokenResolver, StringConcat, TerraformStack, Tokenization } from "cdktf";
import type { Construct } from "constructs";

/** What only one construct of a stack can have: a name in AWS, or the policy of a queue. */
interface Claim {
  readonly owner: Construct;
  /** As the message names it: `the redrive policy of the queue`. */
  readonly what: string;
  readonly key: string;
}

const claimsOf = new WeakMap<TerraformStack, Claim[]>();

/**
 * Says that a construct has something that no other construct of the stack can have; synth refuses a second one. Of two
 * policies for one queue, for instance, the one that is applied last would silently replace the other.
 * @param key what tells one from another; may be a Terraform expression
 */
export function claim(owner: Construct, what: string, key: string): void {
  const stack = TerraformStack.of(owner);
  const known = claimsOf.get(stack);
  const claims = known ?? [];
  claims.push({ owner, what, key });
  if (known !== undefined) return;
  claimsOf.set(stack, claims);
  stack.node.addValidation({ validate: () => conflicts(stack, claims) });
}

function conflicts(stack: TerraformStack, claims: readonly Claim[]): string[] {
  const first = new Map<string, Claim>();
  return claims.flatMap((one) => {
    const key = String(
      Tokenization.resolve(one.key, {
        scope: stack,
        resolver: new DefaultTokenResolver(new StringConcat()),
        preparing: false,
      }),
    );
    const place = `${one.what}\0${key}`;
    const other = first.get(place);
    if (other === undefined) first.set(place, one);
    return other === undefined
      ? []
      : [`${one.what} ${key} would be ${other.owner.node.path}'s and ${one.owner.node.path}'s; only one can have it.`];
  });
}
