/** What is rendered when nothing is said, and for each prop that is said: the intent, attribute by attribute. */
import { configure, existingQueue, QueueConsumer, type QueueConsumerProps, seconds } from "../../../modules/index.ts";
import { minimal } from "../../support/refusals.ts";
import { at, type JsonObject, type Synthesized, synthesize } from "../../support/synth.ts";

const topic = "arn:aws:sns:eu-west-1:111122223333:incidents";

const made = (props: Partial<QueueConsumerProps> = {}): Synthesized =>
  synthesize((stack) => {
    configure(stack, { notify: topic });
    new QueueConsumer(stack, "payments", { ...minimal(), ...props });
  });

const mapping = (props?: Partial<QueueConsumerProps>): JsonObject =>
  at(made(props), "aws_lambda_event_source_mapping.payments");
const lambda = (props?: Partial<QueueConsumerProps>): JsonObject => at(made(props), "aws_lambda_function.payments");

test("a standard queue: visibility, retentions, redrive, SQS's own encryption", () => {
  const stack = made();
  expect(at(stack, "aws_sqs_queue.payments")).toEqual({
    name: "shop-payments",
    visibility_timeout_seconds: 180,
    message_retention_seconds: 345_600,
    redrive_policy:
      '${jsonencode({"deadLetterTargetArn" = aws_sqs_queue.payments_dead_letter.arn, "maxReceiveCount" = 5})}',
    sqs_managed_sse_enabled: true,
  });
  expect(at(stack, "aws_sqs_queue.payments_dead_letter")).toEqual({
    name: "shop-payments-dead-letter",
    message_retention_seconds: 1_209_600,
    sqs_managed_sse_enabled: true,
  });
});

test("a FIFO queue has a FIFO dead-letter queue, and content-based deduplication only where it is said", () => {
  const stack = made({ fifo: true });
  expect(at(stack, "aws_sqs_queue.payments")).toMatchObject({
    name: "shop-payments.fifo",
    fifo_queue: true,
    content_based_deduplication: false,
  });
  expect(at(stack, "aws_sqs_queue.payments_dead_letter")).toMatchObject({
    name: "shop-payments-dead-letter.fifo",
    fifo_queue: true,
  });
  expect(at(made({ fifo: { contentBasedDeduplication: true } }), "aws_sqs_queue.payments")).toMatchObject({
    content_based_deduplication: true,
  });
});

test("a key encrypts both queues", () => {
  const key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const stack = made({ encryptionKeyArn: key });
  for (const address of ["aws_sqs_queue.payments", "aws_sqs_queue.payments_dead_letter"]) {
    expect(at(stack, address)).toMatchObject({ kms_master_key_id: key });
    expect(at(stack, address)).not.toHaveProperty("sqs_managed_sse_enabled");
  }
});

test("the function: runtime of the code, arm64, 256 MB, 30 s, JSON logs of 30 days, no tracing", () => {
  const stack = made();
  expect(at(stack, "aws_lambda_function.payments")).toMatchObject({
    function_name: "shop-payments",
    architectures: ["arm64"],
    memory_size: 256,
    timeout: 30,
    runtime: "nodejs22.x",
    handler: "index.handler",
    logging_config: { log_format: "JSON", log_group: "${aws_cloudwatch_log_group.payments.name}" },
    tracing_config: { mode: "PassThrough" },
  });
  expect(at(stack, "aws_cloudwatch_log_group.payments")).toEqual({
    name: "/aws/lambda/shop-payments",
    retention_in_days: 30,
  });
});

test("a function that is told of everything has everything", () => {
  const functionProps = {
    memory: 1024,
    architecture: "x86_64",
    layers: ["arn:aws:lambda:eu-west-1:111122223333:layer:tools:1"],
    environment: { TABLE: "payments" },
    vpc: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
    tracing: "Active",
    reservedConcurrency: 7,
  } as const;
  expect(lambda(functionProps)).toMatchObject({
    memory_size: 1024,
    architectures: ["x86_64"],
    layers: functionProps.layers,
    environment: { variables: { TABLE: "payments", HOLDFAST: expect.stringContaining("jsonencode") } },
    vpc_config: { subnet_ids: ["subnet-1"], security_group_ids: ["sg-1"] },
    tracing_config: { mode: "Active" },
    reserved_concurrent_executions: 7,
  });
  const stack = made({
    logRetentionDays: 7,
    permissionsBoundary: "arn:aws:iam::111122223333:policy/b",
    rolePath: "/service/",
  });
  expect(at(stack, "aws_cloudwatch_log_group.payments")).toMatchObject({ retention_in_days: 7 });
  expect(at(stack, "aws_iam_role.payments")).toMatchObject({
    permissions_boundary: "arn:aws:iam::111122223333:policy/b",
    path: "/service/",
  });
});

test("enabled is written, whether it was said or not", () => {
  expect(mapping()["enabled"]).toBe(true);
  expect(mapping({ enabled: true })["enabled"]).toBe(true);
  expect(mapping({ enabled: false })["enabled"]).toBe(false);
});

test("the mapping: batches of ten, failures by message, and what was said", () => {
  expect(mapping()).toMatchObject({ batch_size: 10, function_response_types: ["ReportBatchItemFailures"] });
  for (const absent of [
    "maximum_batching_window_in_seconds",
    "scaling_config",
    "provisioned_poller_config",
    "filter_criteria",
  ]) {
    expect(mapping()).not.toHaveProperty(absent);
  }
  for (const response of ["throw", "delete-and-throw"] as const) {
    expect(mapping({ response })).not.toHaveProperty("function_response_types");
  }
  expect(mapping({ batchSize: 1 })["batch_size"]).toBe(1);
  expect(mapping({ batchingWindow: seconds(20) })["maximum_batching_window_in_seconds"]).toBe(20);
  expect(mapping({ maximumConcurrency: 5 })["scaling_config"]).toEqual({ maximum_concurrency: 5 });
  expect(mapping({ provisionedPollers: { minimum: 2, maximum: 9 } })["provisioned_poller_config"]).toEqual({
    minimum_pollers: 2,
    maximum_pollers: 9,
  });
  expect(
    mapping({ filters: [{ body: { kind: ["order"] } }, { body: { kind: ["return"] } }] })["filter_criteria"],
  ).toEqual({
    filter: [{ pattern: '{"body":{"kind":["order"]}}' }, { pattern: '{"body":{"kind":["return"]}}' }],
  });
});

test("the alarms that page look at depth and age of the right queues", () => {
  const shared = {
    namespace: "AWS/SQS",
    statistic: "Maximum",
    period: 60,
    evaluation_periods: 1,
    comparison_operator: "GreaterThanOrEqualToThreshold",
    treat_missing_data: "notBreaching",
    alarm_actions: [topic],
    ok_actions: [topic],
  };
  const stack = made();
  expect(at(stack, "aws_cloudwatch_metric_alarm.payments_dead_letter_depth")).toEqual({
    ...shared,
    alarm_name: "shop-payments-dead-letter-depth",
    alarm_description: expect.stringContaining("aws sqs start-message-move-task --region "),
    metric_name: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: "${aws_sqs_queue.payments_dead_letter.name}" },
    threshold: 1,
  });
  expect(at(stack, "aws_cloudwatch_metric_alarm.payments_oldest_message_age")).toEqual({
    ...shared,
    alarm_name: "shop-payments-oldest-message-age",
    alarm_description: expect.stringContaining("What reaches the queue's retention is lost."),
    metric_name: "ApproximateAgeOfOldestMessage",
    dimensions: { QueueName: "${aws_sqs_queue.payments.name}" },
    threshold: 900,
  });
});

/** The types of which every resource has tags. */
const tagged = (stack: Synthesized): string[] =>
  Object.entries(stack.resource)
    .filter(([, byName]) => Object.values(byName).every((block) => block["tags"] !== undefined))
    .map(([type]) => type)
    .toSorted((a, b) => (a < b ? -1 : 1));

test("tags are on everything that takes them, and on nothing where none are said", () => {
  expect(tagged(made({ tags: { team: "pay" } }))).toEqual([
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_iam_role",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function",
    "aws_sqs_queue",
  ]);
  expect(tagged(made())).toEqual([]);
});

test("an existing queue to which a dead-letter queue is attached is written to in nothing else", () => {
  const queue = existingQueue("arn:aws:sqs:eu-west-1:111122223333:old", {
    visibilityTimeout: seconds(180),
    deadLetterQueue: "attach",
  });
  const stack = made({ queue, maxReceiveCount: 7 });
  expect(Object.keys(stack.resource["aws_sqs_queue"] ?? {})).toEqual(["payments_dead_letter"]);
  expect(at(stack, "aws_sqs_queue_redrive_policy.payments")).toMatchObject({
    queue_url: "https://sqs.eu-west-1.amazonaws.com/111122223333/old",
    redrive_policy:
      '${jsonencode({"deadLetterTargetArn" = aws_sqs_queue.payments_dead_letter.arn, "maxReceiveCount" = 7})}',
  });
});
