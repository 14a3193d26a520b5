/** For each rule a smallest configuration that shows it, made from a clean one, and the repaired twin beside it. */
import {
  admits,
  all,
  type Body,
  body,
  bucketPath,
  type Config,
  clockPath,
  encoded,
  eventPath,
  lambda,
  maySend,
  net,
  prefixed,
  queuePath,
  ref,
  remove,
  schedulePath,
  streamPath,
  tablePath,
  topicPath,
} from "./configurations.ts";
import { clicks, dlq, invoke, mailer, mapping, resource, rule, target, work, worker } from "./parts.ts";

export interface Twin {
  readonly id: string;
  /** What a second twin of one rule is about. */
  readonly about?: string;
  readonly shows: () => Config;
  readonly repaired: () => Config;
}

type Change = (config: Config) => void;

/** A clean configuration, and what breaks it; where the repair is not the clean one, what makes it. */
function twin(id: string, base: () => Config, show: Change, repair: Change = () => {}, about?: string): Twin {
  const made = (change: Change) => (): Config => {
    const config = base();
    change(config);
    return config;
  };
  return { id, ...(about === undefined ? {} : { about }), shows: made(show), repaired: made(repair) };
}

function set(address: string, values: Body): Change {
  return (config) => void Object.assign(body(config, address), values);
}

function unset(address: string, ...attributes: readonly string[]): Change {
  return (config) => {
    for (const attribute of attributes) delete body(config, address)[attribute];
  };
}

function also(config: Config, more: Config): void {
  const merged = all(config, more);
  config.resource = merged.resource;
  config.data = merged.data;
}

function each(...changes: readonly Change[]): Change {
  return (config) => {
    for (const change of changes) change(config);
  };
}

/** A redrive policy of the work queue. */
function redrive(count: number, to = "aws_sqs_queue.work_dlq.arn"): Body {
  return { redrive_policy: encoded({ deadLetterTargetArn: ref(to), maxReceiveCount: count }) };
}

/** Statements of a function's role, after those that it has. */
function allowing(name: string, ...statements: readonly Body[]): Change {
  return (config) => {
    const document = body(config, `data.aws_iam_policy_document.${name}`);
    const given = Array.isArray(document.statement) ? document.statement : [];
    document.statement = [...given, ...statements];
  };
}

/** A FIFO path. */
function fifoPath(): Config {
  const config = queuePath();
  set(work, { name: "work.fifo", fifo_queue: true })(config);
  set(dlq, { name: "work-dlq.fifo", fifo_queue: true })(config);
  unset(mapping, "scaling_config")(config);
  return config;
}

/** A second consumer of the work queue. */
function secondReader(config: Config): void {
  const reads = {
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    resources: [ref("aws_sqs_queue.work.arn")],
  };
  const settings = {
    function_response_types: ["ReportBatchItemFailures"],
    scaling_config: [{ maximum_concurrency: 10 }],
  };
  const second = {
    event_source_arn: ref("aws_sqs_queue.work.arn"),
    function_name: ref("aws_lambda_function.second.arn"),
    ...settings,
  };
  also(config, all(lambda("second", [reads]), resource("aws_lambda_event_source_mapping", "second", second)));
}

/** A table whose stream two functions read. */
function twoReaders(): Config {
  return all(
    tablePath(),
    prefixed(tablePath(), "more"),
    resource("aws_lambda_event_source_mapping", "more_orders", {
      ...body(prefixed(tablePath(), "more"), "aws_lambda_event_source_mapping.more_orders"),
      event_source_arn: ref("aws_dynamodb_table.orders.stream_arn"),
    }),
    {
      resource: {},
      data: {
        aws_iam_policy_document: {
          more_projector: {
            statement: [
              {
                actions: ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"],
                resources: [ref("aws_dynamodb_table.orders.stream_arn")],
              },
              { actions: ["s3:PutObject"], resources: [`${ref("aws_s3_bucket.more_projector_failures.arn")}/*`] },
              { actions: ["s3:ListBucket"], resources: [ref("aws_s3_bucket.more_projector_failures.arn")] },
            ],
          },
        },
      },
    },
  );
}

/** A rule that sends into a queue without consumer. */
function eventToQueue(fifo: boolean, groupId?: string): Config {
  const suffix = fifo ? ".fifo" : "";
  return all(
    net("undelivered"),
    admits("undelivered", "events.amazonaws.com", [ref("aws_cloudwatch_event_rule.placed.arn")]),
    admits("inbox", "events.amazonaws.com", [ref("aws_cloudwatch_event_rule.placed.arn")]),
    resource("aws_sqs_queue", "inbox", {
      name: `inbox${suffix}`,
      ...(fifo ? { fifo_queue: true, content_based_deduplication: true } : {}),
    }),
    resource("aws_cloudwatch_event_rule", "placed", { name: "placed", event_pattern: encoded({ source: ["shop"] }) }),
    resource("aws_cloudwatch_event_target", "placed", {
      rule: ref("aws_cloudwatch_event_rule.placed.name"),
      arn: ref("aws_sqs_queue.inbox.arn"),
      dead_letter_config: [{ arn: ref("aws_sqs_queue.undelivered.arn") }],
      ...(groupId === undefined ? {} : { sqs_target: [{ message_group_id: groupId }] }),
    }),
  );
}

/** A topic that sends into a queue without consumer; a queue that takes its dead letters is of the topic's type. */
function topicToQueue(fifoTopic: boolean, fifoQueue: boolean): Config {
  const name = (base: string, fifo: boolean): Body => (fifo ? { name: `${base}.fifo` } : { name: base });
  const topics = [ref("aws_sns_topic.news.arn")];
  return all(
    net("letters", { ...name("letters", fifoTopic), ...(fifoTopic ? { fifo_queue: true } : {}) }),
    admits("letters", "sns.amazonaws.com", topics),
    admits("inbox", "sns.amazonaws.com", topics),
    resource("aws_sns_topic", "news", { ...name("news", fifoTopic), ...(fifoTopic ? { fifo_topic: true } : {}) }),
    resource("aws_sqs_queue", "inbox", { ...name("inbox", fifoQueue), ...(fifoQueue ? { fifo_queue: true } : {}) }),
    resource("aws_sns_topic_subscription", "inbox", {
      topic_arn: ref("aws_sns_topic.news.arn"),
      protocol: "sqs",
      endpoint: ref("aws_sqs_queue.inbox.arn"),
      redrive_policy: encoded({ deadLetterTargetArn: ref("aws_sqs_queue.letters.arn") }),
    }),
  );
}

/** The mailer's results on the bus that triggers it. */
function resultsToBus(pattern: Body): Config {
  const config = eventPath();
  set(invoke, {
    destination_config: [
      {
        on_failure: [{ destination: ref("aws_sqs_queue.mailer_failed.arn") }],
        on_success: [{ destination: ref("aws_cloudwatch_event_bus.shop.arn") }],
      },
    ],
  })(config);
  allowing("mailer", { actions: ["events:PutEvents"], resources: [ref("aws_cloudwatch_event_bus.shop.arn")] })(config);
  set(rule, { event_pattern: encoded(pattern) })(config);
  return config;
}

/** The stream with a queue for its failure records. */
function pointerNet(hours: number): Change {
  return (config) => {
    also(config, net("clicks_failed"));
    set("aws_kinesis_stream.clicks", { retention_period: hours })(config);
    set(clicks, {
      destination_config: [{ on_failure: [{ destination_arn: ref("aws_sqs_queue.clicks_failed.arn") }] }],
    })(config);
    allowing("clicker", maySend("clicks_failed"))(config);
  };
}

/** A chain of three buses; the last in a third account, or in the second's. */
function busChain(third: string): Config {
  const hop = (name: string, bus: string, to: string): Config =>
    all(
      resource("aws_cloudwatch_event_rule", name, {
        name,
        event_pattern: encoded({ source: ["shop"] }),
        ...(bus === "default" ? {} : { event_bus_name: bus }),
      }),
      resource("aws_cloudwatch_event_target", name, {
        rule: ref(`aws_cloudwatch_event_rule.${name}.name`),
        arn: to,
        role_arn: "arn:aws:iam::111122223333:role/forwards",
        dead_letter_config: [{ arn: ref("aws_sqs_queue.undelivered.arn") }],
        ...(bus === "default" ? {} : { event_bus_name: bus }),
      }),
    );
  const rules = [ref("aws_cloudwatch_event_rule.first.arn"), ref("aws_cloudwatch_event_rule.second.arn")];
  return all(
    net("undelivered"),
    admits("undelivered", "events.amazonaws.com", rules),
    resource("aws_cloudwatch_event_bus", "shop", { name: "shop" }),
    hop("first", "arn:aws:events:eu-west-1:444455556666:event-bus/partner", ref("aws_cloudwatch_event_bus.shop.arn")),
    hop("second", ref("aws_cloudwatch_event_bus.shop.name"), third),
  );
}

/** A topic that a failing function publishes to. */
function incidentTopic(subscribed: boolean): Change {
  return (config) => {
    also(config, resource("aws_sns_topic", "oncall", { name: "oncall" }));
    failuresTo("aws_sns_topic.oncall", "sns:Publish")(config);
    if (subscribed) also(config, subscription);
  };
}

/** Someone who reads what a topic gets. */
const subscription = resource("aws_sns_topic_subscription", "oncall", {
  topic_arn: ref("aws_sns_topic.oncall.arn"),
  protocol: "email",
  endpoint: "oncall@example.com",
});

/** The function's failures go elsewhere than to its queue. */
function failuresTo(address: string, action: string): Change {
  return (config) => {
    set(invoke, { destination_config: [{ on_failure: [{ destination: ref(`${address}.arn`) }] }] })(config);
    allowing("mailer", { actions: [action], resources: [ref(`${address}.arn`)] })(config);
    remove(config, "aws_sqs_queue.mailer_failed");
    remove(config, "aws_cloudwatch_metric_alarm.mailer_failed_depth");
    const document = body(config, "data.aws_iam_policy_document.mailer");
    if (Array.isArray(document.statement))
      document.statement = document.statement.filter((one) => !JSON.stringify(one).includes("mailer_failed"));
  };
}

/** The function's failures go to a bus without a rule, which an archive keeps or nothing does. */
function failureBus(archived: boolean): Change {
  return (config) => {
    also(config, resource("aws_cloudwatch_event_bus", "failures", { name: "failures" }));
    failuresTo("aws_cloudwatch_event_bus.failures", "events:PutEvents")(config);
    if (!archived) return;
    const archive = { name: "failures", event_source_arn: ref("aws_cloudwatch_event_bus.failures.arn") };
    also(config, resource("aws_cloudwatch_event_archive", "failures", archive));
  };
}

/** An alarm tells a topic of the configuration. */
function toldTopic(topic: Body): Change {
  return (config) => {
    also(config, resource("aws_sns_topic", "oncall", { name: "oncall", ...topic }));
    also(config, subscription);
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { alarm_actions: [ref("aws_sns_topic.oncall.arn")] })(config);
  };
}

/** A redrive allow policy that names the queue and as many others. */
function namedSources(others: number): Change {
  const more = Array.from({ length: others }, (_, index) => `arn:aws:sqs:eu-west-1:111122223333:other-${index}`);
  const policy = { redrivePermission: "byQueue", sourceQueueArns: [ref(`${work}.arn`), ...more] };
  return set("aws_sqs_queue_redrive_allow_policy.work", { redrive_allow_policy: encoded(policy) });
}

/** An alias that the rule invokes. */
function throughAlias(qualifier: string | undefined): Change {
  return (config) => {
    also(
      config,
      resource("aws_lambda_alias", "live", {
        name: "live",
        function_name: ref(`${mailer}.function_name`),
        function_version: "1",
      }),
    );
    set(target, { arn: ref("aws_lambda_alias.live.arn") })(config);
    set("aws_lambda_permission.placed", { qualifier: ref("aws_lambda_alias.live.name") })(config);
    if (qualifier !== undefined) set(invoke, { qualifier })(config);
  };
}

const lambdaDeadLetter = (queue: string): Body => ({
  dead_letter_config: [{ target_arn: ref(`aws_sqs_queue.${queue}.arn`) }],
});

export const twins: readonly Twin[] = [
  twin("H93", streamPath, set(clicks, { maximum_batching_window_in_seconds: 301 })),
  twin("H93", queuePath, set(work, redrive(1001)), () => {}, "receive count"),
  twin("H1", queuePath, set(work, { visibility_timeout_seconds: 5 })),
  twin("H2", queuePath, set(work, { visibility_timeout_seconds: 30 })),
  twin("H3", queuePath, set(work, redrive(1))),
  twin(
    "H4",
    queuePath,
    each(set(worker, { reserved_concurrent_executions: 2 }), unset(mapping, "scaling_config")),
    set(worker, { reserved_concurrent_executions: 10 }),
  ),
  twin(
    "H5",
    queuePath,
    set(mapping, { maximum_batching_window_in_seconds: 55 }),
    each(set(mapping, { maximum_batching_window_in_seconds: 55 }), set(work, { visibility_timeout_seconds: 115 })),
  ),
  twin("H6", queuePath, (config) => {
    unset(work, "redrive_policy")(config);
    remove(config, "aws_sqs_queue_redrive_allow_policy.work");
  }),
  twin("H7", queuePath, set(dlq, { name: "work-dlq.fifo", fifo_queue: true })),
  twin("H7", queuePath, set(work, redrive(5, '"arn:aws:sns:eu-west-1:111122223333:failed"')), () => {}, "a topic"),
  twin(
    "H8",
    queuePath,
    set(work, {
      redrive_policy: JSON.stringify({
        deadLetterTargetArn: "arn:aws:sqs:us-east-1:111122223333:dlq",
        maxReceiveCount: 5,
      }),
    }),
  ),
  twin("H9", queuePath, (config) => {
    unset(work, "redrive_policy")(config);
    set(worker, lambdaDeadLetter("work_dlq"))(config);
    allowing("worker", maySend("work_dlq"))(config);
    remove(config, "aws_sqs_queue_redrive_allow_policy.work");
  }),
  twin("H10", queuePath, set(dlq, { message_retention_seconds: 345_600 })),
  twin(
    "H11",
    queuePath,
    each(set(work, { message_retention_seconds: 240, ...redrive(5) })),
    set(work, { message_retention_seconds: 600 }),
  ),
  twin(
    "H12",
    queuePath,
    set(worker, { reserved_concurrent_executions: 5 }),
    set(worker, { reserved_concurrent_executions: 10 }),
  ),
  twin(
    "H13",
    () => {
      const config = all(
        queuePath(),
        resource("aws_sqs_queue", "other", { name: "other", visibility_timeout_seconds: 60, ...redrive(5) }),
      );
      set("aws_sqs_queue_redrive_allow_policy.work", {
        redrive_allow_policy: encoded({ redrivePermission: "allowAll" }),
      })(config);
      allowing("worker", {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: [ref("aws_sqs_queue.other.arn")],
      })(config);
      const { event_source_arn: _source, ...settings } = body(config, mapping);
      also(
        config,
        resource("aws_lambda_event_source_mapping", "other", {
          ...settings,
          event_source_arn: ref("aws_sqs_queue.other.arn"),
        }),
      );
      return config;
    },
    set(worker, { reserved_concurrent_executions: 15 }),
    set(worker, { reserved_concurrent_executions: 20 }),
  ),
  twin("H14", queuePath, unset(mapping, "scaling_config")),
  twin(
    "H15",
    queuePath,
    set(mapping, { provisioned_poller_config: [{ minimum_pollers: 2, maximum_pollers: 10 }] }),
    each(
      set(mapping, { provisioned_poller_config: [{ minimum_pollers: 2, maximum_pollers: 10 }] }),
      unset(mapping, "scaling_config"),
    ),
  ),
  twin(
    "H16",
    queuePath,
    set(mapping, { batch_size: 100 }),
    each(
      set(mapping, { batch_size: 100, maximum_batching_window_in_seconds: 1 }),
      set(work, { visibility_timeout_seconds: 61 }),
    ),
  ),
  twin("H16", fifoPath, set(mapping, { batch_size: 100 }), () => {}, "FIFO batch"),
  twin("H16", fifoPath, set(mapping, { maximum_batching_window_in_seconds: 5 }), () => {}, "FIFO window"),
  twin(
    "H18",
    () => {
      const config = queuePath();
      set(worker, {
        environment: [
          {
            variables: {
              HOLDFAST: encoded({
                sources: { "arn:aws:sqs:eu-west-1:111122223333:work": { response: "partial", timeout: 10 } },
              }),
            },
          },
        ],
      })(config);
      return config;
    },
    unset(mapping, "function_response_types"),
  ),
  twin(
    "H21",
    fifoPath,
    () => {},
    (config) => {
      unset(work, "redrive_policy")(config);
      set(work, { name: "work", fifo_queue: false, ...redrive(5) })(config);
      set(dlq, { name: "work-dlq", fifo_queue: false })(config);
      set(mapping, { scaling_config: [{ maximum_concurrency: 10 }] })(config);
    },
  ),
  { id: "H22", shows: () => eventToQueue(true, "all"), repaired: () => eventToQueue(true, "$.detail.orderId") },
  {
    id: "H22",
    about: "a schedule",
    shows: () => eventToQueue(true, "all"),
    // What fires by a clock fires one at a time.
    repaired() {
      const config = eventToQueue(true, "all");
      unset(rule, "event_pattern")(config);
      set(rule, { schedule_expression: "rate(1 hour)" })(config);
      return config;
    },
  },
  twin(
    "H23",
    queuePath,
    each(
      secondReader,
      set(mapping, { filter_criteria: [{ filter: [{ pattern: encoded({ body: { kind: ["a"] } }) }] }] }),
    ),
    set(mapping, { filter_criteria: [{ filter: [{ pattern: encoded({ body: { kind: ["a"] } }) }] }] }),
  ),
  twin("H24", queuePath, (config) => remove(config, "aws_cloudwatch_metric_alarm.work_age")),
  twin("H25", queuePath, allowing("worker", maySend("work"))),
  twin(
    "H26",
    eventPath,
    set(mailer, { reserved_concurrent_executions: 0 }),
    set(mailer, { reserved_concurrent_executions: 10 }),
  ),
  twin("H27", eventPath, (config) => {
    unset(invoke, "destination_config")(config);
    remove(config, "aws_sqs_queue.mailer_failed");
    remove(config, "aws_cloudwatch_metric_alarm.mailer_failed_depth");
    const document = body(config, "data.aws_iam_policy_document.mailer");
    if (Array.isArray(document.statement)) document.statement = document.statement.slice(0, 1);
  }),
  twin("H28", eventPath, set("aws_sqs_queue.mailer_failed", { name: "failed.fifo", fifo_queue: true })),
  twin("H29", eventPath, (config) => {
    const document = body(config, "data.aws_iam_policy_document.mailer");
    if (Array.isArray(document.statement)) document.statement = document.statement.slice(0, 1);
  }),
  twin("H30", eventPath, set(invoke, { maximum_event_age_in_seconds: 60 })),
  twin(
    "H31",
    eventPath,
    each(set(mailer, { reserved_concurrent_executions: 2 }), set(invoke, { maximum_event_age_in_seconds: 600 })),
    set(mailer, { reserved_concurrent_executions: 2 }),
  ),
  twin("H32", eventPath, set(mailer, lambdaDeadLetter("mailer_failed"))),
  twin("H34", eventPath, throughAlias(undefined), throughAlias("live")),
  twin("H35", eventPath, (config) =>
    also(
      config,
      resource("aws_lambda_function_event_invoke_config", "again", {
        function_name: ref(`${mailer}.function_name`),
        maximum_retry_attempts: 1,
      }),
    ),
  ),
  twin("H36", streamPath, (config) => {
    const document = body(config, "data.aws_iam_policy_document.clicker");
    if (Array.isArray(document.statement)) document.statement = document.statement.slice(0, -1);
  }),
  twin("H37", eventPath, (config) => {
    const name = ref("aws_sqs_queue.mailer_failed.arn");
    allowing("mailer", {
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      resources: [name],
    })(config);
    also(
      config,
      resource("aws_lambda_event_source_mapping", "again", {
        event_source_arn: name,
        function_name: ref(`${mailer}.arn`),
      }),
    );
  }),
  {
    id: "H38",
    shows: () => resultsRule(["aws.lambda"]),
    repaired: () => resultsRule(["lambda", "aws.lambda"]),
  },
  {
    id: "H39",
    shows: () => resultsToBus({ "detail-type": [{ prefix: "" }] }),
    repaired: () => resultsToBus({ source: ["shop"] }),
  },
  twin("H40", eventPath, (config) => remove(config, "aws_sqs_queue_policy.undelivered")),
  twin(
    "H40",
    eventPath,
    set("aws_sqs_queue.undelivered", { kms_master_key_id: "alias/aws/sqs" }),
    () => {},
    "AWS-managed key",
  ),
  twin("H41", topicPath, (config) => remove(config, "aws_sqs_queue_policy.news_dlq")),
  twin("H42", eventPath, (config) => {
    unset(target, "dead_letter_config")(config);
    remove(config, "aws_sqs_queue_policy.undelivered");
  }),
  twin(
    "H42",
    topicPath,
    (config) => {
      unset("aws_sns_topic_subscription.news", "redrive_policy")(config);
      remove(config, "aws_sqs_queue_policy.news_dlq");
    },
    () => {},
    "SNS",
  ),
  twin(
    "H43",
    eventPath,
    set(target, { retry_policy: [{ maximum_retry_attempts: 0, maximum_event_age_in_seconds: 3600 }] }),
    set(target, { retry_policy: [{ maximum_retry_attempts: 20, maximum_event_age_in_seconds: 3600 }] }),
  ),
  twin(
    "H43",
    eventPath,
    set(target, { retry_policy: [{ maximum_event_age_in_seconds: 3600 }] }),
    set(target, { retry_policy: [{ maximum_retry_attempts: 20, maximum_event_age_in_seconds: 3600 }] }),
    "only the age",
  ),
  twin(
    "H93",
    eventPath,
    set(target, { retry_policy: [{ maximum_retry_attempts: 10 }] }),
    set(target, { retry_policy: [{ maximum_retry_attempts: 10, maximum_event_age_in_seconds: 3600 }] }),
    "only the attempts",
  ),
  twin("H44", eventPath, (config) => remove(config, "aws_lambda_permission.placed")),
  twin(
    "H44",
    bucketPath,
    (config) => remove(config, "aws_sqs_queue_policy.photos"),
    () => {},
    "S3 to a queue",
  ),
  twin(
    "H44",
    schedulePath,
    (config) => {
      const document = body(config, "data.aws_iam_policy_document.scheduler");
      if (Array.isArray(document.statement)) document.statement = document.statement.slice(1);
    },
    () => {},
    "Scheduler",
  ),
  twin(
    "H45",
    eventPath,
    set(target, { dead_letter_config: [{ arn: "arn:aws:sqs:us-east-1:111122223333:undelivered" }] }),
  ),
  twin(
    "H45",
    topicPath,
    set("aws_sns_topic_subscription.news", {
      redrive_policy: encoded({ deadLetterTargetArn: "arn:aws:sqs:us-east-1:111122223333:undelivered" }),
    }),
    () => {},
    "a subscription",
  ),
  {
    id: "H46",
    shows: () => busChain("arn:aws:events:eu-west-1:777788889999:event-bus/third"),
    repaired: () => busChain("arn:aws:events:eu-west-1:444455556666:event-bus/partner-two"),
  },
  twin("H47", queuePath, (config) => remove(config, "aws_cloudwatch_metric_alarm.work_dlq_depth")),
  twin(
    "H47",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { metric_name: "NumberOfMessagesSent" }),
    () => {},
    "the wrong metric",
  ),
  twin(
    "H47",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { comparison_operator: "LessThanThreshold" }),
    () => {},
    "an alarm the wrong way round",
  ),
  twin(
    "H47",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { threshold: 1_000_000 }),
    () => {},
    "a threshold past all counting",
  ),
  twin(
    "H47",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { unit: "Seconds" }),
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { unit: "Count" }),
    "a unit of another metric",
  ),
  twin(
    "H47",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", {
      dimensions: { QueueName: ref("aws_sqs_queue.work_dlq.name"), Stage: "prod" },
    }),
    () => {},
    "a dimension too many",
  ),
  twin("H50", eventPath, set("aws_sqs_queue.mailer_failed", { message_retention_seconds: 345_600 })),
  twin("H51", streamPath, unset(clicks, "maximum_retry_attempts", "maximum_record_age_in_seconds")),
  twin("H52", streamPath, unset(clicks, "maximum_retry_attempts")),
  twin("H53", streamPath, set(clicks, { maximum_record_age_in_seconds: 172_800 })),
  twin("H54", streamPath, unset(clicks, "destination_config")),
  twin("H55", streamPath, pointerNet(24), pointerNet(168)),
  twin(
    "H56",
    streamPath,
    (config) => {
      pointerNet(168)(config);
      set("aws_sqs_queue.clicks_failed", { name: "failed.fifo", fifo_queue: true })(config);
    },
    pointerNet(168),
  ),
  twin(
    "H57",
    streamPath,
    set(clicks, { batch_size: 1 }),
    each(set(clicks, { batch_size: 1 }), unset(clicks, "bisect_batch_on_function_error")),
  ),
  twin(
    "H57",
    streamPath,
    unset(clicks, "maximum_retry_attempts", "maximum_record_age_in_seconds"),
    () => {},
    "without limit",
  ),
  twin("H59", streamPath, set(clicks, { maximum_retry_attempts: 10_000 })),
  twin(
    "H60",
    streamPath,
    set(clicks, { maximum_batching_window_in_seconds: 300, maximum_record_age_in_seconds: 300 }),
    set(clicks, { maximum_batching_window_in_seconds: 5, maximum_record_age_in_seconds: 300 }),
  ),
  twin(
    "H62",
    streamPath,
    each(
      set(clicks, { parallelization_factor: 10 }),
      set("aws_lambda_function.clicker", { reserved_concurrent_executions: 10 }),
    ),
    each(
      set(clicks, { parallelization_factor: 5 }),
      set("aws_lambda_function.clicker", { reserved_concurrent_executions: 10 }),
    ),
  ),
  twin("H63", streamPath, set(clicks, { starting_position: "LATEST" })),
  twin(
    "H64",
    twoReaders,
    set("aws_dynamodb_table.orders", { replica: [{ region_name: "us-east-1" }] }),
    () => {},
    "global table",
  ),
  twin(
    "H65",
    streamPath,
    each(
      set(clicks, { tumbling_window_in_seconds: 60 }),
      unset("aws_kinesis_stream.clicks", "shard_count"),
      set("aws_kinesis_stream.clicks", { stream_mode_details: [{ stream_mode: "ON_DEMAND" }] }),
    ),
    set(clicks, { tumbling_window_in_seconds: 60 }),
  ),
  twin("H67", streamPath, (config) => remove(config, "aws_cloudwatch_metric_alarm.clicks_age")),
  twin(
    "H67",
    streamPath,
    set("aws_cloudwatch_metric_alarm.clicks_age", { threshold: 172_800_001 }),
    set("aws_cloudwatch_metric_alarm.clicks_age", { threshold: 172_800_000 }),
    "past what the stream keeps",
  ),
  twin("H68", streamPath, unset(clicks, "metrics_config")),
  {
    id: "H70",
    shows: () => conditionRule("RetryAttemptsExhausted"),
    repaired: () => conditionRule("RetriesExhausted"),
  },
  twin(
    "H71",
    queuePath,
    (config) => {
      also(config, net("last"));
      set(dlq, redrive(5, "aws_sqs_queue.last.arn"))(config);
    },
    (config) => {
      also(config, net("last"));
      set(dlq, { message_retention_seconds: 700_000, ...redrive(10, "aws_sqs_queue.last.arn") })(config);
    },
  ),
  twin("H72", eventPath, incidentTopic(false), incidentTopic(true)),
  twin("H72", eventPath, failureBus(false), failureBus(true), "a bus"),
  twin("H73", streamPath, unset(clicks, "function_response_types")),
  twin(
    "H74",
    queuePath,
    unset(mapping, "function_response_types"),
    each(unset(mapping, "function_response_types"), set(mapping, { batch_size: 1 })),
  ),
  twin("H75", queuePath, secondReader),
  twin("H76", () => eventToQueue(false), unset(target, "dead_letter_config")),
  twin("H77", topicPath, (config) => {
    unset("aws_sns_topic_subscription.news", "redrive_policy")(config);
    unset("aws_lambda_function_event_invoke_config.reader", "destination_config")(config);
  }),
  twin("H78", streamPath, unset(clicks, "maximum_record_age_in_seconds")),
  twin("H79", queuePath, set(mapping, { bisect_batch_on_function_error: true })),
  twin(
    "H80",
    eventPath,
    (config) => {
      for (let index = 0; index < 5; index += 1)
        also(
          config,
          resource("aws_cloudwatch_event_target", `more_${index}`, {
            ...body(config, target),
            target_id: `more-${index}`,
          }),
        );
    },
    (config) => {
      for (let index = 0; index < 4; index += 1)
        also(
          config,
          resource("aws_cloudwatch_event_target", `more_${index}`, {
            ...body(config, target),
            target_id: `more-${index}`,
          }),
        );
    },
  ),
  twin(
    "H81",
    eventPath,
    (config) => {
      set(target, { target_id: "mailer" })(config);
      also(config, resource("aws_cloudwatch_event_target", "again", { ...body(config, target) }));
    },
    set(target, { target_id: "mailer" }),
  ),
  twin(
    "H82",
    streamPath,
    set(clicks, { filter_criteria: [{ filter: filters(6) }] }),
    set(clicks, { filter_criteria: [{ filter: filters(5) }] }),
  ),
  twin("H83", queuePath, (config) => {
    const document = body(config, "data.aws_iam_policy_document.worker");
    if (Array.isArray(document.statement)) document.statement = document.statement.slice(0, 1);
  }),
  twin(
    "H84",
    queuePath,
    set("aws_sqs_queue_redrive_allow_policy.work", { redrive_allow_policy: encoded({ redrivePermission: "denyAll" }) }),
  ),
  twin("H85", streamPath, unset(clicks, "maximum_retry_attempts", "maximum_record_age_in_seconds")),
  twin("H86", queuePath, unset("aws_cloudwatch_metric_alarm.work_dlq_depth", "alarm_actions")),
  twin(
    "H86",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { actions_enabled: false }),
    () => {},
    "muted",
  ),
  twin(
    "H86",
    queuePath,
    set("aws_cloudwatch_metric_alarm.work_dlq_depth", { alarm_actions: [ref(`${work}.arn`)] }),
    () => {},
    "a queue as action",
  ),
  twin(
    "H86",
    queuePath,
    toldTopic({ kms_master_key_id: "alias/aws/sns" }),
    toldTopic({}),
    "a topic under a key of AWS's own",
  ),
  twin("H87", bucketPath, (config) =>
    also(
      config,
      resource("aws_s3_bucket_notification", "again", { ...body(config, "aws_s3_bucket_notification.photos") }),
    ),
  ),
  twin(
    "H87",
    eventPath,
    (config) =>
      also(config, resource("aws_sqs_queue_policy", "again", { ...body(config, "aws_sqs_queue_policy.undelivered") })),
    () => {},
    "a queue's policy",
  ),
  twin(
    "H87",
    eventPath,
    set("aws_sqs_queue.undelivered", { policy: encoded({ Version: "2012-10-17", Statement: [] }) }),
    () => {},
    "a queue's policy as an attribute, too",
  ),
  twin("H88", eventPath, set(target, { arn: "arn:aws:lambda:us-east-1:111122223333:function:elsewhere" })),
  twin(
    "H88",
    bucketPath,
    set("aws_s3_bucket_notification.photos", {
      queue: [{ queue_arn: "arn:aws:sqs:us-east-1:111122223333:elsewhere", events: ["s3:ObjectCreated:*"] }],
    }),
    () => {},
    "a bucket",
  ),
  twin("H89", eventPath, (config) => {
    also(config, net("letters"));
    set(mailer, lambdaDeadLetter("letters"))(config);
    allowing("mailer", maySend("letters"))(config);
  }),
  twin("H90", eventPath, (config) => {
    also(config, resource("aws_sqs_queue", "done", { name: "done" }));
    allowing("mailer", maySend("done"))(config);
    set(invoke, {
      destination_config: [
        {
          on_failure: [{ destination: ref("aws_sqs_queue.mailer_failed.arn") }],
          on_success: [{ destination: ref("aws_sqs_queue.done.arn") }],
        },
      ],
    })(config);
  }),
  twin("H91", streamPath, set(clicks, { enabled: false })),
  twin("H92", eventPath, (config) => {
    also(config, resource("aws_s3_bucket", "done", { bucket: "done-111122223333" }));
    allowing(
      "mailer",
      { actions: ["s3:PutObject"], resources: [`${ref("aws_s3_bucket.done.arn")}/*`] },
      { actions: ["s3:ListBucket"], resources: [ref("aws_s3_bucket.done.arn")] },
    )(config);
    set(invoke, {
      destination_config: [
        {
          on_failure: [{ destination: ref("aws_sqs_queue.mailer_failed.arn") }],
          on_success: [{ destination: ref("aws_s3_bucket.done.arn") }],
        },
      ],
    })(config);
  }),
  twin(
    "H92",
    eventPath,
    set(target, { dead_letter_config: [{ arn: "arn:aws:sns:eu-west-1:111122223333:undelivered" }] }),
    () => {},
    "a topic for what cannot be delivered",
  ),
  twin(
    "H94",
    bucketPath,
    set("aws_sqs_queue.photos", { name: "photos.fifo", fifo_queue: true }),
    () => {},
    "S3 to a FIFO queue",
  ),
  twin(
    "H94",
    topicPath,
    set("aws_sqs_queue.news_dlq", { name: "news-dlq.fifo", fifo_queue: true }),
    () => {},
    "a subscription's dead-letter queue",
  ),
  twin(
    "H94",
    topicPath,
    (config) => {
      set("aws_sns_topic.news", { name: "news.fifo", fifo_topic: true })(config);
      set("aws_sqs_queue.news_dlq", { name: "news-dlq.fifo", fifo_queue: true })(config);
    },
    () => {},
    "a FIFO topic to a function",
  ),
  twin(
    "H94",
    eventPath,
    set("aws_sqs_queue.undelivered", { name: "undelivered.fifo", fifo_queue: true }),
    () => {},
    "a target's dead-letter queue",
  ),
  twin(
    "H94",
    eventPath,
    set(target, { arn: "arn:aws:sns:eu-west-1:111122223333:placed.fifo" }),
    set(target, { arn: "arn:aws:sns:eu-west-1:111122223333:placed" }),
    "a rule to a FIFO topic",
  ),
  {
    id: "H94",
    about: "a topic to a FIFO queue",
    shows: () => topicToQueue(false, true),
    repaired: () => topicToQueue(true, true),
  },
  {
    id: "H94",
    about: "a target without message group",
    shows: () => eventToQueue(true),
    repaired: () => eventToQueue(true, "$.detail.orderId"),
  },
  {
    id: "H94",
    about: "a target without deduplication",
    shows() {
      const config = eventToQueue(true, "$.detail.orderId");
      unset("aws_sqs_queue.inbox", "content_based_deduplication")(config);
      return config;
    },
    repaired: () => eventToQueue(true, "$.detail.orderId"),
  },
  twin("H95", streamPath, unset(clicks, "starting_position")),
  twin(
    "H95",
    streamPath,
    set(clicks, { starting_position: "AT_TIMESTAMP" }),
    set(clicks, { starting_position: "AT_TIMESTAMP", starting_position_timestamp: "2026-01-01T00:00:00Z" }),
    "no timestamp",
  ),
  twin(
    "H95",
    tablePath,
    set("aws_lambda_event_source_mapping.orders", {
      starting_position: "AT_TIMESTAMP",
      starting_position_timestamp: "2026-01-01T00:00:00Z",
    }),
    () => {},
    "a table's stream",
  ),
  twin(
    "H96",
    queuePath,
    each(
      unset(mapping, "scaling_config"),
      set(mapping, { provisioned_poller_config: [{ minimum_pollers: 100, maximum_pollers: 50 }] }),
    ),
    each(
      unset(mapping, "scaling_config"),
      set(mapping, { provisioned_poller_config: [{ minimum_pollers: 50, maximum_pollers: 50 }] }),
    ),
  ),
  twin("H97", tablePath, unset("aws_dynamodb_table.orders", "stream_enabled", "stream_view_type")),
  twin("H98", queuePath, namedSources(10), namedSources(9)),
  twin(
    "H99",
    clockPath,
    clockTarget({}, "eventbridge_parameters"),
    () => {},
    "a schedule without the bus's parameters",
  ),
  twin(
    "H99",
    clockPath,
    clockTarget({ eventbridge_parameters: [{ source: "aws.clock", detail_type: "DigestDue" }] }),
    () => {},
    "a schedule with a source of AWS's own",
  ),
  twin("H99", clockPath, clockTarget({ input: "daily" }), () => {}, "a schedule whose detail is no JSON"),
  twin(
    "H99",
    eventPath,
    set(target, { arn: "arn:aws:dynamodb:eu-west-1:111122223333:table/placed" }),
    set(target, { arn: "arn:aws:sns:eu-west-1:111122223333:placed" }),
    "a rule to a table",
  ),
];

/** What the schedule's target of {@link clockPath} has beside, or instead, and what not. */
function clockTarget(more: Body, ...without: readonly string[]): Change {
  return (config) => {
    const schedule = body(config, "aws_scheduler_schedule.clock");
    const [given] = Array.isArray(schedule.target) ? schedule.target : [];
    const wanted: Body = { ...(typeof given === "object" ? given : {}), ...more };
    for (const name of without) delete wanted[name];
    schedule.target = [wanted];
  };
}

function filters(many: number): readonly Body[] {
  return Array.from({ length: many }, (_, index) => ({ pattern: encoded({ data: { kind: [`k${index}`] } }) }));
}

/** A rule for the results of functions, into a queue. */
function resultsRule(sources: readonly string[]): Config {
  const config = eventToQueue(false);
  set(rule, {
    event_pattern: encoded({ source: sources, "detail-type": ["Lambda Function Invocation Result - Failure"] }),
  })(config);
  return config;
}

function conditionRule(condition: string): Config {
  const config = eventToQueue(false);
  set(rule, {
    event_pattern: encoded({
      source: ["lambda", "aws.lambda"],
      detail: { requestContext: { condition: [condition] } },
    }),
  })(config);
  return config;
}
