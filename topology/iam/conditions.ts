/**
 * Conditions of policy statements: which hold for a request, as far as its keys are known.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
import { hasUnknown, referencesIn, unknownText } from "../configuration.ts";
import { type Answer, any, not } from "./answers.ts";
import { isOwnPlace, matchesSubject, matchesText, type Subject, unknownPlace } from "./match.ts";
import type { Condition } from "./policy.ts";
import type { Request } from "./request.ts";

/** How an operator compares. Of others (numbers, dates, addresses) nothing is known. */
type How = "exact" | "caseless" | "like" | "arn";
const operators: Readonly<Record<string, How>> = {
  StringEquals: "exact",
  StringNotEquals: "exact",
  StringEqualsIgnoreCase: "caseless",
  StringNotEqualsIgnoreCase: "caseless",
  StringLike: "like",
  StringNotLike: "like",
  ArnEquals: "arn",
  ArnNotEquals: "arn",
  ArnLike: "arn",
  ArnNotLike: "arn",
  Bool: "caseless",
};

/**
 * Whether a condition holds. A key that the request has not makes it false; true with `IfExists`, with `ForAllValues` and
 * with the negated operators.
 */
export function holds({ operator, key, values }: Condition, request: Request): Answer {
  const [, set, name = operator, ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/i.exec(operator) ?? [];
  const value = valueOf(key.toLowerCase(), request);
  if (name.toLowerCase() === "null") {
    if (value.kind === "unknown" || values.some(hasUnknown)) return "maybe";
    return values.some((one) => one.toLowerCase() === String(value.kind === "absent")) ? "yes" : "no";
  }
  const how = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (value.kind === "unknown" || how === undefined) return "maybe";
  const isNegated = name.includes("Not");
  if (value.kind === "absent") {
    if (set !== undefined) return set.toLowerCase() === "forallvalues" || ifExists !== undefined ? "yes" : "no";
    return ifExists !== undefined || isNegated ? "yes" : "no";
  }
  const answer = any(values.map((wanted) => compare(wanted, how, value, request.trusting)));
  return isNegated ? not(answer) : answer;
}

/** The value that a request has for a key. */
type KeyValue =
  | { readonly kind: "absent" }
  | { readonly kind: "unknown" }
  | { readonly kind: "text"; readonly text: string }
  /** null: not known which */
  | { readonly kind: "account"; readonly id: string | null }
  | { readonly kind: "subject"; readonly subject: Subject };

function compare(
  wanted: string,
  how: How,
  value: Exclude<KeyValue, { kind: "absent" } | { kind: "unknown" }>,
  trusting: boolean,
) {
  switch (value.kind) {
    case "account": {
      const references = referencesIn(wanted);
      if (hasUnknown(wanted) && references.length > 0 && references.every(isOwnPlace)) return "yes";
      return compareText(wanted, how, value.id ?? unknownPlace, trusting);
    }
    case "text":
      return compareText(wanted, how, value.text, trusting);
    case "subject": {
      if (how === "arn" || hasUnknown(wanted)) return matchesSubject(wanted, value.subject, trusting);
      return any(value.subject.arns.map((arn) => compareText(wanted, how, arn, trusting)));
    }
    default:
      return value satisfies never;
  }
}

function compareText(wanted: string, how: How, own: string, trusting: boolean): Answer {
  // An operator for ARNs on what is none: AWS does not say.
  if (how === "arn") return "maybe";
  // Only the operators that know wildcards take them for such.
  if (how !== "like" && /[*?]/.test(wanted)) return "no";
  return how === "caseless"
    ? matchesText(wanted.toLowerCase(), own.toLowerCase(), trusting)
    : matchesText(wanted, own, trusting);
}

/**
 * Services that publish to a topic as the account whose resource asks for it.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
const asAccount: ReadonlySet<string> = new Set(["cloudwatch.amazonaws.com"]);

const [absent, unknown] = [{ kind: "absent" }, { kind: "unknown" }] as const;

function valueOf(key: string, request: Request): KeyValue {
  const { principal, source, resource, via, keys } = request;
  const given = keys?.[key];
  if (given !== undefined) return typeof given === "string" ? { kind: "text", text: given } : subjectOf(given);
  switch (key) {
    case "aws:sourcearn":
      return source === undefined ? absent : source === "unknown" ? unknown : subjectOf(source);
    case "aws:sourceaccount":
      if (source === "unknown") return unknown;
      return source === undefined ? absent : { kind: "account", id: source.accountId };
    case "aws:principalarn":
      return principal.kind === "role" ? subjectOf(principal.subject) : absent;
    // The policy that SNS gives a topic admits the account's own principals by aws:SourceOwner, and of the services
    // those that publish as the account.
    case "aws:sourceowner":
      if (principal.kind !== "service") return { kind: "account", id: principal.accountId };
      if (!asAccount.has(principal.name) || source === undefined) return absent;
      return source === "unknown" ? unknown : { kind: "account", id: source.accountId };
    case "aws:principalaccount":
    case "kms:calleraccount":
      return principal.kind === "service" ? absent : { kind: "account", id: principal.accountId };
    case "aws:principaltype":
      return principal.kind === "role" ? { kind: "text", text: "AssumedRole" } : unknown;
    case "aws:principalservicename":
      return principal.kind === "service" ? { kind: "text", text: principal.name } : absent;
    case "aws:principalisawsservice":
      return { kind: "text", text: String(principal.kind === "service") };
    case "aws:securetransport":
      return { kind: "text", text: "true" };
    case "s3:resourceaccount":
    case "aws:resourceaccount":
      return { kind: "account", id: resource.accountId };
    // Set where a service uses a key for the principal that called it.
    case "kms:viaservice":
      return principal.kind === "role" && via !== undefined
        ? { kind: "text", text: `${via}.${resource.region ?? unknownPlace}.amazonaws.com` }
        : unknown;
    default:
      return unknown;
  }
}

function subjectOf(subject: Subject): KeyValue {
  return { kind: "subject", subject };
}

/** Variables that a request gives a value; of the others nothing is known. */
const variables: Readonly<Record<string, (request: Request) => string | null | undefined>> = {
  "aws:principalaccount": ({ principal }) => (principal.kind === "service" ? undefined : principal.accountId),
  "aws:resourceaccount": ({ resource }) => resource.accountId,
  "aws:sourceaccount": ({ source }) => (source === "unknown" ? undefined : source?.accountId),
  "aws:sourcearn": ({ source }) => (source === "unknown" ? undefined : source?.arns[0]),
  "aws:securetransport": () => "true",
};

/**
 * A text of a policy with its variables filled in; one whose value is not known becomes an unknown part. `${*}`, `${?}`
 * and `${$}` are the characters themselves.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function withVariables(text: string, request: Request): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (name === "*" || name === "?") return literal;
    if (name === "$") return "$";
    const value = variables[name.toLowerCase()]?.(request);
    return value === undefined || value === null ? unknownText([]) : value;
  });
}

/** Stands for a wildcard's character that is none: no name that is compared here has one. */
const literal = "\uE002";
