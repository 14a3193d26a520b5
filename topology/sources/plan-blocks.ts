/**
 * Dynamic blocks of a plan. Its configuration part leaves them out, so that a block without an expression may be set by
 * one; where their `for_each` is not known, the plan marks the whole block as unknown.
 */
import { type Resource, Unknown, type Value } from "../configuration.ts";

/** Blocks that are read somewhere and that no provider fills in where nothing sets them. */
const settable = new Set([
  "apply_server_side_encryption_by_default",
  "condition",
  "dead_letter_config",
  "destination_config",
  "environment",
  "filter",
  "filter_criteria",
  "inline_policy",
  "input_transformer",
  "lambda_function",
  "metric",
  "metric_query",
  "metrics_config",
  "not_principals",
  "on_failure",
  "on_success",
  "principals",
  "provisioned_poller_config",
  "queue",
  "replica",
  "retry_policy",
  "rule",
  "scaling_config",
  "self_managed_event_source",
  "sqs_parameters",
  "sqs_target",
  "statement",
  "target",
  "topic",
]);

/** Whether a block of that name that is not known, and has no expression, is set by a dynamic block. */
export function isDynamic(name: string): boolean {
  return settable.has(name);
}

/**
 * The one block of these that the provider does fill in: of every role that is not made yet, a plan says that its
 * `inline_policy` is not known, with a dynamic block or without. It has none where an `aws_iam_role_policy` writes its
 * policies, since the two do not go together.
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role#inline_policy
 */
export function withoutInlinePolicies(resources: readonly Resource[]): Resource[] {
  const separate = new Set(
    resources.filter(({ type }) => type === "aws_iam_role_policy").flatMap(({ values }) => namesOf(values.role)),
  );
  return resources.map((one) => {
    const { type, values, address } = one;
    if (type !== "aws_iam_role" || !(values.inline_policy instanceof Unknown)) return one;
    const names = [values.name, values.id, `${address}.id`, `${address}.name`];
    if (!names.some((name) => typeof name === "string" && separate.has(name))) return one;
    return Object.assign({}, one, { values: { ...values, inline_policy: null } });
  });
}

/** What a role is called by: its name, or the one reference to it. */
function namesOf(role: Value | undefined): readonly string[] {
  if (role instanceof Unknown) return role.references.length === 1 ? role.references : [];
  return typeof role === "string" ? [role] : [];
}
