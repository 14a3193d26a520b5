/** The command as a process: exit statuses, one line for whatever goes wrong, and readers that go away. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columns } from "../../cli/columns.ts";
import { guarded, showsColour, systemMessage } from "../../cli/terminal.ts";
import { UnreadableSource } from "../../topology/configuration.ts";
import { all, cleanPaths, prefixed, queuePath, synthesized } from "../support/configurations.ts";
import { bundledProgram, type Ended, holdfast, removeProgram } from "../support/program.ts";

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "holdfast-process-"));
let program = "";
beforeAll(async () => {
  program = await bundledProgram("process");
  mkdirSync(join(folder, "clean"));
  writeFileSync(join(folder, "clean", "cdk.tf.json"), synthesized(queuePath()));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeProgram(program);
});

const run = async (...args: readonly string[]): Promise<Ended> => await holdfast(program, args, { cwd: folder });

/** Status 2, nothing on standard output, one line on standard error. */
function expectRefused({ status, out, err }: Ended, says: RegExp): void {
  expect({ status, out, err }).toEqual({ status: 2, out: "", err: expect.stringMatching(/^holdfast: [^\n]+\n$/) });
  expect(err).toMatch(says);
}

describe("usage errors say in one line what is wrong and where what is right stands", () => {
  test.each<readonly [string[], RegExp]>([
    [["chek"], /unknown command 'chek' \(Did you mean check\?\); see holdfast --help/],
    [["check", "--sarfi"], /unknown option '--sarfi' \(Did you mean --sarif\?\); see holdfast check --help/],
    [["check", "--fail-on", "all"], /'all' is invalid\. Allowed choices are error, warning, advice; see/],
    [["check", "--json", "--sarif"], /'--json' cannot be used with option '--sarif'/],
    [["check", "a", "b"], /too many arguments for 'check'/],
    [["paths", "--json", "--mermaid"], /cannot be used with option/],
    [["rehearse", "--scenario"], /'--scenario <file>' argument missing; see holdfast rehearse --help/],
    [["rehearse", "--events", "some"], /Allowed choices are all, failed/],
  ])("%j", async (args, says) => expectRefused(await run(...args), says));
});

describe("what cannot be read is one line for each command", () => {
  const place = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  test.each(["check", "paths", "rehearse"])("%s", async (command) => {
    expectRefused(await run(command, "none"), /none: no such file or directory/);
    expectRefused(await run(command, place("empty.json", "")), /empty\.json: not JSON/);
    expectRefused(await run(command, place("text.json", "hello")), /text\.json: not JSON/);
    expectRefused(await run(command, place("other.json", "{}")), /other\.json: JSON, but neither a plan nor a state/);
    expectRefused(await run(command, join("other.json", "below")), /below: part of the path is a file.*ENOTDIR/);
    expectRefused(await run(command, `${"x".repeat(300)}.json`), /the name is too long \(ENAMETOOLONG/);
  });

  test("a directory in place of acknowledgements, and of a scenario", async () => {
    expectRefused(await run("check", "clean", "--acknowledgements", "clean"), /clean: cannot be read: EISDIR/);
    expectRefused(await run("rehearse", "clean", "--scenario", "clean"), /clean: .*a directory.*EISDIR/);
    expectRefused(await run("rehearse", "clean", "--scenario", place("empty.json", "")), /empty\.json: not JSON/);
  });
});

describe("guarded", () => {
  /** What a command that ends with this error says. */
  async function failing(error: unknown, debug = false): Promise<{ status: number; err: string }> {
    let err = "";
    const terminal = { out: () => {}, err: (text: string) => void (err += text), colour: false, debug };
    const status = await guarded(terminal, () => {
      // oxlint-disable-next-line typescript/only-throw-error -- code of others throws what it likes
      throw error;
    });
    return { status, err };
  }

  test("an error that nobody foresaw: status 2, what and where in one line, and how to see the stack", async () => {
    const { status, err } = await failing(new TypeError("x is\n  no function"));
    expect(status).toBe(2);
    expect(err).toMatch(
      /^holdfast: an error that it did not foresee: TypeError: x is no function \(at .*process\.test\.ts:\d+\); HOLDFAST_DEBUG=1 shows the stack\n$/,
    );
  });

  test("shows the stack where it is asked for, of errors that were foreseen too", async () => {
    for (const error of [new TypeError("x"), new UnreadableSource("x")]) {
      expect((await failing(error, true)).err).toMatch(/^holdfast: .*x.*\n\w+: x\n {4}at /);
    }
  });

  test.each(["text", undefined, null, 3, {}, { message: 4 }, new Error()])("whatever is thrown: %p", async (error) => {
    const { status, err } = await failing(error);
    expect([status, err.split("\n").length]).toEqual([2, 2]);
  });

  test("errors of the system by path, in words", async () => {
    const parts = { code: "EACCES", syscall: "scandir", path: "infra" };
    const error = Object.assign(new Error("EACCES: permission denied, scandir 'infra'"), parts);
    expect(await failing(error)).toEqual({ status: 2, err: "holdfast: infra: no permission (EACCES, scandir)\n" });
    expect(systemMessage({ ...parts, code: "EWHATEVER" })).toBe("infra: the system refuses it (EWHATEVER, scandir)");
    expect(systemMessage(new Error("other"))).toBeUndefined();
  });
});

describe("a reader that goes away is no error", () => {
  /** Reads one piece, closes, and waits for the end. */
  async function cutOff(...args: readonly string[]): Promise<{ status: number | null; err: string }> {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.stdout.once("data", () => child.stdout.destroy());
    const status = await new Promise<number | null>((done) => child.once("close", done));
    return { status, err };
  }

  test.each(["check", "paths", "rehearse"])("%s", async (command) => {
    const parts = Object.values(cleanPaths);
    const many = all(
      ...Array.from({ length: 25 }, (_, round) =>
        parts.map((part, kind) => prefixed(part(), `r${round}k${kind}`)),
      ).flat(),
    );
    mkdirSync(join(folder, "many"), { recursive: true });
    writeFileSync(join(folder, "many", "cdk.tf.json"), synthesized(many));
    const json = command === "rehearse" ? ["--json", "-"] : ["--json"];
    const { status, err } = await cutOff(command, "many", ...json);
    expect({ status, err }).toEqual({ status: 0, err: "" });
  });

  test("but an output that takes nothing is: status 2 and one line", async () => {
    const ended = await new Promise<{ status: number | null; err: string }>((done) => {
      const child = spawn(
        "/bin/sh",
        ["-c", 'exec "$0" "$@" > /dev/full', process.execPath, program, "check", "clean"],
        {
          cwd: folder,
        },
      );
      let err = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
      child.once("close", (status) => done({ status, err }));
    });
    expect(ended).toEqual({ status: 2, err: expect.stringMatching(/^holdfast: standard output: .*ENOSPC.*\n$/) });
  });
});

test("help fits 80 columns, and names exit statuses", async () => {
  for (const args of [["--help"], ["paths", "--help"], ["check", "--help"], ["rehearse", "--help"], ["help"]]) {
    const { status, out, err } = await run(...args);
    expect([status, err]).toEqual([0, ""]);
    expect(out.split("\n").filter((line) => columns(line) > 80)).toEqual([]);
    expect(out).toContain("Exit status");
    expect(out).not.toContain("[]");
  }
});

test.each<readonly [string, boolean, NodeJS.ProcessEnv, boolean]>([
  ["on a terminal", true, { TERM: "xterm" }, true],
  ["not into a pipe", false, { TERM: "xterm" }, false],
  ["not where NO_COLOR is set", true, { NO_COLOR: "1" }, false],
  ["but where it is set to nothing", true, { NO_COLOR: "" }, true],
  ["not on a terminal without any", true, { TERM: "dumb" }, false],
  ["into a pipe where FORCE_COLOR is set", false, { FORCE_COLOR: "1" }, true],
  ["on a terminal without any where FORCE_COLOR is set", true, { FORCE_COLOR: "true", TERM: "dumb" }, true],
  ["not where FORCE_COLOR is 0", true, { FORCE_COLOR: "0" }, false],
  ["not where FORCE_COLOR is false", true, { FORCE_COLOR: "false" }, false],
  ["where FORCE_COLOR is set to nothing, on a terminal", true, { FORCE_COLOR: "" }, true],
  ["where FORCE_COLOR is set to nothing, not into a pipe", false, { FORCE_COLOR: "" }, false],
  ["not where NO_COLOR is set beside FORCE_COLOR", false, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
])("colours are used %s", (_where, isTerminal, environment, used) => {
  expect(showsColour(isTerminal, environment)).toBe(used);
});
