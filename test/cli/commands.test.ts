import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCheck } from "../../cli/check.ts";
import { runPaths } from "../../cli/paths.ts";
import { guarded } from "../../cli/terminal.ts";
import { bucketPath, type Config, eventPath, queuePath, synthesized } from "../support/configurations.ts";
import { planOf } from "../support/planned.ts";
import { sarifLog } from "../support/sarif.ts";
import { describeWithTerraform, type Terraform } from "../support/terraform.ts";
import { twins } from "../support/twins.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process, as the program would. */
async function run(
  command: "paths" | "check",
  source: string,
  options: object = {},
  env?: NodeJS.ProcessEnv,
): Promise<Ran> {
  const written = { out: "", err: "" };
  const terminal = {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
    colour: false,
    ...(env === undefined ? {} : { terraform: { env } }),
  };
  const given = { failOn: "warning" as const, version: "1.2.3", ...options };
  const status = await guarded(terminal, async () =>
    command === "paths" ? await runPaths(source, options, terminal) : await runCheck(source, given, terminal),
  );
  return { status, ...written };
}

function stack(name: string, config: Config): string {
  const directory = join(place, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "cdk.tf.json"), synthesized(config));
  return directory;
}

function broken(id: string): Config {
  const twin = twins.find((one) => one.id === id);
  if (twin === undefined) throw new Error(`no twin of ${id}`);
  return twin.shows();
}

test.each(["paths", "check"] as const)(
  "%s says on standard error of a plan that its directory tells more",
  async (command) => {
    const refers = { expressions: { arn: { references: ["local.targets"] } } };
    const target = { type: "aws_cloudwatch_event_target", name: "t", after: { rule: "r" }, unknown: { arn: true } };
    const file = join(place, "plan.json");
    writeFileSync(
      file,
      JSON.stringify(planOf({ type: "aws_cloudwatch_event_rule", name: "r" }, { ...target, ...refers })),
    );
    const { status, out, err } = await run(command, file, { json: true, failOn: "error" });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ stack: "plan" });
    expect(err).toMatch(/^holdfast: .*plan\.json: 1 of 1 ends are not known in this plan; [^\n]*\n$/);
  },
);

describe("paths", () => {
  test("gives the shape that others build on", async () => {
    const { status, out } = await run("paths", stack("photos", bucketPath()), { json: true });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual({
      stack: "photos",
      paths: [
        {
          source: "aws_s3_bucket.photos",
          through: ["aws_sqs_queue.photos"],
          end: "aws_lambda_function.resizer",
          consumer: "aws_lambda_function.resizer",
          qualifier: "$LATEST",
          mapping: "aws_lambda_event_source_mapping.photos",
          settings: {
            enabled: true,
            batchSize: 10,
            maximumBatchingWindowInSeconds: 0,
            functionResponseTypes: ["ReportBatchItemFailures"],
            filterCriteria: [],
            maximumConcurrency: 10,
            visibilityTimeout: 60,
            messageRetentionPeriod: 345_600,
            delaySeconds: 0,
            maxReceiveCount: 5,
          },
          delivery: {},
          deliveries: [],
          nets: [
            {
              kind: "redrive-policy",
              at: "aws_sqs_queue.photos",
              to: "aws_sqs_queue.photos_dlq",
              permission: "granted",
            },
          ],
        },
      ],
      assumptions: [],
      notUnderstood: [],
    });
  });

  test("shows delivery and both nets of an event path, and fits 80 columns", async () => {
    const { out } = await run("paths", stack("shop", eventPath()));
    expect(out).toMatchSnapshot();
    expect(out.split("\n").filter((line) => Array.from(line).length > 80)).toEqual([]);
    expect(out).not.toContain("\u001b");
  });

  test("draws a flowchart", async () => {
    expect((await run("paths", stack("shop", eventPath()), { mermaid: true })).out).toMatchSnapshot();
  });

  test("draws several stacks as one", async () => {
    stack(join("stacks", "b"), queuePath());
    stack(join("stacks", "a"), eventPath());
    const { out } = await run("paths", place, { mermaid: true });
    expect(out.match(/^flowchart/gm)).toHaveLength(1);
    expect(out.match(/^ {2}subgraph /gm)).toHaveLength(2);
  });

  test("gives a list for several stacks, in order of name", async () => {
    stack(join("stacks", "b"), queuePath());
    stack(join("stacks", "a"), eventPath());
    const { out } = await run("paths", place, { json: true });
    const results: unknown = JSON.parse(out);
    expect(results).toEqual([expect.objectContaining({ stack: "a" }), expect.objectContaining({ stack: "b" })]);
  });
});

describe("check", () => {
  test("passes a clean configuration, whatever the advice", async () => {
    expect(await run("check", stack("clean", queuePath()))).toEqual({
      status: 0,
      out: expect.stringContaining("nothing found"),
      err: "",
    });
  });

  test("fails on a warning, with its witness", async () => {
    const { status, out } = await run("check", stack("work", broken("H2")), { json: true });
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      stack: "work",
      findings: [
        {
          id: "H2",
          severity: "warning",
          address: "aws_sqs_queue.work",
          path: 0,
          message: "visibility timeout 30 s is below 6 × 10 s = 60 s",
          fix: "visibility_timeout_seconds = 60",
          acknowledged: null,
        },
      ],
    });
  });

  test("fails only from the severity that is asked for", async () => {
    const [warning, advice] = [stack("w", broken("H2")), stack("i", broken("H14"))];
    expect((await run("check", warning, { failOn: "error" })).status).toBe(0);
    expect((await run("check", advice)).status).toBe(0);
    expect((await run("check", advice, { failOn: "advice" })).status).toBe(1);
  });

  test("takes acknowledgements beside the configuration, and reports those that match nothing", async () => {
    const directory = stack("work", broken("H2"));
    const acknowledge = [
      { id: "H2", address: "aws_sqs_queue.work", reason: "the function never runs that long" },
      { id: "H6", address: "aws_sqs_queue.gone", reason: "was here once" },
    ];
    writeFileSync(join(directory, "holdfast.json"), JSON.stringify({ acknowledge }));
    const { status, out } = await run("check", directory, { json: true });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      findings: [{ id: "H2", acknowledged: "the function never runs that long" }],
      unmatchedAcknowledgements: [{ id: "H6", address: "aws_sqs_queue.gone" }],
    });
    expect((await run("check", directory)).out).toContain("H6 aws_sqs_queue.gone");
  });

  describe("one file of acknowledgements for several stacks", () => {
    const acknowledge = [
      { id: "H2", address: "aws_sqs_queue.work", reason: "the function never runs that long" },
      { id: "H6", address: "aws_sqs_queue.gone", reason: "was here once" },
    ];
    const given = (): object => {
      stack(join("stacks", "a"), broken("H2"));
      stack(join("stacks", "b"), queuePath());
      const acknowledgements = join(place, "known.json");
      writeFileSync(acknowledgements, JSON.stringify({ acknowledge }));
      return { acknowledgements };
    };

    test("reports what matches in none of them, once", async () => {
      const { status, out } = await run("check", place, given());
      expect(status).toBe(0);
      expect(out.match(/H6 aws_sqs_queue\.gone/g)).toHaveLength(1);
      expect(out).not.toContain("H2 aws_sqs_queue.work");
    });

    test("in JSON with each stack, in SARIF once", async () => {
      const options = given();
      const json: unknown = JSON.parse((await run("check", place, { ...options, json: true })).out);
      const stale = { unmatchedAcknowledgements: [acknowledge[1]] };
      expect(json).toMatchObject([
        { stack: "a", findings: [{ id: "H2", acknowledged: expect.any(String) }], ...stale },
        { stack: "b", ...stale },
      ]);
      const { runs } = sarifLog(JSON.parse((await run("check", place, { ...options, sarif: true })).out));
      expect(runs[0]?.invocations[0]?.toolConfigurationNotifications).toHaveLength(1);
    });
  });

  test.each([
    ["{}", "acknowledge"],
    ['{ "acknowledge": [{ "id": "H2", "address": "a", "reason": " " }] }', "acknowledge[0].reason"],
    ['{ "acknowledge": [{ "id": "2", "address": "a", "reason": "b" }] }', "acknowledge[0].id"],
    ["not json", "holdfast.json"],
  ])("refuses acknowledgements that are not: %s", async (text, named) => {
    const directory = stack("work", queuePath());
    writeFileSync(join(directory, "holdfast.json"), text);
    const { status, out, err } = await run("check", directory);
    expect({ status, out, lines: err.trim().split("\n").length }).toEqual({ status: 2, out: "", lines: 1 });
    expect(err).toContain(named);
  });

  test("writes SARIF, with places in the synthesized file", async () => {
    const directory = stack("work", broken("H1"));
    writeFileSync(
      join(directory, "holdfast.json"),
      JSON.stringify({ acknowledge: [{ id: "H1", address: "aws_sqs_queue.work", reason: "known" }] }),
    );
    const { out } = await run("check", directory, { sarif: true });
    expect(sarifLog(JSON.parse(out))).toMatchObject({
      runs: [
        {
          results: [
            {
              ruleId: "H1",
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: expect.stringMatching(/cdk\.tf\.json$/) },
                    region: { startLine: expect.any(Number) },
                  },
                },
              ],
              suppressions: [{ justification: "known" }],
            },
          ],
        },
      ],
    });
  });
});

describe("bad input ends with status 2, one line, and nothing written", () => {
  const files: readonly (readonly [string, string, string])[] = [
    ["no JSON", "{", "not JSON"],
    ["JSON of something else", '{ "hello": 1 }', "neither a plan nor a state"],
    ["a list", "[]", "not an object"],
    ["a plan of a newer format", '{ "format_version": "2.0", "planned_values": {} }', "2.0"],
    ["nothing", "", "not JSON"],
    ["a number", "3", "not an object"],
    ["a raw state", '{ "version": 4, "lineage": "x", "resources": [] }', "raw state"],
  ];
  test.each(files)("%s", async (_name, text, says) => {
    const file = join(place, "input.json");
    writeFileSync(file, text);
    await expectRefused(file, says);
  });

  test("a file that is not there", async () => await expectRefused(join(place, "none.json"), "no such file"));
  test("a directory without Terraform", async () => await expectRefused(place, "no Terraform there"));
  test("one file of a configuration", async () => {
    writeFileSync(join(place, "main.tf"), "");
    await expectRefused(join(place, "main.tf"), "name its directory");
  });
  test("a synthesized stack that is none", async () => {
    mkdirSync(join(place, "x"));
    writeFileSync(join(place, "x", "cdk.tf.json"), "[]");
    await expectRefused(join(place, "x"), "not a synthesized stack");
  });
  test("no Terraform to run", async () => {
    writeFileSync(join(place, "main.tf"), "");
    await expectRefused(place, "not on PATH", { PATH: join(place, "nowhere") });
  });
});

describeWithTerraform("a configuration that Terraform refuses", (terraform: Terraform) => {
  test.each([
    ["cannot be parsed", 'resource "aws_sqs_queue" {', "main.tf"],
    ["holds a value out of range", 'resource "aws_sqs_queue" "q" {\n  delay_seconds = 901\n}\n', "main.tf:2"],
    ["needs a variable", 'variable "name" {}\nresource "aws_sqs_queue" "q" {\n  name = var.name\n}\n', "name"],
    [
      "needs a provider that is not to be had",
      'terraform {\n  required_providers {\n    x = { source = "example.invalid/none/none" }\n  }\n}\n',
      "init failed",
    ],
  ])(
    "because it %s",
    async (_why, text, says) => {
      writeFileSync(join(place, "main.tf"), text);
      await expectRefused(place, says, terraform.env);
    },
    300_000,
  );
});

async function expectRefused(source: string, says: string, env?: NodeJS.ProcessEnv): Promise<void> {
  const before = readdirSync(place, { recursive: true });
  const { status, out, err } = await run("check", source, {}, env);
  expect({ status, out, lines: err.trim().split("\n").length, err }).toEqual({
    status: 2,
    out: "",
    lines: 1,
    err: expect.stringContaining(says),
  });
  expect(readdirSync(place, { recursive: true })).toEqual(before);
}
