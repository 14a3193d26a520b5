/** Records of asynchronous invocations, in the shapes that AWS writes (R13–R15, R18, R23, R29, R30). */

import type { FunctionNode, JsonValue } from "../../topology/graph.ts";
import { memberOf } from "../../topology/json.ts";
import type { Ended } from "../functions/invocation.ts";
import { isoTime } from "../kernel/time.ts";
import type { Attributes, Content } from "../services/content.ts";
import type { World } from "../world.ts";
import { errorPayload } from "./error-payload.ts";
import { objectKey } from "./object-key.ts";

/** Why a record was written. */
export type AsyncCondition =
  | "Success"
  | "RetriesExhausted"
  | "EventAgeExceeded"
  | "ZeroReservedConcurrency"
  | "RecursiveInvocationsDropped";

/** An asynchronous invocation, as its record tells of it. */
export interface AsyncInvocation {
  readonly content: Pick<Content, "payload">;
  readonly requestId: string;
  readonly qualifier: string;
  /** Invocations that reached the function. */
  readonly invoked: number;
  /** What the last of them came to. */
  readonly last: Ended | undefined;
}

/** The record that a destination gets. */
export function asyncRecord(
  world: World,
  fn: FunctionNode,
  event: AsyncInvocation,
  condition: AsyncCondition,
): { readonly [key: string]: JsonValue } {
  const { last, qualifier, requestId } = event;
  const success = last?.kind === "success";
  const response =
    last === undefined
      ? {}
      : {
          responseContext: {
            statusCode: 200,
            executedVersion: versionOf(fn, qualifier),
            ...(success ? {} : { functionError: "Unhandled" }),
          },
          responsePayload: success ? (last.value ?? null) : errorPayload(last, fn, requestId),
        };
  return {
    version: "1.0",
    timestamp: isoTime(world.kernel.now),
    requestContext: {
      requestId,
      functionArn: world.deviates("record.unqualified-arn") ? fn.arn : `${fn.arn}:${qualifier}`,
      condition,
      approximateInvokeCount: event.invoked - (world.deviates("record.count-retries") ? 1 : 0),
    },
    requestPayload: event.content.payload(),
    ...response,
  };
}

function versionOf(fn: FunctionNode, qualifier: string): string {
  return fn.aliases.find((alias) => alias.name === qualifier)?.functionVersion.value ?? qualifier;
}

/** R23: what a dead-letter queue's message says besides the event itself; the message only to 1 KB. */
export function deadLetterAttributes(fn: FunctionNode, { last, requestId }: AsyncInvocation): Attributes {
  const failed = last !== undefined && last.kind !== "success" ? errorPayload(last, fn, requestId) : undefined;
  const said = memberOf(failed, "errorMessage");
  const message = typeof said === "string" ? said : "Rate Exceeded.";
  return {
    RequestID: { DataType: "String", StringValue: requestId },
    ErrorCode: { DataType: "Number", StringValue: failed === undefined ? "429" : "200" },
    ErrorMessage: { DataType: "String", StringValue: Buffer.from(message).subarray(0, 1_024).toString() },
  };
}

/** R30: the key under which a record of an asynchronous invocation is stored. */
export function asyncObjectKey(world: World, fn: FunctionNode): string {
  return objectKey(world, world.deviates("record.flat-key") ? "async" : `aws/lambda/async/${fn.name ?? fn.address}`);
}
