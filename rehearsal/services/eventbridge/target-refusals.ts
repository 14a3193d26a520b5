/** Targets that AWS refuses: nothing ever arrives there. */
import { hasUnknown } from "../../../topology/configuration.ts";
import type { Setting, TargetEdge } from "../../../topology/graph.ts";
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
      `${edge.id}: an event reaches it, and rules of ${end.address} look into its input, of which a part is not known ` +
        "before it is applied",
    );
  }
}

function known(edge: TargetEdge, { from }: Setting<string | null>, what: string): void {
  if (from !== "unknown") return;
  throw new UnknownReached(`${edge.id}: an event reaches it, and its ${what} is not known before it is applied`);
}

function judgesDetails(world: World, bus: string): boolean {
  return world.edgesFrom(bus).some((edge) => {
    const rule = edge.kind === "rule" && edge.to !== null ? world.nodeAt(edge.to) : undefined;
    return rule?.kind === "rule" && rule.enabled.value && rule.eventPattern.value?.detail !== undefined;
  });
}
