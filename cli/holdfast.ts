#!/usr/bin/env node
/** The `holdfast` command. */
import { readFileSync } from "node:fs";
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { severities } from "../checks/rule.ts";
import { runCheck } from "./check.ts";
import { runPaths } from "./paths.ts";
import { runRehearse } from "./rehearse.ts";
import { failed, guarded, processTerminal, widthOf } from "./terminal.ts";

/** As it is now: a module of a scenario is given another one. */
const written = process.stdout.write.bind(process.stdout);
const terminal = processTerminal();
const version = ownVersion();

// What nothing else catches must not end with 1, which means findings.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error: unknown) => {
    playing = false;
    process.exit(failed(terminal, error));
  });
}

// A scenario's module may end the process, or wait for what never comes: no status of it may pass for a result's.
let playing = false;
let scenarioModule: string | undefined;
process.on("exit", () => {
  if (!playing) return;
  const who = scenarioModule ?? "something";
  terminal.err(`holdfast: there is no result: ${who} ended the process, or waits for what never comes\n`);
  process.exitCode = 2;
});

const source = new Argument(
  "[source]",
  "a directory with cdk.tf.json or *.tf files, the output folder of a synth, or a file of terraform show -json (a plan or a state); left out: the stacks of the last synth",
);

const program = new Command("holdfast")
  .description("Reads any Terraform configuration as event paths, and names what will lose, block or repeat events.")
  .version(version)
  .configureHelp({ helpWidth: widthOf(terminal) })
  .configureOutput({ outputError: (text, write) => write(usageError(text)) })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .addHelpText(
    "after",
    `
Exit status: 0 all is well, 1 findings or lost events, 2 it could not be done.
With HOLDFAST_DEBUG=1 an error is shown with its stack.`,
  );

program
  .command("paths")
  .description("show every event path: from its source to the function, with retries, ages and nets")
  .addArgument(source)
  .addOption(new Option("--json", "as JSON").conflicts("mermaid"))
  .option("--mermaid", "as a Mermaid flowchart, with a subgraph for each of several stacks")
  .addHelpText(
    "after",
    `
Examples:
  holdfast paths                    the stacks of the last synth
  holdfast paths infrastructure/    a directory of *.tf files, resolved by
                                    Terraform without credentials
  terraform show -json plan.out > plan.json
  holdfast paths plan.json --mermaid

Exit status:
  0  it is shown
  2  the source could not be used`,
  )
  .action(async (given, options) => {
    process.exitCode = await guarded(terminal, async () => await runPaths(given, options, terminal));
  });

program
  .command("check")
  .description("judge every event path, most severe finding first")
  .addArgument(source)
  .addOption(new Option("--json", "as JSON").conflicts("sarif"))
  .option("--sarif", "as SARIF 2.1.0, for code scanning")
  .addOption(
    new Option("--fail-on <severity>", "least severe finding that fails")
      .choices(severities)
      .default("warning" as const),
  )
  .option(
    "--acknowledgements <file>",
    "acknowledged findings of all stacks (default: holdfast.json beside each configuration)",
  )
  .addHelpText(
    "after",
    `
Exit status:
  0  no finding at or above --fail-on that is not acknowledged
  1  there is one
  2  the source could not be used

To live with a finding, say why, in holdfast.json beside the configuration:
  { "acknowledge": [ { "id": "H21", "address": "aws_sqs_queue.orders",
                       "reason": "orders are independent" } ] }

Every rule is described in docs/checks.md.`,
  )
  .action(async (given, options) => {
    process.exitCode = await guarded(terminal, async () => await runCheck(given, { ...options, version }, terminal));
  });

program
  .command("rehearse")
  .description("play failures through every event path on a virtual clock, and say where every event ends")
  .addArgument(source)
  .option(
    "--scenario <file>",
    "what to play: JSON, or a module; may be repeated (default: ten events on each path, one of them poison)",
    (file: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), file],
  )
  .option("--seed <n>", "seed of everything random (default: the scenario's, else 1)")
  .option("--until <duration>", "virtual time to play, such as 2h (default: until nothing can change, at most 14d)")
  .addOption(
    new Option("--events <which>", "failed leaves out what was processed at the first attempt")
      .choices(["all", "failed"] as const)
      .default("all" as const),
  )
  .option("--json <file>", "the whole result as JSON into a file, or - for standard output")
  .addHelpText(
    "after",
    `
Examples:
  holdfast rehearse                           the stacks of the last synth
  holdfast rehearse infrastructure/ --scenario outage.json
  holdfast rehearse plan.json --json - | jq .totals

Of several stacks, each is played what a scenario says of its own addresses.

Exit status:
  0  it ran, and every event was accounted for
  1  it ran, and an event was lost (each is named); or no stack has an event
     path
  2  the source or the scenario could not be used, or the result not written

What is played, and what AWS does not document: docs/fidelity.md.
Scenarios: docs/rehearsal.md.`,
  )
  .action(async (given, options) => {
    playing = true;
    const running = (file: string): void => void (scenarioModule = file);
    const status = await guarded(terminal, async () => await runRehearse(given, options, terminal, running));
    playing = false;
    // What a module has left running must neither keep the process nor change its status.
    written("", () => process.exit(status));
  });

await program.parseAsync();

/** A usage error in one line: what is wrong, and where what would be right is written. */
function usageError(text: string): string {
  const [given = ""] = process.argv.slice(2);
  const command = program.commands.some((one) => one.name() === given) ? ` ${given}` : "";
  const what = text
    .replace(/^error: /, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/\.$/, "");
  return `holdfast: ${what}; see holdfast${command} --help\n`;
}

/** From the package's own package.json, two folders up in `dist` and one in the sources. */
function ownVersion(): string {
  for (const place of ["../package.json", "../../package.json"]) {
    try {
      const match = /"version": "([^"]+)"/.exec(readFileSync(new URL(place, import.meta.url), "utf8"));
      if (match?.[1] !== undefined) return match[1];
    } catch {
      // the other place
    }
  }
  return "unknown";
}
