/** What every service of a rehearsal shares: the clock, the accounts, the figures, and each other by address. */
import type { DestinationEdge, Edge, EdgeOf, Graph, Node, PermissionState } from "../topology/graph.ts";
import { permissionOf } from "../topology/graph.ts";
import type { Accounting } from "./accounting/accounting.ts";
import type { DeviationName } from "./deviations.ts";
import { UnknownReached } from "./errors.ts";
import type { UnreservedConcurrency } from "./functions/concurrency.ts";
import type { Faults } from "./functions/faults.ts";
import type { LambdaFunction } from "./functions/function.ts";
import type { Runner } from "./functions/runner.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Random } from "./kernel/random.ts";
import type { Log } from "./result/log.ts";
import type { Bucket } from "./services/bucket.ts";
import type { Bus } from "./services/bus.ts";
import type { Refusal } from "./services/content.ts";
import type { External } from "./services/external.ts";
import type { Queue } from "./services/queue.ts";
import type { Rule } from "./services/rule.ts";
import type { Stream } from "./services/stream.ts";
import type { Topic } from "./services/topic.ts";
import type { Settings } from "./settings.ts";

/** A service by its address. */
export type Service = LambdaFunction | Queue | Topic | Bus | Rule | Stream | Bucket | External;

/** Virtual time 0. Fixed, so that the same run gives the same timestamps. */
export const epochMs = Date.UTC(2026, 0, 1);

export interface World {
  readonly graph: Graph;
  readonly kernel: Kernel;
  readonly accounting: Accounting;
  readonly settings: Settings;
  readonly faults: Faults;
  readonly runner: Runner;
  readonly unreserved: UnreservedConcurrency;
  readonly log: Log;
  readonly services: ReadonlyMap<string, Service>;
  /** Whether a queue has several mappings, so that who consumes a message is known only once it is received. */
  readonly several: boolean;
  /** Whether a queue, topic, bus or bucket takes failures. */
  readonly isNet: (address: string) => boolean;
  /** Whether the run departs on purpose from a rule: for tests that must notice. */
  readonly deviates: (name: DeviationName) => boolean;
  /** Random numbers for one purpose. */
  readonly random: (name: string) => Random;
  /** Edges by where they lead from. */
  readonly edgesFrom: (address: string) => readonly Edge[];
  readonly nodeAt: (address: string) => Node | undefined;
}

/** A virtual time as ISO 8601 with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(epochMs + ms).toISOString();
}

/** A virtual time as ISO 8601 to the second. */
export function isoSeconds(ms: number): string {
  return `${isoTime(ms).slice(0, 19)}Z`;
}

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
