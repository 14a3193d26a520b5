/** The events that functions get from queues, topics and streams, in the shapes that AWS documents. */

import type { JsonValue, QueueNode } from "../../topology/graph.ts";
import { epochMs, isoTime } from "../kernel/time.ts";
import { type Attributes, bytesOf } from "../services/content.ts";
import { placeOf } from "../services/place.ts";
import { imagesOf, viewOf } from "./images.ts";
import { type ShardRecord, type StreamSource, sequenceNumber, shardId, streamArn } from "./shards.ts";

/** A message as it is received. */
export interface ReceivedMessage {
  readonly text: string;
  readonly attributes: Attributes;
  readonly receipt: number;
  readonly receives: number;
  readonly enqueuedAt: number;
  readonly firstReceivedAt: number;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly order: number;
  /** ARN of the queue that moved it here. */
  readonly deadLetterSource: string | undefined;
}

/** The batch of a queue's mapping. @param idOf makes the id of a message when it is asked for. */
export function sqsEvent<M extends ReceivedMessage>(
  queue: QueueNode,
  messages: readonly M[],
  idOf: (message: M) => string,
): JsonValue {
  const { region } = placeOf(queue);
  return {
    Records: messages.map((message) => ({
      messageId: idOf(message),
      receiptHandle: `${idOf(message)}#${message.receipt}`,
      body: message.text,
      attributes: {
        ApproximateReceiveCount: String(message.receives),
        SentTimestamp: String(epochMs + message.enqueuedAt),
        SenderId: "AIDAREHEARSAL",
        ApproximateFirstReceiveTimestamp: String(epochMs + message.firstReceivedAt),
        ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
        ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
        ...(queue.fifo.value ? { SequenceNumber: String(message.order).padStart(20, "1") } : {}),
        ...(message.deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: message.deadLetterSource }),
      },
      messageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, { DataType, StringValue }]) => [
          name,
          { dataType: DataType, stringValue: StringValue, stringListValues: [], binaryListValues: [] },
        ]),
      ),
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
      awsRegion: region,
    })),
  };
}

/** The batch of a stream's mapping. */
export function streamEvent(stream: StreamSource, records: readonly ShardRecord[]): { Records: JsonValue[] } {
  return { Records: records.map((record) => streamRecord(stream, record)) };
}

function streamRecord(stream: StreamSource, record: ShardRecord): JsonValue {
  return stream.kind === "stream" ? kinesisRecord(stream, record) : dynamodbRecord(stream, record);
}

function kinesisRecord(stream: StreamSource, record: ShardRecord): JsonValue {
  const number = sequenceNumber(stream, record);
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: record.key,
      sequenceNumber: number,
      data: Buffer.from(record.text).toString("base64"),
      approximateArrivalTimestamp: (epochMs + record.arrivedAt) / 1_000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardId(stream, record.shard)}:${number}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: "",
    awsRegion: placeOf(stream).region,
    eventSourceARN: streamArn(stream),
  };
}

/** A DynamoDB stream's record: a put of the item. */
export function dynamodbRecord(stream: StreamSource, record: ShardRecord): JsonValue {
  return {
    eventID: record.index.toString(16).padStart(32, "0"),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: placeOf(stream).region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((epochMs + record.arrivedAt) / 1_000),
      ...imagesOf(stream, record),
      SequenceNumber: sequenceNumber(stream, record),
      SizeBytes: bytesOf(record.text),
      StreamViewType: viewOf(stream),
    },
    eventSourceARN: streamArn(stream),
  };
}

/** A notification as SNS wraps it for subscribers (2.8 of the failure semantics). */
export function notification(
  topicArn: string,
  messageId: string,
  message: string,
  at: number,
  attributes: Attributes,
): { readonly [key: string]: JsonValue } {
  return {
    Type: "Notification",
    MessageId: messageId,
    TopicArn: topicArn,
    Message: message,
    Timestamp: isoTime(at),
    SignatureVersion: "1",
    Signature: "",
    SigningCertURL: "",
    UnsubscribeURL: "",
    ...(Object.keys(attributes).length === 0
      ? {}
      : {
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, { DataType, StringValue }]) => [
              name,
              { Type: DataType, Value: StringValue },
            ]),
          ),
        }),
  };
}
