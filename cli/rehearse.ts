/** `holdfast rehearse`: plays failures through every event path, and says where each event ended. */
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
import { type ScenarioFile, scenarioFile } from "./scenario-file.ts";
import { summary } from "./summary.ts";
import { type Terminal } from "./terminal.ts";

export interface RehearseOptions {
  readonly scenario?: readonly string[] | undefined;
  readonly seed?: string | undefined;
  readonly until?: string | undefined;
  readonly events?: "all" | "failed" | undefined;
  readonly json?: string | undefined;
}

/**
 * Runs the command; gives its exit status. Output is written only after everything has run.
 * @param running is told the scenario's module whose code is about to run.
 */
export async function runRehearse(
  source: string | undefined,
  options: RehearseOptions,
  terminal: Terminal,
  running: (file: string) => void = () => undefined,
): Promise<number> {
  try {
    return await run(source, options, terminal, running);
  } catch (error) {
    if (error instanceof Error && unusable.has(error.name)) throw new UnreadableSource(error.message, { cause: error });
    throw error;
  }
}

/** Names of the errors that are the input's: one line, and status 2. */
const unusable = new Set(["BadScenario", "UnknownReached", "BadPattern"]);

async function run(
  source: string | undefined,
  options: RehearseOptions,
  terminal: Terminal,
  running: (file: string) => void,
): Promise<number> {
  const seed = options.seed === undefined ? undefined : wholeNumber(options.seed);
  const untilMs = options.until === undefined ? undefined : duration(options.until);
  const file = options.json === undefined || options.json === "-" ? undefined : resultFile(options.json, "--json");
  const graphs = (await readTopology(source, terminal.terraform)).map(({ graph }) => graph);
  const rehearsals: Rehearsal[] = [];
  /** Of stacks without an event path: nothing is sent, and the result says so. */
  const without = new Set<Rehearsal>();
  try {
    const files: ScenarioFile[] = [];
    for (const name of options.scenario ?? []) files.push(await scenarioFile(name, running));
    const stacks = new Stacks(graphs);
    for (const graph of graphs) {
      const scenarios = await scenariosOf(graph, files, stacks);
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
async function scenariosOf(graph: Graph, files: readonly ScenarioFile[], stacks: Stacks): Promise<Scenario[]> {
  if (files.length > 0) {
    const elsewhere = (...addresses: readonly string[]): boolean =>
      !stacks.has(graph, addresses) && stacks.graphs.some((other) => stacks.has(other, addresses));
    const scenarios: Scenario[] = [];
    for (const { file, value } of files) scenarios.push(readScenario(await value(), graph, file, elsewhere));
    return scenarios;
  }
  const generated = generatedScenario(graph);
  return generated === undefined ? [] : [generated];
}

/** Which addresses each stack has. */
class Stacks {
  readonly graphs: readonly Graph[];
  readonly #addresses: ReadonlyMap<Graph, ReadonlySet<string>>;

  constructor(graphs: readonly Graph[]) {
    this.graphs = graphs;
    this.#addresses = new Map(graphs.map((graph) => [graph, new Set(graph.nodes.map(({ address }) => address))]));
  }

  /** Whether all of these are together in one. */
  has(graph: Graph, addresses: readonly string[]): boolean {
    return addresses.every((address) => this.#addresses.get(graph)?.has(address));
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
