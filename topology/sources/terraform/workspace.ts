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
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type Block, readBlocks } from "./hcl-blocks.ts";
import { isConfigurationFile, type ModuleFiles, scanModule } from "./scan.ts";

export interface Workspace {
  /** The copy of the directory. */
  readonly directory: string;
  /** Takes out what must not run, in modules that `init` has fetched. */
  disarmFetched(): void;
  remove(): void;
}

/** Every directory of the configuration that is on this disk: the root, and local modules. */
export function localModules(root: string): Map<string, ModuleFiles> {
  const found = new Map<string, ModuleFiles>();
  const visit = (directory: string): void => {
    if (found.has(directory) || !existsSync(directory)) return;
    const files = scanModule(directory);
    found.set(directory, files);
    for (const { source } of files.calls) if (source?.startsWith(".") === true) visit(resolve(directory, source));
  };
  visit(root);
  return found;
}

/** Copies the configuration in `root`, whose local modules stand in `modules`, to a temporary directory. */
export function copyWorkspace(root: string, modules: Iterable<string>): Workspace {
  const real = [...modules];
  const top = commonTop(root, real);
  const place = mkdtempSync(join(tmpdir(), "holdfast-"));
  const holds = (directory: string): boolean =>
    real.some((one) => one === directory || one.startsWith(directory + sep));
  const mirror = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    const isModule = real.includes(from);
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.name === ".terraform" || entry.name === ".git" || /\.tfstate(?:\.|$)|\.tftest\./.test(entry.name))
        continue;
      if (entry.isDirectory() && holds(source)) mirror(source, target);
      else if (isModule && !entry.isDirectory() && isConfigurationFile(entry.name)) copyDisarmed(source, target);
      else if (isModule && entry.name === ".terraform.lock.hcl") copyFileSync(source, target);
      else symlinkSync(source, target);
    }
  };
  try {
    mirror(top, place);
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
  const directory = join(place, relative(top, root));
  return {
    directory,
    disarmFetched() {
      const fetched = join(directory, ".terraform", "modules");
      if (!existsSync(fetched)) return;
      for (const entry of readdirSync(fetched, { withFileTypes: true, recursive: true })) {
        const file = join(entry.parentPath, entry.name);
        if (entry.isFile() && isConfigurationFile(entry.name))
          writeFileSync(file, disarmed(entry.name, readFileSync(file, "utf8")));
      }
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
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

/** The same file without these blocks; every line stays where it was. */
function disarmed(file: string, source: string): string {
  if (file.endsWith(".json")) return disarmedJson(source);
  let text = source;
  const blank = (block: Block): void => {
    const covered = text.slice(block.start, block.end).replaceAll(/[^\n]/g, " ");
    text = text.slice(0, block.start) + covered + text.slice(block.end);
  };
  for (const block of readBlocks(source)) {
    if (disarmedTop.has(block.type)) blank(block);
    else for (const nested of block.blocks) if (disarmedNested.has(nested.type)) blank(nested);
  }
  return text;
}

function disarmedJson(source: string): string {
  let root: unknown;
  try {
    root = JSON.parse(source);
  } catch {
    return source;
  }
  if (!isJson(root)) return source;
  const resources = isJson(root.resource) ? root.resource : {};
  const kept = Object.entries(root).filter(([key]) => !disarmedTop.has(key));
  return JSON.stringify({
    ...Object.fromEntries(kept),
    resource: mapValues(resources, (type) => mapValues(type, without)),
  });
}

/** A resource, or a list of one, without what must not run. */
function without(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(without);
  return isJson(body) ? Object.fromEntries(Object.entries(body).filter(([key]) => !disarmedNested.has(key))) : body;
}

function mapValues(value: unknown, map: (one: unknown) => unknown): unknown {
  return isJson(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, map(one)])) : value;
}

function isJson(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
