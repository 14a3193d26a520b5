/** SQS events as Lambda hands them out, with fictitious values. */
import type { QueueEvent, QueueRecord } from "../../../handlers/patterns/index.ts";

export const STANDARD = "arn:aws:sqs:eu-west-1:111122223333:payments";
export const FIFO = `${STANDARD}.fifo`;

/** What a message of a test may differ in. */
export interface Message {
  readonly id: string;
  /** The payload; a string is the body as it is. */
  readonly body?: unknown;
  readonly group?: string | undefined;
  readonly receives?: number;
}

export function record({ id, body = { id }, group, receives = 1 }: Message, arn = STANDARD): QueueRecord {
  return {
    messageId: id,
    receiptHandle: `receipt-of-${id}`,
    body: typeof body === "string" ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: "1741079411000",
      SenderId: "AROAEXAMPLE:producer",
      ApproximateFirstReceiveTimestamp: "1741079411100",
      ...(group !== undefined ? { MessageGroupId: group, SequenceNumber: "1" } : {}),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: "eu-west-1",
  };
}

/** A batch: of ids, or of messages. */
export function event(messages: readonly (string | Message)[], arn = STANDARD): QueueEvent {
  return { Records: messages.map((message) => record(typeof message === "string" ? { id: message } : message, arn)) };
}

/** Lambda's context of an invocation that may run for so long, by the clock of the test. */
export function context(timeoutMs: number): { getRemainingTimeInMillis: () => number } {
  const end = Date.now() + timeoutMs;
  return { getRemainingTimeInMillis: () => end - Date.now() };
}

/** The ids that a partial response names. */
export const failedIds = (response: { batchItemFailures: { itemIdentifier: string }[] } | undefined) =>
  response?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
