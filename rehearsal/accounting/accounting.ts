/**
 * What becomes of every event: exactly one outcome per consumer.
 *
 * An **item** is one event of the scenario. A **cargo** is what of one or more items is on its way through the services:
 * the event itself, a failure record about it, or an on-success result of it. An **entry** is the account of one item
 * with one consumer. Cargo says what happens to it; an item whose last cargo has ended is closed, and its entries go
 * to the result. Cargo that ends without a word is a defect, and is thrown.
 */

import { longestRunMs } from "../kernel/kernel.ts";
import { Cargo } from "./cargo.ts";
import { Entry, Item, type Keep } from "./entry.ts";
import { type EventRow, rowsOf, standsNowhere } from "./rows.ts";
import { Unaccounted } from "./unaccounted.ts";

/** Where closed accounts go. */
export interface Ledger {
  /** An item whose one consumer processed it, with nothing else to tell. */
  processed(item: Item, entry: Entry): void;
  /** All entries of one item, closed for good (or at the end of the run). */
  closed(item: Item, rows: readonly EventRow[]): void;
}

export class Accounting {
  readonly now: () => number;
  readonly #ledger: Ledger;
  readonly #untilMs: number | undefined;
  readonly #open = new Set<Item>();
  #sent = 0;

  /** @param untilMs when the run ends, where that is known before. */
  constructor(now: () => number, ledger: Ledger, untilMs: number | undefined) {
    this.now = now;
    this.#untilMs = untilMs;
    this.#ledger = ledger;
  }

  get sent(): number {
    return this.#sent;
  }

  /** An event of the scenario arrives at `to`. */
  send(id: string, to: string): Cargo {
    return this.open(this.reserve(), id, to, this.now());
  }

  /**
   * An event arrives, and waits where a million of them may wait: it gets its number, and its account is opened by
   * {@link open} once something happens to it.
   */
  reserve(): number {
    const index = this.#sent;
    this.#sent += 1;
    return index;
  }

  open(index: number, id: string, to: string, sentAt: number): Cargo {
    const item = new Item(index, id, to, sentAt);
    this.#open.add(item);
    return new Cargo(this, [item], "event", undefined);
  }

  entry(item: Item, key: string, consumer: string | null): Entry {
    const known = item.entries.find((entry) => entry.key === key);
    if (known !== undefined) return known;
    const made = new Entry(item, key, consumer);
    // Not pushed: most items have one account for ever, and a list that grows makes room for many.
    item.entries = item.entries.length === 0 ? [made] : [...item.entries, made];
    return made;
  }

  /** Nothing may be processed after it was given up: every cargo of it has ended then. */
  check(entry: Entry): void {
    if (entry.live === 0) throw new Unaccounted(`${entry.item.id} is handled after its last copy had ended`);
  }

  close(item: Item): void {
    const [entry] = item.entries;
    if (item.entries.length === 1 && entry !== undefined && entry.successes > 0 && standsNowhere(entry)) {
      this.#open.delete(item);
      this.#ledger.processed(item, entry);
      return;
    }
    // Whether what is kept for a time is of use to the end: known then, if not before.
    if (this.#untilMs === undefined && keptFor(item).some(({ until }) => until <= longestRunMs)) return;
    this.#open.delete(item);
    this.#ledger.closed(item, rowsOf(item, this.#untilMs));
  }

  /** Closes everything that is still open when the run has ended. */
  closeAll(endedAt: number): void {
    for (const item of this.#open) this.#ledger.closed(item, rowsOf(item, endedAt));
    this.#open.clear();
  }
}

/** What keeps something of an item that is not on its way any more. */
function keptFor({ archives = [], entries }: Item): readonly Keep[] {
  return [...archives, ...entries.flatMap(({ kept = [] }) => kept)];
}
