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
  /** From when on it is of no use any more. */
  readonly until: number;
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
  resting: Keep[] | undefined;
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
