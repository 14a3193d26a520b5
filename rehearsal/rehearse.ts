/** Plays a scenario through a topology on a virtual clock. */
import type { Graph } from "../topology/graph.ts";
import { buildWorld } from "./build.ts";
import type { DeviationName } from "./deviations.ts";
import type { Runner } from "./functions/runner.ts";
import { Kernel, longestRunMs } from "./kernel/kernel.ts";
import { Log } from "./result/log.ts";
import { type PathRow, percentiles, Rehearsal } from "./result/result.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { Sender } from "./scenario/sender.ts";
import type { Figures } from "./services/service.ts";
import { MoveTasks } from "./services/sqs/move-task.ts";
import type { World } from "./world.ts";

export interface RehearseOptions {
  /** Instead of the scenario's. */
  readonly seed?: number | undefined;
  /** Milliseconds, instead of the scenario's. */
  readonly untilMs?: number | undefined;
  /** `failed` leaves out what was processed at the first attempt. Default `all`. */
  readonly events?: "all" | "failed" | undefined;
  /** Runs the functions that have no outcomes. Default: none can be run. */
  readonly runner?: Runner | undefined;
  /** Departs on purpose from rules, for tests that must notice. */
  readonly deviations?: readonly DeviationName[] | undefined;
  /** Called now and then with the virtual time in milliseconds. */
  readonly progress?: ((now: number) => void) | undefined;
}

/**
 * Plays a scenario.
 * @throws {BadScenario} where the scenario names what the topology does not have.
 * @throws {UnknownReached} where an event reaches what is not known.
 */
export async function rehearse(graph: Graph, scenario: Scenario, options: RehearseOptions = {}): Promise<Rehearsal> {
  const seed = options.seed ?? scenario.seed;
  const failedOnly = options.events === "failed";
  const kernel = new Kernel();
  const log = new Log(failedOnly, () => kernel.order());
  try {
    const { runner, deviations } = options;
    const untilMs = options.untilMs ?? scenario.untilMs;
    const world = buildWorld({ graph, scenario, kernel, log, seed, untilMs, runner, deviations });
    new Sender(world, scenario.send, untilMs ?? longestRunMs).start();
    new MoveTasks(world).plan(scenario.redrives, untilMs ?? longestRunMs);
    const endedAt = await kernel.run(untilMs, options.progress);
    for (const service of world.services.values()) service.settle?.();
    world.accounting.closeAll(endedAt);
    const { totals, entries, deliveredMoreThanOnce } = log;
    const head = {
      stack: graph.stack,
      scenario: scenario.name,
      seed,
      endedAt,
      totals: { sent: world.accounting.sent, entries, ...totals, deliveredMoreThanOnce },
    };
    const parts = {
      head,
      resources: resourcesOf(world),
      paths: pathsOf(world),
      // What the reading had to assume, then what the run did.
      assumptions: [...graph.assumptions, ...world.settings.used()],
      steps: kernel.steps,
    };
    return new Rehearsal(parts, log, failedOnly);
  } catch (error) {
    log.close();
    throw error;
  }
}

function resourcesOf(world: World): Record<string, Figures> {
  const resources: Record<string, Figures> = {};
  const addresses = [...world.services.keys()].toSorted();
  for (const address of addresses) {
    const service = world.services.get(address);
    const figures = service?.figures?.();
    if (figures !== undefined) resources[address] = figures;
    for (const mapping of service?.mappings ?? []) resources[mapping.address] = { ...mapping.metrics };
  }
  return resources;
}

function pathsOf(world: World): PathRow[] {
  const blocked = (source: string, consumer: string | null): number => {
    let total = 0;
    for (const service of world.services.values()) {
      for (const mapping of service.mappings ?? []) {
        if (mapping.fn.address === consumer && reaches(world, source, service.address)) total += mapping.heldUp.total();
      }
    }
    return total;
  };
  return [...world.log.paths.values()].map(({ source, consumer, latencies, latencyCount }) => ({
    source,
    consumer,
    latencyMs: percentiles(latencies.subarray(0, latencyCount)),
    blockedMs: blocked(source, consumer),
  }));
}

/** Whether events go from one address to another without a function between. */
function reaches(world: World, from: string, to: string): boolean {
  const seen = new Set<string>();
  const visit = (place: string): boolean => {
    if (place === to) return true;
    if (seen.has(place)) return false;
    seen.add(place);
    return world
      .edgesFrom(place)
      .some(
        (edge) =>
          edge.to !== null && ["rule", "target", "subscription", "notification"].includes(edge.kind) && visit(edge.to),
      );
  };
  return visit(from);
}
