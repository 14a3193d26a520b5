/** What a finding proposes: changes that a program can make, and the words for them. */
import type { JsonValue, Permission } from "../topology/graph.ts";

/** An attribute to set. */
interface SetChange {
  readonly kind: "set";
  readonly address: string;
  /** Dots lead into blocks and into JSON: `scaling_config.maximum_concurrency`, `redrive_policy.maxReceiveCount`. */
  readonly attribute: string;
  readonly value: JsonValue;
}

/** An attribute or block to take away. */
interface RemoveChange {
  readonly kind: "remove";
  readonly address: string;
  readonly attribute: string;
}

/**
 * A statement to add: to the policies of a role, to the resource's own policy where the principal is a service, to the
 * redrive allow policy where the action is `redrive`.
 */
interface AllowChange {
  readonly kind: "allow";
  /** A role's address or ARN, a service, or the queue that redrives. */
  readonly principal: string;
  readonly actions: readonly string[];
  /** Address, or ARN outside the configuration. */
  readonly resource: string;
  /** On whose behalf a service may do it (`aws:SourceArn`), null: not named. */
  readonly source: string | null;
}

export type Change = SetChange | RemoveChange | AllowChange;

/**
 * What to change. A text where someone has to choose; else one way, as changes to make together, or several ways, each
 * of which mends the finding. `and` stands after the ways: what a configuration cannot say. `or` is one more way, in
 * words.
 */
export type Fix =
  | string
  | readonly Change[]
  | { readonly either: readonly (readonly Change[])[]; readonly and?: string; readonly or?: string };

export function set(address: string, attribute: string, value: JsonValue): Change {
  return { kind: "set", address, attribute, value };
}

export function without(address: string, attribute: string): Change {
  return { kind: "remove", address, attribute };
}

/** The statement that gives a permission, or the words where no statement can. */
export function allow({ principal, actions, resource }: Permission, source: string | null = null): Fix {
  if (resource.startsWith("alias/aws/")) {
    return `a customer-managed key whose policy admits ${principal} to ${actions.join(" and ")}, or no KMS key`;
  }
  return [{ kind: "allow", principal, actions, resource, source }];
}

/** The ways of a fix, each a list of changes to make together; none: words alone. */
export function waysOf(fix: Fix): readonly (readonly Change[])[] {
  if (typeof fix === "string") return [];
  return isList(fix) ? [fix] : fix.either;
}

/** A fix in words, as seen from the resource that the finding names. */
export function wordsOf(fix: Fix, address: string): string {
  if (typeof fix === "string") return fix;
  const ways = waysOf(fix).map((changes) => changes.map((change) => words(change, address)).join(" and "));
  const { and, or } = isList(fix) ? {} : fix;
  const all = [...ways, ...(or === undefined ? [] : [or])].join(", or ");
  return and === undefined ? all : `${all}, ${and}`;
}

function isList(fix: Exclude<Fix, string>): fix is readonly Change[] {
  return Array.isArray(fix);
}

function words(change: Change, address: string): string {
  if (change.kind === "allow") return statement(change);
  const place = change.address === address ? "" : ` in ${change.address}`;
  if (change.kind === "remove") return `no ${change.attribute}${place}`;
  const names = change.attribute.split(".");
  const leaf = `${names.at(-1)} = ${shownValue(change.value)}`;
  // Inside JSON the name is enough; a block that may not be there yet is shown as one.
  if (names[0] === "redrive_policy" || names[0] === "event_pattern") return `${leaf}${place}`;
  return `${names.slice(0, -1).reduceRight((inner, block) => `${block} { ${inner} }`, leaf)}${place}`;
}

function shownValue(value: JsonValue): string {
  return Array.isArray(value) ? `[${value.map((one) => JSON.stringify(one)).join(", ")}]` : JSON.stringify(value);
}

function statement({ principal, actions, resource, source }: AllowChange): string {
  if (actions.includes("redrive")) return `the ARN of ${principal} in sourceQueueArns of its redrive allow policy`;
  if (actions.includes("sts:AssumeRole")) return `a trust policy of ${resource} that lets ${principal} assume it`;
  const isService = principal.endsWith(".amazonaws.com");
  if (isService && actions.includes("lambda:InvokeFunction")) {
    return `aws_lambda_permission for ${principal} on ${resource}${source === null ? "" : `, source_arn = ${source}`}`;
  }
  const condition = isService && source !== null ? `, with aws:SourceArn ${source}` : "";
  return `${actions.join(", ")} on ${resource} for ${principal}${condition}`;
}
