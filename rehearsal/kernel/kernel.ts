/**
 * The discrete-event simulation: a heap of (time, sequence) and a clock that jumps from one event to the next.
 *
 * Time is virtual milliseconds from 0 and never runs back. What answers later (a function whose code really runs) is
 * waited for before the clock moves, in the order in which it was asked, so that real time cannot change the result.
 */
import { Heap } from "./heap.ts";

/** Something that will happen. */
export interface Timer {
  readonly at: number;
  readonly sequence: number;
  /** A quiet timer alone does not keep a rehearsal going: a retention that runs out in a net. */
  readonly quiet: boolean;
  /** Undefined once it has happened or was cancelled. */
  run: (() => void) | undefined;
}

/** A rehearsal ends by itself at the latest after this time: SQS keeps nothing longer. */
export const longestRunMs = 14 * 86_400_000;

/** An event was to happen before the present: a defect of a service. */
export class TimeRanBack extends Error {
  override readonly name = "TimeRanBack";
}

export class Kernel {
  #now = 0;
  #sequence = 0;
  #firstSequence = -Number.MAX_SAFE_INTEGER;
  #loud = 0;
  #steps = 0;
  readonly #heap = new Heap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.sequence < b.sequence));
  #answers: (() => Promise<void>)[] = [];

  /** Virtual milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Events that have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** A number that grows with every call: the order in which things happen at one time. */
  order(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Lets `run` happen at `at`, after everything that was already to happen then. */
  at(at: number, run: () => void, quiet = false): Timer {
    return this.#add({ at, sequence: this.order(), quiet, run });
  }

  after(ms: number, run: () => void, quiet = false): Timer {
    return this.at(this.#now + ms, run, quiet);
  }

  /** Lets `run` happen at `at` before everything but earlier calls of this: what arrives comes before what polls. */
  first(at: number, run: () => void): Timer {
    this.#firstSequence += 1;
    return this.#add({ at, sequence: this.#firstSequence, quiet: false, run });
  }

  #add(timer: Timer): Timer {
    if (timer.at < this.#now) throw new TimeRanBack(`an event was planned at ${timer.at} ms, it is ${this.#now} ms`);
    if (!timer.quiet) this.#loud += 1;
    this.#heap.push(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    if (timer.run === undefined) return;
    timer.run = undefined;
    if (!timer.quiet) this.#loud -= 1;
  }

  /** Gives `then` the value: now, or, of a promise, once it has settled, before the clock moves on. */
  answer<T>(value: T | Promise<T>, then: (value: T) => void): void {
    if (isPromise(value)) this.#answers.push(async () => then(await value));
    else then(value);
  }

  /**
   * Runs until nothing can change any more (at most {@link longestRunMs}), or until `until` where that is given.
   * @param tick called now and then with the virtual time, for progress.
   * @returns the virtual time at which it ended.
   */
  async run(until: number | undefined, tick?: (now: number) => void): Promise<number> {
    const limit = until ?? longestRunMs;
    for (;;) {
      if (this.#answers.length > 0) await this.#settle();
      const timer = this.#heap.peek();
      // What is due now still happens, quiet or not: a message that is too old where it has just come is not kept.
      const idle = until === undefined && this.#loud === 0 && timer !== undefined && timer.at > this.#now;
      if (timer === undefined || timer.at > limit || idle) {
        if (until !== undefined || (timer !== undefined && this.#loud > 0)) this.#now = limit;
        return this.#now;
      }
      this.#heap.pop();
      const { run } = timer;
      if (run === undefined) continue;
      timer.run = undefined;
      if (!timer.quiet) this.#loud -= 1;
      this.#now = timer.at;
      this.#steps += 1;
      run();
      if (tick !== undefined && this.#steps % 4096 === 0) tick(this.#now);
    }
  }

  async #settle(): Promise<void> {
    while (this.#answers.length > 0) {
      const answers = this.#answers;
      this.#answers = [];
      for (const answer of answers) await answer();
    }
  }
}

/** Not `instanceof`: a promise may come from another realm. */
function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
