/** What of one or more events is on its way through the services, and what happens to it there. */
import type { Entry, Item, Keep, Loss } from "./entry.ts";
import { Unaccounted } from "./unaccounted.ts";

/**
 * What cargo is to its items: the event itself, a record of its failure, or a result of its success (which opens an
 * account only where a consumer gets it).
 */
export type Role = "event" | "record" | "result";

/** How often each function was invoked in the chain that led to a cargo (R32). */
export type Chain = ReadonlyMap<string, number>;

/** Where cargo keeps the accounts of its items. */
interface Books {
  readonly now: () => number;
  /** Opens, or finds, the account of an item under a key. */
  entry(item: Item, key: string, consumer: string | null): Entry;
  /** @throws where all cargo of an account has ended, so that nothing may be handled any more. */
  check(entry: Entry): void;
  /** Nothing of an item is on its way any more. */
  close(item: Item): void;
}

/** Something on its way that stands for one or more items. */
export class Cargo {
  readonly #books: Books;
  readonly items: readonly Item[];
  readonly role: Role;
  /** Undefined until the consumer is known. */
  entries: readonly Entry[] | undefined;
  /** Whether it has passed into a net: what becomes of it there is retention, not processing. */
  inNet: boolean;
  chain: Chain | undefined;
  /** The part of its chain that AWS's loop detection does not follow: functions before a bus, and buses. */
  crossed: Chain | undefined;
  /** The events that all of this began with. */
  #began: readonly Item[];
  /** Where it rests now: one for each entry. */
  #rests: readonly Keep[] = [];
  /** Until when what it only points to can be read. Undefined: it has all that it stands for. */
  #readable: ReadonlyMap<Entry, number> | undefined;
  #ended = false;

  constructor(books: Books, items: readonly Item[], role: Role, entries: readonly Entry[] | undefined) {
    this.#books = books;
    this.items = items;
    this.#began = items;
    this.role = role;
    this.entries = entries;
    this.inNet = role === "record";
    for (const item of items) item.live += 1;
    if (entries !== undefined) for (const entry of entries) entry.live += 1;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A second cargo for the same. */
  fork(): Cargo {
    const other = new Cargo(this.#books, this.items, this.role, this.entries);
    other.inNet = this.inNet;
    other.chain = this.chain;
    other.crossed = this.crossed;
    other.#began = this.#began;
    other.#readable = this.#readable;
    return other;
  }

  /** A record, or a result, about this cargo, which has to be ended by the caller. */
  about(role: "record" | "result", chain: Chain | undefined): Cargo {
    return Cargo.about([this], role, chain);
  }

  /** A failure record, or a result, of several cargoes. They have to be ended by the caller. */
  static about(cargoes: readonly Cargo[], role: "record" | "result", chain: Chain | undefined): Cargo {
    const [first] = cargoes;
    if (first === undefined) throw new Unaccounted("a record about nothing");
    const items = cargoes.length === 1 ? first.items : cargoes.flatMap((cargo) => cargo.items);
    const entries = cargoes.length === 1 ? (first.entries ?? []) : cargoes.flatMap((cargo) => cargo.entries ?? []);
    const made = new Cargo(first.#books, items, role, role === "record" ? entries : undefined);
    made.chain = chain;
    made.crossed = joined(cargoes.map((cargo) => cargo.crossed));
    const readable = cargoes.flatMap((cargo) => [...(cargo.#readable ?? [])]);
    if (role === "record" && readable.length > 0) made.#readable = new Map(readable);
    made.#began = cargoes.length === 1 ? first.#began : cargoes.flatMap((cargo) => cargo.#began);
    return made;
  }

  /** What a net gets of it once it is given up: of an on-success record that no consumer got, nothing that counts. */
  toCatch(): Cargo {
    const copy = this.role === "result" && this.entries === undefined ? this.hollow() : this.fork();
    copy.toNet();
    return copy;
  }

  /** R107: it only points to what stands elsewhere, where each entry's part can be read until a time of its own. */
  pointsTo(readable: ReadonlyMap<Entry, number>): void {
    this.#readable = readable;
  }

  /** What goes on where the account has been settled: it stands for nothing any more, and may loop all the same. */
  hollow(): Cargo {
    const other = new Cargo(this.#books, [], "result", undefined);
    other.chain = this.chain;
    other.crossed = this.crossed;
    other.#began = this.#began;
    return other;
  }

  /**
   * It comes to a function or bus. Where it was there before, that is one round more of a loop.
   * @returns rounds of its events to there until now: a loop that branches makes many at once.
   */
  comesTo(address: string): number {
    if (!this.#has(address)) return 0;
    let most = 0;
    for (const item of this.#began) {
      const rounds = (item.rounds?.get(address) ?? 0) + 1;
      (item.rounds ??= new Map()).set(address, rounds);
      most = Math.max(most, rounds);
    }
    return most;
  }

  #has(address: string): boolean {
    return this.chain?.has(address) === true || this.crossed?.has(address) === true;
  }

  /** It passes a bus, beyond which AWS's loop detection does not follow it (R32). */
  cross(bus: string): void {
    this.crossed = joined([this.crossed, this.chain, new Map([[bus, 1]])]);
    this.chain = undefined;
  }

  /** It has reached the way into a consumer: opens, or finds, the account. Nothing happens to what is in a net. */
  bind(key: string, consumer: string | null): void {
    if (this.entries !== undefined) return;
    const [item] = this.items;
    if (this.items.length === 1 && item !== undefined) this.entries = [this.#books.entry(item, key, consumer)];
    else this.entries = this.items.map((one) => this.#books.entry(one, key, consumer));
    for (const entry of this.entries) entry.live += 1;
  }

  /** It is lost on its way to several consumers: the account of each. @param place names it where there is no consumer. */
  bindAll(consumers: readonly (string | null)[], place: string): void {
    if (this.entries !== undefined) return;
    this.entries = this.items.flatMap((item) =>
      consumers.map((consumer) => this.#books.entry(item, consumer ?? place, consumer)),
    );
    for (const entry of this.entries) entry.live += 1;
  }

  /** A consumer other than the one that was expected has it (several mappings on one queue). */
  takenBy(consumer: string): void {
    if (this.inNet || this.entries === undefined) return;
    for (const entry of this.entries) if (entry.successes === 0) entry.consumer = consumer;
  }

  /** Whether a consumer has had it before. */
  get tried(): boolean {
    return this.entries?.some(({ attempts }) => attempts > 0) === true;
  }

  attempted(): void {
    if (this.role === "record" || this.entries === undefined) return;
    for (const entry of this.entries) entry.attempts += 1;
  }

  /** The run ended while the attempt went on. */
  unattempted(): void {
    if (this.role === "record" || this.entries === undefined) return;
    for (const entry of this.entries) entry.attempts -= 1;
  }

  /** A function succeeded for it: for the event, that is what was wanted; a record is retained at the function. */
  succeeded(functionAddress: string): void {
    for (const entry of this.entries ?? []) {
      if (this.role === "record") {
        this.#books.check(entry);
        const until = this.#readable?.get(entry);
        if (until !== undefined && until <= this.#books.now()) {
          entry.lose("expired", `R107: forgotten before ${functionAddress} got the record that leads to it`, until);
          continue;
        }
        if (!(entry.kept ??= []).includes(functionAddress)) entry.kept.push(functionAddress);
        entry.restedAt = this.#books.now();
        continue;
      }
      this.#books.check(entry);
      if (entry.successes === 0) entry.succeededAt = this.#books.now();
      entry.successes += 1;
    }
  }

  /** A function is running with it: its account stays open until {@link release}, whatever happens elsewhere. */
  hold(): void {
    for (const item of this.items) item.live += 1;
    for (const entry of this.entries ?? []) entry.live += 1;
  }

  release(): void {
    for (const entry of this.entries ?? []) entry.live -= 1;
    for (const item of this.items) {
      item.live -= 1;
      if (item.live === 0) this.#books.close(item);
    }
  }

  /** It passes into a net. */
  toNet(): void {
    this.inNet = true;
  }

  /** It stands somewhere until something happens to it. */
  rest(where: string): void {
    this.unrest();
    this.#rests = (this.entries ?? []).map((entry) => {
      const keep = { where, until: this.#readable?.get(entry) ?? Number.POSITIVE_INFINITY };
      (entry.resting ??= []).push(keep);
      entry.restedAt = this.#books.now();
      return keep;
    });
  }

  unrest(): void {
    for (const [index, keep] of this.#rests.entries()) {
      const resting = this.entries?.[index]?.resting;
      resting?.splice(resting.indexOf(keep), 1);
    }
    this.#rests = [];
  }

  /** An endpoint that the rehearsal does not play took a record: it keeps it. */
  keptAt(where: string): void {
    for (const entry of this.entries ?? []) {
      if (!(entry.kept ??= []).includes(where)) entry.kept.push(where);
      entry.restedAt = this.#books.now();
    }
  }

  /** It is lost on this way. `at` may lie before now: when its retention ran out. */
  lose(loss: Loss, why: string, at = this.#books.now()): void {
    for (const entry of this.entries ?? []) entry.lose(loss, why, at);
  }

  /** Nothing of it goes on. */
  end(): void {
    if (this.#ended) return;
    this.unrest();
    this.#ended = true;
    for (const entry of this.entries ?? []) entry.live -= 1;
    for (const item of this.items) {
      item.live -= 1;
      if (item.live === 0) this.#books.close(item);
    }
  }
}

/** Several chains as one. */
function joined(chains: readonly (Chain | undefined)[]): Chain | undefined {
  const known = chains.filter((chain) => chain !== undefined);
  if (known.length < 2) return known[0];
  const all = new Map<string, number>();
  for (const chain of known) {
    for (const [address, count] of chain) all.set(address, Math.max(count, all.get(address) ?? 0));
  }
  return all;
}
