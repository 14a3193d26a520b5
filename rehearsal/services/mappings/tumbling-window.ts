/** R115: tumbling windows, whose state goes from batch to batch, and which end with an invocation of their own. */
import type { JsonValue } from "../../../topology/graph.ts";
import { grown } from "../../kernel/arithmetic.ts";
import { epochMs, isoTime } from "../../kernel/time.ts";
import { streamEvent } from "../../records/events.ts";
import { shardId, streamArn } from "../../records/shards.ts";
import type { World } from "../../world.ts";
import type { StreamRecord } from "../streams/stream-record.ts";
import type { LaneOwner } from "./lane-owner.ts";

export interface Window {
  readonly start: number;
  readonly end: number;
  state: JsonValue;
}

/** The lane whose windows these are. */
interface WindowLane {
  readonly name: string;
  /** Whether something stands behind what is being worked on. */
  readonly somethingWaits: () => boolean;
  /** A window has ended, however it did. */
  readonly closed: () => void;
}

export class TumblingWindows {
  readonly #world: World;
  readonly #mapping: LaneOwner;
  readonly #lane: WindowLane;
  readonly #lengthMs: number;
  #current: Window | undefined;

  constructor(world: World, mapping: LaneOwner, lane: WindowLane) {
    this.#world = world;
    this.#mapping = mapping;
    this.#lane = lane;
    const seconds = mapping.edge.settings.tumblingWindowInSeconds.value;
    this.#lengthMs = world.deviates("stream.no-windows") ? 0 : seconds * 1_000;
  }

  /** The one that is open. */
  get current(): Window | undefined {
    return this.#current;
  }

  /** Opens the window in which a record falls, counted from the epoch, unless one is open. Undefined: there are none. */
  open(record: StreamRecord): Window | undefined {
    const lengthMs = this.#lengthMs;
    if (lengthMs === 0) return undefined;
    const start = Math.floor((epochMs + record.arrivedAt) / lengthMs) * lengthMs - epochMs;
    this.#current ??= { start, end: start + lengthMs, state: {} };
    return this.#current;
  }

  /** Whether the open window's time is over, and nothing of it is left. @param first the next record. */
  over(first: StreamRecord | undefined): boolean {
    const window = this.#current;
    if (window === undefined || this.#world.kernel.now < window.end) return false;
    return first === undefined || first.arrivedAt >= window.end;
  }

  /** Invokes the open window a last time. */
  close(): void {
    if (this.#current !== undefined) this.#final(this.#current, 0, 0);
  }

  /** With tumbling windows a response without state is a failure. @returns whether it is none. */
  takeState(value: JsonValue | undefined): boolean {
    const window = this.#current;
    if (window === undefined || value === undefined) return true;
    const state = typeof value === "object" && value !== null && "state" in value ? value.state : undefined;
    if (state === undefined) return this.#world.deviates("stream.state-optional");
    if (!this.#world.deviates("stream.state-forgotten")) window.state = state;
    return true;
  }

  /** What a function gets of records, in a window or without one. */
  payload(records: readonly StreamRecord[], window: Window | undefined, final: boolean): JsonValue {
    const { node } = this.#mapping.stream;
    const event = streamEvent(node, records);
    if (window === undefined) return event;
    return {
      ...event,
      shardId: shardId(node, Number(this.#lane.name.split("/")[0])),
      eventSourceARN: streamArn(node),
      window: { start: isoTime(window.start), end: isoTime(window.end) },
      state: window.state,
      isFinalInvokeForWindow: final,
      isWindowTerminatedEarly: false,
    };
  }

  /** A failed last invocation suspends the shard; the retry quota holds for it too. */
  #final(window: Window, errors: number, waits: number): void {
    const world = this.#world;
    const { fn, edge, stream, heldUp } = this.#mapping;
    const requestId = world.random("requestId").uuid();
    const payload = (): JsonValue => this.payload([], window, true);
    fn.invoke(
      { requestId, source: stream.address, loads: [], payload, windowState: window.state, batch: false },
      (result) => {
        const quota = edge.settings.maximumRetryAttempts.value;
        const failed = result.kind !== "success";
        const counted = result.kind === "throttled" ? errors : errors + 1;
        if (failed && (quota < 0 || counted <= quota) && !world.deviates("stream.final-once")) {
          const { settings } = world;
          const delayMs = grown(settings.use("stream.retryDelay"), 2, waits, settings.peek("stream.retryDelayLimit"));
          if (world.kernel.now + delayMs < window.end + stream.retentionMs) {
            heldUp.fail(this.#lane.name, this.#lane.somethingWaits());
            world.kernel.after(delayMs, () => this.#final(window, counted, waits + 1));
            return;
          }
        }
        if (failed) {
          world.settings.assume(
            `${edge.address}.window`,
            "given up, with the state that its batches had built, though their records count as processed",
            "the last invocation of a tumbling window failed until its retries were over; AWS tells nobody (R115)",
          );
        }
        heldUp.release(this.#lane.name);
        this.#current = undefined;
        this.#lane.closed();
      },
    );
  }
}
