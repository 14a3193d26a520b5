/**
 * What becomes of every event: exactly one outcome per consumer.
 *
 * An **item** is one event of the scenario. A **cargo** is what of one or more items is on its way through the services:
 * the event itself, a failure record about it, or an on-success result of it. An **entry** is the account of one item
 * with one consumer. Cargo says what happens to it; an item whose last cargo has ended is closed, and its entries go
 * to the result. Cargo that ends without a word is a defect, and is thrown.
 */

/** Outcomes as results have them. */
export type Outcome = "processed" | "retained" | "pending" | "expired" | "dropped" | "filtered" | "unmatched";

/** One entry of the result's `events`. */
export interface EventRow {
  readonly id: string;
  readonly to: string;
  readonly consumer: string | null;
  readonly sentAt: number;
  readonly outcome: Outcome;
  readonly where?: readonly string[];
  readonly endedAt: number;
  readonly attempts: number;
  readonly successes: number;
  readonly retainedToo?: true;
  /** Of dropped and expired events: what happened, with the number of the rule. */
  readonly why?: string;
}

/** Cargo ended, and nothing says what became of its events. */
class Unaccounted extends Error {
  override readonly name = "Unaccounted";
}

type Loss = "expired" | "dropped" | "filtered";
const gravity: Readonly<Record<Loss, number>> = { dropped: 3, expired: 2, filtered: 1 };

/** Of two losses the later one was the end, as long as neither is a copy that nobody wanted; of one time, the graver. */
function outweighs(loss: Loss, at: number, before: Loss, beforeAt: number): boolean {
  if (at === beforeAt || loss === "filtered" || before === "filtered") return gravity[loss] >= gravity[before];
  return at > beforeAt;
}

/** One event of the scenario. */
export class Item {
  readonly index: number;
  readonly id: string;
  /** The address to which it was sent. */
  readonly to: string;
  readonly sentAt: number;
  readonly entries: Entry[] = [];
  live = 0;
  /** How often something of it came to a function or bus where it had been, on all ways together. */
  rounds: Map<string, number> | undefined;
  /** Addresses of event archives that keep it. */
  archives: string[] | undefined;
  endedAt: number;

  constructor(index: number, id: string, to: string, sentAt: number) {
    this.index = index;
    this.id = id;
    this.to = to;
    this.sentAt = sentAt;
    this.endedAt = sentAt;
  }
}

/** The account of an item with a consumer. */
export class Entry {
  readonly item: Item;
  readonly key: string;
  consumer: string | null;
  attempts = 0;
  successes = 0;
  succeededAt = 0;
  live = 0;
  /** Where a copy or record of it stands now, once per copy. */
  resting: string[] | undefined;
  restedAt = 0;
  /** Functions that took a failure record of it. */
  kept: string[] | undefined;
  loss: Loss | undefined;
  lostAt = 0;
  why = "";

  constructor(item: Item, key: string, consumer: string | null) {
    this.item = item;
    this.key = key;
    this.consumer = consumer;
  }

  /** It is lost on one of its ways. */
  lose(loss: Loss, why: string, at: number): void {
    if (this.loss !== undefined && !outweighs(loss, at, this.loss, this.lostAt)) return;
    this.loss = loss;
    this.why = why;
    this.lostAt = at;
  }

  /** What another account of the same consumer says holds here too. */
  join(other: Entry): void {
    if (other.successes > 0 && (this.successes === 0 || other.succeededAt < this.succeededAt)) {
      this.succeededAt = other.succeededAt;
    }
    this.attempts += other.attempts;
    this.successes += other.successes;
    this.live += other.live;
    if (other.resting !== undefined) this.resting = [...(this.resting ?? []), ...other.resting];
    if (other.kept !== undefined) this.kept = [...(this.kept ?? []), ...other.kept];
    this.restedAt = Math.max(this.restedAt, other.restedAt);
    if (other.loss !== undefined) this.lose(other.loss, other.why, other.lostAt);
  }
}

/**
 * What cargo is to its items: the event itself, a record of its failure, or a result of its success (which opens an
 * account only where a consumer gets it).
 */
export type Role = "event" | "record" | "result";

/** How often each function was invoked in the chain that led to a cargo (R32). */
export type Chain = ReadonlyMap<string, number>;

/** Something on its way that stands for one or more items. */
export class Cargo {
  readonly #accounting: Accounting;
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
  #restsAt: string | undefined;
  #ended = false;

  constructor(accounting: Accounting, items: readonly Item[], role: Role, entries: readonly Entry[] | undefined) {
    this.#accounting = accounting;
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
    const other = new Cargo(this.#accounting, this.items, this.role, this.entries);
    other.inNet = this.inNet;
    other.chain = this.chain;
    other.crossed = this.crossed;
    other.#began = this.#began;
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
    const made = new Cargo(first.#accounting, items, role, role === "record" ? entries : undefined);
    made.chain = chain;
    made.crossed = joined(cargoes.map((cargo) => cargo.crossed));
    made.#began = cargoes.length === 1 ? first.#began : cargoes.flatMap((cargo) => cargo.#began);
    return made;
  }

  /** What goes on where the account has been settled: it stands for nothing any more, and may loop all the same. */
  hollow(): Cargo {
    const other = new Cargo(this.#accounting, [], "result", undefined);
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
    if (this.items.length === 1 && item !== undefined) this.entries = [this.#accounting.entry(item, key, consumer)];
    else this.entries = this.items.map((one) => this.#accounting.entry(one, key, consumer));
    for (const entry of this.entries) entry.live += 1;
  }

  /** It is lost on its way to several consumers: the account of each. @param place names it where there is no consumer. */
  bindAll(consumers: readonly (string | null)[], place: string): void {
    if (this.entries !== undefined) return;
    this.entries = this.items.flatMap((item) =>
      consumers.map((consumer) => this.#accounting.entry(item, consumer ?? place, consumer)),
    );
    for (const entry of this.entries) entry.live += 1;
  }

  /** A consumer other than the one that was expected has it (several mappings on one queue). */
  takenBy(consumer: string): void {
    if (this.inNet || this.entries === undefined) return;
    for (const entry of this.entries) if (entry.successes === 0) entry.consumer = consumer;
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
        this.#accounting.check(entry);
        if (!(entry.kept ??= []).includes(functionAddress)) entry.kept.push(functionAddress);
        entry.restedAt = this.#accounting.now();
        continue;
      }
      this.#accounting.check(entry);
      if (entry.successes === 0) entry.succeededAt = this.#accounting.now();
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
      if (item.live === 0) this.#accounting.close(item);
    }
  }

  /** It passes into a net. */
  toNet(): void {
    this.inNet = true;
  }

  /** It stands somewhere until something happens to it. */
  rest(where: string): void {
    this.unrest();
    this.#restsAt = where;
    for (const entry of this.entries ?? []) {
      (entry.resting ??= []).push(where);
      entry.restedAt = this.#accounting.now();
    }
  }

  unrest(): void {
    const where = this.#restsAt;
    if (where === undefined) return;
    this.#restsAt = undefined;
    for (const entry of this.entries ?? []) entry.resting?.splice(entry.resting.indexOf(where), 1);
  }

  /** An endpoint that the rehearsal does not play took a record: it keeps it. */
  keptAt(where: string): void {
    for (const entry of this.entries ?? []) {
      if (!(entry.kept ??= []).includes(where)) entry.kept.push(where);
      entry.restedAt = this.#accounting.now();
    }
  }

  /** It is lost on this way. `at` may lie before now: when its retention ran out. */
  lose(loss: Loss, why: string, at = this.#accounting.now()): void {
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
      if (item.live === 0) this.#accounting.close(item);
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
  readonly #open = new Set<Item>();
  #sent = 0;

  constructor(now: () => number, ledger: Ledger) {
    this.now = now;
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
    item.entries.push(made);
    return made;
  }

  /** Nothing may be processed after it was given up: every cargo of it has ended then. */
  check(entry: Entry): void {
    if (entry.live === 0) throw new Unaccounted(`${entry.item.id} is handled after its last copy had ended`);
  }

  close(item: Item): void {
    this.#open.delete(item);
    const [entry] = item.entries;
    if (item.entries.length === 1 && entry !== undefined && entry.successes > 0 && standsNowhere(entry)) {
      this.#ledger.processed(item, entry);
    } else this.#ledger.closed(item, this.#rows(item, undefined));
  }

  /** Closes everything that is still open when the run has ended. */
  closeAll(endedAt: number): void {
    for (const item of this.#open) this.#ledger.closed(item, this.#rows(item, endedAt));
    this.#open.clear();
  }

  #rows(item: Item, endOfRun: number | undefined): EventRow[] {
    if (item.entries.length === 0) {
      const { id, to, sentAt } = item;
      if (endOfRun !== undefined && item.live > 0) {
        return [{ id, to, consumer: null, sentAt, outcome: "pending", endedAt: endOfRun, attempts: 0, successes: 0 }];
      }
      const where = item.archives === undefined ? {} : { where: item.archives };
      return [
        {
          id,
          to,
          consumer: null,
          sentAt,
          outcome: "unmatched",
          ...where,
          endedAt: item.endedAt,
          attempts: 0,
          successes: 0,
        },
      ];
    }
    return perConsumer(item.entries).map((entry) => row(entry, endOfRun));
  }
}

/**
 * One account for each consumer: where several functions share a queue, the one that had the event from there may have
 * an account of it already, by another way.
 */
function perConsumer(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length < 2) return entries;
  const found = new Map<string, Entry>();
  const kept: Entry[] = [];
  for (const entry of entries) {
    const same = entry.consumer === null ? undefined : found.get(entry.consumer);
    if (same !== undefined) same.join(entry);
    else {
      kept.push(entry);
      if (entry.consumer !== null) found.set(entry.consumer, entry);
    }
  }
  return kept;
}

function standsNowhere(entry: Entry): boolean {
  const { item, resting, kept } = entry;
  return kept === undefined && item.archives === undefined && (resting === undefined || resting.length === 0);
}

function row(entry: Entry, endOfRun: number | undefined): EventRow {
  const { item, consumer, attempts, successes } = entry;
  const common = { id: item.id, to: item.to, consumer, sentAt: item.sentAt };
  const places = [...new Set([...(entry.resting ?? []), ...(entry.kept ?? []), ...(item.archives ?? [])])];
  if (successes > 0) {
    return {
      ...common,
      outcome: "processed",
      ...(places.length > 0 ? { where: places } : {}),
      endedAt: entry.succeededAt,
      attempts,
      successes,
      ...(places.length > 0 ? { retainedToo: true } : {}),
    };
  }
  const standing = (entry.resting?.length ?? 0) + (entry.kept?.length ?? 0);
  if (standing > 0) {
    return { ...common, outcome: "retained", where: places, endedAt: entry.restedAt, attempts, successes };
  }
  if (entry.live > 0 && endOfRun !== undefined) {
    return { ...common, outcome: "pending", endedAt: endOfRun, attempts, successes };
  }
  if (entry.loss === undefined) {
    throw new Unaccounted(`${item.id}: nothing says what became of it at ${consumer ?? entry.key}`);
  }
  if (entry.loss === "filtered") return { ...common, outcome: "filtered", endedAt: entry.lostAt, attempts, successes };
  if (places.length > 0) {
    return { ...common, outcome: "retained", where: places, endedAt: entry.lostAt, attempts, successes };
  }
  return { ...common, outcome: entry.loss, endedAt: entry.lostAt, attempts, successes, why: entry.why };
}
