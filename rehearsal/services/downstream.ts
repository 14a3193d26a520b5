/** Which consumers lie behind an address: whose accounts are settled when something is lost on the way to them. */
import { type Edge } from "../../topology/graph.ts";
import type { World } from "../world.ts";
import type { EventEnvelope } from "./content.ts";
import { matchesAt } from "./filters.ts";

const onwards: ReadonlySet<Edge["kind"]> = new Set(["rule", "target", "subscription", "mapping", "notification"]);

/**
 * Addresses of functions; null where an end has no consumer. At least one of either.
 * @param envelope the event, where it has such a form: rules that do not want it lead to nobody.
 */
export function consumersOf(
  world: World,
  address: string | null,
  envelope?: EventEnvelope,
): readonly (string | null)[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (place: string): void => {
    if (seen.has(place)) return;
    seen.add(place);
    if (world.nodeAt(place)?.kind === "function") {
      found.add(place);
      return;
    }
    for (const edge of world.edgesFrom(place)) {
      if (edge.to === null || !onwards.has(edge.kind)) continue;
      if (edge.kind !== "rule" || admitsEvent(world, edge.to, envelope)) visit(edge.to);
    }
  };
  if (address !== null) visit(address);
  return found.size === 0 ? [null] : [...found];
}

/** Whether a rule would have passed the event on. What is not known of it yet is no reason why not. */
function admitsEvent(world: World, address: string, envelope: EventEnvelope | undefined): boolean {
  const rule = world.nodeAt(address);
  if (rule?.kind !== "rule") return true;
  const { enabled, eventPattern } = rule;
  if (!enabled.value) return false;
  if (envelope === undefined || eventPattern.from === "unknown" || eventPattern.value === null) return true;
  return matchesAt(address, eventPattern.value, envelope);
}
