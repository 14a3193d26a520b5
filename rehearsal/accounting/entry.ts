/** What becomes of one event: its accounts, one with each consumer. */

/** How something is lost. */
export type Loss = "expired" | "dropped" | "filtered";
const gravity: Readonly<Record<Loss, number>> = { dropped: 3, expired: 2, filtered: 1 };

/** Of two losses the later one was the end, as long as neither is a copy that nobody wanted; of one time, the graver. */
function outweighs(loss: Loss, at: number, before: Loss, beforeAt: number): boolean {
  if (at === beforeAt || loss === "filtered" || before === "filtered") return gravity[loss] >= gravity[before];
  return at > beforeAt;
}

/** A place that keeps something of an event. */
export interface Keep {
  readonly where: string;
  /** From when on it is of no use any more; infinite where it stays. */
  readonly until: number;
  /** What happens then. Default: the stream forgets what it only points to. */
  readonly why?: string;
}

/** What is kept of an event for a consumer. */
export interface Kept extends Keep {
  /** The way on which it came there. */
  readonly way: number;
}

/** That a way ended in a loss. */
export interface LostWay {
  readonly loss: Loss;
  readonly why: string;
  readonly at: number;
}

/** The loss of what a place keeps for a time: of what a record only points to, once its stream has forgotten it (R107). */
export function forgottenBy({ where, until, why }: Keep): LostWay {
  return {
    loss: "expired",
    why: why ?? `R107: the record in ${where} leads to what its stream has forgotten`,
    at: until,
  };
}

/** Shared by the items that have no account yet. */
const none: readonly Entry[] = [];

/** One event of the scenario. */
export class Item {
  readonly index: number;
  readonly id: string;
  /** The address to which it was sent. */
  readonly to: string;
  readonly sentAt: number;
  entries: readonly Entry[] = none;
  live = 0;
  /** Of that, how much has no account yet: whom it will come to is not known. */
  unbound = 0;
  /**
   * How many ways it has taken besides the first: each of several rules, targets, subscriptions, notifications or
   * mappings that get it is one, and so are results. Duplicates, and records of failures, stay on the way of what they
   * repeat.
   */
  #branches = 0;
  /** Ways by what leads to them. */
  #named: Map<string, number> | undefined;
  /** How often something of it came to a function or bus where it had been, on all ways together. */
  rounds: Map<string, number> | undefined;
  /** Event archives that keep it. */
  archives: Keep[] | undefined;
  endedAt: number;

  constructor(index: number, id: string, to: string, sentAt: number) {
    this.index = index;
    this.id = id;
    this.to = to;
    this.sentAt = sentAt;
    this.endedAt = sentAt;
  }

  newWay(): number {
    this.#branches += 1;
    return this.#branches;
  }

  /** The one way of this name. */
  wayOf(name: string): number {
    const known = this.#named?.get(name);
    if (known !== undefined) return known;
    const way = this.newWay();
    (this.#named ??= new Map()).set(name, way);
    return way;
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
  /** How much of it is on its way, or at work, on all ways. */
  live = 0;
  /** Of that, how much on each way but the first. */
  #liveOn: Map<number, number> | undefined;
  /** Where a copy or record of it stands now, once per copy. */
  resting: Kept[] | undefined;
  restedAt = 0;
  /** Functions, and endpoints outside the configuration, that took a failure record of it. */
  kept: Kept[] | undefined;
  /** Ways on which it was processed. Undefined: the first alone, if any. */
  #processedBy: Set<number> | undefined;
  #lostWays: Map<number, LostWay> | undefined;
  loss: Loss | undefined;
  lostAt = 0;
  why = "";

  constructor(item: Item, key: string, consumer: string | null) {
    this.item = item;
    this.key = key;
    this.consumer = consumer;
  }

  /** So many more (or, below 0, fewer) of it are on one of its ways. */
  count(by: 1 | -1, way: number): void {
    this.live += by;
    if (way !== 0) (this.#liveOn ??= new Map()).set(way, (this.#liveOn.get(way) ?? 0) + by);
  }

  /** Whether something of it goes on on a way: what rests does not. */
  #goesOn(way: number): boolean {
    const others = this.#liveOn ?? new Map<number, number>();
    const first = (): number => [...others.values()].reduce((rest, count) => rest - count, this.live);
    const live = way === 0 ? first() : (others.get(way) ?? 0);
    return live > (this.resting ?? []).filter((keep) => keep.way === way).length;
  }

  /** A function succeeded for it. */
  succeed(way: number, now: number): void {
    if (way !== 0 || this.#processedBy !== undefined) this.#processedBy = this.#processed().add(way);
    if (this.successes === 0) this.succeededAt = now;
    this.successes += 1;
  }

  #processed(): Set<number> {
    return this.#processedBy ?? new Set(this.successes > 0 ? [0] : []);
  }

  /** Something that is no longer on its way keeps it. */
  keep(keep: Kept, now: number): void {
    const { where, way, until } = keep;
    if (this.kept?.some((one) => one.where === where && one.way === way && one.until >= until) !== true) {
      (this.kept ??= []).push(keep);
    }
    this.restedAt = now;
  }

  /** Everywhere that something of it stands now, or has come to stand. */
  get standing(): readonly Kept[] {
    return [...(this.resting ?? []), ...(this.kept ?? [])];
  }

  /** Whether it tells of nothing but what came, untried, by one way, which goes on elsewhere: without that it is nothing. */
  isOnly(way: number): boolean {
    const isElsewhere = this.attempts > 0 || this.live > 0 || this.standing.length > 0;
    return !isElsewhere && [...(this.#lostWays?.keys() ?? [])].every((lost) => lost === way);
  }

  /** It is lost on one of its ways. */
  lose(loss: Loss, why: string, at: number, way: number): void {
    if (loss !== "filtered") (this.#lostWays ??= new Map()).set(way, { loss, why, at });
    this.#lose(loss, why, at);
  }

  /**
   * The last way that ended in a loss, and on which nobody processed or keeps it, and nothing of it goes on.
   * @param lasts whether what stands is still of use when the run has ended: what it only points to may be forgotten.
   */
  lostWay(lasts: (keep: Keep) => boolean): LostWay | undefined {
    const { standing } = this;
    const forgotten = standing.filter((keep) => !lasts(keep));
    if (this.#lostWays === undefined && forgotten.length === 0) return undefined;
    const processed = this.#processed();
    const kept = new Set(standing.filter(lasts).map(({ way }) => way));
    const lostWays = [...(this.#lostWays ?? []), ...forgotten.map((keep) => [keep.way, forgottenBy(keep)] as const)];
    let last: LostWay | undefined;
    for (const [way, lost] of lostWays) {
      if (processed.has(way) || kept.has(way) || this.#goesOn(way)) continue;
      if (last === undefined || lost.at >= last.at) last = lost;
    }
    return last;
  }

  #lose(loss: Loss, why: string, at: number): void {
    if (this.loss !== undefined && !outweighs(loss, at, this.loss, this.lostAt)) return;
    this.loss = loss;
    this.why = why;
    this.lostAt = at;
  }

  /** What another account of the same consumer says holds here too. */
  join(other: Entry): void {
    const processed = other.#processed();
    if (processed.size > 0) this.#processedBy = new Set([...this.#processed(), ...processed]);
    if (other.#lostWays !== undefined) this.#lostWays = new Map([...(this.#lostWays ?? []), ...other.#lostWays]);
    if (other.successes > 0 && (this.successes === 0 || other.succeededAt < this.succeededAt)) {
      this.succeededAt = other.succeededAt;
    }
    this.attempts += other.attempts;
    this.successes += other.successes;
    this.live += other.live;
    for (const [way, count] of other.#liveOn ?? []) {
      (this.#liveOn ??= new Map()).set(way, (this.#liveOn.get(way) ?? 0) + count);
    }
    if (other.resting !== undefined) this.resting = [...(this.resting ?? []), ...other.resting];
    if (other.kept !== undefined) this.kept = [...(this.kept ?? []), ...other.kept];
    this.restedAt = Math.max(this.restedAt, other.restedAt);
    if (other.loss !== undefined) this.#lose(other.loss, other.why, other.lostAt);
  }
}
