import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join, relative } from "node:path";
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  buildSync,
  version as esbuildVersion,
  formatMessagesSync,
} from "esbuild";
import { listOf, type Shapes, text, wellFormed, word } from "../stack/shapes.ts";
import { asset, deterministicZip, sourceCodeHash } from "./archive.ts";
import { type CachedBundle, readBundle, writeBundle } from "./bundle-cache.ts";
import type { ArchiveCode } from "./code.ts";
import { packageRoot, resolveUserPath } from "./project.ts";

/** How an entry point becomes a bundle. */
export interface BundleOptions {
  /**
   * Where the AWS SDK comes from: `"bundled"` with the code, in the version that was tested, or left to the `"runtime"`,
   * whose version AWS chooses. Bundled, a cold start was measured at 67 ms against 96 ms.
   * @default "bundled"
   */
  readonly sdk?: "bundled" | "runtime";
  /**
   * Packages that are not bundled: a layer has them.
   * @default none
   */
  readonly external?: readonly string[];
  /**
   * Lambda's name of the runtime: a Node.js one of version 20 or later.
   * @default "nodejs22.x"
   */
  readonly runtime?: string;
}

const shapes = {
  entry: text,
  sdk: word(["bundled", "runtime"], 'Left out it is "bundled".'),
  external: listOf(text, "names of packages"),
  runtime: text,
} satisfies Shapes<keyof BundleOptions | "entry">;

/** A bundle could not be built; the message has esbuild's own, with file and line. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}

/** The file that Lambda loads: `index.handler` finds it, and Node takes `.mjs` for ESM. */
const outputName = "index.mjs";

/** Counts up when the same sources would give other bytes, so that no older cached bundle is taken. */
const recipe = 4;

/**
 * Code bundled from its entry point by esbuild: one minified ESM file and its source map, zipped so that the same
 * sources give the same bytes in every checkout. Unchanged sources are not bundled again.
 * @param entry path of a TypeScript or JavaScript file that exports `handler`, relative to the folder of cdktf.json
 * @throws BundleError (when the construct is made) where the build fails or the entry exports no `handler`
 */
export function bundle(entry: string, options: BundleOptions = {}): ArchiveCode {
  return {
    kind: "archive",
    bind: (scope) => {
      const { problems } = wellFormed("bundle()", { ...options, entry }, shapes, { required: ["entry"] });
      if (problems.length > 0) throw new BundleError(`${scope.node.path}: ${problems.join(" ")}`);
      const at = `${scope.node.path}: bundle("${entry}")`;
      const runtime = options.runtime ?? "nodejs22.x";
      const file = resolveUserPath(scope, entry);
      if (!statSync(file, { throwIfNoEntry: false })?.isFile())
        throw new BundleError(`${at}: there is no file ${file}.`);
      const target = nodeTarget(at, runtime);
      const { content, path } = archiveOf(at, file, options, target);
      return {
        filename: asset(scope, path, content),
        sourceCodeHash: sourceCodeHash(content),
        handler: "index.handler",
        runtime,
        // Stack traces in logs and failure records name the lines of the sources.
        environment: { NODE_OPTIONS: "--enable-source-maps" },
      };
    },
  };
}

function nodeTarget(at: string, runtime: string): string {
  const version = /^nodejs(\d+)\.x$/.exec(runtime)?.[1];
  if (version === undefined || Number(version) < 20) {
    throw new BundleError(
      `${at}: runtime is "${runtime}"; it must be a Node.js runtime of 20 or later, as "nodejs22.x".`,
    );
  }
  // Lambda's Node.js 20 has long known the attributes of imports, which came with 20.10 and which JSON files need.
  return version === "20" ? "node20.10" : `node${version}`;
}

/** Bundles of this process, by what they are made of: an entry that two constructs share is built once. */
const ofThisProcess = new Map<string, CachedBundle>();

function archiveOf(at: string, file: string, options: BundleOptions, target: string): CachedBundle {
  const root = packageRoot(file);
  const external = [...(options.external ?? []), ...(options.sdk === "runtime" ? ["@aws-sdk/*", "@smithy/*"] : [])];
  const settings = JSON.stringify({ recipe, esbuildVersion, target, external, entry: relative(root, file) });
  const key = `${root}\0${settings}`;
  const known = ofThisProcess.get(key) ?? readBundle(root, settings);
  if (known?.isCurrent() === true) {
    ofThisProcess.set(key, known);
    return known;
  }
  const name = `${basename(file, extname(file))}.zip`;
  const since = Date.now();
  const { content, inputs } = build(at, root, file, target, external);
  const built = writeBundle(root, settings, name, content, inputs, since) ?? unstored(name, content);
  ofThisProcess.set(key, built);
  return built;
}

/** A bundle that cannot be cached: kept for this process only, and built again for each construct. */
function unstored(name: string, content: Uint8Array): CachedBundle {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, content, isCurrent: () => false };
}

/** What is built stays in memory, with the list of what it was made of. */
type PlainBuildOptions = BuildOptions & { metafile: true; write: false };
type PlainBuildResult = BuildResult<{ metafile: true; write: false }>;

/** Paths in the output are relative to the package root, so that no checkout's place shows in the bytes. */
function build(at: string, root: string, file: string, target: string, external: readonly string[]) {
  const options: PlainBuildOptions = {
    absWorkingDir: root,
    entryPoints: [file],
    outfile: outputName,
    write: false,
    bundle: true,
    minify: true,
    // Code reads the names of its classes and functions: in registries, in logs, in failure records.
    keepNames: true,
    format: "esm",
    platform: "node",
    target,
    mainFields: ["module", "main"],
    external: [...external],
    sourcemap: "linked",
    // The names of the sources are enough for a stack trace; their text need not be deployed.
    sourcesContent: false,
    metafile: true,
    logLevel: "silent",
  };
  const plain = run(at, options);
  const result = callsRequire(plain) ? run(at, { ...options, banner: requireBanner }) : plain;
  const output = Object.entries(result.metafile.outputs).find(([name]) => name === outputName)?.[1];
  if (output?.exports.includes("handler") !== true) {
    const isCommonJs = result.metafile.inputs[relative(root, file)]?.format === "cjs";
    const exported = output?.exports.length === 0 ? "nothing" : output?.exports.join(", ");
    throw new BundleError(
      `${at}: the entry ${isCommonJs ? "is CommonJS" : `exports ${exported}`}; it must export "handler" as a module does: export const handler = …`,
    );
  }
  const files = Object.fromEntries(result.outputFiles.map(({ path, contents }) => [basename(path), contents]));
  return { content: deterministicZip(files), inputs: Object.keys(result.metafile.inputs) };
}

/** What esbuild writes where a CommonJS package calls `require` inside an ESM bundle. */
const dynamicRequire = 'Dynamic require of "';

/**
 * Defines `require` for such packages. esbuild does not know the names of a banner and gives short ones to what it
 * minifies: a short name here would sooner or later be declared twice.
 */
const requireBanner = {
  js: 'import{createRequire as holdfastCreateRequire}from"node:module";const require=holdfastCreateRequire(import.meta.url);',
};

const callsRequire = ({ outputFiles }: PlainBuildResult): boolean =>
  outputFiles.some(({ path, text: code }) => path.endsWith(outputName) && code.includes(dynamicRequire));

function run(at: string, options: PlainBuildOptions): PlainBuildResult {
  try {
    return buildSync(options);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = formatMessagesSync(error.errors, { kind: "error", color: process.stderr.isTTY });
    throw new BundleError(`${at}: esbuild could not build it.\n${messages.join("").trimEnd()}`, { cause: error });
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  typeof error === "object" && error !== null && "errors" in error && Array.isArray(error.errors);
