/** What rules and schedules need to reach their targets: none that is not judged passes for granted. */
import {
  all,
  type Body,
  body,
  type Config,
  eventPath,
  queuePath,
  ref,
  remove,
  schedulePath,
} from "../../support/configurations.ts";
import { account, graphWith, permissions, policy, states } from "../../support/permissions.ts";

const id = "aws_cloudwatch_event_target.placed";
const here = `eu-west-1:${account}`;
const services = ["events.amazonaws.com", "sns.amazonaws.com"];
const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: services } });
const everything = { Effect: "Allow", Action: "*", Resource: "*" };

/** A rule with a target, and a role of these statements for it where there are any. */
function target(values: Body, statements: readonly object[] = [], resource: Config["resource"] = {}): Config {
  const hasRole = statements.length > 0;
  const config = all(eventPath(), {
    resource: {
      ...resource,
      aws_iam_role: { ...resource.aws_iam_role, target: { name: "target", assume_role_policy: trust } },
      aws_iam_role_policy: {
        target: { role: ref("aws_iam_role.target.name"), policy: policy(...(hasRole ? statements : [everything])) },
      },
    },
    data: {},
  });
  remove(config, "aws_lambda_permission.placed");
  Object.assign(body(config, id), values, hasRole ? { role_arn: ref("aws_iam_role.target.arn") } : {});
  return config;
}

const may = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = "*",
  more: object = {},
): object => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});

describe("an end outside, by its ARN", () => {
  test.each([
    [`arn:aws:kinesis:${here}:stream/s`, "kinesis:PutRecord"],
    [`arn:aws:firehose:${here}:deliverystream/d`, "firehose:PutRecord"],
    [`arn:aws:states:${here}:stateMachine:m`, "states:StartExecution"],
    [`arn:aws:codebuild:${here}:project/p`, "codebuild:StartBuild"],
    [`arn:aws:codepipeline:${here}:p`, "codepipeline:StartPipelineExecution"],
    [`arn:aws:batch:${here}:job-queue/q`, "batch:SubmitJob"],
    [`arn:aws:events:${here}:api-destination/d/1`, "events:InvokeApiDestination"],
  ])("%s needs a role that may %s", (arn, action) => {
    expect(states(target({ arn }, [may(action)]), id)).toEqual(["granted"]);
    expect(states(target({ arn }), id)).toEqual(["missing"]);
    expect(["missing", "unknown"]).toContain(states(target({ arn }, [may("logs:*")]), id)[0]);
    expect(permissions(target({ arn }), id)[0]?.why).toMatch(/has no role_arn/);
  });

  test.each([
    `arn:aws:states:${here}:stateMachine:m`,
    `arn:aws:firehose:${here}:deliverystream/d`,
    `arn:aws:codepipeline:${here}:p`,
  ])("%s has no policy of its own that could admit the role", (arn) => {
    expect(states(target({ arn }, [may("logs:*")]), id)).toEqual(["missing"]);
  });

  test.each([
    `arn:aws:appsync:${here}:endpoints/graphql-api/a`,
    `arn:aws:ssm:${here}:document/AWS-RunShellScript`,
    `arn:aws:execute-api:${here}:a/b/GET/c`,
    `arn:aws:inspector:${here}:target/t`,
    `arn:aws:constructor:${here}:x`,
  ])("%s is not judged, and said to be so", (arn) => {
    for (const statements of [[], [everything]]) {
      const config = target({ arn }, statements);
      expect(states(config, id)).toEqual(["unknown"]);
      const graph = graphWith(config);
      expect(graph.nodes.map(({ address }) => address)).toContain(arn);
      expect(graph.assumptions.filter(({ name }) => name === id).map(({ why }) => why)).toEqual([
        expect.stringMatching(/is not judged$/),
      ]);
    }
  });

  test("an end that is not known is not judged", () => {
    const [permission] = permissions(target({ arn: ref("data.aws_ssm_parameter.p.value") }), id);
    expect([permission?.state, permission?.why]).toEqual(["unknown", "the end is not known before it is applied"]);
  });
});

describe("an ECS task", () => {
  const definition: Body = {
    family: "t",
    container_definitions: "[]",
    task_role_arn: ref("aws_iam_role.task.arn"),
    execution_role_arn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
  };
  const ecs = (...statements: readonly object[]): string[] =>
    states(
      target(
        {
          arn: ref("aws_ecs_cluster.c.arn"),
          ecs_target: [{ task_definition_arn: ref("aws_ecs_task_definition.t.arn") }],
        },
        statements,
        {
          aws_ecs_cluster: { c: { name: "c" } },
          aws_ecs_task_definition: { t: definition },
          aws_iam_role: { task: { name: "task", assume_role_policy: trust } },
        },
      ),
      id,
    );
  const pass = may("iam:PassRole", "*", {
    Condition: { StringLike: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
  });

  test.each<readonly [string, readonly object[], readonly string[]]>([
    ["everything", [everything], ["granted", "granted", "granted"]],
    ["to run it and to pass its roles", [may("ecs:RunTask"), pass], ["granted", "granted", "granted"]],
    [
      "to run any of its revisions",
      [may("ecs:RunTask", "arn:aws:ecs:*:*:task-definition/t:*"), pass],
      ["granted", "granted", "granted"],
    ],
    [
      "to run one revision",
      [may("ecs:RunTask", "arn:aws:ecs:*:*:task-definition/t:7"), pass],
      ["unknown", "granted", "granted"],
    ],
    [
      "to run another",
      [may("ecs:RunTask", "arn:aws:ecs:*:*:task-definition/u:*"), pass],
      ["missing", "granted", "granted"],
    ],
    ["to run it alone", [may("ecs:RunTask")], ["granted", "missing", "missing"]],
    ["to pass roles alone", [pass], ["missing", "granted", "granted"]],
    [
      "on the cluster, which is not what is run",
      [may("ecs:RunTask", ref("aws_ecs_cluster.c.arn")), pass],
      ["missing", "granted", "granted"],
    ],
  ])("a role that may %s", (_, statements, expected) => {
    expect(ecs(...statements)).toEqual(expected);
  });

  test.each([
    [ref("aws_ecs_cluster.c.arn"), "granted"],
    [`arn:aws:ecs:${here}:cluster/another`, "missing"],
  ])("in the cluster %s", (cluster, state) => {
    const run = may("ecs:RunTask", "*", { Condition: { ArnLike: { "ecs:cluster": cluster } } });
    expect(ecs(run, pass)[0]).toBe(state);
  });

  test("adds no node for what is not an end", () => {
    const config = target(
      {
        arn: ref("aws_ecs_cluster.c.arn"),
        ecs_target: [{ task_definition_arn: ref("aws_ecs_task_definition.t.arn") }],
      },
      [everything],
      { aws_ecs_cluster: { c: { name: "c" } }, aws_ecs_task_definition: { t: { ...definition, task_role_arn: null } } },
    );
    const ends = graphWith(config).nodes.filter(({ kind }) => kind === "external");
    expect(ends.map(({ address }) => address)).toEqual(["aws_ecs_cluster.c"]);
  });

  test("of a definition that is not known is not judged", () => {
    const values = {
      arn: ref("aws_ecs_cluster.c.arn"),
      ecs_target: [{ task_definition_arn: ref("data.aws_ssm_parameter.p.value") }],
    };
    expect(states(target(values, [everything], { aws_ecs_cluster: { c: { name: "c" } } }), id)).toEqual(["unknown"]);
    expect(states(target(values, [], { aws_ecs_cluster: { c: { name: "c" } } }), id)).toEqual(["missing"]);
  });
});

test("a Batch job needs its queue and its definition", () => {
  const batch = (...resources: readonly string[]): string[] =>
    states(
      target(
        {
          arn: ref("aws_batch_job_queue.q.arn"),
          batch_target: [{ job_definition: ref("aws_batch_job_definition.d.arn"), job_name: "j" }],
        },
        [may("batch:SubmitJob", resources)],
        {
          aws_batch_job_queue: { q: { name: "q" } },
          aws_batch_job_definition: { d: { name: "d", type: "container" } },
        },
      ),
      id,
    );
  const [queue, definition] = [ref("aws_batch_job_queue.q.arn"), ref("aws_batch_job_definition.d.arn")];
  expect(batch(queue, definition)).toEqual(["granted", "granted"]);
  expect(batch(queue)).toEqual(["granted", "missing"]);
  expect(batch(definition)).toEqual(["missing", "granted"]);
});

test("a Redshift statement needs credentials, too", () => {
  const arn = `arn:aws:redshift:${here}:cluster:c`;
  const secret = `arn:aws:secretsmanager:${here}:secret:s`;
  const run = may("redshift-data:ExecuteStatement");
  const withSecret = { arn, redshift_target: [{ database: "d", secrets_manager_arn: secret }] };
  expect(states(target(withSecret, [run, may("secretsmanager:GetSecretValue")]), id)).toEqual(["granted", "granted"]);
  expect(states(target(withSecret, [run]), id)).toEqual(["granted", "unknown"]);
  expect(states(target({ arn, redshift_target: [{ database: "d" }] }, [everything]), id)).toEqual([
    "granted",
    "unknown",
  ]);
});

describe("a log group", () => {
  const logs = (policies: readonly object[]): string[] =>
    states(
      target({ arn: ref("aws_cloudwatch_log_group.l.arn") }, [], {
        aws_cloudwatch_log_group: { l: { name: "/aws/events/all" } },
        ...(policies.length === 0
          ? {}
          : { aws_cloudwatch_log_resource_policy: { p: { policy_name: "p", policy_document: policy(...policies) } } }),
      }),
      id,
    );
  const write = {
    ...may(["logs:CreateLogStream", "logs:PutLogEvents"], `arn:aws:logs:${here}:log-group:/aws/events/*:*`),
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
  };

  test("is written to by the account's policies, which may be anywhere", () => {
    expect(logs([])).toEqual(["unknown"]);
    expect(logs([write])).toEqual(["granted"]);
    expect(logs([{ ...write, Resource: `${ref("aws_cloudwatch_log_group.l.arn")}:*` }])).toEqual(["granted"]);
    expect(logs([{ ...write, Resource: `arn:aws:logs:${here}:log-group:/other/*:*` }])).toEqual(["unknown"]);
    expect(logs([write, { ...write, Effect: "Deny" }])).toEqual(["missing"]);
  });
});

describe("a schedule", () => {
  const scheduled = (arn: string, statements: readonly object[]): string[] => {
    const config = schedulePath();
    const values = body(config, "aws_scheduler_schedule.nightly");
    values.target = [{ arn, role_arn: ref("aws_iam_role.scheduler.arn") }];
    body(config, "aws_iam_role_policy.scheduler").policy = policy(...statements);
    return states(config, "aws_scheduler_schedule.nightly#target");
  };

  test("needs its role for every target", () => {
    const queue = `arn:aws:sqs:${here}:q`;
    expect(scheduled(queue, [may("sqs:SendMessage")])).toEqual(["granted"]);
    expect(scheduled(queue, [may("sns:Publish")])).toEqual(["unknown"]);
    expect(scheduled(`arn:aws:states:${here}:stateMachine:m`, [may("sns:Publish")])).toEqual(["missing"]);
  });

  test("of any call of AWS's API is not judged", () => {
    expect(scheduled("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", [everything])).toEqual(["unknown"]);
  });
});

describe("a subscription of Firehose", () => {
  test.each([
    [["firehose:PutRecord", "firehose:PutRecordBatch"], "granted"],
    [["firehose:PutRecord"], "missing"],
  ])("by a role that may %j: %s", (actions, state) => {
    const config = target({}, [may(actions)], {
      aws_sns_topic: { t: { name: "t" } },
      aws_sns_topic_subscription: {
        d: {
          topic_arn: ref("aws_sns_topic.t.arn"),
          protocol: "firehose",
          endpoint: `arn:aws:firehose:${here}:deliverystream/d`,
          subscription_role_arn: ref("aws_iam_role.target.arn"),
        },
      },
    });
    expect(states(config, "aws_sns_topic_subscription.d")).toEqual([state]);
  });
});

describe("names that AWS gives", () => {
  const consumer = (Resource: string): string | undefined => {
    const config = all(queuePath(), {
      resource: {
        aws_kinesis_stream: { s: { name: "s", shard_count: 1 } },
        aws_kinesis_stream_consumer: { c: { name: "c", stream_arn: ref("aws_kinesis_stream.s.arn") } },
        aws_lambda_event_source_mapping: {
          s: {
            event_source_arn: ref("aws_kinesis_stream_consumer.c.arn"),
            function_name: ref("aws_lambda_function.worker.arn"),
            starting_position: "LATEST",
          },
        },
      },
      data: {},
    });
    body(config, "aws_iam_role_policy.worker").policy = policy(may("kinesis:SubscribeToShard", Resource));
    return states(config, "aws_lambda_event_source_mapping.s")[1];
  };

  test.each([
    [ref("aws_kinesis_stream_consumer.c.arn"), "granted"],
    [`${ref("aws_kinesis_stream.s.arn")}/consumer/c:*`, "granted"],
    [`${ref("aws_kinesis_stream.s.arn")}/*`, "granted"],
    [`arn:aws:kinesis:${here}:stream/s/consumer/c:1700000000`, "unknown"],
    [`arn:aws:kinesis:${here}:stream/s/consumer/d:1700000000`, "missing"],
    // The action takes no stream.
    [ref("aws_kinesis_stream.s.arn"), "missing"],
  ])("a consumer's time of registration: %s", (resource, state) => {
    expect(consumer(resource)).toBe(state);
  });

  test.each([
    ["b/*", "granted"],
    ["b/aws/lambda/async/*", "granted"],
    ["b/aws/lambda/async/mails/*", "unknown"],
    ["b/aws/lambda/async/mails-*", "unknown"],
    ["b/reports/*", "missing"],
    ["c/*", "missing"],
  ])("a function's name in the place of its failures: %s: %s", (path, state) => {
    const config = all(eventPath(), { resource: { aws_s3_bucket: { b: { bucket: "b" } } }, data: {} });
    const unnamed = body(config, "aws_lambda_function.mailer");
    unnamed.function_name = ref("random_pet.name.id");
    body(config, "aws_lambda_function_event_invoke_config.mailer").function_name = ref(
      "aws_lambda_function.mailer.arn",
    );
    body(config, "aws_lambda_function_event_invoke_config.mailer").destination_config = [
      { on_failure: [{ destination: ref("aws_s3_bucket.b.arn") }] },
    ];
    body(config, "aws_iam_role_policy.mailer").policy = policy(
      may("s3:PutObject", `arn:aws:s3:::${path}`),
      may("s3:ListBucket"),
    );
    expect(states(config, "aws_lambda_function_event_invoke_config.mailer#on-failure")).toEqual([state, "granted"]);
  });

  test("the time at which a table's stream was enabled", () => {
    const stream = (Resource: string): string[] => {
      const config = all(queuePath(), {
        resource: {
          aws_dynamodb_table: { t: { name: "t", hash_key: "id", stream_enabled: true, stream_view_type: "KEYS_ONLY" } },
          aws_lambda_event_source_mapping: {
            t: {
              event_source_arn: ref("aws_dynamodb_table.t.stream_arn"),
              function_name: ref("aws_lambda_function.worker.arn"),
              starting_position: "LATEST",
            },
          },
        },
        data: {},
      });
      body(config, "aws_iam_role_policy.worker").policy = policy(may("dynamodb:*", Resource));
      return states(config, "aws_lambda_event_source_mapping.t");
    };
    expect(stream(ref("aws_dynamodb_table.t.stream_arn"))).toEqual(["granted"]);
    expect(stream(`${ref("aws_dynamodb_table.t.arn")}/stream/*`)).toEqual(["granted"]);
    expect(stream(`arn:aws:dynamodb:${here}:table/t/stream/2019-01-01T00:00:00.000`)).toEqual(["unknown"]);
    expect(stream(ref("aws_dynamodb_table.t.arn"))).toEqual(["missing"]);
  });
});
