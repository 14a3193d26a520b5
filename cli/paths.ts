/** `holdfast paths`: every event path, with its retries, ages and nets. */
import type { Graph } from "../topology/graph.ts";
import { mermaid } from "../topology/mermaid.ts";
import { type EventPath, type Net, pathsOf } from "../topology/paths.ts";
import { readTopology } from "../topology/read.ts";
import { table } from "./table.ts";
import { styled, type Terminal } from "./terminal.ts";

export interface PathsOptions {
  readonly json?: boolean | undefined;
  readonly mermaid?: boolean | undefined;
}

/** Runs the command; gives its exit status. */
export async function runPaths(source: string | undefined, options: PathsOptions, terminal: Terminal): Promise<number> {
  const graphs = (await readTopology(source, terminal.terraform)).map(({ graph }) => graph);
  if (options.json === true) {
    const results = graphs.map(pathsJson);
    terminal.out(`${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`);
  } else if (options.mermaid === true) terminal.out(graphs.map((graph) => mermaid(graph)).join("\n"));
  else terminal.out(graphs.map((graph) => pathsText(graph, terminal)).join("\n"));
  return 0;
}

/** The result in JSON. */
function pathsJson(graph: Graph): object {
  return {
    stack: graph.stack,
    paths: pathsOf(graph).map(({ source, through, end, consumer, mapping, settings, delivery, nets }) => ({
      source,
      through,
      end,
      consumer,
      mapping,
      settings,
      delivery,
      nets,
    })),
    assumptions: graph.assumptions,
    notUnderstood: graph.notUnderstood,
  };
}

const columns = [
  { title: "", width: 3 },
  { title: "path", width: 32 },
  { title: "retries, ages", width: 16 },
  { title: "failures end in", width: 23 },
] as const;

/** The table, with what was assumed and what was not understood below. */
export function pathsText(graph: Graph, terminal: Terminal): string {
  const paths = pathsOf(graph);
  const many = `${paths.length === 0 ? "no" : paths.length} event path${paths.length === 1 ? "" : "s"}`;
  const rows = paths.map((path, index) => [
    String(index + 1),
    steps(path),
    limits(path).join("\n"),
    path.nets.map(netText).join("\n") || "nowhere: lost",
  ]);
  const body = rows.length === 0 ? "" : `\n${table(columns, rows)}\n`;
  return [
    `${styled(terminal, "bold", graph.stack)}: ${many}\n${body}`,
    section(
      "Assumed",
      graph.assumptions.map(({ name, value, why }) => `${name}: ${value} (${why})`),
    ),
    section(
      "Not understood",
      graph.notUnderstood.map(({ address, why }) => `${address}: ${why}`),
    ),
  ].join("");
}

/** A list below the table; long ones are cut, JSON has them all. */
export function section(title: string, lines: readonly string[], most = 10): string {
  if (lines.length === 0) return "";
  const shown = lines.slice(0, most).map((line) => `  ${line}`);
  const rest = lines.length > most ? [`  … and ${lines.length - most} more (--json)`] : [];
  return `\n${title}:\n${[...shown, ...rest].join("\n")}\n`;
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
