/** The edges of a graph by their ends. */
import type { Edge, FunctionNode, Graph, Node } from "./graph.ts";

/** Edges that events take; the others take what failed, or results. */
const pathKinds: ReadonlySet<Edge["kind"]> = new Set([
  "rule",
  "target",
  "subscription",
  "notification",
  "mapping",
  "pipe",
]);

/** Whether events take an edge. */
export function isPathEdge({ kind }: Edge): boolean {
  return pathKinds.has(kind);
}

export class EdgeIndex {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly functions: readonly FunctionNode[];
  readonly #outgoing = new Map<string, Edge[]>();
  readonly #onward = new Map<string, Edge[]>();
  readonly #incoming = new Map<string, Edge[]>();
  readonly #holders = new Map<string, Edge>();
  readonly #following = new Map<string, string[]>();
  readonly #preceding = new Map<string, string[]>();

  constructor({ nodes, edges }: Pick<Graph, "nodes" | "edges">) {
    this.nodes = new Map(nodes.map((node) => [node.address, node]));
    this.functions = nodes.filter((node) => node.kind === "function");
    for (const edge of edges) this.#holders.set(edge.id, edge);
    for (const edge of edges) {
      push(this.#outgoing, edge.from, edge);
      if (isPathEdge(edge)) push(this.#onward, edge.from, edge);
      if (edge.to === null) continue;
      push(this.#incoming, edge.to, edge);
      const from = this.origin(edge);
      push(this.#following, from, edge.to);
      push(this.#preceding, edge.to, from);
    }
  }

  /** Edges from a node, and destinations of an edge by its id. */
  from(key: string): readonly Edge[] {
    return this.#outgoing.get(key) ?? [];
  }

  /** The node that an edge takes something from: of what failed on another edge, that edge's beginning. */
  origin(edge: Edge): string {
    const ofEdge = "of" in edge && edge.of !== "function";
    return (ofEdge ? this.#holders.get(edge.from)?.from : undefined) ?? edge.from;
  }

  /** Edges from a node that events take. */
  onward(address: string): readonly Edge[] {
    return this.#onward.get(address) ?? [];
  }

  into(address: string): readonly Edge[] {
    return this.#incoming.get(address) ?? [];
  }

  /** Nodes that something of a node comes to, be it failures. */
  readonly following = (address: string): readonly string[] => this.#following.get(address) ?? [];

  /** Nodes that events of a node come to. */
  readonly followingByPath = (address: string): readonly string[] =>
    this.onward(address).flatMap(({ to }) => (to === null ? [] : [to]));

  /** Nodes of which events come to a node. */
  readonly precedingByPath = (address: string): readonly string[] =>
    this.into(address)
      .filter(isPathEdge)
      .map(({ from }) => from);

  /** Nodes of which something comes to a node, be it failures. */
  readonly preceding = (address: string): readonly string[] => this.#preceding.get(address) ?? [];
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
