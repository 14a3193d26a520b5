/** A graph as rules look at it: by what they apply to. */

import { hasUnknown } from "../topology/configuration.ts";
import {
  type Alarm,
  type AsyncSettings,
  type DestinationEdge,
  dynamodbStreamRetentionSeconds,
  type Edge,
  type EdgeKind,
  type EdgeOf,
  type FunctionNode,
  type Graph,
  type MappingEdge,
  type Node,
  type NodeKind,
  type NodeOf,
  type NotificationEdge,
  type QueueNode,
  type RedriveEdge,
  type RuleNode,
  type ScheduleNode,
  type Setting,
  type StreamNode,
  type SubscriptionEdge,
  type TableNode,
  type TargetEdge,
  type TopicNode,
} from "../topology/graph.ts";
import { type EventPath, pathsOf } from "../topology/paths.ts";
import { whySilent } from "./silent.ts";

/** The value of a setting, undefined where it is not known: rules judge nothing that they do not know. */
export function known<T>(setting: Setting<T>): T | undefined {
  return setting.from === "unknown" ? undefined : setting.value;
}

/** The qualifier that an edge invokes; null: not known, nor is one that is only known in part. */
export function qualifierOf({ qualifier }: { readonly qualifier: string | null }): string | null {
  return qualifier === null || hasUnknown(qualifier) ? null : qualifier;
}

/** A mapping from a queue. */
export interface QueueMapping {
  readonly mapping: MappingEdge;
  readonly queue: QueueNode;
  /** Undefined: outside the configuration, or not known. */
  readonly fn: FunctionNode | undefined;
  readonly redrive: RedriveEdge | undefined;
}

/** A mapping from a Kinesis stream or a DynamoDB table. */
export interface StreamMapping {
  readonly mapping: MappingEdge;
  /** Undefined: outside the configuration. */
  readonly stream: StreamNode | TableNode | undefined;
  readonly fn: FunctionNode | undefined;
  /** Seconds; undefined: not known. */
  readonly retention: number | undefined;
  readonly onFailure: DestinationEdge | undefined;
  readonly destination: Node | undefined;
}

/** A function invoked asynchronously under one qualifier. */
export interface AsyncUse {
  readonly fn: FunctionNode;
  /** Null: not known. Then every net of the function is taken for this use's, and no settings are. */
  readonly qualifier: string | null;
  readonly sources: readonly (TargetEdge | SubscriptionEdge | NotificationEdge)[];
  readonly settings: AsyncSettings | undefined;
  readonly onFailure: DestinationEdge | undefined;
  readonly deadLetter: DestinationEdge | undefined;
}

/** A queue to its dead-letter queue. */
export interface Redrive {
  readonly edge: RedriveEdge;
  readonly queue: QueueNode;
  readonly to: Node | undefined;
}

/** A target of a rule or schedule. */
export interface Target {
  readonly edge: TargetEdge;
  readonly from: RuleNode | ScheduleNode | undefined;
  readonly to: Node | undefined;
  readonly deadLetter: DestinationEdge | undefined;
}

export interface Subscription {
  readonly edge: SubscriptionEdge;
  readonly topic: TopicNode | undefined;
  readonly to: Node | undefined;
  readonly deadLetter: DestinationEdge | undefined;
}

/** Something that failures, or results, are put into. */
export interface Destination {
  readonly edge: DestinationEdge;
  readonly to: Node | undefined;
  /** The function whose records it takes, where `of` is function or mapping. */
  readonly fn: FunctionNode | undefined;
}

/** A queue that only failures come into. */
interface NetQueue {
  readonly queue: QueueNode;
  readonly incoming: readonly Edge[];
}

/** What rules apply to. */
export interface Subjects {
  readonly queueMapping: QueueMapping;
  readonly streamMapping: StreamMapping;
  readonly asyncUse: AsyncUse;
  readonly redrive: Redrive;
  readonly target: Target;
  readonly subscription: Subscription;
  readonly destination: Destination;
  readonly netQueue: NetQueue;
  readonly function: FunctionNode;
  readonly rule: RuleNode;
  readonly queue: QueueNode;
  readonly topic: TopicNode;
  readonly edge: Edge;
  readonly node: Node;
  readonly alarm: Alarm;
}

const asyncKinds: ReadonlySet<Edge["kind"]> = new Set(["target", "subscription", "notification"]);

export class View {
  readonly graph: Graph;
  readonly paths: readonly EventPath[];
  private readonly nodes: ReadonlyMap<string, Node>;
  private readonly outgoing = new Map<string, Edge[]>();
  private readonly incoming = new Map<string, Edge[]>();
  private readonly watching = new Map<string, Alarm[]>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.paths = pathsOf(graph);
    this.nodes = new Map(graph.nodes.map((node) => [node.address, node]));
    for (const edge of graph.edges) {
      push(this.outgoing, edge.from, edge);
      if (edge.to !== null) push(this.incoming, edge.to, edge);
    }
    for (const alarm of graph.alarms) for (const address of alarm.watches) push(this.watching, address, alarm);
  }

  /** Every subject of a kind. */
  all<K extends keyof Subjects>(kind: K): readonly Subjects[K][] {
    return this.subjects[kind](this);
  }

  node(address: string | null | undefined): Node | undefined {
    return this.nodes.get(address ?? "");
  }

  nodeOf<K extends NodeKind>(kind: K, address: string | null | undefined): NodeOf<K> | undefined {
    const node = this.node(address);
    return isNode(kind, node) ? node : undefined;
  }

  from<K extends EdgeKind>(address: string, kind: K): EdgeOf<K>[] {
    return (this.outgoing.get(address) ?? []).filter((edge): edge is EdgeOf<K> => edge.kind === kind);
  }

  into(address: string): readonly Edge[] {
    return this.incoming.get(address) ?? [];
  }

  mappingsOf(fn: FunctionNode): MappingEdge[] {
    return this.into(fn.address).filter((edge): edge is MappingEdge => edge.kind === "mapping");
  }

  /** What invokes a function asynchronously: under one qualifier where one is given. */
  asyncInto(fn: string, qualifier?: string | null): (TargetEdge | SubscriptionEdge | NotificationEdge)[] {
    const all = this.into(fn).filter(isAsync);
    // A qualifier that is not known may be the one.
    return qualifier === undefined || qualifier === null
      ? all
      : all.filter((edge) => (qualifierOf(edge) ?? qualifier) === qualifier);
  }

  /**
   * By what a finding at a failure edge is put under its path: of a function's own the asynchronous invocations that it
   * serves, for a function may stand at the end of other paths too.
   */
  placesOf(edge: Edge): string[] {
    const ofFunction = "of" in edge && edge.of === "function";
    const served = ofFunction ? this.asyncInto(edge.from, edge.fromQualifier).map(({ id }) => id) : [];
    return served.length > 0 ? served : [edge.from];
  }

  /** Whether something runs: false for a mapping that is off and a target of a rule or schedule that is. */
  isOn(edge: Edge): boolean {
    if (edge.kind === "mapping") return known(edge.settings.enabled) !== false;
    const from = this.node(edge.from);
    const isRule = from?.kind === "rule" || from?.kind === "schedule";
    return !isRule || known(from.enabled) !== false;
  }

  /** Alarms on something that can sound, by the metrics that they watch. */
  alarms(address: string, ...metrics: readonly string[]): Alarm[] {
    return this.watchers(address, ...metrics).filter((alarm) => this.whySilent(alarm, address) === undefined);
  }

  /** Why an alarm on something never sounds; undefined: it may. */
  whySilent(alarm: Alarm, address: string): string | undefined {
    const watched = this.node(address);
    return whySilent(alarm, watched, watched?.kind === "function" ? this.readSeconds(watched) : undefined);
  }

  /** For how long at most what a function reads of streams is kept; undefined: not known. */
  private readSeconds(fn: FunctionNode): number | undefined {
    const kept = this.mappingsOf(fn).flatMap((mapping) => (mapping.source === "sqs" ? [] : [this.kept(mapping)]));
    return kept.length === 0 || kept.includes(undefined) ? undefined : Math.max(...kept.map((one) => one ?? 0));
  }

  /** For how long what a mapping reads is kept, in seconds; undefined: not known. */
  private kept({ source, from }: MappingEdge): number | undefined {
    if (source === "dynamodb") return dynamodbStreamRetentionSeconds;
    const stream = source === "kinesis" ? this.nodeOf("stream", from) : undefined;
    const hours = stream === undefined ? undefined : known(stream.retentionPeriodHours);
    return hours === undefined ? undefined : hours * 3600;
  }

  /** Alarms on something by the metrics that they watch, and those that never sound. */
  watchers(address: string, ...metrics: readonly string[]): Alarm[] {
    return (this.watching.get(address) ?? []).filter(({ metricName }) => metrics.includes(metricName ?? ""));
  }

  /** Mappings, pipes and subscriptions that take what comes to a node; a mapping that is off takes nothing. */
  consumers(address: string): Edge[] {
    return (this.outgoing.get(address) ?? []).filter(
      (edge) => ["mapping", "pipe", "subscription"].includes(edge.kind) && this.isOn(edge),
    );
  }

  /**
   * The path that a finding is about, by its place in the list; null: none. What names a step says it more exactly than
   * what names a node, which may be on many: the key that says most counts, and of equal ones the first.
   */
  pathAt(keys: readonly string[]): number | null {
    this.places ??= placesOf(this.paths);
    for (const places of this.places) {
      for (const key of keys) {
        const place = places.get(key);
        if (place !== undefined) return place;
      }
    }
    return null;
  }

  /** Whether only failures come into a queue, and nothing takes them out. */
  isLeftToWait({ address }: QueueNode): boolean {
    const incoming = this.into(address);
    return incoming.length > 0 && incoming.every(isFailure) && this.consumers(address).length === 0;
  }

  private places: readonly ReadonlyMap<string, number>[] | undefined;

  private readonly subjects: { readonly [K in keyof Subjects]: (view: View) => readonly Subjects[K][] } = {
    queueMapping: (view) =>
      view.edges("mapping").flatMap((mapping) => {
        const queue = view.nodeOf("queue", mapping.from);
        if (queue === undefined) return [];
        return {
          mapping,
          queue,
          fn: view.nodeOf("function", mapping.to),
          redrive: view.from(queue.address, "redrive")[0],
        };
      }),
    streamMapping: (view) =>
      view.edges("mapping").flatMap((mapping) => {
        if (mapping.source !== "kinesis" && mapping.source !== "dynamodb") return [];
        const stream = view.nodeOf("stream", mapping.from) ?? view.nodeOf("table", mapping.from);
        const retention = view.kept(mapping);
        const [onFailure] = view.from(mapping.id, "on-failure");
        const fn = view.nodeOf("function", mapping.to);
        return { mapping, stream, fn, retention, onFailure, destination: view.node(onFailure?.to) };
      }),
    asyncUse: (view) =>
      view.nodesOf("function").flatMap((fn) => {
        const sources = view.asyncInto(fn.address);
        const qualifiers = [...new Set(sources.map(qualifierOf))];
        return qualifiers.map((qualifier) => ({
          fn,
          qualifier,
          sources: sources.filter((edge) => qualifierOf(edge) === qualifier),
          settings: fn.asyncSettings.find((one) => one.qualifier === qualifier),
          onFailure: view
            .from(fn.address, "on-failure")
            .find(({ fromQualifier }) => qualifier === null || fromQualifier === qualifier),
          deadLetter: view.from(fn.address, "dead-letter")[0],
        }));
      }),
    redrive: (view) =>
      view.edges("redrive").flatMap((edge) => {
        const queue = view.nodeOf("queue", edge.from);
        return queue === undefined ? [] : { edge, queue, to: view.node(edge.to) };
      }),
    target: (view) =>
      view.edges("target").map((edge) => ({
        edge,
        from: view.nodeOf("rule", edge.from) ?? view.nodeOf("schedule", edge.from),
        to: view.node(edge.to),
        deadLetter: view.from(edge.id, "dead-letter")[0],
      })),
    subscription: (view) =>
      view.edges("subscription").map((edge) => ({
        edge,
        topic: view.nodeOf("topic", edge.from),
        to: view.node(edge.to),
        deadLetter: view.from(edge.id, "dead-letter")[0],
      })),
    destination: (view) =>
      [...view.edges("on-failure"), ...view.edges("on-success"), ...view.edges("dead-letter")].map((edge) => {
        const mapping = edge.of === "mapping" ? view.edges("mapping").find(({ id }) => id === edge.from) : undefined;
        return { edge, to: view.node(edge.to), fn: view.nodeOf("function", mapping?.to ?? edge.from) };
      }),
    netQueue: (view) =>
      view.nodesOf("queue").flatMap((queue) => {
        const incoming = view.into(queue.address);
        return incoming.length > 0 && incoming.every(isFailure) ? { queue, incoming } : [];
      }),
    function: (view) => view.nodesOf("function"),
    rule: (view) => view.nodesOf("rule"),
    queue: (view) => view.nodesOf("queue"),
    topic: (view) => view.nodesOf("topic"),
    edge: (view) => view.graph.edges,
    node: (view) => view.graph.nodes,
    alarm: (view) => view.graph.alarms,
  };

  private edges<K extends EdgeKind>(kind: K): EdgeOf<K>[] {
    return this.graph.edges.filter((edge): edge is EdgeOf<K> => edge.kind === kind);
  }

  private nodesOf<K extends NodeKind>(kind: K): NodeOf<K>[] {
    return this.graph.nodes.filter((node): node is NodeOf<K> => isNode(kind, node));
  }
}

function isNode<K extends NodeKind>(kind: K, node: Node | undefined): node is NodeOf<K> {
  return node?.kind === kind;
}

function isFailure({ kind }: Edge): boolean {
  return kind === "redrive" || kind === "on-failure" || kind === "dead-letter";
}

function isAsync(edge: Edge): edge is TargetEdge | SubscriptionEdge | NotificationEdge {
  return asyncKinds.has(edge.kind);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/**
 * The first path of each key, from what tells most: the path's edges, the edges of its nets (a function may have one
 * for each way in which it is invoked), its nodes from the end on, and where its nets lead.
 */
function placesOf(paths: readonly EventPath[]): ReadonlyMap<string, number>[] {
  const nodes = new Set(paths.flatMap(({ source, through, end }) => [source, ...through, end]));
  const keys: readonly ((path: EventPath) => readonly (string | null)[])[] = [
    ({ edges }) => edges.flatMap(({ id, address }) => [id, address]),
    ({ netEdges }) => netEdges.flatMap(({ id, address }) => [id, address]).filter((key) => !nodes.has(key)),
    ({ end, through, source }) => [end, ...through, source],
    ({ nets }) => nets.flatMap(({ at, to }) => [at, to]),
  ];
  return keys.map((of) => {
    const places = new Map<string, number>();
    for (const [place, path] of paths.entries()) {
      for (const key of of(path)) if (key !== null && !places.has(key)) places.set(key, place);
    }
    return places;
  });
}
