/** Targets that AWS refuses, when they are made or at every attempt: nothing ever arrives there. */
import { hasUnknown } from "../../topology/configuration.ts";
import type { JsonValue, Setting, TargetEdge } from "../../topology/graph.ts";
import { isJsonObject, parseJson } from "../../topology/json.ts";
import { UnknownReached } from "../errors.ts";
import type { World } from "../world.ts";
import type { Refusal } from "./content.ts";
import { type Attempt, scheduledText } from "./target-content.ts";

/**
 * Why a target gets nothing, whatever it is sent.
 * @throws {UnknownReached} where what decides it is not known before it is applied.
 */
export function refusesTarget(world: World, attempt: Attempt): Refusal | undefined {
  if (world.deviates("target.anything")) return undefined;
  const why =
    impossible(attempt) ?? (attempt.source.kind === "schedule" ? ofSchedule(world, attempt) : ofRule(attempt));
  return why === undefined ? undefined : { code: "INVALID_PARAMETER", message: why, retriable: false, rule: "R36" };
}

/**
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 */
function impossible({ end, source }: Attempt): string | undefined {
  switch (end.kind) {
    case "table":
    case "bucket":
    case "rule":
    case "schedule":
      return `${end.address} is a ${end.kind}, which is no target of ${source.kind === "schedule" ? "Scheduler" : "EventBridge"}`;
    case "bus":
    case "topic":
    case "queue":
    case "stream":
    case "function":
    case "external":
      return undefined;
  }
}

/**
 * `Input` is valid JSON text, and PutTargets takes nothing else ("is not a valid JSON text"). With a bus of another
 * account as target it takes no input at all.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
 */
function ofRule({ edge, end, source }: Attempt): string | undefined {
  const { input } = edge;
  const isForeign = end.accountId !== null && source.accountId !== null && end.accountId !== source.accountId;
  if (end.kind === "bus" && input.kind !== "event" && isForeign) {
    return `${end.address} is a bus of another account, and the target has an input, which such a one cannot have`;
  }
  return input.kind === "constant" && isNoJson(input.text) ? `the input of ${edge.id} is no JSON` : undefined;
}

/**
 * A bus needs a source, a detail type and an object as detail, a stream a partition key; a function and a bus take JSON.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 */
function ofSchedule(world: World, attempt: Attempt): string | undefined {
  const { edge, end } = attempt;
  if (end.kind === "stream" && needed(edge, edge.partitionKey, "partition key") === null) {
    return `${edge.id} has no kinesis_parameters, without whose partition key nothing can be put into ${end.address}`;
  }
  if (end.kind === "bus") return ofEvent(world, attempt);
  const isRefused = end.kind === "function" && edge.input.kind !== "unknown" && isNoJson(scheduledText(attempt));
  return isRefused ? `the input of ${edge.id} is no JSON` : undefined;
}

function ofEvent(world: World, attempt: Attempt): string | undefined {
  const { edge, end } = attempt;
  const names = edge.eventBridgeParameters;
  const source = names === null ? null : needed(edge, names.source, "source");
  const detailType = names === null ? null : needed(edge, names.detailType, "detail type");
  if (source === null || detailType === null) {
    return `${edge.id} has no eventbridge_parameters, without whose source and detail_type nothing can be put on ${end.address}`;
  }
  if (source.startsWith("aws.")) return `the source ${source} of ${edge.id} begins with aws., which is AWS's own`;
  const text = scheduledText(attempt);
  const detail = json(text);
  if (hasUnknown(text) && (detail === undefined || judgesDetails(world, end.address))) {
    throw new UnknownReached(
      `${edge.id}: an event reaches it, and what ${end.address} judges of its input is not known before it is applied`,
    );
  }
  return isJsonObject(detail) ? undefined : `the input of ${edge.id} is no JSON object, as a detail has to be`;
}

/** @throws {UnknownReached} where it is set and not known. */
function needed(edge: TargetEdge, setting: Setting<string | null>, what: string): string | null {
  if (setting.from !== "unknown") return setting.value;
  throw new UnknownReached(`${edge.id}: an event reaches it, and its ${what} is not known before it is applied`);
}

function judgesDetails(world: World, bus: string): boolean {
  return world.edgesFrom(bus).some((edge) => {
    const rule = edge.kind === "rule" && edge.to !== null ? world.nodeAt(edge.to) : undefined;
    return rule?.kind === "rule" && rule.enabled.value && rule.eventPattern.value?.detail !== undefined;
  });
}

/** Whether a text is no JSON, for sure. */
function isNoJson(text: string): boolean {
  return json(text) === undefined && !hasUnknown(text);
}

/** What a text is as JSON; undefined: it is none. */
function json(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
