/** The edges of the topology as services go over them: which there are, what they admit, and where they lead. */
import type { DestinationEdge, Edge, EdgeOf, PermissionState } from "../../topology/graph.ts";
import { permissionOf } from "../../topology/graph.ts";
import { UnknownReached } from "../errors.ts";
import type { World } from "../world.ts";
import type { Refusal } from "./content.ts";
import type { Handover } from "./handover.ts";
import type { Service } from "./service.ts";

/** The edges of one kind that lead from an address. */
export function edgesOf<K extends Edge["kind"]>(world: World, address: string, kind: K): readonly EdgeOf<K>[] {
  return world.edgesFrom(address).filter((edge): edge is EdgeOf<K> => edge.kind === kind);
}

/** The edges that take failures, or results, of `owner`: a function's address, or the id of a mapping or delivery. */
export function netsOf(
  world: World,
  owner: string,
  of: DestinationEdge["of"],
  kind: DestinationEdge["kind"],
): readonly DestinationEdge[] {
  return world
    .edgesFrom(owner)
    .filter((edge): edge is DestinationEdge => edge.kind === kind && "of" in edge && edge.of === of);
}

/**
 * Whether an edge's permissions admit what goes over it (R22, R36, R40, R49).
 * @throws {UnknownReached} where a policy is not known: that is no answer.
 */
export function admits(world: World, edge: Edge, rule: string): Refusal | undefined {
  const state: PermissionState = world.deviates("permissions.ignored") ? "granted" : permissionOf(edge);
  if (state === "granted") return undefined;
  const lacking = edge.permissions.find((permission) => permission.state === state);
  const what = lacking === undefined ? "" : `: ${lacking.principal} needs ${lacking.actions.join(", ")}`;
  if (state === "unknown") {
    throw new UnknownReached(
      `${edge.id}: an event reaches it, and its permission is not known before it is applied${what}` +
        (typeof lacking?.why === "string" ? ` (${lacking.why})` : ""),
    );
  }
  return { code: "NO_PERMISSIONS", message: `${edge.id} is not authorized${what}`, retriable: false, rule };
}

/**
 * Where an edge leads.
 * @throws {UnknownReached} where that is not known, or not in the graph.
 */
export function endOf(world: World, edge: Edge): Service {
  if (edge.to === null) {
    throw new UnknownReached(`${edge.id}: an event reaches it, and where it leads is not known before it is applied`);
  }
  const service = world.services.get(edge.to);
  if (service === undefined) {
    throw new UnknownReached(`${edge.id}: an event reaches it, and ${edge.to} is nothing that can be rehearsed`);
  }
  return service;
}

/**
 * Hands cargo to a service, which from then on says what becomes of it.
 * @returns why the service did not take it: then the cargo is still the caller's.
 */
export function handOver(world: World, to: Service, handover: Handover): Refusal | undefined {
  if (world.faults.unavailable(to.address, world.kernel.now)) {
    return { code: "INTERNAL_ERROR", message: `${to.address} does not answer`, retriable: true, rule: "R35" };
  }
  return to.take(handover);
}
