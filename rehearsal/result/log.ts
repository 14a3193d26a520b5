/** What a rehearsal writes down while it runs: events that are done with, invocations, deliveries. */
import type { Ledger } from "../accounting/accounting.ts";
import type { Cargo } from "../accounting/cargo.ts";
import type { Entry, Item } from "../accounting/entry.ts";
import type { EventRow, Outcome } from "../accounting/rows.ts";
import type { Invocation } from "../functions/invocation.ts";
import type { Attributes } from "../services/content.ts";
import { decode } from "../services/content.ts";
import { Rows } from "./rows.ts";

/** How something came to where it is. */
export type Via =
  | "on-failure-destination"
  | "on-success-destination"
  | "function-dead-letter"
  | "target-dead-letter"
  | "subscription-dead-letter"
  | "redrive-policy"
  | "sideline"
  | "backlog"
  | "permanent"
  | "archive"
  | "redrive";

export type InvocationOutcome = "success" | "error" | "timeout" | "throttled" | "partial";

/** Which events a cargo stands for. */
export interface Named {
  readonly ids: readonly string[];
  readonly items: readonly number[];
  readonly order: number;
}

/** What became of the events from one source with one consumer. */
export interface PathTally {
  readonly source: string;
  readonly consumer: string | null;
  readonly sourceText: string;
  readonly consumerText: string;
  readonly counts: Record<Outcome, number>;
  /** Of events that were processed or retained: from being sent to then. */
  latencies: Float64Array;
  latencyCount: number;
  readonly where: Map<string, number>;
  readonly why: Map<string, number>;
}

export class Log implements Ledger {
  readonly events = new Rows();
  readonly invocations = new Rows();
  readonly deliveries = new Rows();
  readonly totals: Record<Outcome, number>;
  readonly paths = new Map<string, PathTally>();
  /** Events that were lost, for the summary: the first of them. */
  readonly lost: EventRow[] = [];
  /** Entries that ended otherwise, and of which another delivery was lost. */
  lostToo = 0;
  deliveredMoreThanOnce = 0;
  entries = 0;
  readonly #failedOnly: boolean;
  readonly #order: () => number;
  #plain = new Uint8Array(1_024);

  /** @param failedOnly events that were processed at the first attempt are counted and not listed. */
  constructor(failedOnly: boolean, order: () => number) {
    this.#failedOnly = failedOnly;
    this.#order = order;
    this.totals = zeroes();
  }

  /** Whether all of an event's consumers processed it at the first attempt. */
  readonly plain = (item: number): boolean => this.#plain[item] === 1;

  /** The most frequent end by far, without detours. */
  processed(item: Item, entry: Entry): void {
    const { attempts, successes, succeededAt, consumer } = entry;
    const { id, to, sentAt } = item;
    this.entries += 1;
    this.totals.processed += 1;
    if (attempts > 1) this.deliveredMoreThanOnce += 1;
    const path = this.#path(to, consumer);
    path.counts.processed += 1;
    addLatency(path, succeededAt - sentAt);
    if (attempts === 1) {
      this.#markPlain(item.index);
      if (this.#failedOnly) return;
    }
    const text =
      `{"id":${JSON.stringify(id)},"to":${path.sourceText},"consumer":${path.consumerText},"sentAt":${sentAt},` +
      `"outcome":"processed","endedAt":${succeededAt},"attempts":${attempts},"successes":${successes}}`;
    this.events.push(succeededAt, item.index * 1_024, text, null);
  }

  closed(item: Item, rows: readonly EventRow[]): void {
    let plain = true;
    for (const row of rows) {
      this.entries += 1;
      this.totals[row.outcome] += 1;
      if (row.attempts > 1) this.deliveredMoreThanOnce += 1;
      if (row.outcome !== "processed" || row.attempts !== 1 || row.lostToo === true) plain = false;
      if (row.lostToo === true) this.lostToo += 1;
      // Of both it is said why.
      if (row.why !== undefined && this.lost.length < 1_000) this.lost.push(row);
      this.#tally(row);
    }
    if (plain) this.#markPlain(item.index);
    if (plain && this.#failedOnly) return;
    for (const [rank, row] of rows.entries()) {
      this.events.push(row.endedAt, item.index * 1_024 + rank, JSON.stringify(row), null);
    }
  }

  #markPlain(index: number): void {
    if (index >= this.#plain.length) {
      const larger = new Uint8Array(Math.max(index + 1, this.#plain.length * 2));
      larger.set(this.#plain);
      this.#plain = larger;
    }
    this.#plain[index] = 1;
  }

  #path(source: string, consumer: string | null): PathTally {
    const last = this.#lastPath;
    if (last !== undefined && last.source === source && last.consumer === consumer) return last;
    const key = `${source}\0${consumer ?? ""}`;
    let path = this.paths.get(key);
    if (path === undefined) {
      path = {
        source,
        consumer,
        sourceText: JSON.stringify(source),
        consumerText: JSON.stringify(consumer),
        counts: zeroes(),
        latencies: new Float64Array(64),
        latencyCount: 0,
        where: new Map(),
        why: new Map(),
      };
      this.paths.set(key, path);
    }
    this.#lastPath = path;
    return path;
  }
  #lastPath: PathTally | undefined;

  #tally(row: EventRow): void {
    const path = this.#path(row.to, row.consumer);
    path.counts[row.outcome] += 1;
    if (row.outcome === "processed" || row.outcome === "retained") addLatency(path, row.endedAt - row.sentAt);
    if (row.outcome === "retained") {
      for (const place of row.where ?? []) path.where.set(place, (path.where.get(place) ?? 0) + 1);
    }
    if (row.why !== undefined) path.why.set(row.why, (path.why.get(row.why) ?? 0) + 1);
  }

  /** Names the events of a cargo, before it goes where it may end. */
  prepare(cargo: Cargo): Named {
    const ids: string[] = [];
    const items: number[] = [];
    for (const item of cargo.items) {
      ids.push(item.id);
      items.push(item.index);
    }
    return { ids, items, order: this.#order() };
  }

  invocation(
    address: string,
    invocation: Invocation,
    at: number,
    order: number,
    outcome: InvocationOutcome,
    ms: number,
  ): void {
    const { requestId, source, loads } = invocation;
    const events: string[] = [];
    // What failed is listed whatever comes of it; the rest depends on what becomes of its events.
    let decided = outcome === "error" || outcome === "timeout" || loads.length === 0;
    for (const { cargo } of loads) {
      for (const item of cargo.items) {
        events.push(item.id);
        decided ||= (item.entries[0]?.attempts ?? 0) > 1;
      }
    }
    const items = decided ? null : loads.flatMap(({ cargo }) => cargo.items.map(({ index }) => index));
    const row = { at, function: address, requestId, source, events, outcome, ms };
    this.invocations.push(at, order, JSON.stringify(row), items);
  }

  delivery(named: Named, at: number, to: string, via: Via, text: string, attributes: Attributes, key?: string): void {
    const row = {
      at,
      to,
      via,
      events: named.ids,
      body: decode(text),
      attributes,
      ...(key === undefined ? {} : { key }),
    };
    this.deliveries.push(at, named.order, JSON.stringify(row), named.items);
  }

  close(): void {
    this.events.close();
    this.invocations.close();
    this.deliveries.close();
  }
}

function addLatency(path: PathTally, ms: number): void {
  if (path.latencyCount === path.latencies.length) {
    const larger = new Float64Array(path.latencyCount * 2);
    larger.set(path.latencies);
    path.latencies = larger;
  }
  path.latencies[path.latencyCount] = ms;
  path.latencyCount += 1;
}

function zeroes(): Record<Outcome, number> {
  return { processed: 0, retained: 0, pending: 0, expired: 0, dropped: 0, filtered: 0, unmatched: 0 };
}
