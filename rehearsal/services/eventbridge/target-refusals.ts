/** Targets that AWS refuses: nothing ever arrives there. */
import { hasUnknown } from "../../../topology/configuration.ts";
import type { Edge, Setting, TargetEdge } from "../../../topology/graph.ts";
import { targetFault } from "../../../topology/target-faults.ts";
import { UnknownReached } from "../../errors.ts";
import type { World } from "../../world.ts";
import type { Refusal } from "../content.ts";
import { type Attempt, scheduledText } from "./target-content.ts";

/**
 * Why a target gets nothing, whatever it is sent.
 * @throws {UnknownReached} where what decides it is not known before it is applied.
 */
export function refusesTarget(world: World, attempt: Attempt): Refusal | undefined {
  if (world.deviates("target.anything")) return undefined;
  const { edge, source, end } = attempt;
  const fault = targetFault(edge, source, end);
  if (fault !== undefined) return { code: "INVALID_PARAMETER", message: fault.what, retriable: false, rule: "R36" };
  if (source.kind === "schedule") mustBeKnown(world, attempt);
  return undefined;
}

function mustBeKnown(world: World, attempt: Attempt): void {
  const { edge, end } = attempt;
  if (end.kind === "stream") known(edge, edge.partitionKey, "partition key");
  if (end.kind !== "bus" || edge.eventBridgeParameters === null) return;
  known(edge, edge.eventBridgeParameters.source, "source");
  known(edge, edge.eventBridgeParameters.detailType, "detail type");
  const text = scheduledText(attempt);
  if (hasUnknown(text) && judgesDetails(world, end.address)) {
    throw new UnknownReached(
      `${edge.id}: an event reaches it, and what ${end.address} leads to looks into its input, of which a part is not known ` +
        "before it is applied",
    );
  }
}

function known(edge: TargetEdge, { from }: Setting<string | null>, what: string): void {
  if (from !== "unknown") return;
  throw new UnknownReached(`${edge.id}: an event reaches it, and its ${what} is not known before it is applied`);
}

/** Whether anything on the way from a bus to its consumers decides by what is in an event's detail. */
function judgesDetails(world: World, bus: string): boolean {
  const seen = new Set<string>();
  const judges = (place: string): boolean => {
    if (seen.has(place)) return false;
    seen.add(place);
    const node = world.nodeAt(place);
    if (node?.kind === "function") return false;
    const archives = node?.kind === "bus" ? node.archives : [];
    if (archives.some(({ eventPattern }) => eventPattern.value?.detail !== undefined)) return true;
    if (node?.kind === "rule" && (!node.enabled.value || node.eventPattern.value?.detail !== undefined))
      return node.enabled.value;
    return world.edgesFrom(place).some((edge) => decides(edge) || (edge.to !== null && leads(edge) && judges(edge.to)));
  };
  return judges(bus);
}

function leads({ kind }: Edge): boolean {
  return kind === "rule" || kind === "target" || kind === "subscription";
}

/** Whether an edge lets through, or sorts, by the content of what it is given. */
function decides(edge: Edge): boolean {
  switch (edge.kind) {
    case "target":
      return [edge.messageGroupId, edge.partitionKey].some(({ value }) => value?.startsWith("$") === true);
    case "subscription":
      return edge.settings.filterPolicy.value !== null;
    case "mapping":
      return edge.settings.filterCriteria.value.length > 0;
    case "rule":
    case "notification":
    case "pipe":
    case "on-failure":
    case "on-success":
    case "dead-letter":
    case "redrive":
      return false;
  }
}
