/**
 * Event paths of a graph: from where events come in to the function that handles them, or to where they end, with the
 * nets under each step.
 */
import {
  type DestinationEdge,
  type Edge,
  type FunctionNode,
  type Graph,
  type JsonValue,
  type Node,
  type PermissionState,
  permissionOf,
  type QueueNode,
  type RedriveEdge,
  type Setting,
} from "./graph.ts";

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
  readonly mapping: string | null;
  /** Of mapping, queue and asynchronous invocation. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  /** Of the rule's target or the subscription. */
  readonly delivery: Readonly<Record<string, JsonValue>>;
  readonly nets: readonly Net[];
  /** The edges that it runs over. */
  readonly edges: readonly Edge[];
}

/** Edges that events take; the others take what failed, or results. */
const pathKinds: ReadonlySet<Edge["kind"]> = new Set([
  "rule",
  "target",
  "subscription",
  "notification",
  "mapping",
  "pipe",
]);
/** Nodes that a path may begin at. */
const beginnings: ReadonlySet<Node["kind"]> = new Set([
  "bus",
  "stream",
  "table",
  "bucket",
  "schedule",
  "rule",
  "topic",
  "queue",
]);

/** Every event path of a graph, in order of source and end. */
export function pathsOf(graph: Graph): EventPath[] {
  const index = indexOf(graph);
  const ways = graph.nodes
    .filter((node) => begins(node, index))
    .flatMap((node) => walk(node.address, [], new Set([node.address]), index));
  // One resource may lead to one end several times: a bucket's notification for each suffix. That is one path.
  const unique = new Map(ways.map((edges) => [edges.map(({ address, to }) => `${address} ${to}`).join(" "), edges]));
  return [...unique.values()].map((edges) => pathOver(edges, index));
}

interface Index {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly outgoing: ReadonlyMap<string, readonly Edge[]>;
  readonly incoming: ReadonlyMap<string, readonly Edge[]>;
}

function indexOf(graph: Graph): Index {
  const [outgoing, incoming] = [new Map<string, Edge[]>(), new Map<string, Edge[]>()];
  for (const edge of graph.edges) {
    outgoing.set(edge.from, [...(outgoing.get(edge.from) ?? []), edge]);
    if (edge.to !== null) incoming.set(edge.to, [...(incoming.get(edge.to) ?? []), edge]);
  }
  return { nodes: new Map(graph.nodes.map((node) => [node.address, node])), outgoing, incoming };
}

function onPath(edges: readonly Edge[] | undefined): Edge[] {
  return (edges ?? []).filter(({ kind }) => pathKinds.has(kind));
}

/**
 * A path begins where nothing of the configuration feeds, or only functions do. What only receives failures is a net;
 * the default bus is fed by AWS itself, whatever else feeds it.
 */
function begins(node: Node, { outgoing, incoming }: Index): boolean {
  const out = onPath(outgoing.get(node.address));
  if (out.length === 0) return false;
  if (node.address === "default") return true;
  if (!beginnings.has(node.kind) && !isOutsideSource(node, out)) return false;
  const feeding = incoming.get(node.address) ?? [];
  if (onPath(feeding).length > 0) return false;
  const failures = feeding.filter(({ kind }) => kind === "redrive" || kind === "on-failure" || kind === "dead-letter");
  return failures.length === 0 || failures.length < feeding.length;
}

/** A queue or stream outside the configuration that a mapping reads. */
function isOutsideSource(node: Node, out: readonly Edge[]): boolean {
  return node.kind === "external" && out.some(({ kind }) => kind !== "rule");
}

/** Every way from a node to a function, or to where nothing leads on. */
function walk(address: string, taken: readonly Edge[], seen: ReadonlySet<string>, index: Index): Edge[][] {
  const onward = onPath(index.outgoing.get(address)).filter(({ to }) => to === null || !seen.has(to));
  const isFunction = index.nodes.get(address)?.kind === "function";
  if (onward.length === 0 || isFunction) return taken.length === 0 ? [] : [[...taken]];
  return onward.flatMap((edge) =>
    edge.to === null ? [[...taken, edge]] : walk(edge.to, [...taken, edge], new Set([...seen, edge.to]), index),
  );
}

function pathOver(edges: readonly Edge[], index: Index): EventPath {
  const [first, last] = [edges[0], edges.at(-1)];
  const through = edges.slice(0, -1).flatMap(({ to }) => (to === null ? [] : [to]));
  const end = last?.to ?? null;
  const consumer = end === null ? undefined : index.nodes.get(end);
  return {
    source: first?.from ?? "",
    through,
    end: end ?? "not known",
    consumer: consumer?.kind === "function" ? consumer.address : null,
    mapping: last?.kind === "mapping" ? last.address : null,
    settings: settingsOf(edges, index),
    delivery: deliveryOf(edges),
    nets: netsOf(edges, index),
    edges,
  };
}

/** The queue that the path's end reads from, or is. */
function queueOf(last: Edge | undefined, index: Index): QueueNode | undefined {
  const address = last?.kind === "mapping" ? last.from : last?.to;
  const node = index.nodes.get(address ?? "");
  return node?.kind === "queue" ? node : undefined;
}

function settingsOf(edges: readonly Edge[], index: Index): Record<string, JsonValue> {
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
    return { ...values(settings, [...sharedSettings, ...names]), ...ofQueue };
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
const queueSettings = ["maximumConcurrency", "provisionedPollers"] as const;
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

function deliveryOf(edges: readonly Edge[]): Record<string, JsonValue> {
  const delivering = edges.findLast(({ kind }) => kind === "target" || kind === "subscription");
  if (delivering?.kind === "target") {
    return values(delivering.settings, ["maximumRetryAttempts", "maximumEventAgeInSeconds"]);
  }
  if (delivering?.kind === "subscription") {
    return values(delivering.settings, ["rawMessageDelivery", "filterPolicy", "filterPolicyScope"]);
  }
  return {};
}

function redriveOf(queue: string, index: Index): RedriveEdge | undefined {
  return index.outgoing.get(queue)?.find((edge): edge is RedriveEdge => edge.kind === "redrive");
}

function netsOf(edges: readonly Edge[], index: Index): Net[] {
  const steps = edges.flatMap((edge): Net[] => {
    const own = (index.outgoing.get(edge.id) ?? []).filter(isDestination);
    const queue = index.nodes.get(edge.from)?.kind === "queue" ? redriveOf(edge.from, index) : undefined;
    const nets = own.filter(({ of }) => of !== "function").map((one) => net(edgeNets[one.of], edge.address, one));
    return queue === undefined ? nets : [net("redrive-policy", edge.from, queue), ...nets];
  });
  const last = edges.at(-1);
  const end = index.nodes.get(last?.to ?? "");
  if (end?.kind === "queue") {
    const redrive = redriveOf(end.address, index);
    return redrive === undefined ? steps : [...steps, net("redrive-policy", end.address, redrive)];
  }
  if (end?.kind !== "function" || last?.kind === "mapping") return steps;
  const qualifier = qualifierOf(last);
  const own = (index.outgoing.get(end.address) ?? []).filter(isDestination).flatMap((one): Net[] => {
    if (one.kind === "dead-letter") return [net("function-dead-letter", end.address, one)];
    return one.kind === "on-failure" && one.fromQualifier === qualifier
      ? [net("on-failure-destination", end.address, one)]
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

function net(kind: NetKind, at: string, edge: Edge): Net {
  return { kind, at, to: edge.to, permission: permissionOf(edge) };
}
