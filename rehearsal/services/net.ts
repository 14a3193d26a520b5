/** Giving something to a net: a failure destination, an on-success destination, a dead-letter queue. */

import type { DestinationEdge } from "../../topology/graph.ts";
import { memberOf } from "../../topology/json.ts";
import type { Cargo } from "../accounting/cargo.ts";
import { isoSeconds } from "../kernel/time.ts";
import type { Via } from "../result/log.ts";
import type { World } from "../world.ts";
import { type Content, messageBytes, type Refusal, topicLimitBytes } from "./content.ts";
import { admits, endOf, handOver } from "./edges.ts";
import { placeOf } from "./place.ts";

export interface NetOptions {
  /** Address of what it comes from. */
  readonly from: string;
  /** FIFO queues and topics are not taken (R21, R106). */
  readonly standardOnly?: boolean;
  /** The same without payloads, for a topic that it does not fit into (R27). */
  readonly payloadDropped?: () => Content;
  /** What it is called on a bus. */
  readonly detailType?: string;
  readonly objectKey?: () => string;
}

/**
 * Gives cargo to a net, and lists the delivery, unless FIFO deduplication removed it.
 * @returns why the net did not take it: then the cargo is still the caller's.
 */
export function giveToNet(
  world: World,
  edge: DestinationEdge,
  via: Via,
  cargo: Cargo,
  content: Content,
  options: NetOptions,
): Refusal | undefined {
  const forbidden = admits(world, edge, "R22");
  if (forbidden !== undefined) return forbidden;
  const end = endOf(world, edge);
  const { node } = end;
  if (options.standardOnly === true && (node.kind === "queue" || node.kind === "topic") && node.fifo.value) {
    return { code: "INVALID_PARAMETER", message: `${node.address} is FIFO`, retriable: false, rule: "R21" };
  }
  let given = content;
  let carried = cargo;
  const at = world.kernel.now;
  const row = world.log.prepare(cargo);
  const tooLarge = node.kind === "topic" && messageBytes(content.text(), content.attributes) > topicLimitBytes;
  if (tooLarge && !world.deviates("topic.unlimited")) {
    if (options.payloadDropped === undefined) {
      return {
        code: "INVALID_PARAMETER",
        message: `more than ${topicLimitBytes} bytes for ${node.address}`,
        retriable: false,
        rule: "R27",
      };
    }
    given = options.payloadDropped();
    // What is left of the record leads to nothing.
    cargo.lose("dropped", `R27: the payload does not fit into ${node.address}`);
    carried = cargo.hollow();
    cargo.end();
  }
  if (node.kind === "bus" && options.detailType !== undefined) given = onBus(world, given, options);
  const key = options.objectKey?.();
  const refusal = handOver(world, end, {
    cargo: carried,
    content: given,
    qualifier: edge.qualifier ?? "$LATEST",
    from: options.from,
    objectKey: key === undefined ? undefined : () => key,
  });
  if (refusal?.retriable === true) return unanswered(world, edge, refusal);
  if (refusal !== undefined) return refusal;
  // R86: accepted, and not delivered.
  if (carried.removedFor !== undefined) return undefined;
  world.log.delivery(
    row,
    at,
    end.address,
    via,
    node.kind === "bus" && given.envelope ? JSON.stringify(given.envelope(node.arn)) : given.text(),
    given.attributes,
    node.kind === "bucket" ? key : undefined,
  );
  return undefined;
}

/** R25, R112: what a net does not take at the one time that it is given counts as a failed delivery, and is gone. */
function unanswered(world: World, edge: DestinationEdge, refusal: Refusal): Refusal {
  world.settings.assume(
    `${edge.id}.unavailable`,
    `what ${edge.to} does not take while it is unavailable is lost`,
    "AWS counts what could not be delivered to a destination or dead-letter queue, and documents no retries of it",
  );
  return { ...refusal, retriable: false, rule: "R25" };
}

/** R28: a record as an event on a bus. AWS documents the source `aws.lambda`, and was recorded to send `lambda`. */
function onBus(world: World, content: Content, options: NetOptions): Content {
  const fn = world.nodeAt(options.from);
  const functionArn = memberOf(memberOf(content.payload(), "requestContext"), "functionArn");
  const id = world.random("eventbridge.id").uuid();
  return {
    ...content,
    envelope: (busArn) => ({
      version: "0",
      id,
      "detail-type": options.detailType ?? "",
      source: world.deviates("bus.documented-source") ? "aws.lambda" : "lambda",
      ...(fn === undefined ? { account: "", region: "" } : placeOf(fn)),
      time: isoSeconds(world.kernel.now),
      resources: [busArn, typeof functionArn === "string" ? functionArn : ""],
      detail: content.payload(),
    }),
  };
}
