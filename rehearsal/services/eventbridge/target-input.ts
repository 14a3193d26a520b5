/** What a target is given instead of the event: a constant, a part of it, or a template. */

import type { JsonValue, RuleNode, ScheduleNode, TargetEdge, TargetInput } from "../../../topology/graph.ts";
import { isJsonList, memberOf } from "../../../topology/json.ts";
import { UnknownReached } from "../../errors.ts";
import type { World } from "../../world.ts";
import { decode, type EventEnvelope } from "../content.ts";

export function transformed(edge: TargetEdge, event: EventEnvelope, rule: RuleNode | ScheduleNode): JsonValue {
  const { input } = edge;
  switch (input.kind) {
    case "event":
      return event;
    case "constant":
      return decode(input.text);
    case "path":
      return at(event, input.path) ?? null;
    case "transformer":
      return decode(fill(input, event, rule));
    case "unknown":
      throw new UnknownReached(`${edge.id}: an event reaches it, and its input is not known before it is applied`);
  }
}

/**
 * The message group that a target's message goes to: a fixed one, or, since November 2025, what a path into the event
 * chooses. Undefined where the event has nothing there; a FIFO queue then refuses the message.
 * https://aws.amazon.com/about-aws/whats-new/2025/11/amazon-eventbridge-sqs-fair-queue-targets/
 * @param fifo whether the queue needs one.
 * @param paths whether it may be a path: a rule's target's, not a schedule's.
 * @throws {UnknownReached} where it is needed and not known.
 */
export function messageGroup(
  edge: TargetEdge,
  event: EventEnvelope,
  fifo: boolean,
  paths: boolean,
): string | undefined {
  const { value: group, from } = edge.messageGroupId;
  if (from === "unknown" && fifo) {
    throw new UnknownReached(
      `${edge.id}: an event reaches it, and its message group is not known before it is applied`,
    );
  }
  if (group === null) return undefined;
  return paths && group.startsWith("$.") ? textAt(event, group) : group;
}

/**
 * The key under which a rule's target puts an event into a stream: what its path chooses, else the event's id.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_KinesisParameters.html
 * @throws {UnknownReached} where the path is not known.
 */
export function partitionKey(world: World, edge: TargetEdge, event: EventEnvelope): string {
  const { value: path, from } = edge.partitionKey;
  if (from === "unknown") {
    throw new UnknownReached(
      `${edge.id}: an event reaches it, and its partition key is not known before it is applied`,
    );
  }
  if (path === null) return event.id;
  const key = textAt(event, path);
  if (key !== undefined) return key;
  world.settings.assume(
    `${edge.id}.partition_key_path`,
    "the event's id, where the event has nothing there",
    "AWS does not say which partition key such an event gets",
  );
  return event.id;
}

function textAt(event: EventEnvelope, path: string): string | undefined {
  const found = at(event, path);
  return typeof found === "string" ? found : found === undefined ? undefined : JSON.stringify(found);
}

/** The part of an event that a path such as `$.detail.order.id` or `$.resources[0]` chooses. */
function at(event: JsonValue, path: string): JsonValue | undefined {
  const steps = path.replace(/^\$\.?/, "").match(/[^.[\]'"]+/g) ?? [];
  let value: JsonValue | undefined = event;
  for (const step of steps) {
    value = isJsonList(value) ? value[Number(step)] : memberOf(value, step);
  }
  return value;
}

/** A variable, or what tells where a text of the template begins and ends. */
const parts = /\\.|"|<([\w.-]+)>/gs;

/**
 * `<name>` stands for the value of its path: as JSON, or, anywhere within a text of the template, as part of that text.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function fill(
  { template, paths }: Extract<TargetInput, { kind: "transformer" }>,
  event: EventEnvelope,
  rule: RuleNode | ScheduleNode,
): string {
  const { detail: _detail, ...head } = event;
  const known: Readonly<Record<string, JsonValue>> = {
    "aws.events.event.ingestion-time": event.time,
    "aws.events.event.json": event,
    "aws.events.event": head,
    "aws.events.rule-arn": rule.arn,
    "aws.events.rule-name": rule.name ?? rule.arn.replace(/^.*\//, ""),
  };
  let within = false;
  return template.replaceAll(parts, (whole, name: string | undefined) => {
    if (whole === '"') within = !within;
    if (name === undefined) return whole;
    const path = paths[name];
    const found = path === undefined ? known[name] : at(event, path);
    if (found === undefined) return path === undefined ? whole : "";
    const text = JSON.stringify(found);
    if (!within) return text;
    // AWS escapes nothing of the event as a whole: it is no part of a text.
    if (path === undefined && typeof found !== "string") return text;
    return typeof found === "string" ? text.slice(1, -1) : text.replaceAll('"', String.raw`\"`);
  });
}
