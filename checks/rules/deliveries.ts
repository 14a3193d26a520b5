/** Deliveries to a target or subscriber, and the net for what cannot be delivered: what rules say of them in common. */
import type { DestinationEdge, SubscriptionEdge, TargetEdge } from "../../topology/graph.ts";
import { allow, type Change, type Fix, set } from "../fix.ts";
import type { Verdict } from "../rule.ts";
import { known, qualifierOf, type View } from "../view.ts";

/** EventBridge's defaults, and the most that it takes (R34, R47). */
export const mostAttempts = 185;
export const longestAgeSeconds = 86_400;

interface RetryFigures {
  readonly attempts?: number;
  readonly age?: number;
}

/**
 * The changes that give a target's retry policy some figures. A rule's target is sent both, and 0 for the one that is
 * not set: there the other figure is written too, as it is, or AWS's default in place of a 0 that nothing wrote.
 */
export function retryPolicy(edge: TargetEdge, wanted: RetryFigures, view: View): Change[] {
  const scheduled = isScheduled(edge, view);
  const policy = scheduled ? "target.retry_policy" : "retry_policy";
  const { maximumRetryAttempts, maximumEventAgeInSeconds } = edge.settings;
  const kept = (setting: TargetEdge["settings"]["maximumRetryAttempts"], usual: number): number | undefined =>
    scheduled ? undefined : setting.from === "default" ? usual : known(setting);
  const figures = {
    maximum_retry_attempts: wanted.attempts ?? kept(maximumRetryAttempts, mostAttempts),
    maximum_event_age_in_seconds: wanted.age ?? kept(maximumEventAgeInSeconds, longestAgeSeconds),
  };
  return Object.entries(figures).flatMap(([name, value]) =>
    value === undefined ? [] : [set(edge.address, `${policy}.${name}`, value)],
  );
}

function isScheduled(edge: TargetEdge, view: View): boolean {
  return view.nodeOf("schedule", edge.from) !== undefined;
}

/**
 * Whether a net of a function serves an edge's invocations; undefined: it leads to no function, or to a qualifier that
 * is not known.
 */
export function hasFunctionNet(edge: TargetEdge | SubscriptionEdge, view: View): boolean | undefined {
  const fn = view.nodeOf("function", edge.to);
  if (fn === undefined) return undefined;
  if (view.from(fn.address, "dead-letter").length > 0) return true;
  const served = view.from(fn.address, "on-failure").map(({ fromQualifier }) => fromQualifier);
  const qualifier = qualifierOf(edge);
  if (qualifier === null) return served.length === 0 ? false : undefined;
  return served.includes(qualifier);
}

/** How a delivery gets a dead-letter queue: EventBridge and SNS write by the queue's policy, Scheduler by its role. */
export function netFor(edge: TargetEdge | SubscriptionEdge, view: View): string {
  if (edge.kind === "subscription") {
    return "redrive_policy = jsonencode({ deadLetterTargetArn = … }) and a queue policy for sns.amazonaws.com";
  }
  if (!isScheduled(edge, view))
    return "dead_letter_config { arn = … } and a queue policy for events.amazonaws.com, with the rule as aws:SourceArn";
  const role = edge.permissions.find(({ principal }) => !principal.endsWith(".amazonaws.com"))?.principal;
  return `dead_letter_config { arn = … } in its target, and sqs:SendMessage on that queue for ${role ?? "the role of the schedule"}`;
}

/** One of the two nets of a path to a function is there, and the other is not (R35, R51). */
export function half(
  edge: TargetEdge | SubscriptionEdge,
  deadLetter: DestinationEdge | undefined,
  view: View,
): Verdict | undefined {
  const other = hasFunctionNet(edge, view);
  if (other === undefined || other === (deadLetter !== undefined)) return undefined;
  const [has, lacks] =
    deadLetter === undefined
      ? [
          `${edge.to} has a net for its own failures`,
          `${edge.address} has no dead-letter queue for what cannot be delivered`,
        ]
      : [
          `${edge.address} has a dead-letter queue for what cannot be delivered`,
          `${edge.to} has no net for its own failures, which never reach that queue`,
        ];
  return {
    address: deadLetter === undefined ? edge.address : (edge.to ?? edge.address),
    at: [edge.id],
    message: `half a net: ${has}, and ${lacks}`,
    fix:
      deadLetter === undefined
        ? netFor(edge, view)
        : "aws_lambda_function_event_invoke_config with an on_failure destination",
  };
}

/** A dead-letter edge whose service may not write there. */
export function silentNet(edge: DestinationEdge, metric: string, source: string | null): Verdict | undefined {
  const lacking = edge.permissions.find(({ state }) => state === "missing");
  if (lacking === undefined) return undefined;
  return {
    address: edge.address,
    at: [edge.from],
    message: `${lacking.why ?? "a permission is missing"}: what should go to the dead-letter queue ${edge.to ?? ""} is dropped, and only ${metric} shows it`,
    fix: allow(lacking, source),
  };
}

/** What lets a source deliver: by the target's policy where it has one, else by a role. */
export function admission(edge: { readonly from: string; readonly permissions: TargetEdge["permissions"] }): Fix {
  const lacking = edge.permissions.find(({ state }) => state === "missing");
  if (lacking === undefined) return "the permission";
  if (lacking.actions.includes("sts:AssumeRole")) return allow(lacking);
  const byPolicy = lacking.actions.every((action) => /^(?:sqs|sns|lambda|kms):/.test(action));
  if (lacking.principal.endsWith(".amazonaws.com") && !byPolicy) {
    return `role_arn of a role that allows ${lacking.actions.join(", ")} on ${lacking.resource}`;
  }
  return allow(lacking, edge.from);
}
