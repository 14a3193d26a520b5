/** What the commands share: output at the end, errors in one line, colour and width of the terminal. */
import { styleText } from "node:util";
import { UnreadableSource } from "../topology/configuration.ts";
import type { TerraformOptions } from "../topology/sources/terraform/process.ts";
import { wrap } from "./table.ts";

/** Where a command writes, and what it learns of its surroundings. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colour: boolean;
  /** Columns that text is wrapped at, default 80. */
  readonly width?: number;
  /** Whether an error is shown with its stack. */
  readonly debug?: boolean;
  /** How Terraform is started where a source needs it. */
  readonly terraform?: TerraformOptions;
}

/** Lines longer than this are hard to read, however wide the terminal is. */
const widest = 80;
/** Below this, nothing is gained by wrapping. */
const narrowest = 40;

/** Columns that a terminal's text is wrapped at. */
export function widthOf({ width = widest }: Pick<Terminal, "width">): number {
  return Math.min(widest, Math.max(narrowest, width));
}

/**
 * Whether to use colours: on a terminal that has them. `NO_COLOR` that is not empty switches them off, whatever else is
 * set (https://no-color.org); `FORCE_COLOR` that is not empty switches them on, into a pipe too
 * (https://force-color.org), and off where it is `0` or `false`, as Node takes it.
 */
export function showsColour(
  isTerminal: boolean,
  { NO_COLOR: none = "", FORCE_COLOR: force = "", TERM: kind }: NodeJS.ProcessEnv,
): boolean {
  if (none !== "") return false;
  if (force !== "") return force !== "0" && force !== "false";
  return isTerminal && kind !== "dumb";
}

/** The process's own. Nothing is written, and nothing is said, once the reader of the output has gone. */
export function processTerminal(): Terminal {
  let open = true;
  // A scenario's module is given another one.
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code === "EPIPE") return;
    process.stderr.write(`holdfast: standard output: ${oneLine(error.message)}\n`);
    process.exit(2);
  });
  process.stderr.on("error", () => undefined);
  return {
    out: (text) => {
      if (open) write(text);
    },
    err: (text) => void process.stderr.write(text),
    colour: showsColour(process.stdout.isTTY, process.env),
    // A pipe has no columns; nor has a terminal of zero.
    width: process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : widest,
    debug: (process.env.HOLDFAST_DEBUG ?? "") !== "",
  };
}

export type Style = Parameters<typeof styleText>[0];

/** Text in a style, on a terminal that shows styles: whether it does was asked once. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text, { validateStream: false }) : text;
}

/** A line whose beginning is in a style: styles come after wrapping, since they take no columns. */
export function styledStart(terminal: Terminal, style: Style, start: string, line: string): string {
  return line.startsWith(start) ? styled(terminal, style, start) + line.slice(start.length) : line;
}

/**
 * Runs a command. Whatever ends it early is one line on standard error and exit status 2: 1 is for findings alone.
 */
export async function guarded(terminal: Terminal, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    return failed(terminal, error);
  }
}

/** Says on standard error what would tell more than a source did. */
export function advise(terminal: Terminal, sources: readonly { readonly advice?: string }[]): void {
  for (const { advice } of sources) if (advice !== undefined) terminal.err(`holdfast: ${advice}\n`);
}

/** Says what ended a command. @returns the exit status. */
export function failed(terminal: Terminal, error: unknown): 2 {
  terminal.err(`holdfast: ${messageOf(error)}\n`);
  if (terminal.debug === true) {
    const cause: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "cause") : undefined;
    terminal.err(`${partOf(cause, "stack") || partOf(error, "stack") || String(error)}\n`);
  }
  return 2;
}

/** What an error of the system means: its code, in words. */
const systemErrors: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EISDIR: "a directory, where a file is wanted",
  ENOTDIR: "part of the path is a file, where a directory is wanted",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left",
  EROFS: "a read-only file system",
  ELOOP: "symbolic links that lead back to themselves",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
};

function messageOf(error: unknown): string {
  if (error instanceof UnreadableSource) return oneLine(error.message);
  const system = systemMessage(error);
  if (system !== undefined) return system;
  const [name, message] = [partOf(error, "name"), partOf(error, "message")];
  const what = [name, oneLine(message || (name === "" ? String(error) : ""))].filter((one) => one !== "").join(": ");
  return `an error that it did not foresee: ${what}${placeOf(partOf(error, "stack"))}; HOLDFAST_DEBUG=1 shows the stack`;
}

/** Part of an error; errors of another realm are no instances of this one's class. */
function partOf(error: unknown, part: "name" | "message" | "stack"): string {
  const found: unknown = typeof error === "object" && error !== null ? Reflect.get(error, part) : undefined;
  return typeof found === "string" ? found : "";
}

/**
 * `infra/a.json: no permission (EACCES, open)`, of an error that the system gave; undefined: of another.
 * @param named the path as it is shown, by default as the system names it; empty: without it
 */
export function systemMessage(error: unknown, named?: string): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error) || !("syscall" in error)) return undefined;
  const { code, syscall } = error;
  if (typeof code !== "string" || typeof syscall !== "string") return undefined;
  const path = named ?? ("path" in error && typeof error.path === "string" ? error.path : "");
  return oneLine(
    `${path === "" ? "" : `${path}: `}${systemErrors[code] ?? "the system refuses it"} (${code}, ${syscall})`,
  );
}

/** ` (at graphOf build/graph-of.ts:12)`: the innermost place of a stack. */
function placeOf(stack: string): string {
  const line = /^\s+at (.+)$/m.exec(stack)?.[1];
  const short = line?.replace(/(?:file:\/\/)?\/[^\s()]*\/([^/\s()]+\/[^/\s()]+:\d+):\d+/, "$1");
  return short === undefined ? "" : ` (at ${short.replaceAll(/[()]/g, "")})`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** How a result is shown, besides JSON. */
export interface Shown<T> {
  /** One stack in JSON. */
  readonly json: (one: T) => object;
  /** One stack as text. */
  readonly text: (one: T) => string;
  /** All stacks in another form. */
  readonly whole?: string | undefined;
}

/** Writes a result: as JSON (one object, or a list where there are several stacks), as a whole, else as text. */
export function print<T>(
  terminal: Terminal,
  results: readonly T[],
  asJson: boolean | undefined,
  shown: Shown<T>,
): void {
  if (asJson === true) terminal.out(jsonOf(results.map(shown.json)));
  else terminal.out(shown.whole ?? results.map(shown.text).join("\n"));
}

/** One result as it is, several as a list. */
function jsonOf(results: readonly object[]): string {
  return `${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`;
}

/** A list below the rest; a long one is cut, JSON has all of it. */
export function section(terminal: Terminal, title: string, entries: readonly string[], most = 10): string {
  if (entries.length === 0) return "";
  const width = widthOf(terminal);
  const shown = entries.slice(0, most).flatMap((entry) => wrap(`  ${entry.replaceAll("\n", " ")}`, width, "    "));
  const rest = entries.length > most ? [`  … and ${entries.length - most} more (--json)`] : [];
  return `\n${[...wrap(`${title}:`, width), ...shown, ...rest].join("\n")}\n`;
}

/** What was assumed, and what was not understood: the end of every text. */
export function reservations(
  terminal: Terminal,
  {
    assumptions,
    notUnderstood,
  }: {
    readonly assumptions: readonly { readonly name: string; readonly value: string; readonly why: string }[];
    readonly notUnderstood: readonly { readonly address: string; readonly why: string }[];
  },
): string {
  const assumed = assumptions.map(({ name, value, why }) => `${name}: ${value} (${why})`);
  const other = notUnderstood.map(({ address, why }) => `${address}: ${why}`);
  return section(terminal, "Assumed", assumed) + section(terminal, "Not understood", other);
}
