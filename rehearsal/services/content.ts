/** What travels between services: content that is made only when somebody looks at it. */

import type { JsonValue } from "../../topology/graph.ts";
import { parseJson } from "../../topology/json.ts";

/** A message attribute as SQS and SNS carry it. */
export interface Attribute {
  readonly DataType: string;
  readonly StringValue: string;
}
export type Attributes = Readonly<Record<string, Attribute>>;

/** An event on a bus. */
export interface EventEnvelope {
  readonly [key: string]: JsonValue;
  readonly version: string;
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: JsonValue;
}

/** What is handed to a service: each of them takes it in the form that it knows. */
export interface Content {
  /** As the body of a message. */
  readonly text: () => string;
  /** As the event that a function gets. */
  readonly payload: () => JsonValue;
  /** As an event on a bus, where it has such a form. */
  readonly envelope?: (busArn: string) => EventEnvelope;
  readonly attributes: Attributes;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/** A service did not take what it was given. */
export interface Refusal {
  /** Of EventBridge's error codes (R42). */
  readonly code:
    | "NO_PERMISSIONS"
    | "NO_RESOURCE"
    | "INVALID_PARAMETER"
    | "INTERNAL_ERROR"
    | "THIRD_ACCOUNT_HOP_DETECTED";
  readonly message: string;
  /** Whether another attempt may end otherwise. */
  readonly retriable: boolean;
  /** The rule that says so. */
  readonly rule: string;
}

/** JSON content: the same text for a message and a function. */
export function jsonContent(value: () => JsonValue, attributes: Attributes = {}): Content {
  return { text: () => JSON.stringify(value()), payload: value, attributes };
}

/** Bytes of an event as PutEvents counts its entry (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html). */
export function entryBytes(event: EventEnvelope): number {
  const texts = [event.source, event["detail-type"], JSON.stringify(event.detail), ...event.resources];
  return texts.reduce((sum, text) => sum + bytesOf(text), 0);
}

/** The JSON in a text, or the text itself where it is none. */
export function decode(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** A text attribute. */
export function stringAttribute(value: string): Attribute {
  return { DataType: "String", StringValue: value };
}

/** R55, R90: what an invocation by a mapping can carry, its records' descriptions with it. */
export const invocationLimitBytes = 6 * 1_048_576;
/** R27: what SNS carries. */
export const topicLimitBytes = 262_144;
/** Attributes of a message in a queue (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html). */
export const queueAttributeLimit = 10;

/** What an entry of PutEvents carries: as an asynchronous invocation (R7). */
export const eventLimitBytes = 1_048_576;

/** Bytes of a text in UTF-8: what every limit of AWS counts. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Bytes of a message as SQS and SNS count them: its body, and of each attribute name, type and value. */
export function messageBytes(text: string, attributes: Attributes): number {
  let bytes = bytesOf(text);
  for (const [name, { DataType, StringValue }] of Object.entries(attributes)) {
    bytes += bytesOf(name) + bytesOf(DataType) + bytesOf(StringValue);
  }
  return bytes;
}

/**
 * Why SQS does not take a message with too many attributes: of a raw delivery by SNS that is a client-side error.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
 */
export function overfull(queue: string, attributes: Attributes): Refusal | undefined {
  const count = Object.keys(attributes).length;
  if (count <= queueAttributeLimit) return undefined;
  const message = `${count} attributes for ${queue}, at most ${queueAttributeLimit}`;
  return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R49" };
}
