import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./poll.ts";
import { type Command, finish, start, stop } from "./processes.ts";

const cwd = mkdtempSync(join(tmpdir(), "holdfast-test-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const node = (script: string): Command => ({
  program: process.execPath,
  args: ["-e", script],
  cwd,
  env: process.env,
  log: join(cwd, "log"),
});

test("what a command prints is returned without colours, and kept", async () => {
  await expect(finish(node('process.stdout.write("\\u001b[31mred\\u001b[0m")'), 10)).resolves.toBe("red");
  expect(readFileSync(join(cwd, "log"), "utf8")).toContain("\nred");
});

test("a command that fails says how, with the end of what it printed", async () => {
  await expect(finish(node('console.error("why"); process.exit(3)'), 10)).rejects.toThrow(/ended with 3:\nwhy/);
});

test("a command that is late is stopped", async () => {
  await expect(finish(node("setInterval(() => {}, 1000)"), 0.2)).rejects.toThrow("stopped after 0.2 s");
});

test("what a process started ends with it, even if it does not want to", async () => {
  const grandchild = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid)';
  let pid = 0;
  const child = start(
    node(
      `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" })`,
    ),
    (text) => {
      pid = Number(text);
    },
  );
  await until("the grandchild", 10, async () => (pid > 0 ? true : undefined));
  expect(() => process.kill(pid, 0)).not.toThrow();
  await stop(child);
  const gone = async () => {
    try {
      process.kill(pid, 0);
      return undefined;
    } catch {
      return true;
    }
  };
  await expect(until("its end", 10, gone)).resolves.toBe(true);
}, 20_000);
