/** Plays a scenario on a graph made by hand, for tests. */

import type { EventRow } from "../../rehearsal/accounting/rows.ts";
import { type RehearseOptions, rehearse } from "../../rehearsal/rehearse.ts";
import type { DeliveryRow, InvocationRow, RehearsalResult } from "../../rehearsal/result/result.ts";
import { readScenario } from "../../rehearsal/scenario/read.ts";
import type { Graph } from "../../topology/graph.ts";
import type { GraphBuilder } from "../support/graphs.ts";

/** A played scenario with short ways to what tests ask for. */
export interface Played extends RehearsalResult {
  /** The entries of an event. */
  of(id: string): EventRow[];
  /** The one entry of an event. */
  one(id: string): EventRow;
  /** Invocations that had the event, throttled ones left out. */
  ran(id: string): InvocationRow[];
  /** Deliveries of the event. */
  delivered(id: string): DeliveryRow[];
  /** A resource's figures. */
  figures(address: string): Readonly<Record<string, number>>;
}

export async function play(
  graph: GraphBuilder | Graph,
  scenario: object,
  options: RehearseOptions = {},
): Promise<Played> {
  const built = "build" in graph ? graph.build() : graph;
  const rehearsal = await rehearse(built, readScenario(scenario, built, "scenario.json"), options);
  try {
    const result = rehearsal.result();
    const of = (id: string): EventRow[] => result.events.filter((event) => event.id === id);
    return {
      ...result,
      of,
      one: (id) => {
        const entries = of(id);
        if (entries.length !== 1) throw new Error(`${id} has ${entries.length} entries: ${JSON.stringify(entries)}`);
        return entries[0] as EventRow;
      },
      ran: (id) => result.invocations.filter((one) => one.events.includes(id) && one.outcome !== "throttled"),
      delivered: (id) => result.deliveries.filter((one) => one.events.includes(id)),
      figures: (address) => result.resources[address] ?? {},
    };
  } finally {
    rehearsal.close();
  }
}

/** What a test of a rule plays with: keeping to the rules, or departing from one. */
export type Play = (graph: GraphBuilder, scenario: object, options?: RehearseOptions) => Promise<Played>;

/** A function that fails whatever has `poison` in it. */
export const failsOnPoison = {
  outcomes: [{ when: { contains: "poison" }, then: { fail: { errorType: "Error", errorMessage: "boom" } } }],
};
/** A function that fails always. */
export const failsAlways = { outcomes: [{ then: { fail: { errorType: "Error", errorMessage: "boom" } } }] };
/** A function that succeeds always. */
export const succeeds = { outcomes: [] };
