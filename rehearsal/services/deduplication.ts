/** What FIFO queues and topics remember to pass over duplicates (R86). */

/** R86. */
const deduplicationMs = 5 * 60_000;

export class Deduplication {
  /** When each id came first, oldest first. */
  readonly #seen = new Map<string, number>();

  /** Whether `id` came less than five minutes ago. If not, it is remembered from now on. */
  repeats(id: string, now: number): boolean {
    for (const [old, at] of this.#seen) {
      if (now - at < deduplicationMs) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(id)) return true;
    this.#seen.set(id, now);
    return false;
  }
}
