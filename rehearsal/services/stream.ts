/** A Kinesis stream, or the stream of a DynamoDB table: shards, and the mappings that read them. */
import { dynamodbStreamRetentionSeconds, type StreamNode, type TableNode } from "../../topology/graph.ts";
import { Cargo } from "../accounting/accounting.ts";
import type { CargoLoad } from "../functions/function.ts";
import { md5Start } from "../kernel/md5.ts";
import { imagesOf } from "../records/images.ts";
import type { World } from "../world.ts";
import { bytesOf, type Refusal } from "./content.ts";
import { Readers } from "./readers.ts";
import type { StreamMapping } from "./stream-mapping.ts";

/** A record in a shard, as one mapping reads it, and as its function sees it. */
export class StreamRecord implements CargoLoad {
  readonly text: string;
  readonly key: string;
  readonly arrivedAt: number;
  readonly shard: number;
  /** Its rank among the records of the stream. */
  readonly index: number;
  readonly #stream: Stream;
  /** The account, or the id and the number of the event that waits for one. */
  #cargo: Cargo | string;
  readonly #item: number;

  constructor(stream: Stream, put: StreamPut, arrivedAt: number, shard: number, index: number) {
    this.#stream = stream;
    this.#cargo = put.cargo instanceof Cargo ? put.cargo : put.cargo.id;
    this.#item = put.cargo instanceof Cargo ? -1 : put.cargo.item;
    this.text = put.text;
    this.key = put.key;
    this.arrivedAt = arrivedAt;
    this.shard = shard;
    this.index = index;
  }

  /** Its account: opened once something happens to it, since a stream may hold millions of records. */
  get cargo(): Cargo {
    const cargo = this.#cargo;
    if (cargo instanceof Cargo) return cargo;
    const opened = this.#stream.opened({ id: cargo, item: this.#item }, this.arrivedAt);
    this.#cargo = opened;
    return opened;
  }

  get identifier(): string {
    return this.#stream.sequenceNumber(this);
  }

  /** What it adds to an invocation besides its description (R90): Kinesis' data in base64, a table's images as JSON. */
  get carriedBytes(): number {
    if (this.#stream.node.kind === "stream") return Math.ceil(bytesOf(this.text) / 3) * 4;
    return bytesOf(JSON.stringify(imagesOf(this.#stream.node, this)));
  }
}

/** An event that waits for its account to be opened. */
export interface Waiting {
  readonly id: string;
  readonly item: number;
}

/** What is put. */
export interface StreamPut {
  readonly cargo: Cargo | Waiting;
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
  readonly #readers: Readers;
  readonly shards: number;
  readonly retentionMs: number;
  readonly #world: World;
  readonly #unread: Unread[] = [];
  #next = 0;

  constructor(world: World, node: StreamNode | TableNode) {
    this.#world = world;
    this.node = node;
    this.#readers = new Readers(world, node.address);
    if (node.kind === "stream") {
      this.shards = node.shardCount.value ?? world.settings.use("stream.onDemandShards");
      this.retentionMs = node.retentionPeriodHours.value * 3_600_000;
    } else {
      this.shards = node.streamEnabled.value ? world.settings.peek("table.shards") : 0;
      // Without a stream there is nothing that forgets: an item stays in the table.
      this.retentionMs = node.streamEnabled.value ? dynamodbStreamRetentionSeconds * 1_000 : Number.POSITIVE_INFINITY;
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
    if (puts.length > 0) this.#readers.check();
    for (const put of puts) {
      const index = this.#next;
      this.#next += 1;
      const [mapping] = this.mappings;
      if (mapping === undefined || this.shards === 0) {
        const cargo = this.#account(put.cargo, now);
        if (cargo.role === "result" && cargo.entries === undefined) cargo.end();
        else {
          cargo.bind(this.address, null);
          this.#unread.push({ cargo, arrivedAt: now });
        }
        continue;
      }
      const shard = this.shardOf(put.key);
      if (this.mappings.length === 1) {
        if (put.cargo instanceof Cargo) put.cargo.bind(mapping.fn.address, mapping.fn.address);
        mapping.arrive(new StreamRecord(this, put, now, shard, index));
        continue;
      }
      const cargo = this.#account(put.cargo, now);
      const copies = this.mappings.map((_, rank) => (rank === 0 ? cargo : cargo.fork()));
      for (const [rank, reader] of this.mappings.entries()) {
        const copy = copies[rank]!;
        copy.bind(reader.fn.address, reader.fn.address);
        reader.arrive(new StreamRecord(this, { ...put, cargo: copy }, now, shard, index));
      }
    }
    return undefined;
  }

  #account(cargo: Cargo | Waiting, at: number): Cargo {
    if (cargo instanceof Cargo) return cargo;
    return this.#world.accounting.open(cargo.item, cargo.id, this.address, at);
  }

  /** The account of a record that waited, with the one mapping that there is. */
  opened(waiting: Waiting, at: number): Cargo {
    const cargo = this.#account(waiting, at);
    const address = this.mappings[0]!.fn.address;
    cargo.bind(address, address);
    return cargo;
  }

  /** The shard of a key: Kinesis divides the range of MD5 evenly; DynamoDB's way is not documented, taken alike. */
  shardOf(key: string): number {
    if (this.shards <= 1) return 0;
    return Math.min(Math.floor((md5Start(key) / 0x1_0000_0000) * this.shards), this.shards - 1);
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
