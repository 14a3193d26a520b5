import { describe, expect, test } from "@jest/globals";
import { Testing } from "cdktf";
import { BatchFailedError, queue } from "holdfast/handlers";
import { bundle, QueueConsumer, type QueueConsumerProps, seconds } from "holdfast/modules";

/** Errors that have to be there: without the package's types these lines would be errors themselves. */
export const wrong = {
  // @ts-expect-error a duration is no number
  props: { code: bundle("src/order.ts"), timeout: 20 } satisfies QueueConsumerProps,
  // @ts-expect-error a payload is of the type that was said
  handler: queue<{ id: string }>((order) => order.id * 2),
  message: (error: unknown): string => (error instanceof BatchFailedError ? error.message : ""),
};

const record = (messageId: string, body: unknown) => ({
  messageId,
  receiptHandle: messageId,
  body: JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "0",
    SenderId: "sender",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:111122223333:orders",
  awsRegion: "eu-west-1",
});

describe("a shop", () => {
  test("has a queue with a dead-letter queue", () => {
    const synthesized = Testing.synthScope((scope) => {
      const consumer = new QueueConsumer(scope, "orders", { code: bundle("src/order.ts"), timeout: seconds(20) });
      expect(consumer.queue?.visibilityTimeoutSecondsInput).toBe(120);
    });
    const { resource } = JSON.parse(synthesized);
    expect(resource.aws_sqs_queue.orders.visibility_timeout_seconds).toBe(120);
    expect(resource.aws_sqs_queue.orders_dead_letter).toBeDefined();
  });

  test("has a handler that names the message which failed", async () => {
    const handler = queue<{ readonly poison: boolean }>({ response: "partial" }, (order) => {
      if (order.poison) throw new Error("poison");
    });
    const Records = [record("good", { poison: false }), record("bad", { poison: true })];
    expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "bad" }] });
  });
});
