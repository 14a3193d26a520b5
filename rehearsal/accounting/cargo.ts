/** What of one or more events is on its way through the services, and what happens to it there. */
import { type Chain, joined, roundTo } from "./chain.ts";
import type { Entry, Item, Keep, Kept, Loss } from "./entry.ts";
import { Unaccounted } from "./unaccounted.ts";

/**
 * What cargo is to its items: the event itself, a record of its failure, or a result of its success (which opens an
 * account only where a consumer gets it).
 */
export type Role = "event" | "record" | "result";

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

/** Shared: a rehearsal may have a million cargoes. */
const nowhere: readonly Kept[] = [];

/** Something on its way that stands for one or more items. */
export class Cargo {
  readonly #books: Books;
  readonly items: readonly Item[];
  readonly role: Role;
  /** Undefined until the consumer is known. */
  entries: readonly Entry[] | undefined;
  /** Whether it has passed into a net: what becomes of it there is retention, not processing. */
  inNet: boolean;
  /** R86: FIFO deduplication removed it, in favour of a failure of the same event, or of something else. */
  removedFor: "same" | "other" | undefined;
  chain: Chain | undefined;
  /** The part of its chain that AWS's loop detection does not follow: functions before a bus, and buses. */
  crossed: Chain | undefined;
  /** The events that all of this began with. */
  #began: readonly Item[];
  /** The way of each of its entries, in their order; a number: of all of them. */
  #ways: number | readonly number[];
  /** Where it rests now: one for each entry. */
  #rests: readonly Kept[] = nowhere;
  /** Until when what it only points to can be read. Undefined: it has all that it stands for. */
  #readable: ReadonlyMap<Entry, number> | undefined;
  /** When the invocations that have it began, of what only points to something: by then they could read that. */
  #handedAt: number[] | undefined;
  #tried = false;
  #ended = false;

  constructor(
    books: Books,
    items: readonly Item[],
    role: Role,
    entries: readonly Entry[] | undefined,
    ways: number | readonly number[] = 0,
  ) {
    this.#books = books;
    this.#ways = ways;
    this.items = items;
    this.#began = items;
    this.role = role;
    this.entries = entries;
    this.inNet = role === "record";
    for (const item of items) item.live += 1;
    if (entries !== undefined) this.#count(1);
    else this.#unbound(1);
  }

  /** So many more (or, below 0, fewer) of its items have something on its way for which no account is open. */
  #unbound(by: 1 | -1): void {
    if (this.role === "event") for (const item of this.items) item.unbound += by;
  }

  /** So many more (or, below 0, fewer) of each of its accounts are on their way. */
  #count(by: 1 | -1): void {
    const { entries = [] } = this;
    for (let rank = 0; rank < entries.length; rank += 1) entries[rank]!.count(by, this.#way(rank));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A second cargo for the same. */
  fork(): Cargo {
    return this.#copy(this.#ways);
  }

  #copy(ways: number | readonly number[]): Cargo {
    const other = new Cargo(this.#books, this.items, this.role, this.entries, ways);
    other.inNet = this.inNet;
    other.chain = this.chain;
    other.crossed = this.crossed;
    other.#began = this.#began;
    other.#readable = this.#readable;
    other.#tried = this.#tried;
    return other;
  }

  /** The same by a way of its own, with what it brings there. A failure record has no other way than its event's. */
  branch(): Cargo {
    if (this.inNet) return this.fork();
    const items = this.entries?.map((entry) => entry.item) ?? this.items;
    const ways = items.map((item) => item.newWay());
    return this.#copy(ways.length === 1 ? (ways[0] ?? 0) : ways);
  }

  #way(rank: number): number {
    return typeof this.#ways === "number" ? this.#ways : (this.#ways[rank] ?? 0);
  }

  /**
   * An on-success result of this cargo, which has to be ended by the caller. It goes ways of its own: what becomes of it
   * at a consumer says nothing of what led to it, which may have come to the same consumer.
   * @param from what gives it: twice the same of one way is one way.
   */
  result(from: string, chain: Chain | undefined): Cargo {
    const ways = this.items.map((item, index) => {
      const rank = this.entries?.findIndex((entry) => entry.item === item) ?? index;
      return item.wayOf(`${this.#way(Math.max(rank, 0))} ${from}`);
    });
    const made = new Cargo(this.#books, this.items, "result", undefined, ways.length === 1 ? (ways[0] ?? 0) : ways);
    made.chain = chain;
    made.crossed = this.crossed;
    made.#began = this.#began;
    return made;
  }

  /** A failure record of one or more cargoes. They have to be ended by the caller. */
  static record(cargoes: readonly Cargo[], chain: Chain | undefined): Cargo {
    const [first] = cargoes;
    if (first === undefined) throw new Unaccounted("a record about nothing");
    const items = cargoes.length === 1 ? first.items : cargoes.flatMap((cargo) => cargo.items);
    const entries = cargoes.length === 1 ? (first.entries ?? []) : cargoes.flatMap((cargo) => cargo.entries ?? []);
    const ways =
      cargoes.length === 1
        ? first.#ways
        : cargoes.flatMap((cargo) => (cargo.entries ?? cargo.items).map((_, rank) => cargo.#way(rank)));
    const made = new Cargo(first.#books, items, "record", entries, ways);
    made.chain = chain;
    made.crossed = joined(cargoes.map((cargo) => cargo.crossed));
    const readable = cargoes.flatMap((cargo) => [...(cargo.#readable ?? [])]);
    if (readable.length > 0) made.#readable = new Map(readable);
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
    return roundTo(address, this.#began);
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
    this.#unbound(-1);
    const [item] = this.items;
    if (this.items.length === 1 && item !== undefined) {
      const entry = this.#books.entry(item, key, consumer);
      // An item's list is never changed, only replaced: where it has this account alone, it serves.
      this.entries = item.entries.length === 1 ? item.entries : [entry];
    } else this.entries = this.items.map((one) => this.#books.entry(one, key, consumer));
    this.#count(1);
  }

  /** It is lost on its way to several consumers: the account of each. @param place names it where there is no consumer. */
  bindAll(consumers: readonly (string | null)[], place: string): void {
    if (this.entries !== undefined) return;
    this.#unbound(-1);
    if (typeof this.#ways !== "number") this.#ways = this.#ways.flatMap((way) => consumers.map(() => way));
    this.entries = this.items.flatMap((item) =>
      consumers.map((consumer) => this.#books.entry(item, consumer ?? place, consumer)),
    );
    this.#count(1);
  }

  /** A consumer other than the one that was expected has it (several mappings on one queue). */
  takenBy(consumer: string): void {
    if (this.inNet || this.entries === undefined) return;
    for (const entry of this.entries) if (entry.successes === 0) entry.consumer = consumer;
  }

  /**
   * A message-move task brings it to other consumers than its own (R123). Where one of them has an account of the event
   * already, it counts there from now on, and its own consumer is not going to have it. Else it takes the other's place.
   */
  movedTo(consumers: readonly string[], where: string): void {
    const [first] = consumers;
    if (this.role === "record" || this.entries === undefined || first === undefined) return;
    const isRead = ({ consumer }: Entry): boolean => consumer !== null && consumers.includes(consumer);
    const why = (entry: Entry): string =>
      `R123: moved to ${where}, which ${entry.consumer ?? "its consumer"} does not read`;
    const ways: number[] = [];
    const entries: Entry[] = [];
    for (const [rank, entry] of this.entries.entries()) {
      const way = this.#way(rank);
      const read = isRead(entry) ? entry : entry.item.entries.find(isRead);
      if (read === undefined && entry.successes === 0) entry.consumer = first;
      const kept = read ?? entry;
      // Whom nobody reads for loses nothing.
      const loss = entry.consumer === null ? "filtered" : "dropped";
      if (kept !== entry) entry.lose(loss, why(entry), this.#books.now(), way);
      entry.count(-1, way);
      // It may have stood for several consumers, and is one message to this one,
      if (entries.includes(kept)) continue;
      // or to whichever of several that share the queue.
      if (entries.some(({ item }) => item === kept.item)) {
        const { item } = entry;
        if (!entry.isOnly(way))
          entry.lose("filtered", `R123: another that reads ${where} has it`, this.#books.now(), way);
        else item.entries = item.entries.filter((one) => one !== entry);
        continue;
      }
      kept.count(1, way);
      entries.push(kept);
      ways.push(way);
    }
    if (typeof this.#ways !== "number") this.#ways = ways;
    this.entries = entries;
  }

  /**
   * A duplicate of it is removed where it stands: from now on it stands for the accounts of that too.
   * @returns whether it does: it may stand there no more.
   */
  standsFor(other: Cargo, where: string): boolean {
    if (this.#ended || this.entries === undefined || other.entries === undefined) return false;
    if (this.#rests[0]?.where !== where) return false;
    this.unrest();
    const entries = [...this.entries];
    const ways = entries.map((_, rank) => this.#way(rank));
    for (const [rank, entry] of other.entries.entries()) {
      if (entries.includes(entry)) continue;
      const way = other.#way(rank);
      entry.count(1, way);
      entries.push(entry);
      ways.push(way);
    }
    this.entries = entries;
    this.#ways = ways;
    this.rest(where);
    return true;
  }

  /** Whether a consumer has had it before: it itself, not what came to the same consumer by another way. */
  get tried(): boolean {
    return this.#tried;
  }

  attempted(): void {
    this.#tried = true;
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
    const { entries = [] } = this;
    for (let rank = 0; rank < entries.length; rank += 1) {
      const entry = entries[rank]!;
      const until = this.role === "record" ? this.#readable?.get(entry) : undefined;
      if (until !== undefined && until <= (this.#handedAt?.[0] ?? this.#books.now())) {
        const why = `R107: forgotten before ${functionAddress} got the record that leads to it`;
        this.#books.check(entry);
        entry.lose("expired", why, until, this.#way(rank));
        continue;
      }
      this.#books.check(entry);
      if (this.role === "record") this.#keep(entry, rank, { where: functionAddress, until: Number.POSITIVE_INFINITY });
      else entry.succeed(this.#way(rank), this.#books.now());
    }
  }

  /** A function is running with it: its account stays open until {@link release}, whatever happens elsewhere. */
  hold(): void {
    if (this.#readable !== undefined) (this.#handedAt ??= []).push(this.#books.now());
    for (const item of this.items) item.live += 1;
    this.#count(1);
  }

  release(): void {
    this.#handedAt?.shift();
    this.#count(-1);
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
    this.#rests = (this.entries ?? []).map((entry, rank) => {
      const until = this.#readable?.get(entry) ?? Number.POSITIVE_INFINITY;
      const keep: Kept = { where, until, way: this.#way(rank) };
      (entry.resting ??= []).push(keep);
      entry.restedAt = this.#books.now();
      return keep;
    });
  }

  unrest(): void {
    if (this.#rests.length === 0) return;
    for (const [index, keep] of this.#rests.entries()) {
      const resting = this.entries?.[index]?.resting ?? [];
      const place = resting.indexOf(keep);
      if (place >= 0) resting.splice(place, 1);
    }
    this.#rests = nowhere;
  }

  /** An endpoint that the rehearsal does not play took a record: it keeps it. */
  keptAt(where: string): void {
    for (const [rank, entry] of (this.entries ?? []).entries()) {
      this.#keep(entry, rank, { where, until: this.#readable?.get(entry) ?? Number.POSITIVE_INFINITY });
    }
  }

  #keep(entry: Entry, rank: number, keep: Keep): void {
    entry.keep({ ...keep, way: this.#way(rank) }, this.#books.now());
  }

  /** An archive keeps it: the event itself for all its consumers, a record of a failure for those that it tells of. */
  archivedAt(where: string, until: number): void {
    if (this.role === "event" && !this.inNet) {
      for (const item of this.items) (item.archives ??= []).push({ where, until });
      return;
    }
    const why = `the retention of ${where} ran out`;
    for (const [rank, entry] of (this.entries ?? []).entries()) {
      const readable = this.#readable?.get(entry) ?? Number.POSITIVE_INFINITY;
      this.#keep(entry, rank, readable < until ? { where, until: readable } : { where, until, why });
    }
  }

  /**
   * It is lost on this way. `at` may lie before now: when its retention ran out. What it only points to may have been
   * forgotten before that.
   */
  lose(loss: Loss, why: string, at = this.#books.now()): void {
    for (const [rank, entry] of (this.entries ?? []).entries()) {
      const until = this.#readable?.get(entry);
      if (until === undefined || until > at) entry.lose(loss, why, at, this.#way(rank));
      else entry.lose("expired", "R107: the stream had forgotten what its record led to", until, this.#way(rank));
    }
  }

  /** Nothing of it goes on. */
  end(): void {
    if (this.#ended) return;
    this.unrest();
    this.#ended = true;
    if (this.entries === undefined) this.#unbound(-1);
    this.#count(-1);
    for (const item of this.items) {
      item.live -= 1;
      if (item.live === 0) this.#books.close(item);
    }
  }
}
