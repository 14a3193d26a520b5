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
import type { CargoLoad, InvocationResult } from "../../functions/invocation.ts";
import { readResponse } from "../../functions/response.ts";
import { grown } from "../../kernel/arithmetic.ts";
import type { Timer } from "../../kernel/kernel.ts";
import type { World } from "../../world.ts";
import type { Stream } from "../streams/stream.ts";
import type { StreamRecord } from "../streams/stream-record.ts";
import { type Range, range, split, trim } from "./batch-range.ts";
import { LaneInbox } from "./lane-inbox.ts";
import type { LaneOwner } from "./lane-owner.ts";
import { TumblingWindows } from "./tumbling-window.ts";

export class Lane {
  readonly #world: World;
  readonly #mapping: LaneOwner;
  readonly #stream: Stream;
  readonly #name: string;
  readonly #inbox: LaneInbox;
  readonly #windows: TumblingWindows;
  /** Of the batch that is being worked on, the next range last. */
  #ranges: Range[] = [];
  #busy = false;
  #timer: Timer | undefined;
  #gatheringSince: number | undefined;
  readonly #maximumAgeMs: number;

  constructor(world: World, mapping: LaneOwner, name: string) {
    this.#world = world;
    this.#mapping = mapping;
    this.#stream = mapping.stream;
    this.#name = name;
    this.#inbox = new LaneInbox(world, mapping);
    this.#windows = new TumblingWindows(world, mapping, {
      name,
      somethingWaits: () => this.#somethingWaits(),
      closed: () => {
        this.#busy = false;
        this.#next();
      },
    });
    const age = mapping.edge.settings.maximumRecordAgeInSeconds.value;
    this.#maximumAgeMs = age < 0 || world.deviates("stream.age-ignored") ? Number.POSITIVE_INFINITY : age * 1_000;
  }

  /** A record arrives. @param active whether the mapping reads. */
  arrive(record: StreamRecord, active: boolean): void {
    this.#inbox.arrive(record);
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
    this.#inbox.read(Math.floor(now / pollMs) * pollMs);
    const { first } = this.#inbox;
    if (this.#windows.over(first)) {
      this.#busy = true;
      this.#windows.close();
      return;
    }
    if (first === undefined) {
      this.#gatheringSince = undefined;
      const { current } = this.#windows;
      if (this.#inbox.unread) this.#pollAt(this.#tickFrom(now + 1));
      else if (current !== undefined) this.#pollAt(this.#tickFrom(Math.max(current.end, now + 1)));
      return;
    }
    const batch = this.#inbox.collect(this.#windows.open(first)?.end ?? Number.POSITIVE_INFINITY);
    const { settings } = this.#mapping.edge;
    const windowMs = deviates("stream.window-ignored") ? 0 : settings.maximumBatchingWindowInSeconds.value * 1_000;
    if (windowMs > 0 && !batch.full) {
      this.#gatheringSince ??= now;
      const closes = this.#gatheringSince + windowMs;
      if (now < closes) {
        this.#pollAt(this.#inbox.unread ? Math.min(closes, this.#tickFrom(now + 1)) : closes);
        return;
      }
    }
    this.#gatheringSince = undefined;
    this.#inbox.take(batch.records.length);
    this.#busy = true;
    this.#ranges = [range(batch.records)];
    this.#attempt();
  }

  #attempt(): void {
    const { random } = this.#world;
    const current = this.#ranges.at(-1);
    if (current === undefined) {
      this.#busy = false;
      this.#next();
      return;
    }
    trim(this.#world, this.#mapping, current, this.#maximumAgeMs);
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
    const window = this.#windows.current;
    this.#mapping.fn.invoke(
      {
        requestId: current.requestId,
        source: this.#stream.address,
        loads,
        payload: () => this.#windows.payload(records, window, false),
        windowState: window?.state,
        batch: true,
        asked: this.#mapping.edge.settings.functionResponseTypes.value.includes("ReportBatchItemFailures"),
      },
      (result) => this.#answered(current, loads, result),
    );
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
    if (!this.#windows.takeState(result.value)) {
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
      this.#ranges.push(...split(world, rest));
    else this.#ranges.push(rest);
    this.#attempt();
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
    const splits = settings.bisectBatchOnFunctionError.value && !deviates("stream.no-split");
    this.#mapping.heldUp.fail(this.#name, this.#somethingWaits());
    current.errors += 1;
    if (splits && current.records.length > 1) {
      this.#ranges.pop();
      this.#ranges.push(...split(this.#world, current));
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
    return this.#ranges.length > 1 || !this.#inbox.empty;
  }

  /** The run has ended. */
  settle(): void {
    this.#inbox.settle();
  }
}
