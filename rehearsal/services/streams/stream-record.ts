/** A record as a mapping reads it from a stream. */
import { Cargo } from "../../accounting/cargo.ts";
import type { CargoLoad } from "../../functions/invocation.ts";
import { imagesOf } from "../../records/images.ts";
import { type ShardRecord, type StreamSource, sequenceNumber } from "../../records/shards.ts";
import { bytesOf } from "../content.ts";
import type { StreamPut, Waiting } from "../handover.ts";

/** The stream in which a record stands. */
interface RecordSource {
  readonly node: StreamSource;
  /** The account of a record that waited for one. */
  opened(waiting: Waiting, at: number): Cargo;
}

/** A record in a shard, as one mapping reads it, and as its function sees it. */
export class StreamRecord implements CargoLoad, ShardRecord {
  readonly text: string;
  readonly key: string;
  readonly arrivedAt: number;
  readonly shard: number;
  /** Its rank among the records of the stream. */
  readonly index: number;
  readonly #stream: RecordSource;
  /** The account, or the id and the number of the event that waits for one. */
  #cargo: Cargo | string;
  readonly #item: number;

  constructor(stream: RecordSource, put: StreamPut, arrivedAt: number, shard: number, index: number) {
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
    return sequenceNumber(this.#stream.node, this);
  }

  /** What it adds to an invocation besides its description (R90): Kinesis' data in base64, a table's images as JSON. */
  get carriedBytes(): number {
    if (this.#stream.node.kind === "stream") return Math.ceil(bytesOf(this.text) / 3) * 4;
    return bytesOf(JSON.stringify(imagesOf(this.#stream.node, this)));
  }
}
