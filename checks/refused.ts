/**
 * Ranges that the provider refuses by itself, so that no rule repeats them: what Terraform says of a value outside.
 * Seen with provider aws 5.100.0.
 */

export interface Refused {
  readonly setting: string;
  readonly range: string;
  readonly type: string;
  /** A smallest resource with the value outside. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Part of what Terraform says. */
  readonly message: string;
}

const fn = {
  function_name: "f",
  role: "arn:aws:iam::111122223333:role/r",
  filename: "x.zip",
  handler: "index.handler",
  runtime: "nodejs22.x",
};
const queue = { event_source_arn: "arn:aws:sqs:eu-west-1:111122223333:q", function_name: "f" };
const stream = {
  event_source_arn: "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
  function_name: "f",
  starting_position: "LATEST",
};
const target = { rule: "r", arn: "arn:aws:lambda:eu-west-1:111122223333:function:f" };

export const refused: readonly Refused[] = [
  {
    setting: "visibility_timeout_seconds",
    range: "0–43,200",
    type: "aws_sqs_queue",
    values: { visibility_timeout_seconds: 43_201 },
    message: "to be in the range (0 - 43200)",
  },
  {
    setting: "message_retention_seconds",
    range: "60–1,209,600",
    type: "aws_sqs_queue",
    values: { message_retention_seconds: 59 },
    message: "to be in the range (60 - 1209600)",
  },
  {
    setting: "delay_seconds",
    range: "0–900",
    type: "aws_sqs_queue",
    values: { delay_seconds: 901 },
    message: "to be in the range (0 - 900)",
  },
  {
    setting: "timeout",
    range: "1–900",
    type: "aws_lambda_function",
    values: { ...fn, timeout: 901 },
    message: "to be in the range (1 - 900)",
  },
  {
    setting: "maximum_retry_attempts (asynchronous)",
    range: "0–2",
    type: "aws_lambda_function_event_invoke_config",
    values: { function_name: "f", maximum_retry_attempts: 3 },
    message: "to be in the range (0 - 2)",
  },
  {
    setting: "maximum_event_age_in_seconds (asynchronous)",
    range: "60–21,600",
    type: "aws_lambda_function_event_invoke_config",
    values: { function_name: "f", maximum_event_age_in_seconds: 59 },
    message: "to be in the range (60 - 21600)",
  },
  {
    setting: "maximum_retry_attempts (stream)",
    range: "−1–10,000",
    type: "aws_lambda_event_source_mapping",
    values: { ...stream, maximum_retry_attempts: 10_001 },
    message: "to be in the range (-1 - 10000)",
  },
  {
    setting: "maximum_record_age_in_seconds",
    range: "−1, 60–604,800",
    type: "aws_lambda_event_source_mapping",
    values: { ...stream, maximum_record_age_in_seconds: 604_801 },
    message: "expected maximum_record_age_in_seconds to be",
  },
  {
    setting: "parallelization_factor",
    range: "1–10",
    type: "aws_lambda_event_source_mapping",
    values: { ...stream, parallelization_factor: 11 },
    message: "to be in the range (1 - 10)",
  },
  {
    setting: "tumbling_window_in_seconds",
    range: "0–900",
    type: "aws_lambda_event_source_mapping",
    values: { ...stream, tumbling_window_in_seconds: 901 },
    message: "to be in the range (0 - 900)",
  },
  {
    setting: "scaling_config.maximum_concurrency",
    range: "2–1,000",
    type: "aws_lambda_event_source_mapping",
    values: { ...queue, scaling_config: [{ maximum_concurrency: 1 }] },
    message: "to be at least (2)",
  },
  {
    setting: "provisioned_poller_config.minimum_pollers",
    range: "1–200",
    type: "aws_lambda_event_source_mapping",
    values: { ...queue, provisioned_poller_config: [{ minimum_pollers: 201 }] },
    message: "to be in the range (1 - 200)",
  },
  {
    setting: "provisioned_poller_config.maximum_pollers",
    range: "1–2,000",
    type: "aws_lambda_event_source_mapping",
    values: { ...queue, provisioned_poller_config: [{ maximum_pollers: 2001 }] },
    message: "to be in the range (1 - 2000)",
  },
  {
    setting: "starting_position",
    range: "TRIM_HORIZON, LATEST, AT_TIMESTAMP",
    type: "aws_lambda_event_source_mapping",
    values: { ...stream, starting_position: "NOW" },
    message: "TRIM_HORIZON",
  },
  {
    setting: "retry_policy.maximum_retry_attempts (rule)",
    range: "0–185",
    type: "aws_cloudwatch_event_target",
    values: { ...target, retry_policy: [{ maximum_retry_attempts: 186 }] },
    message: "to be in the range (0 - 185)",
  },
  {
    setting: "retry_policy.maximum_event_age_in_seconds (rule)",
    range: "0–86,400",
    type: "aws_cloudwatch_event_target",
    values: { ...target, retry_policy: [{ maximum_event_age_in_seconds: 86_401 }] },
    message: "to be in the range (0 - 86400)",
  },
  {
    setting: "retention_period (stream)",
    range: "24–8,760",
    type: "aws_kinesis_stream",
    values: { name: "s", shard_count: 1, retention_period: 23 },
    message: "to be in the range (24 - 8760)",
  },
];
