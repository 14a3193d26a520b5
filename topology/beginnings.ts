/** Where events come into a graph. */

import { type EdgeIndex, isPathEdge } from "./edge-index.ts";
import type { Edge, Node } from "./graph.ts";

/** The kinds of nodes that a path may begin at, in the order in which one of a circle is chosen. */
const kinds: readonly Node["kind"][] = ["bus", "stream", "table", "bucket", "schedule", "rule", "topic", "queue"];
/** Edges that take what failed. */
const failureKinds: ReadonlySet<Edge["kind"]> = new Set(["redrive", "on-failure", "dead-letter"]);

/**
 * The nodes that a path begins at, in order of the graph:
 * - what nothing of the configuration feeds, or only functions do. What only receives failures is a net;
 * - a bus that no rule feeds, whatever else does: anyone may put events on it. The default bus is fed by AWS itself,
 *   whatever feeds it;
 * - of a circle that nothing else feeds (two buses that forward to each other, a queue that is its own dead-letter
 *   queue), the first member.
 */
export function beginningsOf(nodes: readonly Node[], index: EdgeIndex): Node[] {
  const eligible = nodes.filter((node) => mayBegin(node, index));
  const chosen = new Set(eligible.filter((node) => isFed(node, index)).map(({ address }) => address));

  // Circles of buses: failures that come there feed them as little as they feed a single bus.
  const ofEvents: Ways = { on: index.followingByPath, back: index.precedingByPath };
  const byEvents = reached(chosen, ofEvents.on);
  const buses = eligible.filter(({ kind, address }) => kind === "bus" && !byEvents.has(address));
  const aroundBuses = reached(
    buses.map(({ address }) => address),
    ofEvents.on,
  );
  beginCircles(new Set([...aroundBuses].filter((address) => !byEvents.has(address))), ofEvents, (circle) =>
    choose(
      buses.filter(({ address }) => circle.has(address)),
      chosen,
      index,
    ),
  );

  // Every other circle: what nothing comes to, be it failures.
  const ofAll: Ways = { on: index.following, back: index.preceding };
  const unfed = nodes.filter(({ address }) => index.into(address).length === 0).map(({ address }) => address);
  const byAnything = reached([...chosen, ...unfed], ofAll.on);
  const left = nodes.map(({ address }) => address).filter((address) => !byAnything.has(address));
  beginCircles(new Set(left), ofAll, (circle) =>
    choose(
      eligible.filter(({ address }) => circle.has(address)),
      chosen,
      index,
    ),
  );
  return nodes.filter(({ address }) => chosen.has(address));
}

/** Where one comes to from a node, and from where one comes to it. */
interface Ways {
  readonly on: (address: string) => readonly string[];
  readonly back: (address: string) => readonly string[];
}

/** Lets each circle begin that nothing else among the nodes left feeds, until all of them are reached. */
function beginCircles(left: Set<string>, ways: Ways, begin: (circle: ReadonlySet<string>) => void): void {
  while (left.size > 0) {
    const circle = outermostCircle(left, ways);
    begin(circle);
    for (const address of reached(circle, ways.on)) left.delete(address);
  }
}

/** Adds the member of a circle that its path begins at: one that no event comes back to, where there is one. */
function choose(members: readonly Node[], chosen: Set<string>, index: EdgeIndex): void {
  const free = members.filter(({ address }) => !index.into(address).some(isPathEdge));
  const rank = ({ kind }: Node): number => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length);
  const [first] = (free.length > 0 ? free : members).toSorted((a, b) => rank(a) - rank(b));
  if (first !== undefined) chosen.add(first.address);
}

/** Whether a path leads on from a node, of a kind that events come in at. */
function mayBegin(node: Node, index: EdgeIndex): boolean {
  // What stands outside the configuration and is read here is one too: a queue, a stream, a bus, a topic, a bucket.
  return index.onward(node.address).length > 0 && (kinds.includes(node.kind) || node.kind === "external");
}

/** Whether events come to a node from beyond the graph, or from functions. */
function isFed(node: Node, index: EdgeIndex): boolean {
  if (node.address === "default") return true;
  const feeding = index.into(node.address);
  if (feeding.some(isPathEdge)) return false;
  if (node.kind === "bus") return true;
  const failures = feeding.filter(({ kind }) => failureKinds.has(kind));
  return failures.length === 0 || failures.length < feeding.length || hasSender(node.address, failures, index);
}

/**
 * Whether a function may write to a net whose failures do not come from it: its role admits it, and neither a
 * destination of a function with that role, nor the handling of what the net takes failures of, says why.
 */
function hasSender(net: string, failures: readonly Edge[], index: EdgeIndex): boolean {
  const failing = failures.flatMap((edge) => [
    edge.from,
    ...index.onward(index.origin(edge)).flatMap(({ to }) => (to === null ? [] : [to])),
  ]);
  const roles = new Set(failures.flatMap(({ permissions }) => permissions.map(({ principal }) => principal)));
  for (const address of failing) {
    const node = index.nodes.get(address);
    if (node?.kind === "function" && node.role !== null) roles.add(node.role);
  }
  return index.functions.some(({ role, mayWriteTo }) => role !== null && !roles.has(role) && mayWriteTo.includes(net));
}

/** A circle that nothing else among these nodes feeds. */
function outermostCircle(left: ReadonlySet<string>, { on, back }: Ways): Set<string> {
  // The last node that no earlier one leads to: what leads to it, it leads to as well.
  const seen = new Set<string>();
  let last = "";
  for (const address of left) {
    if (seen.has(address)) continue;
    last = address;
    for (const one of reached([address], (from) => on(from).filter((to) => left.has(to) && !seen.has(to)))) {
      seen.add(one);
    }
  }
  return reached([last], (to) => back(to).filter((from) => left.has(from)));
}

/** Everything that one comes to from some nodes, with them. */
function reached(from: Iterable<string>, next: (address: string) => readonly string[]): Set<string> {
  const found = new Set(from);
  for (const address of found) for (const one of next(address)) found.add(one);
  return found;
}
