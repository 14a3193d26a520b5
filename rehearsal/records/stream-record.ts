/** The record that a stream's failure destination gets (2.4–2.6 of the failure semantics). */
import type { JsonValue } from "../../topology/graph.ts";
import type { BatchState } from "../services/lane.ts";
import type { StreamRecord } from "../services/stream.ts";
import type { StreamMapping } from "../services/stream-mapping.ts";
import { isoSeconds, isoTime, type World } from "../world.ts";
import { objectKey } from "./async-record.ts";
import { streamEvent } from "./events.ts";

/** R102: the exact words. */
export type StreamCondition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

/** @param withPayload S3 alone gets the records themselves, as text (R107, R108). */
export function streamRecordOf(
  world: World,
  mapping: StreamMapping,
  records: readonly StreamRecord[],
  condition: StreamCondition,
  state: BatchState,
  withPayload: boolean,
): { readonly [key: string]: JsonValue } {
  const { stream, fn } = mapping;
  const kinesis = stream.node.kind === "stream";
  const [first, last] = [records[0]!, records.at(-1)!];
  // R110: Kinesis with milliseconds, DynamoDB to the second.
  const time = kinesis && !world.deviates("record.seconds") ? isoTime : isoSeconds;
  const expired = condition === "RecordAgeExceeded";
  const payload =
    withPayload || world.deviates("record.always-payload") ? streamEvent(world, stream, records) : undefined;
  return {
    requestContext: {
      requestId: state.requestId === "" ? world.random("requestId").uuid() : state.requestId,
      functionArn: fn.node.arn,
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
      shardId: stream.shardId(first.shard),
      startSequenceNumber: stream.sequenceNumber(first),
      endSequenceNumber: stream.sequenceNumber(last),
      approximateArrivalOfFirstRecord: time(first.arrivedAt),
      approximateArrivalOfLastRecord: time(last.arrivedAt),
      batchSize: records.length,
      streamArn: stream.arn,
    },
    ...(payload === undefined
      ? {}
      : { payload: world.deviates("record.payload-object") ? payload : JSON.stringify(payload) }),
  };
}

/** R109. */
export function streamObjectKey(world: World, mapping: StreamMapping, first: StreamRecord): string {
  if (world.deviates("record.flat-key")) return objectKey(world, "stream");
  return objectKey(world, `aws/lambda/${mappingUuid(mapping.address)}/${mapping.stream.shardId(first.shard)}`);
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
