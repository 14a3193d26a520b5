/** Edges of queues, streams, topics, buckets and functions: one row per resource type. */
import { blocks, type Resource, rowOf, text, Unknown } from "../configuration.ts";
import type { FunctionNode, MappingEdge, MappingSettings, Setting } from "../graph.ts";
import { unknownName } from "../iam/match.ts";
import { identityOf, nameOf } from "../identity.ts";
import { destinationActions, type EdgeContext, type End, isSet } from "./edge-context.ts";
import { pipeEdges, ruleEdges, scheduleEdges } from "./event-edges.ts";
import { functionOf, invokeConfigQualifier } from "./functions.ts";
import type { Behalf } from "./permissions.ts";
import { parseObject, Reader, unknownMark } from "./reader.ts";

/** Behind the address of a mapping: what it reads, where that is not known. */
export const unknownSource = "#source";

type Row = (resource: Resource, context: EdgeContext) => void;

/** A redrive policy: on the queue, or as a resource of its own. */
function redrive(queue: Resource, holder: Resource, context: EdgeContext): void {
  const value = holder.values.redrive_policy;
  if (!isSet(value)) return;
  const policy = typeof value === "string" ? parseObjectLoosely(value) : undefined;
  const end =
    value instanceof Unknown
      ? queueAmong(value.references, holder, context)
      : context.end(asValue(policy?.deadLetterTargetArn), holder, "redrive_policy");
  if (end === undefined) return;
  const written = policy?.maxReceiveCount;
  const count = typeof written === "number" || /^\d+$/.test(String(written)) ? Number(written) : undefined;
  if (count === undefined) context.read(holder).unknown("redrive_policy", "maxReceiveCount 5");
  context.add({
    kind: "redrive",
    id: `${holder.address}#redrive`,
    address: holder.address,
    location: holder.location,
    from: queue.address,
    to: end.address,
    permissions: [redrivePermission(queue, end, context)],
    settings: { maxReceiveCount: { value: count ?? 5, from: count === undefined ? "unknown" : "configuration" } },
  });
}

/** The dead-letter queue must allow the queue to name it (R122). */
function redrivePermission(queue: Resource, end: End, { permissions }: EdgeContext) {
  const base = { principal: queue.address, actions: ["redrive"], resource: end.address ?? "unknown", grantedBy: [] };
  if (end.node?.kind !== "queue") {
    return {
      ...base,
      state: "unknown" as const,
      why: "the dead-letter queue is outside the configuration or not known",
    };
  }
  const { redriveAllowPolicy: allow } = end.node;
  if (allow.from === "unknown")
    return { ...base, state: "unknown" as const, why: `the redrive allow policy of ${end.node.address} is not known` };
  const { redrivePermission: permission, sourceQueues } = allow.value;
  const named = sourceQueues.some(
    (one) => one === queue.address || permissions.store.find(one, queue)?.address === queue.address,
  );
  const inPart = sourceQueues.some((one) => one.includes("\u27e8"));
  if (permission === "allowAll" || (permission === "byQueue" && named))
    return { ...base, state: "granted" as const, why: null };
  if (permission === "byQueue" && inPart)
    return { ...base, state: "unknown" as const, why: "a queue that it allows is not known" };
  return {
    ...base,
    state: "missing" as const,
    why: `the redrive allow policy of ${end.node.address} (${permission}) does not name ${queue.address}`,
  };
}

function parseObjectLoosely(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** A text of JSON whose parts may not be known: the one reference that it was made from. */
function asValue(written: unknown) {
  if (typeof written !== "string") return new Unknown();
  const references = [...written.matchAll(/\u27e8([^\u27e9]*)\u27e9/g)].map(([, name]) => name ?? "");
  return references.length === 0 ? written : new Unknown(references);
}

/** Of a plan's references, the one that is a queue. */
function queueAmong(references: readonly string[], from: Resource, context: EdgeContext): End | undefined {
  const queues = references.filter((one) => /(?:^|\.)aws_sqs_queue\./.test(one));
  return context.end(new Unknown(queues.length > 0 ? queues : references), from, "redrive_policy");
}

const sourceRows: Readonly<
  Record<string, { source: MappingEdge["source"]; batchSize: number; actions: readonly string[] }>
> = {
  queue: {
    source: "sqs",
    batchSize: 10,
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
  },
  sqs: { source: "sqs", batchSize: 10, actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"] },
  stream: {
    source: "kinesis",
    batchSize: 100,
    actions: ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"],
  },
  kinesis: {
    source: "kinesis",
    batchSize: 100,
    actions: ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"],
  },
  table: {
    source: "dynamodb",
    batchSize: 100,
    actions: ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
  },
  dynamodb: {
    source: "dynamodb",
    batchSize: 100,
    actions: ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
  },
};

/** A mapping's records go under `aws/lambda/` and the mapping's id (R109). */
const streamObjects = "aws/lambda/00000000-0000-4000-8000-000000000000/";

const mapping: Row = (resource, context) => {
  const target = context.end(resource.values.function_name, resource, "function_name");
  const read = context.read(resource);
  const { source: end, consumer } = mappingSource(resource, context);
  if (target === undefined || end === undefined) return;
  const kind = end.node?.kind === "external" ? end.node.service : (end.node?.kind ?? "");
  const row = rowOf(sourceRows, kind) ?? { source: "other" as const, batchSize: 100, actions: [] };
  const role = context.resource(target.address)?.values.role;
  const readers = row.actions.length === 0 ? [] : context.roleMay(role, row.actions, end, resource);
  const registered = context.resource(consumer);
  if (registered !== undefined) {
    // The action takes a consumer, not its stream:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html
    const need = { actions: ["kinesis:SubscribeToShard"], resource: { resource: registered } };
    readers.push(context.permissions.ofRole(role, need, resource));
  }
  const id = resource.address;
  context.add({
    kind: "mapping",
    id,
    address: resource.address,
    location: resource.location,
    from: end.address ?? `${resource.address}${unknownSource}`,
    to: target.address,
    qualifier: target.qualifier,
    source: row.source,
    consumer,
    permissions: readers,
    settings: mappingSettings(read, row.batchSize),
  });
  const onFailure = read.inside("destination_config").inside("on_failure");
  const destination = context.end(
    onFailure.values.destination_arn,
    resource,
    "destination_config.on_failure.destination_arn",
  );
  if (destination === undefined) return;
  const allowed = context.roleMay(role, destinationActions(destination), destination, resource, streamObjects);
  context.destination(
    "on-failure",
    "mapping",
    { holder: resource, id: `${id}#on-failure`, from: id, fromQualifier: null },
    destination,
    allowed,
  );
};

/** What a mapping reads: a queue, a stream (through a consumer), a table's stream, or something that is not played. */
function mappingSource(resource: Resource, context: EdgeContext): { source: End | undefined; consumer: string | null } {
  const value = resource.values.event_source_arn;
  if (!isSet(value)) {
    const kafka = blocks(resource.values, "self_managed_event_source")[0];
    return { source: kafka === undefined ? undefined : context.outside(`kafka:${resource.address}`), consumer: null };
  }
  const target = context.lookup.target(value, resource);
  if (target?.kind === "resource" && target.resource.type === "aws_kinesis_stream_consumer") {
    const stream = target.resource.values.stream_arn;
    return { source: context.end(stream, target.resource, "stream_arn"), consumer: target.resource.address };
  }
  return { source: context.end(value, resource, "event_source_arn"), consumer: null };
}

function mappingSettings(read: Reader, batchSize: number): MappingSettings {
  const scaling = read.inside("scaling_config");
  const pollers = read.inside("provisioned_poller_config");
  const [minimum, maximum] = [pollers.number("minimum_pollers", 2, 0), pollers.number("maximum_pollers", 200, 0)];
  const provisioned = given(minimum) || given(maximum);
  return {
    enabled: read.flag("enabled", true),
    batchSize: read.number("batch_size", batchSize, 0),
    maximumBatchingWindowInSeconds: read.number("maximum_batching_window_in_seconds", 0),
    functionResponseTypes: read.texts("function_response_types"),
    filterCriteria: filters(read),
    maximumConcurrency: scaling.number("maximum_concurrency", null, 0),
    provisionedPollers: provisioned
      ? {
          value: { minimumPollers: minimum.value, maximumPollers: maximum.value },
          from: given(minimum) ? minimum.from : maximum.from,
        }
      : { value: null, from: "default" },
    startingPosition: read.choice("starting_position", ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"], null),
    startingPositionTimestamp: read.text("starting_position_timestamp", null),
    parallelizationFactor: read.number("parallelization_factor", 1, 0),
    maximumRetryAttempts: read.number("maximum_retry_attempts", -1),
    maximumRecordAgeInSeconds: read.number("maximum_record_age_in_seconds", -1, 0),
    bisectBatchOnFunctionError: read.flag("bisect_batch_on_function_error", false),
    tumblingWindowInSeconds: read.number("tumbling_window_in_seconds", 0),
    metrics: read.inside("metrics_config").texts("metrics"),
  };
}

function given(one: Setting<unknown>): boolean {
  return one.from !== "default";
}

function filters(read: Reader): MappingSettings["filterCriteria"] {
  const found = read.inside("filter_criteria").all("filter");
  const patterns = found.map((one) =>
    one.setting<NonNullable<MappingSettings["filterCriteria"]["value"][number]>>("pattern", "", (value) => {
      if (typeof value !== "string" || value === "") return undefined;
      return value.includes("\u27e8") ? unknownMark : (parseObject(value) ?? value);
    }),
  );
  const unknown = patterns.some(({ from }) => from === "unknown");
  return {
    value: patterns.map(({ value }) => value),
    from: unknown ? "unknown" : patterns.length === 0 ? "default" : "configuration",
  };
}

/** What lets SNS deliver, by protocol: the subscriber's own policy, or the role that the subscription names. */
const subscriberRows: Readonly<
  Record<string, { readonly by: "policy" | "role"; readonly actions: readonly string[] }>
> = {
  lambda: { by: "policy", actions: ["lambda:InvokeFunction"] },
  sqs: { by: "policy", actions: ["sqs:SendMessage"] },
  // https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html
  firehose: { by: "role", actions: ["firehose:PutRecord", "firehose:PutRecordBatch"] },
};

function subscriberPermissions(protocol: string, end: End, resource: Resource, source: Behalf, context: EdgeContext) {
  const row = rowOf(subscriberRows, protocol);
  if (row === undefined) return [];
  return row.by === "policy"
    ? context.serviceMay("sns.amazonaws.com", row.actions, end, source, resource)
    : context.roleMay(resource.values.subscription_role_arn, row.actions, end, resource);
}

const subscription: Row = (resource, context) => {
  const topic = context.end(resource.values.topic_arn, resource, "topic_arn");
  if (topic === undefined) return;
  const read = context.read(resource);
  const protocol = text(resource.values.protocol) ?? "unknown";
  const endpoint = resource.values.endpoint;
  const isArn = ["lambda", "sqs", "firehose", "application"].includes(protocol);
  const end = isArn
    ? context.end(endpoint, resource, "endpoint")
    : context.outside(`${protocol}:${text(endpoint) ?? resource.address}`);
  if (end === undefined) return;
  const source = context.needed(topic) ?? "unknown";
  const id = resource.address;
  context.add({
    kind: "subscription",
    id,
    address: resource.address,
    location: resource.location,
    from: topic.address ?? `${resource.address}#topic`,
    to: end.address,
    qualifier: end.qualifier,
    protocol,
    permissions: subscriberPermissions(protocol, end, resource, source, context),
    settings: {
      rawMessageDelivery: read.flag("raw_message_delivery", false),
      filterPolicy: read.pattern("filter_policy"),
      filterPolicyScope: read.choice("filter_policy_scope", ["MessageAttributes", "MessageBody"], "MessageAttributes"),
    },
  });
  const policy = resource.values.redrive_policy;
  if (!isSet(policy)) return;
  const parsed = typeof policy === "string" ? parseObjectLoosely(policy) : undefined;
  const net =
    policy instanceof Unknown
      ? queueAmong(policy.references, resource, context)
      : context.end(asValue(parsed?.deadLetterTargetArn), resource, "redrive_policy");
  if (net === undefined) return;
  const allowed = context.serviceMay("sns.amazonaws.com", ["sqs:SendMessage"], net, source, resource);
  context.destination(
    "dead-letter",
    "subscription",
    { holder: resource, id: `${id}#dead-letter`, from: id, fromQualifier: null },
    net,
    allowed,
  );
};

const notificationRows = [
  { block: "lambda_function", attribute: "lambda_function_arn", action: "lambda:InvokeFunction" },
  { block: "queue", attribute: "queue_arn", action: "sqs:SendMessage" },
  { block: "topic", attribute: "topic_arn", action: "sns:Publish" },
] as const;

/** A bucket outside the configuration: in the partition of what names it. */
function bucketArn(bucket: string, { address, provider }: Resource, { base }: EdgeContext): string {
  const place = base.configuration.providers[provider ?? "aws"];
  return identityOf({ address, type: "aws_s3_bucket", values: { bucket } }, place).arn ?? `arn:aws:s3:::${bucket}`;
}

const notification: Row = (resource, context) => {
  const bucket = context.permissions.store.bucket(resource.values.bucket, resource);
  const name = text(resource.values.bucket);
  const from = bucket?.address ?? bucketArn(name ?? "unknown", resource, context);
  if (bucket === undefined) context.outside(from);
  const read = context.read(resource);
  const outside = name === undefined ? "unknown" : { arn: from, address: from };
  const source: Behalf = bucket === undefined ? outside : { resource: bucket };
  for (const { block, attribute, action } of notificationRows) {
    for (const [index, one] of read.all(block).entries()) {
      const end = context.end(one.values[attribute], resource, `${block}.${attribute}`);
      if (end === undefined) continue;
      context.add({
        kind: "notification",
        id: `${resource.address}#${block}[${index}]`,
        address: resource.address,
        location: resource.location,
        from,
        to: end.address,
        qualifier: end.qualifier,
        permissions: context.serviceMay("s3.amazonaws.com", [action], end, source, resource),
        settings: {
          events: one.texts("events"),
          filterPrefix: one.text("filter_prefix", ""),
          filterSuffix: one.text("filter_suffix", ""),
        },
      });
    }
  }
  if (!read.flag("eventbridge", false).value) return;
  const all: Setting<string> = { value: "", from: "default" };
  context.add({
    kind: "notification",
    id: `${resource.address}#eventbridge`,
    address: resource.address,
    location: resource.location,
    from,
    to: "default",
    qualifier: null,
    permissions: [],
    settings: { events: { value: ["s3:*"], from: "default" }, filterPrefix: all, filterSuffix: all },
  });
};

const lambdaFunction: Row = (resource, context) => {
  const letter = context.read(resource).inside("dead_letter_config");
  const end = context.end(letter.values.target_arn, resource, "dead_letter_config.target_arn");
  if (end === undefined) return;
  const allowed = context.roleMay(resource.values.role, destinationActions(end), end, resource);
  const place = {
    holder: resource,
    id: `${resource.address}#dead-letter`,
    from: resource.address,
    fromQualifier: null,
  };
  context.destination("dead-letter", "function", place, end, allowed);
};

const invokeConfig: Row = (resource, context) => {
  const owner = functionOf(resource, context.base);
  const node: FunctionNode | undefined = asFunction(context, owner);
  if (owner === undefined || node === undefined) return;
  const config = context.read(resource).inside("destination_config");
  for (const [name, kind] of [
    ["on_failure", "on-failure"],
    ["on_success", "on-success"],
  ] as const) {
    const end = context.end(config.inside(name).values.destination, resource, `destination_config.${name}.destination`);
    if (end === undefined) continue;
    const objects = `aws/lambda/async/${nameOf(owner) ?? unknownName}/`;
    const allowed = context.roleMay(owner.values.role, destinationActions(end), end, resource, objects);
    const place = {
      holder: resource,
      id: `${resource.address}#${kind}`,
      from: owner.address,
      fromQualifier: invokeConfigQualifier(resource),
    };
    context.destination(kind, "function", place, end, allowed);
  }
};

function asFunction(context: EdgeContext, owner: Resource | undefined): FunctionNode | undefined {
  const node = owner === undefined ? undefined : context.nodes.get(owner.address);
  return node?.kind === "function" ? node : undefined;
}

export const edgeRows: Readonly<Record<string, Row>> = {
  aws_sqs_queue(resource, context) {
    // A state repeats on the queue what a resource of its own has set.
    const separate = context.base.satellites("aws_sqs_queue_redrive_policy", resource);
    if (separate.length === 0) redrive(resource, resource, context);
  },
  aws_sqs_queue_redrive_policy(resource, context) {
    const queue = context.permissions.store.find(resource.values.queue_url, resource);
    if (queue !== undefined) redrive(queue, resource, context);
    else if (context.lookup.target(resource.values.queue_url, resource)?.kind === "unknown")
      context.read(resource).unknown("queue_url", "no queue: a queue may have a dead-letter queue that is not shown");
  },
  aws_lambda_event_source_mapping: mapping,
  aws_sns_topic_subscription: subscription,
  aws_s3_bucket_notification: notification,
  aws_lambda_function: lambdaFunction,
  aws_lambda_function_event_invoke_config: invokeConfig,
  aws_cloudwatch_event_target: ruleEdges,
  aws_scheduler_schedule: scheduleEdges,
  aws_pipes_pipe: pipeEdges,
};
