/**
 * The graph of event paths that a Terraform configuration describes: pure data, JSON all through.
 *
 * Everything after reading works from this alone: checks, rehearsal, diagrams, documentation. Names are Terraform
 * resource addresses (`module.orders.aws_sqs_queue.work[0]`); `default` is the default event bus; what stands outside
 * the configuration is named by its ARN (or by `protocol:endpoint`, such as `email:ops@example.com`), or by the data
 * source that would look it up where its ARN is not known.
 *
 * Figures are AWS's API settings under their API names in lower camel case, each with where its value comes from.
 * "Rn" in a comment is rule n of the failure semantics that the project follows.
 */

/** Where the value of a setting comes from. */
export type SettingOrigin =
  /** the configuration sets it (a state does not say who set a value: what differs from the default counts as set) */
  | "configuration"
  /** nothing sets it: AWS's, or the provider's, default */
  | "default"
  /** set, but not known before it is applied: `value` is AWS's default (a receive count: 5), and the graph's
   * `assumptions` name it */
  | "unknown";

/** A figure or choice, and where it comes from. `value` can always be computed with. */
export interface Setting<T> {
  readonly value: T;
  readonly from: SettingOrigin;
}

/** Where in the source a resource stands, where that is known. */
export interface Location {
  /** Relative to the source directory (or to the place of the JSON file). */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What every node and edge has. */
export interface Placed {
  /** The Terraform resource that it was read from; for what stands outside the configuration its ARN. */
  readonly address: string;
  readonly location: Location | null;
}

interface NodeBase extends Placed {
  /** The name in AWS (bucket name, queue name …), null where it is not known before it is applied. */
  readonly name: string | null;
  /**
   * The ARN. Where AWS has not given one yet it is made from the name, in a Region or account that the configuration
   * does not tell: unique within the graph, good for a record's `eventSourceARN`, not for a call.
   */
  readonly arn: string;
  /** The Region, where the configuration tells it. */
  readonly region: string | null;
  /** The account id, where the configuration tells it. */
  readonly accountId: string | null;
  /** The provider configuration that makes it (`aws`, `aws.replica`), null outside the configuration. */
  readonly provider: string | null;
}

/** How a queue, topic, stream or bucket is encrypted. */
export type Encryption =
  /** none, or by a key of the service's own that needs no permission (SSE-SQS, SSE-S3) */
  | { readonly kind: "service" }
  /** by an AWS-managed KMS key (`alias/aws/sqs`): no other service can be admitted to it */
  | { readonly kind: "aws-managed"; readonly key: string }
  /** by a customer-managed key: `key` is its address, or its ARN outside the configuration */
  | { readonly kind: "customer-managed"; readonly key: string }
  | { readonly kind: "unknown" };

/** An event bus. The default bus is always in the graph of a configuration that puts a rule on it: address `default`. */
export interface BusNode extends NodeBase {
  readonly kind: "bus";
  readonly archives: readonly EventArchive[];
}

/** An archive that keeps the events of a bus for a replay. */
export interface EventArchive extends Placed {
  /** null: keeps every event. */
  readonly eventPattern: Setting<EventPattern | null>;
  /** Days, 0: for ever. */
  readonly retentionDays: Setting<number>;
}

/** An event pattern, a filter or a filter policy, decoded. */
export type EventPattern = { readonly [key: string]: JsonValue };

/** Anything JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An EventBridge rule. Edges of kind `rule` lead to it from its bus; a scheduled rule has none. */
export interface RuleNode extends NodeBase {
  readonly kind: "rule";
  /** null: no pattern (a scheduled rule). A pattern that is not known is null with origin `unknown`. */
  readonly eventPattern: Setting<EventPattern | null>;
  /** `rate(…)` or `cron(…)`, null: none. */
  readonly scheduleExpression: Setting<string | null>;
  readonly enabled: Setting<boolean>;
}

/** An EventBridge Scheduler schedule. Its target is an edge of kind `target`. */
export interface ScheduleNode extends NodeBase {
  readonly kind: "schedule";
  readonly scheduleExpression: Setting<string>;
  readonly enabled: Setting<boolean>;
}

/** An SNS topic. */
export interface TopicNode extends NodeBase {
  readonly kind: "topic";
  /** Addresses of the resources that write its policy; more than one replace each other. */
  readonly policies?: readonly string[];
  readonly fifo: Setting<boolean>;
  readonly contentBasedDeduplication: Setting<boolean>;
  readonly encryption: Encryption;
}

/** An SQS queue. Its redrive policy is an edge of kind `redrive`. */
export interface QueueNode extends NodeBase {
  readonly kind: "queue";
  /** Addresses of the resources that write its policy; more than one replace each other. */
  readonly policies?: readonly string[];
  readonly fifo: Setting<boolean>;
  /** Seconds, 0–43,200, default 30 (R59). */
  readonly visibilityTimeout: Setting<number>;
  /** Seconds, 60–1,209,600, default 345,600 = 4 days (R59). */
  readonly messageRetentionPeriod: Setting<number>;
  /** Seconds, 0–900, default 0 (R59). */
  readonly delaySeconds: Setting<number>;
  /** Bytes, default 262,144. */
  readonly maximumMessageSize: Setting<number>;
  /** FIFO only (R86). */
  readonly contentBasedDeduplication: Setting<boolean>;
  /** FIFO only: whose deduplication ids are compared. */
  readonly deduplicationScope: Setting<"queue" | "messageGroup">;
  /** FIFO only. */
  readonly fifoThroughputLimit: Setting<"perQueue" | "perMessageGroupId">;
  /** Which queues may name this one as their dead-letter queue (R122); `sources` are addresses or ARNs. */
  readonly redriveAllowPolicy: Setting<RedriveAllowPolicy>;
  readonly encryption: Encryption;
}

/** Stands for the bus of a rule where that is not known. */
export const unknownBus = "unknown bus";

/** Which queues may use a queue as their dead-letter queue. */
export interface RedriveAllowPolicy {
  readonly redrivePermission: "allowAll" | "denyAll" | "byQueue";
  readonly sourceQueues: readonly string[];
}

/** A Kinesis data stream. */
export interface StreamNode extends NodeBase {
  readonly kind: "stream";
  readonly streamMode: Setting<"PROVISIONED" | "ON_DEMAND">;
  /** Shards; null in on-demand mode (AWS begins with 4). */
  readonly shardCount: Setting<number | null>;
  /** Hours, 24–8,760, default 24 (R89). */
  readonly retentionPeriodHours: Setting<number>;
  /** KiB of a record with its partition key, 1,024–10,240, default 1,024 (https://docs.aws.amazon.com/streams/latest/dev/large-records.html). */
  readonly maximumRecordSizeKib: Setting<number>;
  readonly encryption: Encryption;
}

/** A DynamoDB table. Its stream, where it has one, keeps records for 24 hours (R89). */
export interface TableNode extends NodeBase {
  readonly kind: "table";
  readonly hashKey: Setting<string>;
  readonly rangeKey: Setting<string | null>;
  readonly streamEnabled: Setting<boolean>;
  readonly streamViewType: Setting<"KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | null>;
  /** ARN of the table's stream, made from the table's where AWS has not given one yet. */
  readonly streamArn: string;
  /** Replicas in other Regions: a global table admits one reader of a shard instead of two (R89). */
  readonly replicas: Setting<number>;
}

/** An S3 bucket. */
export interface BucketNode extends NodeBase {
  readonly kind: "bucket";
  readonly encryption: Encryption;
}

/** A Lambda function with its versions and aliases. */
export interface FunctionNode extends NodeBase {
  readonly kind: "function";
  /** Seconds, 1–900, default 3. */
  readonly timeout: Setting<number>;
  /** MB, default 128. */
  readonly memorySize: Setting<number>;
  /** null: unreserved; 0 stops the function (R17). */
  readonly reservedConcurrentExecutions: Setting<number | null>;
  readonly handler: Setting<string | null>;
  readonly runtime: Setting<string | null>;
  readonly code: FunctionCode;
  /** Variables; null is the value of one that is not known before it is applied. */
  readonly environment: Setting<Readonly<Record<string, string | null>>>;
  /** Execution role: address, or ARN outside the configuration, null: not known. */
  readonly role: string | null;
  /** Default Terminate (R32). */
  readonly recursiveLoop: Setting<"Terminate" | "Allow">;
  /** Whether each change publishes a version. */
  readonly publish: Setting<boolean>;
  readonly aliases: readonly FunctionAlias[];
  /**
   * Asynchronous invocation by qualifier: looked up under the qualifier that was invoked (R19). `$LATEST` is always
   * there (AWS's defaults where nothing sets it); a qualifier that is missing has the defaults, and no destination.
   */
  readonly asyncSettings: readonly AsyncSettings[];
  /**
   * Addresses of the queues, topics, streams, tables, buses and buckets of this graph that its role may write to, for
   * sure.
   */
  readonly mayWriteTo: readonly string[];
  /**
   * Addresses of those that its role perhaps may write to besides: what a policy says of them is not known before it is
   * applied. `any`: the role, or a whole policy of it, is not known.
   */
  readonly mayPerhapsWriteTo: readonly string[] | "any";
}

/** Where a function's code is. */
export type FunctionCode =
  /** a file as the configuration writes it; relative to `directory` of the graph */
  | { readonly kind: "zip"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string | null; readonly key: string | null }
  | { readonly kind: "image"; readonly uri: string | null }
  | { readonly kind: "unknown" };

/** An alias, and the version behind it. */
export interface FunctionAlias extends Placed {
  readonly name: string;
  readonly functionVersion: Setting<string>;
}

/** A function's settings for asynchronous invocation under one qualifier. Destinations are edges. */
export interface AsyncSettings {
  /** `$LATEST`, a version or an alias's name. */
  readonly qualifier: string;
  /** The `aws_lambda_function_event_invoke_config`, null where nothing sets them. */
  readonly address: string | null;
  /** 0–2, default 2 (R8). */
  readonly maximumRetryAttempts: Setting<number>;
  /** Seconds, 60–21,600, default 21,600 (R9). */
  readonly maximumEventAgeInSeconds: Setting<number>;
}

/**
 * An end that this project does not play: something outside the configuration, or of a service beyond the paths
 * (a state machine, a delivery stream, an API destination, an email address).
 */
export interface ExternalNode extends NodeBase {
  readonly kind: "external";
  /** The Terraform type (`aws_sfn_state_machine`), an ARN's service (`sqs`), or a protocol (`email`, `https`). */
  readonly service: string;
  /** False where the configuration holds the resource, true where it only names it. */
  readonly outside: boolean;
}

export type Node =
  | BusNode
  | RuleNode
  | ScheduleNode
  | TopicNode
  | QueueNode
  | StreamNode
  | TableNode
  | BucketNode
  | FunctionNode
  | ExternalNode;
export type NodeKind = Node["kind"];
export type NodeOf<K extends NodeKind> = Extract<Node, { kind: K }>;

/** granted and missing are known; unknown: a policy that decides it is not known before it is applied, or outside. */
export type PermissionState = "granted" | "missing" | "unknown";

/** One permission that an edge needs to work. */
export interface Permission {
  /** Who: a service (`events.amazonaws.com`), a role's address or ARN, or the id of an account. */
  readonly principal: string;
  /** What: all of them are needed. */
  readonly actions: readonly string[];
  /** On what: an address, or an ARN outside the configuration. */
  readonly resource: string;
  readonly state: PermissionState;
  /** One sentence: which statement or resource is missing or not known; where granted, what had to be assumed, or null. */
  readonly why: string | null;
  /** Addresses of the policies that grant it. */
  readonly grantedBy: readonly string[];
}

interface EdgeBase extends Placed {
  /** Unique in the graph: the address, with a suffix where one resource makes several edges. */
  readonly id: string;
  /** Address of a node; of an edge of kinds {@link FailureEdgeKind}: what it takes failures of, see there. */
  readonly from: string;
  /** Address of a node. Null: not known before it is applied (an assumption names it). */
  readonly to: string | null;
  /**
   * Every permission that it needs; none listed: needs none. That a role's trust policy admits the service which assumes
   * it (`sts:AssumeRole` on the role) is listed only where it does not, or where that is not known.
   */
  readonly permissions: readonly Permission[];
}

/** Which version or alias of a function an edge leads to: `$LATEST` where none is named, null where not known. */
interface ToFunction {
  readonly qualifier: string | null;
}

/** From a bus to each of its rules. */
export interface RuleEdge extends EdgeBase {
  readonly kind: "rule";
}

/** From a rule or a schedule to its target. */
export interface TargetEdge extends EdgeBase, ToFunction {
  readonly kind: "target";
  readonly targetId: string | null;
  readonly settings: {
    /** 0–185, default 185 (R34); 0 where a rule's target has a retry_policy without it. */
    readonly maximumRetryAttempts: Setting<number>;
    /** Seconds, 60–86,400, default 86,400 (R34); 0, which AWS refuses, where a rule's target has a retry_policy without it. */
    readonly maximumEventAgeInSeconds: Setting<number>;
  };
  readonly input: TargetInput;
  /** Queues only; null: none. A rule's may be a path into the event. */
  readonly messageGroupId: Setting<string | null>;
  /** Streams only: of a rule's target a path into the event (null: the event's id), a schedule's own key (null: none). */
  readonly partitionKey: Setting<string | null>;
  /** Of a schedule, for a bus: what its event is called beside the detail, which is the input. Null: none. */
  readonly eventBridgeParameters: EventBridgeParameters | null;
}

/** What a schedule calls the event that it puts on a bus. Null: not set, which AWS refuses. */
export interface EventBridgeParameters {
  /** Does not begin with `aws.`. */
  readonly source: Setting<string | null>;
  readonly detailType: Setting<string | null>;
}

/** What a target is given instead of the event. */
export type TargetInput =
  | { readonly kind: "event" }
  /** `input`: this text */
  | { readonly kind: "constant"; readonly text: string }
  /** `input_path`: the part that this path chooses */
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "transformer"; readonly paths: Readonly<Record<string, string>>; readonly template: string }
  | { readonly kind: "unknown" };

/** From a topic to a subscriber. */
export interface SubscriptionEdge extends EdgeBase, ToFunction {
  readonly kind: "subscription";
  /** `lambda`, `sqs`, `email`, `https` … */
  readonly protocol: string;
  readonly settings: {
    readonly rawMessageDelivery: Setting<boolean>;
    readonly filterPolicy: Setting<EventPattern | null>;
    readonly filterPolicyScope: Setting<"MessageAttributes" | "MessageBody">;
  };
}

/** From a bucket to a function, queue or topic; to the `default` bus where the bucket sends all to EventBridge. */
export interface NotificationEdge extends EdgeBase, ToFunction {
  readonly kind: "notification";
  readonly settings: {
    /** `s3:ObjectCreated:*` … */
    readonly events: Setting<readonly string[]>;
    readonly filterPrefix: Setting<string>;
    readonly filterSuffix: Setting<string>;
  };
}

/** An event source mapping: from a queue, stream or table (its stream) to a function. */
export interface MappingEdge extends EdgeBase, ToFunction {
  readonly kind: "mapping";
  /** What it reads: `other` (Kafka, MQ, DocumentDB) is named, and not played. */
  readonly source: "sqs" | "kinesis" | "dynamodb" | "other";
  /** The `aws_kinesis_stream_consumer` that it reads through, null: shared throughput. */
  readonly consumer: string | null;
  readonly settings: MappingSettings;
}

export interface MappingSettings {
  readonly enabled: Setting<boolean>;
  /** Default 10 for a queue, 100 for a stream (R54, R87). */
  readonly batchSize: Setting<number>;
  /** Seconds, 0–300, default 0 (R55). */
  readonly maximumBatchingWindowInSeconds: Setting<number>;
  /** `ReportBatchItemFailures` or nothing (R67). */
  readonly functionResponseTypes: Setting<readonly string[]>;
  /** Patterns, any of which lets a record pass; none: all pass. A text that is no JSON object is kept as text. */
  readonly filterCriteria: Setting<readonly (EventPattern | string)[]>;
  /** Queues only: 2–1,000, null: not set (R72). */
  readonly maximumConcurrency: Setting<number | null>;
  /** Queues only, null: not set (R74). */
  readonly provisionedPollers: Setting<{ readonly minimumPollers: number; readonly maximumPollers: number } | null>;
  /** Streams only (R88), null for a queue. */
  readonly startingPosition: Setting<"TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP" | null>;
  /** RFC 3339, with AT_TIMESTAMP. */
  readonly startingPositionTimestamp: Setting<string | null>;
  /** Streams only: 1–10, default 1 (R113). */
  readonly parallelizationFactor: Setting<number>;
  /** Streams only: −1 (for ever) or 0–10,000, default −1 (R87). */
  readonly maximumRetryAttempts: Setting<number>;
  /** Streams only: seconds, −1 (none) or 60–604,800, default −1 (R87). */
  readonly maximumRecordAgeInSeconds: Setting<number>;
  /** Streams only, default false (R94). */
  readonly bisectBatchOnFunctionError: Setting<boolean>;
  /** Streams only: seconds, 0–900, default 0: none (R115). */
  readonly tumblingWindowInSeconds: Setting<number>;
  /** `EventCount` or nothing (R77). */
  readonly metrics: Setting<readonly string[]>;
}

/** A queue's redrive policy: to its dead-letter queue. `from` is the queue. */
export interface RedriveEdge extends EdgeBase {
  readonly kind: "redrive";
  readonly settings: {
    /** 1–1,000; not known: 5. */
    readonly maxReceiveCount: Setting<number>;
  };
}

/**
 * Where AWS puts what failed, or succeeded. `from` is what it takes records of:
 * - `on-failure` and `on-success` with `of: "function"`: the function (asynchronous invocation under `fromQualifier`);
 * - `on-failure` with `of: "mapping"`: the `id` of the event source mapping's edge (streams only, R106);
 * - `dead-letter` with `of: "function"`: the function's own (R23), `"target"`, `"subscription"`: the `id` of that edge.
 */
export interface DestinationEdge extends EdgeBase, ToFunction {
  readonly kind: "on-failure" | "on-success" | "dead-letter";
  readonly of: "function" | "mapping" | "target" | "subscription";
  /** The qualifier whose invocations it serves; null where `of` is not `function`, and for a function's dead-letter
   * queue, which serves all. */
  readonly fromQualifier: string | null;
}

/** An EventBridge pipe: named in the graph, not played. */
export interface PipeEdge extends EdgeBase, ToFunction {
  readonly kind: "pipe";
}

export type Edge =
  | RuleEdge
  | TargetEdge
  | SubscriptionEdge
  | NotificationEdge
  | MappingEdge
  | RedriveEdge
  | DestinationEdge
  | PipeEdge;
export type EdgeKind = Edge["kind"];
export type EdgeOf<K extends EdgeKind> = Edge extends infer E
  ? E extends Edge
    ? K extends E["kind"]
      ? E
      : never
    : never
  : never;

/** Edges that only failures (or, on-success, results) take: no event path runs over them. */
export type FailureEdgeKind = "redrive" | "on-failure" | "on-success" | "dead-letter";

/** A CloudWatch alarm that watches something of this graph, or acts through one of its topics. */
export interface Alarm extends Placed {
  /** Null: not known before it is applied. */
  readonly name: string | null;
  readonly namespace: string | null;
  readonly metricName: string | null;
  readonly dimensions: Readonly<Record<string, string | null>>;
  /** Addresses of the nodes and edges that its dimensions name. */
  readonly watches: readonly string[];
  /** Where it is: it sees the metrics of its own Region alone. Null: not known. */
  readonly region: string | null;
  /** The unit of the data that it looks at, as CloudWatch spells it; null: of any, or not known. */
  readonly unit: string | null;
  /** `Maximum`, `Sum` or another as CloudWatch spells it, a percentile too; null: not known. */
  readonly statistic: string | null;
  /** Over how many seconds the statistic is taken; null: not known. */
  readonly periodSeconds: number | null;
  readonly threshold: number | null;
  /** As CloudWatch spells it; null: not known, or what it compares is an expression that is more than this metric. */
  readonly comparisonOperator: string | null;
  /** False where its own actions are switched off: `alarmActions` are then those of composite alarms alone. */
  readonly actionsEnabled: boolean;
  /**
   * Addresses, or ARNs outside the configuration; with those of the composite alarms whose rule names it. Null: not
   * known.
   */
  readonly alarmActions: readonly string[] | null;
  /** What CloudWatch needs for the actions that the alarm itself has within the configuration, one after the other. */
  readonly permissions: readonly Permission[];
}

/** Something that the reading had to assume. */
export interface Assumption {
  /** Address and attribute: `aws_sqs_queue.work.redrive_policy`. */
  readonly name: string;
  /** What was assumed: `maxReceiveCount 5`, `permission unknown`. */
  readonly value: string;
  readonly why: string;
}

/** A resource that touches a path and that the reading does not understand: named once. */
export interface NotUnderstood {
  readonly address: string;
  readonly why: string;
  /** Addresses of what it names, where it is of a type that is not read. */
  readonly names?: readonly string[];
}

export interface Graph {
  /** The stack's name: of the synthesized stack, else of the directory or file. */
  readonly stack: string;
  /** Absolute directory that relative paths (`FunctionCode`) are relative to. */
  readonly directory: string;
  /** In order of address; `default` and what stands outside last. */
  readonly nodes: readonly Node[];
  /** In order of id. */
  readonly edges: readonly Edge[];
  readonly alarms: readonly Alarm[];
  readonly assumptions: readonly Assumption[];
  readonly notUnderstood: readonly NotUnderstood[];
  /** Where each resource stands, by address, as far as the source tells. */
  readonly locations?: Readonly<Record<string, Location>>;
}

/** What an edge's permissions come to: one missing is missing, else one unknown is unknown. */
export function permissionOf(edge: Pick<Edge, "permissions">): PermissionState {
  if (edge.permissions.some((permission) => permission.state === "missing")) return "missing";
  return edge.permissions.some((permission) => permission.state === "unknown") ? "unknown" : "granted";
}

/** A DynamoDB stream keeps its records for 24 hours, always (R89). */
export const dynamodbStreamRetentionSeconds = 86_400;
