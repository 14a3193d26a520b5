import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!what()) {
    if (Date.now() > end) throw new Error("it does not come to that");
    await sleep(50);
  }
}

/** A program in Terraform's place that says who it is, starts another, and does not end. */
function slowTerraform(): string {
  const program = join(place, "terraform");
  writeFileSync(
    program,
    `#!/bin/sh\nsleep 300 &\necho "$$ $!" > "${place}/pid-$$.tmp"\nmv "${place}/pid-$$.tmp" "${place}/pid-$$"\nwait\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

const posix = process.platform === "win32" ? test.skip : test;

posix.each([
  ["SIGINT", 1],
  ["SIGTERM", 1],
  ["SIGTERM", 3],
] as const)(
  "%s while %d stacks are resolved leaves neither copies nor processes",
  async (signal, stacks) => {
    const names = Array.from({ length: stacks }, (_, index) => `stack${index}`);
    for (const name of names) {
      mkdirSync(join(place, "sources", "stacks", name), { recursive: true });
      writeFileSync(join(place, "sources", "stacks", name, "cdk.tf"), 'resource "aws_sqs_queue" "q" {}\n');
    }
    mkdirSync(join(place, "tmp"));
    const read = pathToFileURL(resolve("topology/read.ts")).href;
    const script = `const { readTopology } = await import(${JSON.stringify(read)});
    await readTopology(${JSON.stringify(join(place, "sources"))}, { program: ${JSON.stringify(slowTerraform())} });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      env: { ...process.env, TMPDIR: join(place, "tmp") },
      stdio: "ignore",
    });
    const ended = new Promise<NodeJS.Signals | null>((done) => {
      child.on("exit", (_code, by) => done(by));
    });
    const files = (): string[] => readdirSync(place).filter((name) => /^pid-\d+$/.test(name));
    await until(() => files().length === stacks);
    const copies = (): string[] => readdirSync(join(place, "tmp")).filter((name) => name.startsWith("holdfast-"));
    expect(copies()).toHaveLength(stacks);
    const pids = files().flatMap((name) => readFileSync(join(place, name), "utf8").trim().split(" ").map(Number));
    expect(pids.filter(isRunning)).toHaveLength(2 * stacks);

    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(copies()).toEqual([]);
    await until(() => !pids.some(isRunning));
    expect(existsSync(join(place, "sources", "stacks", "stack0", ".terraform"))).toBe(false);
  },
  120_000,
);
