/**
 * The scenario that is played where none is given: on each path ten events of which one is poison, half of them in a
 * minute in which the function is throttled. A schedule's function fails always.
 */

import type { Graph, JsonValue, MappingEdge, Node, SubscriptionEdge } from "../../topology/graph.ts";
import { isJsonObject } from "../../topology/json.ts";
import { type EventPath, pathsOf } from "../../topology/paths.ts";
import { exampleOf } from "./example.ts";
import { readScenario } from "./read.ts";
import type { Scenario } from "./scenario.ts";

const eventsPerPath = 10;
/** Text that scripts look for. */
const poison = "poison";
const reported = { reportFailures: { contains: poison } };
const failure = { fail: { errorType: "Error", errorMessage: "poison" } };

/** Whether every path into a function asks for partial responses: then it fails on an event by naming it. */
function asksForParts(paths: readonly EventPath[], consumer: string): boolean {
  return paths
    .filter((path) => path.consumer === consumer)
    .every(({ edges }) =>
      edges.some(
        (edge) =>
          edge.kind === "mapping" && edge.settings.functionResponseTypes.value.includes("ReportBatchItemFailures"),
      ),
    );
}

/** The generated scenario; undefined where the topology has no event path. */
export function generatedScenario(graph: Graph): Scenario | undefined {
  const paths = pathsOf(graph).filter((path) => playable(graph, path));
  if (paths.length === 0) return undefined;
  const functions: Record<string, { outcomes: object[] }> = {};
  for (const node of graph.nodes) if (node.kind === "function") functions[node.address] = { outcomes: [] };
  const throttled = new Set<string>();
  const send: { readonly at: string; readonly to: string }[] = [];
  const seen = new Set<string>();
  for (const [index, path] of paths.entries()) {
    const source = graph.nodes.find((node) => node.address === path.source);
    if (source === undefined) continue;
    const scheduled = source.kind === "schedule" || source.kind === "rule";
    if (path.consumer !== null) {
      throttled.add(path.consumer);
      const rules = (functions[path.consumer] ??= { outcomes: [] }).outcomes;
      const when = scheduled ? sourceMark(graph, path, source) : poison;
      if (!rules.some((rule) => JSON.stringify(rule).includes(JSON.stringify(when)))) {
        rules.push({ when: { contains: when }, then: asksForParts(paths, path.consumer) ? reported : failure });
      }
    }
    // Paths from one schedule to several targets are one firing.
    const key = scheduled ? path.source : `${index}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const [at, from, to] of [
      ["0s", 0, eventsPerPath / 2],
      ["10s", eventsPerPath / 2, eventsPerPath],
    ] as const) {
      const numbers = Array.from({ length: to - from }, (_, offset) => from + offset);
      send.push({ at, to: path.source, ...items(graph, path, source, index + 1, numbers) });
    }
  }
  for (const [address, { outcomes }] of Object.entries(functions)) {
    // A function that only schedules invoke may get a constant that does not tell which: it fails always.
    const own = paths.filter((path) => path.consumer === address);
    const onlyScheduled = own.length > 0 && own.every((path) => /^(?:rule|schedule)$/.test(kindOf(graph, path.source)));
    if (onlyScheduled) outcomes.splice(0, outcomes.length, { then: failure });
  }
  const faults = [...throttled].map((address) => ({ at: "10s", for: "60s", throttle: address }));
  return readScenario(
    { name: "ten events of which one is poison, and a throttled minute", functions, send, faults },
    graph,
    "generated",
  );
}

function kindOf(graph: Graph, address: string): string {
  return graph.nodes.find((node) => node.address === address)?.kind ?? "";
}

/** What a scheduled event tells of its schedule: on a bus its names, of which one that its rule does not ask for is best. */
function sourceMark(graph: Graph, path: EventPath, source: Node): string {
  const target = path.edges.find((edge) => edge.kind === "target");
  const names = target?.kind === "target" && target.from === source.address ? target.eventBridgeParameters : null;
  if (names === null) return source.arn;
  const wanted = graph.nodes.flatMap((node) =>
    node.kind === "rule" && path.through.includes(node.address) ? [JSON.stringify(node.eventPattern.value)] : [],
  );
  const given = [names.detailType.value, names.source.value].flatMap((name) => name ?? []);
  return given.find((name) => !wanted.some((pattern) => pattern.includes(name))) ?? given[0] ?? source.arn;
}

function playable(graph: Graph, path: EventPath): boolean {
  const source = graph.nodes.find((node) => node.address === path.source);
  if (path.edges.some((edge) => edge.kind === "pipe" || (edge.kind === "mapping" && edge.source === "other")))
    return false;
  const end = graph.nodes.find((node) => node.address === path.end);
  // Any call of AWS's API, by Scheduler's universal target: what it does is not played.
  if (end?.kind === "external" && /^arn:[^:]+:scheduler:::aws-sdk:/.test(end.address)) return false;
  return source !== undefined && source.kind !== "external" && source.kind !== "function";
}

/** The list of one entry: `{ messages: [...] }`. The fourth event of a path is poison. */
function items(graph: Graph, path: EventPath, source: Node, rank: number, numbers: readonly number[]): object {
  const id = (n: number): string => `${rank}-${n + 1}`;
  const body = (n: number): JsonValue => bodyOf(path, mark(n));
  switch (source.kind) {
    case "stream":
      return { records: numbers.map((n) => ({ id: id(n), partitionKey: `key ${n % 3}`, data: body(n) })) };
    case "table":
      return {
        puts: numbers.map((n) => ({
          id: id(n),
          item: {
            ...mark(n),
            [source.hashKey.value]: id(n),
            ...(source.rangeKey.value === null ? {} : { [source.rangeKey.value]: id(n) }),
          },
        })),
      };
    case "queue":
      return {
        messages: numbers.map((n) => ({
          id: id(n),
          body: body(n),
          ...(source.fifo.value ? { messageGroupId: `group ${n % 2}` } : {}),
        })),
      };
    case "topic":
      return {
        notifications: numbers.map((n) => ({
          id: id(n),
          message: body(n),
          ...(source.fifo.value ? { messageGroupId: `group ${n % 2}` } : {}),
          ...attributesFor(path),
        })),
      };
    case "bucket": {
      const edge = path.edges.find((one) => one.kind === "notification");
      const [prefix, suffix] =
        edge === undefined ? ["", ""] : [edge.settings.filterPrefix.value, edge.settings.filterSuffix.value];
      return {
        objects: numbers.map((n) => ({
          id: id(n),
          key: `${prefix}${id(n)}${n === 3 ? `-${poison}` : ""}${suffix}`,
          size: 1,
        })),
      };
    }
    case "bus":
      return { events: numbers.map((n) => busEvent(graph, path, id(n), mark(n))) };
    case "rule":
    case "schedule":
    case "function":
    case "external":
      return { fires: numbers.map((n) => ({ id: id(n) })) };
  }
}

function mark(n: number): Readonly<Record<string, JsonValue>> {
  return { n: n + 1, ...(n === 3 ? { note: poison } : {}) };
}

/** A body that the filters on the way let pass. */
function bodyOf(path: EventPath, base: Readonly<Record<string, JsonValue>>): JsonValue {
  let body: Readonly<Record<string, JsonValue>> = base;
  const policy = subscriptionOf(path)?.settings;
  if (policy?.filterPolicy.value !== null && policy?.filterPolicyScope.value === "MessageBody") {
    body = exampleOf(policy.filterPolicy.value, body);
  }
  const mapping = path.edges.find((edge): edge is MappingEdge => edge.kind === "mapping");
  const filter = mapping?.settings.filterCriteria.value.find((one) => typeof one !== "string");
  const inner = filter?.body ?? filter?.data;
  if (isJsonObject(inner)) body = exampleOf(inner, body);
  return body;
}

function subscriptionOf(path: EventPath): SubscriptionEdge | undefined {
  return path.edges.find((edge): edge is SubscriptionEdge => edge.kind === "subscription");
}

function attributesFor(path: EventPath): object {
  const settings = subscriptionOf(path)?.settings;
  if (
    settings === undefined ||
    settings.filterPolicy.value === null ||
    settings.filterPolicyScope.value === "MessageBody"
  )
    return {};
  const values = exampleOf(settings.filterPolicy.value);
  const attributes = Object.entries(values).filter(
    ([, value]) => typeof value === "string" || typeof value === "number",
  );
  return { attributes: Object.fromEntries(attributes) };
}

/** An event that the first rule of the path wants. */
function busEvent(graph: Graph, path: EventPath, id: string, base: Readonly<Record<string, JsonValue>>): object {
  const rule = path.edges.find((edge) => edge.kind === "rule");
  const node = graph.nodes.find((one) => one.address === rule?.to);
  const pattern = node?.kind === "rule" ? node.eventPattern.value : null;
  const event = pattern === null ? {} : exampleOf(pattern);
  const detail = isJsonObject(event.detail) ? event.detail : {};
  return {
    id,
    source: typeof event.source === "string" ? event.source : "rehearsal",
    detailType: typeof event["detail-type"] === "string" ? event["detail-type"] : "Rehearsal",
    detail: { ...base, ...detail },
  };
}
