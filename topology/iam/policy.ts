/** IAM policies as data, and what their patterns match. Parts that are not known before the apply match "maybe". */
import { hasUnknown, referencesIn } from "../configuration.ts";
import { isJson, type Json } from "../sources/json.ts";

/** Whether something holds: known, or not known. */
export type Answer = "yes" | "no" | "maybe";

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  /** By kind (`Service`, `AWS`); `"*"` is everyone; undefined in a policy of a role. */
  readonly principals: Readonly<Record<string, readonly string[]>> | "*" | undefined;
  readonly notPrincipals: Readonly<Record<string, readonly string[]>> | "*" | undefined;
  /** Operator, key, values. */
  readonly conditions: readonly {
    readonly operator: string;
    readonly key: string;
    readonly values: readonly string[];
  }[];
  /** Address of the resource that holds the policy. */
  readonly by: string;
}

/** The statements of a policy's JSON; undefined where the text is none. */
export function parsePolicy(text: string, by: string): Statement[] | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJson(root)) return undefined;
  const written: readonly unknown[] = Array.isArray(root.Statement) ? root.Statement : [root.Statement];
  return written.filter(isJson).map((one) => ({
    effect: one.Effect === "Deny" ? "Deny" : "Allow",
    actions: texts(one.Action),
    notActions: texts(one.NotAction),
    resources: texts(one.Resource),
    notResources: texts(one.NotResource),
    principals: principals(one.Principal),
    notPrincipals: principals(one.NotPrincipal),
    conditions: conditions(one.Condition),
    by,
  }));
}

function texts(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

function principals(value: unknown): Statement["principals"] {
  if (value === "*") return "*";
  return isJson(value)
    ? Object.fromEntries(Object.entries(value).map(([kind, ids]) => [kind, texts(ids) ?? []]))
    : undefined;
}

function conditions(value: unknown): Statement["conditions"] {
  const tests = Object.entries(isJson(value) ? value : {});
  return tests.flatMap(([operator, keys]) =>
    Object.entries(isJson(keys) ? keys : ({} satisfies Json)).map(([key, values]) => ({
      operator,
      key,
      values: texts(values) ?? [],
    })),
  );
}

/** Whether `*` and `?` of a pattern match a text; in time of the two lengths' product at most. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star: { readonly at: number; readonly from: number } | undefined;
  while (from < text.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = { at, from };
      at += 1;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[from])) {
      at += 1;
      from += 1;
    } else if (star !== undefined) {
      star = { at: star.at, from: star.from + 1 };
      at = star.at + 1;
      from = star.from;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Something that a pattern is compared with: an ARN, and how much of it is known. */
export interface Subject {
  readonly address: string;
  /** The forms that a policy may name it by; the first is the plain one. */
  readonly arns: readonly string[];
  readonly nameKnown: boolean;
  readonly regionKnown: boolean;
  readonly accountKnown: boolean;
  /** Whether the forms are not the plain ARN, but made from it: objects of a bucket, the stream of a table. */
  readonly derived?: boolean;
}

/** Whether a pattern of a policy matches a subject. */
export function matchesSubject(pattern: string, subject: Subject): Answer {
  if (hasUnknown(pattern)) return matchesUnknown(pattern, subject);
  if (subject.arns.some((arn) => matchesWildcard(pattern, arn))) return "yes";
  const parts = pattern.split(":");
  if (parts.length < 6) return "no";
  for (const arn of subject.arns) {
    const own = arn.split(":");
    const [region, account] = [own[3] ?? "", own[4] ?? ""];
    const likely = [
      ...own.slice(0, 3),
      subject.regionKnown || region === "" ? region : parts[3],
      subject.accountKnown || account === "" ? account : parts[4],
      ...own.slice(5),
    ].join(":");
    if (matchesWildcard(pattern, likely)) return "yes";
    const sameService = likely.split(":").slice(0, 5).join(":");
    if (!subject.nameKnown && /[*?]/.test(pattern) && matchesWildcard(parts.slice(0, 5).join(":"), sameService))
      return "maybe";
  }
  return "no";
}

/**
 * A pattern of which a part is not known. A whole ARN of the subject is the subject; of what is made from it, from a
 * value, or from something outside, only the known parts can tell that it is not. A plan shows references without the
 * text around them, so that an ARN may stand for a form of it (`/*`, `/stream/*`) where the action needs one.
 */
function matchesUnknown(pattern: string, subject: Subject): Answer {
  const references = referencesIn(pattern);
  const own = references.filter((one) => one === subject.address || one.startsWith(`${subject.address}.`));
  const rest = pattern.replaceAll(/\u27e8[^\u27e9]*\u27e9/g, "");
  if (own.length > 0) {
    const isArn = own.some((one) => one === subject.address || /\.(?:\w+_)?arn$/.test(one));
    return isArn && rest === "" && !subject.derived ? "yes" : "maybe";
  }
  const another = (one: string): boolean =>
    /(?:^|\.)aws_\w+\.[^.]+(?:\["[^"]*"\])?\.(?:\w+_)?(?:arn|id|url)$/.test(one);
  if (references.length > 0 && references.every((one) => !/(?:^|\.)data\./.test(one) && another(one))) return "no";
  const wildcard = pattern.replaceAll(/(?:\u27e8[^\u27e9]*\u27e9)+/g, "*");
  const known = { ...subject, nameKnown: true };
  if (subject.nameKnown && matchesSubject(wildcard, known) === "no") return "no";
  const surely =
    references.length > 0 && references.every((one) => /\bdata\.aws_(?:caller_identity|region|partition)\./.test(one));
  return surely ? matchesSubject(wildcard, subject) : "maybe";
}

/** The most certain of some answers, of which one is enough. */
export function any(answers: readonly Answer[]): Answer {
  if (answers.includes("yes")) return "yes";
  return answers.includes("maybe") ? "maybe" : "no";
}

/** The answer where all are needed. */
export function all(answers: readonly Answer[]): Answer {
  if (answers.includes("no")) return "no";
  return answers.includes("maybe") ? "maybe" : "yes";
}

export function not(answer: Answer): Answer {
  return answer === "yes" ? "no" : answer === "no" ? "yes" : "maybe";
}
