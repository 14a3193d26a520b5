import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import {
  LambdaEventSourceMapping,
  type LambdaEventSourceMappingConfig,
} from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { SqsQueue, type SqsQueueConfig } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import {
  SqsQueueRedriveAllowPolicy,
  type SqsQueueRedriveAllowPolicyConfig,
} from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy/index.js";
import {
  SqsQueueRedrivePolicy,
  type SqsQueueRedrivePolicyConfig,
} from "@cdktf/provider-aws/lib/sqs-queue-redrive-policy/index.js";
import type { Duration } from "../duration.ts";
import { type FunctionOverrides, functionOverrides } from "../lambda-function/consumer-function.ts";
import { type FunctionProps, functionProps } from "../lambda-function/props.ts";
import { argumentsShape } from "../stack/arguments.ts";
import {
  choice,
  duration,
  figure,
  flag,
  json,
  listOf,
  object,
  recordOf,
  type Shapes,
  text,
  word,
} from "../stack/shapes.ts";
import { type ExistingQueue, existingQueueShape } from "./existing-queue.ts";

/**
 * How the function answers when messages of a batch fail.
 *
 * - `"partial"`: it names the failed messages, and only they come back (`ReportBatchItemFailures`).
 * - `"delete-and-throw"`: it deletes the messages that succeeded and throws one error that names the others. The
 *   invocation then counts as failed, in metrics too. The handler says `response: deleteAndThrow(…)`.
 * - `"throw"`: it throws, and the whole batch comes back. Right for a batch of one.
 */
export type QueueResponse = "partial" | "delete-and-throw" | "throw";

/** Settings of a FIFO queue. */
export interface FifoOptions {
  /**
   * Whether the queue takes the hash of the body where the sender gives no deduplication id.
   * @default false: a sender without one is refused by SQS
   */
  readonly contentBasedDeduplication?: boolean;
}

/** Pollers that AWS keeps ready for the mapping, at a price by the hour. */
export interface ProvisionedPollers {
  /** 2 to 200. */
  readonly minimum: number;
  /** 2 to 10,000 (the Lambda guide says 2,000, and so does the AWS provider 5.x); at least `minimum`. */
  readonly maximum: number;
}

/**
 * A pattern of Lambda's event filtering: a JSON object over `body`, the only key that AWS documents for queues. A pattern
 * over anything else may match nothing, and what matches nothing is deleted.
 */
export type FilterPattern = Readonly<Record<string, unknown>>;

/** What a {@link QueueConsumer} is made from. Only `code` has to be said. */
export interface QueueConsumerProps extends FunctionProps {
  /**
   * Makes a FIFO queue, and a FIFO dead-letter queue with it.
   * @default none: a standard queue
   */
  readonly fifo?: true | FifoOptions;
  /**
   * Consumes a queue that something else makes: `existingQueue(arn, { visibilityTimeout, deadLetterQueue })`.
   * @default none: the construct makes the queue
   */
  readonly queue?: ExistingQueue;
  /**
   * How long the queue keeps a message: 60 s to 14 days.
   * @default 4 days
   */
  readonly retention?: Duration;
  /**
   * How often a message is received before it goes to the dead-letter queue: 1 to 1,000. Receives count, not failures: a
   * throttled one too (R61), so fewer than 5 send healthy messages away (H3).
   * @default 5
   */
  readonly maxReceiveCount?: number;
  /**
   * Most messages of one invocation: 1 to 10,000; above 10 it needs a `batchingWindow`; for FIFO at most 10.
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * How long Lambda gathers messages for a batch: 0 to 300 s; for FIFO none.
   * @default 0 s
   */
  readonly batchingWindow?: Duration;
  /**
   * Most invocations at one time, kept before invoking and so without throttles: 2 to 1,000.
   * @default none: up to 1,250 at one time (R71)
   */
  readonly maximumConcurrency?: number;
  /**
   * Provisioned pollers, instead of `maximumConcurrency`.
   * @default none: pollers scale from 5
   */
  readonly provisionedPollers?: ProvisionedPollers;
  /**
   * Takes only messages that match one of the patterns: at most 10 (5 unless AWS raised the quota). **The others are
   * deleted from the queue** (R65).
   * @default none: all messages
   */
  readonly filters?: readonly FilterPattern[];
  /**
   * How the function answers when messages fail.
   * @default "partial"
   */
  readonly response?: QueueResponse;
  /**
   * Whether messages are consumed. `false` pauses: they wait in the queue, at most for its retention.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Whether Terraform refuses to destroy the queues.
   * @default the stack's, as configure() says, else false
   */
  readonly protect?: boolean;
  /**
   * ARN of a customer-managed key for the queues that the construct makes; its key policy has to admit the function's
   * role and whoever sends. With an existing queue: the key that it is encrypted with.
   * @default SQS's own encryption
   */
  readonly encryptionKeyArn?: string;
  /**
   * The alarms that page: the depth of the dead-letter queue and the age of the oldest message.
   * @default "paging"
   */
  readonly alarms?: "paging" | "none";
  /**
   * Attributes of the made resources, over whatever the construct derived.
   * @default none
   */
  readonly overrides?: QueueConsumerOverrides;
}

/** Arguments by resource, in cdktf's names. An argument that a resource does not have is refused; values are not judged. */
export interface QueueConsumerOverrides extends FunctionOverrides {
  readonly queue?: Partial<SqsQueueConfig>;
  readonly deadLetterQueue?: Partial<SqsQueueConfig>;
  readonly redriveAllowPolicy?: Partial<SqsQueueRedriveAllowPolicyConfig>;
  /** Of an existing queue only; the redrive policy of the construct's own queue is an attribute of the queue. */
  readonly redrivePolicy?: Partial<SqsQueueRedrivePolicyConfig>;
  readonly mapping?: Partial<LambdaEventSourceMappingConfig>;
  readonly deadLetterDepthAlarm?: Partial<CloudwatchMetricAlarmConfig>;
  readonly oldestMessageAgeAlarm?: Partial<CloudwatchMetricAlarmConfig>;
}

/** An entry for each resource that takes overrides. */
const overrides = {
  ...functionOverrides,
  queue: argumentsShape(SqsQueue),
  deadLetterQueue: argumentsShape(SqsQueue),
  redriveAllowPolicy: argumentsShape(SqsQueueRedriveAllowPolicy),
  redrivePolicy: argumentsShape(SqsQueueRedrivePolicy),
  mapping: argumentsShape(LambdaEventSourceMapping),
  deadLetterDepthAlarm: argumentsShape(CloudwatchMetricAlarm),
  oldestMessageAgeAlarm: argumentsShape(CloudwatchMetricAlarm),
} as const satisfies Shapes<keyof QueueConsumerOverrides>;

const fifoOptions = object({ contentBasedDeduplication: choice }, [], "true or { contentBasedDeduplication }");

/** What each prop looks like, for callers without type checks. */
export const queueConsumerProps = {
  ...functionProps,
  fifo: (at, value) =>
    value === true
      ? []
      : value === false
        ? [`${at} is false; leave it out for a standard queue.`]
        : fifoOptions(at, value),
  queue: existingQueueShape,
  retention: duration,
  maxReceiveCount: figure,
  batchSize: figure,
  batchingWindow: duration,
  maximumConcurrency: figure,
  provisionedPollers: object({ minimum: figure, maximum: figure }, ["minimum", "maximum"], "{ minimum, maximum }"),
  filters: listOf(recordOf(json, 'a pattern, for instance { body: { kind: ["order"] } }'), "patterns"),
  response: word(["partial", "delete-and-throw", "throw"], 'Left out it is "partial": only failed messages come back.'),
  enabled: flag,
  protect: choice,
  encryptionKeyArn: text,
  alarms: word(["paging", "none"], 'Left out they are "paging".'),
  overrides: object(overrides, [], "an object with attributes by resource"),
} as const satisfies Shapes<keyof QueueConsumerProps>;
