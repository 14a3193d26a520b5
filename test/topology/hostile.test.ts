import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAcknowledgements } from "../../checks/acknowledge.ts";
import { check } from "../../checks/check.ts";
import { readTopology } from "../../topology/read.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { disarmed } from "../../topology/sources/terraform/workspace.ts";

const queue = (name: unknown): string => JSON.stringify({ resource: { aws_sqs_queue: { q: { name } } } });
const synthesized = (source: string) => graphOf(readSynthesized(source, "/nowhere/cdk.tf.json", "test"));

test.each([
  ["a flag of RE2", '${replace("xAy", "/(?i)a/", "")}'],
  ["a class of RE2", '${replace("xAy", "/[[:alpha:]]/", "")}'],
  ["a pattern that is none", '${replace("x", "/(/", "")}'],
  ["a pattern that takes for ever", `\${replace("${"a".repeat(60)}b", "/(a+)+$/", "")}`],
  ["a list that is too long", "${length(range(1e10))}"],
  ["a text that is too long", '${format("%999999999s", "x")}'],
  ["parentheses", `\${${"(".repeat(20_000)}1${")".repeat(20_000)}}`],
  ["operators before", `\${${"!".repeat(20_000)}true}`],
  ["operators between", `\${1${"+1".repeat(20_000)}}`],
  ["templates", `${'${"'.repeat(5000)}x${'"}'.repeat(5000)}`],
])("an expression that cannot be evaluated here is not known: %s", (_what, expression) => {
  expect(synthesized(queue(expression)).nodes.map(({ name }) => name)).toEqual([null]);
});

test("patterns that mean the same everywhere are replaced", () => {
  expect(synthesized(queue('${replace("a.b-c", "/[.-]+/", "_")}')).nodes[0]?.name).toBe("a_b_c");
});

describe.each(["constructor", "__proto__", "toString", "hasOwnProperty"])("the name %s", (name) => {
  test("is a name like another, and a type that is not read", () => {
    const graph = synthesized(
      `{"resource":{"${name}":{"${name}":{"name":"x"}},"aws_sqs_queue":{"${name}":{"name":"${name}"}}}}`,
    );
    expect(graph.nodes.map((one) => one.name)).toEqual([name]);
    expect(synthesized(queue(`\${${name}(1)}`)).nodes[0]?.name).toBeNull();
    const values = `{"namespace":"AWS/SQS","metric_name":"${name}","dimensions":{"${name}":"${name}"}}`;
    const resources = [
      `{"address":"${name}.x","mode":"managed","type":"${name}","name":"x","values":{"${name}":"x","arn":"arn:aws:${name}:::x"}}`,
      `{"address":"aws_cloudwatch_metric_alarm.a","mode":"managed","type":"aws_cloudwatch_metric_alarm","values":${values}}`,
      `{"address":"aws_sns_topic_subscription.s","mode":"managed","type":"aws_sns_topic_subscription","values":{"topic_arn":"arn:aws:sns:::t","protocol":"${name}","endpoint":"${name}"}}`,
      `{"address":"aws_cloudwatch_event_target.t","mode":"managed","type":"aws_cloudwatch_event_target","values":{"rule":"${name}","arn":"arn:aws:${name}:::x"}}`,
    ];
    const state = `{"format_version":"1.0","values":{"root_module":{"resources":[${resources.join(",")}]}}}`;
    const shown = graphOf(readShown(state, "state.json"));
    expect(shown.edges).toHaveLength(2);
    expect(check(shown)).toEqual(expect.any(Array));
  });
});

describe("a file", () => {
  const deep = (levels: number): string => `${'{"child_modules":['.repeat(levels)}${"]}".repeat(levels)}`;
  test.each([
    ["a state", `{"format_version":"1.0","values":{"root_module":${deep(20_000)}}}`],
    ["a plan", `{"format_version":"1.0","planned_values":{"root_module":${deep(20_000)}}}`],
  ])("that is nested too deeply is refused in one line: %s", (_what, source) => {
    expect(() => readShown(source, "x.json")).toThrow(/^x\.json: nested more than \d+ levels deep; give what/);
  });

  test("with a stack nested too deeply is refused in one line", () => {
    expect(() => synthesized(`{"resource":${"[".repeat(50_000)}${"]".repeat(50_000)}}`)).toThrow(/nested more than/);
  });

  test("may begin with a byte order mark", async () => {
    const place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
    try {
      const write = (name: string, text: string): string => {
        writeFileSync(join(place, name), `\uFEFF${text}`);
        return join(place, name);
      };
      const resources = [{ address: "aws_sqs_queue.q", mode: "managed", type: "aws_sqs_queue", values: { name: "q" } }];
      const root_module = { resources };
      const files = [
        write("state.json", JSON.stringify({ format_version: "1.0", values: { root_module } })),
        write("plan.json", JSON.stringify({ format_version: "1.2", planned_values: { root_module } })),
        write("cdk.tf.json", queue("q")),
      ];
      for (const file of files) {
        const [read] = await readTopology(file);
        expect(read?.graph.nodes.map(({ address }) => address)).toEqual(["aws_sqs_queue.q"]);
      }
      expect(readAcknowledgements(write("holdfast.json", '{"acknowledge":[]}'))).toEqual(expect.anything());
      expect(disarmed("a.tf.json", `\uFEFF${queue("q")}`)).toBe(queue("q"));
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
