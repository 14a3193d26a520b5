/**
 * Clean configurations of each kind of path, as the JSON that Terraform reads: nothing in them is found by a rule that
 * warns. Tests break them one thing at a time.
 */

/** What a nested block or an attribute may hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Body = { [attribute: string]: Json };
type Named = { [name: string]: Body };
export type Typed = { [type: string]: Named };
/** A configuration; `resource` and `data` by type and name. */
export interface Config {
  resource: Typed;
  data: Typed;
}

/** Where alarms go. */
const incidents = "arn:aws:sns:eu-west-1:111122223333:incidents";

/** `jsonencode` of an object, as the bindings write it: references inside stay references. */
export function encoded(value: Json): string {
  return `\${jsonencode(${hcl(value)})}`;
}

function hcl(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(hcl).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)} = ${hcl(one)}`)
      .join(", ")}}`;
  }
  const reference = typeof value === "string" ? /^\$\{([^{}]*)\}$/.exec(value)?.[1] : undefined;
  return reference ?? JSON.stringify(value);
}

/** A reference. */
export function ref(address: string): string {
  return `\${${address}}`;
}

/** Everything that a function needs, with a role whose policy document allows `statements`. */
export function lambda(name: string, statements: readonly Body[], more: Body = {}): Config {
  const document = {
    [name]: {
      statement: [
        { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: ["arn:aws:logs:*:*:*"] },
        ...statements,
      ],
    },
  };
  return {
    resource: {
      aws_lambda_function: {
        [name]: {
          function_name: name,
          role: ref(`aws_iam_role.${name}.arn`),
          filename: "code.zip",
          handler: "index.handler",
          runtime: "nodejs22.x",
          timeout: 10,
          ...more,
        },
      },
      aws_iam_role: {
        [name]: {
          name,
          assume_role_policy: encoded({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
          }),
        },
      },
      aws_iam_role_policy: {
        [name]: {
          name,
          role: ref(`aws_iam_role.${name}.id`),
          policy: ref(`data.aws_iam_policy_document.${name}.json`),
        },
      },
    },
    data: { aws_iam_policy_document: document },
  };
}

/** A queue that keeps failures, and its alarm. */
export function net(name: string, more: Body = {}): Config {
  return {
    resource: {
      aws_sqs_queue: { [name]: { name, message_retention_seconds: 1_209_600, ...more } },
      aws_cloudwatch_metric_alarm: {
        [`${name}_depth`]: alarm(`${name}-depth`, "AWS/SQS", "ApproximateNumberOfMessagesVisible", {
          QueueName: ref(`aws_sqs_queue.${name}.name`),
        }),
      },
    },
    data: {},
  };
}

function alarm(name: string, namespace: string, metric: string, dimensions: Body): Body {
  return {
    alarm_name: name,
    namespace,
    metric_name: metric,
    dimensions,
    comparison_operator: "GreaterThanOrEqualToThreshold",
    evaluation_periods: 1,
    period: 60,
    statistic: "Maximum",
    threshold: 1,
    treat_missing_data: "notBreaching",
    alarm_actions: [incidents],
  };
}

/** A queue policy that lets a service send, on behalf of `sources`. */
export function admits(queue: string, service: string, sources: readonly string[]): Config {
  return {
    resource: {
      aws_sqs_queue_policy: {
        [queue]: {
          queue_url: ref(`aws_sqs_queue.${queue}.url`),
          policy: ref(`data.aws_iam_policy_document.${queue}_policy.json`),
        },
      },
    },
    data: {
      aws_iam_policy_document: {
        [`${queue}_policy`]: {
          statement: [
            {
              actions: ["sqs:SendMessage"],
              resources: [ref(`aws_sqs_queue.${queue}.arn`)],
              principals: [{ type: "Service", identifiers: [service] }],
              condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [...sources] }],
            },
          ],
        },
      },
    },
  };
}

/** Asynchronous invocation: settings, and an on-failure queue that the role may send to. */
function asyncNet(name: string): Config {
  return all(net(`${name}_failed`), {
    resource: {
      aws_lambda_function_event_invoke_config: {
        [name]: {
          function_name: ref(`aws_lambda_function.${name}.function_name`),
          maximum_retry_attempts: 2,
          maximum_event_age_in_seconds: 3600,
          destination_config: [{ on_failure: [{ destination: ref(`aws_sqs_queue.${name}_failed.arn`) }] }],
        },
      },
    },
    data: {},
  });
}

export function maySend(queue: string): Body {
  return { actions: ["sqs:SendMessage"], resources: [ref(`aws_sqs_queue.${queue}.arn`)] };
}

/** SQS to Lambda. */
export function queuePath(): Config {
  return all(
    lambda("worker", [
      {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: [ref("aws_sqs_queue.work.arn")],
      },
    ]),
    net("work_dlq"),
    {
      resource: {
        aws_sqs_queue: {
          work: {
            name: "work",
            visibility_timeout_seconds: 60,
            redrive_policy: encoded({ deadLetterTargetArn: ref("aws_sqs_queue.work_dlq.arn"), maxReceiveCount: 5 }),
          },
        },
        aws_sqs_queue_redrive_allow_policy: {
          work: {
            queue_url: ref("aws_sqs_queue.work_dlq.url"),
            redrive_allow_policy: encoded({
              redrivePermission: "byQueue",
              sourceQueueArns: [ref("aws_sqs_queue.work.arn")],
            }),
          },
        },
        aws_lambda_event_source_mapping: {
          work: {
            event_source_arn: ref("aws_sqs_queue.work.arn"),
            function_name: ref("aws_lambda_function.worker.arn"),
            function_response_types: ["ReportBatchItemFailures"],
            scaling_config: [{ maximum_concurrency: 10 }],
          },
        },
        aws_cloudwatch_metric_alarm: {
          work_age: alarm("work-age", "AWS/SQS", "ApproximateAgeOfOldestMessage", {
            QueueName: ref("aws_sqs_queue.work.name"),
          }),
        },
      },
      data: {},
    },
  );
}

/** EventBridge to Lambda, with both nets. */
export function eventPath(): Config {
  return all(
    lambda("mailer", [maySend("mailer_failed")]),
    asyncNet("mailer"),
    net("undelivered"),
    admits("undelivered", "events.amazonaws.com", [ref("aws_cloudwatch_event_rule.placed.arn")]),
    {
      resource: {
        aws_cloudwatch_event_bus: { shop: { name: "shop" } },
        aws_cloudwatch_event_rule: {
          placed: {
            name: "placed",
            event_bus_name: ref("aws_cloudwatch_event_bus.shop.name"),
            event_pattern: encoded({ source: ["shop"], "detail-type": ["OrderPlaced"] }),
          },
        },
        aws_cloudwatch_event_target: {
          placed: {
            rule: ref("aws_cloudwatch_event_rule.placed.name"),
            event_bus_name: ref("aws_cloudwatch_event_bus.shop.name"),
            arn: ref("aws_lambda_function.mailer.arn"),
            dead_letter_config: [{ arn: ref("aws_sqs_queue.undelivered.arn") }],
          },
        },
        aws_lambda_permission: {
          placed: {
            function_name: ref("aws_lambda_function.mailer.function_name"),
            action: "lambda:InvokeFunction",
            principal: "events.amazonaws.com",
            source_arn: ref("aws_cloudwatch_event_rule.placed.arn"),
          },
        },
      },
      data: {},
    },
  );
}

/** SNS to Lambda, with both nets. */
export function topicPath(): Config {
  return all(
    lambda("reader", [maySend("reader_failed")]),
    asyncNet("reader"),
    net("news_dlq"),
    admits("news_dlq", "sns.amazonaws.com", [ref("aws_sns_topic.news.arn")]),
    {
      resource: {
        aws_sns_topic: { news: { name: "news" } },
        aws_sns_topic_subscription: {
          news: {
            topic_arn: ref("aws_sns_topic.news.arn"),
            protocol: "lambda",
            endpoint: ref("aws_lambda_function.reader.arn"),
            filter_policy: encoded({ tenant: ["a", "b"] }),
            redrive_policy: encoded({ deadLetterTargetArn: ref("aws_sqs_queue.news_dlq.arn") }),
          },
        },
        aws_lambda_permission: {
          news: {
            function_name: ref("aws_lambda_function.reader.function_name"),
            action: "lambda:InvokeFunction",
            principal: "sns.amazonaws.com",
            source_arn: ref("aws_sns_topic.news.arn"),
          },
        },
      },
      data: {},
    },
  );
}

/** A schedule to Lambda, with both nets. */
export function schedulePath(): Config {
  return all(lambda("nightly", [maySend("nightly_failed")]), asyncNet("nightly"), net("nightly_undelivered"), {
    resource: {
      aws_scheduler_schedule: {
        nightly: {
          name: "nightly",
          schedule_expression: "cron(0 3 * * ? *)",
          flexible_time_window: [{ mode: "OFF" }],
          target: [
            {
              arn: ref("aws_lambda_function.nightly.arn"),
              role_arn: ref("aws_iam_role.scheduler.arn"),
              dead_letter_config: [{ arn: ref("aws_sqs_queue.nightly_undelivered.arn") }],
            },
          ],
        },
      },
      aws_iam_role: {
        scheduler: {
          name: "scheduler",
          assume_role_policy: encoded({
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "scheduler.amazonaws.com" } },
            ],
          }),
        },
      },
      aws_iam_role_policy: {
        scheduler: {
          name: "scheduler",
          role: ref("aws_iam_role.scheduler.name"),
          policy: ref("data.aws_iam_policy_document.scheduler.json"),
        },
      },
    },
    data: {
      aws_iam_policy_document: {
        scheduler: {
          statement: [
            { actions: ["lambda:InvokeFunction"], resources: [ref("aws_lambda_function.nightly.arn")] },
            maySend("nightly_undelivered"),
          ],
        },
      },
    },
  });
}

/** A schedule that puts events on a bus, whose rule brings them to Lambda, with nets for each. */
export function clockPath(): Config {
  return all(
    lambda("digest", [maySend("digest_failed")]),
    asyncNet("digest"),
    net("digest_undelivered"),
    admits("digest_undelivered", "events.amazonaws.com", [ref("aws_cloudwatch_event_rule.due.arn")]),
    net("clock_undelivered"),
    {
      resource: {
        aws_cloudwatch_event_bus: { clock: { name: "clock" } },
        aws_cloudwatch_event_rule: {
          due: {
            name: "due",
            event_bus_name: ref("aws_cloudwatch_event_bus.clock.name"),
            event_pattern: encoded({ source: ["shop.clock"], "detail-type": ["DigestDue"] }),
          },
        },
        aws_cloudwatch_event_target: {
          due: {
            rule: ref("aws_cloudwatch_event_rule.due.name"),
            event_bus_name: ref("aws_cloudwatch_event_bus.clock.name"),
            arn: ref("aws_lambda_function.digest.arn"),
            dead_letter_config: [{ arn: ref("aws_sqs_queue.digest_undelivered.arn") }],
          },
        },
        aws_lambda_permission: {
          due: {
            function_name: ref("aws_lambda_function.digest.function_name"),
            action: "lambda:InvokeFunction",
            principal: "events.amazonaws.com",
            source_arn: ref("aws_cloudwatch_event_rule.due.arn"),
          },
        },
        aws_scheduler_schedule: {
          clock: {
            name: "clock",
            schedule_expression: "rate(1 day)",
            flexible_time_window: [{ mode: "OFF" }],
            target: [
              {
                arn: ref("aws_cloudwatch_event_bus.clock.arn"),
                role_arn: ref("aws_iam_role.clock.arn"),
                input: '{"kind":"daily"}',
                eventbridge_parameters: [{ source: "shop.clock", detail_type: "DigestDue" }],
                dead_letter_config: [{ arn: ref("aws_sqs_queue.clock_undelivered.arn") }],
              },
            ],
          },
        },
        aws_iam_role: {
          clock: {
            name: "clock",
            assume_role_policy: encoded({
              Version: "2012-10-17",
              Statement: [
                { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "scheduler.amazonaws.com" } },
              ],
            }),
          },
        },
        aws_iam_role_policy: {
          clock: {
            name: "clock",
            role: ref("aws_iam_role.clock.name"),
            policy: ref("data.aws_iam_policy_document.clock.json"),
          },
        },
      },
      data: {
        aws_iam_policy_document: {
          clock: {
            statement: [
              { actions: ["events:PutEvents"], resources: [ref("aws_cloudwatch_event_bus.clock.arn")] },
              maySend("clock_undelivered"),
            ],
          },
        },
      },
    },
  );
}

/** Kinesis to Lambda, with an S3 bucket for what fails. */
export function streamPath(): Config {
  return all(
    lambda("clicker", [
      {
        actions: ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"],
        resources: [ref("aws_kinesis_stream.clicks.arn")],
      },
      { actions: ["s3:PutObject"], resources: [`${ref("aws_s3_bucket.failures.arn")}/*`] },
      { actions: ["s3:ListBucket"], resources: [ref("aws_s3_bucket.failures.arn")] },
    ]),
    {
      resource: {
        aws_kinesis_stream: { clicks: { name: "clicks", shard_count: 2, retention_period: 48 } },
        aws_s3_bucket: { failures: { bucket: "clicks-failures-111122223333" } },
        aws_lambda_event_source_mapping: {
          clicks: {
            event_source_arn: ref("aws_kinesis_stream.clicks.arn"),
            function_name: ref("aws_lambda_function.clicker.arn"),
            starting_position: "TRIM_HORIZON",
            batch_size: 50,
            maximum_retry_attempts: 5,
            maximum_record_age_in_seconds: 43_200,
            bisect_batch_on_function_error: true,
            function_response_types: ["ReportBatchItemFailures"],
            metrics_config: [{ metrics: ["EventCount"] }],
            destination_config: [{ on_failure: [{ destination_arn: ref("aws_s3_bucket.failures.arn") }] }],
          },
        },
        aws_cloudwatch_metric_alarm: {
          clicks_age: alarm("clicks-age", "AWS/Lambda", "IteratorAge", {
            FunctionName: ref("aws_lambda_function.clicker.function_name"),
          }),
        },
      },
      data: {},
    },
  );
}

/** A DynamoDB table's stream to Lambda. */
export function tablePath(): Config {
  return all(
    lambda("projector", [
      {
        actions: [
          "dynamodb:GetRecords",
          "dynamodb:GetShardIterator",
          "dynamodb:DescribeStream",
          "dynamodb:ListStreams",
        ],
        resources: [ref("aws_dynamodb_table.orders.stream_arn")],
      },
      { actions: ["s3:PutObject"], resources: [`${ref("aws_s3_bucket.projector_failures.arn")}/*`] },
      { actions: ["s3:ListBucket"], resources: [ref("aws_s3_bucket.projector_failures.arn")] },
    ]),
    {
      resource: {
        aws_dynamodb_table: {
          orders: {
            name: "orders",
            billing_mode: "PAY_PER_REQUEST",
            hash_key: "pk",
            attribute: [{ name: "pk", type: "S" }],
            stream_enabled: true,
            stream_view_type: "NEW_AND_OLD_IMAGES",
          },
        },
        aws_s3_bucket: { projector_failures: { bucket: "projector-failures-111122223333" } },
        aws_lambda_event_source_mapping: {
          orders: {
            event_source_arn: ref("aws_dynamodb_table.orders.stream_arn"),
            function_name: ref("aws_lambda_function.projector.arn"),
            starting_position: "TRIM_HORIZON",
            maximum_retry_attempts: 5,
            maximum_record_age_in_seconds: 43_200,
            function_response_types: ["ReportBatchItemFailures"],
            metrics_config: [{ metrics: ["EventCount"] }],
            destination_config: [{ on_failure: [{ destination_arn: ref("aws_s3_bucket.projector_failures.arn") }] }],
          },
        },
        aws_cloudwatch_metric_alarm: {
          orders_age: alarm("orders-age", "AWS/Lambda", "IteratorAge", {
            FunctionName: ref("aws_lambda_function.projector.function_name"),
          }),
        },
      },
      data: {},
    },
  );
}

/** S3 to SQS to Lambda. */
export function bucketPath(): Config {
  return all(
    renamed(queuePath(), { work: "photos", worker: "resizer", work_dlq: "photos_dlq", work_age: "photos_age" }),
    admits("photos", "s3.amazonaws.com", [ref("aws_s3_bucket.photos.arn")]),
    {
      resource: {
        aws_s3_bucket: { photos: { bucket: "photos-111122223333" } },
        aws_s3_bucket_notification: {
          photos: {
            bucket: ref("aws_s3_bucket.photos.id"),
            queue: [
              { queue_arn: ref("aws_sqs_queue.photos.arn"), events: ["s3:ObjectCreated:*"], filter_suffix: ".jpg" },
            ],
          },
        },
      },
      data: {},
    },
  );
}

/** One clean configuration of each kind. */
export const cleanPaths = {
  queuePath,
  eventPath,
  topicPath,
  schedulePath,
  clockPath,
  streamPath,
  tablePath,
  bucketPath,
} as const;

/** Configurations put together. */
export function all(...configs: readonly Config[]): Config {
  const made: Config = { resource: {}, data: {} };
  for (const config of configs) {
    for (const part of ["resource", "data"] as const) {
      for (const [type, named] of Object.entries(config[part])) made[part][type] = { ...made[part][type], ...named };
    }
  }
  return made;
}

/** With other names, in addresses, references and the names in AWS. */
function renamed(config: Config, names: Readonly<Record<string, string>>): Config {
  const rename = (name: string): string =>
    names[name] ??
    names[name.replace(/_(?:depth|policy|failed)$/, "")]?.concat(/_(?:depth|policy|failed)$/.exec(name)?.[0] ?? "") ??
    name;
  const value = (one: Json): Json => {
    if (typeof one === "string") {
      return one.includes("${")
        ? one.replaceAll(/\b((?:data\.)?aws_\w+)\.(\w+)/g, (_, type: string, name: string) => `${type}.${rename(name)}`)
        : one;
    }
    if (Array.isArray(one)) return one.map(value);
    return typeof one === "object" && one !== null
      ? Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, value(inner)]))
      : one;
  };
  const renamedBody = (one: Body): Body => {
    const entries = Object.entries(one).map(([key, inner]): [string, Json] => {
      const isName =
        ["name", "function_name", "alarm_name", "bucket"].includes(key) &&
        typeof inner === "string" &&
        !inner.includes("${");
      return [key, isName ? inner.replaceAll(/[\w]+/g, (word) => rename(word)) : value(inner)];
    });
    return Object.fromEntries(entries);
  };
  const part = (typed: Typed): Typed =>
    Object.fromEntries(
      Object.entries(typed).map(([type, named]) => [
        type,
        Object.fromEntries(Object.entries(named).map(([name, one]) => [rename(name), renamedBody(one)])),
      ]),
    );
  return { resource: part(config.resource), data: part(config.data) };
}

/** Every resource under a prefix, so that many configurations stand in one directory. */
export function prefixed(config: Config, prefix: string): Config {
  const names = [...Object.values(config.resource), ...Object.values(config.data)].flatMap((named) =>
    Object.keys(named),
  );
  return renamed(config, Object.fromEntries(names.map((name) => [name, `${prefix}_${name}`])));
}

/** The body of a resource, to change it. */
export function body(config: Config, address: string): Body {
  const [type = "", name = ""] = address.replace(/^data\./, "").split(".");
  const found = config[address.startsWith("data.") ? "data" : "resource"][type]?.[name];
  if (found === undefined) throw new Error(`the fixture has no ${address}`);
  return found;
}

/** Takes a resource away. */
export function remove(config: Config, address: string): void {
  const [type = "", name = ""] = address.split(".");
  const named = config.resource[type];
  if (named?.[name] === undefined) throw new Error(`the fixture has no ${address}`);
  delete named[name];
}

/** A provider that needs neither credentials nor a network, for a plan. */
export const provider = {
  terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
  provider: {
    aws: [
      {
        region: "eu-west-1",
        allowed_account_ids: ["111122223333"],
        access_key: "none",
        secret_key: "none",
        skip_credentials_validation: true,
        skip_requesting_account_id: true,
        skip_metadata_api_check: true,
      },
    ],
  },
} as const;

/** The text of a `cdk.tf.json`; Terraform refuses empty maps of types. */
export function synthesized(config: Config): string {
  return JSON.stringify({ ...provider, resource: kept(config.resource), data: kept(config.data) }, null, 2);
}

function kept(typed: Typed): Typed {
  return Object.fromEntries(Object.entries(typed).filter(([, named]) => Object.keys(named).length > 0));
}
