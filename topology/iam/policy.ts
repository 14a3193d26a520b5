/** IAM policies as data. Parts that are not known before the apply stay in them as `⟨reference⟩` (`unknownText`). */
import { hasUnknown, unknownText } from "../configuration.ts";
import { isJson } from "../sources/json.ts";

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  /** By kind (`Service`, `AWS`); `"*"` is everyone; undefined in a policy of a role. */
  readonly principals: Principals | undefined;
  readonly notPrincipals: Principals | undefined;
  readonly conditions: readonly Condition[];
  /**
   * Whether `${aws:PrincipalAccount}` is a variable: in policies of version 2012-10-17, text in older ones.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
   */
  readonly variables: boolean;
  /** Address of the resource that holds the policy. */
  readonly by: string;
}

export type Principals = Readonly<Record<string, readonly string[]>> | "*";

/** All the tests of a statement must hold, and one of the values of each. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The statements that are known of one principal or resource, and what is not known. */
export interface Policies {
  readonly statements: readonly Statement[];
  /** Why there may be more than the statements say. */
  readonly unknown: readonly string[];
}

/** The statements of a policy's JSON; undefined where the text is none, or one of them is not known. */
export function parsePolicy(text: string, by: string): Statement[] | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJson(root)) return undefined;
  const written: readonly unknown[] = Array.isArray(root.Statement) ? root.Statement : [root.Statement];
  const variables = root.Version === "2012-10-17";
  const statements: Statement[] = [];
  for (const one of written) {
    if (!isJson(one) || (one.Effect !== "Allow" && one.Effect !== "Deny")) return undefined;
    statements.push({
      effect: one.Effect,
      actions: texts(one.Action),
      notActions: texts(one.NotAction),
      resources: texts(one.Resource),
      notResources: texts(one.NotResource),
      principals: principals(one.Principal),
      notPrincipals: principals(one.NotPrincipal),
      conditions: conditions(one.Condition),
      variables,
      by,
    });
  }
  return statements;
}

function texts(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

function principals(value: unknown): Statement["principals"] {
  if (value === "*") return "*";
  // One that is not known may be a service or a role.
  if (typeof value === "string") return hasUnknown(value) ? { AWS: [value], Service: [value] } : {};
  return isJson(value)
    ? Object.fromEntries(Object.entries(value).map(([kind, ids]) => [kind, texts(ids) ?? []]))
    : undefined;
}

function conditions(value: unknown): Condition[] {
  if (value === undefined || value === null) return [];
  if (!isJson(value)) return [notKnown];
  return Object.entries(value).flatMap(([operator, keys]) =>
    isJson(keys)
      ? Object.entries(keys).map(([key, values]) => ({ operator, key, values: texts(values) ?? [] }))
      : [notKnown],
  );
}

/** A test of which nothing is known. */
const notKnown: Condition = { operator: "StringEquals", key: unknownText([]), values: [unknownText([])] };
