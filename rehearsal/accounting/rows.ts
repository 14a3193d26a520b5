/** An event's accounts as the result lists them: exactly one row per consumer. */
import { type Entry, forgottenBy, type Item, type Keep, type Loss } from "./entry.ts";
import { Unaccounted } from "./unaccounted.ts";

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
  /** Something else brought the event to this consumer as well, and what it brought was lost. */
  readonly lostToo?: true;
  /** Of dropped and expired events, and of those that were lost too: what happened, with the number of the rule. */
  readonly why?: string;
}

/** The rows of an item. @param endOfRun when the run ended, for one that is open still. */
export function rowsOf(item: Item, endOfRun: number | undefined): EventRow[] {
  if (item.entries.length === 0) {
    const { id, to, sentAt } = item;
    if (endOfRun !== undefined && item.live > 0) return [pending(item, endOfRun)];
    const archives = (item.archives ?? []).filter(lastingBeyond(endOfRun));
    const where = archives.length === 0 ? {} : { where: archives.map(placeOf) };
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
  const rows = perConsumer(item.entries).map((entry) => row(entry, endOfRun));
  return endOfRun === undefined || item.unbound === 0 ? rows : [...rows, pending(item, endOfRun)];
}

/** Something of an item is on its way, and it is not known to whom. */
function pending({ id, to, sentAt }: Item, endedAt: number): EventRow {
  return { id, to, consumer: null, sentAt, outcome: "pending", endedAt, attempts: 0, successes: 0 };
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

/** Whether nothing of it is kept, or was lost, anywhere. */
export function standsNowhere(entry: Entry): boolean {
  const { item, resting, kept } = entry;
  return (
    entry.loss === undefined &&
    kept === undefined &&
    item.archives === undefined &&
    (resting === undefined || resting.length === 0)
  );
}

/** The account as a row, and what of it was lost besides. What an archive has of an event, it has for all its ways. */
function row(entry: Entry, endOfRun: number | undefined): EventRow {
  const told = outcomeOf(entry, endOfRun);
  const lasts = lastingBeyond(endOfRun);
  if (told.outcome === "dropped" || told.outcome === "expired" || entry.item.archives?.some(lasts) === true)
    return told;
  const lost = entry.lostWay(lasts);
  return lost === undefined ? told : { ...told, lostToo: true, why: lost.why };
}

function outcomeOf(entry: Entry, endOfRun: number | undefined): EventRow {
  const { item, consumer, attempts, successes } = entry;
  const common = { id: item.id, to: item.to, consumer, sentAt: item.sentAt };
  const lasts = lastingBeyond(endOfRun);
  const standing = entry.standing.filter(lasts);
  const archives = (item.archives ?? []).filter(lasts);
  const places = [...new Set([...standing, ...archives].map(placeOf))];
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
  if (standing.length > 0) {
    return { ...common, outcome: "retained", where: places, endedAt: entry.restedAt, attempts, successes };
  }
  // What stands somewhere without being of use any more is not on its way.
  const useless = entry.standing;
  if (entry.live > (entry.resting?.length ?? 0) && endOfRun !== undefined) {
    return { ...common, outcome: "pending", endedAt: endOfRun, attempts, successes };
  }
  if (entry.loss === undefined && useless.length === 0) {
    throw new Unaccounted(`${item.id}: nothing says what became of it at ${consumer ?? entry.key}`);
  }
  const { loss, lostAt, why } = ended(entry, useless);
  if (loss === "filtered") return { ...common, outcome: "filtered", endedAt: lostAt, attempts, successes };
  if (places.length > 0) return { ...common, outcome: "retained", where: places, endedAt: lostAt, attempts, successes };
  const [archive] = (item.archives ?? []).toSorted((a, b) => b.until - a.until);
  if (archive !== undefined && archive.until > lostAt) {
    const until = `${why}; the retention of ${archive.where} ran out`;
    return { ...common, outcome: "expired", endedAt: archive.until, attempts, successes, why: until };
  }
  return { ...common, outcome: loss, endedAt: lostAt, attempts, successes, why };
}

/** How it was lost: of what stands somewhere and only points to it, when the last of it could be read no more (R107). */
function ended(entry: Entry, useless: readonly Keep[]): { loss: Loss; lostAt: number; why: string } {
  const [last] = useless.toSorted((a, b) => b.until - a.until);
  const { loss = "expired", lostAt, why } = entry;
  if (last === undefined || (entry.loss !== undefined && lostAt > last.until)) return { loss, lostAt, why };
  const { why: forgotten, at } = forgottenBy(last);
  return { loss: "expired", lostAt: at, why: forgotten };
}

/** Whether what a place keeps is still of use when the run has ended. */
function lastingBeyond(endOfRun: number | undefined): (keep: Keep) => boolean {
  return ({ until }) => endOfRun === undefined || until > endOfRun;
}

function placeOf({ where }: Keep): string {
  return where;
}
