/** A Kinesis stream, or the stream of a DynamoDB table: shards, and the mappings that read them. */
import { createHash } from "node:crypto";
import { dynamodbStreamRetentionSeconds, type StreamNode, type TableNode } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/accounting.ts";
import type { World } from "../world.ts";
import type { Refusal } from "./content.ts";
import type { StreamMapping } from "./stream-mapping.ts";

/** A record in a shard, as one mapping reads it. */
export interface StreamRecord {
  readonly cargo: Cargo;
  readonly text: string;
  readonly key: string;
  readonly arrivedAt: number;
  readonly shard: number;
  /** Its rank among the records of the stream. */
  readonly index: number;
}

/** What is put. */
export interface StreamPut {
  readonly cargo: Cargo;
  readonly text: string;
  /** Partition key, or the item's key. */
  readonly key: string;
}

/** Records of a stream that nothing reads are only remembered for the end of the run. */
interface Unread {
  readonly cargo: Cargo;
  readonly arrivedAt: number;
}

export class Stream {
  readonly node: StreamNode | TableNode;
  readonly mappings: StreamMapping[] = [];
  readonly shards: number;
  readonly retentionMs: number;
  readonly #world: World;
  readonly #shardOf = new Map<string, number>();
  readonly #unread: Unread[] = [];
  #next = 0;

  constructor(world: World, node: StreamNode | TableNode) {
    this.#world = world;
    this.node = node;
    if (node.kind === "stream") {
      this.shards = node.shardCount.value ?? world.settings.use("stream.onDemandShards");
      this.retentionMs = node.retentionPeriodHours.value * 3_600_000;
    } else {
      this.shards = node.streamEnabled.value ? world.settings.peek("table.shards") : 0;
      this.retentionMs = dynamodbStreamRetentionSeconds * 1_000;
    }
    if (world.deviates("stream.keeps-for-ever"))
      (this as { retentionMs: number }).retentionMs = Number.POSITIVE_INFINITY;
  }

  get address(): string {
    return this.node.address;
  }

  get arn(): string {
    return this.node.kind === "stream" ? this.node.arn : this.node.streamArn;
  }

  /** R89: how often Lambda polls a shard: Kinesis once a second, DynamoDB four times. */
  get pollMs(): number {
    return this.node.kind === "stream" || this.#world.deviates("stream.slow-polls") ? 1_000 : 250;
  }

  /** Takes records that arrive together. */
  put(puts: readonly StreamPut[]): Refusal | undefined {
    const { now } = this.#world.kernel;
    for (const { cargo, text, key } of puts) {
      const index = this.#next;
      this.#next += 1;
      const shard = this.shardOf(key);
      const [first] = this.mappings;
      if (first === undefined || this.shards === 0) {
        if (cargo.role === "result" && cargo.entries === undefined) cargo.end();
        else {
          cargo.bind(this.address, null);
          this.#unread.push({ cargo, arrivedAt: now });
        }
        continue;
      }
      const copies = this.mappings.map((_, rank) => (rank === 0 ? cargo : cargo.fork()));
      for (const [rank, mapping] of this.mappings.entries()) {
        const copy = copies[rank]!;
        copy.bind(mapping.fn.address, mapping.fn.address);
        mapping.arrive({ cargo: copy, text, key, arrivedAt: now, shard, index });
      }
    }
    return undefined;
  }

  /** The shard of a key: Kinesis divides the range of MD5 evenly; DynamoDB's way is not documented, taken alike. */
  shardOf(key: string): number {
    if (this.shards <= 1) return 0;
    const known = this.#shardOf.get(key);
    if (known !== undefined) return known;
    const hash = createHash("md5").update(key).digest().readUInt32BE(0);
    const shard = Math.min(Math.floor((hash / 0x1_0000_0000) * this.shards), this.shards - 1);
    if (this.#shardOf.size < 100_000) this.#shardOf.set(key, shard);
    return shard;
  }

  shardId(shard: number): string {
    if (this.node.kind === "stream") return `shardId-${String(shard).padStart(12, "0")}`;
    return `shardId-00000001767225600000-${String(shard).padStart(8, "0")}`;
  }

  /** Grows within the stream; 56 digits for Kinesis, 21 for DynamoDB. */
  sequenceNumber({ shard, index }: Pick<StreamRecord, "shard" | "index">): string {
    if (this.node.kind === "stream") return `496${String(shard).padStart(5, "0")}${String(index).padStart(48, "0")}`;
    return `1${String(index).padStart(20, "0")}`;
  }

  /** The run has ended: what its retention has removed meanwhile is expired. */
  settle(): void {
    const { now } = this.#world.kernel;
    for (const { cargo, arrivedAt } of this.#unread) {
      if (arrivedAt + this.retentionMs > now) continue;
      cargo.lose("expired", `R89: the retention of ${this.address} ran out`, arrivedAt + this.retentionMs);
      cargo.end();
    }
    for (const mapping of this.mappings) mapping.settle();
  }
}
