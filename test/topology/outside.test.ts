import { check } from "../../checks/check.ts";
import { permissionOf } from "../../topology/graph.ts";
import { pathsOf } from "../../topology/paths.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import {
  all,
  body,
  type Config,
  eventPath,
  lambda,
  queuePath,
  ref,
  remove,
  synthesized,
} from "../support/configurations.ts";

function graph(config: Config) {
  return graphOf(readSynthesized(synthesized(config), "/nowhere/cdk.tf.json", "test"));
}

test("a queue that a data source names is read, and its policy is not known", () => {
  const config = all(
    lambda("worker", [
      {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: [ref("data.aws_sqs_queue.legacy.arn")],
      },
    ]),
    {
      resource: {
        aws_lambda_event_source_mapping: {
          legacy: {
            event_source_arn: ref("data.aws_sqs_queue.legacy.arn"),
            function_name: ref("aws_lambda_function.worker.arn"),
          },
        },
        aws_cloudwatch_event_rule: { all: { name: "all", event_pattern: '{"source":["shop"]}' } },
        aws_cloudwatch_event_target: {
          all: { rule: ref("aws_cloudwatch_event_rule.all.name"), arn: ref("data.aws_sqs_queue.legacy.arn") },
        },
      },
      data: { aws_sqs_queue: { legacy: { name: "legacy" } } },
    },
  );
  const read = graph(config);
  expect(pathsOf(read).map(({ source, through, end }) => [source, through, end].flat())).toEqual([
    ["default", "aws_cloudwatch_event_rule.all", "data.aws_sqs_queue.legacy", "aws_lambda_function.worker"],
  ]);
  const states = read.edges.map((edge) => [edge.kind, permissionOf(edge)]);
  expect(states).toEqual(
    expect.arrayContaining([
      ["mapping", "granted"],
      ["target", "unknown"],
    ]),
  );
  expect(check(read).filter(({ severity }) => severity === "error")).toEqual([]);
});

test("a function outside the configuration has a role that is not known", () => {
  const config = queuePath();
  body(config, "aws_lambda_event_source_mapping.work").function_name =
    "arn:aws:lambda:eu-west-1:111122223333:function:elsewhere:live";
  const read = graph(config);
  expect(read.edges.filter(({ kind }) => kind === "mapping").map(permissionOf)).toEqual(["unknown"]);
  expect(read.assumptions.map(({ name }) => name)).toContain("aws_lambda_event_source_mapping.work");
});

test("a role outside the configuration is not known, and never taken for one without permissions", () => {
  const config = eventPath();
  body(config, "aws_lambda_function.mailer").role = "arn:aws:iam::111122223333:role/elsewhere";
  const read = graph(config);
  expect(read.edges.filter(({ kind }) => kind === "on-failure").map(permissionOf)).toEqual(["unknown"]);
  expect(check(read).filter(({ id }) => id === "H29")).toEqual([]);
});

test("what touches a path and is not read is named once", () => {
  const config = all(queuePath(), {
    resource: {
      aws_lambda_function_url: {
        open: { function_name: ref("aws_lambda_function.worker.arn"), authorization_type: "NONE" },
      },
      aws_ssm_parameter: { plain: { name: "x", type: "String", value: "y" } },
      aws_pipes_pipe: {
        drain: {
          name: "drain",
          role_arn: "arn:aws:iam::111122223333:role/r",
          source: ref("aws_sqs_queue.work_dlq.arn"),
          target: ref("aws_lambda_function.worker.arn"),
        },
      },
    },
    data: {},
  });
  expect(graph(config).notUnderstood).toEqual([
    {
      address: "aws_lambda_function_url.open",
      why: "aws_lambda_function_url is not read; it names aws_lambda_function.worker",
      names: ["aws_lambda_function.worker"],
    },
    { address: "aws_pipes_pipe.drain", why: "a pipe is named, and not played" },
  ]);
});

test("a state's queue that repeats its separate redrive policy has one", () => {
  const redrive = JSON.stringify({ deadLetterTargetArn: arn("dlq"), maxReceiveCount: 5 });
  const state = {
    format_version: "1.0",
    values: {
      root_module: {
        resources: [
          resource("aws_sqs_queue", "work", {
            name: "work",
            arn: arn("work"),
            url: "https://sqs/work",
            redrive_policy: redrive,
          }),
          resource("aws_sqs_queue", "dlq", { name: "dlq", arn: arn("dlq"), url: "https://sqs/dlq" }),
          resource("aws_sqs_queue_redrive_policy", "work", { queue_url: "https://sqs/work", redrive_policy: redrive }),
        ],
      },
    },
  };
  const read = graphOf(readShown(JSON.stringify(state), "state.json"));
  expect(read.edges.map(({ id, from, to }) => [id, from, to])).toEqual([
    ["aws_sqs_queue_redrive_policy.work#redrive", "aws_sqs_queue.work", "aws_sqs_queue.dlq"],
  ]);
});

test("the policy that SNS gives a topic admits no EventBridge rule", () => {
  const config = eventPath();
  remove(config, "aws_lambda_permission.placed");
  const given = {
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["SNS:Publish"],
        Resource: "*",
        Condition: { StringEquals: { "AWS:SourceOwner": "111122223333" } },
      },
    ],
  };
  const topics = all(config, {
    resource: { aws_sns_topic: { news: { name: "news", policy: JSON.stringify(given) } } },
    data: {},
  });
  body(topics, "aws_cloudwatch_event_target.placed").arn = ref("aws_sns_topic.news.arn");
  expect(
    graph(topics)
      .edges.filter(({ kind }) => kind === "target")
      .map(permissionOf),
  ).toEqual(["missing"]);
});

function resource(type: string, name: string, values: object): object {
  return { address: `${type}.${name}`, mode: "managed", type, name, values };
}

function arn(name: string): string {
  return `arn:aws:sqs:eu-west-1:111122223333:${name}`;
}

test.each([
  ["unset: the provider sends 0", { maximum_event_age_in_seconds: 3600 }, 0, "default"],
  [
    "written, and not known: AWS's default",
    {
      maximum_event_age_in_seconds: 3600,
      maximum_retry_attempts: "${var.attempts}",
    },
    185,
    "unknown",
  ],
])("attempts of a target's retry policy that are %s", (_, policy, value, from) => {
  const config = eventPath();
  body(config, "aws_cloudwatch_event_target.placed").retry_policy = [policy];
  const found = graph(config).edges.find(({ kind }) => kind === "target");
  expect(found).toMatchObject({ settings: { maximumRetryAttempts: { value, from } } });
});

test("a log group's subscription filter is named with what it invokes", () => {
  const config = all(queuePath(), {
    resource: {
      aws_cloudwatch_log_subscription_filter: {
        errors: {
          name: "errors",
          log_group_name: "app",
          filter_pattern: "ERROR",
          destination_arn: ref("aws_lambda_function.worker.arn"),
        },
      },
      aws_cloudwatch_log_group: { app: { name: "app" } },
    },
    data: {},
  });
  expect(graph(config).notUnderstood).toEqual([
    {
      address: "aws_cloudwatch_log_subscription_filter.errors",
      why: "aws_cloudwatch_log_subscription_filter is not read; it names aws_lambda_function.worker",
      names: ["aws_lambda_function.worker"],
    },
  ]);
});
