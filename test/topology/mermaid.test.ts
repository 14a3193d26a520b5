import * as fc from "fast-check";
import type { Graph } from "../../topology/graph.ts";
import { mermaid } from "../../topology/mermaid.ts";
import { GraphBuilder } from "../support/graphs.ts";

/** A stack with every shape and arrow. */
function everything(stack: string, name: string): Graph {
  const g = new GraphBuilder(stack);
  const handler = g.fn(name);
  const [queue, letters] = [g.queue(name), g.queue(`${name}-letters`)];
  const mapping = g.mapping(g.stream(name), handler);
  g.destination("on-failure", "mapping", mapping, letters, { permission: "missing" });
  g.mapping(g.table(name), handler);
  g.mapping(queue, handler);
  g.redrive(queue, letters, 5);
  const topic = g.topic(name);
  g.subscription(topic, queue, { permission: "unknown" });
  g.subscription(topic, g.external(`email:${name}@example.com`, "email"));
  g.notification(g.bucket(name), handler);
  g.target(g.rule(name, g.bus(name), { source: ["shop"] }), handler);
  g.target(g.schedule(name), handler);
  return g.build();
}

/** What a line may be, after https://mermaid.js.org/syntax/flowchart.html: nothing of a name but inside quotes. */
const label = String.raw`"(?:[^"#$%&<>\`\\]|#\d+;)+"`;
const id = String.raw`(?:s\d+)?n\d+`;
const shape = [
  String.raw`\[/${label}/\]`,
  String.raw`\{\{${label}\}\}`,
  String.raw`\(\[${label}\]\)`,
  String.raw`>${label}\]`,
  String.raw`\[\(${label}\)\]`,
  String.raw`\[\[${label}\]\]`,
  String.raw`\[${label}\]`,
  String.raw`\(\(${label}\)\)`,
].join("|");
const lines = {
  node: new RegExp(`^ +(${id})(?:${shape})$`),
  arrow: new RegExp(String.raw`^ +(${id}) (?:-->|-\.->)(?:\|[a-z ,]+\|)? (${id})$`),
  open: new RegExp(String.raw`^  subgraph (s\d+)\[${label}\]$`),
  close: /^ {2}end$/,
} as const;

/** Ids of the nodes of a text, after the whole of it was held to the grammar. */
function parsed(text: string): { readonly nodes: string[]; readonly subgraphs: string[] } {
  const [first, ...rest] = text.trimEnd().split("\n");
  expect(first).toBe("flowchart LR");
  const nodes: string[] = [];
  const subgraphs: string[] = [];
  let open = false;
  for (const line of rest) {
    const [node, arrow, begins] = [lines.node.exec(line), lines.arrow.exec(line), lines.open.exec(line)];
    if (node === null && arrow === null && begins === null && !lines.close.test(line)) throw new Error(line);
    if (node !== null) nodes.push(node[1] ?? "");
    for (const end of arrow?.slice(1) ?? []) if (!nodes.includes(end)) throw new Error(`${line}: no node ${end}`);
    if (begins !== null || lines.close.test(line)) {
      expect(open).toBe(begins === null);
      open = begins !== null;
      if (begins !== null) subgraphs.push(begins[1] ?? "");
    }
  }
  expect(open).toBe(false);
  expect(new Set([...nodes, ...subgraphs]).size).toBe(nodes.length + subgraphs.length);
  return { nodes, subgraphs };
}

test("one stack is a flowchart without a frame", () => {
  const text = mermaid([everything("shop", "orders")]);
  expect(parsed(text).subgraphs).toEqual([]);
  expect(text).toMatchSnapshot();
});

test("several stacks are one flowchart, a subgraph each", () => {
  const text = mermaid([everything("production", "orders"), everything("staging", "orders")]);
  const { nodes, subgraphs } = parsed(text);
  expect(subgraphs).toHaveLength(2);
  expect(nodes).toHaveLength(2 * parsed(mermaid([everything("one", "orders")])).nodes.length);
  expect(text.match(/flowchart/g)).toHaveLength(1);
});

test("no stack, and stacks without a path, can be drawn too", () => {
  const empty = new GraphBuilder("empty").build();
  expect(parsed(mermaid([])).nodes).toEqual([]);
  expect(parsed(mermaid([empty, everything("shop", "orders")])).subgraphs).toHaveLength(2);
});

test("whatever the names", () => {
  const odd = fc.oneof(
    fc.constantFrom(
      "",
      'x["a"]',
      "$$x$$",
      "end",
      'a "b" #quot; `c`',
      "a\nb",
      "<b>&amp;</b>",
      "%%{init}%%",
      "ü漢🙂",
      "|x|",
      "\\",
    ),
    fc.string({ unit: "grapheme", maxLength: 20 }),
  );
  fc.assert(
    fc.property(odd, odd, (stack, name) => {
      parsed(mermaid([everything(stack, name), everything("other", name)]));
    }),
    { numRuns: 100 },
  );
});
