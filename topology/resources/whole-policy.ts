/**
 * Policies that are the whole of what their owner has, where several resources write one: an attribute of the owner and
 * a resource of its own, or two such resources. AWS keeps the one that was written last.
 */
import { type Resource, Unknown, type Value } from "../configuration.ts";
import { isJson } from "../sources/json.ts";

/**
 * Whether a resource's own attribute `policy` writes one. A state does not tell: what is there after a refresh may be what
 * a resource beside it has written.
 */
export function writesOwnPolicy({ configured, provider, values: { policy } }: Resource): boolean {
  if (policy === undefined || policy === null || policy === "") return false;
  return configured?.has("policy") ?? (provider !== null && typeof policy === "string");
}

/** The addresses of what writes a policy: the owner itself, where what it says is known to be another. */
export function policyWriters(owner: Resource, beside: readonly Resource[]): string[] {
  const differs = writesOwnPolicy(owner) && beside.some(({ values }) => areOther(owner.values.policy, values.policy));
  return [...(differs ? [owner.address] : []), ...beside.map(({ address }) => address)];
}

/** What makes two policies the same: how a document is spaced and in what order its keys stand does not count. */
export function contentOf(policy: Value | undefined): string | undefined {
  if (policy instanceof Unknown)
    return policy.references.length === 0 ? undefined : `made from ${policy.references.toSorted().join(" ")}`;
  if (typeof policy !== "string") return undefined;
  try {
    return JSON.stringify(ordered(JSON.parse(policy)));
  } catch {
    return policy;
  }
}

/** Of a policy that is known and one that is not it cannot be told. */
function areOther(one: Value | undefined, other: Value | undefined): boolean {
  const [content, its] = [contentOf(one), contentOf(other)];
  if (content === undefined || its === undefined || typeof one !== typeof other) return false;
  return content !== its;
}

function ordered(value: unknown): unknown {
  // A list of one is written either way, and AWS gives back what it likes.
  if (Array.isArray(value)) return value.length === 1 ? ordered(value[0]) : value.map(ordered);
  if (!isJson(value)) return value;
  const sorted = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, one]) => [key, ordered(one)]));
}
