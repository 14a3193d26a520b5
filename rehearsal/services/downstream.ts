/** Which consumers lie behind an address: whose accounts are settled when something is lost on the way to them. */
import type { Edge, Node } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/cargo.ts";
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

/** Ends at which an event has its consumer, and says itself what becomes of it there. */
const ends: ReadonlySet<Node["kind"]> = new Set(["function", "queue", "stream"]);

/**
 * An event has to wait on its way to an address. Where it is clear whom it will come to, its account is opened, so that
 * a run that ends meanwhile tells of it.
 */
export function waitsFor(world: World, cargo: Cargo, address: string | null): void {
  if (cargo.role !== "event" || !ends.has(world.nodeAt(address ?? "")?.kind ?? "bus")) return;
  const [consumer, ...others] = consumersOf(world, address);
  if (typeof consumer === "string" && others.length === 0) cargo.bind(consumer, consumer);
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
