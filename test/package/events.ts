/** Events as Lambda hands them to the functions of the project: what a poller received from a queue. */

interface Sent {
  readonly id: string;
  readonly body: unknown;
  readonly group?: string;
}

const batch = (queue: string, messages: readonly Sent[]) => ({
  Records: messages.map(({ id, body, group }, index) => ({
    messageId: id,
    receiptHandle: `receipt-${id}`,
    body: JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1700000000000",
      SenderId: "AIDAEXAMPLE",
      ApproximateFirstReceiveTimestamp: "1700000000001",
      ...(group === undefined ? {} : { MessageGroupId: group, SequenceNumber: String(index) }),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:eu-west-1:111122223333:${queue}`,
    awsRegion: "eu-west-1",
  })),
});

/** Three messages of a standard queue, one of which cannot be handled. */
export const orders = batch("shop-staging-orders", [
  { id: "good", body: { orderId: "1" } },
  { id: "poison", body: { orderId: "2", poison: true } },
  { id: "other", body: { orderId: "3" } },
]);

/** Three messages of a FIFO queue, of two groups; the first of one group cannot be handled. */
export const refunds = batch("shop-staging-refunds.fifo", [
  { id: "poison", body: { refundId: "1", poison: true }, group: "a" },
  { id: "elsewhere", body: { refundId: "2" }, group: "b" },
  { id: "behind", body: { refundId: "3" }, group: "a" },
]);
