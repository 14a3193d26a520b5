/** The events that functions get from queues, topics and streams, in the shapes that AWS documents. */

import type { JsonValue } from "../../topology/graph.ts";
import { bytesOf } from "../services/content.ts";
import type { Message } from "../services/message.ts";
import { placeOf } from "../services/place.ts";
import type { Queue } from "../services/queue.ts";
import type { Stream, StreamRecord } from "../services/stream.ts";
import { epochMs, isoTime, type World } from "../world.ts";
import { imagesOf, viewOf } from "./images.ts";

/** The batch of a queue's mapping. */
export function sqsEvent(world: World, queue: Queue, messages: readonly Message[]): JsonValue {
  const { region } = placeOf(queue.node);
  return {
    Records: messages.map((message) => ({
      messageId: queue.idOf(message),
      receiptHandle: `${queue.idOf(message)}#${message.receipt}`,
      body: message.text,
      attributes: {
        ApproximateReceiveCount: String(message.receives),
        SentTimestamp: String(epochMs + message.enqueuedAt),
        SenderId: "AIDAREHEARSAL",
        ApproximateFirstReceiveTimestamp: String(epochMs + message.firstReceivedAt),
        ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
        ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
        ...(queue.node.fifo.value ? { SequenceNumber: String(message.order).padStart(20, "1") } : {}),
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
      eventSourceARN: queue.node.arn,
      awsRegion: region,
    })),
  };
}

/** The batch of a stream's mapping. */
export function streamEvent(_world: World, stream: Stream, records: readonly StreamRecord[]): { Records: JsonValue[] } {
  return { Records: records.map((record) => streamRecord(stream, record)) };
}

function streamRecord(stream: Stream, record: StreamRecord): JsonValue {
  return stream.node.kind === "stream" ? kinesisRecord(stream, record) : dynamodbRecord(stream, record);
}

function kinesisRecord(stream: Stream, record: StreamRecord): JsonValue {
  const sequenceNumber = stream.sequenceNumber(record);
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: record.key,
      sequenceNumber,
      data: Buffer.from(record.text).toString("base64"),
      approximateArrivalTimestamp: (epochMs + record.arrivedAt) / 1_000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${stream.shardId(record.shard)}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: "",
    awsRegion: placeOf(stream.node).region,
    eventSourceARN: stream.arn,
  };
}

/** A DynamoDB stream's record: a put of the item. */
export function dynamodbRecord(stream: Stream, record: StreamRecord): JsonValue {
  const { node } = stream;
  return {
    eventID: record.index.toString(16).padStart(32, "0"),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: placeOf(node).region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((epochMs + record.arrivedAt) / 1_000),
      ...imagesOf(node, record),
      SequenceNumber: stream.sequenceNumber(record),
      SizeBytes: bytesOf(record.text),
      StreamViewType: viewOf(node),
    },
    eventSourceARN: stream.arn,
  };
}

/** A notification as SNS wraps it for subscribers (2.8 of the failure semantics). */
export function notification(
  topicArn: string,
  messageId: string,
  message: string,
  at: number,
  attributes: Readonly<Record<string, { readonly DataType: string; readonly StringValue: string }>>,
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
