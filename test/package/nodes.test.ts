/**
 * The same bytes from every Node that is supported: the committed example's rehearsal, a scenario with generated load,
 * and random worlds, each in another time zone, locale, directory and umask. The other Nodes are npm packages.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { bundling } from "../support/program.ts";
import { skipTests } from "../support/terraform.ts";
import { workStack } from "../support/work-stack.ts";
import { describeWithRegistry, progress, run } from "./commands.ts";

const root = dirname(dirname(__dirname));
/** Beside the packages that the programs import. */
const cache = join(root, "node_modules", ".cache", "holdfast", `nodes-${process.pid}`);

/** Major versions, each with surroundings of its own. */
const nodes = [
  { major: 20, TZ: "UTC", locale: "C", umask: 0o022 },
  { major: 22, TZ: "Pacific/Apia", locale: "tr_TR.UTF-8", umask: 0o077 },
  { major: 24, TZ: "Asia/Kolkata", locale: "de_DE.UTF-8", umask: 0o002 },
] as const;
type Node = (typeof nodes)[number];

const everything = ["--json", "-", "--events", "all"] as const;

/** Plays random worlds, and prints a hash of their results. */
const digest = `
  import { createHash } from "node:crypto";
  import * as fc from "fast-check";
  import { playWorld } from "./test/rehearsal/worlds/judge.ts";
  import { worldForm } from "./test/rehearsal/worlds/plan.ts";
  import { build } from "./test/rehearsal/worlds/world.ts";
  const hash = createHash("sha256");
  for (const form of fc.sample(worldForm, { numRuns: 300, seed: 1 })) {
    hash.update(JSON.stringify((await playWorld(build(form))).result));
  }
  console.log(hash.digest("hex"));
`;

/** Two queues and a stream of Poisson arrivals, some of which fail: waits, moves, jitter and times of every kind. */
const load = `
  import { bursts, poissonArrivals, together } from ${JSON.stringify(join(root, "rehearsal", "index.ts"))};
  const list = (name) => (n) => ({ messages: [{ id: name + n, body: n % 7 === 0 ? "poison" : "fine" }] });
  export default {
    seed: 7,
    functions: {
      "aws_lambda_function.work": { outcomes: [{ when: { contains: "poison" }, then: "timeout" }] },
    },
    faults: [{ at: "10s", for: "20s", throttle: "aws_lambda_function.work" }],
    settings: { "async.throttleBase": 1.5 },
    send: together(
      poissonArrivals({ to: "aws_sqs_queue.work", for: "60s", perSecond: 20, seed: 3, make: list("p") }),
      bursts({ to: "aws_sqs_queue.work", for: "60s", every: "7s", size: 30, make: list("b") }),
    ),
  };
`;

function tests(): void {
  let temporary: string;

  /** Runs a program on one of the Nodes. @returns its standard output. @throws where it says anything else. */
  async function on({ major, TZ, locale, umask }: Node, program: string, ...args: string[]): Promise<string> {
    const node = join(temporary, "node_modules", `node${major}`, "bin", "node");
    const cwd = mkdtempSync(join(temporary, `on-${major}-`));
    const before = process.umask(umask);
    try {
      return await new Promise((done, fail) => {
        const env = { PATH: process.env.PATH, HOME: process.env.HOME, TZ, LANG: locale, LC_ALL: locale };
        execFile(node, [program, ...args], { cwd, env, maxBuffer: 2 ** 28 }, (error, out, said) => {
          if (error === null) done(out);
          else fail(new Error(`Node ${major}: ${error.message}\n${said}`));
        });
      });
    } finally {
      process.umask(before);
    }
  }

  /** What all Nodes print. */
  async function everywhere(program: string, ...args: string[]): Promise<readonly string[]> {
    const printed: string[] = [];
    for (const node of nodes) printed.push(await on(node, program, ...args));
    return printed;
  }

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), "holdfast-nodes-"));
    progress(`Node ${nodes.map(({ major }) => major).join(", ")}: installing`);
    writeFileSync(join(temporary, "package.json"), "{}");
    const packages = nodes.map(({ major }) => `node${major}@npm:node-linux-${process.arch}@${major}`);
    await run(temporary, "npm", "install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund", ...packages);
    mkdirSync(cache, { recursive: true });
    await build({ ...bundling, entryPoints: [join(root, "cli", "holdfast.ts")], outfile: join(cache, "holdfast.mjs") });
    await build({
      ...bundling,
      stdin: { contents: digest, resolveDir: root, loader: "ts" },
      outfile: join(cache, "worlds.mjs"),
    });
  });
  afterAll(() => {
    rmSync(temporary, { recursive: true, force: true });
    rmSync(cache, { recursive: true, force: true });
  });

  test("they are what they are said to be", async () => {
    writeFileSync(join(cache, "version.mjs"), "console.log(process.versions.node, new Date(0).getTimezoneOffset());");
    const versions = await everywhere(join(cache, "version.mjs"));
    expect(versions.map((line) => Number.parseInt(line, 10))).toEqual(nodes.map(({ major }) => major));
    // The surroundings have arrived: each has another offset.
    expect(new Set(versions.map((line) => line.split(" ")[1])).size).toBe(nodes.length);
  });

  test("the committed example's rehearsal", async () => {
    progress("synthesizing the example");
    const outdir = join(temporary, "cdktf.out");
    await run(root, "env", `CDKTF_OUTDIR=${outdir}`, process.execPath, "--import", "tsx", "main.ts");
    const stacks = readdirSync(join(outdir, "stacks"));
    expect(stacks.length).toBeGreaterThan(1);
    for (const stack of stacks) {
      const source = join(outdir, "stacks", stack);
      const [first = "", ...others] = await everywhere(join(cache, "holdfast.mjs"), "rehearse", source, ...everything);
      expect(JSON.parse(first)).toMatchObject({ stack, totals: { dropped: 0, expired: 0 } });
      expect(first.length).toBeGreaterThan(10_000);
      for (const other of others) expect(other).toBe(first);
    }
  });

  test("a scenario with generated load", async () => {
    const source = join(temporary, "work");
    mkdirSync(source);
    writeFileSync(join(source, "cdk.tf.json"), JSON.stringify(workStack));
    const scenario = join(temporary, "load.mjs");
    writeFileSync(scenario, load);
    const [first = "", ...others] = await everywhere(
      join(cache, "holdfast.mjs"),
      "rehearse",
      source,
      "--scenario",
      scenario,
      ...everything,
    );
    const { totals } = JSON.parse(first) as { readonly totals: Readonly<Record<string, number>> };
    expect(totals.sent).toBeGreaterThan(1_300);
    expect(totals.retained).toBeGreaterThan(100);
    for (const other of others) expect(other).toBe(first);
  });

  test("random worlds", async () => {
    const hashes = await everywhere(join(cache, "worlds.mjs"));
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}\n$/);
    expect(new Set(hashes).size).toBe(1);
  });
}

const name = "the same bytes from every Node";
// These packages have the binaries of Linux; other systems' have other names.
if (process.platform === "linux") describeWithRegistry(name, tests);
else skipTests(name, "the packages with other Nodes are for Linux");
