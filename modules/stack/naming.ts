/**
 * Names in AWS and addresses in Terraform's state.
 *
 * An address is public: whoever renames one destroys a queue and makes another. So addresses are said here instead of
 * being derived from a hash, and read as a person would write them: `aws_sqs_queue.payments`,
 * `aws_sqs_queue.payments_dead_letter`.
 */
import { TerraformDataSource, TerraformElement, TerraformOutput, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { settingsFor } from "./configure.ts";

/** The id of a construct that is all of a plain module; its parts get addresses without a prefix. */
const moduleRoot = "this";

/** The ids of a construct and its parents within its stack. */
function idsWithinStack(construct: Construct): string[] {
  const stack = TerraformStack.of(construct);
  const ids: string[] = [];
  for (let at: Construct | undefined = construct; at !== undefined && at !== stack; at = parentOf(at)) {
    ids.unshift(at.node.id);
  }
  return ids;
}

const parentOf = (construct: Construct): Construct | undefined => construct.node.scope;

/** The name that a construct gives to what it makes: the stack's prefix and the ids on the way to it. */
export function defaultName(construct: Construct): string {
  const prefix = settingsFor(construct).namePrefix ?? TerraformStack.of(construct).node.id;
  return [prefix, ...idsWithinStack(construct)].filter((part) => part !== "").join("-");
}

/**
 * Gives an element that a construct made its address: the construct's own, followed by the part's.
 * @param part `""` for the one main resource of its type, else for instance `"dead_letter"`
 */
export function address<Element extends TerraformElement>(owner: Construct, part: string, element: Element): Element {
  const ids = idsWithinStack(owner).map((id) => id.replace(/\W/g, "_"));
  const path =
    ids.length === 1 && ids[0] === moduleRoot && part !== "" ? [part] : [...ids, ...(part === "" ? [] : [part])];
  const id = path.join("_");
  element.overrideLogicalId(/^[A-Za-z_]/.test(id) ? id : `_${id}`);
  guardAddresses(TerraformStack.of(owner));
  return element;
}

const guarded = new WeakSet<TerraformStack>();

/** Refuses two elements of one address, once per stack: one would silently overwrite the other. */
function guardAddresses(stack: TerraformStack): void {
  if (guarded.has(stack)) return;
  guarded.add(stack);
  stack.node.addValidation({
    validate: () => {
      const owners = new Map<string, string>();
      const problems: string[] = [];
      for (const element of stack.node.findAll().filter(isElement)) {
        const kind = kindOf(element);
        if (kind === undefined) continue;
        const key = `${kind}.${element.friendlyUniqueId}`;
        const first = owners.get(key);
        if (first === undefined) owners.set(key, element.node.path);
        else
          problems.push(`${key} would be the address of both ${first} and ${element.node.path}; rename one of them.`);
      }
      return problems;
    },
  });
}

const isElement = (construct: unknown): construct is TerraformElement => TerraformElement.isTerraformElement(construct);

/** The kind of an element as it stands in addresses; `undefined` for what has no address of its own. */
function kindOf(element: TerraformElement): string | undefined {
  if (TerraformResource.isTerraformResource(element)) return element.terraformResourceType;
  if (TerraformDataSource.isTerraformDataSource(element)) return `data.${element.terraformResourceType}`;
  return TerraformOutput.isTerraformOutput(element) ? "output" : undefined;
}
