/** `holdfast paths`: every event path, with its retries, ages and nets. */
import type { Graph, MappingEdge, Node } from "../topology/graph.ts";
import { mermaid } from "../topology/mermaid.ts";
import { type EventPath, enumerated, mostPaths, type Net } from "../topology/paths.ts";
import { readTopology } from "../topology/read.ts";
import { type Column, table, wrap } from "./table.ts";
import { advise, print, reservations, styledStart, type Terminal, widthOf } from "./terminal.ts";

export interface PathsOptions {
  readonly json?: boolean | undefined;
  readonly mermaid?: boolean | undefined;
}

/** Runs the command; gives its exit status. */
export async function runPaths(source: string | undefined, options: PathsOptions, terminal: Terminal): Promise<number> {
  const sources = await readTopology(source, terminal.terraform);
  const graphs = sources.map(({ graph }) => graph);
  print(terminal, graphs, options.json, {
    json: pathsJson,
    text: (graph) => pathsText(graph, terminal),
    whole: options.mermaid === true ? mermaid(graphs) : undefined,
  });
  advise(terminal, sources);
  return 0;
}

/** The result in JSON. */
function pathsJson(graph: Graph): object {
  const { paths, shortened } = enumerated(graph);
  return {
    stack: graph.stack,
    paths: paths.map(
      ({ source, through, end, consumer, qualifier, mapping, settings, delivery, deliveries, nets }) => ({
        source,
        through,
        end,
        consumer,
        qualifier,
        mapping,
        settings,
        delivery,
        deliveries,
        nets,
      }),
    ),
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

function steps(path: EventPath): string {
  return [path.source, ...[...path.through, endOf(path)].map((one) => `→ ${one}`)].join("\n");
}

/** A path's end: of a function, with its alias or version as AWS writes it, where one is named. */
export function endOf({ end, qualifier }: EventPath): string {
  return qualifier === null || qualifier === "$LATEST" ? end : `${end}:${qualifier}`;
}

/** The figures that bound a path, in the order in which an event meets them. */
function limits({ deliveries, settings, edges }: EventPath): string[] {
  const own = { ...settings };
  const last = edges.at(-1);
  const lines: string[] = [];
  const add = (condition: boolean, line: string): void => {
    if (condition) lines.push(line);
  };
  for (const { protocol, settings: one } of deliveries) {
    const { maximumRetryAttempts: attempts, maximumEventAgeInSeconds: age } = one;
    add(true, protocol === null ? `${show(attempts)} × in ${time(age)}` : patience(protocol));
  }
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

/**
 * How long SNS tries (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html): 100,015 times over
 * 23 days at what AWS runs; at an HTTP endpoint as its delivery policy says, for an hour at most; elsewhere (email, SMS,
 * mobile push) 50 times over 6 hours.
 */
function patience(protocol: string): string {
  if (["lambda", "sqs", "firehose"].includes(protocol)) return "23 d of SNS";
  return protocol === "http" || protocol === "https" ? "≤ 1 h of SNS" : "6 h of SNS";
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
  if (nets.length > 0) return [...nets.map(netText), ...holes(path, graph)].join("\n");
  const final = edges.at(-1);
  if (final?.to === null) return "not known: its end is not";
  if (through.includes(end) || source === end) return "it goes round";
  if (final?.kind === "mapping" && final.source === "sqs" && isOutside(final.from, graph)) {
    return [...holes(path, graph), "not known: its queue is outside"].join("\n");
  }
  const last = graph.nodes.find(({ address }) => address === end);
  if (consumer !== null || mapping !== null || last === undefined) return "nowhere: lost";
  return (last.kind === "external" && holes(path, graph)[0]) || ends[last.kind];
}

/** What a path with some nets loses all the same. */
function holes({ nets, consumer, mapping, edges }: EventPath, graph: Graph): string[] {
  const taken = new Set(nets.map(({ kind }) => kind));
  const held = new Set(nets.map(({ at }) => at));
  const open = edges.some(({ kind, address }) => (kind === "target" || kind === "subscription") && !held.has(address));
  const fails = consumer !== null && mapping === null;
  const caught = taken.has("on-failure-destination") || taken.has("function-dead-letter");
  const last = edges.at(-1);
  const stays = last?.kind === "mapping" && unheld(last, held, graph);
  return [...(open ? ["undelivered: lost"] : []), ...((fails && !caught) || stays ? ["failed: lost"] : [])];
}

/**
 * Whether what a mapping's function fails on is lost once it is too old: a queue without redrive policy, a stream without
 * on-failure destination. Not said of a queue outside the configuration: its redrive policy is not known.
 */
function unheld({ source, from, address }: MappingEdge, held: ReadonlySet<string>, graph: Graph): boolean {
  if (source === "sqs") return !held.has(from) && !isOutside(from, graph);
  return source !== "other" && !held.has(address);
}

function isOutside(address: string, { nodes }: Graph): boolean {
  return nodes.some((node) => node.address === address && node.kind === "external");
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
