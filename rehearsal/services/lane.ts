/**
 * One lane of a stream's mapping: records in order, one batch at a time (R91–R105).
 *
 * A batch is a range of records with its own count of attempts. On a function error
 *   with split, and more than one record: two ranges, each from 0, the first at once     (R94–R96)
 *   while attempts last: the same range again, after a wait                              (R93, R105)
 *   else: to the failure destination, and on                                             (R102)
 * A partial response moves the front to the first failed record; what remains is a new range (R97–R99). Before each
 * attempt, what is too old is taken from the front (R103, R104, R112).
 */
import type { JsonValue, MappingEdge } from "../../topology/graph.ts";
import type { CargoLoad, Ended, Invocable, InvocationResult } from "../functions/invocation.ts";
import { readResponse } from "../functions/response.ts";
import { grown } from "../kernel/arithmetic.ts";
import { Deque } from "../kernel/deque.ts";
import type { Timer } from "../kernel/kernel.ts";
import { epochMs, isoTime } from "../kernel/time.ts";
import { dynamodbRecord, streamEvent } from "../records/events.ts";
import { shardId, streamArn } from "../records/shards.ts";
import type { BatchState, StreamCondition } from "../records/stream-record.ts";
import type { World } from "../world.ts";
import { invocationLimitBytes } from "./content.ts";
import { passesFilters } from "./filters.ts";
import type { HeldUp } from "./held-up.ts";
import type { Stream } from "./stream.ts";
import type { StreamRecord } from "./stream-record.ts";

/** The mapping that a lane belongs to. */
export interface LaneOwner {
  readonly edge: MappingEdge;
  readonly stream: Stream;
  readonly fn: Invocable;
  readonly heldUp: HeldUp;
  readonly metrics: { FilteredOutEventCount: number };
  /** Gives up records of a batch. */
  discard(records: readonly StreamRecord[], condition: StreamCondition, state: BatchState): void;
}

interface Range {
  records: readonly StreamRecord[];
  /** Function errors, which the retry quota is for (R93). */
  errors: number;
  /** Waits after errors and throttles alike (R105). */
  waits: number;
  invocations: number;
  requestId: string;
  last: Ended | undefined;
}

/** R115: a tumbling window, whose state goes from batch to batch. */
interface Window {
  readonly start: number;
  readonly end: number;
  state: JsonValue;
}

export class Lane {
  readonly #world: World;
  readonly #mapping: LaneOwner;
  readonly #stream: Stream;
  readonly #name: string;
  /** In the stream, not polled yet. */
  readonly #arrived = new Deque<StreamRecord>();
  /** Polled, and wanted by the filters. */
  readonly #ready = new Deque<StreamRecord>();
  /** Of the batch that is being worked on, the next range last. */
  #ranges: Range[] = [];
  #busy = false;
  #timer: Timer | undefined;
  #gatheringSince: number | undefined;
  #window: Window | undefined;
  #maximumAgeMs: number;

  constructor(world: World, mapping: LaneOwner, name: string) {
    this.#world = world;
    this.#mapping = mapping;
    this.#stream = mapping.stream;
    this.#name = name;
    const age = mapping.edge.settings.maximumRecordAgeInSeconds.value;
    this.#maximumAgeMs = age < 0 || world.deviates("stream.age-ignored") ? Number.POSITIVE_INFINITY : age * 1_000;
  }

  /** A record arrives. @param active whether the mapping reads. */
  arrive(record: StreamRecord, active: boolean): void {
    this.#arrived.push(record);
    this.#mapping.heldUp.arrived(this.#name);
    if (!active || this.#busy) return;
    if (this.#timer?.run === undefined) this.#pollAt(this.#tickFrom(this.#world.kernel.now));
    else if (this.#gatheringSince !== undefined)
      this.#pollAt(Math.min(this.#timer.at, this.#tickFrom(this.#world.kernel.now)));
  }

  /** The next poll at or after a time. Polls are at multiples of the polling interval. */
  #tickFrom(ms: number): number {
    return Math.ceil(ms / this.#stream.pollMs) * this.#stream.pollMs;
  }

  #pollAt(at: number): void {
    const { kernel } = this.#world;
    if (this.#timer?.run !== undefined) {
      if (this.#timer.at === at) return;
      kernel.cancel(this.#timer);
    }
    this.#timer = kernel.at(at, () => this.#next());
  }

  /** Takes in what the last poll brought, and begins a batch where there is one. */
  #next(): void {
    const { kernel, deviates, faults } = this.#world;
    const { now } = kernel;
    const { pollMs } = this.#stream;
    const answersAt = faults.availableAt(this.#stream.address, now);
    if (answersAt > now) return this.#pollAt(this.#tickFrom(answersAt));
    this.#read(Math.floor(now / pollMs) * pollMs);
    const { settings } = this.#mapping.edge;
    const tumblingMs = deviates("stream.no-windows") ? 0 : settings.tumblingWindowInSeconds.value * 1_000;
    if (tumblingMs > 0 && this.#closeWindow(tumblingMs)) return;
    const first = this.#ready.at(0);
    if (first === undefined) {
      this.#gatheringSince = undefined;
      if (this.#arrived.length > 0) this.#pollAt(this.#tickFrom(now + 1));
      else if (this.#window !== undefined) this.#pollAt(this.#tickFrom(Math.max(this.#window.end, now + 1)));
      return;
    }
    const batch = this.#collect(tumblingMs > 0 ? this.#windowOf(first, tumblingMs) : undefined);
    const windowMs = deviates("stream.window-ignored") ? 0 : settings.maximumBatchingWindowInSeconds.value * 1_000;
    if (windowMs > 0 && !batch.full) {
      this.#gatheringSince ??= now;
      const closes = this.#gatheringSince + windowMs;
      if (now < closes) {
        this.#pollAt(this.#arrived.length > 0 ? Math.min(closes, this.#tickFrom(now + 1)) : closes);
        return;
      }
    }
    this.#gatheringSince = undefined;
    for (let count = 0; count < batch.records.length; count += 1) this.#ready.shift();
    this.#busy = true;
    this.#ranges = [range(batch.records)];
    this.#attempt();
  }

  /** R117: the iterator passes what the filters do not want. */
  #read(polledAt: number): void {
    const { now } = this.#world.kernel;
    const filters = this.#mapping.edge.settings.filterCriteria;
    for (;;) {
      const record = this.#arrived.at(0);
      if (record === undefined || record.arrivedAt > polledAt) return;
      this.#arrived.shift();
      const expiresAt = record.arrivedAt + this.#stream.retentionMs;
      if (expiresAt <= now) {
        this.#expire(record);
        continue;
      }
      if ((filters.value.length > 0 || filters.from === "unknown") && !this.#wants(record)) {
        this.#mapping.metrics.FilteredOutEventCount += 1;
        record.cargo.lose("filtered", "R117: passed over by the mapping's filter");
        record.cargo.end();
        continue;
      }
      this.#ready.push(record);
    }
  }

  #wants(record: StreamRecord): boolean {
    const { text, key } = record;
    const input =
      this.#stream.node.kind === "stream"
        ? ({ kind: "kinesis", text, partitionKey: key } as const)
        : ({ kind: "dynamodb", record: () => dynamodbRecord(this.#stream.node, record) } as const);
    return passesFilters(this.#mapping.edge, input, this.#world);
  }

  /** R112: what the stream has forgotten leaves no failure record. */
  #expire(record: StreamRecord): void {
    const at = record.arrivedAt + this.#stream.retentionMs;
    record.cargo.lose("expired", `R91: the retention of ${this.#stream.address} ran out`, at);
    record.cargo.end();
  }

  /** The next batch: as many as its size, 6 MB and its tumbling window allow. */
  #collect(window: Window | undefined): { readonly records: StreamRecord[]; readonly full: boolean } {
    const { settings, deviates } = this.#world;
    const limit = this.#mapping.edge.settings.batchSize.value;
    const overhead = settings.peek("mapping.recordOverhead");
    const records: StreamRecord[] = [];
    let size = 0;
    while (records.length < limit) {
      const record = this.#ready.at(records.length);
      if (record === undefined || (window !== undefined && record.arrivedAt >= window.end)) break;
      size += record.carriedBytes + overhead;
      if (size > invocationLimitBytes && records.length > 0 && !deviates("stream.unlimited-payload")) {
        settings.use("mapping.recordOverhead");
        return { records, full: true };
      }
      records.push(record);
    }
    return { records, full: records.length >= limit };
  }

  #attempt(): void {
    const { random } = this.#world;
    const current = this.#ranges.at(-1);
    if (current === undefined) {
      this.#busy = false;
      this.#next();
      return;
    }
    this.#trim(current);
    const { records } = current;
    if (records.length === 0) {
      this.#resolved();
      return;
    }
    current.requestId = random("requestId").uuid();
    const loads = records;
    if (this.#mapping.fn.recursive(loads)) {
      this.#mapping.discard(records, "RetryAttemptsExhausted", { ...current });
      this.#resolved();
      return;
    }
    const window = this.#window;
    this.#mapping.fn.invoke(
      {
        requestId: current.requestId,
        source: this.#stream.address,
        loads,
        payload: () => this.#payload(records, window, false),
        windowState: window?.state,
        batch: true,
        asked: this.#mapping.edge.settings.functionResponseTypes.value.includes("ReportBatchItemFailures"),
      },
      (result) => this.#answered(current, loads, result),
    );
  }

  #payload(records: readonly StreamRecord[], window: Window | undefined, final: boolean): JsonValue {
    const event = streamEvent(this.#stream.node, records);
    if (window === undefined) return event;
    return {
      ...event,
      shardId: shardId(this.#stream.node, Number(this.#name.split("/")[0])),
      eventSourceARN: streamArn(this.#stream.node),
      window: { start: isoTime(window.start), end: isoTime(window.end) },
      state: window.state,
      isFinalInvokeForWindow: final,
      isWindowTerminatedEarly: false,
    };
  }

  /** Takes from the front what is too old: silently what the stream forgot, with a record what the mapping gives up. */
  #trim(current: Range): void {
    const { kernel, deviates } = this.#world;
    const { now } = kernel;
    const before = current.records.length;
    let gone = 0;
    for (const record of current.records) {
      if (record.arrivedAt + this.#stream.retentionMs > now) break;
      this.#expire(record);
      gone += 1;
    }
    if (gone > 0) current.records = current.records.slice(gone);
    let old = 0;
    for (const record of current.records) {
      if (record.arrivedAt + this.#maximumAgeMs > now) break;
      old += 1;
    }
    if (old > 0) {
      // R104: only what has expired; the rest is still delivered.
      const count = deviates("stream.whole-batch-expires") ? current.records.length : old;
      // R103: 1 even where it was too old on arrival.
      const invocations = Math.max(1, current.invocations);
      this.#mapping.discard(current.records.slice(0, count), "RecordAgeExceeded", { ...current, invocations });
      current.records = current.records.slice(count);
    }
    if (current.records.length < before && current.records.length > 0) Object.assign(current, range(current.records));
  }

  #answered(current: Range, loads: readonly CargoLoad[], result: InvocationResult): void {
    const world = this.#world;
    if (result.kind === "throttled" && !world.deviates("stream.throttle-counts")) {
      // R92: not counted, whatever the retry quota.
      this.#wait(current);
      return;
    }
    if (result.kind === "throttled") {
      this.#failed(current);
      return;
    }
    current.invocations += 1;
    current.last = result;
    if (result.kind !== "success") {
      this.#failed(current);
      return;
    }
    const { records } = current;
    if (!this.#takeState(result.value)) {
      this.#failed(current);
      return;
    }
    const response = readResponse(result.value, () => loads.map((load) => load.identifier), world);
    const { fn, edge } = this.#mapping;
    const asked =
      (edge.settings.functionResponseTypes.value.includes("ReportBatchItemFailures") ||
        world.deviates("mapping.partial-always")) &&
      !world.deviates("mapping.partial-ignored");
    if (response.kind === "all-failed" && !asked && response.valid) {
      for (const { cargo } of records)
        cargo.lose("dropped", "R67: reported as failed, and the mapping asks for no partial responses");
      this.#pass(records);
      return;
    }
    if (response.kind === "all-failed" && asked) {
      this.#failed(current);
      return;
    }
    const failed = response.kind === "some-failed" ? response.failed : new Set<number>();
    for (let index = 0; index < records.length; index += 1) {
      const { cargo } = records[index]!;
      if (!failed.has(index)) cargo.succeeded(fn.address);
      else if (!asked) cargo.lose("dropped", "R67: reported as failed, and the mapping asks for no partial responses");
    }
    if (failed.size === 0 || !asked) {
      this.#pass(records);
      return;
    }
    // R98: the lowest is the checkpoint, whatever came after it.
    const indexes = [...failed];
    const checkpoint = world.deviates("stream.highest-checkpoint") ? Math.max(...indexes) : Math.min(...indexes);
    if (checkpoint === 0) {
      this.#failed(current);
      return;
    }
    for (const { cargo } of records.slice(0, checkpoint)) {
      if (!world.deviates("stream.highest-checkpoint")) cargo.end();
      else {
        cargo.lose("dropped", "a departure from R98");
        cargo.end();
      }
    }
    const rest = range(records.slice(checkpoint));
    rest.last = current.last;
    if (world.deviates("stream.shrunk-keeps-count")) {
      rest.errors = current.errors + 1;
      rest.invocations = current.invocations;
    }
    this.#ranges.pop();
    // R99: with split on, the batch is divided at the checkpoint, and only what remains is tried.
    if (world.deviates("stream.split-ignores-checkpoint") && edge.settings.bisectBatchOnFunctionError.value)
      this.#split(rest);
    else this.#ranges.push(rest);
    this.#attempt();
  }

  /** R115: with tumbling windows a response without state is a failure. */
  #takeState(value: JsonValue | undefined): boolean {
    const window = this.#window;
    if (window === undefined || value === undefined) return true;
    const state = typeof value === "object" && value !== null && "state" in value ? value.state : undefined;
    if (state === undefined) return this.#world.deviates("stream.state-optional");
    if (!this.#world.deviates("stream.state-forgotten")) window.state = state;
    return true;
  }

  #pass(records: readonly StreamRecord[]): void {
    for (const { cargo } of records) cargo.end();
    this.#resolved();
  }

  /** The range in front is done with. */
  #resolved(): void {
    this.#ranges.pop();
    const { heldUp } = this.#mapping;
    // The other half of a split may fail yet: the batch holds up what is behind it until all of it is done with.
    if (this.#ranges.length === 0) heldUp.release(this.#name);
    else heldUp.goesOn(this.#name, this.#somethingWaits());
    this.#attempt();
  }

  #failed(current: Range): void {
    const { deviates } = this.#world;
    const { settings } = this.#mapping.edge;
    const split = settings.bisectBatchOnFunctionError.value && !deviates("stream.no-split");
    this.#mapping.heldUp.fail(this.#name, this.#somethingWaits());
    current.errors += 1;
    if (split && current.records.length > 1) {
      this.#ranges.pop();
      this.#split(current);
      this.#attempt();
      return;
    }
    const quota = settings.maximumRetryAttempts.value;
    const allowed = quota < 0 && deviates("stream.unlimited-is-five") ? 5 : quota;
    const used = deviates("stream.quota-counts-first") ? current.errors : current.errors - 1;
    if (allowed >= 0 && used >= allowed) {
      this.#mapping.discard(current.records, "RetryAttemptsExhausted", { ...current });
      this.#resolved();
      return;
    }
    this.#wait(current);
  }

  /** R95, R96: children begin at 0; the smaller half is first. */
  #split(whole: Range): void {
    const { settings, deviates } = this.#world;
    const { records } = whole;
    const share = deviates("stream.larger-half-first")
      ? Math.ceil(records.length / 2)
      : Math.floor(records.length * settings.use("stream.splitPoint"));
    const middle = Math.min(Math.max(1, share), records.length - 1);
    const left = range(records.slice(0, middle));
    const right = range(records.slice(middle));
    for (const half of [left, right]) {
      if (deviates("stream.split-keeps-count")) {
        half.errors = whole.errors;
        half.invocations = whole.invocations;
      }
    }
    if (deviates("stream.right-half-first")) this.#ranges.push(left, right);
    else this.#ranges.push(right, left);
  }

  #wait(current: Range): void {
    const { kernel, settings, deviates } = this.#world;
    this.#mapping.heldUp.fail(this.#name, this.#somethingWaits());
    const limit = settings.peek("stream.retryDelayLimit");
    const first = settings.use("stream.retryDelay");
    const delayMs = deviates("stream.gentle-backoff")
      ? grown(first, 1.5, current.waits, 60_000)
      : grown(first, 2, current.waits, limit);
    current.waits += 1;
    const oldest = current.records[0]!.arrivedAt;
    const expires = Math.min(oldest + this.#maximumAgeMs, oldest + this.#stream.retentionMs);
    // A wait ends early when what it waits for expires.
    kernel.at(Math.max(kernel.now, Math.min(Math.ceil(kernel.now + delayMs), expires)), () => this.#attempt());
  }

  #somethingWaits(): boolean {
    return this.#ranges.length > 1 || this.#ready.length > 0 || this.#arrived.length > 0;
  }

  /** The window in which a record falls, counted from the epoch. */
  #windowOf(record: StreamRecord, lengthMs: number): Window {
    const start = Math.floor((epochMs + record.arrivedAt) / lengthMs) * lengthMs - epochMs;
    this.#window ??= { start, end: start + lengthMs, state: {} };
    return this.#window;
  }

  /** R115: once a window is over and its records are done, it is invoked a last time. @returns whether it is. */
  #closeWindow(_lengthMs: number): boolean {
    const window = this.#window;
    const { kernel } = this.#world;
    const first = this.#ready.at(0);
    if (window === undefined || kernel.now < window.end || (first !== undefined && first.arrivedAt < window.end))
      return false;
    this.#busy = true;
    this.#final(window, 0, 0);
    return true;
  }

  /** R115: a failed last invocation suspends the shard; the retry quota holds for it too. */
  #final(window: Window, errors: number, waits: number): void {
    const world = this.#world;
    const { fn, edge } = this.#mapping;
    const requestId = world.random("requestId").uuid();
    const payload = (): JsonValue => this.#payload([], window, true);
    fn.invoke(
      { requestId, source: this.#stream.address, loads: [], payload, windowState: window.state, batch: false },
      (result) => {
        const quota = edge.settings.maximumRetryAttempts.value;
        const failed = result.kind !== "success";
        const counted = result.kind === "throttled" ? errors : errors + 1;
        if (failed && (quota < 0 || counted <= quota) && !world.deviates("stream.final-once")) {
          const delayMs = grown(
            world.settings.use("stream.retryDelay"),
            2,
            waits,
            world.settings.peek("stream.retryDelayLimit"),
          );
          const last = window.end + this.#stream.retentionMs;
          if (world.kernel.now + delayMs < last) {
            this.#mapping.heldUp.fail(this.#name, this.#somethingWaits());
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
        this.#mapping.heldUp.release(this.#name);
        this.#window = undefined;
        this.#busy = false;
        this.#next();
      },
    );
  }

  /** The run has ended: what the stream has forgotten meanwhile is expired. */
  settle(): void {
    const { now } = this.#world.kernel;
    for (const record of [...this.#ready, ...this.#arrived]) {
      // Every record that waits has an account at the end.
      const { cargo } = record;
      if (!cargo.ended && record.arrivedAt + this.#stream.retentionMs <= now) this.#expire(record);
    }
  }
}

function range(records: readonly StreamRecord[]): Range {
  return { records, errors: 0, waits: 0, invocations: 0, requestId: "", last: undefined };
}
