import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformStack } from "cdktf";
import { bundle, QueueConsumer } from "../../../modules/index.ts";
import { temporaryFolder } from "../../support/fixtures.ts";
import { bundled, bundledElsewhere, checkout, project, unzipped, write } from "../../support/projects.ts";
import { at, quickly, synthesize, testApp } from "../../support/synth.ts";
import { skipOrFail } from "../../support/terraform.ts";

jest.setTimeout(60_000);

/** What bundling says when it fails. */
function failure(root: string, entry = "src/pay.ts", options = {}): string {
  try {
    bundled(root, entry, options);
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
  }
  throw new Error("it was bundled");
}

describe("the same sources give the same bytes", () => {
  test("in two checkouts, under another time zone, umask, locale and working directory", async () => {
    const here = project();
    const there = checkout(here, "another place/with a space");
    const [first, second] = await Promise.all([
      bundledElsewhere(here, { env: { TZ: "UTC", LANG: "C" } }),
      bundledElsewhere(there, {
        env: { TZ: "Pacific/Kiritimati", LANG: "de_DE.UTF-8", LC_ALL: "tr_TR.UTF-8" },
        umask: "077",
        cwd: temporaryFolder(),
      }),
    ]);
    expect(second.sourceCodeHash).toBe(first.sourceCodeHash);
    expect(second.zip.equals(first.zip)).toBe(true);
    for (const text of Object.values(unzipped(first.zip))) expect(text).not.toContain(here);
  });

  test("and other sources others", () => {
    const here = project();
    const there = checkout(here, "there");
    write(there, "src/settings.ts", 'export const settings = "1";');
    expect(bundled(there).sourceCodeHash).not.toBe(bundled(here).sourceCodeHash);
  });

  test("the hash is that of the zip file beside the stack, and its path says so to Terraform", () => {
    const root = project();
    const stack = synthesize(
      (scope) => new QueueConsumer(scope, "payments", { code: bundle(join(root, "src/pay.ts")) }),
    );
    expect(at(stack, "aws_lambda_function.payments")).toMatchObject({
      filename: expect.stringMatching(/^assets\/\w+\/[0-9a-f]+\/pay\.zip$/),
      source_code_hash: bundled(root).sourceCodeHash,
      handler: "index.handler",
      runtime: "nodejs22.x",
    });
  });
});

describe("the zip file", () => {
  const python = has("python3");

  test("holds the bundle and its map, and nothing of the machine", () => {
    const files = unzipped(bundled(project()).zip);
    expect(Object.keys(files)).toEqual(["index.mjs", "index.mjs.map"]);
    expect(files["index.mjs"]).toMatch(/sourceMappingURL=index\.mjs\.map\n?$/);
    const map = JSON.parse(files["index.mjs.map"] ?? "") as { sources: string[]; sourcesContent?: unknown };
    expect(map.sources.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "node_modules/@aws-sdk/client-s3/index.js",
      "node_modules/tiny/index.cjs",
      "src/charge.ts",
      "src/pay.ts",
      "src/settings.ts",
    ]);
    expect(map).not.toHaveProperty("sourcesContent");
  });

  test("is read by another implementation, with modes that Lambda can read", () => {
    if (!python) return skipOrFail("the zip file is not read by Python's zipfile: there is no python3 on PATH");
    const file = join(temporaryFolder(), "pay.zip");
    writeFileSync(file, bundled(project()).zip);
    const script = [
      "import sys, zipfile",
      "archive = zipfile.ZipFile(sys.argv[1])",
      "assert archive.testzip() is None",
      "for i in archive.infolist(): print(i.filename, oct(i.external_attr >> 16), i.date_time)",
    ].join("\n");
    expect(execFileSync("python3", ["-c", script, file], { encoding: "utf8" })).toBe(
      "index.mjs 0o644 (1980, 1, 1, 0, 0, 0)\nindex.mjs.map 0o644 (1980, 1, 1, 0, 0, 0)\n",
    );
  });
});

/** Whether a program is on PATH. */
function has(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs the handler in a Node with the options that the function's environment has. */
function run(root: string, event: object): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(unzipped(bundled(root).zip))) writeFileSync(join(folder, name), content);
  const stack = synthesize((scope) => new QueueConsumer(scope, "payments", { code: bundle(join(root, "src/pay.ts")) }));
  const { environment } = at(stack, "aws_lambda_function.payments") as {
    environment: { variables: { NODE_OPTIONS: string } };
  };
  const call = `import(${JSON.stringify(join(folder, "index.mjs"))}).then((code) => code.handler(${JSON.stringify(event)})).then(console.log, (error) => console.log(error.constructor.name + error.stack))`;
  return execFileSync(process.execPath, ["-e", call], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: environment.variables.NODE_OPTIONS },
  });
}

describe("the bundle in Node", () => {
  test("runs, with CommonJS packages that require Node's own modules", () => {
    expect(run(project(), {})).toBe("tiny 1/,one setting,bundled sdk\n");
  });

  test("names the lines of the sources when it throws, and keeps the names of classes", () => {
    const said = run(project(), { declined: true });
    expect(said).toMatch(/^DeclinedError: declined: \{"declined":true\}/);
    expect(said).toMatch(/src\/charge\.ts:4:\d+/);
    expect(said).toMatch(/src\/pay\.ts:9:\d+/);
  });
});

test("a bundle reads the names of its classes and functions as its source does", () => {
  const root = project();
  write(
    root,
    "src/names.ts",
    `class OrderPlaced {}
     function charge() { return "charged"; }
     function refund() { return "refunded"; }
     const actions = Object.fromEntries([charge, refund].map((action) => [action.name, action]));
     const registry = new Map([OrderPlaced].map((type) => [type.name, type]));
     export const handler = () => [registry.has("OrderPlaced"), actions.refund?.()];`,
  );
  const code = unzipped(bundled(root, "src/names.ts").zip)["index.mjs"] ?? "";
  const folder = temporaryFolder();
  writeFileSync(join(folder, "index.mjs"), code);
  const said = execFileSync(process.execPath, [
    "-e",
    `import(process.argv[1]).then((m) => console.log(JSON.stringify(m.handler())))`,
    join(folder, "index.mjs"),
  ]);
  expect(JSON.parse(said.toString())).toEqual([true, "refunded"]);
});

describe("options", () => {
  test("the SDK is bundled, or left to the runtime", () => {
    const root = project();
    const code = (sdk: "bundled" | "runtime"): string =>
      unzipped(bundled(root, "src/pay.ts", { sdk }).zip)["index.mjs"] ?? "";
    expect(code("bundled")).toContain("bundled sdk");
    expect(code("runtime")).not.toContain("bundled sdk");
    expect(code("runtime")).toMatch(/from\s*"@aws-sdk\/client-s3"/);
  });

  test("external packages are left out", () => {
    const code = unzipped(bundled(project(), "src/pay.ts", { external: ["tiny"] }).zip)["index.mjs"];
    expect(code).not.toContain("tiny 1");
    expect(code).toMatch(/from\s*"tiny"/);
  });

  test("the runtime is the function's", () => {
    const code = bundle(join(project(), "src/pay.ts"), { runtime: "nodejs24.x" });
    const stack = synthesize((scope) => new QueueConsumer(scope, "payments", { code }));
    expect(at(stack, "aws_lambda_function.payments")["runtime"]).toBe("nodejs24.x");
  });

  test.each(["nodejs20.x", "nodejs22.x"])(
    "a JSON file that is external keeps the attribute that %s wants",
    (runtime) => {
      const root = project("shop", {
        "src/json.ts":
          'import rates from "rates/rates.json" with { type: "json" }; export const handler = () => rates;',
      });
      const { zip } = bundled(root, "src/json.ts", { runtime, external: ["rates"] });
      expect(unzipped(zip)["index.mjs"]).toMatch(/from"rates\/rates\.json"with\{type:"json"\}/);
    },
  );

  test.each(["nodejs18.x", "python3.13", "nodejs22", "22", ""])("the runtime %j is refused", (runtime) => {
    expect(failure(project(), "src/pay.ts", { runtime })).toMatch(
      `runtime is "${runtime}"; it must be a Node.js runtime of 20 or later, as "nodejs22.x".`,
    );
  });

  test("a relative entry starts at the folder of cdktf.json", () => {
    const root = project();
    const code = bundle("src/pay.ts");
    if (code.kind !== "archive") throw new Error("a bundle is an archive");
    const app = testApp();
    app.node.setContext("cdktfJsonPath", join(root, "cdktf.json"));
    expect(quickly(() => code.bind(new TerraformStack(app, "shop"))).sourceCodeHash).toBe(bundled(root).sourceCodeHash);
  });
});

describe("what cannot be bundled says why", () => {
  test("esbuild's own message, with file, line and text", () => {
    const root = project("shop", {
      "src/pay.ts": 'import { x } from "./absent.ts";\nexport const handler = () => x;\n',
    });
    const said = failure(root);
    expect(said).toMatch(`BundleError: shop: bundle("${join(root, "src/pay.ts")}"): esbuild could not build it.`);
    expect(said).toContain('Could not resolve "./absent.ts"');
    expect(said).toContain("src/pay.ts:1:18:");
    expect(said).toContain('import { x } from "./absent.ts";');
  });

  test("several errors at once, and a syntax error with its place", () => {
    const root = project("shop", {
      "src/pay.ts": 'import "./broken.ts";\nimport "absent-package";\nexport const handler = () => 1;\n',
      "src/broken.ts": "export const x = ;\n",
    });
    const said = failure(root);
    expect(said).toContain("src/broken.ts:1:17:");
    expect(said).toContain('Could not resolve "absent-package"');
  });

  test("an entry that is not there, or is a folder", () => {
    const root = project();
    expect(failure(root, "src/absent.ts")).toBe(
      `BundleError: shop: bundle("${join(root, "src/absent.ts")}"): there is no file ${join(root, "src/absent.ts")}.`,
    );
    expect(failure(root, "src")).toBe(
      `BundleError: shop: bundle("${join(root, "src")}"): there is no file ${join(root, "src")}.`,
    );
  });

  test.each([
    ["nothing", "console.log(1);", "exports nothing"],
    ["another name", "export const main = () => 1; export const other = 2;", "exports main, other"],
    ["a default", "export default () => 1;", "exports default"],
    ["a type only", "export type handler = () => void;", "exports nothing"],
    ["CommonJS", "module.exports = { handler: () => 1 };", "is CommonJS"],
  ])("an entry that exports %s", (_, content, exported) => {
    const root = project("shop", { "src/entry.cjs": content, "src/entry.ts": content });
    const entry = content.startsWith("module") ? "src/entry.cjs" : "src/entry.ts";
    expect(failure(root, entry)).toContain(`the entry ${exported}; it must export "handler"`);
  });

  test("a handler that is exported by way of another file is one", () => {
    const root = project("shop", { "src/index.ts": 'export * from "./pay.ts";' });
    expect(unzipped(bundled(root, "src/index.ts").zip)["index.mjs"]).toContain("handler");
  });
});

test("a project without package.json and node_modules is bundled all the same, each time anew", () => {
  const root = project("shop", { "src/plain.ts": "export const handler = () => 1;" });
  for (const path of ["package.json", "node_modules"]) rmSync(join(root, path), { recursive: true });
  const first = bundled(root, "src/plain.ts");
  expect(bundled(root, "src/plain.ts").zip.equals(first.zip)).toBe(true);
});
