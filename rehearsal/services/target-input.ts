/** What a target is given instead of the event: a constant, a part of it, or a template. */

import type { JsonValue, TargetEdge } from "../../topology/graph.ts";
import { isJsonList, memberOf } from "../../topology/json.ts";
import { UnknownReached } from "../errors.ts";
import { decode, type EventEnvelope } from "./content.ts";

export function transformed(edge: TargetEdge, event: EventEnvelope): JsonValue {
  const { input } = edge;
  switch (input.kind) {
    case "event":
      return event;
    case "constant":
      return decode(input.text);
    case "path":
      return at(event, input.path) ?? null;
    case "transformer":
      return decode(fill(input.template, input.paths, event));
    case "unknown":
      throw new UnknownReached(`${edge.id}: an event reaches it, and its input is not known before it is applied`);
  }
}

/**
 * The message group that a target's message goes to: a fixed one, or, since November 2025, what a path into the event
 * chooses. Undefined where the event has nothing there; a FIFO queue then refuses the message.
 * https://aws.amazon.com/about-aws/whats-new/2025/11/amazon-eventbridge-sqs-fair-queue-targets/
 */
export function messageGroup(edge: TargetEdge, event: EventEnvelope): string | undefined {
  const { messageGroupId: group } = edge;
  if (group === null) return undefined;
  if (!group.startsWith("$.")) return group;
  const found = at(event, group);
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

/** `<name>` stands for the value of its path: in quotes as text, else as JSON. */
function fill(template: string, paths: Readonly<Record<string, string>>, event: EventEnvelope): string {
  const known: Readonly<Record<string, JsonValue>> = {
    "aws.events.event.ingestion-time": event.time,
    "aws.events.event.json": event,
    "aws.events.event": event,
    "aws.events.rule-arn": event.resources[0] ?? "",
  };
  const value = (name: string): JsonValue | undefined => {
    const path = paths[name];
    return path === undefined ? known[name] : at(event, path);
  };
  return template.replaceAll(
    /(")?<([\w.-]+)>(")?/g,
    (whole, open: string | undefined, name: string, close: string | undefined) => {
      const found = value(name);
      if (found === undefined) return name in paths ? `${open ?? ""}${close ?? ""}` : whole;
      if (open !== undefined && close !== undefined)
        return typeof found === "string"
          ? JSON.stringify(found)
          : `"${JSON.stringify(found).replaceAll('"', String.raw`\"`)}"`;
      const bare = typeof found === "string" && (open !== undefined || close !== undefined);
      const text = bare ? found : JSON.stringify(found);
      return `${open ?? ""}${text}${close ?? ""}`;
    },
  );
}
