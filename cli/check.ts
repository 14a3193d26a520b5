/** `holdfast check`: findings grouped by path, most severe first. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { type Acknowledgement, acknowledge, readAcknowledgements } from "../checks/acknowledge.ts";
import { check, type Finding, fails } from "../checks/check.ts";
import type { Severity } from "../checks/rule.ts";
import { sarif } from "../checks/sarif.ts";
import type { Graph } from "../topology/graph.ts";
import { type EventPath, pathsOf } from "../topology/paths.ts";
import { type ReadSource, readTopology } from "../topology/read.ts";
import { section } from "./paths.ts";
import { wrap } from "./table.ts";
import { type Style, styled, type Terminal } from "./terminal.ts";

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
  readonly unmatched: readonly Acknowledgement[];
}

/** Runs the command; gives its exit status: 0, or 1 where a finding fails. */
export async function runCheck(source: string | undefined, options: CheckOptions, terminal: Terminal): Promise<number> {
  const sources = await readTopology(source, terminal.terraform);
  const named = options.acknowledgements === undefined ? undefined : readAcknowledgements(options.acknowledgements);
  const judged = sources.map((one) => judge(one, named));
  if (options.json === true) {
    const results = judged.map(checkJson);
    terminal.out(`${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`);
  } else if (options.sarif === true) {
    const inputs = judged.map(({ graph, directory, findings }) => ({
      stack: graph.stack,
      directory: relative(process.cwd(), directory),
      findings,
    }));
    terminal.out(`${JSON.stringify(sarif(inputs, options.version), null, 2)}\n`);
  } else terminal.out(judged.map((one) => checkText(one, terminal)).join("\n"));
  return judged.some(({ findings }) => findings.some((one) => fails(one, options.failOn))) ? 1 : 0;
}

/** Judges one stack, with the acknowledgements beside it or those that are given. */
export function judge({ graph, directory }: ReadSource, named?: readonly Acknowledgement[]): Judged {
  const beside = join(directory, "holdfast.json");
  const given = named ?? (existsSync(beside) ? readAcknowledgements(beside) : []);
  const { findings, unmatched } = acknowledge(check(graph), given);
  return { graph, directory, findings, unmatched };
}

/** The result in JSON. */
function checkJson({ graph, findings, unmatched }: Judged): object {
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
    unmatchedAcknowledgements: unmatched,
    assumptions: graph.assumptions,
    notUnderstood: graph.notUnderstood,
  };
}

const styles: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", advice: "dim" };
const lineWidth = 80;

/** What a person reads. */
export function checkText({ graph, findings, unmatched }: Judged, terminal: Terminal): string {
  const paths = pathsOf(graph);
  const open = findings.filter(({ acknowledged }) => acknowledged === null);
  const groups = new Map<number | null, Finding[]>();
  for (const one of open) groups.set(one.path, [...(groups.get(one.path) ?? []), one]);
  const blocks = [...groups].map(([path, found]) => {
    const heading = path === null ? "Beside the paths" : pathTitle(paths[path], path);
    return `\n${wrap(heading, lineWidth, "    ").join("\n")}\n${found.map((one) => findingText(one, terminal)).join("")}`;
  });
  return [
    `${styled(terminal, "bold", graph.stack)}: ${summary(paths.length, findings)}\n`,
    ...blocks,
    section(
      "Acknowledgements that match nothing",
      unmatched.map(({ id, address }) => `${id} ${address}`),
    ),
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

function pathTitle(path: EventPath | undefined, place: number): string {
  return path === undefined
    ? `Path ${place + 1}`
    : `Path ${place + 1}: ${[path.source, ...path.through, path.end].join(" → ")}`;
}

function findingText({ id, severity, address, message, fix, location }: Finding, terminal: Terminal): string {
  const place = location === null ? "" : ` (${location.file}:${location.line})`;
  const head = `  ${styled(terminal, styles[severity], `${severity} ${id}`)} ${address}${place}`;
  const body = [...wrap(message, lineWidth - 4), ...wrap(`→ ${fix}`, lineWidth - 4, "  ")];
  return `${head}\n${body.map((line) => `    ${line}`).join("\n")}\n`;
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
