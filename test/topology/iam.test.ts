import { all, body, type Config, eventPath, queuePath, ref, remove, type Typed } from "../support/configurations.ts";
import { account, mapping, policy, states } from "../support/permissions.ts";

const root = `arn:aws:iam::${account}:root`;
const reading = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

const mayRead = { Effect: "Allow", Action: reading, Resource: "*" };
const mayDecrypt = { Effect: "Allow", Action: "kms:Decrypt", Resource: "*" };
const nothing = { Effect: "Allow", Action: "logs:*", Resource: "*" };
const rootMay = (action: string) => ({ Effect: "Allow", Principal: { AWS: root }, Action: action, Resource: "*" });
const withKey = { kms_master_key_id: ref("aws_kms_key.k.arn") };
const key = (...statements: readonly object[]): Typed => ({
  aws_kms_key: { k: statements.length === 0 ? {} : { policy: policy(...statements) } },
});

describe("the policies of a role and those of a resource", () => {
  test("a statement for the account leaves it to the role's policies", () => {
    expect(mapping([nothing], { policy: policy(rootMay("sqs:*")) })).toEqual(["missing"]);
    expect(mapping([mayRead], withKey, key(rootMay("kms:*")))).toEqual(["granted", "missing"]);
    expect(mapping([mayRead, { ...mayDecrypt, Action: "kms:*" }], withKey, key(rootMay("kms:*")))).toEqual([
      "granted",
      "granted",
    ]);
  });

  test("a key's policy must name the role or leave it to the account", () => {
    const other = { Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "kms:*", Resource: "*" };
    expect(mapping([mayRead, { ...mayDecrypt, Action: "kms:*" }], withKey, key(other))).toEqual(["granted", "missing"]);
  });

  test("what either denies is denied", () => {
    const denies = { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*" };
    expect(mapping([mayRead], { policy: policy(denies) })).toEqual(["missing"]);
    const names = { ...denies, Effect: "Allow", Principal: { AWS: ref("aws_iam_role.worker.arn") } };
    expect(mapping([nothing], { policy: policy(names) })).toEqual(["granted"]);
    expect(mapping([{ Effect: "Deny", Action: "sqs:*", Resource: "*" }], { policy: policy(names) })).toEqual([
      "missing",
    ]);
  });
});

describe("conditions", () => {
  const target = (condition: object): string[] => {
    const config = all(eventPath(), {
      resource: {
        aws_sqs_queue: {
          into: {
            name: "into",
            policy: policy({
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: "*",
              Condition: condition,
            }),
          },
        },
      },
      data: {},
    });
    body(config, "aws_cloudwatch_event_target.placed").arn = ref("aws_sqs_queue.into.arn");
    remove(config, "aws_lambda_permission.placed");
    return states(config, "aws_cloudwatch_event_target.placed");
  };
  const anyRule = "arn:aws:events:*:*:rule/*";

  test.each([
    ["StringEquals", "aws:SourceArn", anyRule, "missing"],
    ["StringLike", "aws:SourceArn", anyRule, "granted"],
    ["ArnEquals", "aws:SourceArn", anyRule, "granted"],
    ["Null", "aws:SourceArn", "false", "granted"],
    ["Null", "aws:SourceArn", "true", "missing"],
    ["StringEquals", "aws:SourceAccount", account, "granted"],
    ["StringEquals", "aws:SourceAccount", "999999999999", "missing"],
    ["StringNotEquals", "aws:SourceAccount", account, "missing"],
    ["StringEquals", "aws:SourceOrgID", "o-1", "unknown"],
    ["DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", "unknown"],
  ])("%s %s %s: %s", (operator, name, value, state) => {
    expect(target({ [operator]: { [name]: value } })).toEqual([state]);
  });

  test.each(["${random_pet.p.id}", "${data.aws_ssm_parameter.p.value}"])("made from %s it may match", (made) => {
    const unknown = `arn:aws:events:eu-west-1:${account}:rule/${made}`;
    expect(target({ ArnEquals: { "aws:SourceArn": unknown } })).toEqual(["unknown"]);
    const another = `arn:aws:sns:eu-west-1:${account}:${made}`;
    expect(target({ ArnEquals: { "aws:SourceArn": another } })).toEqual(["missing"]);
  });
});

describe("keys", () => {
  test("who reads needs to decrypt alone, by the role's policy or by the key's", () => {
    expect(mapping([mayRead, mayDecrypt], withKey, key())).toEqual(["granted", "granted"]);
    expect(mapping([mayRead], withKey, key())).toEqual(["granted", "missing"]);
    const named = { ...mayDecrypt, Principal: { AWS: ref("aws_iam_role.worker.arn") } };
    expect(mapping([mayRead], withKey, key(named))).toEqual(["granted", "granted"]);
  });

  test.each(["arn", "name", "target_key_arn"])("an alias (%s) stands for its key", (attribute) => {
    const alias = {
      aws_kms_alias: { k: { name: "alias/mine", target_key_id: ref("aws_kms_key.k.key_id") } },
      ...key(rootMay("kms:*")),
    };
    const value = { kms_master_key_id: ref(`aws_kms_alias.k.${attribute}`) };
    expect(mapping([mayRead, mayDecrypt], value, alias)).toEqual(["granted", "granted"]);
    expect(mapping([mayRead], value, alias)).toEqual(["granted", "missing"]);
  });

  test("a key that is not known, or stands outside, is not known to admit anyone", () => {
    for (const value of [
      ref("data.aws_ssm_parameter.k.value"),
      `arn:aws:kms:eu-west-1:${account}:key/1`,
      "alias/far",
    ]) {
      for (const own of [[mayRead], [mayRead, mayDecrypt]]) {
        expect(mapping(own, { kms_master_key_id: value })).toEqual(["granted", "unknown"]);
      }
    }
  });
});

describe("what each edge needs", () => {
  const bucket = (name: string): Config => ({ resource: { aws_s3_bucket: { [name]: { bucket: name } } }, data: {} });
  const kinesis = (statements: readonly object[], consumer = false): Config => {
    const source = consumer ? "aws_kinesis_stream_consumer.c.arn" : "aws_kinesis_stream.s.arn";
    const config = all(queuePath(), bucket("b"), {
      resource: {
        aws_kinesis_stream: { s: { name: "s", shard_count: 1 } },
        aws_kinesis_stream_consumer: { c: { name: "c", stream_arn: ref("aws_kinesis_stream.s.arn") } },
        aws_lambda_event_source_mapping: {
          s: {
            event_source_arn: ref(source),
            function_name: ref("aws_lambda_function.worker.arn"),
            starting_position: "LATEST",
            destination_config: [{ on_failure: [{ destination_arn: ref("aws_s3_bucket.b.arn") }] }],
          },
        },
      },
      data: {},
    });
    body(config, "aws_iam_role_policy.worker").policy = policy(...statements);
    return config;
  };
  const mapped = "aws_lambda_event_source_mapping.s";
  const list = { Effect: "Allow", Action: "s3:ListBucket", Resource: "*" };

  test.each([
    ["/aws/lambda/async/*", "missing"],
    ["/aws/lambda/*", "granted"],
    ["/*", "granted"],
    ["", "missing"],
  ])("a mapping that writes to b%s: %s", (path, state) => {
    const put = { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::b${path}` };
    expect(states(kinesis([put, list]), `${mapped}#on-failure`)).toEqual([state, "granted"]);
  });

  test("a registered consumer is subscribed to", () => {
    const reads = ["kinesis:Get*", "kinesis:List*", "kinesis:Describe*"].map((Action) => ({ ...list, Action }));
    expect(states(kinesis(reads), mapped)).toEqual(["granted"]);
    expect(states(kinesis(reads, true), mapped)).toEqual(["granted", "missing"]);
    const subscribes = {
      ...list,
      Action: "kinesis:SubscribeToShard",
      Resource: ref("aws_kinesis_stream_consumer.c.arn"),
    };
    expect(states(kinesis([...reads, subscribes], true), mapped)).toEqual(["granted", "granted"]);
  });

  test("AmazonDynamoDBFullAccess publishes nothing", () => {
    const config = all(queuePath(), {
      resource: {
        aws_sns_topic: { t: { name: "t" } },
        aws_iam_role_policy_attachment: {
          full: {
            role: ref("aws_iam_role.worker.name"),
            policy_arn: "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess",
          },
        },
      },
      data: {},
    });
    body(config, "aws_lambda_function.worker").dead_letter_config = [{ target_arn: ref("aws_sns_topic.t.arn") }];
    expect(states(config, "aws_lambda_function.worker#dead-letter")).toEqual(["missing"]);
  });

  test.each(["aws_kinesis_stream", "aws_sfn_state_machine"])("a target of %s needs a role", (type) => {
    const config = all(eventPath(), { resource: { [type]: { t: { name: "t" } } }, data: {} });
    body(config, "aws_cloudwatch_event_target.placed").arn = ref(`${type}.t.arn`);
    expect(states(config, "aws_cloudwatch_event_target.placed")).toEqual(["missing"]);
  });
});

test("a policy of which it is not known whose it is may be any queue's", () => {
  const config = eventPath();
  remove(config, "aws_lambda_permission.placed");
  const any = { queue_url: ref("data.aws_ssm_parameter.q.value"), policy: policy(rootMay("sqs:*")) };
  const queues = all(config, { resource: { aws_sqs_queue: { into: { name: "into" } } }, data: {} });
  body(queues, "aws_cloudwatch_event_target.placed").arn = ref("aws_sqs_queue.into.arn");
  expect(states(queues, "aws_cloudwatch_event_target.placed")).toEqual(["missing"]);
  const perhaps = all(queues, { resource: { aws_sqs_queue_policy: { any } }, data: {} });
  expect(states(perhaps, "aws_cloudwatch_event_target.placed")).toEqual(["unknown"]);
});
