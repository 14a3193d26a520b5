/**
 * `npm start`: bundles and synthesizes every stack, as JSON and as HCL, and says of each consumer what it made and where
 * its failed messages end.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { TerraformResource, TerraformStack } from "cdktf";
import { QueueConsumer } from "../modules/index.ts";

const outdir = "cdktf.out";
const hclOutdir = join(outdir, "hcl");

const bold = (text: string): string => (process.stdout.isTTY ? styleText("bold", text) : text);

/** Seconds as a person says them. */
function span(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return `${seconds} s`;
}

function describe(consumer: QueueConsumer): string[] {
  const { figures, mapping } = consumer;
  const made = consumer.node.findAll().filter((child) => TerraformResource.isTerraformResource(child));
  const type = consumer.queue?.fifoQueueInput === true ? "FIFO queue" : "standard queue";
  const net =
    consumer.deadLetterQueue === undefined
      ? consumer.deadLetterQueueArn
      : `aws_sqs_queue.${consumer.deadLetterQueue.friendlyUniqueId}`;
  const retention = consumer.deadLetterQueue?.messageRetentionSecondsInput;
  return [
    `${type}, batches of ${mapping.batchSizeInput}, ${mapping.functionResponseTypesInput === undefined ? "whole batches" : "only failed messages"} come back`,
    `made: ${made.length} resources`,
    `a message that fails is received ${figures.maxReceiveCount} times, ${span(figures.visibility)} apart,`,
    `then stands in ${net}${retention === undefined ? "" : `, kept for ${span(retention)}`}`,
    `alarms: a message stands there; the oldest message is ${span(figures.oldestMessageAge)} old`,
  ];
}

try {
  process.env.CDKTF_OUTDIR = outdir;
  const { app } = await import("../main.ts");
  execFileSync(process.execPath, ["--import", "tsx", "main.ts"], {
    env: { ...process.env, CDKTF_OUTDIR: hclOutdir, SYNTH_HCL_OUTPUT: "true" },
    stdio: ["ignore", "inherit", "inherit"],
  });

  const stacks = app.node.children.filter((child) => TerraformStack.isStack(child));
  for (const folder of [join(outdir, "stacks"), join(hclOutdir, "stacks")]) removeOthers(folder, stacks);
  for (const stack of stacks) {
    console.log(bold(stack.node.id));
    for (const consumer of stack.node.findAll().filter((child) => child instanceof QueueConsumer)) {
      const [first, ...rest] = describe(consumer);
      console.log(`  ${consumer.node.id.padEnd(12)}${first}`);
      for (const line of rest) console.log(`${" ".repeat(14)}${line}`);
    }
    console.log();
  }
  console.log(
    `${stacks.length} stacks are in ${join(outdir, "stacks")} as JSON and in ${join(hclOutdir, "stacks")} as HCL.`,
  );
  console.log("Deploy one: npx cdktf-cli@0.21.0 deploy shop-staging");
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
