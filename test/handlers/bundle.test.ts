/** The bundle as it is deployed, in a Node of its own: what jest's sandbox, its timers and its transform cannot show. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle, MINIMAL, minified } from "../../bench/support/bundle.ts";
import { event, FIFO, STANDARD } from "./support/events.ts";

const ROOT = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "holdfast-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a process that invokes the handler once printed, and how it ended. */
interface Run {
  readonly code: number | null;
  readonly answer: unknown;
  readonly log: string;
}

/** Calls the handler as the Node runtime does, which waits for nothing when its promise has settled. */
const DRIVER = `
import { handler } from "./handler.mjs";
const { event, timeoutMs } = JSON.parse(process.argv[2]);
const end = Date.now() + timeoutMs;
handler(event, { getRemainingTimeInMillis: () => end - Date.now() }).then(
  (answer) => console.log(JSON.stringify({ answer })),
  ({ name, message }) => console.log(JSON.stringify({ answer: { name, message } })),
);
`;

async function invoke(source: string, given: unknown, timeoutMs: number, settings?: unknown): Promise<Run> {
  writeFileSync(join(folder, "handler.mjs"), bundle(source, ROOT));
  writeFileSync(join(folder, "driver.mjs"), DRIVER);
  const { HOLDFAST: _, ...env } = process.env;
  if (settings !== undefined) env["HOLDFAST"] = JSON.stringify(settings);
  const args = [join(folder, "driver.mjs"), JSON.stringify({ event: given, timeoutMs })];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      resolve({ code, answer: stdout === "" ? "none" : JSON.parse(stdout).answer, log: stderr });
    });
  });
}

const settings = { sources: { [STANDARD]: { response: "partial" }, [FIFO]: { response: "partial" } } };

test("a minimal handler is below 2.5 kB, compressed", async () => {
  const code = minified(MINIMAL, ROOT);
  expect(code.match(/\bimport\b.*?["'][^"']*["']|\brequire\b/g)).toEqual([expect.stringMatching(/from"node:events"$/)]);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(2500);
});

test("what is not imported is not bundled", async () => {
  expect(bundle(MINIMAL, ROOT)).not.toContain("deleteMessageBatch");
  const deleting = MINIMAL.replace("{ queue }", "{ deleteAndThrow, queue }").replace(
    "queue(async",
    "queue({ response: deleteAndThrow({ deleteMessageBatch: async () => ({}) }) }, async",
  );
  expect(bundle(deleting, ROOT)).toContain("amazonaws.com");
});

test("one message fails: the answer names it, the log too, and the process ends without waiting for the deadline", async () => {
  const source = `
    import { queue } from "holdfast/handlers";
    export const handler = queue<{ amount: number }>(async ({ amount }) => {
      if (amount < 0) throw new RangeError("negative");
    });`;
  const given = event([
    { id: "a", body: { amount: 1 } },
    { id: "b", body: { amount: -1 } },
  ]);
  const started = Date.now();
  const { code, answer, log } = await invoke(source, given, 900_000, settings);
  expect({ code, answer }).toEqual({ code: 0, answer: { batchItemFailures: [{ itemIdentifier: "b" }] } });
  expect(log).toContain("messageId: 'b'");
  expect(log).toContain("RangeError");
  expect(log).not.toContain("amount");
  expect(Date.now() - started).toBeLessThan(20_000);
});

test("without settings a failure fails the invocation", async () => {
  const source = `
    import { queue } from "holdfast/handlers";
    export const handler = queue(() => { throw undefined; });`;
  const { code, answer } = await invoke(source, event(["a"]), 900_000);
  expect(code).toBe(0);
  expect(answer).toEqual({ name: "BatchFailedError", message: expect.stringContaining("ReportBatchItemFailures") });
});

test("many messages may listen to the signal without a warning of Node's", async () => {
  const source = `
    import { queue } from "holdfast/handlers";
    export const handler = queue((_, { signal }) => signal.addEventListener("abort", () => {}));`;
  const { answer, log } = await invoke(source, event(Array.from({ length: 50 }, (_, n) => `m${n}`)), 30_000, settings);
  expect({ answer, log }).toEqual({ answer: { batchItemFailures: [] }, log: "" });
});

test("a promise that never settles, with nothing pending: an answer all the same, in time", async () => {
  // Without an answer Node would end here, and Lambda's runtime would answer null: a success of the whole batch (R68).
  const source = `
    import { queue } from "holdfast/handlers";
    export const handler = queue<{ id: string }>(async ({ id }) => {
      if (id === "b1") await new Promise(() => {});
    });`;
  const given = event(
    ["a1", "b1", "b2"].map((id) => ({ id, group: id.slice(0, 1) })),
    FIFO,
  );
  const { code, answer, log } = await invoke(source, given, 600, settings);
  expect({ code, answer }).toEqual({
    code: 0,
    answer: { batchItemFailures: [{ itemIdentifier: "b1" }, { itemIdentifier: "b2" }] },
  });
  expect(log).toContain("DeadlineError");
});

test("a rejection after the answer is logged, and does not end the process as unhandled", async () => {
  const source = `
    import { queue } from "holdfast/handlers";
    export const handler = queue(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      throw new Error("late");
    });`;
  const { code, answer, log } = await invoke(source, event(["a"]), 500, settings);
  expect({ code, answer }).toEqual({ code: 0, answer: { batchItemFailures: [{ itemIdentifier: "a" }] } });
  expect(log).toContain("message unfinished");
  expect(log).toContain("message failed too late");
});
