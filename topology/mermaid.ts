/** A graph as a Mermaid flowchart: paths in full lines, nets dotted. */
import type { Edge, Graph, Node } from "./graph.ts";
import { permissionOf } from "./graph.ts";
import { pathsOf } from "./paths.ts";

/** Opening and closing brackets that give each kind its shape. */
const shapes: Readonly<Record<Node["kind"], readonly [string, string]>> = {
  bus: ["[/", "/]"],
  rule: ["{{", "}}"],
  schedule: ["([", "])"],
  topic: [">", "]"],
  queue: ["[(", ")]"],
  stream: ["[[", "]]"],
  table: ["[(", ")]"],
  bucket: ["[(", ")]"],
  function: ["[", "]"],
  external: ["((", "))"],
};

const labels: Readonly<Partial<Record<Edge["kind"], string>>> = {
  redrive: "redrive",
  "on-failure": "on failure",
  "on-success": "on success",
  "dead-letter": "dead letter",
};

/** One flowchart of all graphs: of several, each is a subgraph under its stack's name. */
export function mermaid(graphs: readonly Graph[]): string {
  const [only] = graphs;
  const lines =
    graphs.length === 1 && only !== undefined
      ? drawing(only, "n").map((line) => `  ${line}`)
      : graphs.flatMap((graph, place) => [
          `  subgraph s${place}["${escaped(graph.stack)}"]`,
          ...drawing(graph, `s${place}n`).map((line) => `    ${line}`),
          "  end",
        ]);
  return `flowchart LR\n${lines.join("\n")}\n`;
}

/** Nodes and arrows of a graph; names of nodes begin with `prefix`. */
function drawing(graph: Graph, prefix: string): string[] {
  const onPaths = new Set(pathsOf(graph).flatMap(({ edges }) => edges));
  const failures = graph.edges.filter(({ kind }) => labels[kind] !== undefined);
  const holders = new Map(graph.edges.map((edge) => [edge.id, edge]));
  /** A net of a mapping or target hangs under the node that the edge leads to. */
  const nodeOf = (from: string): string | undefined => holders.get(from)?.to ?? (holders.has(from) ? undefined : from);
  const drawn = [...onPaths, ...failures].flatMap((edge) => {
    const from = labels[edge.kind] === undefined ? edge.from : nodeOf(edge.from);
    return from === undefined || edge.to === null ? [] : [{ edge, from, to: edge.to }];
  });
  const used = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const ids = new Map(
    graph.nodes.filter(({ address }) => used.has(address)).map(({ address }, index) => [address, `${prefix}${index}`]),
  );
  const nodes = graph.nodes.flatMap((node) => {
    const id = ids.get(node.address);
    const [open, close] = shapes[node.kind];
    return id === undefined ? [] : `${id}${open}"${escaped(node.address)}"${close}`;
  });
  const arrows = drawn.flatMap(({ edge, from, to }) => {
    const [a, b] = [ids.get(from), ids.get(to)];
    if (a === undefined || b === undefined) return [];
    const label = labels[edge.kind];
    const state = permissionOf(edge);
    const words = [label, state === "granted" ? undefined : `permission ${state}`]
      .filter((one) => one !== undefined)
      .join(", ");
    const arrow = label === undefined ? "-->" : "-.->";
    return `${a} ${arrow}${words === "" ? "" : `|${words}|`} ${b}`;
  });
  return [...nodes, ...new Set(arrows)];
}

/** What ends a text, or means markup, a directive or an entity inside one, by its code. An empty text is refused. */
function escaped(text: string): string {
  const safe = text.replaceAll(/["#$%&<>`\\]/g, (letter) => `#${letter.charCodeAt(0)};`).replaceAll(/\s/g, " ");
  return safe.trim() === "" ? "(no name)" : safe;
}
