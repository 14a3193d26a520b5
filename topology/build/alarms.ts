/** Alarms, by what they watch and whom they tell. */
import { isBlock, isList, number, type Resource, rowOf, text, Unknown } from "../configuration.ts";
import type { Alarm, Edge, Node } from "../graph.ts";
import { addressOr, type NodeContext } from "./nodes.ts";

/** Dimension to the kinds of nodes that it names. */
const dimensionKinds: Readonly<Record<string, readonly Node["kind"][]>> = {
  QueueName: ["queue"],
  FunctionName: ["function"],
  TopicName: ["topic"],
  StreamName: ["stream"],
  TableName: ["table"],
  BucketName: ["bucket"],
  RuleName: ["rule"],
  EventBusName: ["bus"],
};

export function alarmsOf(
  resources: readonly Resource[],
  nodes: ReadonlyMap<string, Node>,
  edges: readonly Edge[],
  context: NodeContext,
): Alarm[] {
  const byName = new Map<string, string[]>();
  for (const node of nodes.values()) {
    const name = node.name ?? node.arn.split(/[:/]/).at(-1) ?? "";
    const key = `${node.kind} ${name}`;
    byName.set(key, [...(byName.get(key) ?? []), node.address]);
  }
  return resources.flatMap((resource) => {
    const metrics = [resource.values, ...nested(resource, "metric_query").flatMap((query) => nestedIn(query.metric))];
    const watched = metrics.filter((one) => text(one.metric_name) !== undefined);
    const { alarm_actions: actions } = resource.values;
    return watched.map((metric): Alarm => {
      const dimensions = isBlock(metric.dimensions) ? metric.dimensions : {};
      return {
        address: resource.address,
        location: resource.location,
        namespace: text(metric.namespace) ?? null,
        metricName: text(metric.metric_name) ?? null,
        dimensions: Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, text(value) ?? null])),
        watches: Object.entries(dimensions).flatMap(([name, value]) => watches(name, value, byName, edges)),
        threshold: number(resource.values.threshold) ?? null,
        alarmActions:
          actions instanceof Unknown
            ? null
            : isList(actions)
              ? actions.map((one) =>
                  typeof one === "string" ? addressOr(context.lookup, one, resource) : referenceOf(one),
                )
              : [],
      };
    });
  });
}

function referenceOf(value: unknown): string {
  return value instanceof Unknown ? (value.references[0]?.replace(/\.\w+$/, "") ?? "unknown") : "unknown";
}

function nested(resource: Resource, name: string): Resource["values"][] {
  return nestedIn(resource.values[name]);
}

function nestedIn(value: Resource["values"][string] | undefined): Resource["values"][] {
  if (isBlock(value)) return [value];
  return isList(value) ? value.filter(isBlock) : [];
}

/** Addresses of what a dimension names, by name or, where the name is not known, by reference. */
function watches(
  dimension: string,
  value: unknown,
  byName: ReadonlyMap<string, readonly string[]>,
  edges: readonly Edge[],
): readonly string[] {
  if (value instanceof Unknown) return value.references.map((one) => one.replace(/\.\w+$/, ""));
  if (typeof value !== "string") return [];
  if (dimension === "EventSourceMappingUUID")
    return edges.filter(({ kind, id }) => kind === "mapping" && id === value).map(({ address }) => address);
  return (rowOf(dimensionKinds, dimension) ?? []).flatMap((kind) => byName.get(`${kind} ${value}`) ?? []);
}
