/** Which services may assume a role, and on whose behalf they ask. */
import { type Configuration, type Resource, text, Unknown } from "../configuration.ts";
import type { Subject } from "../iam/match.ts";
import { type Policies, parsePolicy } from "../iam/policy.ts";
import { subjectOf } from "./subjects.ts";

export const assumeRole = "sts:AssumeRole";

/** The service that assumes the role which a resource names, by the type of that resource. */
export const assumers: Readonly<Record<string, string>> = {
  aws_lambda_function: "lambda.amazonaws.com",
  aws_lambda_function_event_invoke_config: "lambda.amazonaws.com",
  aws_lambda_event_source_mapping: "lambda.amazonaws.com",
  aws_cloudwatch_event_target: "events.amazonaws.com",
  aws_scheduler_schedule: "scheduler.amazonaws.com",
  aws_sns_topic_subscription: "sns.amazonaws.com",
};

/** The trust policy of a role. Its statements have no resource: it is the role's. */
export function trustOf(role: Resource): Policies {
  const statements = parsePolicy(text(role.values.assume_role_policy) ?? "", role.address);
  return statements === undefined
    ? { statements: [], unknown: ["it is not known before it is applied"] }
    : { statements: statements.map((one) => ({ ...one, resources: ["*"] })), unknown: [] };
}

/**
 * What a service may give as `aws:SourceArn` when it assumes a role: EventBridge the rule. Scheduler gives the schedule's
 * group; its guide once named the schedule, so that this is not known to be refused.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
export function sourcesOf(
  source: Resource | undefined,
  configuration: Configuration,
): readonly [Subject | "unknown", ...Subject[]] {
  if (source === undefined) return ["unknown"];
  const own = subjectOf({ resource: source }, configuration);
  if (source.type !== "aws_scheduler_schedule") return [own];
  if (source.values.group_name instanceof Unknown) return ["unknown"];
  const group = { ...own, arns: own.arns.map((one) => one.replace(/:schedule\/([^/]+)\/.*$/, ":schedule-group/$1")) };
  return [{ ...group, nameKnown: true }, own];
}
