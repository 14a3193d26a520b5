/** What only one construct of a stack can have, and queues that are not this stack's. */
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { configure, existingQueue, QueueConsumer, type QueueConsumerProps, seconds } from "../../../modules/index.ts";
import { minimal } from "../../support/refusals.ts";
import { rendered, testStack } from "../../support/synth.ts";

const legacy = "arn:aws:sqs:eu-west-1:111122223333:legacy";

const attached = (arn: string): QueueConsumerProps => ({
  ...minimal(),
  queue: existingQueue(arn, { visibilityTimeout: seconds(180), deadLetterQueue: "attach", fifo: false }),
});

test("two constructs that attach a dead-letter queue to one queue are refused: one redrive policy would replace the other", () => {
  const stack = testStack();
  new QueueConsumer(stack, "a", attached(legacy));
  new QueueConsumer(stack, "b", attached(legacy));
  expect(() => rendered(stack)).toThrow(
    `the redrive policy of the queue ${legacy} would be shop/a's and shop/b's; only one can have it.`,
  );
});

test("the same where the queue's ARN is an expression", () => {
  const stack = testStack();
  const queue = new SqsQueue(stack, "legacy", {});
  new QueueConsumer(stack, "a", attached(queue.arn));
  new QueueConsumer(stack, "b", attached(queue.arn));
  expect(() => rendered(stack)).toThrow("${aws_sqs_queue.legacy.arn} would be shop/a's and shop/b's");
});

test("two queues with a dead-letter queue each are not", () => {
  const stack = testStack();
  new QueueConsumer(stack, "a", attached(legacy));
  new QueueConsumer(stack, "b", attached(`${legacy}-2`));
  expect(() => rendered(stack)).not.toThrow();
});

test("two constructs of one name are refused", () => {
  const stack = testStack();
  new QueueConsumer(stack, "a", { ...minimal(), name: "payments" });
  new QueueConsumer(stack, "b", { ...minimal(), name: "payments" });
  expect(() => rendered(stack)).toThrow("the name payments would be shop/a's and shop/b's");
});

const consume = (settings: { accountId?: string; region?: string }, props: QueueConsumerProps) => () => {
  const stack = testStack();
  configure(stack, settings);
  new QueueConsumer(stack, "a", props);
  return rendered(stack);
};

describe("an existing queue elsewhere", () => {
  test("in another Region is refused", () => {
    expect(consume({ region: "eu-central-1" }, attached(legacy))).toThrow(
      "existingQueue(): the queue is in eu-west-1 and the stack in eu-central-1",
    );
    expect(consume({ region: "eu-west-1" }, attached(legacy))).not.toThrow();
  });

  test("in another account takes no dead-letter queue from here", () => {
    expect(consume({ accountId: "444455556666" }, attached(legacy))).toThrow(
      'deadLetterQueue is "attach", but the queue is in account 111122223333',
    );
    expect(consume({ accountId: "111122223333" }, attached(legacy))).not.toThrow();
  });
});

test("the URL of an existing queue is the one that was said", () => {
  const stack = testStack();
  const queue = existingQueue(legacy, {
    visibilityTimeout: seconds(180),
    deadLetterQueue: "attach",
    url: "https://queue.example/legacy",
  });
  new QueueConsumer(stack, "a", { ...minimal(), queue });
  const { resource } = rendered(stack);
  expect(JSON.stringify(resource.aws_sqs_queue_redrive_policy)).toContain("https://queue.example/legacy");
});

test.each([
  ["aws", "https://sqs.eu-west-1.amazonaws.com/111122223333/legacy"],
  ["aws-cn", "https://sqs.eu-west-1.amazonaws.com.cn/111122223333/legacy"],
  ["aws-iso", "https://sqs.eu-west-1.c2s.ic.gov/111122223333/legacy"],
])("the URL in partition %s is %s", (partition, url) => {
  const stack = testStack();
  const consumer = new QueueConsumer(stack, "a", attached(legacy.replace("arn:aws:", `arn:${partition}:`)));
  expect(consumer.queueUrl).toBe(url);
});

test("conditions of a permission reach the policy", () => {
  const stack = testStack();
  const condition = { test: "StringEquals", variable: "aws:ResourceAccount", values: ["111122223333"] };
  new QueueConsumer(stack, "a", {
    ...minimal(),
    permissions: [{ actions: ["s3:GetObject"], resources: ["*"], conditions: [condition] }],
  });
  expect(JSON.stringify(rendered(stack).data.aws_iam_policy_document)).toContain('"variable":"aws:ResourceAccount"');
});

test("the user's environment wins over what a bundle sets", () => {
  const stack = testStack();
  const code = { ...minimal().code };
  if (code.kind !== "archive") throw new Error("the sample is an archive");
  const bind: typeof code.bind = (scope) => ({
    ...code.bind(scope),
    environment: { NODE_OPTIONS: "--enable-source-maps" },
  });
  new QueueConsumer(stack, "a", { code: { ...code, bind }, environment: { NODE_OPTIONS: "--max-old-space-size=200" } });
  expect(JSON.stringify(rendered(stack).resource.aws_lambda_function)).toContain("--max-old-space-size=200");
});
