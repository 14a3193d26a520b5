/** The command as a process: its exit status, and what goes to which output. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { type BuildOptions, build } from "esbuild";

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** How a program is bundled that runs beside the dependencies. */
export const bundling = {
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "silent",
} as const satisfies BuildOptions;

/** Bundles the command into a file that runs beside the dependencies. @returns the file. */
export async function bundledProgram(name: string): Promise<string> {
  const program = resolve("node_modules", ".cache", "holdfast", `${name}-${process.pid}.mjs`);
  await build({ ...bundling, entryPoints: ["cli/holdfast.ts"], outfile: program });
  return program;
}

export function removeProgram(program: string): void {
  rmSync(program, { force: true });
}

/** Runs the command to its end. */
export async function holdfast(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return await new Promise((done) => {
    execFile(process.execPath, [program, ...args], { ...options, maxBuffer: 2 ** 26 }, (error, out, err) => {
      done({ status: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
