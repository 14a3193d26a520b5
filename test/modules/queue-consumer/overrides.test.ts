import type { TerraformResource, TerraformStack } from "cdktf";
import {
  existing,
  existingQueue,
  QueueConsumer,
  type QueueConsumerOverrides,
  seconds,
} from "../../../modules/index.ts";
import { queueConsumerProps } from "../../../modules/queue-consumer/props.ts";
import { messages, minimal } from "../../support/refusals.ts";
import { at, synthesize } from "../../support/synth.ts";

type Key = keyof QueueConsumerOverrides;

/** Each child: its address, an attribute that the construct derives and one that it does not set, over which to write. */
const children: Readonly<Record<Key, readonly [address: string, derived: object, rendered: object]>> = {
  function: [
    "aws_lambda_function.payments",
    { memorySize: 512, description: "pays" },
    { memory_size: 512, description: "pays" },
  ],
  role: [
    "aws_iam_role.payments",
    { name: "payer", maxSessionDuration: 7200 },
    { name: "payer", max_session_duration: 7200 },
  ],
  rolePolicy: ["aws_iam_role_policy.payments", { name: "pays" }, { name: "pays" }],
  logGroup: [
    "aws_cloudwatch_log_group.payments",
    { retentionInDays: 7, kmsKeyId: "key" },
    { retention_in_days: 7, kms_key_id: "key" },
  ],
  queue: [
    "aws_sqs_queue.payments",
    { visibilityTimeoutSeconds: 99, delaySeconds: 5 },
    { visibility_timeout_seconds: 99, delay_seconds: 5 },
  ],
  deadLetterQueue: [
    "aws_sqs_queue.payments_dead_letter",
    { messageRetentionSeconds: 60, delaySeconds: 5 },
    { message_retention_seconds: 60, delay_seconds: 5 },
  ],
  redriveAllowPolicy: [
    "aws_sqs_queue_redrive_allow_policy.payments_dead_letter",
    { redriveAllowPolicy: '{"redrivePermission":"allowAll"}' },
    { redrive_allow_policy: '{"redrivePermission":"allowAll"}' },
  ],
  redrivePolicy: ["aws_sqs_queue_redrive_policy.payments", { redrivePolicy: "{}" }, { redrive_policy: "{}" }],
  mapping: [
    "aws_lambda_event_source_mapping.payments",
    { batchSize: 1, metricsConfig: { metrics: ["EventCount"] } },
    { batch_size: 1, metrics_config: { metrics: ["EventCount"] } },
  ],
  deadLetterDepthAlarm: [
    "aws_cloudwatch_metric_alarm.payments_dead_letter_depth",
    { threshold: 5, actionsEnabled: false },
    { threshold: 5, actions_enabled: false },
  ],
  oldestMessageAgeAlarm: [
    "aws_cloudwatch_metric_alarm.payments_oldest_message_age",
    { period: 300, datapointsToAlarm: 1 },
    { period: 300, datapoints_to_alarm: 1 },
  ],
};

const keys = Object.keys(children) as Key[];

/** A consumer that has this child: only an existing queue has a redrive policy of its own. */
function make(scope: TerraformStack, key: Key, overrides: QueueConsumerOverrides = {}): QueueConsumer {
  const queue =
    key === "redrivePolicy"
      ? {
          queue: existingQueue("arn:aws:sqs:eu-west-1:111122223333:old", {
            visibilityTimeout: seconds(60),
            deadLetterQueue: "attach",
          }),
        }
      : {};
  return new QueueConsumer(scope, "payments", { ...minimal(), ...queue, overrides });
}

test("the table has every child that takes overrides", () => {
  const taken = Object.fromEntries(keys.map((key) => [key, {}]));
  expect(messages({ overrides: taken })).toEqual([]);
  const known = queueConsumerProps.overrides("overrides", { unknown: {} }).join();
  expect(keys.toSorted().join(", ")).toBe(/Known are (.*)\.$/.exec(known)?.[1]);
});

test.each(keys)("%s takes overrides of derived and of other attributes, and leaves the rest", (key) => {
  const [address, override, rendered] = children[key];
  const plain = at(
    synthesize((stack) => make(stack, key)),
    address,
  );
  const overridden = at(
    synthesize((stack) => make(stack, key, { [key]: override })),
    address,
  );
  expect(overridden).toEqual({ ...plain, ...rendered });
});

test.each(keys)("%s is a readable property, and takes addOverride", (key) => {
  const [address] = children[key];
  let child: TerraformResource | undefined;
  const stack = synthesize((scope) => {
    child = make(scope, key)[key];
    child?.addOverride("lifecycle.ignore_changes", ["tags"]);
  });
  expect(child?.terraformResourceType).toBe(address.split(".")[0]);
  expect(`${child?.terraformResourceType}.${child?.friendlyUniqueId}`).toBe(address);
  expect(at(stack, address)["lifecycle"]).toEqual({ ignore_changes: ["tags"] });
});

test("what is not made is undefined, and its ARN and URL are there all the same", () => {
  const arn = "arn:aws:sqs:eu-west-1:111122223333:old";
  const functionArn = "arn:aws:lambda:eu-west-1:111122223333:function:old";
  let consumer: QueueConsumer | undefined;
  synthesize((stack) => {
    consumer = new QueueConsumer(stack, "payments", {
      code: existing(functionArn, "role-of-old"),
      timeout: seconds(30),
      queue: existingQueue(arn, { visibilityTimeout: seconds(180), deadLetterQueue: `${arn}-failed` }),
      alarms: "none",
    });
  });
  const absent = keys.filter((key) => consumer?.[key] === undefined);
  expect(absent.toSorted()).toEqual(keys.filter((key) => key !== "mapping" && key !== "rolePolicy").toSorted());
  expect(consumer).toMatchObject({
    queueArn: arn,
    queueUrl: "https://sqs.eu-west-1.amazonaws.com/111122223333/old",
    deadLetterQueueArn: `${arn}-failed`,
    functionArn,
    redriveCommand: `aws sqs start-message-move-task --region eu-west-1 --source-arn ${arn}-failed --max-number-of-messages-per-second 10`,
  });
});

/** The URL of an existing queue. */
const url = (partition: string, region: string): string | undefined => {
  let consumer: QueueConsumer | undefined;
  synthesize((stack) => {
    const queue = existingQueue(`arn:${partition}:sqs:${region}:111122223333:old`, {
      visibilityTimeout: seconds(180),
      deadLetterQueue: "attach",
    });
    consumer = new QueueConsumer(stack, "payments", { ...minimal(), queue });
  });
  return consumer?.queueUrl;
};

test("a queue of another partition has its URL", () => {
  expect(url("aws-cn", "cn-north-1")).toBe("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/old");
  expect(url("aws-us-gov", "us-gov-west-1")).toBe("https://sqs.us-gov-west-1.amazonaws.com/111122223333/old");
});
