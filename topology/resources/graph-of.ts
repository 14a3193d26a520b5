/** The graph of a configuration. */
import {
  byAddress,
  type Configuration,
  isBlock,
  isList,
  type Resource,
  rowOf,
  text,
  Unknown,
  type Value,
} from "../configuration.ts";
import {
  type Assumption,
  type Edge,
  type FunctionNode,
  type Graph,
  type Node,
  type NotUnderstood,
  unknownBus,
} from "../graph.ts";
import { alarmsOf } from "./alarms.ts";
import { EdgeContext } from "./edge-context.ts";
import { edgeRows, unknownSource } from "./edges.ts";
import { functionNode, functionOf } from "./functions.ts";
import { Lookup } from "./lookup.ts";
import { archivesOf, type NodeContext, nodeRows, placed } from "./nodes.ts";
import { Permissions, type Sink, type Writes, writeActions } from "./permissions.ts";
import { Reader } from "./reader.ts";

/** Builds the graph. The order of resources does not matter. */
export function graphOf(configuration: Configuration): Graph {
  const assumptions = new Map<string, Assumption>();
  const assume = (one: Assumption): void => {
    assumptions.set(`${one.name} ${one.value}`, one);
  };
  for (const one of configuration.assumed ?? []) assume(one);
  const lookup = new Lookup(configuration);
  const satellites = new Map<string, Resource[]>();
  const ownerless = new Map<string, Resource[]>();
  const base: NodeContext = {
    configuration,
    lookup,
    assume,
    satellites: (type, owner) => satellites.get(`${type} ${owner.address}`) ?? [],
    ownerless: (type, owner) =>
      (ownerless.get(type) ?? []).filter(({ values }) => mayName(values.queue_url, owner, lookup)),
  };
  const managed = configuration.resources.filter(({ mode }) => mode === "managed");
  for (const resource of managed) {
    const owner = rowOf(satelliteRows, resource.type)?.(resource, base);
    if (owner === undefined) {
      const isUnknown = lookup.target(resource.values.queue_url, resource)?.kind === "unknown";
      if (isUnknown) ownerless.set(resource.type, [...(ownerless.get(resource.type) ?? []), resource]);
      continue;
    }
    const key = `${resource.type} ${owner}`;
    satellites.set(key, [...(satellites.get(key) ?? []), resource]);
  }
  const permissions = new Permissions(configuration, lookup);
  const nodes = new Map<string, Node>();
  for (const resource of managed) {
    const row = rowOf(nodeRows, resource.type);
    if (row !== undefined) nodes.set(resource.address, row(resource, new Reader(resource, assume), base));
    if (resource.type === "aws_lambda_function") nodes.set(resource.address, functionNode(resource, base));
  }
  addDefaultBus(managed, nodes, base, satellites.get("aws_cloudwatch_event_archive default") ?? []);

  const context = new EdgeContext(nodes, base, permissions);
  for (const resource of managed) rowOf(edgeRows, resource.type)?.(resource, context);
  addRuleEdges(managed, context);
  addMayWriteTo(nodes, managed, permissions);
  for (const { permissions: needed, id } of context.edges) {
    for (const one of needed) {
      if (one.state === "missing" || one.why === null) continue;
      assume({
        name: id,
        value: `permission of ${one.principal} for ${one.actions.join(", ")} on ${one.resource} ${one.state}`,
        why: one.why,
      });
    }
  }
  return {
    stack: configuration.stack,
    directory: configuration.directory,
    nodes: [...nodes.values()].toSorted(nodeOrder),
    edges: context.edges.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    alarms: alarmsOf(
      managed.filter(({ type }) => type === "aws_cloudwatch_metric_alarm"),
      managed.filter(({ type }) => type === "aws_cloudwatch_composite_alarm"),
      nodes,
      context.edges,
      context,
    ),
    assumptions: [...assumptions.values()].toSorted((a, b) =>
      `${a.name} ${a.value}` < `${b.name} ${b.value}` ? -1 : 1,
    ),
    notUnderstood: notUnderstood(configuration, managed, nodes, context.edges),
    locations: Object.fromEntries(
      managed.flatMap(({ address, type, location }) =>
        location !== null && understood.has(type) ? [[address, location]] : [],
      ),
    ),
  };
}

/** Resources of the configuration first, `default` and what stands outside last. */
function nodeOrder(a: Node, b: Node): number {
  return rank(a) - rank(b) || byAddress(a, b);
}

function rank(node: Node): number {
  return node.kind === "external" && node.outside ? 2 : node.address === "default" ? 1 : 0;
}

/** What belongs to another resource: the address of that. */
const satelliteRows: Readonly<Record<string, (resource: Resource, context: NodeContext) => string | undefined>> = {
  aws_lambda_alias: (resource, context) => functionOf(resource, context)?.address,
  aws_lambda_function_event_invoke_config: (resource, context) => functionOf(resource, context)?.address,
  aws_lambda_function_recursion_config: (resource, context) => functionOf(resource, context)?.address,
  aws_sqs_queue_redrive_allow_policy: (resource, context) => addressIn(resource.values.queue_url, resource, context),
  aws_sqs_queue_redrive_policy: (resource, context) => addressIn(resource.values.queue_url, resource, context),
  aws_sqs_queue_policy: (resource, context) => addressIn(resource.values.queue_url, resource, context),
  aws_sns_topic_policy: (resource, context) => addressIn(resource.values.arn, resource, context),
  aws_dynamodb_table_replica: (resource, context) => addressIn(resource.values.global_table_arn, resource, context),
  aws_s3_bucket_server_side_encryption_configuration: (resource, context) =>
    addressIn(resource.values.bucket, resource, context) ??
    context.lookup.named("bucket", text(resource.values.bucket) ?? "", resource)?.address,
  aws_cloudwatch_event_archive: (resource, context) =>
    addressIn(resource.values.event_source_arn, resource, context) ?? "default",
};

function addressIn(value: Value | undefined, from: Resource, context: NodeContext): string | undefined {
  const target = context.lookup.target(value, from);
  return target?.kind === "resource" ? target.resource.address : undefined;
}

/** The default bus is in every account; it is in the graph where something here uses it. */
function addDefaultBus(
  managed: readonly Resource[],
  nodes: Map<string, Node>,
  context: NodeContext,
  archives: readonly Resource[],
): void {
  const user = managed.find(
    ({ type, values }) =>
      (type === "aws_cloudwatch_event_rule" && busName(values.event_bus_name) === "default") ||
      (type === "aws_s3_bucket_notification" && values.eventbridge === true) ||
      JSON.stringify([values.arn, values.destination_config]).includes("event-bus/default"),
  );
  if (user === undefined) return;
  const { region, accountId, provider, arn } = placed(user, context.configuration);
  const parts = arn.split(":");
  const own = [
    ...parts.slice(0, 2),
    "events",
    ...(parts[3] === "" ? ["us-east-1", "000000000000"] : parts.slice(3, 5)),
    "event-bus/default",
  ];
  nodes.set("default", {
    kind: "bus",
    address: "default",
    location: null,
    name: "default",
    arn: own.join(":"),
    region,
    accountId,
    provider,
    archives: archivesOf(archives, context.assume),
  });
}

function busName(value: Value | undefined): string | undefined {
  return value === undefined || value === null ? "default" : text(value)?.split("/").at(-1);
}

/** From each bus to its rules. */
function addRuleEdges(managed: readonly Resource[], context: EdgeContext): void {
  for (const resource of managed) {
    if (resource.type !== "aws_cloudwatch_event_rule") continue;
    const pattern = resource.values.event_pattern;
    if (pattern === undefined || pattern === null || pattern === "") continue;
    const name = busName(resource.values.event_bus_name);
    const bus =
      name === "default" ? undefined : context.permissions.store.bus(resource.values.event_bus_name, resource);
    const from =
      name === "default"
        ? "default"
        : (bus?.address ?? context.outside(text(resource.values.event_bus_name) ?? unknownBus).address);
    context.add({
      kind: "rule",
      id: resource.address,
      address: resource.address,
      location: resource.location,
      from: from ?? unknownBus,
      to: resource.address,
      permissions: [],
    });
  }
}

function addMayWriteTo(nodes: Map<string, Node>, managed: readonly Resource[], permissions: Permissions): void {
  const byName = new Map(managed.map((one) => [one.address, one]));
  const sinks = [...nodes.values()].flatMap((node): Sink[] => {
    const [resource, action] = [byName.get(node.address), actionOf(node.kind)];
    return resource === undefined || action === undefined ? [] : [{ resource, action }];
  });
  const byKey = new Map(
    sinks.flatMap((sink) =>
      [sink.resource.address, text(sink.resource.values.arn) ?? ""].map((key) => [key, sink] as const),
    ),
  );
  const known = new Map<string, Writes>();
  for (const node of nodes.values()) {
    const resource = byName.get(node.address);
    if (node.kind !== "function" || resource === undefined || node.role === null) continue;
    const { sure, perhaps } = known.get(node.role) ?? permissions.writesOf(resource, sinks, byKey);
    known.set(node.role, { sure, perhaps });
    nodes.set(node.address, { ...node, mayWriteTo: sure, mayPerhapsWriteTo: perhaps } satisfies FunctionNode);
  }
}

function actionOf(kind: Node["kind"]): string | undefined {
  return Object.entries(writeActions).find(([name]) => name === kind)?.[1];
}

/** Types that are read somewhere, or that say nothing of where events go. */
const understood = new Set([
  ...Object.keys(nodeRows),
  ...Object.keys(edgeRows),
  ...Object.keys(satelliteRows),
  "aws_cloudwatch_metric_alarm",
  "aws_kinesis_stream_consumer",
  "aws_lambda_permission",
  "aws_cloudwatch_composite_alarm",
  "aws_cloudwatch_dashboard",
  "aws_cloudwatch_log_metric_filter",
  "aws_sns_topic_data_protection_policy",
  "aws_lambda_provisioned_concurrency_config",
  "aws_lambda_runtime_management_config",
  "aws_cloudwatch_event_permission",
  "aws_scheduler_schedule_group",
]);
const silent =
  /^aws_(?:iam|kms|cloudwatch_log(?!_subscription_filter)|s3_bucket_|vpc|subnet|security_group|ssm|appautoscaling|resourcegroups|xray|dynamodb_(?:resource|table_item|tag|kinesis|contributor)|sqs_queue_policy|sns_topic_policy|cloudwatch_event_bus_policy|kinesis_resource_policy|lambda_layer|codedeploy|backup|lambda_code_signing)/;

/** Resources that name something of the graph and that nothing here reads. */
function notUnderstood(
  configuration: Configuration,
  managed: readonly Resource[],
  nodes: ReadonlyMap<string, Node>,
  edges: readonly Edge[],
): NotUnderstood[] {
  const arns = new Map<string, string>();
  for (const node of nodes.values()) {
    arns.set(node.arn, node.address);
    arns.set(node.address, node.address);
  }
  const found: NotUnderstood[] = configuration.notRead.map(({ address, why }) => ({ address, why }));
  for (const edge of edges) {
    if (edge.kind === "pipe") found.push({ address: edge.address, why: "a pipe is named, and not played" });
    if (edge.kind === "mapping" && edge.source === "other") {
      found.push({
        address: edge.address,
        why: edge.from.endsWith(unknownSource)
          ? "what it reads is not known before it is applied"
          : `a mapping of ${edge.from}: only queues, Kinesis streams and DynamoDB tables are played`,
      });
    }
  }
  for (const { address, type, values } of managed) {
    if (understood.has(type) || silent.test(type) || nodes.has(address)) continue;
    const touched = textsOf(values).flatMap(
      (one) => arns.get(one) ?? arns.get(/arn:aws[\w-]*:lambda:[^/]*:function:[\w-]+/.exec(one)?.[0] ?? "") ?? [],
    );
    const names = [...new Set(touched)].filter((one) => one !== address);
    if (names.length > 0) found.push({ address, why: `${type} is not read; it names ${names[0]}`, names });
  }
  return [...new Map(found.map((one) => [one.address, one])).values()].toSorted(byAddress);
}

/** Texts, and the addresses that values refer to which are not known yet. */
function textsOf(value: Value): string[] {
  if (value instanceof Unknown) return value.references.map((one) => one.replace(/\.\w+$/, ""));
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsOf);
  return isBlock(value) ? Object.values(value).flatMap(textsOf) : [];
}

/** Whether a value that is not known may be made from a resource: not where all that it is made from are others of its type. */
function mayName(value: Value | undefined, { address, type }: Resource, lookup: Lookup): boolean {
  if (!(value instanceof Unknown) || value.references.length === 0) return true;
  return value.references.some((one) => {
    const named = lookup.byAddress.get(one) ?? lookup.byAddress.get(one.replace(/\.\w+$/, ""));
    return named === undefined || named.type !== type || named.address === address;
  });
}
