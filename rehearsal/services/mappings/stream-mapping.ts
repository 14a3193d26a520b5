/** An event source mapping on a stream: one lane per shard, or several by key (R113, R114). */
import { type DestinationEdge, type MappingEdge, type Node, permissionOf } from "../../../topology/graph.ts";
import { Cargo } from "../../accounting/cargo.ts";
import type { Invocable } from "../../functions/invocation.ts";
import { md5Start } from "../../kernel/md5.ts";
import { type BatchState, type StreamCondition, streamObjectKey, streamRecordOf } from "../../records/stream-record.ts";
import type { World } from "../../world.ts";
import { jsonContent } from "../content.ts";
import { netsOf } from "../edges.ts";
import { HeldUp } from "../held-up.ts";
import { giveToNet } from "../net.ts";
import type { Stream, StreamReader } from "../streams/stream.ts";
import type { StreamRecord } from "../streams/stream-record.ts";
import { Lane } from "./lane.ts";
import type { LaneOwner } from "./lane-owner.ts";

export class StreamMapping implements StreamReader, LaneOwner {
  readonly edge: MappingEdge;
  readonly stream: Stream;
  readonly fn: Invocable;
  readonly heldUp: HeldUp;
  readonly metrics = { DroppedEventCount: 0, OnFailureDestinationDeliveredEventCount: 0, FilteredOutEventCount: 0 };
  readonly #world: World;
  readonly #lanes = new Map<string, Lane>();
  readonly #single: Lane[] = [];
  readonly #factor: number;
  readonly #active: boolean;
  readonly #nets: readonly DestinationEdge[];

  constructor(world: World, edge: MappingEdge, stream: Stream, fn: Invocable) {
    this.#world = world;
    this.edge = edge;
    this.stream = stream;
    this.fn = fn;
    this.heldUp = new HeldUp(() => world.kernel.now);
    this.#factor = world.deviates("stream.one-lane") ? 1 : edge.settings.parallelizationFactor.value;
    this.#active =
      edge.settings.enabled.value && (permissionOf(edge) !== "missing" || world.deviates("permissions.ignored"));
    const own = netsOf(world, edge.id, "mapping", "on-failure");
    // R2: the function's own settings are no net of a mapping.
    this.#nets =
      own.length === 0 && world.deviates("mapping.uses-async-nets")
        ? netsOf(world, fn.address, "function", "on-failure")
        : own;
    stream.mappings.push(this);
  }

  get address(): string {
    return this.edge.address;
  }

  /** A record has arrived in the stream. */
  arrive(record: StreamRecord): void {
    const lane = this.#lane(record);
    lane.arrive(record, this.#active);
  }

  /** R113, R114: with a factor of p, p lanes per shard by the hash of the key; the order of a key is kept. */
  #lane(record: StreamRecord): Lane {
    const { shard, key } = record;
    if (this.#factor === 1) return (this.#single[shard] ??= this.#named(`${shard}/0`));
    let part = 0;
    if (this.#factor > 1) {
      const spread = this.#world.deviates("stream.lanes-ignore-keys") ? String(record.index) : key;
      part = md5Start(`lane:${spread}`) % this.#factor;
    }
    return this.#named(`${shard}/${part}`);
  }

  #named(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = new Lane(this.#world, this, name);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  /**
   * Gives up a batch: to the failure destination, or it is gone (R54 of the hazards: silently).
   * R112: `DroppedEventCount` counts what no destination took.
   */
  discard(records: readonly StreamRecord[], condition: StreamCondition, state: BatchState): void {
    const cargoes = records.map((record) => record.cargo);
    const age = condition === "RecordAgeExceeded";
    const rule = age ? "R103" : "R93";
    for (const cargo of cargoes) cargo.lose(age ? "expired" : "dropped", `${rule}: ${condition}`);
    if (this.#nets.length === 0 && !this.#world.deviates("stream.net-failures-uncounted"))
      this.metrics.DroppedEventCount += records.length;
    for (const edge of this.#nets) this.#toDestination(edge, records, condition, state);
    for (const cargo of cargoes) cargo.end();
  }

  #toDestination(
    edge: DestinationEdge,
    records: readonly StreamRecord[],
    condition: StreamCondition,
    state: BatchState,
  ): void {
    const world = this.#world;
    const copy = Cargo.record(
      records.map((record) => record.cargo),
      this.fn.chainAfter(records),
    );
    const target = world.nodeAt(edge.to ?? "");
    const withPayload = isBucket(target);
    if (!withPayload) {
      const until = ({ arrivedAt }: StreamRecord): number => arrivedAt + this.stream.retentionMs;
      copy.pointsTo(new Map(records.flatMap((one) => (one.cargo.entries ?? []).map((entry) => [entry, until(one)]))));
    }
    const record = streamRecordOf(world, this.stream.node, this.fn.node, records, condition, state, withPayload);
    const takes =
      target === undefined ||
      target.kind === "queue" ||
      target.kind === "topic" ||
      target.kind === "bucket" ||
      target.kind === "external";
    const refusal =
      takes || world.deviates("stream.any-destination")
        ? giveToNet(
            world,
            edge,
            "on-failure-destination",
            copy,
            jsonContent(() => record),
            {
              from: this.stream.address,
              standardOnly: !world.deviates("stream.any-destination"),
              objectKey: () => streamObjectKey(world, this.address, this.stream.node, records[0]!),
              detailType: "Lambda Function Invocation Result - Failure",
            },
          )
        : {
            code: "INVALID_PARAMETER" as const,
            message: `${edge.to} takes no records of streams`,
            retriable: false,
            rule: "R106",
          };
    if (refusal === undefined) {
      this.metrics.OnFailureDestinationDeliveredEventCount += records.length;
      return;
    }
    if (!world.deviates("stream.net-failures-uncounted")) {
      this.fn.metrics.DestinationDeliveryFailures += 1;
      this.metrics.DroppedEventCount += records.length;
    }
    for (const { cargo } of records) cargo.lose("dropped", `R112: ${refusal.message}`);
    copy.end();
  }

  settle(): void {
    for (const lane of this.#lanes.values()) lane.settle();
  }
}

/** R108: a bucket gets the records themselves. */
function isBucket(end: Node | undefined): boolean {
  return end?.kind === "bucket" || (end?.kind === "external" && ["s3", "aws_s3_bucket"].includes(end.service));
}
