import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as cdktf from "cdktf";
import * as esbuild from "esbuild";
import type { BundleOptions } from "../../../modules/index.ts";
import { bundled, bundledElsewhere, esbuildCounter, project, unzipped, write } from "../../support/projects.ts";

jest.setTimeout(60_000);

/** esbuild, and how often it has built. */
const builds = { count: 0, andThen: (): unknown => undefined };
const counting = {
  ...esbuild,
  buildSync: (options: esbuild.BuildOptions) => {
    builds.count += 1;
    const result = esbuild.buildSync(options);
    builds.andThen();
    return result;
  },
};

/** `bundle` as a process finds it that has just begun: with what is on disk, and nothing in memory. */
function bundleOfNewProcess(): typeof import("../../../modules/index.ts").bundle {
  let found: typeof import("../../../modules/code/bundle.ts") | undefined;
  jest.isolateModules(() => {
    jest.doMock("cdktf", () => cdktf);
    jest.doMock("esbuild", () => counting);
    found = jest.requireActual("../../../modules/code/bundle.ts");
  });
  if (found === undefined) throw new Error("bundle.ts was not loaded");
  return found.bundle;
}

/** Bundles as a new process would, and says whether esbuild built. */
function bundle(root: string, entry?: string, options?: BundleOptions): { code: string; built: boolean; hash: string } {
  const before = builds.count;
  const { zip, sourceCodeHash } = bundled(root, entry, options, bundleOfNewProcess());
  return { code: unzipped(zip)["index.mjs"] ?? "", built: builds.count > before, hash: sourceCodeHash };
}

/** The folder with everything that is cached of a project. */
const cacheOf = (root: string): string => join(root, "node_modules", ".cache", "holdfast");

/** The files of the cache. */
const cached = (root: string): string[] =>
  readdirSync(cacheOf(root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test("unchanged sources are not bundled again, not by another process either", async () => {
  const root = project();
  const { env, count } = esbuildCounter();
  const first = await bundledElsewhere(root, { env });
  expect(count()).toBe(1);
  const second = await bundledElsewhere(root, { env, cwd: "/" });
  expect(count()).toBe(1);
  expect(second.zip.equals(first.zip)).toBe(true);
  write(root, "src/settings.ts", 'export const settings = "changed";');
  expect((await bundledElsewhere(root, { env })).zip.equals(first.zip)).toBe(false);
  expect(count()).toBe(2);
});

test("a bundle of each set of options is kept", () => {
  const root = project();
  const variants: BundleOptions[] = [{}, { sdk: "runtime" }, { external: ["tiny"] }, { runtime: "nodejs24.x" }];
  expect(variants.map((options) => bundle(root, "src/pay.ts", options).built)).toEqual([true, true, true, true]);
  expect(variants.map((options) => bundle(root, "src/pay.ts", options).built)).toEqual([false, false, false, false]);
});

/** Each kind of change, and what the bundle then has that it had not. */
const changes: Readonly<Record<string, readonly [change: (root: string) => void, has: string]>> = {
  "the entry is edited": [(root) => write(root, "src/pay.ts", 'export const handler = () => "edited";'), "edited"],
  "an imported file is edited": [
    (root) => write(root, "src/settings.ts", 'export const settings = "edited";'),
    "edited",
  ],
  "a file comes to shadow an import": [
    (root) => write(root, "src/extra.ts", 'export const extra = "shadowing";'),
    "shadowing",
  ],
  "an alias of tsconfig.json leads elsewhere": [
    (root) => write(root, "tsconfig.json", '{ "compilerOptions": { "paths": { "@settings": ["./src/other.ts"] } } }'),
    "another setting",
  ],
  "an alias of a tsconfig.json that is extended leads elsewhere": [
    (root) =>
      write(root, "tsconfig.base.json", '{ "compilerOptions": { "paths": { "@settings": ["./src/other.ts"] } } }'),
    "another setting",
  ],
  "a tsconfig.json comes nearer": [
    (root) => write(root, "src/tsconfig.json", '{ "compilerOptions": { "paths": { "@settings": ["./other.ts"] } } }'),
    "another setting",
  ],
  "the tsconfig.json of a folder below is edited": [
    (root) => write(root, "src/near/tsconfig.json", '{ "compilerOptions": { "paths": { "@near": ["../other.ts"] } } }'),
    "another setting",
  ],
  "a package is installed in another version": [
    (root) => {
      write(root, "node_modules/tiny/package.json", '{ "name": "tiny", "version": "2.0.0", "main": "index.cjs" }');
      write(root, "node_modules/tiny/index.cjs", 'exports.tiny = () => "tiny 2";');
    },
    "tiny 2",
  ],
  "a package has another main file": [
    (root) => {
      write(root, "node_modules/tiny/next.cjs", 'exports.tiny = () => "tiny next";');
      write(root, "node_modules/tiny/package.json", '{ "name": "tiny", "version": "1.0.0", "main": "next.cjs" }');
    },
    "tiny next",
  ],
  "a package comes to lie nearer": [
    (root) => {
      write(root, "src/node_modules/tiny/package.json", '{ "name": "tiny", "main": "index.cjs" }');
      write(root, "src/node_modules/tiny/index.cjs", 'exports.tiny = () => "tiny nearer";');
    },
    "tiny nearer",
  ],
  "a package in a package is installed": [
    (root) => {
      write(root, "node_modules/tiny/node_modules/deep/package.json", '{ "name": "deep", "main": "index.cjs" }');
      write(root, "node_modules/tiny/node_modules/deep/index.cjs", 'exports.deep = "deep in tiny";');
      write(root, "node_modules/.package-lock.json", '{ "packages": { "tiny/node_modules/deep": {} } }');
    },
    "deep in tiny",
  ],
};

test.each(Object.entries(changes))("it is noticed when %s", (_, [change, has]) => {
  const root = project("shop", {
    "src/extra/index.ts": 'export const extra = "from the folder";',
    "node_modules/deep/package.json": '{ "name": "deep", "main": "index.cjs" }',
    "node_modules/deep/index.cjs": 'exports.deep = "deep at the top";',
    "node_modules/tiny/index.cjs": 'exports.tiny = () => "tiny 1" + require("deep").deep;',
    "src/near/tsconfig.json": '{ "compilerOptions": { "paths": { "@near": ["../settings.ts"] } } }',
    "src/near/near.ts": 'import { settings } from "@near"; console.log(settings);',
    "src/entry.ts": [
      'import "./near/near.ts";',
      'import { extra } from "./extra";',
      'export { handler } from "./pay.ts";',
      "console.log(extra);",
    ].join("\n"),
  });
  const first = bundle(root, "src/entry.ts");
  expect(first.built).toBe(true);
  expect(first.code).not.toContain(has);
  expect(bundle(root, "src/entry.ts").built).toBe(false);
  change(root);
  const second = bundle(root, "src/entry.ts");
  expect(second.built).toBe(true);
  expect(second.code).toContain(has);
  expect(second.hash).not.toBe(first.hash);
  expect(bundle(root, "src/entry.ts")).toEqual({ ...second, built: false });
});

/** Each way in which a cache can be damaged. */
const damages: Readonly<Record<string, (root: string) => void>> = {
  "the zip file is cut short": (root) =>
    cached(root)
      .filter((file) => file.endsWith(".zip"))
      .forEach((file) => truncateSync(file, 100)),
  "the zip file is another": (root) =>
    cached(root)
      .filter((file) => file.endsWith(".zip"))
      .forEach((file) => writeFileSync(file, "PK\u0003\u0004")),
  "the zip file is gone": (root) =>
    cached(root)
      .filter((file) => file.endsWith(".zip"))
      .forEach((file) => rmSync(file)),
  "its entry is half written": (root) =>
    cached(root)
      .filter((file) => file.endsWith(".json"))
      .forEach((file) => writeFileSync(file, readFileSync(file, "utf8").slice(0, 50))),
  "its entry is of another kind": (root) =>
    cached(root)
      .filter((file) => file.endsWith(".json"))
      .forEach((file) => writeFileSync(file, '{"name":1,"zip":[],"witnesses":null}')),
  "it is gone": (root) => rmSync(cacheOf(root), { recursive: true }),
};

test.each(Object.entries(damages))("it is built again when %s", (_, damage) => {
  const root = project();
  const first = bundle(root);
  damage(root);
  expect(bundle(root)).toEqual({ ...first, built: true });
  expect(bundle(root)).toEqual({ ...first, built: false });
});

test("a source that is edited while esbuild builds is not taken for built", () => {
  const root = project();
  // The last of the builds: the first finds out what the bundle needs.
  const before = builds.count;
  builds.andThen = () =>
    builds.count === before + 2 && write(root, "src/settings.ts", 'export const settings = "edited meanwhile";');
  expect(bundle(root).code).toContain("one setting");
  builds.andThen = () => undefined;
  expect(bundle(root).code).toContain("edited meanwhile");
  expect(bundle(root).built).toBe(false);
});

test("where the cache cannot be written it is built each time", () => {
  const root = project("shop", { "node_modules/.cache": "a file where the folder should be" });
  const first = bundle(root);
  expect(bundle(root)).toEqual(first);
  expect(first.built).toBe(true);
});

test("a workspace's package uses the installation above it", () => {
  const root = project();
  const part = join(root, "packages", "payments");
  mkdirSync(part, { recursive: true });
  write(part, "package.json", '{ "name": "payments" }');
  write(part, "pay.ts", 'import { tiny } from "tiny"; export const handler = () => tiny();');
  expect(bundle(part, "pay.ts").built).toBe(true);
  expect(bundle(part, "pay.ts").built).toBe(false);
  write(root, "node_modules/tiny/index.cjs", 'exports.tiny = () => "tiny 2";');
  expect(bundle(part, "pay.ts").code).toContain("tiny 2");
});

test("a configuration of the workspace around the project counts", () => {
  const root = project("packages/shop");
  const config = join(root, "..", "..", "jsconfig.json");
  writeFileSync(config, "{}");
  expect(bundle(root).built).toBe(true);
  expect(bundle(root).built).toBe(false);
  writeFileSync(config, '{ "compilerOptions": { "paths": {} } }');
  expect(bundle(root).built).toBe(true);
});

test("processes that bundle at once all have the same, and leave a whole cache", async () => {
  const root = project();
  const { env, count } = esbuildCounter();
  const all = await Promise.all([1, 2, 3].map(() => bundledElsewhere(root, { env })));
  expect(new Set(all.map(({ sourceCodeHash }) => sourceCodeHash)).size).toBe(1);
  for (const { zip } of all) expect(Object.keys(unzipped(zip))).toEqual(["index.mjs", "index.mjs.map"]);
  const before = count();
  await bundledElsewhere(root, { env });
  expect(count()).toBe(before);
  expect(cached(root).filter((file) => !/\.(zip|json)$/.test(file))).toEqual([]);
});
