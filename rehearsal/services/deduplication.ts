/** What FIFO queues and topics remember to pass over duplicates (R86). */

/** R86. */
const deduplicationMs = 5 * 60_000;

/** What came first with an id. */
interface First<T> {
  readonly at: number;
  readonly what: T;
}

/** @template T what is remembered beside an id. */
export class Deduplication<T = undefined> {
  /** The first of each id, oldest first. */
  readonly #seen = new Map<string, First<T>>();

  /** What came with `id` less than five minutes ago. If nothing did, `what` is remembered from now on. */
  first(id: string, what: T, now: number): First<T> | undefined {
    for (const [old, { at }] of this.#seen) {
      if (now - at < deduplicationMs) break;
      this.#seen.delete(old);
    }
    const first = this.#seen.get(id);
    if (first === undefined) this.#seen.set(id, { at: now, what });
    return first;
  }
}
