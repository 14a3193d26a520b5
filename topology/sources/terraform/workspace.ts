/**
 * A copy of a Terraform directory to run Terraform in, so that the user's own is never written to.
 *
 * Configuration files are copied, with what must not run here taken out (provisioners, imports, and conditions that
 * stand-in values could fail); everything else is linked, since nothing in the run writes to it. The surroundings are
 * linked too, up to the repository's root, so that `../modules/queue` and `file("../x.json")` still lead somewhere.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { UnreadableSource } from "../../configuration.ts";
import { type Block, readAllBlocks, withoutTexts } from "./hcl-blocks.ts";
import { isConfigurationFile, type ModuleFiles, scanModule } from "./scan.ts";

export interface Workspace {
  /** The copy of the directory. */
  readonly directory: string;
  /** For the temporary files of the processes that run in it. */
  readonly temporary: string;
  /**
   * Takes out what must not run, in the directories (relative to the copy) of the modules that `init` has installed.
   * @throws {UnreadableSource} where one is not inside the copy, or has a file that cannot be disarmed
   */
  disarmModules(directories: Iterable<string>): void;
  remove(): void;
}

/**
 * Every directory of the configuration that is on this disk, the root and local modules: without symbolic links, and as
 * it is named.
 */
export function localModules(root: string): { readonly real: readonly string[]; readonly named: readonly string[] } {
  const found = new Map<string, ModuleFiles>();
  const names: string[] = [];
  const visit = (named: string): void => {
    if (!existsSync(named)) return;
    names.push(named);
    const directory = realpathSync(named);
    if (found.has(directory)) return;
    const files = scanModule(directory);
    found.set(directory, files);
    for (const { source } of files.calls) if (source?.startsWith(".") === true) visit(resolve(directory, source));
  };
  visit(root);
  return { real: [...found.keys()], named: names };
}

/**
 * Copies the configuration in `root`, a path without symbolic links, with its local modules to a temporary directory.
 * @throws {UnreadableSource} where a file cannot be disarmed, or the copy would lead back to the user's directory
 */
export function copyWorkspace(root: string, { real, named }: ReturnType<typeof localModules>): Workspace {
  const top = commonTop(root, real);
  const place = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-")));
  const holds = (directory: string): boolean =>
    [...real, ...named].some((one) => one === directory || one.startsWith(directory + sep));
  const mirror = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    const isModule = real.includes(from);
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.name === ".terraform" || entry.name === ".git" || /\.tfstate(?:\.|$)|\.tftest\./.test(entry.name))
        continue;
      const linked = entry.isSymbolicLink() ? linkedDirectory(source) : undefined;
      if (linked !== undefined && holds(linked) && isWithin(linked, top))
        symlinkSync(join(place, relative(top, linked)), target);
      else if (entry.isDirectory() && holds(source)) mirror(source, target);
      else if (isModule && !entry.isDirectory() && isConfigurationFile(entry.name)) copyDisarmed(source, target);
      else if (isModule && entry.name === ".terraform.lock.hcl") copyFileSync(source, target);
      else symlinkSync(source, target);
    }
  };
  const remove = (): void => rmSync(place, { recursive: true, force: true });
  const directory = join(place, relative(top, root));
  const temporary = join(place, ".holdfast-tmp");
  try {
    mirror(top, place);
    mustBeWithin(directory, place, root);
    mkdirSync(temporary);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    directory,
    temporary,
    disarmModules(directories) {
      for (const module of directories) {
        const own = resolve(directory, module);
        mustBeWithin(own, place, module);
        for (const name of readdirSync(own).filter(isConfigurationFile)) {
          const file = join(own, name);
          const text = disarmed(join(module, name), readFileSync(file, "utf8"));
          // A link is replaced, not written through.
          rmSync(file);
          writeFileSync(file, text);
        }
      }
    },
    remove,
  };
}

function isWithin(directory: string, top: string): boolean {
  return directory === top || directory.startsWith(top.endsWith(sep) ? top : top + sep);
}

/** What Terraform runs in must be the copy: nothing of the user's is run or written. */
function mustBeWithin(directory: string, place: string, named: string): void {
  if (isWithin(realpathSync(directory), place)) return;
  throw new UnreadableSource(
    `${named}: leads out of the copy that Terraform runs in, by a symbolic link or an absolute path; give a plan (terraform show -json) instead`,
  );
}

/** The directory that a symbolic link leads to, undefined for any other target. */
function linkedDirectory(link: string): string | undefined {
  return statSync(link, { throwIfNoEntry: false })?.isDirectory() === true ? realpathSync(link) : undefined;
}

/** The repository's root, or else the parent of everything that the configuration holds. */
function commonTop(root: string, modules: readonly string[]): string {
  let top = dirname(root);
  while (!modules.every((one) => one === top || one.startsWith(top + sep) || top === sep)) top = dirname(top);
  for (let up = top; up !== dirname(up); up = dirname(up)) if (existsSync(join(up, ".git"))) return up;
  return top;
}

function copyDisarmed(source: string, target: string): void {
  writeFileSync(target, disarmed(source, readFileSync(source, "utf8")));
}

/**
 * Blocks that must not run: provisioners start programs even for overridden resources; an import asks AWS; a condition
 * may fail on a stand-in account or ARN although the configuration is right.
 */
const disarmedNested = new Set(["provisioner", "connection", "lifecycle", "precondition", "postcondition"]);
const disarmedTop = new Set(["check", "removed", "import"]);

/** A provisioner that is still there, with its label a text or a name. */
const leftOver = /\bprovisioner\s*(?:[\w-]+\s*)?\{/;

/**
 * The same file without these blocks; every line stays where it was.
 * @throws {UnreadableSource} where the file was not read to its end, so that something may have been missed
 */
export function disarmed(file: string, source: string): string {
  if (file.endsWith(".json")) return disarmedJson(file, source);
  let text = source;
  const blank = (block: Block): void => {
    const covered = text.slice(block.start, block.end).replaceAll(/[^\n]/g, " ");
    text = text.slice(0, block.start) + covered + text.slice(block.end);
  };
  const blocks = readAllBlocks(source);
  if (typeof blocks === "number") throw notReadable(file, `what stands at line ${blocks} is not understood`);
  for (const block of blocks) {
    if (disarmedTop.has(block.type)) blank(block);
    else for (const nested of block.blocks) if (disarmedNested.has(nested.type)) blank(nested);
  }
  if (leftOver.test(withoutTexts(text))) throw notReadable(file, "a provisioner could not be taken out");
  return text;
}

function notReadable(file: string, why: string): UnreadableSource {
  return new UnreadableSource(
    `${file}: ${why}, so that Terraform is not run: correct it, or give a plan (terraform show -json) instead`,
  );
}

function disarmedJson(file: string, source: string): string {
  let root: unknown;
  try {
    root = JSON.parse(source.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw notReadable(file, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const top = mapObjects(root, 0, (body) =>
    Object.fromEntries(
      Object.entries(body)
        .filter(([key]) => !disarmedTop.has(key))
        .map(([key, value]) => [key, key === "resource" ? mapObjects(value, 2, without) : value]),
    ),
  );
  return JSON.stringify(top);
}

function without(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !disarmedNested.has(key)));
}

/** Objects below so many labels; Terraform takes a list of objects wherever it takes an object. */
function mapObjects(value: unknown, labels: number, map: (body: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((one) => mapObjects(one, labels, map));
  if (!isJson(value)) return value;
  if (labels === 0) return map(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapObjects(one, labels - 1, map)]));
}

type Json = { readonly [key: string]: unknown };

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
