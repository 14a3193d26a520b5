/**
 * `npm start`: bundles and synthesizes every stack, as JSON and as HCL, shows the event paths in them and where their
 * failures end, judges them, and rehearses the first environment: a warning or a lost event sets the exit status.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TerraformStack } from "cdktf";
import { runCheck } from "../cli/check.ts";
import { runPaths } from "../cli/paths.ts";
import { runRehearse } from "../cli/rehearse.ts";
import { guarded, processTerminal } from "../cli/terminal.ts";

const outdir = "cdktf.out";
const hclOutdir = join(outdir, "hcl");

try {
  process.env.CDKTF_OUTDIR = outdir;
  const { app } = await import("../main.ts");
  execFileSync(process.execPath, ["--import", "tsx", "main.ts"], {
    env: { ...process.env, CDKTF_OUTDIR: hclOutdir, SYNTH_HCL_OUTPUT: "true" },
    stdio: ["ignore", "inherit", "inherit"],
  });

  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  for (const folder of [join(outdir, "stacks"), join(hclOutdir, "stacks")]) removeOthers(folder, stacks);
  console.log(
    `${stacks.length} stacks are in ${join(outdir, "stacks")} as JSON and in ${join(hclOutdir, "stacks")} as HCL.`,
  );
  console.log("Deploy one: npx cdktf-cli@0.21.0 deploy shop-staging\n");

  const terminal = processTerminal();
  await guarded(terminal, async () => await runPaths(outdir, {}, terminal));
  console.log();
  const judge = { failOn: "warning", version: "" } as const;
  process.exitCode = await guarded(terminal, async () => await runCheck(outdir, judge, terminal));

  // One environment is enough to show: the others differ in figures only.
  const [first] = stacks;
  if (first !== undefined) {
    console.log();
    const stack = join(outdir, "stacks", first.node.id);
    const rehearsed = await guarded(terminal, async () => await runRehearse(stack, {}, terminal));
    if (process.exitCode === 0) process.exitCode = rehearsed;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** What an earlier synth left of stacks that are no more would be taken for one of them. */
function removeOthers(folder: string, stacks: readonly TerraformStack[]): void {
  const known = new Set(stacks.map((stack) => stack.node.id));
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!known.has(name)) rmSync(join(folder, name), { recursive: true });
  }
}
