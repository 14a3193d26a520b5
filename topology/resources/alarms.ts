/** Alarms, by what they watch and whom they tell. */
import {
  flag,
  isBlock,
  isList,
  members,
  number,
  type Resource,
  rowOf,
  text,
  Unknown,
  type Value,
} from "../configuration.ts";
import type { Alarm, Edge, Node, Permission } from "../graph.ts";
import { comparedMetrics, selectedMetric } from "./alarm-queries.ts";
import type { EdgeContext } from "./edge-context.ts";
import { addressOr, type NodeContext, placed } from "./nodes.ts";

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

/** `resources` are metric alarms, `composites` the composite alarms that may act for them. */
export function alarmsOf(
  resources: readonly Resource[],
  composites: readonly Resource[],
  nodes: ReadonlyMap<string, Node>,
  edges: readonly Edge[],
  context: EdgeContext,
): Alarm[] {
  const byName = new Map<string, string[]>();
  for (const node of nodes.values()) {
    const name = node.name ?? node.arn.split(/[:/]/).at(-1) ?? "";
    const key = `${node.kind} ${name}`;
    byName.set(key, [...(byName.get(key) ?? []), node.address]);
  }
  return resources.flatMap((resource) => {
    const queries = comparedMetrics(blocksIn(resource.values.metric_query));
    const selected = blocksIn(resource.values.metric_query).flatMap((query) => selectedMetric(query) ?? []);
    const metrics = [
      { metric: resource.values, isAlone: true, open: [] },
      ...queries.map((one) => ({ ...one, open: [] })),
      ...selected.map((one) => ({ ...one, isAlone: false })),
    ];
    const watched = metrics.filter(({ metric }) => text(metric.metric_name) !== undefined);
    const actions = actionsOf(resource, composites, context.base, new Set());
    const permissions = actionPermissions(resource, context);
    const { region } = placed(resource, context.base.configuration);
    return watched.map(({ metric, isAlone, open }): Alarm => {
      const dimensions = isBlock(metric.dimensions) ? metric.dimensions : {};
      return {
        address: resource.address,
        location: resource.location,
        name: text(resource.values.alarm_name) ?? null,
        namespace: text(metric.namespace) ?? null,
        metricName: text(metric.metric_name) ?? null,
        dimensions: Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, text(value) ?? null])),
        watches: within(
          region,
          metric.dimensions instanceof Unknown
            ? referred(metric.dimensions)
            : [
                ...Object.entries(dimensions).flatMap(([name, value]) => watches(name, value, byName, edges)),
                ...open.flatMap((name) => allOf(name, nodes)),
              ],
          nodes,
        ),
        region,
        unit: text(metric.unit) ?? null,
        statistic: text(metric.statistic) ?? text(metric.extended_statistic) ?? text(metric.stat) ?? null,
        periodSeconds: number(metric.period) ?? null,
        threshold: number(resource.values.threshold) ?? null,
        comparisonOperator: isAlone ? (text(resource.values.comparison_operator) ?? null) : null,
        actionsEnabled: mayAct(resource),
        alarmActions: actions,
        permissions,
      };
    });
  });
}

/** False where `actions_enabled` is switched off. */
function mayAct({ values }: Resource): boolean {
  return flag(values.actions_enabled) !== false;
}

/** Whom an alarm tells: itself, or through the composite alarms whose rule names it. Null: not known. */
function actionsOf(
  alarm: Resource,
  composites: readonly Resource[],
  context: NodeContext,
  seen: ReadonlySet<Resource>,
): readonly string[] | null {
  const own = mayAct(alarm) ? alarm.values.alarm_actions : [];
  if (own instanceof Unknown) return null;
  const told = members(own).map((one) =>
    typeof one === "string" ? addressOr(context.lookup, one, alarm) : referenceOf(one),
  );
  const above = composites
    .filter((one) => one !== alarm && !seen.has(one))
    .flatMap((one): readonly (readonly string[] | null)[] => {
      const named = namesAlarm(one.values.alarm_rule, alarm);
      if (named === false) return [];
      return [named === undefined ? null : actionsOf(one, composites, context, new Set([...seen, alarm]))];
    });
  if (told.length === 0 && above.includes(null)) return null;
  return [...new Set([...told, ...above.flatMap((one) => one ?? [])])];
}

/**
 * What lets CloudWatch do what an alarm asks for, by kind of what it tells
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html,
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
 */
const actionRows: Readonly<Record<string, { readonly service: string; readonly actions: readonly string[] }>> = {
  topic: { service: "cloudwatch.amazonaws.com", actions: ["sns:Publish"] },
  function: { service: "lambda.alarms.cloudwatch.amazonaws.com", actions: ["lambda:InvokeFunction"] },
};

function actionPermissions(alarm: Resource, context: EdgeContext): readonly Permission[] {
  if (!mayAct(alarm)) return [];
  return members(alarm.values.alarm_actions).flatMap((action) => {
    const end = typeof action === "string" ? context.end(action, alarm, "alarm_actions") : undefined;
    const told = context.resource(end?.address ?? null);
    const row = rowOf(actionRows, end?.node?.kind ?? "");
    if (end === undefined || told === undefined || told.mode === "data" || row === undefined) return [];
    const [policy, ...keys] = context.serviceMay(row.service, row.actions, end, { resource: alarm }, alarm);
    // A topic without a policy of its own admits its account's alarms: they publish on the account's behalf.
    return policy === undefined || (end.node?.kind === "topic" && !context.hasPolicy(told)) ? keys : [policy, ...keys];
  });
}

/** A function of an alarm rule with the alarm's name or ARN: `ALARM("name")`, `NOT OK(name)`. */
const ruleFunction = /(\bNOT\s*\(?\s*)?\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"?([^")]+?)"?\s*\)/g;

/** Whether a composite alarm sounds with another; undefined: its rule is not known. */
function namesAlarm(rule: Value | undefined, alarm: Resource): boolean | undefined {
  const isIt = (reference: string): boolean => reference.replace(/\.\w+$/, "") === alarm.address;
  if (rule instanceof Unknown) {
    if (rule.references.length === 0) return undefined;
    return rule.references.some(isIt) ? true : isOfAlarms(rule.references);
  }
  if (typeof rule !== "string") return false;
  const name = text(alarm.values.alarm_name);
  const named = [...rule.matchAll(ruleFunction)].filter(
    ([, not, state]) => (state === "ALARM") === (not === undefined),
  );
  if (named.some(([, , , one = ""]) => one === name || one.endsWith(`:alarm:${name}`) || isIt(one.slice(1, -1))))
    return true;
  return isOfAlarms([...rule.matchAll(/\u27e8([^\u27e9]*)\u27e9/g)].map(([, reference]) => reference ?? ""));
}

/** False where references lead to alarms alone, so that they name whom they mean; undefined: to anything. */
function isOfAlarms(references: readonly string[]): false | undefined {
  return references.every((one) => /(?:^|\.)aws_cloudwatch_(?:metric|composite)_alarm\./.test(one)) ? false : undefined;
}

/** What may be in a Region, of what has the right name; all of it where none is, so that it can be said. */
function within(
  region: string | null,
  addresses: readonly string[],
  nodes: ReadonlyMap<string, Node>,
): readonly string[] {
  const near = addresses.filter((one) => {
    const its = nodes.get(one)?.region ?? null;
    return region === null || its === null || its === region;
  });
  return near.length > 0 ? near : addresses;
}

/** Everything that a dimension may name. */
function allOf(dimension: string, nodes: ReadonlyMap<string, Node>): string[] {
  const kinds = rowOf(dimensionKinds, dimension) ?? [];
  return [...nodes.values()].filter(({ kind }) => kinds.includes(kind)).map(({ address }) => address);
}

/** The addresses of what a value that is not known is made from. */
function referred({ references }: Unknown): string[] {
  return references.map((one) => one.replace(/\.\w+$/, ""));
}

function referenceOf(value: unknown): string {
  return value instanceof Unknown ? (value.references[0]?.replace(/\.\w+$/, "") ?? "unknown") : "unknown";
}

function blocksIn(value: Value | undefined): Resource["values"][] {
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
  if (value instanceof Unknown) return referred(value);
  if (typeof value !== "string") return [];
  if (dimension === "EventSourceMappingUUID")
    return edges.filter(({ kind, id }) => kind === "mapping" && id === value).map(({ address }) => address);
  return (rowOf(dimensionKinds, dimension) ?? []).flatMap((kind) => byName.get(`${kind} ${value}`) ?? []);
}
