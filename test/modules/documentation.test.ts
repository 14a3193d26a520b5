/** The documents of the constructs show programs that run, and say what is so. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { queueConsumerDefaults } from "../../modules/queue-consumer/defaults.ts";
import { queueConsumerProps } from "../../modules/queue-consumer/props.ts";
import { temporaryFolder } from "../support/fixtures.ts";
import { snippetProblems, snippetsOf } from "../support/snippets.ts";

const page = "docs/modules/queue-consumer.md";
const text = readFileSync(page, "utf8");

/** The cells of a table's rows, without the code marks. */
function table(heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

interface Synthesized {
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  readonly output: Record<string, unknown>;
}

/** Runs an example as a user would, and reads the stack that it synthesized. */
function synthesized(program: string): Synthesized {
  const outdir = temporaryFolder();
  execFileSync(process.execPath, ["--import", "tsx", program], {
    env: { ...process.env, CDKTF_OUTDIR: outdir },
    stdio: "pipe",
  });
  return JSON.parse(readFileSync(join(outdir, "stacks", "shop", "cdk.tf.json"), "utf8")) as Synthesized;
}

test.each(["README.md", page])("%s shows the files that are compiled and run, and no other code", (document) => {
  expect(snippetProblems(document, ".")).toEqual([]);
});

test("every region of the example is shown", () => {
  const regions = [...readFileSync("examples/modules/queue-consumers.ts", "utf8").matchAll(/#region (.+)/g)];
  const shown = ["README.md", page].flatMap((document) => snippetsOf(readFileSync(document, "utf8")));
  expect(regions.length).toBeGreaterThan(5);
  for (const [, region] of regions) {
    expect(shown.map(({ file }) => file)).toContain(`examples/modules/queue-consumers.ts#${region}`);
  }
});

describe("the minimal example", () => {
  const { resource, output } = synthesized("examples/modules/minimal.ts");

  test("creates what the page lists, and nothing else", () => {
    const listed = table("What it creates").flatMap(([address = ""]) =>
      [...address.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    );
    const made = Object.entries(resource).flatMap(([type, named]) =>
      Object.keys(named).map((name) => `${type}.${name}`),
    );
    // The log group is named in the function's row.
    expect([...listed, "aws_cloudwatch_log_group.payments"].toSorted()).toEqual(made.toSorted());
  });

  test("has the outputs that the page names", () => {
    const named = [...text.matchAll(/`(payments_[a-z_]+)`/g)].map(([, name = ""]) => name);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(output).toSorted());
  });
});

describe("the other examples", () => {
  const { resource } = synthesized("examples/modules/queue-consumers.ts");
  const queue = (name: string) => resource.aws_sqs_queue?.[name];
  const mapping = (name: string) => resource.aws_lambda_event_source_mapping?.[name];

  test("figures are derived", () => {
    expect(queue("refunds")).toMatchObject({
      visibility_timeout_seconds: 6 * 120 + 20,
      message_retention_seconds: 604_800,
    });
    expect(mapping("refunds")).toMatchObject({ batch_size: 100, scaling_config: { maximum_concurrency: 5 } });
    expect(queue("reports")).toMatchObject({ visibility_timeout_seconds: "${(6 * var.timeout)}" });
  });

  test("a FIFO queue has a FIFO dead-letter queue", () => {
    expect(queue("shipments")).toMatchObject({ fifo_queue: true, content_based_deduplication: true });
    expect(queue("shipments_dead_letter")).toMatchObject({ fifo_queue: true });
  });

  test("responses reach the mapping", () => {
    expect(mapping("refunds")).toMatchObject({ function_response_types: ["ReportBatchItemFailures"] });
    expect(mapping("labels")).toMatchObject({ batch_size: 1 });
    expect(mapping("labels")).not.toHaveProperty("function_response_types");
    expect(mapping("ledger")).not.toHaveProperty("function_response_types");
  });

  test("of an existing queue nothing is made", () => {
    expect(queue("legacy")).toBeUndefined();
    expect(queue("legacy_dead_letter")).toBeUndefined();
    expect(resource.aws_lambda_function?.legacy).toBeUndefined();
    expect(resource.aws_cloudwatch_metric_alarm?.legacy_dead_letter_depth).toMatchObject({
      dimensions: { QueueName: "legacy-failures" },
    });
  });

  test("overrides win", () => {
    expect(resource.aws_cloudwatch_metric_alarm?.orders_dead_letter_depth).toMatchObject({ threshold: 10 });
    expect(queue("orders")).toMatchObject({ delay_seconds: 5 });
  });

  test("the archive holds the code beside it", () => {
    const files = unzipSync(readFileSync("examples/modules/invoices.zip"));
    expect(strFromU8(files["app.py"] ?? new Uint8Array())).toBe(
      readFileSync("examples/modules/invoices/app.py", "utf8"),
    );
  });
});

describe("the table of props", () => {
  const rows = table("Props");
  const defaultOf = (prop: string) => rows.find(([name]) => name === `\`${prop}\``)?.[2];

  test("has every prop", () => {
    expect(rows.map(([name = ""]) => name.replaceAll("`", "")).toSorted()).toEqual(
      Object.keys(queueConsumerProps).toSorted(),
    );
  });

  test("has the defaults that the construct takes", () => {
    const { timeoutSeconds, retentionSeconds, memory, logRetentionDays, maxReceiveCount, batchSize } =
      queueConsumerDefaults;
    expect(defaultOf("timeout")).toBe(`${timeoutSeconds} s`);
    expect(defaultOf("retention")).toBe(`${retentionSeconds / 86_400} days`);
    expect(defaultOf("memory")).toBe(String(memory));
    expect(defaultOf("logRetentionDays")).toBe(String(logRetentionDays));
    expect(defaultOf("maxReceiveCount")).toBe(String(maxReceiveCount));
    expect(defaultOf("batchSize")).toBe(String(batchSize));
    for (const prop of ["architecture", "tracing", "rolePath", "response", "alarms"] as const) {
      expect(defaultOf(prop)).toBe(`\`"${queueConsumerDefaults[prop]}"\``);
    }
  });
});
