/** `holdfast paths`: every event path, with its retries, ages and nets. */
import type { Graph, Node } from "../topology/graph.ts";
import { mermaid } from "../topology/mermaid.ts";
import { type EventPath, enumerated, mostPaths, type Net } from "../topology/paths.ts";
import { readTopology } from "../topology/read.ts";
import { type Column, table, wrap } from "./table.ts";
import { print, reservations, styledStart, type Terminal, widthOf } from "./terminal.ts";

export interface PathsOptions {
  readonly json?: boolean | undefined;
  readonly mermaid?: boolean | undefined;
}

/** Runs the command; gives its exit status. */
export async function runPaths(source: string | undefined, options: PathsOptions, terminal: Terminal): Promise<number> {
  const graphs = (await readTopology(source, terminal.terraform)).map(({ graph }) => graph);
  print(terminal, graphs, options.json, {
    json: pathsJson,
    text: (graph) => pathsText(graph, terminal),
    whole: options.mermaid === true ? mermaid(graphs) : undefined,
  });
  return 0;
}

/** The result in JSON. */
function pathsJson(graph: Graph): object {
  const { paths, shortened } = enumerated(graph);
  return {
    stack: graph.stack,
    paths: paths.map(({ source, through, end, consumer, mapping, settings, delivery, nets }) => ({
      source,
      through,
      end,
      consumer,
      mapping,
      settings,
      delivery,
      nets,
    })),
    ...(shortened ? { shortened: shortenedWhy } : {}),
    assumptions: graph.assumptions,
    notUnderstood: graph.notUnderstood,
  };
}

/** The table, with what was assumed and what was not understood below. */
export function pathsText(graph: Graph, terminal: Terminal): string {
  const { paths, shortened } = enumerated(graph);
  const width = widthOf(terminal);
  const many = `${paths.length === 0 ? "no" : paths.length} event path${paths.length === 1 ? "" : "s"}`;
  const [heading = "", ...more] = wrap(`${graph.stack}: ${many}`, width, "    ");
  const rows = paths.map((path, index) => [
    String(index + 1),
    steps(path),
    limits(path).join("\n"),
    failuresEnd(path, graph),
  ]);
  const body = rows.length === 0 ? "" : `\n${table(layout(width, rows.length), rows)}\n`;
  return [
    `${[styledStart(terminal, "bold", graph.stack, heading), ...more].join("\n")}\n${body}`,
    shortened ? `\n${wrap(shortenedWhy, width).join("\n")}\n` : "",
    reservations(terminal, graph),
  ].join("");
}

const shortenedWhy = `There are more than ${mostPaths} paths: of those that share all their steps with others, only one of each source is listed.`;

/** The columns of the table; what is left over goes to the path. */
function layout(width: number, rows: number): readonly Column[] {
  const number = Math.max(3, String(rows).length);
  const [limit, nets] = width < 80 ? [14, Math.floor((width - number - 20) / 2)] : [16, 23];
  return [
    { title: "", width: number },
    { title: "path", width: width - number - limit - nets - 6 },
    { title: "retries, ages", width: limit },
    { title: "failures end in", width: nets },
  ];
}

function steps({ source, through, end }: EventPath): string {
  return [source, ...[...through, end].map((one) => `→ ${one}`)].join("\n");
}

/** The figures that bound a path, in the order in which an event meets them. */
function limits({ delivery, settings, edges }: EventPath): string[] {
  const own = { ...settings };
  const last = edges.at(-1);
  const lines: string[] = [];
  const add = (condition: boolean, line: string): void => {
    if (condition) lines.push(line);
  };
  const target = edges.some(({ kind }) => kind === "target");
  add(target, `${show(delivery.maximumRetryAttempts)} × in ${time(delivery.maximumEventAgeInSeconds)}`);
  add(
    edges.some(({ kind }) => kind === "subscription"),
    "23 d of SNS",
  );
  add(last?.kind === "mapping", `batch ${show(own.batchSize)}`);
  if (own.visibilityTimeout !== undefined) {
    add(own.maxReceiveCount !== undefined, `${show(own.maxReceiveCount)} receives`);
    add(true, `visibility ${time(own.visibilityTimeout)}`);
    add(true, `kept ${time(own.messageRetentionPeriod)}`);
  } else {
    const attempts = own.maximumRetryAttempts;
    add(attempts !== undefined, attempts === -1 ? "retries: no limit" : `${show(attempts)} retries`);
    const age = own.maximumRecordAgeInSeconds ?? own.maximumEventAgeInSeconds;
    add(age !== undefined, age === -1 ? "age: no limit" : `age ${time(age)}`);
  }
  add(own.enabled === false, "off");
  return lines;
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : "?";
}

function time(value: unknown): string {
  if (typeof value !== "number") return "?";
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
  ] as const) {
    if (value >= size && value % size === 0) return `${value / size} ${unit}`;
  }
  return `${value} s`;
}

const marks = { granted: "", missing: " (NOT PERMITTED)", unknown: " (permission not known)" } as const;

function netText({ to, permission }: Net): string {
  return `${to ?? "not known"}${marks[permission]}`;
}

/** Where failures end, and which of them have nowhere to go; without any net, what becomes of what arrives. */
function failuresEnd(path: EventPath, graph: Graph): string {
  const { nets, source, through, end, consumer, mapping, edges } = path;
  if (nets.length > 0) return [...nets.map(netText), ...holes(path)].join("\n");
  if (edges.at(-1)?.to === null) return "not known: its end is not";
  if (through.includes(end) || source === end) return "it goes round";
  const last = graph.nodes.find(({ address }) => address === end);
  if (consumer !== null || mapping !== null || last === undefined) return "nowhere: lost";
  return (last.kind === "external" && holes(path)[0]) || ends[last.kind];
}

/** What a path with some nets loses all the same. */
function holes({ nets, consumer, mapping, edges }: EventPath): string[] {
  const taken = new Set(nets.map(({ kind }) => kind));
  const held = new Set(nets.map(({ at }) => at));
  const open = edges.some(({ kind, address }) => (kind === "target" || kind === "subscription") && !held.has(address));
  const fails = consumer !== null && mapping === null;
  const caught = taken.has("on-failure-destination") || taken.has("function-dead-letter");
  return [...(open ? ["undelivered: lost"] : []), ...(fails && !caught ? ["failed: lost"] : [])];
}

/** Of a path without consumer and net, by what it ends at. */
const ends: Readonly<Record<Node["kind"], string>> = {
  bus: "no rule takes it",
  rule: "no target takes it",
  schedule: "no target takes it",
  topic: "nobody subscribes",
  queue: "nobody reads it",
  stream: "nobody reads it",
  table: "nobody reads it",
  bucket: "nobody reads it",
  function: "nowhere: lost",
  external: "not known: it is outside",
};
