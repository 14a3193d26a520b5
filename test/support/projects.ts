/** Small projects to bundle, and two ways to bundle them: in this process, and in a process of its own. */
import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { App, TerraformStack } from "cdktf";
import { buildSync } from "esbuild";
import { unzipSync } from "fflate";
import { type BundleOptions, bundle } from "../../modules/index.ts";
import { temporaryFolder } from "./fixtures.ts";
import { quickly } from "./synth.ts";

/** The files of a project with an import of each kind: its own, by an alias of tsconfig, and of a package. */
const files: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "shop", "type": "module" }',
  "tsconfig.json": '{ "extends": "./tsconfig.base.json" }',
  "tsconfig.base.json": '{ "compilerOptions": { "paths": { "@settings": ["./src/settings.ts"] } } }',
  "src/pay.ts": [
    'import { PutObjectCommand } from "@aws-sdk/client-s3";',
    'import { settings } from "@settings";',
    'import { tiny } from "tiny";',
    'import { charge } from "./charge.ts";',
    "",
    "interface Payment { readonly declined?: boolean }",
    "",
    "export const handler = async (payment: Payment): Promise<string> => {",
    "  if (payment.declined) charge(payment);",
    "  return [tiny(), settings, new PutObjectCommand().name].join();",
    "};",
  ].join("\n"),
  "src/charge.ts": [
    "export class Declined extends Error {}",
    "",
    "export function charge(payment: object): never {",
    "  throw new Declined(`declined: ${JSON.stringify(payment)}`);",
    "}",
  ].join("\n"),
  "src/settings.ts": 'export const settings = "one setting";',
  "src/other.ts": 'export const settings = "another setting";',
  "node_modules/tiny/package.json": '{ "name": "tiny", "version": "1.0.0", "main": "index.cjs" }',
  "node_modules/tiny/index.cjs": 'const { sep } = require("node:path"); exports.tiny = () => "tiny 1" + sep;',
  "node_modules/@aws-sdk/client-s3/package.json": '{ "name": "@aws-sdk/client-s3", "main": "index.js" }',
  "node_modules/@aws-sdk/client-s3/index.js": 'exports.PutObjectCommand = class { name = "bundled sdk"; };',
  "node_modules/.package-lock.json": '{ "packages": { "node_modules/tiny": { "version": "1.0.0" } } }',
};

/** A project of its own in a temporary folder, whose folder can have any name. */
export function project(name = "shop", more: Readonly<Record<string, string>> = {}): string {
  const root = join(temporaryFolder(), name);
  for (const [path, content] of Object.entries({ ...files, ...more })) write(root, path, content);
  return root;
}

/** Writes a file of a project. */
export function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** The same project at another place, as another checkout with its own installation. */
export function checkout(root: string, name: string): string {
  const place = join(temporaryFolder(), name);
  cpSync(root, place, { recursive: true });
  return place;
}

/** What was made of an entry. */
export interface Bundled {
  /** The zip file beside the synthesized stack. */
  readonly zip: Buffer;
  readonly sourceCodeHash: string;
}

/** Bundles in this process, through a synthesized stack as a user would. */
export function bundled(root: string, entry = "src/pay.ts", options: BundleOptions = {}, by = bundle): Bundled {
  return quickly(() => {
    const app = new App({ outdir: temporaryFolder(), stackTraces: false, skipValidation: true });
    const stack = new TerraformStack(app, "shop");
    const code = by(join(root, entry), options);
    if (code.kind !== "archive") throw new Error("a bundle is an archive");
    const { filename, sourceCodeHash } = code.bind(stack);
    app.synth();
    return { zip: readFileSync(join(app.outdir, "stacks", "shop", filename)), sourceCodeHash };
  });
}

/** The files in a zip file, as text. */
export const unzipped = (zip: Uint8Array): Record<string, string> =>
  Object.fromEntries(
    Object.entries(unzipSync(zip)).map(([name, content]) => [name, new TextDecoder().decode(content)]),
  );

const repository = resolve(__dirname, "../..");

/** How a process bundles: entry and options come as JSON, the hash goes out, the zip file is where the third one says. */
const program = `
import { readFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { bundle } from "./modules/index.ts";
const [entry, options, outdir] = process.argv.slice(2);
const app = new App({ outdir, skipValidation: true });
const stack = new TerraformStack(app, "shop");
const { filename, sourceCodeHash } = bundle(entry, JSON.parse(options)).bind(stack);
app.synth();
console.log(JSON.stringify({ sourceCodeHash, zip: join(outdir, "stacks", "shop", filename) }));
`;

let driver: string | undefined;

/** The program above as plain JavaScript, where Node finds the packages of this repository. */
function driverFile(): string {
  if (driver === undefined) {
    driver = join(repository, "node_modules", ".cache", "holdfast-tests", `bundle-${process.pid}.mjs`);
    buildSync({
      stdin: { contents: program, resolveDir: repository, loader: "ts" },
      outfile: driver,
      bundle: true,
      packages: "external",
      format: "esm",
      platform: "node",
    });
  }
  return driver;
}

/** Bundles in a process of its own. */
export async function bundledElsewhere(
  root: string,
  { env = {}, cwd = root, umask = "022", entry = "src/pay.ts" } = {},
): Promise<Bundled> {
  const outdir = temporaryFolder();
  const command = `umask ${umask}; exec "$0" "$@"`;
  const args = ["-c", command, process.execPath, driverFile(), resolve(root, entry), "{}", outdir];
  const { stdout } = await promisify(execFile)("/bin/sh", args, {
    cwd,
    env: { ...process.env, ...env },
    timeout: 50_000,
  });
  const { zip, sourceCodeHash } = JSON.parse(stdout) as { readonly zip: string; readonly sourceCodeHash: string };
  return { zip: readFileSync(zip), sourceCodeHash };
}

/** Counts how often esbuild is started, by standing in for its program. */
export function esbuildCounter(): { readonly env: NodeJS.ProcessEnv; readonly count: () => number } {
  const folder = temporaryFolder();
  const [log, wrapper] = [join(folder, "log"), join(folder, "esbuild")];
  const binary = createRequire(join(repository, "package.json")).resolve(
    `@esbuild/${process.platform}-${process.arch}/bin/esbuild`,
  );
  writeFileSync(wrapper, `#!/bin/sh\necho started >> '${log}'\nexec '${binary}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  return {
    env: { ESBUILD_BINARY_PATH: wrapper },
    count: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0),
  };
}
