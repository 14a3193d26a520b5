/** What a set of policy statements says of one request. */
import { hasUnknown, referencesIn } from "../configuration.ts";
import { type Answer, all, any, not } from "./answers.ts";
import { holds, withVariables } from "./conditions.ts";
import { isOwnPlace, matchesSubject, matchesText } from "./match.ts";
import type { Principals, Statement } from "./policy.ts";
import type { Principal, Request } from "./request.ts";

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

function applies(written: Statement, request: Request, kind: PolicyKind): Answer {
  const statement = written.variables ? filledIn(written, request) : written;
  return all([
    matchesAction(statement, request.action),
    matchesResource(statement, request),
    kind === "identity" ? "yes" : matchesPrincipal(statement, request, kind === "delegation"),
    ...statement.conditions.map((condition) => holds(condition, request)),
  ]);
}

/** Variables count in resources and in the values of conditions. */
function filledIn(statement: Statement, request: Request): Statement {
  const fill = (texts: readonly string[]): readonly string[] => texts.map((one) => withVariables(one, request));
  const { resources, notResources, conditions } = statement;
  return {
    ...statement,
    resources: resources === undefined ? undefined : fill(resources),
    notResources: notResources === undefined ? undefined : fill(notResources),
    conditions: conditions.map((one) => ({ ...one, values: fill(one.values) })),
  };
}

function matchesAction({ actions, notActions }: Statement, action: string): Answer {
  const match = (patterns: readonly string[]): Answer =>
    any(patterns.map((pattern) => matchesText(pattern.toLowerCase(), action.toLowerCase(), true)));
  if (actions !== undefined) return match(actions);
  return notActions === undefined ? "no" : not(match(notActions));
}

function matchesResource({ resources, notResources }: Statement, { resource, trusting }: Request): Answer {
  const match = (patterns: readonly string[]): Answer =>
    any(patterns.map((pattern) => matchesSubject(pattern, resource, trusting)));
  if (resources !== undefined) return match(resources);
  return notResources === undefined ? "no" : not(match(notResources));
}

function matchesPrincipal(statement: Statement, request: Request, delegates: boolean): Answer {
  const { principals, notPrincipals, effect } = statement;
  if (principals !== undefined) return isAmong(principals, request, delegates || effect === "Deny");
  if (notPrincipals === undefined) return "no";
  // Whoever has a permissions boundary is denied, whatever the element names.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
  if (effect === "Deny" && request.principal.kind === "role" && request.principal.bounded) return "yes";
  return not(isAmong(notPrincipals, request, true));
}

/** Whether the one who asks is among some principals; `accounts`: whether an account stands for its roles. */
function isAmong(named: Principals, { principal, trusting, action }: Request, accounts: boolean): Answer {
  if (named === "*") return "yes";
  const aws = named.AWS ?? [];
  const everyone = aws.includes("*");
  if (principal.kind === "service") {
    const own = any((named.Service ?? []).map((one) => equals(one, principal.name)));
    // `{ "AWS": "*" }` is everyone in a policy of a resource; whether also a service that assumes a role, AWS does not say.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    return everyone ? any([own, action === "sts:AssumeRole" ? "maybe" : "yes"]) : own;
  }
  if (everyone) return "yes";
  if (principal.kind === "account") return any(aws.map((one) => isAccount(one, principal.accountId)));
  return any(aws.map((one) => isRole(one, principal, accounts, trusting)));
}

/** An account, by its id or its root user. */
const accountPattern = /^(?:arn:[^:]+:iam::([^:]+):root|(\d{12}))$/;

function isAccount(pattern: string, accountId: string): Answer {
  const [, inArn, plain] = accountPattern.exec(pattern) ?? [];
  const id = inArn ?? plain ?? (hasUnknown(pattern) ? pattern : "");
  return hasUnknown(id) ? "maybe" : id === accountId ? "yes" : "no";
}

function equals(pattern: string, value: string): Answer {
  if (pattern === value) return "yes";
  // `sns.eu-central-2.amazonaws.com`, `sqs.amazonaws.com.cn`: some services go by these as well, in some places.
  const general = pattern.replace(/^([\w-]+)\.[a-z]+(?:-[a-z]+)+-\d\./, "$1.").replace(/\.cn$/, "");
  return hasUnknown(pattern) || general === value ? "maybe" : "no";
}

/** An account (its id, or its root user) stands for every role of it where accounts count. No other wildcard does. */
function isRole(
  pattern: string,
  principal: Extract<Principal, { kind: "role" }>,
  accounts: boolean,
  trusting: boolean,
): Answer {
  const account = accountPattern.exec(pattern);
  if (account === null) return /[*?]/.test(pattern) ? "no" : isNamed(pattern, principal, trusting);
  if (!accounts) return "no";
  const id = account[1] ?? account[2] ?? "";
  if (hasUnknown(id)) return referencesIn(id).every(isOwnPlace) ? "yes" : "maybe";
  if (principal.accountId === null) return trusting ? "yes" : "maybe";
  return principal.accountId === id ? "yes" : "no";
}

/** By its ARN; or by that of one of its sessions, of which the name is not known. */
function isNamed(pattern: string, { subject }: Extract<Principal, { kind: "role" }>, trusting: boolean): Answer {
  const session = /^arn:[^:]+:sts::[^:]*:assumed-role\/([^/]+)\//.exec(pattern)?.[1];
  if (session === undefined) return matchesSubject(pattern, subject, trusting);
  return subject.arns.some((arn) => arn.split("/").at(-1) === session) ? "maybe" : "no";
}
