/** A Kinesis stream, or the stream of a DynamoDB table: shards, and the mappings that read them. */
import { dynamodbStreamRetentionSeconds, type StreamNode, type TableNode } from "../../../topology/graph.ts";
import { Cargo } from "../../accounting/cargo.ts";
import { md5Start } from "../../kernel/md5.ts";
import type { World } from "../../world.ts";
import type { Handover, StreamPut, Waiting } from "../handover.ts";
import { Readers } from "../readers.ts";
import type { Mapping, Service } from "../service.ts";
import { StreamRecord } from "./stream-record.ts";

/** A mapping, to the stream that it reads. */
export interface StreamReader extends Mapping {
  /** A record has arrived in the stream. */
  arrive(record: StreamRecord): void;
  /** The run has ended. */
  settle(): void;
}

/** Records of a stream that nothing reads are only remembered for the end of the run. */
interface Unread {
  readonly cargo: Cargo;
  readonly arrivedAt: number;
}

export class Stream implements Service {
  readonly node: StreamNode | TableNode;
  readonly mappings: StreamReader[] = [];
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

  /** R89: how often Lambda polls a shard: Kinesis once a second, DynamoDB four times. */
  get pollMs(): number {
    return this.node.kind === "stream" || this.#world.deviates("stream.slow-polls") ? 1_000 : 250;
  }

  take({ cargo, content }: Handover): undefined {
    this.put([{ cargo, text: content.text(), key: content.groupId ?? cargo.items[0]?.id ?? "" }]);
  }

  /** Takes records that arrive together. */
  put(puts: readonly StreamPut[]): void {
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
      const copies = this.mappings.map((_, rank) => (rank === 0 ? cargo : cargo.branch()));
      for (const [rank, reader] of this.mappings.entries()) {
        const copy = copies[rank]!;
        copy.bind(reader.fn.address, reader.fn.address);
        reader.arrive(new StreamRecord(this, { ...put, cargo: copy }, now, shard, index));
      }
    }
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

  /** R112: what the stream has forgotten leaves no failure record. */
  forget({ cargo, arrivedAt }: StreamRecord): void {
    cargo.lose("expired", `R91: the retention of ${this.address} ran out`, arrivedAt + this.retentionMs);
    cargo.end();
  }

  /** The shard of a key: Kinesis divides the range of MD5 evenly; DynamoDB's way is not documented, taken alike. */
  shardOf(key: string): number {
    if (this.shards <= 1) return 0;
    return Math.min(Math.floor((md5Start(key) / 0x1_0000_0000) * this.shards), this.shards - 1);
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
