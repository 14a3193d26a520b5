import type { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { SqsQueue, type SqsQueueConfig } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy/index.js";
import { SqsQueueRedrivePolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-policy/index.js";
import { Fn, type ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { alarm } from "../alarms/alarm.ts";
import { arnPart, queueUrl } from "../arn.ts";
import { asArgument } from "../expression.ts";
import { jsonText } from "../json-text.ts";
import { type ConsumerFunction, consumerFunction } from "../lambda-function/consumer-function.ts";
import type { PolicyStatement } from "../lambda-function/props.ts";
import { claim } from "../stack/claims.ts";
import { settingsFor } from "../stack/configure.ts";
import { address } from "../stack/naming.ts";
import { consumingActions } from "./actions.ts";
import { deadLetterDepth, oldestMessageAge } from "./alarms.ts";
import { queueConsumerDefaults as defaults } from "./defaults.ts";
import { isFifo } from "./existing-queue.ts";
import type { QueueFigures } from "./figures.ts";
import type { QueueConsumerProps } from "./props.ts";

/** What the parts of one consumer are made from. */
export interface Plan {
  readonly owner: Construct;
  readonly name: string;
  readonly props: QueueConsumerProps;
  readonly figures: QueueFigures;
}

/** A queue of the path, made by the construct or not. */
export interface PathQueue {
  readonly arn: string;
  readonly url: string;
  readonly name: string;
  readonly made: SqsQueue | undefined;
}

const made = (queue: SqsQueue): PathQueue => ({ arn: queue.arn, url: queue.url, name: queue.name, made: queue });

function notMade(text: string, itsUrl?: string): PathQueue {
  const arn = asArgument(text);
  const url = itsUrl === undefined ? queueUrl(arn) : asArgument(itsUrl);
  return { arn, url, name: arnPart(arn, "resource"), made: undefined };
}

/** What the queues of the path have in common: type, encryption, protection and tags. */
function sharedQueueConfig({ owner, props }: Plan, name: string): SqsQueueConfig {
  const fifo = props.queue === undefined ? props.fifo !== undefined : isFifo(props.queue) === true;
  const deduplicates = typeof props.fifo === "object" && props.fifo.contentBasedDeduplication === true;
  const isProtected = props.protect ?? settingsFor(owner).protect ?? defaults.protect;
  return {
    name: fifo ? `${name}.fifo` : name,
    ...(fifo ? { fifoQueue: true, contentBasedDeduplication: deduplicates } : {}),
    ...(props.encryptionKeyArn === undefined
      ? { sqsManagedSseEnabled: true }
      : { kmsMasterKeyId: props.encryptionKeyArn }),
    ...(isProtected ? { lifecycle: { preventDestroy: true } } : {}),
    ...(props.tags === undefined ? {} : { tags: { ...props.tags } }),
  };
}

/** Where messages end that failed too often: made, unless an existing queue has its own. */
export function makeDeadLetterQueue(plan: Plan): PathQueue {
  const existing = plan.props.queue;
  if (existing !== undefined && existing.deadLetterQueue !== "attach") {
    return notMade(existing.deadLetterQueue);
  }
  const queue = new SqsQueue(plan.owner, "dead-letter-queue", {
    ...sharedQueueConfig(plan, `${plan.name}-dead-letter`),
    messageRetentionSeconds: defaults.deadLetterRetentionSeconds,
    ...plan.props.overrides?.deadLetterQueue,
  });
  return made(address(plan.owner, "dead_letter", queue));
}

/** `jsonencode`, since the ARN is an expression and the count may be one. */
const redriveTo = (deadLetterQueue: PathQueue, { figures }: Plan): string =>
  Fn.jsonencode({ deadLetterTargetArn: deadLetterQueue.arn, maxReceiveCount: figures.maxReceiveCount });

/** The queue that is consumed: made with its redrive policy, unless it exists already. */
export function makeQueue(plan: Plan, deadLetterQueue: PathQueue): PathQueue {
  const existing = plan.props.queue;
  if (existing !== undefined) return notMade(existing.arn, existing.url);
  const queue = new SqsQueue(plan.owner, "queue", {
    ...sharedQueueConfig(plan, plan.name),
    visibilityTimeoutSeconds: plan.figures.visibility,
    messageRetentionSeconds: plan.figures.retention,
    redrivePolicy: redriveTo(deadLetterQueue, plan),
    ...plan.props.overrides?.queue,
  });
  return made(address(plan.owner, "", queue));
}

/**
 * Admits to the dead-letter queue that the construct made its one source. A resource of its own, because the two queues
 * would otherwise refer to each other.
 */
export function allowRedrive(
  plan: Plan,
  queue: PathQueue,
  deadLetterQueue: PathQueue,
): SqsQueueRedriveAllowPolicy | undefined {
  if (deadLetterQueue.made === undefined) return undefined;
  const policy = new SqsQueueRedriveAllowPolicy(plan.owner, "redrive-allow-policy", {
    queueUrl: deadLetterQueue.url,
    redriveAllowPolicy: Fn.jsonencode({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
    ...plan.props.overrides?.redriveAllowPolicy,
  });
  return address(plan.owner, "dead_letter", policy);
}

/** Attaches the dead-letter queue to an existing queue, where that was asked for. */
export function attachRedrive(
  plan: Plan,
  queue: PathQueue,
  deadLetterQueue: PathQueue,
  allowed: SqsQueueRedriveAllowPolicy | undefined,
): SqsQueueRedrivePolicy | undefined {
  if (queue.made !== undefined || deadLetterQueue.made === undefined) return undefined;
  claim(plan.owner, "the redrive policy of the queue", queue.arn);
  const policy = new SqsQueueRedrivePolicy(plan.owner, "redrive-policy", {
    queueUrl: queue.url,
    redrivePolicy: redriveTo(deadLetterQueue, plan),
    dependsOn: present([allowed]),
    ...plan.props.overrides?.redrivePolicy,
  });
  return address(plan.owner, "", policy);
}

/**
 * What the handler is told, by the ARN of its event source. `zipmap`, since an expression as a key of an object would be
 * rendered as text.
 */
export function handlerSettings({ props, figures }: Plan, queue: PathQueue): string {
  const response = props.response ?? defaults.response;
  const settings = {
    response,
    timeout: figures.timeout,
    ...(response === "delete-and-throw" ? { queueUrl: queue.url } : {}),
  };
  return Fn.jsonencode({ sources: Fn.zipmap([queue.arn], [settings]) });
}

/** The function, with what the path needs of its role. */
export function makeConsumer(plan: Plan, queue: PathQueue, settings: string): ConsumerFunction {
  const { owner, name, props } = plan;
  const consume: PolicyStatement = {
    sid: "ConsumeQueue",
    actions: consumingActions,
    resources: [queue.arn],
  };
  const decrypt: PolicyStatement[] =
    props.encryptionKeyArn === undefined
      ? []
      : [{ sid: "DecryptMessages", actions: ["kms:Decrypt"], resources: [props.encryptionKeyArn] }];
  return consumerFunction(owner, props, {
    name,
    statements: [consume, ...decrypt],
    environment: { HOLDFAST: settings },
    overrides: props.overrides ?? {},
  });
}

/** The event source mapping; it waits for all that the first message needs. */
export function makeMapping(
  plan: Plan,
  queue: PathQueue,
  consumer: ConsumerFunction,
  net: readonly (ITerraformDependable | undefined)[],
): LambdaEventSourceMapping {
  const { owner, props, figures } = plan;
  const pollers = props.provisionedPollers;
  const mapping = new LambdaEventSourceMapping(owner, "mapping", {
    eventSourceArn: queue.arn,
    functionName: consumer.arn,
    enabled: props.enabled ?? defaults.enabled,
    batchSize: props.batchSize ?? defaults.batchSize,
    ...(props.batchingWindow === undefined ? {} : { maximumBatchingWindowInSeconds: figures.window }),
    ...((props.response ?? defaults.response) === "partial"
      ? { functionResponseTypes: ["ReportBatchItemFailures"] }
      : {}),
    ...(props.maximumConcurrency === undefined
      ? {}
      : { scalingConfig: { maximumConcurrency: props.maximumConcurrency } }),
    ...(pollers === undefined
      ? {}
      : { provisionedPollerConfig: { minimumPollers: pollers.minimum, maximumPollers: pollers.maximum } }),
    ...(props.filters === undefined || props.filters.length === 0
      ? {}
      : { filterCriteria: { filter: props.filters.map((filter) => ({ pattern: jsonText(filter) })) } }),
    // AWS checks the role when the mapping is made, and from then on messages are received: the permission and the
    // dead-letter queue's are there first.
    dependsOn: present([consumer.rolePolicy, ...net]),
    ...(props.tags === undefined ? {} : { tags: { ...props.tags } }),
    ...props.overrides?.mapping,
  });
  return address(owner, "", mapping);
}

const present = (dependables: readonly (ITerraformDependable | undefined)[]): ITerraformDependable[] =>
  dependables.filter((dependable) => dependable !== undefined);

/** The alarms of the path, unless they are not wanted. */
export function makeAlarms(
  { owner, name, props, figures }: Plan,
  queue: PathQueue,
  deadLetterQueue: PathQueue,
  redriveCommand: string,
): { readonly depth?: CloudwatchMetricAlarm; readonly age?: CloudwatchMetricAlarm } {
  if ((props.alarms ?? defaults.alarms) === "none") return {};
  const watched = {
    queueName: queue.name,
    deadLetterQueueName: deadLetterQueue.name,
    oldestMessageAge: figures.oldestMessageAge,
    redriveCommand,
  };
  return {
    depth: alarm(owner, name, deadLetterDepth(watched), props.tags, props.overrides?.deadLetterDepthAlarm),
    age: alarm(owner, name, oldestMessageAge(watched), props.tags, props.overrides?.oldestMessageAgeAlarm),
  };
}

/**
 * The AWS command that sends a dead-letter queue's messages back to where they came from, at a rate that the function
 * can follow (SQS's own move task, R123).
 */
export function redriveCommandOf(owner: Construct, deadLetterQueue: PathQueue): string {
  const region = settingsFor(owner).region ?? arnPart(deadLetterQueue.arn, "region");
  return [
    "aws sqs start-message-move-task",
    `--region ${region}`,
    `--source-arn ${deadLetterQueue.arn}`,
    `--max-number-of-messages-per-second ${defaults.redriveRate}`,
  ].join(" ");
}
