/**
 * `npm run e2e`: deploys the example's local environment with CDKTF's command line and Terraform to an emulator of AWS,
 * sends messages through each path, plans again, and destroys all of it.
 *
 * HOLDFAST_AWS_ENDPOINT: the URL of an emulator that runs already; nothing but cdktf-cli is then installed, and nothing
 * started. Progress goes to standard error, the report to standard output; its last line counts what passed and what
 * failed. The exit code is 0 if nothing failed.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipOrFail, type Terraform, terraform } from "../support/terraform.ts";
import { installCdktf } from "./cdktf.ts";
import { givenEndpoint } from "./endpoint.ts";
import { judge } from "./judge.ts";
import { findMinistack, NoPython, type Place, startMinistack } from "./ministack.ts";
import { notShown } from "./not-shown.ts";
import { killAll, stopAll } from "./processes.ts";
import { notShownLines, table, trafficTable, verdictLines } from "./report.ts";
import { runScenario, type Step } from "./scenario.ts";

const began = Date.now();
const secondsSince = (start: number): number => Math.round((Date.now() - start) / 1000);
const steps: [name: string, seconds: number][] = [];

function tell(text: string): void {
  process.stderr.write(`[${String(secondsSince(began)).padStart(4)} s] ${text}\n`);
}

const shown = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** After a signal nothing is begun any more, and what fails is not worth telling. */
let interrupted = false;

const step: Step = async (name, work) => {
  if (interrupted) throw new Error("interrupted");
  tell(name);
  const start = Date.now();
  try {
    return await work();
  } catch (error) {
    if (!interrupted) tell(`failed: ${shown(error)}`);
    throw error;
  } finally {
    steps.push([name, secondsSince(start)]);
  }
};

/** Runs all of it and prints the report. Returns how much failed. */
async function run(found: Terraform, work: string): Promise<number> {
  const given = givenEndpoint(process.env.HOLDFAST_AWS_ENDPOINT);
  const place: Place = { root: process.cwd(), log: join(work, "run.log"), env: found.env };
  const [cdktfCli, program] = await step("install what is missing", () =>
    Promise.all([installCdktf(place), given === undefined ? findMinistack(place) : undefined]),
  );
  tell(`cdktf-cli: ${cdktfCli}; emulator: ${program ?? given}`);
  const emulator =
    program === undefined
      ? undefined
      : await step("start MiniStack", () => startMinistack(program, { ...place, log: join(work, "ministack.log") }));

  const { findings, outcomes, complete } = await runScenario(
    found,
    place,
    emulator?.endpoint ?? given ?? "",
    work,
    step,
  );
  if (interrupted) return 1;
  const verdicts = judge(findings, notShown, { otherEmulator: given !== undefined, complete });
  const count = (kind: string): number => verdicts.filter((verdict) => verdict.kind === kind).length;
  const report = [
    trafficTable(outcomes),
    verdictLines(verdicts),
    `Not shown, since the emulator cannot (test/e2e/not-shown.ts):\n${notShownLines(verdicts, notShown)}`,
    table(["step", "s"], [...steps, ["total", secondsSince(began)]]),
    `${count("passed")} passed, ${count("failed")} failed`,
  ];
  process.stdout.write(`${report.join("\n\n")}\n`);
  return count("failed");
}

/** Keeps the logs of a run that failed, and shows the end of the emulator's where nobody can look at files. */
function keepLogs(work: string): void {
  tell(`logs: ${work}`);
  if (process.env.CI === undefined) return;
  try {
    const lines = readFileSync(join(work, "ministack.log"), "utf8").trimEnd().split("\n");
    process.stderr.write(`${lines.slice(-60).join("\n")}\n`);
  } catch {
    // It was not started.
  }
}

/** What is missing on the machine ends a run without a failure, except in CI. */
function skip(reason: string): number {
  skipOrFail(`npm run e2e: ${reason}`);
  process.stdout.write("0 passed, 0 failed\n");
  return 0;
}

/** What ends a run before there is a report. */
function giveUp(error: unknown, log: string | undefined): number {
  if (interrupted) return 1;
  if (log !== undefined) appendFileSync(log, `\n${shown(error)}\n`);
  process.stderr.write(`${shown(error)}\n`);
  process.stdout.write("0 passed, 1 failed\n");
  return 1;
}

/** Runs in a temporary folder of its own, which stays if something failed, and ends all processes in the end. */
async function runIn(work: string, found: Terraform): Promise<number> {
  const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(signals)) {
    process.once(signal, () => {
      tell(`${signal}: stopping`);
      interrupted = true;
      void stopAll().finally(() => {
        rmSync(work, { recursive: true, force: true });
        process.exit(code);
      });
    });
  }
  process.once("exit", killAll);
  const failed = await run(found, work)
    .catch((error: unknown) => {
      if (error instanceof NoPython) return skip(error.message);
      throw error;
    })
    .catch((error: unknown) => giveUp(error, join(work, "run.log")));
  await stopAll();
  if (failed > 0) keepLogs(work);
  else rmSync(work, { recursive: true, force: true });
  return failed;
}

/** Returns how much failed. */
async function main(): Promise<number> {
  // The SDK's announcement of the Node version that it will need is nothing that a run could mend.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const found = terraform();
  if (found !== undefined) return runIn(mkdtempSync(join(tmpdir(), "holdfast-e2e-")), found);
  return skip("there is no terraform on PATH");
}

process.exitCode = (await main().catch((error: unknown) => giveUp(error, undefined))) > 0 ? 1 : 0;
