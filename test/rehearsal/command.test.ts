/** `holdfast rehearse` as a process: exit statuses, what goes to which output, and the same bytes everywhere. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { bundledProgram, type Ended, removeProgram, holdfast as run } from "../support/program.ts";
import { lambdaTrust, workStack } from "../support/work-stack.ts";

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "holdfast-command-"));
let program = "";
const configuration = join(folder, "cdk.tf.json");

const queue = "aws_sqs_queue.work";
const fn = "aws_lambda_function.work";
const scenario = {
  name: "one poison message",
  functions: { [fn]: { outcomes: [{ when: { contains: "poison" }, then: "crash" }] } },
  send: [
    {
      at: "0s",
      to: queue,
      messages: [
        { id: "m1", body: "poison" },
        { id: "m2", body: "fine" },
      ],
    },
  ],
};

async function holdfast(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return await run(program, args, options);
}

function file(name: string, content: unknown): string {
  const place = join(folder, name);
  writeFileSync(place, typeof content === "string" ? content : JSON.stringify(content));
  return place;
}

beforeAll(async () => {
  writeFileSync(configuration, JSON.stringify(workStack));
  file("scenario.json", scenario);
  program = await bundledProgram("rehearse");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeProgram(program);
});

it("plays the generated scenario, and ends with 0 where nothing was lost", async () => {
  const { status, out, err } = await holdfast(["rehearse", folder]);
  expect(err).toBe("");
  expect(status).toBe(0);
  expect(out).toContain("aws_sqs_queue.work → aws_lambda_function.work");
  expect(out).toMatch(/10 sent: .*retained/);
  expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

it("ends with 1 where an event was lost, and names it", async () => {
  const { status, out } = await holdfast([
    "rehearse",
    folder,
    "--scenario",
    join(folder, "scenario.json"),
    "--until",
    "15d",
  ]);
  expect(status).toBe(1);
  expect(out).toContain("m1, m2 expired");
});

it("prints the result and nothing else with --json -", async () => {
  const { status, out, err } = await holdfast([
    "rehearse",
    folder,
    "--scenario",
    join(folder, "scenario.json"),
    "--json",
    "-",
  ]);
  expect([status, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toMatchObject({ scenario: "one poison message", totals: { sent: 2, retained: 2 } });
});

it("gives a list for several scenarios, and writes into a file", async () => {
  const place = join(folder, "result.json");
  const one = join(folder, "scenario.json");
  const { status, out } = await holdfast([
    "rehearse",
    folder,
    "--scenario",
    one,
    "--scenario",
    one,
    "--json",
    place,
    "--seed",
    "7",
  ]);
  expect(status).toBe(0);
  expect(out).toContain("one poison message");
  expect(JSON.parse(readFileSync(place, "utf8"))).toMatchObject([{ seed: 7 }, { seed: 7 }]);
});

it("takes a module as scenario, with generated load", async () => {
  const module = `
    import { every } from "holdfast/rehearsal";
    export default {
      name: "steady",
      functions: { "${fn}": { outcomes: [] } },
      send: every("1s", { to: "${queue}", for: "30s", make: (n: number) => ({ messages: [{ id: "m" + n, body: n }] }) }),
    };`;
  const helpers = resolve("rehearsal", "scenario", "load.ts");
  const place = file("steady.ts", module.replace("holdfast/rehearsal", helpers));
  const { status, out, err } = await holdfast(["rehearse", folder, "--scenario", place, "--json", "-"]);
  expect([status, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toMatchObject({ scenario: "steady", totals: { sent: 30, processed: 30 } });
});

it.each<readonly [string, unknown, RegExp]>([
  [
    "an address that does not exist",
    { send: [{ at: "0s", to: "aws_sqs_queue.nowhere", messages: [] }] },
    /bad\.json: send\[0\]\.to: no such address aws_sqs_queue\.nowhere; did you mean aws_sqs_queue\.\w+\?$/,
  ],
  [
    "two events with one id",
    {
      send: [
        {
          at: "0s",
          to: queue,
          messages: [
            { id: "a", body: 1 },
            { id: "a", body: 1 },
          ],
        },
      ],
    },
    /bad\.json: send\[0\]\.messages\[1\]\.id: "a" is there already/,
  ],
  [
    "an unknown outcome",
    { functions: { [fn]: { outcomes: [{ then: "explode" }] } } },
    /bad\.json: functions\[.*\]\.outcomes\[0\]\.then: unknown outcome "explode"/,
  ],
  ["a duration without unit", { until: "10" }, /bad\.json: until: "10" is no duration/],
  ["no JSON", "{", /bad\.json: .*JSON/],
  [
    "a function without outcomes",
    { send: [{ at: "0s", to: queue, messages: [{ id: "a", body: 1 }] }] },
    /aws_lambda_function\.work: an event reaches it/,
  ],
])("ends with 2 and one line for %s", async (_title, content, expected) => {
  const { status, out, err } = await holdfast(["rehearse", folder, "--scenario", file("bad.json", content)]);
  expect([status, out]).toEqual([2, ""]);
  expect(err.trim().split("\n")).toHaveLength(1);
  expect(err.trim()).toMatch(expected);
});

it("says of a stack without an event path that it has none, and gives its empty result", async () => {
  const bare = join(folder, "bare");
  mkdirSync(bare, { recursive: true });
  const only = { resource: { aws_iam_role: { work: { name: "work", assume_role_policy: lambdaTrust } } } };
  writeFileSync(join(bare, "cdk.tf.json"), JSON.stringify({ provider: workStack.provider, ...only }));
  const text = await holdfast(["rehearse", bare]);
  expect([text.status, text.out]).toEqual([1, expect.stringMatching(/: no event path to rehearse\n$/)]);
  const { status, out } = await holdfast(["rehearse", bare, "--json", "-"]);
  expect(status).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ totals: { sent: 0 }, events: [], paths: [] });
});

it("prints nothing where the result cannot be written", async () => {
  const { status, out, err } = await holdfast(["rehearse", folder, "--json", join(folder, "nowhere", "result.json")]);
  expect([status, out]).toEqual([2, ""]);
  expect(err).toMatch(/^holdfast: --json: .*nowhere.*ENOENT.*\n$/);
  const directory = await holdfast(["rehearse", folder, "--json", folder]);
  expect([directory.status, directory.out]).toEqual([2, ""]);
  expect(directory.err).toMatch(/--json: .*: a directory; name a file/);
});

it("leaves what was there where it cannot give a result, and nothing beside a result", async () => {
  const results = join(folder, "results");
  mkdirSync(results, { recursive: true });
  const place = join(results, "result.json");
  writeFileSync(place, "before");
  chmodSync(place, 0o600);
  const bad = await holdfast(["rehearse", folder, "--scenario", file("bad.json", "{"), "--json", place]);
  expect([bad.status, readFileSync(place, "utf8"), readdirSync(results)]).toEqual([2, "before", ["result.json"]]);
  symlinkSync(place, join(results, "link.json"));
  const good = await holdfast(["rehearse", folder, "--json", join(results, "link.json")]);
  expect(good.status).toBe(0);
  expect(readdirSync(results)).toEqual(["link.json", "result.json"]);
  expect(lstatSync(join(results, "link.json")).isSymbolicLink()).toBe(true);
  expect(JSON.parse(readFileSync(place, "utf8"))).toMatchObject({ totals: { sent: 10 } });
  expect(statSync(place).mode & 0o777).toBe(0o600);
});

it("writes into what is no file as it is", async () => {
  expect(await holdfast(["rehearse", folder, "--json", "/dev/null"])).toMatchObject({ status: 0, err: "" });
});

it("leaves no spool behind where it is killed", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "holdfast-killed-"));
  const place = file("endless.ts", endless);
  const child = spawn(process.execPath, [program, "rehearse", folder, "--scenario", place], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: "ignore",
  });
  const ended = new Promise((done) => child.once("exit", done));
  // A file without a name is open once rows are spooled.
  const fds = `/proc/${child.pid}/fd`;
  while (child.exitCode === null && !openFiles(fds).some((path) => /holdfast-rows-.*\(deleted\)$/.test(path))) {
    await setTimeout(50);
  }
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await ended;
  expect(readdirSync(temporary)).toEqual([]);
  rmSync(temporary, { recursive: true });
});

/** Messages without end, each of them handled at once. */
const endless = `
  export default {
    until: "100d",
    functions: { "${fn}": { outcomes: [] } },
    send: (function* () {
      for (let n = 0; ; n += 1) yield { at: n + "ms", to: "${queue}", messages: [{ id: "m" + n, body: n }] };
    })(),
  };`;

function openFiles(fds: string): string[] {
  return (existsSync(fds) ? readdirSync(fds) : []).flatMap((name) => {
    try {
      return [readlinkSync(join(fds, name))];
    } catch {
      // closed since it was listed
      return [];
    }
  });
}

describe("several stacks", () => {
  const bare = { resource: { aws_iam_role: { work: { name: "work", assume_role_policy: lambdaTrust } } } };
  /** An output folder of stacks by name. */
  const output = (name: string, stacks: Readonly<Record<string, object>>): string => {
    for (const [one, config] of Object.entries(stacks)) {
      mkdirSync(join(folder, name, "stacks", one), { recursive: true });
      writeFileSync(join(folder, name, "stacks", one, "cdk.tf.json"), JSON.stringify(config));
    }
    return join(folder, name);
  };
  const renamed = JSON.parse(JSON.stringify(workStack).replaceAll(/\bwork\b/g, "mail")) as object;
  const outOf = async (source: string, content: object): Promise<Ended> =>
    await holdfast(["rehearse", source, "--scenario", file("parts.json", content), "--json", "-"]);

  it("play a scenario's parts that name their addresses", async () => {
    const source = output("two", { a: workStack, b: renamed });
    const mail = "aws_sqs_queue.mail";
    const { status, out, err } = await outOf(source, {
      functions: { [fn]: { outcomes: [] }, "aws_lambda_function.mail": { outcomes: [{ then: "crash" }] } },
      send: [
        { at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] },
        { at: "0s", to: mail, messages: [{ id: "m2", body: 2 }] },
      ],
      faults: [{ at: "0s", for: "1s", throttle: "aws_lambda_function.mail" }],
      redrives: [{ at: "1h", from: "aws_sqs_queue.letters", to: queue }],
    });
    expect([status, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject([
      { stack: "a", events: [{ id: "m1", outcome: "processed" }] },
      { stack: "b", events: [{ id: "m2", outcome: "retained" }] },
    ]);
  });

  it("play each its part of what one module generates, which can be gone through once only", async () => {
    const parts = file(
      "parts.ts",
      `const names = ["work", "mail"];
      function* load() {
        for (let n = 0; n < 8; n += 1) {
          const to = "aws_sqs_queue." + names[n % 2];
          yield { at: n + "s", to, messages: [{ id: names[n % 2] + n, body: n }] };
        }
      }
      const outcomes = { outcomes: [] };
      export default { functions: { "${fn}": outcomes, "aws_lambda_function.mail": outcomes }, send: load() };`,
    );
    const args = ["rehearse", output("two", { a: workStack, b: renamed }), "--scenario", parts, "--json", "-"];
    const { status, out, err } = await holdfast(args);
    expect([status, err]).toEqual([0, ""]);
    const results = JSON.parse(out) as { readonly events: readonly { readonly id: string }[] }[];
    expect(results.map(({ events }) => events.map(({ id }) => id))).toEqual([
      ["work0", "work2", "work4", "work6"],
      ["mail1", "mail3", "mail5", "mail7"],
    ]);
  });

  it("are not held up by load for another stack that never moves on", async () => {
    const parts = file(
      "endless.ts",
      `export default { settings: { "send.limit": 1000 }, send: (function* () {
        for (let n = 0; ; n += 1) yield { at: "0s", to: "aws_sqs_queue.mail", messages: [{ id: "m" + n, body: n }] };
      })() };`,
    );
    const args = ["rehearse", output("two", { a: workStack, b: renamed }), "--scenario", parts];
    const { status, out, err } = await holdfast(args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(/endless\.ts: send\[1000\]: more than 1000 entries at 0s/);
  });

  it("are not held up by load for another stack that goes to and fro either", async () => {
    const parts = file(
      "swinging.ts",
      `export default { settings: { "send.limit": 1000 }, send: (function* () {
        for (let n = 0; ; n += 1) yield { at: n % 2 + "s", to: "aws_sqs_queue.mail", messages: [{ id: "m" + n, body: n }] };
      })() };`,
    );
    const args = ["rehearse", output("two", { a: workStack, b: renamed }), "--scenario", parts];
    const { status, out, err } = await holdfast(args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(/swinging\.ts: send\[1001\]: more than 1000 entries at 1s/);
  });

  it("refuse a redrive between them: no stack has both of its queues", async () => {
    const redrives = [{ at: "1h", from: "aws_sqs_queue.extra", to: queue }];
    const extra = JSON.parse(JSON.stringify(renamed).replaceAll("letters", "extra")) as object;
    const { status, out, err } = await outOf(output("apart", { a: workStack, b: extra }), { redrives });
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(
      /parts\.json: redrives\[0\]: aws_sqs_queue\.extra and aws_sqs_queue\.work are in different stacks/,
    );
  });

  it("say the file and the place of an address that is in none of them", async () => {
    const source = output("two", { a: workStack, b: renamed });
    const { status, out, err } = await outOf(source, {
      functions: { [fn]: { outcomes: [] }, "aws_lambda_function.mail": { outcomes: [] } },
      send: [
        { at: "0s", to: "aws_sqs_queue.mail", messages: [] },
        { at: "0s", to: "aws_sqs_queue.none", messages: [] },
      ],
    });
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(/parts\.json: send\[1\]\.to: no such address aws_sqs_queue\.none/);
    const nobody = await outOf(source, { functions: { "aws_lambda_function.none": { outcomes: [] } } });
    expect(nobody.err).toMatch(/parts\.json: functions: no such function aws_lambda_function\.none/);
  });

  it("are a list, and end with 0, where one has no event path; with 1 where none has", async () => {
    const mixed = await holdfast(["rehearse", output("mixed", { a: bare, b: workStack }), "--json", "-"]);
    expect(mixed.status).toBe(0);
    expect(JSON.parse(mixed.out)).toMatchObject([
      { stack: "a", totals: { sent: 0 } },
      { stack: "b", totals: { sent: 10 } },
    ]);
    const text = await holdfast(["rehearse", join(folder, "mixed")]);
    expect([text.status, text.out]).toEqual([0, expect.stringContaining("a: no event path to rehearse\n")]);
    expect((await holdfast(["rehearse", output("bares", { a: bare, b: bare })])).status).toBe(1);
  });
});

it("ends with 2 for a source that cannot be read, and for options that cannot", async () => {
  for (const args of [
    ["rehearse", join(folder, "nowhere")],
    ["rehearse", folder, "--seed", "x"],
    ["rehearse", folder, "--until", "2"],
    ["rehearse", folder, "--events", "some"],
    ["rehearse", folder, "--scenario", join(folder, "nowhere.json")],
  ]) {
    const { status, out, err } = await holdfast(args);
    expect([args, status, out]).toEqual([args, 2, ""]);
    expect(err).toMatch(/^holdfast: [^\n]+\n$/);
  }
});

it.each([
  ["the generated scenario", []],
  ["a scenario of its own", ["--scenario", join(folder, "scenario.json"), "--events", "all"]],
])("gives the same bytes in another time zone, locale, directory and umask: %s", async (_, scenarios) => {
  const args = ["rehearse", folder, "--json", "-", "--seed", "3", ...scenarios];
  const plain = await holdfast(args);
  const mask = process.umask(0o077);
  try {
    const env = { ...process.env, TZ: "Pacific/Apia", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" };
    const elsewhere = await holdfast(args, { cwd: tmpdir(), env });
    expect(elsewhere.out).toBe(plain.out);
  } finally {
    process.umask(mask);
  }
  expect(plain.out.length).toBeGreaterThan(1_000);
});

describe("a module", () => {
  const body = `functions: { "${fn}": { outcomes: [] } }, send: [{ at: "0s", to: "${queue}", messages: [{ id: "m", body: 1 }] }]`;
  const played = async (name: string, text: string): Promise<Ended> =>
    await holdfast(["rehearse", folder, "--scenario", file(`${name}.ts`, text), "--json", "-"]);

  it("may export a promise of the scenario", async () => {
    const { status, out, err } = await played("promise", `export default Promise.resolve({ ${body} });`);
    expect([status, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ totals: { sent: 1, processed: 1 } });
  });

  it.each([
    ["a rejected promise", "export default Promise.reject(new Error('not today'));", /module\.ts: not today$/],
    ["a map", "export default new Map();", /module\.ts: an object of the class Map stands where a plain object/],
    ["an instance", "class Own {} export default new Own();", /module\.ts: an object of the class Own stands where/],
    ["a getter that throws", `export default { get send() { throw new Error("gone"); } };`, /module\.ts: .*: gone$/],
    [
      "a body that goes in a circle",
      `const c: Record<string, unknown> = {}; c.c = c; export default { send: [{ at: "0s", to: "${queue}", messages: [{ id: "m", body: c }] }] };`,
      /module\.ts: send\[0\]\.messages\[0\]\.body: cannot be written as JSON/,
    ],
    ["one that ends the process", "process.exit(0);", /no result: \S*module\.ts ended the process/],
    ["one that ends it with a status of its own", "process.exit(1);", /no result: \S*module\.ts ended the process/],
    ["one that ends it with the status of this", "process.exit(2);", /no result: \S*module\.ts ended the process/],
    [
      "one whose load ends it",
      `export default { functions: {}, send: (function* () { yield* []; process.exit(0); })() };`,
      /no result: \S*module\.ts ended the process/,
    ],
    [
      "one whose load never moves on",
      `export default { settings: { "send.limit": 1000 }, functions: { "${fn}": { outcomes: [] } }, send: (function* () {
        for (let n = 0; ; n += 1) yield { at: "1s", to: "${queue}", messages: [{ id: "m" + n, body: n }] };
      })() };`,
      /module\.ts: send\[1000\]: more than 1000 entries at 1s; .* or raise "send\.limit" in settings$/,
    ],
    [
      "one whose load writes one time in several ways",
      `export default { settings: { "send.limit": 1000 }, functions: { "${fn}": { outcomes: [] } }, send: (function* () {
        for (let n = 0; ; n += 1) yield { at: ["0s", "0ms", "0m"][n % 3], to: "${queue}", messages: [{ id: "m" + n, body: n }] };
      })() };`,
      /module\.ts: send\[1000\]: more than 1000 entries at 0ms; .* or raise "send\.limit" in settings$/,
    ],
    ["one that waits for ever", "export default new Promise(() => undefined);", /or waits for what never comes/],
  ])("ends with 2 and one line for %s", async (_, text, expected) => {
    const { status, out, err } = await played("module", text);
    expect([status, out]).toEqual([2, ""]);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err.trim()).toMatch(expected);
  });

  it("that leaves something running does not keep the process", async () => {
    const { status, out, err } = await played(
      "open",
      `setInterval(() => undefined, 1_000); export default { ${body} };`,
    );
    expect([status, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ totals: { processed: 1 } });
  });

  it("that throws late either ends the run, or changes nothing", async () => {
    for (const ms of [0, 1, 50]) {
      const { status, out } = await played(
        "late",
        `setTimeout(() => { throw new Error("late"); }, ${ms}); export default { ${body} };`,
      );
      if (status === 0) expect(JSON.parse(out)).toMatchObject({ totals: { processed: 1 } });
      else expect([status, out]).toEqual([2, ""]);
    }
  });
});

it("reads a scenario that begins with a byte order mark", async () => {
  const place = file("marked.json", `\uFEFF${JSON.stringify(scenario)}`);
  const { status, err } = await holdfast(["rehearse", folder, "--scenario", place]);
  expect([status, err]).toEqual([0, ""]);
});

it("ends with 2 and one line for a body that is nested too deep", async () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const place = file("deep.json", `{"send":[{"at":"0s","to":"${queue}","messages":[{"id":"m","body":${deep}}]}]}`);
  const { status, out, err } = await holdfast(["rehearse", folder, "--scenario", place]);
  expect([status, out]).toEqual([2, ""]);
  expect(err).toMatch(/deep\.json: send\[0\]\.messages\[0\]\.body: cannot be written as JSON: .*1000 levels\n$/);
});
