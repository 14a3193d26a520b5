import { EventError, type Refuse, refusal } from "./errors.ts";
import type { BatchResponse, QueueRecord } from "./sqs-event.ts";

/**
 * One row per event source: where its records are, what names and orders them, and how its poller wants to hear about
 * failures. Each row is an export of its own, so that a bundle holds only the sources that it uses.
 */
export interface Source<R> {
  /** The `eventSource` of its records. */
  readonly eventSource: string;
  /** What an event must be, for the error when it is not. */
  readonly right: string;
  /** As the event claims; it may be anything. */
  readonly records: (event: unknown) => readonly R[];
  /** What names a record in the response. */
  readonly identify: (record: R) => unknown;
  /** What orders the records of the source with this ARN; undefined where nothing does. */
  readonly group: (arn: string) => ((item: Item<R>) => unknown) | undefined;
  readonly respond: (failedIds: readonly string[]) => BatchResponse;
}

/** Amazon SQS. A queue is FIFO exactly when its name, and so its ARN, ends in `.fifo`. */
export const sqs: Source<QueueRecord> = {
  eventSource: "aws:sqs",
  right: "an SQS event has Records of one queue, each with its own messageId (FIFO: and MessageGroupId)",
  records: (event) => Object(event).Records,
  identify: (record) => record.messageId,
  group: (arn) => (arn.endsWith(".fifo") ? ({ record }) => record.attributes?.MessageGroupId : undefined),
  respond: (failedIds) => ({ batchItemFailures: failedIds.map((itemIdentifier) => ({ itemIdentifier })) }),
};

/** A record, with the name that it has in the response. Read once: a handler may do to its record what it likes. */
export interface Item<R> {
  readonly id: string;
  readonly record: R;
}

/** How often SQS has handed the message out, this time included; 1 where the event does not say. */
export const attemptOf = (record: QueueRecord): number => Number(record.attributes?.ApproximateReceiveCount) || 1;

/** An event that has been found in order: at least one record, all of one source, each with a name of its own. */
export interface Batch<R> {
  readonly arn: string;
  readonly items: readonly Item<R>[];
  readonly group: ((item: Item<R>) => unknown) | undefined;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/**
 * Reads an event.
 *
 * @throws {EventError} for whatever would leave a record without a place in the response. An empty list of failures
 * would say that all is well, and the poller would delete the batch.
 */
export function readBatch<R extends { readonly eventSourceARN: string }>(source: Source<R>, event: unknown): Batch<R> {
  const refuse: Refuse = refusal(EventError, source.right);
  const records = source.records(event);
  const arn: unknown = records?.[0]?.eventSourceARN;
  if (!isText(arn)) return refuse("eventSourceARN", arn);
  const group = source.group(arn);
  const ids = new Set<string>();
  const items = records.map((record) => {
    const { eventSource, eventSourceARN } = Object(record);
    if (eventSource !== source.eventSource || eventSourceARN !== arn) refuse("eventSource", eventSource);
    const id = source.identify(record);
    if (!isText(id) || ids.has(id)) return refuse("messageId", id);
    ids.add(id);
    const item = { id, record };
    if (group && !isText(group(item))) refuse("MessageGroupId", group(item));
    return item;
  });
  return { arn, items, group };
}
