/** What a target of a rule or a schedule is given, in the form that its end takes. */
import type { JsonValue, Node, RuleNode, ScheduleNode, Setting, TargetEdge } from "../../../topology/graph.ts";
import { UnknownReached } from "../../errors.ts";
import { isoSeconds } from "../../kernel/time.ts";
import type { World } from "../../world.ts";
import { type Content, decode, type EventEnvelope } from "../content.ts";
import { placeOf } from "../place.ts";
import { messageGroup, partitionKey, transformed } from "./target-input.ts";

/** One attempt to deliver an event to a target. */
export interface Attempt {
  readonly edge: TargetEdge;
  /** The rule or schedule. */
  readonly source: RuleNode | ScheduleNode;
  /** Where the target's edge leads. */
  readonly end: Node;
  /** The event, or what Scheduler gives where no input is set. */
  readonly envelope: EventEnvelope;
  readonly firedAt: number;
  /** From 1. */
  readonly number: number;
  readonly executionId: () => string;
}

/** @throws {UnknownReached} where the message group or partition key is needed and not known. */
export function contentOf(world: World, attempt: Attempt): Content {
  return { ...ungrouped(world, attempt), groupId: groupOf(world, attempt) };
}

/** The same for a net, which needs no group. */
export function ungrouped(world: World, attempt: Attempt): Content {
  const { edge, envelope, source } = attempt;
  const payload = (): JsonValue =>
    source.kind === "schedule" ? decode(scheduledText(attempt)) : transformed(edge, envelope, source);
  return {
    payload,
    text: () => {
      // Scheduler passes its input on as it is written.
      if (source.kind === "schedule") return scheduledText(attempt);
      const value = payload();
      return typeof value === "string" ? value : JSON.stringify(value);
    },
    envelope: () => eventOf(world, attempt),
    attributes: {},
  };
}

/** The event that a bus would have got, for those who ask which rules want it; undefined: not known, or it has none. */
export function knownEvent(world: World, attempt: Attempt): EventEnvelope | undefined {
  const { edge, end, source } = attempt;
  if (source.kind !== "schedule" || end.kind !== "bus") return attempt.envelope;
  const { input, eventBridgeParameters: names } = edge;
  const has = (name: Setting<string | null>): boolean => name.from !== "unknown" && name.value !== null;
  const isKnown = input.kind !== "unknown" && names !== null && has(names.source) && has(names.detailType);
  return isKnown ? eventOf(world, attempt) : undefined;
}

/**
 * The message group, or what a stream takes for it: the partition key. A target has neither for a topic: AWS has no
 * parameter for it (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html).
 */
function groupOf(world: World, { edge, end, envelope, source }: Attempt): string | undefined {
  switch (end.kind) {
    case "queue":
      return messageGroup(edge, envelope, end.fifo.value, source.kind === "rule");
    case "stream":
      return source.kind === "schedule" ? (edge.partitionKey.value ?? undefined) : partitionKey(world, edge, envelope);
    case "topic":
      return world.deviates("target.anything") ? messageGroup(edge, envelope, end.fifo.value, false) : undefined;
    case "table":
    case "bucket":
    case "bus":
    case "rule":
    case "schedule":
    case "function":
    case "external":
      return undefined;
  }
}

/** The event as a rule passes it on, or as a schedule puts it on a bus. */
function eventOf(world: World, attempt: Attempt): EventEnvelope {
  const { edge, end, envelope, source } = attempt;
  const names = edge.eventBridgeParameters;
  if (source.kind !== "schedule" || end.kind !== "bus" || names === null) return envelope;
  if (world.deviates("schedule.fixed-source")) return envelope;
  if (edge.input.kind === "event") {
    world.settings.assume(
      `${edge.id}.input`,
      "the notification that other targets of a schedule without input get",
      "AWS does not say what the detail of such an event on a bus is",
    );
  }
  return {
    version: "0",
    id: envelope.id,
    "detail-type": names.detailType.value ?? "",
    source: names.source.value ?? "",
    ...placeOf(source),
    time: isoSeconds(world.kernel.now),
    resources: [],
    detail: decode(scheduledText(attempt)),
  };
}

/**
 * What may stand in a schedule's input for something of the invocation.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
const contextAttribute = /<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>/g;

/** @throws {UnknownReached} where the input is not known. */
export function scheduledText({ edge, source, envelope, firedAt, number, executionId }: Attempt): string {
  const { input } = edge;
  if (input.kind === "unknown") {
    throw new UnknownReached(`${edge.id}: an event reaches it, and its input is not known before it is applied`);
  }
  if (input.kind !== "constant") return JSON.stringify(envelope);
  return input.text.replaceAll(contextAttribute, (_whole, name: string) => {
    switch (name) {
      case "schedule-arn":
        return source.arn;
      case "scheduled-time":
        return isoSeconds(firedAt);
      case "execution-id":
        return executionId();
      default:
        return String(number);
    }
  });
}
