import { isArnOf } from "../arn.ts";
import { isExpression } from "../expression.ts";
import { isKnown } from "../figures.ts";
import { functionRefusals } from "../lambda-function/refusals.ts";
import { durationOutOfRange, outOfRange, type Refusal, shown } from "../stack/refusals.ts";
import { queueConsumerDefaults as defaults } from "./defaults.ts";
import { isFifo } from "./existing-queue.ts";
import type { QueueConsumerProps } from "./props.ts";

/** The props, with what the construct made of them. */
export type NamedQueueConsumerProps = QueueConsumerProps & { readonly name: string };

/** What event source mappings of streams have and those of queues have not (R66). */
export const ofStreams = Object.fromEntries(
  [
    "onFailure",
    "onSuccess",
    "bisectBatchOnFunctionError",
    "splitOnError",
    "retries",
    "maximumRetryAttempts",
    "maximumRecordAge",
    "startingPosition",
    "parallelizationFactor",
    "tumblingWindow",
  ].map((prop) => [
    prop,
    `${prop} belongs to streams: a queue's messages are retried maxReceiveCount times and then go to its dead-letter queue (R66).`,
  ]),
);

/** Props of a queue that the construct makes; with an existing queue they would be ignored. */
const ofOwnQueues = ["fifo", "retention"] as const satisfies readonly (keyof QueueConsumerProps)[];

const fifoIsAsked = ({ fifo, queue }: QueueConsumerProps): boolean =>
  queue === undefined ? fifo !== undefined : isFifo(queue) === true;

const length = (name: string, suffix: string): string =>
  `name is ${shown(name)}; with ${shown(suffix)} the queue's name has ${name.length + suffix.length} characters, and SQS takes 80.`;

/**
 * What a queue consumer refuses: the values that AWS rejects and the combinations that cannot work, of its own props.
 * What is a matter of judgement is not here.
 */
export const queueConsumerRefusals: readonly Refusal<NamedQueueConsumerProps>[] = [
  ...functionRefusals,

  // The queue
  (props) => {
    const ignored = props.queue === undefined ? [] : ofOwnQueues.filter((prop) => props[prop] !== undefined);
    return ignored.length === 0
      ? undefined
      : `${ignored.join(", ")}: with an existing queue say ${ignored.length === 1 ? "it" : "them"} in existingQueue(arn, { … }).`;
  },
  ({ queue }) =>
    queue !== undefined && !isArnOf("sqs", queue.arn)
      ? `existingQueue(): arn is ${shown(queue.arn)}; it must be the ARN of an SQS queue.`
      : undefined,
  ({ queue }) =>
    queue !== undefined && isFifo(queue) === undefined
      ? "existingQueue(): the ARN is an expression, so say fifo: true or fifo: false; a dead-letter queue must be of the same type (R119)."
      : undefined,
  ({ queue }) =>
    queue?.fifo !== undefined && !isExpression(queue.arn) && queue.fifo !== queue.arn.endsWith(".fifo")
      ? `existingQueue(): fifo is ${queue.fifo}, but the queue is ${shown(queue.arn)}; the names of FIFO queues, and only those, end with ".fifo".`
      : undefined,
  ({ queue }) =>
    queue === undefined || queue.deadLetterQueue === "attach" || isArnOf("sqs", queue.deadLetterQueue)
      ? undefined
      : `existingQueue(): deadLetterQueue is ${shown(queue.deadLetterQueue)}; it must be the ARN of the dead-letter queue that the queue's redrive policy names, or "attach" to have one made.`,
  ({ queue }) => {
    if (queue === undefined || queue.deadLetterQueue === "attach" || isExpression(queue.deadLetterQueue))
      return undefined;
    const fifo = isFifo(queue);
    return fifo !== undefined && queue.deadLetterQueue.endsWith(".fifo") !== fifo
      ? `existingQueue(): deadLetterQueue is ${shown(queue.deadLetterQueue)}; the dead-letter queue of a ${fifo ? "FIFO" : "standard"} queue must be a ${fifo ? "FIFO" : "standard"} queue (R119).`
      : undefined;
  },
  ({ queue }) =>
    durationOutOfRange("existingQueue(): visibilityTimeout", queue?.visibilityTimeout, {
      minimum: 0,
      maximum: 43_200,
      advice: "These are SQS's limits (R59).",
    }),
  ({ queue, timeout }) => {
    const visibility = queue?.visibilityTimeout.inSeconds;
    const seconds = timeout?.inSeconds ?? defaults.timeoutSeconds;
    if (visibility === undefined || !isKnown(visibility) || !isKnown(seconds)) return undefined;
    return visibility >= seconds
      ? undefined
      : `timeout is ${seconds} s, but the existing queue's visibility timeout is ${visibility} s: AWS refuses a mapping whose function may outlast it (R56). Raise the queue's to ${defaults.visibilityFactor * seconds} s or more, or lower the timeout.`;
  },
  ({ retention }) =>
    durationOutOfRange("retention", retention, {
      minimum: 60,
      maximum: 1_209_600,
      advice: "These are SQS's limits (R59).",
    }),
  ({ queue }) =>
    durationOutOfRange("existingQueue(): retention", queue?.retention, {
      minimum: 60,
      maximum: 1_209_600,
      advice: "These are SQS's limits (R59).",
    }),
  ({ maxReceiveCount }) =>
    outOfRange("maxReceiveCount", maxReceiveCount, {
      minimum: 1,
      maximum: 1000,
      advice: "These are SQS's limits (R60); below 5 throttles send healthy messages to the dead-letter queue.",
    }),
  (props) => {
    const { name, queue } = props;
    const suffix = `-dead-letter${fifoIsAsked(props) ? ".fifo" : ""}`;
    if (isExpression(name) || (queue !== undefined && queue.deadLetterQueue !== "attach")) return undefined;
    return name.length + suffix.length > 80 ? `${length(name, suffix)} Say a shorter one.` : undefined;
  },
  ({ encryptionKeyArn }) =>
    encryptionKeyArn === undefined || isArnOf("kms", encryptionKeyArn, "key/")
      ? undefined
      : `encryptionKeyArn is ${shown(encryptionKeyArn)}; it must be the ARN of a customer-managed key, not of an alias: IAM ignores aliases, and the role could not decrypt.`,

  // The mapping
  ({ batchSize }) =>
    outOfRange("batchSize", batchSize, {
      minimum: 1,
      maximum: 10_000,
      unit: " messages",
      advice: "These are Lambda's limits (R54).",
    }),
  ({ batchingWindow }) =>
    durationOutOfRange("batchingWindow", batchingWindow, {
      minimum: 0,
      maximum: 300,
      advice: "These are Lambda's limits (R55).",
    }),
  (props) => {
    const { batchSize, batchingWindow } = props;
    if (fifoIsAsked(props) || batchSize === undefined || !isKnown(batchSize) || !(batchSize > 10)) return undefined;
    const window = batchingWindow?.inSeconds ?? 0;
    return !isKnown(window) || window >= 1
      ? undefined
      : `batchSize is ${batchSize} messages and batchingWindow ${window} s; above 10 messages the window must be 1 s or more (R54). Say batchingWindow: seconds(1), or a batchSize of at most 10.`;
  },
  (props) =>
    fifoIsAsked(props) && props.batchSize !== undefined && isKnown(props.batchSize) && props.batchSize > 10
      ? `batchSize is ${props.batchSize} messages; for a FIFO queue it must be at most 10 (R79).`
      : undefined,
  (props) => {
    const window = props.batchingWindow?.inSeconds;
    return fifoIsAsked(props) && window !== undefined && isKnown(window) && window > 0
      ? `batchingWindow is ${window} s; mappings of FIFO queues have none (R79). Leave it out.`
      : undefined;
  },
  ({ maximumConcurrency }) =>
    outOfRange("maximumConcurrency", maximumConcurrency, {
      minimum: 2,
      maximum: 1000,
      advice: "These are Lambda's limits (R72); for one message at a time use a FIFO queue with one message group.",
    }),
  ({ provisionedPollers }) =>
    outOfRange("provisionedPollers.minimum", provisionedPollers?.minimum, {
      minimum: 2,
      maximum: 200,
      advice: "These are Lambda's limits (R74).",
    }),
  ({ provisionedPollers }) =>
    outOfRange("provisionedPollers.maximum", provisionedPollers?.maximum, {
      minimum: 2,
      maximum: 10_000,
      advice: "These are Lambda's limits (R74).",
    }),
  ({ provisionedPollers: pollers }) =>
    pollers !== undefined && isKnown(pollers.minimum) && isKnown(pollers.maximum) && pollers.minimum > pollers.maximum
      ? `provisionedPollers: minimum is ${pollers.minimum} and maximum ${pollers.maximum}; the minimum must not be above the maximum.`
      : undefined,
  ({ maximumConcurrency, provisionedPollers }) =>
    maximumConcurrency !== undefined && provisionedPollers !== undefined
      ? "maximumConcurrency and provisionedPollers exclude each other (R74); leave one out. provisionedPollers.maximum limits concurrency too."
      : undefined,
  ({ filters }) =>
    filters !== undefined && filters.length > 10
      ? `filters has ${filters.length} patterns; a mapping has at most 10, and above 5 only where AWS raised the quota.`
      : undefined,
];
