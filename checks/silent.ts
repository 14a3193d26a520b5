/** Whether an alarm can sound at all when what it watches goes wrong. */
import type { Alarm, Node, NodeKind } from "../topology/graph.ts";

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

/** The most that a metric can show of a node, and why; undefined where there is no such limit. */
type Limit = (watched: Node | undefined) => { readonly most: number; readonly why: string };

const limits: Readonly<Record<string, Limit>> = {
  ApproximateNumberOfMessagesVisible: () => ({
    most: mostInFlight,
    why: `more than the ${mostInFlight} messages that a queue hands out at once`,
  }),
  ApproximateAgeOfOldestMessage(watched) {
    const retention = watched?.kind === "queue" ? watched.messageRetentionPeriod : undefined;
    const seconds = retention === undefined || retention.from === "unknown" ? longestRetentionSeconds : retention.value;
    return { most: seconds, why: `above the retention ${seconds} s` };
  },
  "GetRecords.IteratorAgeMilliseconds"(watched) {
    const retention = watched?.kind === "stream" ? watched.retentionPeriodHours : undefined;
    const hours = retention === undefined || retention.from === "unknown" ? longestRetentionHours : retention.value;
    return { most: hours * 3_600_000, why: `above the retention ${hours} h` };
  },
  IteratorAge: () => ({
    most: longestRetentionHours * 3_600_000,
    why: `above the longest retention of a stream, ${longestRetentionHours} h`,
  }),
};

/**
 * Why an alarm never sounds for what it watches, undefined: it may. What is not known, and what compares an expression,
 * may. `watched` is undefined for a mapping. Whether it takes missing data for a breach makes no difference: failures
 * that wait are data.
 */
export function whySilent(alarm: Alarm, watched: Node | undefined): string | undefined {
  const { namespace, metricName, comparisonOperator, threshold } = alarm;
  const right = watched === undefined ? namespaces.function : namespaces[watched.kind];
  if (namespace !== null && right !== undefined && namespace !== right) {
    return `its namespace is ${namespace}, and ${metricName ?? "the metric"} is in ${right}`;
  }
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
  const limit = Object.hasOwn(limits, metricName ?? "") ? limits[metricName ?? ""]?.(watched) : undefined;
  const samples = samplesIn(alarm);
  if (limit === undefined || threshold === null || samples === undefined) return undefined;
  return threshold > limit.most * samples
    ? `its threshold ${threshold}${unitOf(metricName)} is ${limit.why}`
    : undefined;
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
