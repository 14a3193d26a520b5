/** The record that a stream's failure destination gets (2.4–2.6 of the failure semantics). */
import type { FunctionNode, JsonValue } from "../../topology/graph.ts";
import type { Ended } from "../functions/invocation.ts";
import { isoSeconds, isoTime } from "../kernel/time.ts";
import type { World } from "../world.ts";
import { streamEvent } from "./events.ts";
import { objectKey } from "./object-key.ts";
import { type ShardRecord, type StreamSource, sequenceNumber, shardId, streamArn } from "./shards.ts";

/** R102: the exact words. */
export type StreamCondition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

/** What is known of a batch when it is given up. */
export interface BatchState {
  readonly requestId: string;
  /** Invocations of these records that reached the function. */
  readonly invocations: number;
  /** What the last of them came to. */
  readonly last: Ended | undefined;
}

/** @param withPayload S3 alone gets the records themselves, as text (R107, R108). */
export function streamRecordOf(
  world: World,
  stream: StreamSource,
  fn: FunctionNode,
  records: readonly ShardRecord[],
  condition: StreamCondition,
  state: BatchState,
  withPayload: boolean,
): { readonly [key: string]: JsonValue } {
  const kinesis = stream.kind === "stream";
  const [first, last] = [records[0]!, records.at(-1)!];
  // R110: Kinesis with milliseconds, DynamoDB to the second.
  const time = kinesis && !world.deviates("record.seconds") ? isoTime : isoSeconds;
  const expired = condition === "RecordAgeExceeded";
  const payload = withPayload || world.deviates("record.always-payload") ? streamEvent(stream, records) : undefined;
  return {
    requestContext: {
      requestId: state.requestId === "" ? world.random("requestId").uuid() : state.requestId,
      functionArn: fn.arn,
      condition: expired && world.deviates("record.other-words") ? "MaximumRecordAgeExceeded" : condition,
      approximateInvokeCount: state.invocations,
    },
    // R103: none where the age was exceeded, even if the function had been invoked.
    ...(state.last === undefined || (expired && !world.deviates("record.expired-response"))
      ? {}
      : {
          responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            functionError:
              state.last.kind === "success" && !world.deviates("record.always-unhandled") ? null : "Unhandled",
          },
        }),
    version: "1.0",
    timestamp: isoTime(world.kernel.now),
    [kinesis ? "KinesisBatchInfo" : "DDBStreamBatchInfo"]: {
      shardId: shardId(stream, first.shard),
      startSequenceNumber: sequenceNumber(stream, first),
      endSequenceNumber: sequenceNumber(stream, last),
      approximateArrivalOfFirstRecord: time(first.arrivedAt),
      approximateArrivalOfLastRecord: time(last.arrivedAt),
      batchSize: records.length,
      streamArn: streamArn(stream),
    },
    ...(payload === undefined
      ? {}
      : { payload: world.deviates("record.payload-object") ? payload : JSON.stringify(payload) }),
  };
}

/** R109. @param mapping address of the mapping. */
export function streamObjectKey(world: World, mapping: string, stream: StreamSource, first: ShardRecord): string {
  if (world.deviates("record.flat-key")) return objectKey(world, "stream");
  return objectKey(world, `aws/lambda/${mappingUuid(mapping)}/${shardId(stream, first.shard)}`);
}

/** A mapping's UUID is AWS's to give: one is made of its address. */
function mappingUuid(address: string): string {
  let digits = "";
  for (let seed = 1; digits.length < 32; seed += 1) {
    let hash = Math.imul(seed, 0x9e3779b1) >>> 0;
    for (let index = 0; index < address.length; index += 1)
      hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193) >>> 0;
    digits += hash.toString(16).padStart(8, "0");
  }
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}
