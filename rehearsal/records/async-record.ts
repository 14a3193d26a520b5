/** Records of asynchronous invocations, in the shapes that AWS writes (R13–R15, R18, R23, R29, R30). */

import type { JsonValue } from "../../topology/graph.ts";
import { memberOf } from "../../topology/json.ts";
import type { LambdaFunction } from "../functions/function.ts";
import type { AsyncEvent } from "../services/async-queue.ts";
import type { Attributes } from "../services/content.ts";
import { isoTime, type World } from "../world.ts";
import { errorPayload } from "./error-payload.ts";

/** Why a record was written. */
export type AsyncCondition =
  | "Success"
  | "RetriesExhausted"
  | "EventAgeExceeded"
  | "ZeroReservedConcurrency"
  | "RecursiveInvocationsDropped";

/** The record that a destination gets. */
export function asyncRecord(
  world: World,
  fn: LambdaFunction,
  event: AsyncEvent,
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
      functionArn: world.deviates("record.unqualified-arn") ? fn.node.arn : `${fn.node.arn}:${qualifier}`,
      condition,
      approximateInvokeCount: event.invoked - (world.deviates("record.count-retries") ? 1 : 0),
    },
    requestPayload: event.content.payload(),
    ...response,
  };
}

function versionOf(fn: LambdaFunction, qualifier: string): string {
  return fn.node.aliases.find((alias) => alias.name === qualifier)?.functionVersion.value ?? qualifier;
}

/** R23: what a dead-letter queue's message says besides the event itself; the message only to 1 KB. */
export function deadLetterAttributes(fn: LambdaFunction, { last, requestId }: AsyncEvent): Attributes {
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
export function asyncObjectKey(world: World, fn: LambdaFunction): string {
  return objectKey(
    world,
    world.deviates("record.flat-key") ? "async" : `aws/lambda/async/${fn.node.name ?? fn.address}`,
  );
}

/** `PREFIX/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID`. */
export function objectKey(world: World, prefix: string): string {
  const time = isoTime(world.kernel.now).slice(0, 19);
  const day = time.slice(0, 10).replaceAll("-", "/");
  return `${prefix}/${day}/${time.replaceAll(":", ".")}-${world.random("objectKey").uuid()}`;
}
