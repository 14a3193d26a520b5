/** How streams name themselves, their shards and what stands in them. */
import type { StreamNode, TableNode } from "../../topology/graph.ts";

/** A Kinesis stream, or a table with its stream. */
export type StreamSource = StreamNode | TableNode;

/** A record in a shard, as a function sees it. */
export interface ShardRecord {
  /** Decoded. */
  readonly text: string;
  /** Partition key, or the item's key. */
  readonly key: string;
  readonly arrivedAt: number;
  readonly shard: number;
  /** Its rank among the records of the stream. */
  readonly index: number;
}

export function streamArn(node: StreamSource): string {
  return node.kind === "stream" ? node.arn : node.streamArn;
}

export function shardId(node: StreamSource, shard: number): string {
  if (node.kind === "stream") return `shardId-${String(shard).padStart(12, "0")}`;
  return `shardId-00000001767225600000-${String(shard).padStart(8, "0")}`;
}

/** Grows within the stream; 56 digits for Kinesis, 21 for DynamoDB. */
export function sequenceNumber(node: StreamSource, { shard, index }: Pick<ShardRecord, "shard" | "index">): string {
  if (node.kind === "stream") return `496${String(shard).padStart(5, "0")}${String(index).padStart(48, "0")}`;
  return `1${String(index).padStart(20, "0")}`;
}
