/**
 * Whether AWS allows a request, from all the policies that count. What may also be there and is not known (a policy
 * made by another team, one that Terraform knows after the apply) lowers an answer only where it must:
 *
 * | who asks, for what | known to allow | what is not known | then |
 * | --- | --- | --- | --- |
 * | anyone | anything, and a statement denies | anything | missing |
 * | anyone | anything, and a statement may deny | anything | unknown |
 * | a service | the resource's policy | more of the resource's policies | granted, assuming that none denies |
 * | a service | nothing | the resource's policy | unknown |
 * | a service | nothing | nothing | missing |
 * | a role, same account | its own policy or the resource's | another of either | granted, assuming that none denies |
 * | a role, same account | nothing | a policy of either | unknown |
 * | a role, same account | nothing | nothing | missing |
 * | a role, another account | its own policy and the resource's | another of either | granted, assuming that none denies |
 * | a role, another account | one of the two | the other one | unknown |
 * | a role, another account | one of the two | nothing | missing |
 * | a role, of an account that is not known | as in the same account | as there | as there, assuming that it is the same |
 * | a role, for a key | the key's policy; or its own, and the key's leaves it to the account | as in the same account | as there |
 * | a role with a boundary | as without | the boundary | unknown |
 * | a role with a boundary | as without, and the boundary | as without | as without |
 * | a role with a boundary | as without, not the boundary | as without | missing |
 *
 * Deny statements are rare: an additional policy is not taken for one that denies, but its name is on the edge. A
 * boundary, a key's policy and the policy of a resource in another account are no additions: without them nothing is
 * allowed.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
import type { PermissionState } from "../graph.ts";
import { type Answer, all, any } from "./answers.ts";
import { type Decision, decide } from "./decide.ts";
import type { Policies } from "./policy.ts";
import type { Request } from "./request.ts";

/** A request, and the policies that count for it. */
export interface Case {
  readonly request: Omit<Request, "trusting">;
  /** Policies of the role; undefined where a service asks. */
  readonly mine: Policies | undefined;
  /** Policies of the resource. */
  readonly theirs: Policies;
  /** The permissions boundary of the role. */
  readonly boundary: Policies | undefined;
  /** Keys leave nothing to roles' own policies unless their policy says so. */
  readonly isKey: boolean;
}

export interface Verdict {
  readonly state: PermissionState;
  /** Why it is unknown, what had to be assumed where it is granted, what refuses it; null: there is just nothing. */
  readonly reason: Reason | null;
  /** Policies that grant it. */
  readonly by: readonly string[];
}

/** What refuses or blurs a request, or what its being granted rests on. */
export type Reason =
  | { readonly kind: "denied" | "may deny" | "may allow"; readonly by: readonly string[] }
  | { readonly kind: "not delegated" | "not bounded" | "accounts" | "other account" }
  /** why a policy is not known */
  | { readonly kind: "policy"; readonly why: string };

/** Judges a request: first from what is known, then as if accounts and Regions that are not were those that policies name. */
export function judge(one: Case): Verdict {
  const known = weigh(one, false);
  if (known.state !== "unknown") return known;
  const assumed = weigh(one, true);
  if (assumed.state === "unknown") return assumed;
  // Granted on that assumption, with it as the reason; an assumption is not enough to call anything missing.
  return assumed.state === "granted" ? { ...assumed, reason: { kind: "accounts" } } : known;
}

function weigh({ request: asked, mine, theirs, boundary, isKey }: Case, trusting: boolean): Verdict {
  const request: Request = { ...asked, trusting };
  const own = decide(mine?.statements ?? [], request, "identity");
  const direct = decide(theirs.statements, request, "resource");
  const limit = boundary === undefined ? undefined : decide(boundary.statements, request, "identity");
  const decisions = [own, direct, ...(limit === undefined ? [] : [limit])];

  const denied = decisions.find(({ deny }) => deny === "yes");
  if (denied !== undefined) return { state: "missing", reason: { kind: "denied", by: denied.deniedBy }, by: [] };

  const byMine = mine === undefined ? "no" : orUnknown(own.allow, mine);
  const byTheirs = orUnknown(direct.allow, theirs);
  const delegated = orUnknown(decide(theirs.statements, request, "delegation").allow, theirs);
  const isOther = mine === undefined ? "no" : isAnotherAccount(request);
  const inSame = any([byTheirs, isKey ? all([byMine, delegated]) : byMine]);
  const inOther = all([byMine, delegated]);
  const allowed = isOther === "no" ? inSame : isOther === "yes" ? inOther : either(inSame, inOther);
  if (allowed === "no") return { state: "missing", reason: whyNot(own, isKey, isOther), by: [] };
  const bounded = limit === undefined || boundary === undefined ? "yes" : orUnknown(limit.allow, boundary);
  if (bounded === "no") return { state: "missing", reason: { kind: "not bounded" }, by: [] };

  const doubted = decisions.find(({ deny }) => deny === "maybe");
  const unknown = [...(mine?.unknown ?? []), ...theirs.unknown];
  const [first] = unknown;
  if (allowed === "yes" && bounded === "yes" && doubted === undefined) {
    const by = byTheirs === "yes" ? direct.allowedBy : own.allowedBy;
    return { state: "granted", reason: first === undefined ? null : { kind: "policy", why: first }, by };
  }
  if (doubted !== undefined) return { state: "unknown", reason: { kind: "may deny", by: doubted.deniedBy }, by: [] };
  const [why] = allowed === "yes" ? (boundary?.unknown ?? []) : unknown;
  if (why !== undefined) return { state: "unknown", reason: { kind: "policy", why }, by: [] };
  const by = [own, direct, ...(limit === undefined ? [] : [limit])].find(({ allow }) => allow === "maybe")?.allowedBy;
  return { state: "unknown", reason: by === undefined ? null : { kind: "may allow", by }, by: [] };
}

/** Nothing that allows it is not known to be so where a policy is not known. */
function orUnknown(answer: Answer, { unknown }: Policies): Answer {
  return answer === "no" && unknown.length > 0 ? "maybe" : answer;
}

/** What two answers have in common. */
function either(one: Answer, other: Answer): Answer {
  return one === other ? one : "maybe";
}

/** Whether a role asks for what belongs to another account. */
function isAnotherAccount({ principal, resource, trusting }: Request): Answer {
  // Only a role needs policies of its own beside the resource's.
  if (principal.kind !== "role") return "no";
  const { provider } = principal.subject;
  if (provider !== null && provider === resource.provider) return "no";
  if (principal.accountId === null || resource.accountId === null) return trusting ? "no" : "maybe";
  return principal.accountId === resource.accountId ? "no" : "yes";
}

function whyNot(own: Decision, isKey: boolean, isOther: Answer): Reason | null {
  if (own.allow !== "yes") return null;
  return isOther === "yes" ? { kind: "other account" } : isKey ? { kind: "not delegated" } : null;
}
