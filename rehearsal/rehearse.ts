/** Plays a scenario through a topology on a virtual clock. */
import { type Edge, type Graph, type Node } from "../topology/graph.ts";
import { Accounting } from "./accounting/accounting.ts";
import type { DeviationName } from "./deviations.ts";
import { UnreservedConcurrency } from "./functions/concurrency.ts";
import { Faults } from "./functions/faults.ts";
import { LambdaFunction } from "./functions/function.ts";
import type { Runner } from "./functions/runner.ts";
import { ScriptedRunner } from "./functions/scripted.ts";
import { Kernel, longestRunMs } from "./kernel/kernel.ts";
import { Random } from "./kernel/random.ts";
import { Log } from "./result/log.ts";
import { type PathRow, percentiles, Rehearsal } from "./result/result.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { Sender } from "./scenario/sender.ts";
import { Bucket } from "./services/bucket.ts";
import { Bus } from "./services/bus.ts";
import { External } from "./services/external.ts";
import { MoveTasks } from "./services/move-task.ts";
import { Queue } from "./services/queue.ts";
import { QueueMapping } from "./services/queue-mapping.ts";
import { Rule } from "./services/rule.ts";
import { Stream } from "./services/stream.ts";
import { StreamMapping } from "./services/stream-mapping.ts";
import { Topic } from "./services/topic.ts";
import { Settings } from "./settings.ts";
import type { Service, World } from "./world.ts";

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
    const world = build(graph, scenario, options, kernel, log, seed);
    const untilMs = options.untilMs ?? scenario.untilMs;
    new Sender(world, scenario.send, untilMs ?? longestRunMs).start();
    new MoveTasks(world).plan(scenario.redrives, untilMs ?? longestRunMs);
    const endedAt = await kernel.run(untilMs, options.progress);
    for (const service of world.services.values()) {
      if (service instanceof Stream || service instanceof LambdaFunction) service.settle();
    }
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

function build(
  graph: Graph,
  scenario: Scenario,
  options: RehearseOptions,
  kernel: Kernel,
  log: Log,
  seed: number,
): World {
  const broken = new Set<DeviationName>(options.deviations);
  const randoms = new Map<string, Random>();
  const from = group(graph.edges);
  const nodes = new Map(graph.nodes.map((node) => [node.address, node]));
  const settings = new Settings(scenario.settings);
  const services = new Map<string, Service>();
  const failureKinds = new Set(["redrive", "on-failure", "dead-letter"]);
  const nets = new Set(graph.edges.filter((edge) => failureKinds.has(edge.kind)).map((edge) => edge.to));
  const scripted = new ScriptedRunner(scenario.functions);
  const world: World = {
    graph,
    kernel,
    accounting: new Accounting(() => kernel.now, log),
    settings,
    faults: new Faults(scenario.faults),
    runner: runnerOf(scripted, options.runner),
    unreserved: new UnreservedConcurrency(settings, reservedOf(graph.nodes)),
    log,
    services,
    several: severalMappings(graph.edges),
    isNet: (address) => nets.has(address),
    deviates: broken.size === 0 ? () => false : (name) => broken.has(name),
    random: (name) => {
      let random = randoms.get(name);
      if (random === undefined) {
        random = new Random(seed, name);
        randoms.set(name, random);
      }
      return random;
    },
    edgesFrom: (address) => from.get(address) ?? none,
    nodeAt: (address) => nodes.get(address),
  };
  for (const node of graph.nodes) services.set(node.address, serviceOf(world, node));
  for (const edge of graph.edges) connect(world, edge);
  return world;
}

const none: readonly Edge[] = [];

function group(edges: readonly Edge[]): Map<string, Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const known = groups.get(edge.from);
    if (known === undefined) groups.set(edge.from, [edge]);
    else known.push(edge);
  }
  return groups;
}

function runnerOf(scripted: ScriptedRunner, other: Runner | undefined): Runner {
  if (other === undefined) return scripted;
  return {
    knows: (address) => scripted.knows(address) || other.knows(address),
    invoke: (call) => (scripted.knows(call.function) ? scripted : other).invoke(call),
  };
}

function reservedOf(nodes: readonly Node[]): number {
  return nodes.reduce(
    (sum, node) => sum + (node.kind === "function" ? (node.reservedConcurrentExecutions.value ?? 0) : 0),
    0,
  );
}

function severalMappings(edges: readonly Edge[]): boolean {
  const sources = edges.filter((edge) => edge.kind === "mapping" && edge.source === "sqs").map((edge) => edge.from);
  return new Set(sources).size < sources.length;
}

function serviceOf(world: World, node: Node): Service {
  switch (node.kind) {
    case "bus":
      return new Bus(world, node);
    case "rule":
    case "schedule":
      return new Rule(world, node);
    case "topic":
      return new Topic(world, node);
    case "queue":
      return new Queue(world, node);
    case "stream":
    case "table":
      return new Stream(world, node);
    case "bucket":
      return new Bucket(world, node);
    case "function":
      return new LambdaFunction(world, node);
    case "external":
      return new External(world, node);
  }
}

/** Mappings are made with their source, so that it knows who reads it. */
function connect(world: World, edge: Edge): void {
  if (edge.kind !== "mapping") return;
  const source = world.services.get(edge.from);
  const fn = edge.to === null ? undefined : world.services.get(edge.to);
  if (!(fn instanceof LambdaFunction)) return;
  if (source instanceof Queue) new QueueMapping(world, edge, source, fn);
  else if (source instanceof Stream) new StreamMapping(world, edge, source, fn);
}

function resourcesOf(world: World): Record<string, Record<string, number>> {
  const resources: Record<string, Record<string, number>> = {};
  const addresses = [...world.services.keys()].toSorted();
  for (const address of addresses) {
    const service = world.services.get(address);
    if (service instanceof Queue) {
      const { visible, inFlight, delayed, sent } = service;
      resources[address] = { visible, inFlight, delayed, NumberOfMessagesSent: sent };
    } else if (service instanceof LambdaFunction) resources[address] = { ...service.metrics };
    else if (service instanceof Rule) resources[address] = { ...service.metrics };
    else if (service instanceof Topic) resources[address] = { ...service.metrics };
    else if (service instanceof Bucket) resources[address] = { objects: service.objects };
    if (service instanceof Queue || service instanceof Stream) {
      for (const mapping of service.mappings) resources[mapping.address] = { ...mapping.metrics };
    }
  }
  return resources;
}

function pathsOf(world: World): PathRow[] {
  const blocked = (source: string, consumer: string | null): number => {
    let total = 0;
    for (const service of world.services.values()) {
      if (!(service instanceof Queue || service instanceof Stream)) continue;
      for (const mapping of service.mappings) {
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
