/** What IAM policy documents allow, by IAM's own rules for wildcards. */
import type { Resource } from "../resolved.ts";

/** One action on one resource that a role is allowed. */
export interface Grant {
  /** The policy's address. */
  readonly policy: string;
  readonly role: string;
  readonly action: string;
  /** May hold wildcards. */
  readonly resource: string;
  readonly conditional: boolean;
}

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Principal?: Readonly<Record<string, readonly string[]>>;
  readonly Condition?: unknown;
}

const statementsOf = (json: unknown): readonly Statement[] =>
  typeof json === "string" ? (JSON.parse(json) as { readonly Statement: readonly Statement[] }).Statement : [];

/** All that a stack's inline policies allow its roles, one entry for each action and resource. */
export function grantsOf(resources: Iterable<Resource>): Grant[] {
  return [...resources]
    .filter(({ type }) => type === "aws_iam_role_policy")
    .flatMap(({ address, attributes }) =>
      statementsOf(attributes["policy"])
        .filter(({ Effect }) => Effect === "Allow")
        .flatMap(({ Action, Resource = [], Condition }) =>
          Action.flatMap((action) =>
            Resource.map((resource) => ({
              policy: address,
              role: typeof attributes["role"] === "string" ? attributes["role"] : "",
              action,
              resource,
              conditional: Condition !== undefined,
            })),
          ),
        ),
    );
}

/** The services that may assume a role. */
export function trustedBy(role: Resource): string[] {
  return statementsOf(role.attributes["assume_role_policy"])
    .filter(({ Effect, Action }) => Effect === "Allow" && Action.includes("sts:AssumeRole"))
    .flatMap(({ Principal }) => Object.entries(Principal ?? {}))
    .flatMap(([type, names]) => names.map((name) => (type === "Service" ? name : `${type} ${name}`)));
}

/** Whether a pattern of IAM, with `*` and `?`, covers a value. */
export function covers(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(value);
}
