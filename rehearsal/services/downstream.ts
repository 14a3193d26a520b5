/** Which consumers lie behind an address: whose accounts are settled when something is lost on the way to them. */
import type { World } from "../world.ts";

/** Addresses of functions; null where an end has no consumer. At least one of either. */
export function consumersOf(world: World, address: string | null): readonly (string | null)[] {
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
      if (edge.to === null) continue;
      if (["rule", "target", "subscription", "mapping", "notification"].includes(edge.kind)) visit(edge.to);
    }
  };
  if (address !== null) visit(address);
  return found.size === 0 ? [null] : [...found];
}
