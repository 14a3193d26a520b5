/**
 * Bundles on disk, so that a synth of unchanged sources builds nothing.
 *
 * A cached bundle counts only while everything that could change its bytes is as it was: the content of every input, the
 * package.json and tsconfig.json files that steer how imports resolve, the listing of the folders that sources are in (a
 * new file may shadow another), and what is installed. Anything doubtful is a miss: a build too many is cheap, a stale
 * deployment is not.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";

/** A bundle that is on disk. */
export interface CachedBundle {
  /** Where the zip file is. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Whether the sources still are what it was built from. */
  readonly isCurrent: () => boolean;
}

interface Entry {
  readonly name: string;
  readonly zip: string;
  readonly witnesses: Readonly<Record<string, string>>;
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null || !("name" in value && "zip" in value && "witnesses" in value))
    return false;
  const { name, zip, witnesses } = value;
  return typeof name === "string" && typeof zip === "string" && typeof witnesses === "object" && witnesses !== null;
}

const hash = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

/** The nearest installation: in a workspace it is above the package. */
function installation(root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (existsSync(modules)) return modules;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The folder of one cached bundle; `undefined` where the project has no place for caches. */
function place(root: string, settings: string): string | undefined {
  const modules = installation(root);
  if (modules === undefined) return undefined;
  return join(modules, ".cache", "holdfast", hash(`${relative(modules, root)}\0${settings}`).slice(0, 24));
}

/** The bundle of these settings if there is one on disk that is whole. Whether it is current, it says itself. */
export function readBundle(root: string, settings: string): CachedBundle | undefined {
  const folder = place(root, settings);
  if (folder === undefined) return undefined;
  try {
    const entry: unknown = JSON.parse(readFileSync(join(folder, "entry.json"), "utf8"));
    if (!isEntry(entry)) return undefined;
    const path = join(folder, entry.zip.slice(0, 16), basename(entry.name));
    const content = readFileSync(path);
    if (hash(content) !== entry.zip) return undefined;
    return { path, content, isCurrent: () => sameWitnesses(root, entry.witnesses) };
  } catch {
    return undefined; // Absent, half written by a run that was stopped, or of another version: built again.
  }
}

/**
 * Keeps a bundle.
 * @param since when its build began, in milliseconds: an input that was changed after that may have been read before, and
 * the bundle is then not kept
 * @returns it, or `undefined` where there is no place for it
 */
export function writeBundle(
  root: string,
  settings: string,
  name: string,
  content: Uint8Array,
  inputs: readonly string[],
  since: number,
): CachedBundle | undefined {
  const folder = place(root, settings);
  if (folder === undefined || inputs.some((input) => changedAfter(since, resolve(root, input)))) return undefined;
  const witnesses = Object.fromEntries(witnessPaths(root, inputs).map((path) => [path, fingerprint(root, path)]));
  const entry: Entry = { name, zip: hash(content), witnesses };
  const path = join(folder, entry.zip.slice(0, 16), name);
  try {
    // The zip file first and by its content's name: whoever reads entry.json finds the file that it speaks of, also when
    // two processes write at once.
    writeAtomically(path, content);
    writeAtomically(join(folder, "entry.json"), JSON.stringify(entry));
  } catch {
    return undefined; // A read-only checkout works too, without a cache.
  }
  return { path, content, isCurrent: () => sameWitnesses(root, witnesses) };
}

function writeAtomically(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function changedAfter(milliseconds: number, file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0) > milliseconds;
}

/** What esbuild takes the meaning of imports from; it looks in each folder up to the root of the file system. */
const configNames = ["tsconfig.json", "jsconfig.json"];

/** The configurations of a folder and of all above it, the project's own and those of a workspace around it. */
function addConfigsAbove(root: string, folder: string, paths: Set<string>): void {
  for (const name of configNames) addConfigs(root, join(folder, name), paths);
  if (resolve(root, folder) !== resolve(root, folder, "..")) addConfigsAbove(root, join(folder, ".."), paths);
}

/** A tsconfig.json, and what it extends by a relative path; what it extends of packages changes with the installation. */
function addConfigs(root: string, path: string, paths: Set<string>): void {
  if (paths.has(path)) return;
  paths.add(path);
  const full = resolve(root, path);
  if (!existsSync(full)) return;
  for (const [bases] of readFileSync(full, "utf8").matchAll(/"extends"\s*:\s*(?:"[^"]*"|\[[^\]]*\])/g)) {
    for (const [, base = ""] of bases.matchAll(/"(\.[^"]*|\/[^"]*)"/g)) {
      const target = isAbsolute(base) ? base : join(dirname(path), base);
      for (const candidate of [target, `${target}.json`]) addConfigs(root, candidate, paths);
    }
  }
}

/** What has to stay as it is: files by their path, folders by their path and a slash. Relative to the root. */
function witnessPaths(root: string, inputs: readonly string[]): string[] {
  const paths = new Set<string>(["package.json"]);
  const modules = installation(root);
  if (modules !== undefined) paths.add(join(relative(root, modules), ".package-lock.json"));
  addConfigsAbove(root, ".", paths);
  for (const input of inputs) {
    paths.add(input);
    const installed = input.lastIndexOf("node_modules/");
    if (installed >= 0) {
      const [scope = "", name = ""] = input.slice(installed + "node_modules/".length).split("/");
      const packageFolder =
        input.slice(0, installed) + join("node_modules", scope.startsWith("@") ? `${scope}/${name}` : scope);
      paths.add(join(packageFolder, "package.json"));
      continue;
    }
    for (let folder = dirname(input); ; folder = dirname(folder)) {
      paths.add(`${folder}/`);
      paths.add(join(folder, "package.json"));
      for (const name of configNames) addConfigs(root, join(folder, name), paths);
      if (folder === "." || folder === "/" || resolve(root, folder) === root || folder.endsWith("..")) break;
    }
  }
  return [...paths].toSorted();
}

/** A fingerprint of this process, and the state of the file or folder when it was taken. */
interface Taken {
  readonly state: Stats;
  readonly fingerprint: string;
}

/**
 * Fingerprints by full path. Functions that bundle the AWS SDK share hundreds of inputs; for each of them to read those
 * again would cost a synth of ten more than all else.
 */
const taken = new Map<string, Taken>();

/**
 * A file that was written this short a time ago may be written again within the same tick of the file system's clock,
 * and would then look unchanged: its fingerprint is not kept. (A change time, unlike a modification time, nobody sets
 * back.)
 */
const settledMilliseconds = 2_000;

function fingerprint(root: string, path: string): string {
  try {
    const full = resolve(root, path);
    const state = statSync(full, { throwIfNoEntry: false });
    if (state === undefined) return "absent";
    const earlier = taken.get(full);
    if (earlier !== undefined && sameState(earlier.state, state)) return earlier.fingerprint;
    const now = hash(path.endsWith("/") ? listing(full) : readFileSync(full));
    if (Date.now() - state.ctimeMs > settledMilliseconds) taken.set(full, { state, fingerprint: now });
    return now;
  } catch {
    return "absent";
  }
}

const sameState = (a: Stats, b: Stats): boolean =>
  a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.size === b.size && a.ino === b.ino && a.dev === b.dev;

/** What is in a folder, and where its links lead: esbuild names the files that they lead to, and not the links. */
const listing = (folder: string): string =>
  readdirSync(folder, { withFileTypes: true })
    .map((entry) => (entry.isSymbolicLink() ? `${entry.name} ${readlinkSync(join(folder, entry.name))}` : entry.name))
    .toSorted()
    .join("\0");

const sameWitnesses = (root: string, witnesses: Readonly<Record<string, string>>): boolean =>
  Object.entries(witnesses).every(([path, known]) => fingerprint(root, path) === known);
