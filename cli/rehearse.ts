/** `holdfast rehearse`: plays failures through every event path, and says where each event ended. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { formatDuration, parseDuration } from "../rehearsal/duration.ts";
import { BadScenario } from "../rehearsal/errors.ts";
import { rehearse } from "../rehearsal/rehearse.ts";
import type { Rehearsal } from "../rehearsal/result/result.ts";
import { generatedScenario } from "../rehearsal/scenario/generated.ts";
import { readScenario } from "../rehearsal/scenario/read.ts";
import type { Scenario } from "../rehearsal/scenario/scenario.ts";
import { UnreadableSource } from "../topology/configuration.ts";
import type { Graph } from "../topology/graph.ts";
import { readTopology } from "../topology/read.ts";
import { type ResultFile, resultFile } from "./result-file.ts";
import { summary } from "./summary.ts";
import { systemMessage, type Terminal } from "./terminal.ts";

export interface RehearseOptions {
  readonly scenario?: readonly string[] | undefined;
  readonly seed?: string | undefined;
  readonly until?: string | undefined;
  readonly events?: "all" | "failed" | undefined;
  readonly json?: string | undefined;
}

/** Runs the command; gives its exit status. Output is written only after everything has run. */
export async function runRehearse(
  source: string | undefined,
  options: RehearseOptions,
  terminal: Terminal,
): Promise<number> {
  try {
    return await run(source, options, terminal);
  } catch (error) {
    if (error instanceof Error && unusable.has(error.name)) throw new UnreadableSource(error.message, { cause: error });
    throw error;
  }
}

/** Names of the errors that are the input's: one line, and status 2. */
const unusable = new Set(["BadScenario", "UnknownReached", "BadPattern"]);

async function run(source: string | undefined, options: RehearseOptions, terminal: Terminal): Promise<number> {
  const seed = options.seed === undefined ? undefined : wholeNumber(options.seed);
  const untilMs = options.until === undefined ? undefined : duration(options.until);
  const file = options.json === undefined || options.json === "-" ? undefined : resultFile(options.json, "--json");
  const graphs = (await readTopology(source, terminal.terraform)).map(({ graph }) => graph);
  const rehearsals: Rehearsal[] = [];
  /** Of stacks without an event path: nothing is sent, and the result says so. */
  const without = new Set<Rehearsal>();
  try {
    for (const graph of graphs) {
      const scenarios = await scenariosOf(graph, graphs, options.scenario ?? []);
      if (scenarios.length === 0) {
        const empty = readScenario({ name: noPath }, graph, noPath);
        const rehearsal = await rehearse(graph, empty, { seed, untilMs, events: options.events });
        rehearsals.push(rehearsal);
        without.add(rehearsal);
      }
      for (const scenario of scenarios) {
        const progress = progressOf(graph, scenario);
        rehearsals.push(
          await rehearse(graph, scenario, { seed, untilMs, events: options.events, progress: progress.tick }),
        );
        progress.end();
      }
    }
    write(rehearsals, without, { asked: options.json !== undefined, file }, terminal);
    return without.size === rehearsals.length || rehearsals.some((rehearsal) => rehearsal.lost) ? 1 : 0;
  } finally {
    file?.abandon();
    for (const rehearsal of rehearsals) rehearsal.close();
  }
}

const noPath = "no event path to rehearse";

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadScenario(`--seed: ${text} is no whole number from 0 on`);
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new BadScenario(
      `--until: ${text} is no duration: a number with ms, s, m, h or d, such as 2h, and at most 36500d`,
    );
  return ms;
}

/**
 * The scenarios that were named, else the generated one; none where the topology has no event path. Of several stacks,
 * each has what a scenario says of its own addresses.
 */
async function scenariosOf(graph: Graph, graphs: readonly Graph[], files: readonly string[]): Promise<Scenario[]> {
  if (files.length > 0) {
    const known = new Map(graphs.map((one) => [one, new Set(one.nodes.map(({ address }) => address))]));
    const has = (stack: Graph, addresses: readonly string[]): boolean =>
      addresses.every((address) => known.get(stack)?.has(address));
    const elsewhere = (...addresses: readonly string[]): boolean =>
      !has(graph, addresses) && graphs.some((other) => has(other, addresses));
    const scenarios: Scenario[] = [];
    for (const file of files) scenarios.push(readScenario(await valueOf(file), graph, file, elsewhere));
    return scenarios;
  }
  const generated = generatedScenario(graph);
  return generated === undefined ? [] : [generated];
}

async function valueOf(file: string): Promise<unknown> {
  if (!existsSync(file)) throw new BadScenario(`${file}: no such file`);
  if (/\.[cm]?[jt]s$/.test(file)) return await moduleOf(file);
  const text = textOf(file);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new BadScenario(`${file}: not JSON: ${messageOf(error)}; a scenario is JSON, or a module (.ts, .js)`);
  }
}

function textOf(file: string): string {
  try {
    // Some programs, such as PowerShell, begin a file with a byte order mark.
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new BadScenario(systemMessage(error, file) ?? `${file}: ${messageOf(error)}`);
  }
}

/** The first line of what an error says. */
function messageOf(error: unknown): string {
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : error;
  return String(message).split("\n")[0] || "cannot be loaded";
}

/** The default export of a module, or what it is a promise of, bundled with what it imports of its own; `holdfast/rehearsal` is this program's. */
async function moduleOf(file: string): Promise<unknown> {
  const { build } = await import("esbuild");
  const folder = mkdtempSync(join(tmpdir(), "holdfast-scenario-"));
  try {
    const outfile = join(folder, `${basename(file).replace(/\.\w+$/, "")}.mjs`);
    const helpers = ["./rehearsal/index.js", "../rehearsal/index.js", "../rehearsal/index.ts"]
      .map((place) => new URL(place, import.meta.url).pathname)
      .find((place) => existsSync(place));
    await build({
      entryPoints: [resolve(file)],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      ...(helpers === undefined ? {} : { alias: { "holdfast/rehearsal": helpers } }),
      nodePaths: [resolve("node_modules")],
    });
    const module: unknown = await import(pathToFileURL(outfile).href);
    if (typeof module === "object" && module !== null && "default" in module) return await module.default;
    throw new BadScenario(`${file}: a scenario module has the scenario as its default export`);
  } catch (error) {
    if (error instanceof BadScenario) throw error;
    throw new BadScenario(`${file}: ${messageOf(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Progress {
  readonly tick: ((now: number) => void) | undefined;
  readonly end: () => void;
}

/** A line on standard error once a second, on a terminal only, after the first second. */
function progressOf(graph: Graph, scenario: Scenario): Progress {
  if (!process.stderr.isTTY) return { tick: undefined, end: () => undefined };
  let next = Date.now() + 1_000;
  let shown = false;
  return {
    tick: (now) => {
      if (Date.now() < next) return;
      next = Date.now() + 1_000;
      shown = true;
      showProgress(`${graph.stack}, ${scenario.name}: at ${formatDuration(now)}`);
    },
    end: () => {
      if (shown) showProgress("");
    },
  };
}

function showProgress(text: string): void {
  process.stderr.write(`\r\u001B[K${text}`);
}

/** Where the whole result goes: into a file, else, where it is asked for, to standard output, and nothing else there. */
interface Whole {
  readonly asked: boolean;
  readonly file: ResultFile | undefined;
}

function write(
  rehearsals: readonly Rehearsal[],
  without: ReadonlySet<Rehearsal>,
  { asked, file }: Whole,
  terminal: Terminal,
): void {
  // The file comes first: where it cannot be written to its end, nothing has been said.
  if (asked) writeJson(rehearsals, file?.put ?? terminal.out);
  file?.finish();
  if (asked && file === undefined) return;
  const texts = rehearsals.map((rehearsal) =>
    without.has(rehearsal) ? `${rehearsal.head.stack}: ${noPath}\n` : summary(rehearsal, terminal),
  );
  terminal.out(texts.join("\n"));
}

function writeJson(rehearsals: readonly Rehearsal[], put: (text: string) => void): void {
  let waiting = "";
  const add = (text: string): void => {
    waiting += text;
    if (waiting.length <= pieceLength) return;
    put(waiting);
    waiting = "";
  };
  const many = rehearsals.length !== 1;
  if (many) add("[\n");
  for (const [index, rehearsal] of rehearsals.entries()) {
    if (index > 0) add(",\n");
    for (const piece of rehearsal.json()) add(piece);
  }
  if (many) add("]\n");
  put(waiting);
}

/** Characters that are written at once. */
const pieceLength = 65_536;
