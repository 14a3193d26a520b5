/** For how long something had to wait behind a failing batch, by shard lane or message group. */
export class HeldUp {
  readonly #now: () => number;
  readonly #failing = new Set<string>();
  readonly #since = new Map<string, number>();
  #total = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A batch of `lane` failed. @param waiting whether something waits behind it. */
  fail(lane: string, waiting: boolean): void {
    this.#failing.add(lane);
    if (waiting) this.#start(lane);
  }

  /** Something new waits in `lane`. */
  arrived(lane: string): void {
    if (this.#failing.has(lane)) this.#start(lane);
  }

  #start(lane: string): void {
    if (!this.#since.has(lane)) this.#since.set(lane, this.#now());
  }

  /** Part of the failing batch is done with, the rest goes on. @param waiting whether something waits behind it still. */
  goesOn(lane: string, waiting: boolean): void {
    if (this.#failing.has(lane) && !waiting) this.#stop(lane);
  }

  /** The failure is over: it succeeded, or was given up. */
  release(lane: string): void {
    if (this.#failing.delete(lane)) this.#stop(lane);
  }

  #stop(lane: string): void {
    const since = this.#since.get(lane);
    if (since === undefined) return;
    this.#since.delete(lane);
    this.#total += this.#now() - since;
  }

  /** Milliseconds, with those that are still running. */
  total(): number {
    let running = 0;
    for (const since of this.#since.values()) running += this.#now() - since;
    return this.#total + running;
  }
}
