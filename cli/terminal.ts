/** What the commands share: output at the end, errors in one line, colour only on a terminal. */
import { styleText } from "node:util";
import { UnreadableSource } from "../topology/configuration.ts";
import type { TerraformOptions } from "../topology/sources/terraform/process.ts";

/** Where a command writes, and what it learns of its surroundings. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colour: boolean;
  /** How Terraform is started where a source needs it. */
  readonly terraform?: TerraformOptions;
}

/** The process's own. */
export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: process.stdout.isTTY && process.env.NO_COLOR === undefined && process.env.TERM !== "dumb",
  };
}

export type Style = Parameters<typeof styleText>[0];

/** Text in a style, on a terminal that shows styles. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text) : text;
}

/** Runs a command; an unusable source is one line on standard error, and exit status 2. */
export async function guarded(terminal: Terminal, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof UnreadableSource)) throw error;
    terminal.err(`holdfast: ${error.message.replaceAll(/\s+/g, " ")}\n`);
    return 2;
  }
}
