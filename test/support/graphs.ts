/** Graphs of event paths made by hand: nodes and edges with AWS's defaults, of which a test sets what it is about. */
import type {
  BucketNode,
  BusNode,
  DestinationEdge,
  Edge,
  EventPattern,
  ExternalNode,
  FunctionNode,
  Graph,
  MappingEdge,
  MappingSettings,
  Node,
  NotificationEdge,
  Permission,
  PermissionState,
  QueueNode,
  RedriveEdge,
  RuleNode,
  ScheduleNode,
  Setting,
  StreamNode,
  SubscriptionEdge,
  TableNode,
  TargetEdge,
  TargetInput,
  TopicNode,
} from "../../topology/graph.ts";

const account = "111122223333";
const region = "eu-west-1";

function set<T>(value: T): Setting<T> {
  return { value, from: "configuration" };
}

/** Settings by their plain values. */
type Plain<T> = { readonly [K in keyof T]?: T[K] extends Setting<infer V> ? V : T[K] };

function settings<T extends object>(defaults: T, given: Plain<T>): T {
  const merged = { ...defaults } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    const before = (defaults as Record<string, unknown>)[name];
    const isSetting = typeof before === "object" && before !== null && "from" in before;
    merged[name] = isSetting ? set(value) : value;
  }
  return merged as T;
}

function permissions(state: PermissionState, resource: string): readonly Permission[] {
  if (state === "granted") return [];
  return [
    { principal: "a principal", actions: ["an:Action"], resource, state, why: "made so by the test", grantedBy: [] },
  ];
}

interface EdgeOptions {
  readonly permission?: PermissionState;
  readonly qualifier?: string;
  /** Its id and address, where the made-up one would not do. */
  readonly id?: string;
}

/** A graph in the making. Nodes are named `aws_TYPE.NAME`; every method gives the address or the edge's id. */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #edges: Edge[] = [];
  readonly #stack: string;

  constructor(stack = "shop") {
    this.#stack = stack;
  }

  #base(
    type: string,
    name: string,
    service: string,
    resource: string,
    place: { region?: string; accountId?: string } = {},
  ) {
    const [inRegion, inAccount] = [place.region ?? region, place.accountId ?? account];
    return {
      address: `${type}.${name}`,
      location: null,
      name,
      arn: `arn:aws:${service}:${inRegion}:${inAccount}:${resource}`,
      region: inRegion,
      accountId: inAccount,
      provider: "aws",
    };
  }

  #add(node: Node): string {
    this.#nodes.push(node);
    return node.address;
  }

  queue(name: string, given: Plain<QueueNode> = {}): string {
    const base = this.#base("aws_sqs_queue", name, "sqs", name, { region: given.region ?? region });
    const defaults: QueueNode = {
      ...base,
      kind: "queue",
      fifo: set(false),
      visibilityTimeout: set(30),
      messageRetentionPeriod: set(345_600),
      delaySeconds: set(0),
      maximumMessageSize: set(262_144),
      contentBasedDeduplication: set(false),
      deduplicationScope: set("queue"),
      fifoThroughputLimit: set("perQueue"),
      redriveAllowPolicy: set({ redrivePermission: "allowAll", sourceQueues: [] }),
      encryption: { kind: "service" },
    };
    return this.#add(settings(defaults, given));
  }

  fn(name: string, given: Plain<FunctionNode> & { retries?: number; ageSeconds?: number } = {}): string {
    const { retries, ageSeconds, ...rest } = given;
    const defaults: FunctionNode = {
      ...this.#base("aws_lambda_function", name, "lambda", `function:${name}`),
      kind: "function",
      timeout: set(3),
      memorySize: set(128),
      reservedConcurrentExecutions: set(null),
      handler: set("index.handler"),
      runtime: set("nodejs22.x"),
      code: { kind: "unknown" },
      environment: set({}),
      role: null,
      recursiveLoop: set("Terminate"),
      publish: set(false),
      aliases: [],
      asyncSettings: [asyncSettings("$LATEST", retries, ageSeconds)],
      mayWriteTo: [],
      mayPerhapsWriteTo: [],
    };
    return this.#add(settings(defaults, rest));
  }

  stream(name: string, given: Plain<StreamNode> = {}): string {
    const defaults: StreamNode = {
      ...this.#base("aws_kinesis_stream", name, "kinesis", `stream/${name}`),
      kind: "stream",
      streamMode: set("PROVISIONED"),
      shardCount: set(1),
      retentionPeriodHours: set(24),
      maximumRecordSizeKib: set(1_024),
      encryption: { kind: "service" },
    };
    return this.#add(settings(defaults, given));
  }

  table(name: string, given: Plain<TableNode> = {}): string {
    const base = this.#base("aws_dynamodb_table", name, "dynamodb", `table/${name}`);
    const defaults: TableNode = {
      ...base,
      kind: "table",
      hashKey: set("pk"),
      rangeKey: set(null),
      streamEnabled: set(true),
      streamViewType: set("NEW_AND_OLD_IMAGES"),
      streamArn: `${base.arn}/stream/2025-03-01T00:00:00.000`,
      replicas: set(0),
    };
    return this.#add(settings(defaults, given));
  }

  bus(name: string, given: { region?: string; accountId?: string; archives?: BusNode["archives"] } = {}): string {
    const { archives = [], ...place } = given;
    return this.#add({
      ...this.#base("aws_cloudwatch_event_bus", name, "events", `event-bus/${name}`, place),
      kind: "bus",
      archives,
    });
  }

  rule(
    name: string,
    bus: string | null,
    eventPattern: EventPattern | null,
    given: { enabled?: boolean; region?: string; accountId?: string } = {},
  ): string {
    const { enabled = true, ...place } = given;
    const node: RuleNode = {
      ...this.#base("aws_cloudwatch_event_rule", name, "events", `rule/${name}`, place),
      kind: "rule",
      eventPattern: set(eventPattern),
      scheduleExpression: set(bus === null ? "rate(1 hour)" : null),
      enabled: set(enabled),
    };
    if (bus !== null) {
      this.#edges.push({
        kind: "rule",
        id: node.address,
        address: node.address,
        location: null,
        from: bus,
        to: node.address,
        permissions: [],
      });
    }
    return this.#add(node);
  }

  schedule(name: string): string {
    const node: ScheduleNode = {
      ...this.#base("aws_scheduler_schedule", name, "scheduler", `schedule/default/${name}`),
      kind: "schedule",
      scheduleExpression: set("rate(1 hour)"),
      enabled: set(true),
    };
    return this.#add(node);
  }

  topic(name: string, given: Plain<TopicNode> = {}): string {
    const defaults: TopicNode = {
      ...this.#base("aws_sns_topic", name, "sns", name),
      kind: "topic",
      fifo: set(false),
      contentBasedDeduplication: set(false),
      encryption: { kind: "service" },
    };
    return this.#add(settings(defaults, given));
  }

  bucket(name: string): string {
    const node: BucketNode = {
      ...this.#base("aws_s3_bucket", name, "s3", name),
      kind: "bucket",
      encryption: { kind: "service" },
    };
    return this.#add(node);
  }

  external(address: string, service: string): string {
    const node: ExternalNode = {
      ...this.#base("external", address, service, address),
      address,
      kind: "external",
      service,
      outside: true,
    };
    return this.#add(node);
  }

  #edge(id: string, from: string, to: string | null, { permission = "granted" }: EdgeOptions) {
    return {
      id,
      address: id.replace(/#.*$/, ""),
      location: null,
      from,
      to,
      permissions: permissions(permission, to ?? ""),
    };
  }

  target(
    rule: string,
    to: string,
    given: EdgeOptions & {
      maximumRetryAttempts?: number;
      maximumEventAgeInSeconds?: number;
      input?: TargetInput;
      messageGroupId?: string;
      partitionKey?: string;
      /** Of a schedule, for a bus. */
      event?: { source: string; detailType: string };
    } = {},
  ): string {
    const edge: TargetEdge = {
      ...this.#edge(given.id ?? `aws_cloudwatch_event_target.${rule}-${to}`, rule, to, given),
      kind: "target",
      qualifier: given.qualifier ?? "$LATEST",
      targetId: null,
      settings: {
        maximumRetryAttempts: set(given.maximumRetryAttempts ?? 185),
        maximumEventAgeInSeconds: set(given.maximumEventAgeInSeconds ?? 86_400),
      },
      input: given.input ?? { kind: "event" },
      messageGroupId: set(given.messageGroupId ?? null),
      partitionKey: set(given.partitionKey ?? null),
      eventBridgeParameters:
        given.event === undefined ? null : { source: set(given.event.source), detailType: set(given.event.detailType) },
    };
    this.#edges.push(edge);
    return edge.id;
  }

  subscription(
    topic: string,
    to: string,
    given: EdgeOptions & {
      raw?: boolean;
      filterPolicy?: EventPattern;
      scope?: "MessageAttributes" | "MessageBody";
      protocol?: string;
    } = {},
  ): string {
    const edge: SubscriptionEdge = {
      ...this.#edge(given.id ?? `aws_sns_topic_subscription.${topic}-${to}`, topic, to, given),
      kind: "subscription",
      qualifier: given.qualifier ?? "$LATEST",
      protocol: given.protocol ?? "lambda",
      settings: {
        rawMessageDelivery: set(given.raw ?? false),
        filterPolicy: set(given.filterPolicy ?? null),
        filterPolicyScope: set(given.scope ?? "MessageAttributes"),
      },
    };
    this.#edges.push(edge);
    return edge.id;
  }

  notification(
    bucket: string,
    to: string,
    given: EdgeOptions & { events?: string[]; prefix?: string; suffix?: string } = {},
  ): string {
    const edge: NotificationEdge = {
      ...this.#edge(given.id ?? `aws_s3_bucket_notification.${bucket}-${to}`, bucket, to, given),
      kind: "notification",
      qualifier: given.qualifier ?? "$LATEST",
      settings: {
        events: set(given.events ?? ["s3:ObjectCreated:*"]),
        filterPrefix: set(given.prefix ?? ""),
        filterSuffix: set(given.suffix ?? ""),
      },
    };
    this.#edges.push(edge);
    return edge.id;
  }

  mapping(from: string, to: string, given: Plain<MappingSettings> & EdgeOptions & { partial?: boolean } = {}): string {
    const { permission, qualifier, id, partial, ...rest } = given;
    const source = /^aws_sqs_queue|:sqs:/.test(from)
      ? "sqs"
      : from.startsWith("aws_kinesis_stream")
        ? "kinesis"
        : "dynamodb";
    const defaults: MappingSettings = {
      enabled: set(true),
      batchSize: set(source === "sqs" ? 10 : 100),
      maximumBatchingWindowInSeconds: set(0),
      functionResponseTypes: set(partial === true ? ["ReportBatchItemFailures"] : []),
      filterCriteria: set([]),
      maximumConcurrency: set(null),
      provisionedPollers: set(null),
      startingPosition: set(source === "sqs" ? null : "TRIM_HORIZON"),
      startingPositionTimestamp: set(null),
      parallelizationFactor: set(1),
      maximumRetryAttempts: set(-1),
      maximumRecordAgeInSeconds: set(-1),
      bisectBatchOnFunctionError: set(false),
      tumblingWindowInSeconds: set(0),
      metrics: set([]),
    };
    const edge: MappingEdge = {
      ...this.#edge(
        id ?? `aws_lambda_event_source_mapping.${from}-${to}`,
        from,
        to,
        permission === undefined ? {} : { permission },
      ),
      kind: "mapping",
      source,
      consumer: null,
      qualifier: qualifier ?? "$LATEST",
      settings: settings(defaults, rest),
    };
    this.#edges.push(edge);
    return edge.id;
  }

  redrive(from: string, to: string, maxReceiveCount: number, given: EdgeOptions = {}): string {
    const edge: RedriveEdge = {
      ...this.#edge(`${from}#redrive`, from, to, given),
      kind: "redrive",
      settings: { maxReceiveCount: set(maxReceiveCount) },
    };
    this.#edges.push(edge);
    return edge.id;
  }

  /** On-failure, on-success or dead-letter: of a function (by address), a mapping, target or subscription (by id). */
  destination(
    kind: DestinationEdge["kind"],
    of: DestinationEdge["of"],
    from: string,
    to: string,
    given: EdgeOptions & { fromQualifier?: string } = {},
  ): string {
    const edge: DestinationEdge = {
      ...this.#edge(`${from}#${kind}-${to}`, from, to, given),
      kind,
      of,
      fromQualifier: of === "function" && kind !== "dead-letter" ? (given.fromQualifier ?? "$LATEST") : null,
      qualifier: given.qualifier ?? "$LATEST",
    };
    this.#edges.push(edge);
    return edge.id;
  }

  build(): Graph {
    return {
      stack: this.#stack,
      directory: "/nowhere",
      nodes: this.#nodes,
      edges: this.#edges,
      alarms: [],
      assumptions: [],
      notUnderstood: [],
    };
  }
}

/** Settings for asynchronous invocation under a qualifier. */
export function asyncSettings(
  qualifier: string,
  retries = 2,
  ageSeconds = 21_600,
): FunctionNode["asyncSettings"][number] {
  return { qualifier, address: null, maximumRetryAttempts: set(retries), maximumEventAgeInSeconds: set(ageSeconds) };
}

/** An alias of a function. */
export function alias(name: string, version: string): FunctionNode["aliases"][number] {
  return { name, address: `aws_lambda_alias.${name}`, location: null, functionVersion: set(version) };
}
