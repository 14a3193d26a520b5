/** Nodes of the graph: one row per resource type. */
import { blocks, type Configuration, type Resource, text, Unknown } from "../configuration.ts";
import type { Encryption, Node, RedriveAllowPolicy } from "../graph.ts";
import { nameOf } from "../identity.ts";
import type { Lookup } from "./lookup.ts";
import { type Assume, Reader, unknownMark } from "./reader.ts";
import { policyWriters } from "./whole-policy.ts";

/** What a row works with. */
export interface NodeContext {
  readonly configuration: Configuration;
  readonly lookup: Lookup;
  readonly assume: Assume;
  /** Resources of that type, by the address of what they belong to. */
  satellites(type: string, owner: Resource): readonly Resource[];
  /** Resources of a type that belong to another of which is not known which it is, and which may be this one. */
  ownerless(type: string, owner: Resource): readonly Resource[];
}

type Row = (resource: Resource, read: Reader, context: NodeContext) => Node;

/** What every node of the configuration has. */
export function placed(resource: Resource, configuration: Configuration) {
  const arn = text(resource.values.arn) ?? resource.address;
  const provider = configuration.providers[resource.provider ?? "aws"];
  const fromState = resource.provider === null;
  const parts = arn.split(":");
  return {
    address: resource.address,
    location: resource.location,
    name: nameOf(resource) ?? null,
    arn,
    region: (fromState ? (text(parts[3]) ?? text(resource.values.region)) : provider?.region) ?? null,
    accountId: (fromState ? text(parts[4]) : provider?.accountId) ?? null,
    provider: resource.provider,
  };
}

const queue: Row = (resource, read, context) => ({
  kind: "queue",
  ...placed(resource, context.configuration),
  fifo: read.flag("fifo_queue", false),
  visibilityTimeout: read.number("visibility_timeout_seconds", 30),
  messageRetentionPeriod: read.number("message_retention_seconds", 345_600),
  delaySeconds: read.number("delay_seconds", 0),
  maximumMessageSize: read.number("max_message_size", 262_144),
  contentBasedDeduplication: read.flag("content_based_deduplication", false),
  deduplicationScope: read.choice("deduplication_scope", ["queue", "messageGroup"], "queue"),
  fifoThroughputLimit: read.choice("fifo_throughput_limit", ["perQueue", "perMessageGroupId"], "perQueue"),
  redriveAllowPolicy: redriveAllow(resource, read, context),
  encryption: encryption(read, "kms_master_key_id", "alias/aws/sqs", context),
  policies: policyWriters(resource, context.satellites("aws_sqs_queue_policy", resource)),
});

function redriveAllow(resource: Resource, own: Reader, context: NodeContext) {
  const [separate] = context.satellites("aws_sqs_queue_redrive_allow_policy", resource);
  const read = separate === undefined ? own : new Reader(separate, context.assume);
  const none: RedriveAllowPolicy = { redrivePermission: "allowAll", sourceQueues: [] };
  const [perhaps] = context.ownerless("aws_sqs_queue_redrive_allow_policy", resource);
  if (separate === undefined && perhaps !== undefined) {
    new Reader(perhaps, context.assume).unknown("queue_url", `no queue, not ${resource.address} either`);
    return { value: none, from: "unknown" } as const;
  }
  return read.setting<RedriveAllowPolicy>("redrive_allow_policy", none, (value) => {
    // What the provider writes for a policy that nothing sets.
    if (typeof value !== "string" || value === "") return undefined;
    const parsed = safeParse(value);
    if (parsed === undefined) return unknownMark;
    const permission = parsed.redrivePermission;
    const sources = Array.isArray(parsed.sourceQueueArns) ? parsed.sourceQueueArns.map(String) : [];
    return {
      redrivePermission: permission === "denyAll" || permission === "byQueue" ? permission : "allowAll",
      sourceQueues: sources.map((arn) => addressOr(context.lookup, arn, resource)),
    };
  });
}

/** An object from JSON text, unknown parts and all. */
function safeParse(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

/** The address of what an ARN names, or the ARN. */
export function addressOr(lookup: Lookup, arn: string, from: Resource): string {
  const target = lookup.target(arn, from);
  return target?.kind === "resource" ? target.resource.address : arn;
}

function encryption(read: Reader, attribute: string, managed: string, context: NodeContext): Encryption {
  const value = read.values[attribute];
  if (value === undefined || value === null || value === "") return { kind: "service" };
  const alias = typeof value === "string" ? context.lookup.named("key", value, read.resource) : undefined;
  const target = context.lookup.target(alias === undefined ? value : text(alias.values.arn), read.resource);
  if (target?.kind === "resource") {
    const { address, mode, values } = target.resource;
    if (mode === "data" && text(values.name) === managed) return { kind: "aws-managed", key: managed };
    return { kind: "customer-managed", key: address };
  }
  if (value instanceof Unknown || target?.kind !== "arn") return { kind: "unknown" };
  if (target.arn.endsWith(managed)) return { kind: "aws-managed", key: managed };
  return { kind: "customer-managed", key: target.arn };
}

const topic: Row = (resource, read, context) => ({
  kind: "topic",
  ...placed(resource, context.configuration),
  fifo: read.flag("fifo_topic", false),
  contentBasedDeduplication: read.flag("content_based_deduplication", false),
  encryption: encryption(read, "kms_master_key_id", "alias/aws/sns", context),
  policies: policyWriters(resource, context.satellites("aws_sns_topic_policy", resource)),
});

const stream: Row = (resource, read, context) => {
  const mode = read.inside("stream_mode_details").choice("stream_mode", ["PROVISIONED", "ON_DEMAND"], "PROVISIONED");
  return {
    kind: "stream",
    ...placed(resource, context.configuration),
    streamMode: mode,
    shardCount: mode.value === "ON_DEMAND" ? { value: null, from: "default" } : read.number("shard_count", 1, 0),
    retentionPeriodHours: read.number("retention_period", 24, 0),
    maximumRecordSizeKib: read.number("max_record_size_in_kib", 1_024, 0),
    encryption: encryption(read, "kms_key_id", "alias/aws/kinesis", context),
  };
};

const table: Row = (resource, read, context) => {
  const base = placed(resource, context.configuration);
  const own = read.setting("replica", 0, () => blocks(resource.values, "replica").length);
  const replicas = own.value + context.satellites("aws_dynamodb_table_replica", resource).length;
  return {
    kind: "table",
    ...base,
    hashKey: read.text("hash_key", "id"),
    rangeKey: read.text("range_key", null),
    streamEnabled: read.flag("stream_enabled", false),
    streamViewType: read.choice(
      "stream_view_type",
      ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"],
      null,
    ),
    streamArn: text(resource.values.stream_arn) ?? `${base.arn}/stream/unknown`,
    replicas: {
      value: replicas,
      from: own.from === "unknown" ? "unknown" : replicas === 0 ? "default" : "configuration",
    },
  };
};

const bucket: Row = (resource, _read, context) => {
  const [separate] = context.satellites("aws_s3_bucket_server_side_encryption_configuration", resource);
  const holder =
    separate === undefined
      ? new Reader(resource, context.assume).inside("server_side_encryption_configuration")
      : new Reader(separate, context.assume);
  const rule = holder.inside("rule").inside("apply_server_side_encryption_by_default");
  return {
    kind: "bucket",
    ...placed(resource, context.configuration),
    encryption:
      rule.values.sse_algorithm === "AES256" || rule.values.sse_algorithm === undefined
        ? { kind: "service" }
        : encryption(rule, "kms_master_key_id", "alias/aws/s3", context),
  };
};

const bus: Row = (resource, _read, context) => ({
  kind: "bus",
  ...placed(resource, context.configuration),
  archives: archivesOf(context.satellites("aws_cloudwatch_event_archive", resource), context.assume),
});

export function archivesOf(archives: readonly Resource[], assume: Assume) {
  return archives.map((archive) => {
    const read = new Reader(archive, assume);
    return {
      address: archive.address,
      location: archive.location,
      eventPattern: read.pattern("event_pattern"),
      retentionDays: read.number("retention_days", 0),
    };
  });
}

const rule: Row = (resource, read, context) => {
  const state = read.choice("state", ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"], null);
  const older = read.flag("is_enabled", true);
  return {
    kind: "rule",
    ...placed(resource, context.configuration),
    eventPattern: read.pattern("event_pattern"),
    scheduleExpression: read.text("schedule_expression", null),
    enabled: state.value === null ? older : { value: state.value !== "DISABLED", from: state.from },
  };
};

const schedule: Row = (resource, read, context) => {
  const state = read.choice("state", ["ENABLED", "DISABLED"], "ENABLED");
  return {
    kind: "schedule",
    ...placed(resource, context.configuration),
    scheduleExpression: read.text("schedule_expression", ""),
    enabled: { value: state.value === "ENABLED", from: state.from },
  };
};

/** Types that are ends of paths, and not played. */
const external: Row = (resource, _read, context) => ({
  kind: "external",
  ...placed(resource, context.configuration),
  service: resource.mode === "data" ? (text(resource.values.arn)?.split(":")[2] ?? resource.type) : resource.type,
  // A data source names something outside the configuration.
  outside: resource.mode === "data",
});

export const nodeRows: Readonly<Record<string, Row>> = {
  aws_sqs_queue: queue,
  aws_sns_topic: topic,
  aws_kinesis_stream: stream,
  aws_dynamodb_table: table,
  aws_s3_bucket: bucket,
  aws_cloudwatch_event_bus: bus,
  aws_cloudwatch_event_rule: rule,
  aws_scheduler_schedule: schedule,
};

/** A node for something of the configuration that paths may end at, of any other type. */
export function externalOf(resource: Resource, context: NodeContext): Node {
  return external(resource, new Reader(resource, context.assume), context);
}

/** A node for what stands outside the configuration, named by its ARN, or by protocol and endpoint. */
export function outsideOf(name: string): Node {
  const parts = name.split(":");
  const isArn = name.startsWith("arn:");
  return {
    kind: "external",
    address: name,
    location: null,
    name: isArn ? (parts.at(-1)?.split("/").at(-1) ?? null) : null,
    arn: name,
    region: isArn ? (text(parts[3]) ?? null) : null,
    accountId: isArn ? (text(parts[4]) ?? null) : null,
    provider: null,
    service: (isArn ? parts[2] : parts[0]) ?? "unknown",
    outside: true,
  };
}
