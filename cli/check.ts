/** `holdfast check`: findings grouped by path, most severe first. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { type Acknowledgement, acknowledge, readAcknowledgements, unmatched } from "../checks/acknowledge.ts";
import { check, type Finding, fails } from "../checks/check.ts";
import type { Severity } from "../checks/rule.ts";
import { sarif, type Unmatched } from "../checks/sarif.ts";
import type { Graph } from "../topology/graph.ts";
import { type EventPath, pathsOf } from "../topology/paths.ts";
import { type ReadSource, readTopology } from "../topology/read.ts";
import { endOf } from "./paths.ts";
import { wrap } from "./table.ts";
import { advise, print, reservations, type Style, section, styledStart, type Terminal, widthOf } from "./terminal.ts";

export interface CheckOptions {
  readonly json?: boolean | undefined;
  readonly sarif?: boolean | undefined;
  readonly failOn: Severity;
  readonly acknowledgements?: string | undefined;
  readonly version: string;
}

/** What one stack gave. */
export interface Judged {
  readonly graph: Graph;
  readonly directory: string;
  readonly findings: readonly Finding[];
  /** Acknowledgements for this stack that match nothing in it. */
  readonly unmatched: readonly Acknowledgement[];
}

/** Runs the command; gives its exit status: 0, or 1 where a finding fails. */
export async function runCheck(source: string | undefined, options: CheckOptions, terminal: Terminal): Promise<number> {
  const sources = await readTopology(source, terminal.terraform);
  const { acknowledgements: file } = options;
  const judged = file === undefined ? sources.map(judge) : judgeTogether(sources, readAcknowledgements(file));
  print(terminal, judged, options.json, {
    json: checkJson,
    // What one file says of all stacks is said once, with the last.
    text: (one) => checkText(file === undefined || one === judged.at(-1) ? one : { ...one, unmatched: [] }, terminal),
    whole: options.sarif === true ? sarifOf(judged, file, options.version) : undefined,
  });
  advise(terminal, sources);
  return judged.some(({ findings }) => findings.some((one) => fails(one, options.failOn))) ? 1 : 0;
}

/** Judges one stack, with the acknowledgements beside it. */
export function judge({ graph, directory }: ReadSource): Judged {
  const beside = acknowledgementsBeside(directory);
  const given = existsSync(beside) ? readAcknowledgements(beside) : [];
  const found = check(graph);
  return { graph, directory, findings: acknowledge(found, given), unmatched: unmatched(found, given) };
}

function acknowledgementsBeside(directory: string): string {
  return join(directory, "holdfast.json");
}

/** Judges stacks by the same acknowledgements: one that matches in any of them is matched. */
function judgeTogether(sources: readonly ReadSource[], given: readonly Acknowledgement[]): Judged[] {
  const judged = sources.map(({ graph, directory }) => ({ graph, directory, found: check(graph) }));
  const left = unmatched(
    judged.flatMap(({ found }) => found),
    given,
  );
  return judged.map(({ graph, directory, found }) => ({
    graph,
    directory,
    findings: acknowledge(found, given),
    unmatched: left,
  }));
}

/** All stacks as SARIF. @param file the acknowledgements of all, where they are not beside each stack. */
function sarifOf(judged: readonly Judged[], file: string | undefined, version: string): string {
  const here = process.cwd();
  const inputs = judged.map(({ graph, directory, findings }) => ({
    stack: graph.stack,
    directory: relative(here, directory),
    findings,
  }));
  const stale: Unmatched[] = judged.map((one) => ({
    file: relative(here, file ?? acknowledgementsBeside(one.directory)),
    acknowledgements: one.unmatched,
  }));
  // One file's are the same for each stack.
  const once = file === undefined ? stale : stale.slice(0, 1);
  return `${JSON.stringify(sarif(inputs, once, version), null, 2)}\n`;
}

/** The result in JSON. */
function checkJson({ graph, findings, unmatched: stale }: Judged): object {
  return {
    stack: graph.stack,
    findings: findings.map(({ id, severity, address, path, message, fix, changes, acknowledged }) => ({
      id,
      severity,
      address,
      path,
      message,
      fix,
      changes,
      acknowledged,
    })),
    unmatchedAcknowledgements: stale,
    assumptions: graph.assumptions,
    notUnderstood: graph.notUnderstood,
  };
}

const styles: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", advice: "dim" };

/** What a person reads. */
export function checkText({ graph, findings, unmatched: stale }: Judged, terminal: Terminal): string {
  const width = widthOf(terminal);
  const paths = pathsOf(graph);
  const open = findings.filter(({ acknowledged }) => acknowledged === null);
  const groups = new Map<number | null, Finding[]>();
  for (const one of open) {
    const group = groups.get(one.path);
    if (group === undefined) groups.set(one.path, [one]);
    else group.push(one);
  }
  const blocks = [...groups].map(([path, found]) => {
    const heading = path === null ? "Beside the paths" : pathTitle(paths[path], path);
    return `\n${wrap(heading, width, "    ").join("\n")}\n${found.map((one) => findingText(one, terminal)).join("")}`;
  });
  const [heading = "", ...more] = wrap(`${graph.stack}: ${summary(paths.length, findings)}`, width, "    ");
  return [
    `${[styledStart(terminal, "bold", graph.stack, heading), ...more].join("\n")}\n`,
    ...blocks,
    unmatchedText(stale, terminal),
    reservations(terminal, graph),
  ].join("");
}

function unmatchedText(stale: readonly Acknowledgement[], terminal: Terminal): string {
  const lines = stale.map(({ id, address }) => `${id} ${address}`);
  return section(terminal, "Acknowledgements that match nothing", lines);
}

function pathTitle(path: EventPath | undefined, place: number): string {
  return path === undefined
    ? `Path ${place + 1}`
    : `Path ${place + 1}: ${[path.source, ...path.through, endOf(path)].join(" → ")}`;
}

function findingText({ id, severity, address, message, fix, location }: Finding, terminal: Terminal): string {
  const width = widthOf(terminal);
  const place = location === null ? "" : ` (${location.file}:${location.line})`;
  const what = `${severity} ${id}`;
  const [head = "", ...more] = wrap(`${what} ${address}${place}`, width - 2, "    ");
  const lines = [
    `  ${styledStart(terminal, styles[severity], what, head)}`,
    ...more.map((line) => `  ${line}`),
    ...[...wrap(message, width - 4), ...wrap(`→ ${fix}`, width - 4, "  ")].map((line) => `    ${line}`),
  ];
  return `${lines.join("\n")}\n`;
}

function summary(paths: number, findings: readonly Finding[]): string {
  const open = findings.filter(({ acknowledged }) => acknowledged === null);
  const count = (severity: Severity, word: string): string[] => {
    const many = open.filter((one) => one.severity === severity).length;
    return many === 0 ? [] : [`${many} ${word}${many === 1 || severity === "advice" ? "" : "s"}`];
  };
  const counts = [...count("error", "error"), ...count("warning", "warning"), ...count("advice", "advice")];
  const known = findings.length - open.length;
  const rest = known === 0 ? [] : [`${known} acknowledged`];
  return `${paths === 0 ? "no" : paths} event path${paths === 1 ? "" : "s"}, ${[...counts, ...rest].join(", ") || "nothing found"}`;
}
