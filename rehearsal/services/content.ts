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

/** Bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
