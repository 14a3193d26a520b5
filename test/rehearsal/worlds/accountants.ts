/**
 * The accountants: what holds of every rehearsal, computed from the log, from what the functions saw, and from what is
 * known of the world; never from the engine's own sums. Each says what is wrong; nothing where all is well.
 */
import type { EventRow } from "../../../rehearsal/accounting/rows.ts";
import type { Item } from "./atlas.ts";
import type { Played, Ran } from "./judge.ts";

export type Accountant = (played: Played) => readonly string[];

/** The longest timeout of a world's functions. */
const longestTimeoutMs = 3_000;

const outcomes = ["processed", "retained", "pending", "expired", "dropped", "filtered", "unmatched"] as const;

function rowsById(played: Played): Map<string, EventRow[]> {
  const rows = new Map<string, EventRow[]>();
  for (const row of played.result.events) {
    const known = rows.get(row.id);
    if (known === undefined) rows.set(row.id, [row]);
    else known.push(row);
  }
  return rows;
}

/** How often an item was handed to functions as an event, and how often they were done with it. */
interface Tally {
  attempts: number;
  done: number;
}

/** By `id function`; of functions that consume dead-letter queues, by `id` alone: they stand in for any consumer. */
function tally(ran: readonly Ran[], workers: ReadonlySet<string>): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const one of ran) {
    const { row, seen } = one;
    const worker = workers.has(row.function);
    for (const [index, id] of row.events.entries()) {
      if (!worker && seen?.records[index] !== false) continue;
      const key = worker ? `${id} ${row.function}` : id;
      const known = tallies.get(key) ?? { attempts: 0, done: 0 };
      known.attempts += 1;
      if (one.done[index] === true) known.done += 1;
      tallies.set(key, known);
    }
  }
  return tallies;
}

const unseen: Tally = { attempts: 0, done: 0 };

/** The queues to which message-move tasks brought each item, wherever it had come from. */
function movedElsewhere({ atlas, result }: Played): Map<string, Set<string>> {
  const moved = new Map<string, Set<string>>();
  for (const { via, to, events } of result.deliveries) {
    if (via !== "redrive" || !atlas.movedElsewhere.has(to)) continue;
    for (const id of events) moved.set(id, (moved.get(id) ?? new Set()).add(to));
  }
  return moved;
}

/** Every event has exactly one outcome per consumer: those that the world's edges lead it to, each once. */
const oneOutcomePerConsumer: Accountant = (played) => {
  const wrong: string[] = [];
  const { atlas, items, whole, result } = played;
  const rows = rowsById(played);
  const known = new Set(items.map(({ id }) => id));
  const moved = movedElsewhere(played);
  for (const id of rows.keys()) if (!known.has(id)) wrong.push(`${id} was never sent`);
  for (const item of items) {
    const own = rows.get(item.id) ?? [];
    const consumers = own.flatMap(({ consumer }) => (consumer === null ? [] : [consumer]));
    const say = (text: string): void =>
      void wrong.push(`${item.id} to ${item.to}: ${text}; has [${consumers.join(", ")}]`);
    if (own.length === 0) say("no outcome");
    if (new Set(consumers).size < consumers.length) say("two outcomes for one consumer");
    for (const row of own) {
      if (!outcomes.includes(row.outcome)) say(`unknown outcome ${row.outcome}`);
      if (row.to !== item.to || row.sentAt !== item.at) say(`sent to ${row.to} at ${row.sentAt}`);
      if (row.endedAt < row.sentAt || row.endedAt > result.endedAt) say(`ended at ${row.endedAt}`);
      const lost = row.outcome === "dropped" || row.outcome === "expired" || row.lostToo === true;
      if ((row.why !== undefined) !== lost) say(`why ${row.why}`);
      if (row.outcome === "unmatched" && own.length > 1) say("unmatched, and yet there is more");
    }
    // What is moved to another consumer may take the place of its own.
    const sure = whole && item.padding === 0 && !moved.has(item.id);
    const { certain, oneOf, possible, ends, mayEnd } = atlas.expected(item, sure, moved.get(item.id));
    for (const consumer of consumers) if (!possible.has(consumer)) say(`nothing leads to ${consumer}`);
    if (!sure) continue;
    for (const consumer of certain) if (!consumers.includes(consumer)) say(`no outcome for ${consumer}`);
    for (const some of oneOf)
      if (!some.some((one) => consumers.includes(one))) say(`no outcome for any of ${some.join(", ")}`);
    const none = own.filter(({ consumer, outcome }) => consumer === null && outcome !== "unmatched").length;
    if (none < ends.size || (none > ends.size && !mayEnd && possible.size === 0))
      say(`${none} outcomes without a consumer, expected ${ends.size}`);
    const unmatched = own.some(({ outcome }) => outcome === "unmatched");
    if (unmatched && certain.size + oneOf.length + ends.size > 0) say("unmatched, though something wants it");
  }
  return wrong;
};

/** What rows say agrees with what the functions saw and answered. */
const outcomesAreTrue: Accountant = (played) => {
  const wrong: string[] = [];
  const { atlas, ran, result } = played;
  const namelessMoved = result.deliveries.some(({ via, events }) => via === "redrive" && events.length === 0);
  for (const { row, seen } of ran) {
    if (!atlas.workers.has(row.function) || seen === undefined) continue;
    // A record of a success that nobody got stands for nothing, and may be moved to somebody all the same.
    if (row.events.length === 0 && namelessMoved) continue;
    const marked = seen.ids.map((id, index) => id ?? row.events[index]);
    if (marked.join() !== row.events.join())
      wrong.push(`${row.function} at ${row.at} saw ${marked.join()}, the log says ${row.events.join()}`);
  }
  const missing = ran.filter(({ row, seen }) => seen === undefined && !atlas.failing(row.function, row.at));
  for (const { row } of missing) wrong.push(`${row.function} at ${row.at} was never called`);
  const logged = new Set(ran.map(({ seen }) => seen));
  for (const call of played.seen) {
    // What was still running when the run was cut off is not listed.
    if (!logged.has(call) && call.at + longestTimeoutMs <= result.endedAt)
      wrong.push(`${call.function} was called at ${call.at}, which the log leaves out`);
  }
  for (const { row, seen } of ran)
    if (seen !== undefined && seen.at !== row.at)
      wrong.push(`${row.function} was called at ${seen.at}, the log says ${row.at}`);
  // Of several mappings that share a queue, one has the account of what another tried too: by item, then.
  const tallies = tally(ran, atlas.workers);
  const moved = movedElsewhere(played);
  for (const [id, rows] of rowsById(played)) {
    // Of what was moved one consumer has the account of what another tried before, and records of it may come to both.
    const competed = moved.has(id) || rows.some(({ consumer }) => sharesQueue(played, consumer));
    const least = moved.has(id) ? 0 : 1;
    const drained = tallies.get(id) ?? unseen;
    const figures = (own: readonly EventRow[], functions: readonly string[]): void => {
      const told = { attempts: 0, successes: 0 };
      const counted: Tally = { attempts: 0, done: 0 };
      for (const row of own) {
        told.attempts += row.attempts;
        told.successes += row.successes;
      }
      for (const fn of functions) {
        const { attempts, done } = tallies.get(`${id} ${fn}`) ?? unseen;
        counted.attempts += attempts;
        counted.done += done;
      }
      const most = counted.attempts + drained.attempts * own.length;
      const off = told.attempts < counted.attempts * least || told.attempts > most;
      if (off || told.successes < counted.done * least || told.successes > counted.done + drained.done * own.length) {
        wrong.push(
          `${id}: ${told.attempts} attempts and ${told.successes} successes told, ` +
            `${counted.attempts} and ${counted.done} seen, ${drained.attempts} and ${drained.done} by functions of nets`,
        );
      }
    };
    if (competed) figures(rows, [...atlas.workers]);
    else for (const row of rows) figures([row], row.consumer === null ? [] : [row.consumer]);
    for (const row of rows) {
      if (row.successes > 0 !== (row.outcome === "processed"))
        wrong.push(`${id}: ${row.outcome} with ${row.successes} successes`);
      if (row.outcome === "filtered" && row.attempts > 0 && !competed)
        wrong.push(`${id}: filtered after ${row.attempts} attempts`);
      if (row.outcome === "retained" && (row.where?.length ?? 0) === 0) wrong.push(`${id}: retained nowhere`);
      for (const place of row.where ?? []) {
        const got = result.deliveries.some((delivery) => delivery.events.includes(id));
        if (!got) wrong.push(`${id}: stands in ${place}, where nothing brought it`);
      }
    }
  }
  return wrong;
};

function sharesQueue({ atlas }: Played, consumer: string | null): boolean {
  if (consumer === null) return false;
  for (const { kind, readers } of atlas.places.values()) {
    if (kind === "queue" && readers.length > 1 && readers.includes(consumer)) return true;
  }
  return false;
}

/** Totals, metrics of functions and what stands in queues are the sums of what the lists say. */
const totalsAddUp: Accountant = (played) => {
  const wrong: string[] = [];
  const { result, items, atlas, ran } = played;
  const equal = (what: string, told: number | undefined, counted: number): void => {
    if (told !== counted) wrong.push(`${what}: ${told} told, ${counted} counted`);
  };
  equal("sent", result.totals.sent, items.length);
  equal("entries", result.totals.entries, result.events.length);
  for (const outcome of outcomes)
    equal(outcome, result.totals[outcome], result.events.filter((row) => row.outcome === outcome).length);
  equal(
    "deliveredMoreThanOnce",
    result.totals.deliveredMoreThanOnce,
    result.events.filter(({ attempts }) => attempts > 1).length,
  );
  for (const address of played.world.behaviours.keys()) {
    const own = result.invocations.filter((row) => row.function === address);
    const figures = result.resources[address];
    equal(`${address} Invocations`, figures?.Invocations, own.filter(({ outcome }) => outcome !== "throttled").length);
    equal(`${address} Throttles`, figures?.Throttles, own.filter(({ outcome }) => outcome === "throttled").length);
    const runs = ran.filter(({ row }) => row.function === address).length;
    equal(`${address} calls and faults`, figures?.Invocations, runs);
  }
  const standing = new Map<string, number>();
  for (const row of result.deliveries) standing.set(row.to, (standing.get(row.to) ?? 0) + 1);
  for (const [address, { consumed, keepsMs, direct, fifo }] of atlas.netQueues) {
    const figures = result.resources[address];
    const there = (figures?.visible ?? 0) + (figures?.inFlight ?? 0) + (figures?.delayed ?? 0);
    if (consumed || !direct) continue;
    const came = standing.get(address) ?? 0;
    // A FIFO net removes what came twice: by two subscriptions of one topic.
    if (keepsMs > result.endedAt && !fifo && !atlas.movedFrom.has(address))
      equal(`messages in ${address}`, there, came);
    else if (there > came) wrong.push(`messages in ${address}: ${there}, of ${came} that came`);
  }
  return wrong;
};

/** Once an event was given up for a consumer, that consumer never has it again, and never had it successfully. */
const nothingAfterLoss: Accountant = (played) => {
  const wrong: string[] = [];
  const { result, ran, atlas } = played;
  const runs = new Map<string, Ran[]>();
  for (const one of ran) {
    for (const id of one.row.events) {
      const key = `${id} ${one.row.function}`;
      const known = runs.get(key);
      if (known === undefined) runs.set(key, [one]);
      else if (known.at(-1) !== one) known.push(one);
    }
  }
  for (const { id, consumer, outcome, endedAt } of result.events) {
    if (outcome !== "dropped" && outcome !== "expired") continue;
    const consumers = consumer === null ? [...atlas.workers] : [consumer];
    for (const fn of consumers) {
      for (const { row, done } of runs.get(`${id} ${fn}`) ?? []) {
        if (consumer !== null && row.at > endedAt)
          wrong.push(`${id}: ${outcome} at ${endedAt}, and invoked at ${row.at}`);
        if (consumer !== null && row.events.some((one, index) => one === id && done[index] === true)) {
          wrong.push(`${id}: ${outcome}, though ${fn} was done with it at ${row.at}`);
        }
      }
    }
  }
  return wrong;
};

/**
 * Of a FIFO queue's group, and of a key (with one lane: a shard) of a stream, once a batch goes without an earlier item
 * that item never comes again; and within a batch they stand in order.
 */
const orderIsKept: Accountant = (played) => {
  const wrong: string[] = [];
  const { atlas, ran } = played;
  for (const [source, { fifo, lanes }] of atlas.ordered) {
    // What a message-move task brings back comes after what was behind it.
    if (atlas.movedTo.has(source)) continue;
    for (const fn of atlas.at(source).readers) {
      // What comes in by other ways comes in another order than it was sent.
      const own = ran.filter(({ row }) => row.source === source && row.function === fn);
      const byLane = new Map<
        string,
        { readonly ranks: readonly number[]; readonly at: number; readonly ends: number }[]
      >();
      for (const { row } of own) {
        const groups = new Map<string, number[]>();
        for (const id of row.events) {
          const item = atlas.items.get(id);
          if (item === undefined || item.to !== source) continue;
          const lane = fifo || (lanes.get(fn) ?? 1) > 1 || !oneShard(played, source) ? item.key : "";
          const known = groups.get(lane);
          if (known === undefined) groups.set(lane, [order(item)]);
          else known.push(order(item));
        }
        for (const [lane, ranks] of groups) {
          const batches = byLane.get(lane) ?? [];
          batches.push({ ranks, at: row.at, ends: row.at + row.ms });
          byLane.set(lane, batches);
        }
      }
      for (const [lane, batches] of byLane) {
        const passed = new Set<number>();
        let busyUntil = -1;
        for (const { ranks, at, ends } of batches) {
          const where = `${source} → ${fn}, ${lane}`;
          if (ranks.some((rank, index) => index > 0 && rank <= (ranks[index - 1] ?? 0)))
            wrong.push(`${where}: [${ranks.join()}] in one batch`);
          for (const rank of ranks)
            if (passed.has(rank)) wrong.push(`${where}: ${rank} came again at ${at} after a later one`);
          if (!fifo && at < busyUntil) wrong.push(`${where}: two batches at once at ${at}`);
          busyUntil = Math.max(busyUntil, ends);
          const latest = Math.max(...ranks);
          for (const other of atlas.items.values()) {
            if (other.to === source && order(other) < latest && !ranks.includes(order(other))) {
              const same = lane === "" || other.key === lane;
              if (same) passed.add(order(other));
            }
          }
        }
      }
    }
  }
  return wrong;
};

/** Arrival: by time, then as the scenario lists them. */
function order({ at, rank }: Item): number {
  return at * 1_000 + rank;
}

function oneShard({ world }: Played, source: string): boolean {
  const rank = Number(/\d+$/.exec(source)?.[0] ?? "0");
  const form = world.form.streams[rank];
  return form?.kind === "table" || form?.shards === 1;
}

/** Streams forget after a day: a run that lasts as long is no longer one that every retention outlasts. */
const streamRetentionMs = 86_400_000;

/** Whether nothing may be lost. */
export function mayLoseNothing({ world, result, atlas }: Played): boolean {
  const streams = [...atlas.places.values()].some(({ kind }) => kind === "stream");
  return world.form.safe && !(streams && result.endedAt >= streamRetentionMs);
}

/** In a safe world every event is processed, stands in a net, or was not wanted by anybody. */
const nothingIsLost: Accountant = (played) => {
  if (!mayLoseNothing(played)) return [];
  const wrong: string[] = [];
  const { result, atlas, ran } = played;
  const tallies = tally(ran, atlas.workers);
  const delivered = new Set(result.deliveries.flatMap((row) => row.events));
  for (const { id, consumer, outcome, where, why, lostToo } of result.events) {
    if (lostToo === true) wrong.push(`${id}: lost too for ${consumer}: ${why}`);
    if (outcome === "dropped" || outcome === "expired") wrong.push(`${id}: ${outcome} for ${consumer}: ${why}`);
    if (outcome === "pending" && consumer !== null) wrong.push(`${id}: still pending for ${consumer}`);
    if (outcome === "retained" && !delivered.has(id)) wrong.push(`${id}: retained, though no net got it`);
    for (const place of where ?? []) {
      const figures = atlas.netQueues.has(place) ? result.resources[place] : undefined;
      if (figures !== undefined && (figures.visible ?? 0) + (figures.inFlight ?? 0) + (figures.delayed ?? 0) === 0)
        wrong.push(`${id}: ${outcome} in ${place}, which is empty`);
    }
    if (outcome !== "processed") continue;
    // Of what several functions read from one queue, any of them may have been done with it.
    const own = consumer === null || sharesQueue(played, consumer) ? [...atlas.workers] : [consumer];
    const done = [id, ...own.map((fn) => `${id} ${fn}`)].some((key) => (tallies.get(key)?.done ?? 0) > 0);
    if (!done) wrong.push(`${id}: processed for ${consumer}, which was not done with it, nor was what empties a net`);
  }
  return wrong;
};

/** What is called retained is there when the run has ended, and still of use. */
const whatIsKeptIsThere: Accountant = (played) => {
  const wrong: string[] = [];
  const { result, atlas } = played;
  /** Of how many events one message at most tells, by the events that it tells of. */
  const shares = new Map<string, number>();
  const archived = new Map<string, number>();
  for (const { events, via, to, at } of result.deliveries) {
    for (const id of events) {
      shares.set(id, Math.max(shares.get(id) ?? 1, events.length));
      if (via === "archive") archived.set(`${id} ${to}`, at);
    }
  }
  /** Messages that a net needs at least, if each of its events is in one. */
  const needed = new Map<string, number>();
  const told = new Set<string>();
  for (const { id, consumer, where = [], outcome } of result.events) {
    for (const place of where) {
      const keepsMs = atlas.archives.get(place);
      if (keepsMs !== undefined && (archived.get(`${id} ${place}`) ?? 0) + keepsMs <= result.endedAt)
        wrong.push(`${id}: kept by ${place} after its retention`);
      if (!atlas.netQueues.has(place) || told.has(`${id} ${place}`)) continue;
      told.add(`${id} ${place}`);
      needed.set(place, (needed.get(place) ?? 0) + 1 / (shares.get(id) ?? 1));
    }
    const item = atlas.items.get(id);
    const pointed = item !== undefined && atlas.places.get(item.to)?.kind === "stream" && consumer !== null;
    const pointers = where.length > 0 && where.every((place) => atlas.netQueues.has(place));
    if (outcome === "retained" && pointed && pointers && item.at + streamRetentionMs <= result.endedAt)
      wrong.push(`${id}: ${where.join()} leads to what ${item.to} has forgotten`);
  }
  for (const [place, messages] of needed) {
    const { visible = 0, inFlight = 0, delayed = 0 } = result.resources[place] ?? {};
    const there = visible + inFlight + delayed;
    if (there < messages - 1e-6) wrong.push(`${place}: ${there} messages, at least ${messages} are needed`);
  }
  return wrong;
};

/** The clock never runs back: not from step to step of the kernel, nor from call to call of the functions. */
const timeRunsOn: Accountant = (played) => {
  const wrong: string[] = [];
  const { clock, result, seen } = played;
  for (const [index, now] of clock.entries()) {
    const before = clock[index - 1] ?? 0;
    if (now < before) wrong.push(`step ${index} at ${now}, after ${before}`);
  }
  if ((clock.at(-1) ?? 0) > result.endedAt) wrong.push(`a step at ${clock.at(-1)}, and the end at ${result.endedAt}`);
  let latest = 0;
  for (const { at, function: address } of seen) {
    if (at < latest) wrong.push(`${address} was called at ${at}, after ${latest}`);
    latest = at;
  }
  for (const name of ["invocations", "deliveries"] as const) {
    const times = result[name].map(({ at }) => at);
    if (times.some((at, index) => at < (times[index - 1] ?? 0))) wrong.push(`${name} are not in order of time`);
  }
  const ends = result.events.map(({ endedAt }) => endedAt);
  if (ends.some((at, index) => at < (ends[index - 1] ?? 0))) wrong.push("events are not in order of time");
  return wrong;
};

/** All of them, by the names that tests have. */
export const accountants: Readonly<Record<string, Accountant>> = {
  oneOutcomePerConsumer,
  outcomesAreTrue,
  totalsAddUp,
  nothingAfterLoss,
  orderIsKept,
  nothingIsLost,
  whatIsKeptIsThere,
  timeRunsOn,
};

/** Of a world with cycles, in which a record may come to the function that the event was for. */
export const ofCycles: Readonly<Record<string, Accountant>> = { oneOutcomePerConsumer, totalsAddUp, timeRunsOn };
