/**
 * What has arrived in a lane and is in no batch yet: first in the stream alone, then polled, and wanted by the filters.
 */
import { Deque } from "../../kernel/deque.ts";
import { dynamodbRecord } from "../../records/events.ts";
import type { World } from "../../world.ts";
import { invocationLimitBytes } from "../content.ts";
import { passesFilters } from "../filters.ts";
import type { StreamRecord } from "../streams/stream-record.ts";
import type { LaneOwner } from "./lane-owner.ts";

/** What would be in a batch that was made now. */
interface Batch {
  readonly records: StreamRecord[];
  /** Whether no more would fit in. */
  readonly full: boolean;
}

export class LaneInbox {
  readonly #world: World;
  readonly #mapping: LaneOwner;
  /** In the stream, not polled yet. */
  readonly #arrived = new Deque<StreamRecord>();
  /** Polled, and wanted by the filters. */
  readonly #ready = new Deque<StreamRecord>();

  constructor(world: World, mapping: LaneOwner) {
    this.#world = world;
    this.#mapping = mapping;
  }

  /** Whether a poll would bring something. */
  get unread(): boolean {
    return this.#arrived.length > 0;
  }

  get empty(): boolean {
    return this.#ready.length === 0 && this.#arrived.length === 0;
  }

  /** The next record of a batch. */
  get first(): StreamRecord | undefined {
    return this.#ready.at(0);
  }

  arrive(record: StreamRecord): void {
    this.#arrived.push(record);
  }

  /** Takes in what a poll brought. R117: the iterator passes what the filters do not want. */
  read(polledAt: number): void {
    const { now } = this.#world.kernel;
    const { stream, edge, metrics } = this.#mapping;
    const filters = edge.settings.filterCriteria;
    for (;;) {
      const record = this.#arrived.at(0);
      if (record === undefined || record.arrivedAt > polledAt) return;
      this.#arrived.shift();
      if (record.arrivedAt + stream.retentionMs <= now) {
        stream.forget(record);
        continue;
      }
      if ((filters.value.length > 0 || filters.from === "unknown") && !this.#wants(record)) {
        metrics.FilteredOutEventCount += 1;
        record.cargo.lose("filtered", "R117: passed over by the mapping's filter");
        record.cargo.end();
        continue;
      }
      this.#ready.push(record);
    }
  }

  #wants(record: StreamRecord): boolean {
    const { text, key } = record;
    const { stream, edge } = this.#mapping;
    const input =
      stream.node.kind === "stream"
        ? ({ kind: "kinesis", text, partitionKey: key } as const)
        : ({ kind: "dynamodb", record: () => dynamodbRecord(stream.node, record) } as const);
    return passesFilters(edge, input, this.#world);
  }

  /**
   * The next batch: as many as its size, 6 MB and its tumbling window allow. They stay here until {@link take}.
   * @param before of records that arrived before this time.
   */
  collect(before: number): Batch {
    const { settings, deviates } = this.#world;
    const limit = this.#mapping.edge.settings.batchSize.value;
    const overhead = settings.peek("mapping.recordOverhead");
    const records: StreamRecord[] = [];
    let size = 0;
    while (records.length < limit) {
      const record = this.#ready.at(records.length);
      if (record === undefined || record.arrivedAt >= before) break;
      size += record.carriedBytes + overhead;
      if (size > invocationLimitBytes && records.length > 0 && !deviates("stream.unlimited-payload")) {
        settings.use("mapping.recordOverhead");
        return { records, full: true };
      }
      records.push(record);
    }
    return { records, full: records.length >= limit };
  }

  /** The first records are in a batch. */
  take(count: number): void {
    for (let taken = 0; taken < count; taken += 1) this.#ready.shift();
  }

  /** The run has ended: what the stream has forgotten meanwhile is expired. Every record here has an account then. */
  settle(): void {
    const { now } = this.#world.kernel;
    const { stream } = this.#mapping;
    for (const record of [...this.#ready, ...this.#arrived]) {
      const { cargo } = record;
      if (!cargo.ended && record.arrivedAt + stream.retentionMs <= now) stream.forget(record);
    }
  }
}
