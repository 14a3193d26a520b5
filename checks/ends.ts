/** What something is that an edge leads to, in the configuration or outside of it. */
import type { Node, NodeKind } from "../topology/graph.ts";

/** The services of ARNs, and the types of data sources, that AWS delivers failures to, or refuses as such an end. */
const kinds: Readonly<Record<string, NodeKind>> = {
  sqs: "queue",
  aws_sqs_queue: "queue",
  sns: "topic",
  aws_sns_topic: "topic",
  s3: "bucket",
  aws_s3_bucket: "bucket",
  lambda: "function",
  aws_lambda_function: "function",
  aws_lambda_alias: "function",
  events: "bus",
  aws_cloudwatch_event_bus: "bus",
  kinesis: "stream",
  aws_kinesis_stream: "stream",
  dynamodb: "table",
  aws_dynamodb_table: "table",
};

/** The kind of a node; of one outside the configuration the kind that its ARN tells, `external` where it tells none. */
export function kindOf(node: Node): NodeKind {
  if (node.kind !== "external" || !Object.hasOwn(kinds, node.service)) return node.kind;
  return kinds[node.service] ?? node.kind;
}

/** The same of something outside that is no node, by its ARN. */
export function kindOfArn(arn: string): NodeKind | undefined {
  const service = /^arn:[^:]+:([^:]+):/.exec(arn)?.[1] ?? "";
  return Object.hasOwn(kinds, service) ? kinds[service] : undefined;
}

/** Whether a queue or topic is FIFO; undefined where that is not known. Outside the configuration the name tells. */
export function isFifo(node: Node): boolean | undefined {
  if (node.kind === "queue" || node.kind === "topic") {
    return node.fifo.from === "unknown" ? undefined : node.fifo.value;
  }
  if (node.kind !== "external" || !isNamed(node.arn)) return undefined;
  const kind = kindOf(node);
  return kind === "queue" || kind === "topic" ? node.arn.endsWith(".fifo") : undefined;
}

/** A whole ARN: none that is made from an address, and none with a part that is not known. */
function isNamed(arn: string): boolean {
  return arn.startsWith("arn:") && !arn.includes("\u27e8");
}

/** Whether two Regions, or accounts, are known and not the same. */
export function differs(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}
