/** What a construct acknowledges at synth, the check takes as acknowledged, and reports once when it means nothing. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { App, TerraformStack } from "cdktf";
import { acknowledge, configure, QueueConsumer, zip } from "../../modules/index.ts";
import { temporaryFolder, zipFile } from "../support/fixtures.ts";

interface Result {
  readonly findings: readonly { readonly id: string; readonly address: string; readonly acknowledged: string | null }[];
}

/** Synthesizes a FIFO consumer, acknowledges of it what is asked, and has the command check it. */
function check(acknowledged: readonly (readonly [string, string])[]): {
  readonly result: Result;
  readonly said: string;
} {
  const outdir = temporaryFolder();
  const app = new App({ outdir });
  const stack = new TerraformStack(app, "shop");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  configure(stack, { notify: "arn:aws:sns:eu-west-1:111122223333:incidents" });
  const code = zip(zipFile(), { handler: "index.handler", runtime: "nodejs22.x" });
  const consumer = new QueueConsumer(stack, "shipments", { code, fifo: true });
  for (const [id, reason] of acknowledged) acknowledge(consumer, id, reason);
  app.synth();
  const source = join(outdir, "stacks", "shop");
  const command = ["--import", "tsx", "cli/holdfast.ts", "check", source];
  const json = execFileSync(process.execPath, [...command, "--json"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = execFileSync("/bin/sh", ["-c", '"$@" 2>&1', "sh", process.execPath, ...command], { encoding: "utf8" });
  return { result: JSON.parse(json) as Result, said };
}

test("a finding of a construct is acknowledged with its reason, and nothing else is reported", () => {
  const { result, said } = check([["H21", "a shipment may overtake one that nobody can send"]]);
  const finding = result.findings.find(({ id }) => id === "H21");
  expect(finding?.acknowledged).toBe("a shipment may overtake one that nobody can send");
  expect(said).not.toMatch(/matches no finding|matches nothing/);
});

test("without it the finding stands", () => {
  const { result } = check([]);
  expect(result.findings.find(({ id }) => id === "H21")?.acknowledged).toBeNull();
});

test("one that matches nothing is reported, once", () => {
  const { said } = check([["H1", "an old worry"]]);
  expect(said.match(/an old worry|H1\b/g)?.length ?? 0).toBeGreaterThan(0);
  expect(said.split("\n").filter((line) => /H1\b/.test(line))).toHaveLength(1);
});
