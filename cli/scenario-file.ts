/** A file that holds a scenario: JSON, or a module, which is code and is trusted as such. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";
import { BadScenario } from "../rehearsal/errors.ts";
import { systemMessage } from "./terminal.ts";

/** A scenario's file, read once. */
export interface ScenarioFile {
  /** As it was named. */
  readonly file: string;
  /**
   * What it holds, once for each stack that plays it. A module runs anew each time: what it generates can be gone
   * through once only.
   * @throws {BadScenario} where the module fails, or exports nothing.
   */
  readonly value: () => Promise<unknown>;
}

/**
 * @param running is told of a module whose code is about to run.
 * @throws {BadScenario} where the file cannot be read, or bundled.
 */
export async function scenarioFile(file: string, running: (file: string) => void): Promise<ScenarioFile> {
  if (!existsSync(file)) throw new BadScenario(`${file}: no such file`);
  if (/\.[cm]?[jt]s$/.test(file)) {
    const program = await bundled(file);
    return {
      file,
      value: async () => {
        running(file);
        return await exportOf(file, program);
      },
    };
  }
  const value = jsonOf(file);
  return { file, value: async () => await Promise.resolve(value) };
}

function jsonOf(file: string): unknown {
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

/** The module with what it imports of its own; `holdfast/rehearsal` is this program's. */
async function bundled(file: string): Promise<string> {
  const { build } = await import("esbuild");
  const helpers = ["./rehearsal/index.js", "../rehearsal/index.js", "../rehearsal/index.ts"]
    .map((place) => new URL(place, import.meta.url).pathname)
    .find((place) => existsSync(place));
  try {
    const { outputFiles } = await build({
      entryPoints: [resolve(file)],
      write: false,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      define: Object.fromEntries(
        Object.keys(ownPlace("")).map((name) => [`import.meta.${name}`, `holdfastModule.${name}`]),
      ),
      plugins: [placed],
      ...(helpers === undefined ? {} : { alias: { "holdfast/rehearsal": helpers } }),
      nodePaths: [resolve("node_modules")],
    });
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    throw new BadScenario(`${file}: ${messageOf(error)}`);
  }
}

/** What a module learns of its own place. */
function ownPlace(file: string): Readonly<Record<"url" | "filename" | "dirname", string>> {
  return { url: pathToFileURL(file).href, filename: file, dirname: dirname(file) };
}

const loaders: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/** The program stands elsewhere than its modules: each that asks for its place is told its own. */
const placed: Plugin = {
  name: "placed",
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8").replace(/^#!.*/, "");
      if (!text.includes("import.meta")) return undefined;
      const place = JSON.stringify(ownPlace(path));
      return { contents: `const holdfastModule = ${place};${text}`, loader: loaders[extname(path)] ?? "js" };
    });
  },
};

/** Standard output is the result's alone: what modules print from now on goes to standard error. */
function keepOutput(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

/** The default export of a program, or what it is a promise of. A program in a place of its own runs anew. */
async function exportOf(file: string, program: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-scenario-"));
  try {
    const place = join(folder, `${basename(file).replace(/\.\w+$/, "")}.mjs`);
    writeFileSync(place, program);
    keepOutput();
    const module: unknown = await import(pathToFileURL(place).href);
    if (typeof module === "object" && module !== null && "default" in module) return await module.default;
  } catch (error) {
    throw new BadScenario(`${file}: ${messageOf(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  throw new BadScenario(`${file}: a scenario module has the scenario as its default export`);
}
