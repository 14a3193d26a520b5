/**
 * What a set of policy statements says of one request.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { hasUnknown, referencesIn } from "../configuration.ts";
import { type Answer, all, any, matchesSubject, matchesWildcard, not, type Statement, type Subject } from "./policy.ts";

/** Who asks. */
export type Principal =
  | { readonly kind: "service"; readonly name: string }
  | { readonly kind: "role"; readonly subject: Subject; readonly accountId: string | null };

export interface Request {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: Subject;
  /** On whose behalf a service asks: `aws:SourceArn`. */
  readonly source: Subject | undefined;
}

/** Whether statements allow and whether they deny a request, each known or not, and which policies say so. */
export interface Decision {
  readonly allow: Answer;
  readonly allowedBy: readonly string[];
  readonly deny: Answer;
  readonly deniedBy: readonly string[];
}

/**
 * Policies of a role, of a resource, or what a resource's policy leaves to the policies of roles: a statement that
 * names an account allows nothing to its roles, it lets their own policies decide.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export type PolicyKind = "identity" | "resource" | "delegation";

/** Decides over statements of policies of one kind. */
export function decide(statements: readonly Statement[], request: Request, kind: PolicyKind): Decision {
  const answers = statements.map((statement) => ({ statement, answer: applies(statement, request, kind) }));
  const of = (effect: Statement["effect"]): { answer: Answer; by: string[] } => {
    const own = answers.filter(({ statement }) => statement.effect === effect);
    const answer = any(own.map((one) => one.answer));
    const sayers = own.filter((one) => answer !== "no" && one.answer === answer).map(({ statement }) => statement.by);
    return { answer, by: [...new Set(sayers)] };
  };
  const [allow, deny] = [of("Allow"), of("Deny")];
  return { allow: allow.answer, allowedBy: allow.by, deny: deny.answer, deniedBy: deny.by };
}

function applies(statement: Statement, request: Request, kind: PolicyKind): Answer {
  return all([
    matchesAction(statement, request.action),
    matchesResource(statement, request.resource),
    kind === "identity" ? "yes" : matchesPrincipal(statement, request, kind === "delegation"),
    ...statement.conditions.map((condition) => holds(condition, request)),
  ]);
}

function matchesAction({ actions, notActions }: Statement, action: string): Answer {
  const match = (pattern: string): boolean => matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
  if (actions !== undefined) return actions.some(match) ? "yes" : "no";
  return notActions === undefined || notActions.some(match) ? "no" : "yes";
}

function matchesResource({ resources, notResources }: Statement, resource: Subject): Answer {
  if (resources !== undefined) return any(resources.map((pattern) => matchesSubject(pattern, resource)));
  if (notResources !== undefined) return not(any(notResources.map((pattern) => matchesSubject(pattern, resource))));
  return "no";
}

function matchesPrincipal(statement: Statement, request: Request, delegates: boolean): Answer {
  const { principals, notPrincipals, effect } = statement;
  const match = (named: NonNullable<Statement["principals"]>, accounts: boolean): Answer => {
    if (named === "*") return "yes";
    const { principal } = request;
    const aws = named.AWS ?? [];
    if (aws.includes("*")) return "yes";
    if (principal.kind === "service") return any((named.Service ?? []).map((one) => equals(one, principal.name)));
    return any(aws.map((one) => matchesRole(one, principal, accounts)));
  };
  if (principals !== undefined) return match(principals, delegates || effect === "Deny");
  return notPrincipals === undefined ? "no" : not(match(notPrincipals, true));
}

function equals(pattern: string, value: string): Answer {
  return hasUnknown(pattern) ? "maybe" : pattern === value ? "yes" : "no";
}

/** An account (its id, or its root user) stands for every role of it where accounts count. No other wildcard does. */
function matchesRole(pattern: string, principal: Extract<Principal, { kind: "role" }>, accounts: boolean): Answer {
  const account = /^(?:arn:[^:]+:iam::([^:]+):root|(\d{12}))$/.exec(pattern);
  if (account === null) return /[*?]/.test(pattern) ? "no" : matchesSubject(pattern, principal.subject);
  if (!accounts) return "no";
  const id = account[1] ?? account[2] ?? "";
  if (hasUnknown(id)) return referencesIn(id).every((one) => /\baws_caller_identity\./.test(one)) ? "yes" : "maybe";
  return principal.accountId === null || principal.accountId === id ? "yes" : "no";
}

/** How an operator compares: exactly, with wildcards, without regard to case. Others are not known. */
const operators: Readonly<Record<string, "exact" | "like" | "caseless">> = {
  StringEquals: "exact",
  StringNotEquals: "exact",
  StringEqualsIgnoreCase: "caseless",
  StringNotEqualsIgnoreCase: "caseless",
  StringLike: "like",
  StringNotLike: "like",
  ArnEquals: "like",
  ArnNotEquals: "like",
  ArnLike: "like",
  ArnNotLike: "like",
  Bool: "caseless",
};

/**
 * Whether a condition holds. A key that the request has not makes it false, or true with `IfExists` and the negated
 * operators.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
function holds({ operator, key, values }: Statement["conditions"][number], request: Request): Answer {
  const name = operator.replace(/^For(?:Any|All)Values:/i, "").replace(/IfExists$/i, "");
  const how = Object.hasOwn(operators, name) ? operators[name] : undefined;
  const negated = name.includes("Not");
  const compare = valueOf(key.toLowerCase(), request);
  if (name.toLowerCase() === "null") {
    if (compare === "unknown" || values.some(hasUnknown)) return "maybe";
    return values.map((one) => one.toLowerCase()).includes(String(compare === "absent")) ? "yes" : "no";
  }
  if (compare === "unknown" || how === undefined) return "maybe";
  if (compare === "absent") return /IfExists$/i.test(operator) || negated ? "yes" : "no";
  const answer = any(values.map((value) => compare(value, how)));
  return negated ? not(answer) : answer;
}

type Compare = (value: string, how: "exact" | "like" | "caseless") => Answer;

/** How to compare with the value that a request has for a key. */
function valueOf(key: string, { principal, source }: Request): Compare | "absent" | "unknown" {
  const subject =
    (of: Subject): Compare =>
    (value, how) => {
      // Only the operators that know wildcards take them for such.
      if (how !== "like" && /[*?]/.test(value)) return "no";
      if (how === "like") return matchesSubject(value, of);
      const lower = { ...of, arns: of.arns.map((one) => one.toLowerCase()) };
      return how === "caseless" && !hasUnknown(value)
        ? matchesSubject(value.toLowerCase(), lower)
        : matchesSubject(value, of);
    };
  const known =
    (own: string): Compare =>
    (value, how) => {
      if (hasUnknown(value)) return "maybe";
      if (how === "like") return matchesWildcard(value, own) ? "yes" : "no";
      const same = how === "caseless" ? value.toLowerCase() === own.toLowerCase() : value === own;
      return same ? "yes" : "no";
    };
  switch (key) {
    case "aws:sourcearn":
      return source === undefined ? "absent" : subject(source);
    case "aws:principalarn":
      return principal.kind === "role" ? subject(principal.subject) : "absent";
    // The policy that SNS gives a topic admits the account's own principals so, and no service but CloudWatch.
    case "aws:sourceowner":
      return () => (principal.kind === "role" ? "yes" : "no");
    case "aws:sourceaccount": {
      if (source === undefined) return "absent";
      const account = source.arns[0]?.split(":")[4] ?? "";
      return account === "" || !source.accountKnown ? () => "yes" : known(account);
    }
    case "aws:securetransport":
      return known("true");
    case "s3:resourceaccount":
    case "aws:resourceaccount":
    case "kms:viaservice":
      return () => "yes";
    case "aws:principalservicename":
      return principal.kind === "service" ? known(principal.name) : "absent";
    case "aws:principalisawsservice":
      return known(String(principal.kind === "service"));
    default:
      return "unknown";
  }
}
