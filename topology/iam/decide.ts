/**
 * What a set of policy statements says of one request.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
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

/** allowed, denied, nothing said, or not known. */
export type Decision =
  | { readonly kind: "allow"; readonly by: readonly string[] }
  | { readonly kind: "deny"; readonly by: readonly string[] }
  | { readonly kind: "none" }
  | { readonly kind: "unknown"; readonly by: readonly string[] };

/** Decides over statements of policies of one kind: of a role, or of a resource. */
export function decide(statements: readonly Statement[], request: Request, kind: "identity" | "resource"): Decision {
  const answers = statements.map((statement) => ({ statement, answer: applies(statement, request, kind) }));
  const of = (effect: Statement["effect"], answer: Answer): string[] => [
    ...new Set(
      answers.filter((one) => one.statement.effect === effect && one.answer === answer).map((one) => one.statement.by),
    ),
  ];
  const denied = of("Deny", "yes");
  if (denied.length > 0) return { kind: "deny", by: denied };
  const allowed = of("Allow", "yes");
  const doubtful = of("Deny", "maybe");
  if (allowed.length > 0)
    return doubtful.length > 0 ? { kind: "unknown", by: doubtful } : { kind: "allow", by: allowed };
  const possible = of("Allow", "maybe");
  return possible.length > 0 ? { kind: "unknown", by: possible } : { kind: "none" };
}

function applies(statement: Statement, request: Request, kind: "identity" | "resource"): Answer {
  return all([
    matchesAction(statement, request.action),
    matchesResource(statement, request.resource),
    kind === "identity" ? "yes" : matchesPrincipal(statement, request),
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

function matchesPrincipal({ principals, notPrincipals }: Statement, request: Request): Answer {
  const match = (named: NonNullable<Statement["principals"]>): Answer => {
    if (named === "*") return "yes";
    const { principal } = request;
    const aws = named.AWS ?? [];
    if (aws.includes("*")) return "yes";
    if (principal.kind === "service") return (named.Service ?? []).includes(principal.name) ? "yes" : "no";
    return any(aws.map((one) => matchesRole(one, principal)));
  };
  if (principals !== undefined) return match(principals);
  return notPrincipals === undefined ? "no" : not(match(notPrincipals));
}

/** An account (its id, or its root user) stands for every role of it. */
function matchesRole(pattern: string, principal: Extract<Principal, { kind: "role" }>): Answer {
  const account = /^(?:arn:[^:]+:iam::(\d{12}):root|(\d{12}))$/.exec(pattern);
  if (account === null) return matchesSubject(pattern, principal.subject);
  const id = account[1] ?? account[2];
  return principal.accountId === null || principal.accountId === id ? "yes" : "no";
}

function holds({ operator, key, values }: Statement["conditions"][number], request: Request): Answer {
  const name = operator.replace(/^For(?:Any|All)Values:/, "").replace(/IfExists$/, "");
  const lower = key.toLowerCase();
  const negated = name.includes("Not");
  const answer = ((): Answer => {
    if (lower === "aws:sourcearn") {
      const { source } = request;
      if (source === undefined) return operator.endsWith("IfExists") || negated ? (negated ? "no" : "yes") : "no";
      return any(values.map((value) => matchesSubject(value, source)));
    }
    // The policy that SNS gives a topic admits the account's own principals so, and no service but CloudWatch.
    if (lower === "aws:sourceowner") return request.principal.kind === "role" ? "yes" : "no";
    if (lower === "aws:sourceaccount") {
      const account = request.source?.arns[0]?.split(":")[4] ?? "";
      if (account === "" || request.source?.accountKnown !== true) return "yes";
      return values.includes(account) ? "yes" : values.some((value) => !/^\d{12}$/.test(value)) ? "maybe" : "no";
    }
    if (lower === "aws:securetransport") return values.includes("true") ? "yes" : "no";
    if (lower === "s3:resourceaccount" || lower === "aws:resourceaccount") return "yes";
    if (lower === "kms:viaservice") return "yes";
    if (lower === "aws:principalservicename" && request.principal.kind === "service") {
      return values.includes(request.principal.name) ? "yes" : "no";
    }
    if (lower === "aws:principalisawsservice")
      return values.includes(String(request.principal.kind === "service")) ? "yes" : "no";
    return "maybe";
  })();
  return negated ? not(answer) : answer;
}
