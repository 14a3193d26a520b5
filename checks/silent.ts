/** Whether an alarm can sound at all when what it watches goes wrong. */
import type { Alarm, Node, NodeKind } from "../topology/graph.ts";
import { differs } from "./ends.ts";

/** Where CloudWatch has the metrics of a service: the same dimension elsewhere names nothing. */
const namespaces: Readonly<Partial<Record<NodeKind, string>>> = {
  queue: "AWS/SQS",
  function: "AWS/Lambda",
  stream: "AWS/Kinesis",
  table: "AWS/DynamoDB",
  topic: "AWS/SNS",
  bucket: "AWS/S3",
  rule: "AWS/Events",
  bus: "AWS/Events",
};

interface Published {
  readonly unit: "Count" | "Seconds" | "Milliseconds";
  /** Those that one may combine. With any other beside them there is no data, and the alarm waits for some for ever. */
  readonly dimensions: readonly string[];
}

const ofFunction = ["FunctionName", "Resource", "ExecutedVersion", "EventSourceMappingUUID"];

/**
 * How metrics are published that alarms are looked for on
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
 * https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html). An alarm for another unit finds no data
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
 */
const published: Readonly<Record<string, Published>> = {
  ApproximateNumberOfMessagesVisible: { unit: "Count", dimensions: ["QueueName"] },
  ApproximateAgeOfOldestMessage: { unit: "Seconds", dimensions: ["QueueName"] },
  NumberOfMessagesDeleted: { unit: "Count", dimensions: ["QueueName"] },
  FailedInvokeEventCount: { unit: "Count", dimensions: ofFunction },
  IteratorAge: { unit: "Milliseconds", dimensions: ofFunction },
  "GetRecords.IteratorAgeMilliseconds": { unit: "Milliseconds", dimensions: ["StreamName"] },
};

/** Metrics that tell of trouble by falling. */
const falling: ReadonlySet<string> = new Set(["NumberOfMessagesDeleted"]);

/**
 * As many messages as a queue has in flight at most (R76). What waits in it has no such end, but an alarm that is still
 * when more failures wait than can be taken in hand at once notices nothing either.
 */
const mostInFlight = 120_000;

/** The longest that a queue and a stream keep anything, where it is not known how long theirs does. */
const longestRetentionSeconds = 1_209_600;
const longestRetentionHours = 8760;

interface Most {
  readonly most: number;
  /** What a threshold above it is. */
  readonly why: string;
  /** What a threshold is that equals it and is to be exceeded; undefined: it can be exceeded. */
  readonly end?: string;
}

/**
 * The most that a metric can show of a node, and why.
 *
 * @param readSeconds for how long what a function reads is kept at most; undefined: not known
 */
type Limit = (watched: Node | undefined, readSeconds: number | undefined) => Most;

const limits: Readonly<Record<string, Limit>> = {
  ApproximateNumberOfMessagesVisible: () => ({
    most: mostInFlight,
    why: `more than the ${mostInFlight} messages that a queue hands out at once`,
  }),
  ApproximateAgeOfOldestMessage(watched) {
    const retention = watched?.kind === "queue" ? watched.messageRetentionPeriod : undefined;
    const seconds = retention === undefined || retention.from === "unknown" ? longestRetentionSeconds : retention.value;
    return { most: seconds, why: `above the retention ${seconds} s`, end: `the retention ${seconds} s` };
  },
  "GetRecords.IteratorAgeMilliseconds"(watched) {
    const retention = watched?.kind === "stream" ? watched.retentionPeriodHours : undefined;
    const hours = retention === undefined || retention.from === "unknown" ? longestRetentionHours : retention.value;
    return { most: hours * 3_600_000, why: `above the retention ${hours} h`, end: `the retention ${hours} h` };
  },
  IteratorAge(_function, readSeconds) {
    const hours = readSeconds === undefined ? longestRetentionHours : readSeconds / 3600;
    const retention =
      readSeconds === undefined
        ? `the longest retention of a stream, ${hours} h`
        : `the retention ${hours} h of what the function reads`;
    return { most: hours * 3_600_000, why: `above ${retention}`, end: retention };
  },
};

/**
 * Why an alarm never sounds for what it watches, undefined: it may. What is not known, and what compares an expression,
 * may. `watched` is undefined for a mapping. Whether it takes missing data for a breach makes no difference: failures
 * that wait are data.
 *
 * @param readSeconds of a function: for how long what it reads is kept at most; undefined: not known
 */
export function whySilent(alarm: Alarm, watched: Node | undefined, readSeconds?: number): string | undefined {
  const { namespace, metricName, comparisonOperator, threshold } = alarm;
  const right = watched === undefined ? namespaces.function : namespaces[watched.kind];
  if (namespace !== null && right !== undefined && namespace !== right) {
    return `its namespace is ${namespace}, and ${metricName ?? "the metric"} is in ${right}`;
  }
  const unseen = whyUnseen(alarm, watched);
  if (unseen !== undefined) return unseen;
  if (comparisonOperator === null) return undefined;
  // Outside of an anomaly's band counts both ways.
  if (comparisonOperator.startsWith("LessThan") && !comparisonOperator.includes("OrGreaterThan")) {
    if (threshold !== null && (comparisonOperator === "LessThanThreshold" ? threshold <= 0 : threshold < 0)) {
      return `${metricName ?? "the metric"} is never below 0, and it waits for ${comparisonOperator} ${threshold}`;
    }
    return falling.has(metricName ?? "")
      ? undefined
      : `${comparisonOperator} ${threshold ?? "its threshold"} sounds while nothing is there`;
  }
  const limit = Object.hasOwn(limits, metricName ?? "") ? limits[metricName ?? ""]?.(watched, readSeconds) : undefined;
  const samples = samplesIn(alarm);
  if (limit === undefined || threshold === null || samples === undefined) return undefined;
  const [most, given] = [limit.most * samples, `its threshold ${threshold}${unitOf(metricName)}`];
  if (threshold > most) return `${given} is ${limit.why}`;
  return threshold === most && limit.end !== undefined && comparisonOperator === "GreaterThanThreshold"
    ? `${given} is ${limit.end}, which nothing exceeds`
    : undefined;
}

/** Why an alarm finds no data: in another Region, in another unit, or under dimensions that the metric does not have. */
function whyUnseen({ region, metricName, unit, dimensions }: Alarm, watched: Node | undefined): string | undefined {
  const there = watched?.region ?? null;
  if (differs(region, there))
    return `it is in ${region}, and the metrics of ${watched?.address ?? "what it watches"} are in ${there}`;
  const own = Object.hasOwn(published, metricName ?? "") ? published[metricName ?? ""] : undefined;
  if (own === undefined) return undefined;
  if (unit !== null && unit !== own.unit) return `its unit is ${unit}, and ${metricName} is published in ${own.unit}`;
  // Where its value is null, or not known, there may be none.
  const other = Object.keys(dimensions).find((one) => (dimensions[one] ?? "") !== "" && !own.dimensions.includes(one));
  return other === undefined ? undefined : `it asks for the dimension ${other}, which ${metricName} does not have`;
}

/**
 * By how much a statistic may exceed a single figure: a sum, by how often the metric is written in its period. SQS writes
 * a figure a minute; how often the others are written depends on what runs, so that their sums have no limit.
 */
function samplesIn({ statistic, periodSeconds, namespace }: Alarm): number | undefined {
  if (statistic === null || statistic === "SampleCount") return undefined;
  if (statistic !== "Sum") return 1;
  return periodSeconds === null || namespace !== namespaces.queue ? undefined : Math.max(1, periodSeconds / 60);
}

function unitOf(metricName: string | null): string {
  if (metricName === "ApproximateAgeOfOldestMessage") return " s";
  return metricName?.includes("IteratorAge") === true ? " ms" : "";
}
