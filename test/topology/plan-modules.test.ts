import type { QueueNode } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";

interface Output {
  readonly [name: string]: readonly string[];
}

/**
 * A plan as Terraform prints it: queues in a module with for_each over `a` and `b`, and a resource with the same keys
 * that uses one of its outputs. Which one the plan does not show: only `module.net` and `each.key`.
 */
function graph(outputs: Output, type: string, references: readonly string[], queues = ["this"]) {
  const keys = ["a", "b"];
  const change = (after: object, unknown: object) => ({
    actions: ["create"],
    before: null,
    after,
    after_unknown: unknown,
  });
  const made = keys.flatMap((key) => [
    ...queues.map((name) => ({
      address: `module.net["${key}"].aws_sqs_queue.${name}`,
      module_address: `module.net["${key}"]`,
      mode: "managed",
      type: "aws_sqs_queue",
      name,
      change: change({ name: `${name}-${key}` }, { arn: true, id: true, url: true }),
    })),
    {
      address: `${type}.p["${key}"]`,
      mode: "managed",
      type,
      name: "p",
      index: key,
      change: change(
        { redrive_allow_policy: '{"redrivePermission":"denyAll"}', redrive_policy: '{"maxReceiveCount":3}' },
        { queue_url: true },
      ),
    },
  ]);
  const resource = (kind: string, name: string, expressions: object) => ({
    address: `${kind}.${name}`,
    mode: "managed",
    type: kind,
    name,
    expressions,
  });
  const module = {
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, one]) => [name, { expression: { references: one } }]),
    ),
    resources: queues.map((name) => resource("aws_sqs_queue", name, {})),
  };
  const root = {
    format_version: "1.2",
    planned_values: { root_module: {} },
    resource_changes: made,
    configuration: {
      root_module: {
        resources: [resource(type, "p", { queue_url: { references }, redrive_allow_policy: { constant_value: "" } })],
        module_calls: { net: { module, for_each_expression: {} } },
      },
    },
  };
  // What is planned is listed a second time, by module.
  const listed = made.map(({ change: { after }, ...one }) => ({ ...one, values: after }));
  const planned = { root_module: { resources: listed } };
  return graphOf(readShown(JSON.stringify({ ...root, planned_values: planned }), "plan.json"));
}

function permissions(made: ReturnType<typeof graph>): unknown {
  return made.nodes
    .filter((node): node is QueueNode => node.kind === "queue")
    .map(({ redriveAllowPolicy }) => [redriveAllowPolicy.from, redriveAllowPolicy.value.redrivePermission]);
}

const allow = "aws_sqs_queue_redrive_allow_policy";
const byKey = ["module.net", "each.key"];

describe("an output of a module with for_each, whose name a plan does not show", () => {
  test("leads to the one resource that all outputs are made from", () => {
    const outputs = { arn: ["aws_sqs_queue.this.arn", "aws_sqs_queue.this"], url: ["aws_sqs_queue.this.url"] };
    expect(permissions(graph(outputs, allow, byKey))).toEqual([
      ["configuration", "denyAll"],
      ["configuration", "denyAll"],
    ]);
  });

  test.each([
    ["outputs of several resources", { a: ["aws_sqs_queue.this.url"], b: ["aws_sqs_queue.other.url"] }, byKey],
    ["another key, for all that the plan shows", { a: ["aws_sqs_queue.this.url"] }, [...byKey, "local.other"]],
    ["no output that is known", {}, byKey],
  ])("may lead to any queue: %s", (_name, outputs: Output, references) => {
    const made = graph(outputs, allow, references, ["this", "other"]);
    expect(permissions(made)).toEqual(Array.from({ length: 4 }, () => ["unknown", "allowAll"]));
    expect(made.assumptions.map(({ name }) => name)).toContain(`${allow}.p["a"].queue_url`);
  });

  test("is named where it may give a queue its dead-letter queue", () => {
    const made = graph({}, "aws_sqs_queue_redrive_policy", byKey);
    expect(made.edges).toEqual([]);
    expect(made.assumptions.map(({ name }) => name)).toContain('aws_sqs_queue_redrive_policy.p["b"].queue_url');
  });
});
