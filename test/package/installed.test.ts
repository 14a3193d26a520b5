/**
 * The packed tarball, installed into a project as `cdktf init` makes it. Slow: it installs the provider's bindings, some
 * 400 MB, once, and then has the project change its toolchain.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { describeWithRegistry, progress, run } from "./commands.ts";
import { orders, refunds } from "./events.ts";
import { archiveOf, invoke, readStack, type Synthesized, unpack } from "./synthesized.ts";
import { appOf, toolchains, writeProject } from "./toolchains.ts";

const root = dirname(dirname(__dirname));
const stacks = ["shop-staging", "shop-production"];

const failures = (...ids: readonly string[]) => ({ batchItemFailures: ids.map((id) => ({ itemIdentifier: id })) });

/** The files in a folder and below it, by their paths relative to it. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();

/** Whether a module that a file names is one that Node has, a file that is there, or of a package that is declared. */
function isKnown(folder: string, file: string, name: string, declared: readonly string[]): boolean {
  if (name.startsWith("node:")) return true;
  if (!name.startsWith(".")) return declared.some((known) => name === known || name.startsWith(`${known}/`));
  const target = join(folder, dirname(file), name);
  return [target, target.replace(/\.(c?)js$/, ".d.$1ts")].some((path) => existsSync(path));
}

describeWithRegistry("the installed package", () => {
  let temporary: string;
  let project: string;
  let tarball: string;

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), "holdfast-package-"));
    project = join(temporary, "shop");
    mkdirSync(project);
    progress("packing");
    const said = await run(root, "npm", "pack", "--json", "--pack-destination", temporary);
    const [packed] = JSON.parse(said.slice(said.indexOf("["))) as [{ filename: string }];
    tarball = join(temporary, packed.filename);
  });
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  /** The stacks as the first toolchain synthesized them. */
  const first = new Map<string, Synthesized>();

  describe.each(toolchains)("with $name", (toolchain) => {
    beforeAll(async () => {
      progress(`${toolchain.name}: installing`);
      writeProject(project, tarball, toolchain);
      await run(project, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund");
      rmSync(join(project, "cdktf.out"), { recursive: true, force: true });
    });

    test("the project's types are right by its own settings", async () => {
      progress(`${toolchain.name}: types`);
      expect(await run(project, "npx", "tsc", "--noEmit")).toBe("");
    });

    // Also with the package's own declarations checked, which the template's skipLibCheck would pass over.
    test.each(toolchain.resolutions)("types resolve by $resolution", async ({ resolution }) => {
      expect(await run(project, "npx", "tsc", "-p", `tsconfig.${resolution}.json`)).toBe("");
    });

    test("it synthesizes", async () => {
      progress(`${toolchain.name}: synth`);
      const [command = "", ...args] = appOf(project);
      await run(project, command, ...args);
      for (const stack of stacks) {
        const now = readStack(project, stack);
        expect(Object.keys(now.resource.aws_lambda_function)).toEqual(["orders", "refunds"]);
        expect(now).toEqual(first.get(stack) ?? now);
        first.set(stack, now);
      }
    });

    test("its jest loads constructs and handlers", async () => {
      progress(`${toolchain.name}: jest`);
      const said = await run(project, "npx", "jest", "--ci", "--json", "--silent", "--config", "jest.config.json");
      const { numPassedTests, numTotalTests } = JSON.parse(said.slice(said.indexOf("{"))) as Record<string, number>;
      expect({ numPassedTests, numTotalTests }).toEqual({ numPassedTests: 2, numTotalTests: 2 });
    });
  });

  describe("the bundle of the project's own handler", () => {
    test("is one module and its source map, of which nothing tells where it was built", () => {
      const files = archiveOf(project, "shop-staging", "orders");
      expect(Object.keys(files)).toEqual(["index.mjs", "index.mjs.map"]);
      for (const content of Object.values(files)) expect(Buffer.from(content).includes(temporary)).toBe(false);
      const { orders: lambda } = readStack(project, "shop-staging").resource.aws_lambda_function;
      expect(lambda?.environment.variables["HOLDFAST"]).toContain('"response" = "partial"');
    });

    test("runs in Node, with the AWS SDK in it", async () => {
      progress("running the bundles");
      const folder = join(temporary, "orders");
      unpack(archiveOf(project, "shop-staging", "orders"), folder);
      expect(await invoke(join(folder, "index.mjs"), orders)).toEqual(failures("poison"));
    });

    test("runs in Node, with the AWS SDK of the runtime", async () => {
      const folder = join(temporary, "refunds");
      unpack(archiveOf(project, "shop-production", "refunds"), folder);
      const file = join(folder, "index.mjs");
      await expect(invoke(file, refunds)).rejects.toThrow(/Cannot find package '@aws-sdk\/client-sqs'/);
      symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
      // The message behind the poison one is of its group, and must not overtake it.
      expect(await invoke(file, refunds)).toEqual(failures("poison", "behind"));
    });
  });

  describe("import and require", () => {
    const compare = `
      const { QueueConsumer } = require("holdfast/modules"), { queue } = require("holdfast/handlers");
      Promise.all([import("holdfast/modules"), import("holdfast/handlers")]).then(([modules, handlers]) =>
        process.stdout.write(JSON.stringify([modules.QueueConsumer === QueueConsumer, handlers.queue === queue, typeof queue])));`;

    test("give the same class, since this Node can require ESM", async () => {
      expect(JSON.parse(await run(project, process.execPath, "--eval", compare))).toEqual([true, true, "function"]);
    });

    test("give working twins where CommonJS cannot load ESM", async () => {
      const args = ["--no-experimental-require-module", "--eval", compare];
      expect(JSON.parse(await run(project, process.execPath, ...args))).toEqual([false, false, "function"]);
    });
  });

  describe("the tarball", () => {
    interface Manifest {
      readonly exports: unknown;
      readonly typesVersions: unknown;
      readonly dependencies: Readonly<Record<string, string>>;
      readonly peerDependencies: Readonly<Record<string, string>>;
    }
    let installed: string;
    let files: readonly string[];
    let manifest: Manifest;

    beforeAll(() => {
      installed = join(project, "node_modules", "holdfast");
      files = filesIn(installed);
      manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
    });

    test("holds what it should and nothing else", () => {
      const allowed =
        /^(?:package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/cli\/holdfast\.js|dist\/(?:modules|handlers\/patterns|rehearsal|topology)\/.*\.(?:js|cjs|d\.ts|d\.cts))$/;
      expect(files.filter((file) => !allowed.test(file))).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]));
    });

    test("names no place of the machine that built it, and no source that it does not hold", () => {
      const telling = files.filter((file) => {
        const text = readFileSync(join(installed, file), "utf8");
        return text.includes(root) || /sourceMappingURL|\.\.\/test\//.test(text);
      });
      expect(telling).toEqual([]);
    });

    test("has each file that package.json points to", () => {
      const pointers = JSON.stringify([manifest.exports, manifest.typesVersions]);
      const targets = pointers.match(/(?<=")\.\/dist\/[^"]+/g) ?? [];
      expect(targets).toHaveLength(21);
      expect(targets.filter((target) => !existsSync(join(installed, target)))).toEqual([]);
    });

    test("imports what it declares and what it holds, and declares what it imports", () => {
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
      const imports = files
        .filter((file) => file.startsWith("dist/"))
        .flatMap((file) => {
          const text = readFileSync(join(installed, file), "utf8");
          const names = text.matchAll(/(?<!["'.])\b(?:from\s*|(?:import|require)\s*\(?\s*)"([^"\n]+)"/g);
          return [...names].map(([, name = ""]) => ({ file, name }));
        });
      expect(imports.filter(({ file, name }) => !isKnown(installed, file, name, declared))).toEqual([]);
      const unused = declared.filter(
        (known) => !imports.some(({ name }) => name === known || name.startsWith(`${known}/`)),
      );
      expect(unused).toEqual([]);
    });
  });
});
