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
 * Why an alarm never sounds for what it watches, undefined: it may. What is not known, and what compares an expression,
 * may. `watched` is undefined for a mapping.
 */
export function whySilent(alarm: Alarm, watched: Node | undefined): string | undefined {
  const { namespace, metricName, comparisonOperator, threshold } = alarm;
  const right = watched === undefined ? namespaces.function : namespaces[watched.kind];
  if (namespace !== null && right !== undefined && namespace !== right) {
    return `its namespace is ${namespace}, and ${metricName ?? "the metric"} is in ${right}`;
  }
  if (comparisonOperator === null) return undefined;
  // Outside of an anomaly's band counts both ways.
  const low = comparisonOperator.startsWith("LessThan") && !comparisonOperator.includes("OrGreaterThan");
  if (low && !falling.has(metricName ?? "")) {
    return `${comparisonOperator} ${threshold ?? "its threshold"} sounds while nothing is there`;
  }
  const retention = watched?.kind === "queue" ? watched.messageRetentionPeriod : undefined;
  const kept = retention === undefined || retention.from === "unknown" ? undefined : retention.value;
  if (metricName !== "ApproximateAgeOfOldestMessage" || threshold === null || kept === undefined) return undefined;
  return threshold > kept ? `its threshold ${threshold} s is above the retention ${kept} s` : undefined;
}
