/** Plays a world once, for all accountants. */

import type { DeviationName } from "../../../rehearsal/deviations.ts";
import { Kernel } from "../../../rehearsal/kernel/kernel.ts";
import type { InvocationRow, RehearsalResult } from "../../../rehearsal/result/result.ts";
import { play } from "../play.ts";
import type { Atlas, Item } from "./atlas.ts";
import { type Seen, Witness } from "./witness.ts";
import type { World } from "./world.ts";

/** An invocation that reached its function, as the log has it and, unless a fault took it, as the function saw it. */
export interface Ran {
  readonly row: InvocationRow;
  readonly seen: Seen | undefined;
  /** Of the row's events, whether the function was done with it. */
  readonly done: readonly boolean[];
}

/** A world after its run, as the accountants get it. */
export interface Played {
  readonly result: RehearsalResult;
  readonly atlas: Atlas;
  readonly world: World;
  /** In the order of the log. */
  readonly ran: readonly Ran[];
  /** Virtual time at each step of the kernel. */
  readonly clock: readonly number[];
  /** Calls of functions in the order in which they came. */
  readonly seen: readonly Seen[];
  /** Whether every item was sent before the run ended, and no fault may stop one on its way. */
  readonly whole: boolean;
  readonly items: readonly Item[];
}

/** The clock as the kernel's own steps see it. */
let clock: number[] = [];
function watched(kernel: Kernel, run: () => void): () => void {
  return () => {
    clock.push(kernel.now);
    run();
  };
}

const at = Reflect.get(Kernel.prototype, "at");
Kernel.prototype.at = function watchedAt(this: Kernel, when, run, quiet) {
  return at.call(this, when, watched(this, run), quiet);
};
const first = Reflect.get(Kernel.prototype, "first");
Kernel.prototype.first = function watchedFirst(this: Kernel, when, run) {
  return first.call(this, when, watched(this, run));
};

export async function playWorld(world: World, deviations: readonly DeviationName[] = []): Promise<Played> {
  clock = [];
  const witness = new Witness(world.behaviours, () => clock.at(-1) ?? 0);
  const result = await play(world.graph, world.scenario, { runner: witness, deviations });
  const { atlas, form } = world;
  const items = [...atlas.items.values()].filter((item) => item.at <= result.endedAt);
  const whole =
    (form.safe || form.until === undefined) &&
    !world.cycles &&
    !atlas.faults.some((fault) => fault.kind === "unavailable");
  return { result, atlas, world, ran: joined(result, witness.seen, atlas), clock, seen: witness.seen, whole, items };
}

/** Finds for each row of the log the call that the function saw: of one request, they come in the same order. */
function joined(result: RehearsalResult, seen: readonly Seen[], atlas: Atlas): Ran[] {
  const calls = new Map<string, Seen[]>();
  for (const one of seen) {
    const key = `${one.function} ${one.requestId}`;
    const known = calls.get(key);
    if (known === undefined) calls.set(key, [one]);
    else known.push(one);
  }
  const ran: Ran[] = [];
  for (const row of result.invocations) {
    if (row.outcome === "throttled") continue;
    const call = atlas.failing(row.function, row.at)
      ? undefined
      : calls.get(`${row.function} ${row.requestId}`)?.shift();
    const asked = atlas.asks.get(`${row.source} ${row.function}`) === true;
    const fared = call?.fared[asked ? "asked" : "notAsked"];
    ran.push({ row, seen: call, done: row.events.map((_, index) => fared?.[index] === true) });
  }
  return ran;
}
