/** A scenario that is a module: what it prints, and where it and what it imports stand. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundledProgram, type Ended, holdfast, removeProgram } from "../support/program.ts";
import { workStack } from "../support/work-stack.ts";

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "holdfast-module-"));
let program = "";

beforeAll(async () => {
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(workStack));
  program = await bundledProgram("scenario-module");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeProgram(program);
});

const send = `[{ at: "0s", to: "aws_sqs_queue.work", messages: [{ id: "m", body: 1 }] }]`;
const functions = `{ "aws_lambda_function.work": { outcomes: [] } }`;

async function played(files: Readonly<Record<string, string>>, first: string): Promise<Ended> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return await holdfast(program, ["rehearse", folder, "--scenario", join(folder, first), "--json", "-"]);
}

it("prints to standard error: the result is alone on standard output", async () => {
  const { status, out, err } = await played(
    {
      "prints.ts": `
        console.log("at first");
        process.stdout.write("directly\\n");
        process.on("exit", () => console.log("at last"));
        function* load() { console.info("while it plays"); yield* ${send}; }
        export default { functions: ${functions}, send: load() };`,
    },
    "prints.ts",
  );
  expect(JSON.parse(out)).toMatchObject({ totals: { sent: 1, processed: 1 } });
  expect([status, err]).toEqual([0, "at first\ndirectly\nwhile it plays\nat last\n"]);
});

it("prints nothing to standard output where it cannot be used either", async () => {
  const { status, out, err } = await played(
    { "prints-and-fails.ts": `console.log("so far"); throw "no";` },
    "prints-and-fails.ts",
  );
  expect([status, out]).toEqual([2, ""]);
  expect(err).toMatch(/^so far\n.*prints-and-fails\.ts: no\n$/);
});

it("reads what stands beside it, and so does each module that it imports", async () => {
  const { status, out, err } = await played(
    {
      "reads.ts": `
        import { readFileSync } from "node:fs";
        import { more, place } from "./parts/more.mjs";
        import { dirname, filename } from "./parts/names.ts";
        const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
        export default {
          name: [import.meta.url, place, dirname, filename, "import.meta.url"].join(" "),
          functions: ${functions},
          send: [...(read("./send.json") as object[]), ...more],
        };`,
      "send.json": JSON.stringify([{ at: "0s", to: "aws_sqs_queue.work", messages: [{ id: "m1", body: 1 }] }]),
      "parts/more.mjs": `#!/usr/bin/env node
        import { readFileSync } from "node:fs";
        export const place = import.meta.url;
        export const more = JSON.parse(readFileSync(new URL("more.json", import.meta.url), "utf8"));`,
      "parts/more.json": JSON.stringify([{ at: "1s", to: "aws_sqs_queue.work", messages: [{ id: "m2", body: 1 }] }]),
      "parts/names.ts":
        "export const dirname: string = import.meta.dirname; export const filename: string = import.meta.filename;",
    },
    "reads.ts",
  );
  expect([status, err]).toEqual([0, ""]);
  const places = [`file://${folder}/reads.ts`, `file://${folder}/parts/more.mjs`, `${folder}/parts`];
  expect(JSON.parse(out)).toMatchObject({
    scenario: [...places, `${folder}/parts/names.ts`, "import.meta.url"].join(" "),
    totals: { sent: 2, processed: 2 },
  });
});
