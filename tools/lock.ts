/**
 * `npm run lock`: completes package-lock.json after a change of package.json.
 *
 * A registry mirror that lacks packages for other platforms makes npm leave them out of the lock file; npm 10 does not
 * notice, npm 11 and later then refuse `npm ci` ("Missing: … from lock file"). This adds each optional dependency that
 * a locked package names and the lock does not have. It changes nothing when run again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface LockedPackage {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  peer?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

/** The places in which Node would look for `name` from the package at `path`, nearest first. */
function candidates(path: string, name: string): string[] {
  const places: string[] = [];
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    places.push(`${at === "" ? "" : `${at}/`}node_modules/${name}`);
    if (at === "" || !at.includes("/node_modules/")) break;
  }
  return [...new Set([...places, `node_modules/${name}`])];
}

/** What a platform package's name says about where it may be installed. */
function platform(name: string): Pick<LockedPackage, "os" | "cpu" | "libc"> {
  const words = name.split(/[-/]/);
  const pick = (known: Record<string, string>) => Object.entries(known).find(([word]) => words.includes(word))?.[1];
  const os = pick({
    android: "android",
    darwin: "darwin",
    freebsd: "freebsd",
    linux: "linux",
    win32: "win32",
    windows: "win32",
    openharmony: "openharmony",
    wasm32: "none",
    wasi: "none",
  });
  const cpu = pick({
    arm64: "arm64",
    aarch64: "arm64",
    x64: "x64",
    x86_64: "x64",
    arm: "arm",
    ia32: "ia32",
    ppc64: "ppc64",
    riscv64: "riscv64",
    s390x: "s390x",
    loong64: "loong64",
    wasm32: "wasm32",
  });
  const libc = words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return {
    ...(os !== undefined && os !== "none" ? { os: [os] } : {}),
    ...(cpu !== undefined ? { cpu: [cpu] } : {}),
    ...(libc !== undefined ? { libc: [libc] } : {}),
  };
}

function isLock(value: unknown): value is { packages: Record<string, LockedPackage> } {
  return typeof value === "object" && value !== null && "packages" in value && typeof value.packages === "object";
}

const folder = process.argv[2] ?? ".";
const file = join(folder, "package-lock.json");
const lock: unknown = JSON.parse(readFileSync(file, "utf8"));
if (!isLock(lock)) throw new Error(`${file} has no packages; it must be a lock file of version 2 or 3`);
const added: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (candidates(path, name).some((place) => place in lock.packages)) continue;
    const version = /\d+\.\d+\.\d+\S*/.exec(range)?.[0];
    if (version === undefined) throw new Error(`${path}: optional dependency ${name}@${range} names no version`);
    const place = `node_modules/${name}`;
    lock.packages[place] = {
      version,
      ...platform(name),
      ...(entry.dev === true ? { dev: true } : {}),
      ...(entry.peer === true ? { peer: true } : {}),
      optional: true,
    };
    added.push(`${name}@${version}`);
  }
}
const [root, ...others] = Object.entries(lock.packages);
if (root === undefined) throw new Error(`${file} has no packages`);
others.sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries([root, ...others]);
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(added.length === 0 ? `${file}: complete` : `${file}: added ${added.join(", ")}`);
