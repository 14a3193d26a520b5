/**
 * Event paths of a graph: from where events come in to the function that handles them, or to where they end, with the
 * nets under each step.
 */
import { beginningsOf } from "./beginnings.ts";
import { EdgeIndex } from "./edge-index.ts";
import {
  type DestinationEdge,
  type Edge,
  type FunctionNode,
  type Graph,
  type JsonValue,
  type PermissionState,
  permissionOf,
  type QueueNode,
  type RedriveEdge,
  type Setting,
} from "./graph.ts";
import { waysOf } from "./ways.ts";

/** The kinds of nets, named as the deliveries into them are. */
type NetKind =
  | "on-failure-destination"
  | "function-dead-letter"
  | "target-dead-letter"
  | "subscription-dead-letter"
  | "redrive-policy";

/** Where failures of one step end. */
export interface Net {
  readonly kind: NetKind;
  /** Whose failures it takes: a queue, a function, a mapping, a target, a subscription. */
  readonly at: string;
  /** Null: not known before it is applied. */
  readonly to: string | null;
  readonly permission: PermissionState;
}

export interface EventPath {
  readonly source: string;
  /** Buses, rules, topics, queues and streams on the way, in order. */
  readonly through: readonly string[];
  readonly end: string;
  /** The function, null where nothing in the configuration consumes. */
  readonly consumer: string | null;
  /** The alias or version of the function that is invoked, `$LATEST` where none is named; null: none, or not known. */
  readonly qualifier: string | null;
  readonly mapping: string | null;
  /** Of mapping, queue and asynchronous invocation. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Of the rule's target or the subscription: the last of {@link deliveries}. */
  readonly delivery: Readonly<Record<string, JsonValue>>;
  /** Of each target and subscription on the way, in order: a bus that forwards to a bus has a retry policy, too. */
  readonly deliveries: readonly Delivery[];
  readonly nets: readonly Net[];
  /** The edges that it runs over. */
  readonly edges: readonly Edge[];
  /** The edges of its nets, in the same order. */
  readonly netEdges: readonly Edge[];
}

/** How one target or subscription delivers. */
export interface Delivery {
  /** The target or subscription. */
  readonly at: string;
  /** Of a subscription, null of a target: `lambda`, `sqs`, `https`, `email` … */
  readonly protocol: string | null;
  readonly settings: Readonly<Record<string, JsonValue>>;
}

/** The paths of a graph. */
export interface Enumerated {
  /** In order of source and end. */
  readonly paths: readonly EventPath[];
  /**
   * True where there are more than {@link mostPaths}: listed are those with a step that no path before them has, then,
   * and at least one of each source.
   */
  readonly shortened: boolean;
}

/** The most paths that are listed one by one: hundreds of sources on a bus with hundreds of rules are more. */
export const mostPaths = 5000;

/** Every event path of a graph, in order of source and end; see {@link Enumerated} for very many. */
export function pathsOf(graph: Graph): readonly EventPath[] {
  return enumerated(graph).paths;
}

/** The paths of a graph, and whether they are all of them. Computed once for a graph. */
export function enumerated(graph: Graph): Enumerated {
  const before = known.get(graph);
  if (before !== undefined) return before;
  const index = new EdgeIndex(graph);
  const { ways, shortened } = waysOf(beginningsOf(graph.nodes, index), index, mostPaths);
  // One resource may lead to one end several times: a bucket's notification for each suffix. That is one path. Another
  // version or alias of a function is another end: it has settings and nets of its own.
  const step = (edge: Edge): string => `${edge.address} ${edge.to} ${"qualifier" in edge ? edge.qualifier : null}`;
  const unique = new Map(ways.map((edges) => [edges.map(step).join(" "), edges]));
  const paths = [...unique.values()].map((edges) => pathOver(edges, index));
  const result = { paths, shortened };
  known.set(graph, result);
  return result;
}

const known = new WeakMap<Graph, Enumerated>();

function pathOver(edges: readonly Edge[], index: EdgeIndex): EventPath {
  const [first, last] = [edges[0], edges.at(-1)];
  const nets = netsOf(edges, index);
  const deliveries = edges.flatMap(deliveryOf);
  const through = edges.slice(0, -1).flatMap(({ to }) => (to === null ? [] : [to]));
  const end = last?.to ?? null;
  const consumer = end === null ? undefined : index.nodes.get(end);
  return {
    source: first?.from ?? "",
    through,
    end: end ?? "not known",
    consumer: consumer?.kind === "function" ? consumer.address : null,
    qualifier: consumer?.kind === "function" && last !== undefined && "qualifier" in last ? last.qualifier : null,
    mapping: last?.kind === "mapping" ? last.address : null,
    settings: settingsOf(edges, index),
    delivery: deliveries.at(-1)?.settings ?? {},
    deliveries,
    nets: nets.map(([kind, at, edge]) => ({ kind, at, to: edge.to, permission: permissionOf(edge) })),
    edges,
    netEdges: nets.map(([, , edge]) => edge),
  };
}

/** The queue that the path's end reads from, or is. */
function queueOf(last: Edge | undefined, index: EdgeIndex): QueueNode | undefined {
  const address = last?.kind === "mapping" ? last.from : last?.to;
  const node = index.nodes.get(address ?? "");
  return node?.kind === "queue" ? node : undefined;
}

function settingsOf(edges: readonly Edge[], index: EdgeIndex): Record<string, JsonValue> {
  const last = edges.at(-1);
  const queue = queueOf(last, index);
  const redrive = queue === undefined ? undefined : redriveOf(queue.address, index);
  const ofQueue =
    queue === undefined
      ? {}
      : {
          visibilityTimeout: queue.visibilityTimeout.value,
          messageRetentionPeriod: queue.messageRetentionPeriod.value,
          delaySeconds: queue.delaySeconds.value,
          ...(redrive === undefined ? {} : { maxReceiveCount: redrive.settings.maxReceiveCount.value }),
        };
  if (last?.kind === "mapping") {
    const { settings, source } = last;
    const names = source === "sqs" ? queueSettings : streamSettings;
    const pollers = settings.provisionedPollers.value;
    // As AWS's API calls it.
    const provisioned = pollers === null || source !== "sqs" ? {} : { provisionedPollerConfig: { ...pollers } };
    return { ...values(settings, [...sharedSettings, ...names]), ...provisioned, ...ofQueue };
  }
  const consumer = index.nodes.get(last?.to ?? "");
  return consumer?.kind === "function" ? asyncOf(consumer, qualifierOf(last)) : ofQueue;
}

const sharedSettings = [
  "enabled",
  "batchSize",
  "maximumBatchingWindowInSeconds",
  "functionResponseTypes",
  "filterCriteria",
] as const;
const queueSettings = ["maximumConcurrency"] as const;
const streamSettings = [
  "startingPosition",
  "parallelizationFactor",
  "maximumRetryAttempts",
  "maximumRecordAgeInSeconds",
  "bisectBatchOnFunctionError",
  "tumblingWindowInSeconds",
] as const;

/** The values of settings, without those that are not set at all. */
function values<K extends string>(
  settings: Readonly<Record<K, Setting<JsonValue>>>,
  names: readonly K[],
): Record<string, JsonValue> {
  return Object.fromEntries(
    names.map((name) => [name, settings[name].value] as const).filter(([, value]) => value !== null),
  );
}

function qualifierOf(edge: Edge | undefined): string {
  return (edge !== undefined && "qualifier" in edge ? edge.qualifier : null) ?? "$LATEST";
}

/** A function's settings of asynchronous invocation under a qualifier: AWS's defaults where nothing sets them (R19). */
function asyncOf(node: FunctionNode, qualifier: string): Record<string, JsonValue> {
  const settings = node.asyncSettings.find((one) => one.qualifier === qualifier);
  return {
    maximumRetryAttempts: settings?.maximumRetryAttempts.value ?? 2,
    maximumEventAgeInSeconds: settings?.maximumEventAgeInSeconds.value ?? 21_600,
  };
}

function deliveryOf(edge: Edge): Delivery[] {
  const at = edge.address;
  if (edge.kind === "target") {
    const settings = values(edge.settings, ["maximumRetryAttempts", "maximumEventAgeInSeconds"]);
    return [{ at, protocol: null, settings }];
  }
  if (edge.kind === "subscription") {
    const settings = values(edge.settings, ["rawMessageDelivery", "filterPolicy", "filterPolicyScope"]);
    return [{ at, protocol: edge.protocol, settings }];
  }
  return [];
}

function redriveOf(queue: string, index: EdgeIndex): RedriveEdge | undefined {
  return index.from(queue).find((edge): edge is RedriveEdge => edge.kind === "redrive");
}

/** A net with its edge: its kind, whose failures it takes, and how. */
type HeldNet = readonly [kind: NetKind, at: string, edge: Edge];

function netsOf(edges: readonly Edge[], index: EdgeIndex): HeldNet[] {
  const steps = edges.flatMap((edge): HeldNet[] => {
    const own = index.from(edge.id).filter(isDestination);
    const queue = index.nodes.get(edge.from)?.kind === "queue" ? redriveOf(edge.from, index) : undefined;
    const nets = own.filter(({ of }) => of !== "function").map((one): HeldNet => [edgeNets[one.of], edge.address, one]);
    return queue === undefined ? nets : [["redrive-policy", edge.from, queue], ...nets];
  });
  const last = edges.at(-1);
  const end = index.nodes.get(last?.to ?? "");
  if (end?.kind === "queue") {
    const redrive = redriveOf(end.address, index);
    return redrive === undefined ? steps : [...steps, ["redrive-policy", end.address, redrive]];
  }
  if (end?.kind !== "function" || last?.kind === "mapping") return steps;
  const qualifier = qualifierOf(last);
  const own = index
    .from(end.address)
    .filter(isDestination)
    .flatMap((one): HeldNet[] => {
      if (one.kind === "dead-letter") return [["function-dead-letter", end.address, one]];
      return one.kind === "on-failure" && one.fromQualifier === qualifier
        ? [["on-failure-destination", end.address, one]]
        : [];
    });
  return [...steps, ...own];
}

const edgeNets = {
  mapping: "on-failure-destination",
  target: "target-dead-letter",
  subscription: "subscription-dead-letter",
  function: "on-failure-destination",
} as const;

function isDestination(edge: Edge): edge is DestinationEdge {
  return edge.kind === "on-failure" || edge.kind === "on-success" || edge.kind === "dead-letter";
}
