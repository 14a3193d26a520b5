/** Makes a world: every node of a topology as the service that it is, and who reads them. */
import type { Edge, Graph, Node } from "../topology/graph.ts";
import { Accounting } from "./accounting/accounting.ts";
import type { DeviationName } from "./deviations.ts";
import { UnreservedConcurrency } from "./functions/concurrency.ts";
import { Faults } from "./functions/faults.ts";
import type { Runner } from "./functions/runner.ts";
import { ScriptedRunner } from "./functions/scripted.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { Random } from "./kernel/random.ts";
import type { Log } from "./result/log.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { Bucket } from "./services/bucket.ts";
import { Bus } from "./services/eventbridge/bus.ts";
import { Rule } from "./services/eventbridge/rule.ts";
import { External } from "./services/external.ts";
import { LambdaFunction } from "./services/lambda/function.ts";
import { QueueMapping } from "./services/mappings/queue-mapping.ts";
import { StreamMapping } from "./services/mappings/stream-mapping.ts";
import type { Service } from "./services/service.ts";
import { Topic } from "./services/sns/topic.ts";
import { Queue } from "./services/sqs/queue.ts";
import { Stream } from "./services/streams/stream.ts";
import { Settings } from "./settings.ts";
import type { World } from "./world.ts";

/** What a world is made of. */
export interface WorldParts {
  readonly graph: Graph;
  readonly scenario: Scenario;
  readonly kernel: Kernel;
  readonly log: Log;
  readonly seed: number;
  /** When the run ends, where that is known before. */
  readonly untilMs: number | undefined;
  /** Runs the functions that the scenario has no outcomes for. */
  readonly runner: Runner | undefined;
  readonly deviations: readonly DeviationName[] | undefined;
}

export function buildWorld({ graph, scenario, kernel, log, seed, untilMs, runner, deviations }: WorldParts): World {
  const broken = new Set<DeviationName>(deviations);
  const randoms = new Map<string, Random>();
  const from = group(graph.edges);
  const nodes = new Map(graph.nodes.map((node) => [node.address, node]));
  const settings = new Settings(scenario.settings);
  const services = new Map<string, Service>();
  const failureKinds = new Set(["redrive", "on-failure", "dead-letter"]);
  const nets = new Set(graph.edges.filter((edge) => failureKinds.has(edge.kind)).map((edge) => edge.to));
  const moved = new Set(scenario.redrives.map(({ from: queue }) => queue));
  const scripted = new ScriptedRunner(scenario.functions);
  const world: World = {
    graph,
    kernel,
    accounting: new Accounting(() => kernel.now, log, untilMs),
    settings,
    faults: new Faults(scenario.faults),
    runner: runnerOf(scripted, runner),
    unreserved: new UnreservedConcurrency(settings, reservedOf(graph.nodes)),
    log,
    services,
    several: severalMappings(graph.edges),
    isNet: (address) => nets.has(address),
    isMovedFrom: (address) => moved.has(address),
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
