/** Every number of a synthesized stack, held against the range that AWS gives its attribute. */
import type { Json, Synthesized } from "./synth.ts";

/** From and to; AWS's API references and quotas. Attributes that no construct sets are missing, and named when one does. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  "aws_cloudwatch_log_group.retention_in_days": [1, 3653],
  "aws_cloudwatch_metric_alarm.evaluation_periods": [1, 1440],
  "aws_cloudwatch_metric_alarm.period": [10, 86_400],
  // Of an age in seconds or a count of messages.
  "aws_cloudwatch_metric_alarm.threshold": [1, 604_800],
  "aws_lambda_event_source_mapping.batch_size": [1, 10_000],
  "aws_lambda_event_source_mapping.maximum_batching_window_in_seconds": [0, 300],
  "aws_lambda_event_source_mapping.provisioned_poller_config.maximum_pollers": [2, 10_000],
  "aws_lambda_event_source_mapping.provisioned_poller_config.minimum_pollers": [2, 200],
  "aws_lambda_event_source_mapping.scaling_config.maximum_concurrency": [2, 1000],
  "aws_lambda_function.memory_size": [128, 10_240],
  "aws_lambda_function.reserved_concurrent_executions": [1, 1_000_000],
  "aws_lambda_function.timeout": [1, 900],
  "aws_sqs_queue.message_retention_seconds": [60, 1_209_600],
  "aws_sqs_queue.visibility_timeout_seconds": [0, 43_200],
};

/** A number as cdktf stands it in for an expression, or as arithmetic on one leaves it. */
const garbage = /-?\d+(?:\.\d+)?e\+\d{3}/i;

/** What is wrong with the numbers of a stack. */
export function oddNumbers({ resource, output }: Synthesized): string[] {
  const found: string[] = [];
  const look = (value: Json, attribute: string, at: string): void => {
    if (typeof value === "number") {
      const range = ranges[attribute];
      if (range === undefined) found.push(`${at}: ${attribute} has no range here`);
      else if (!Number.isInteger(value) || value < range[0] || value > range[1]) {
        found.push(`${at}: ${attribute} is ${value}, not within ${range.join(" to ")}`);
      }
    } else if (typeof value === "string") {
      if (garbage.test(value)) found.push(`${at}: ${attribute} holds ${garbage.exec(value)?.[0]}`);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        look(item, Array.isArray(value) ? attribute : `${attribute}.${key}`, at);
      }
    }
  };
  for (const [type, byName] of Object.entries(resource)) {
    for (const [name, block] of Object.entries(byName)) look(block, type, `${type}.${name}`);
  }
  for (const [name, block] of Object.entries(output)) look(block, "output", name);
  return found;
}
