/** Plans that are not the whole of a configuration: failed ones, ones with deposed objects, ones of a part. */
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { planOf, refersTo } from "../support/planned.ts";

const queue = { type: "aws_sqs_queue", name: "q", unknown: { redrive_policy: true, url: true, id: true } };
const net = { type: "aws_sqs_queue", name: "dlq", unknown: { url: true, id: true } };
const read = (root: object) => graphOf(readShown(JSON.stringify(root), "plan.json"));

test("a plan that failed is refused", () => {
  const root = { ...planOf(queue), errored: true, complete: false };
  expect(() => readShown(JSON.stringify(root), "plan.json")).toThrow(
    "plan.json: a plan that failed, so that it has not all of the configuration; give one that terraform plan made without an error",
  );
  expect(() => readShown(JSON.stringify({ ...root, errored: false, complete: true }), "plan.json")).not.toThrow();
});

test("a deposed object is not the resource that takes its place", () => {
  const redriven = { ...queue, expressions: { redrive_policy: refersTo("aws_sqs_queue.dlq") } };
  const root = planOf(redriven, net);
  const [real] = root.resource_changes;
  const gone = { actions: ["delete"], before: { name: "q" }, after: null, after_unknown: {} };
  const deposed = {
    ...root,
    resource_changes: [...root.resource_changes, { ...real, deposed: "9ca9d5b5", change: gone }],
  };
  expect(read(deposed)).toEqual(read(root));
  expect(read(deposed).edges.map(({ kind, to }) => [kind, to])).toEqual([["redrive", "aws_sqs_queue.dlq"]]);
});

describe("a plan of a part of the configuration", () => {
  const target = {
    type: "aws_cloudwatch_event_target",
    name: "t",
    after: { rule: "r" },
    unknown: { arn: true },
    expressions: { arn: refersTo("aws_sqs_queue.q"), rule: refersTo("aws_cloudwatch_event_rule.r") },
  };
  const rule = { type: "aws_cloudwatch_event_rule", name: "r" };
  const block = (type: string, expressions: object) => ({
    address: `${type}.more`,
    mode: "managed",
    type,
    name: "more",
    expressions,
  });
  const url = { references: ["aws_sqs_queue.q.url", "aws_sqs_queue.q"] };
  /** The plan of a queue, a rule and its target, with more in the configuration. */
  const partOf = (complete: boolean, ...more: readonly object[]) => {
    const root = planOf({ ...queue, unknown: { url: true, id: true } }, rule, target);
    const { resources } = root.configuration.root_module;
    return read({ ...root, complete, configuration: { root_module: { resources: [...resources, ...more] } } });
  };
  const statesOf = (graph: ReturnType<typeof partOf>) =>
    graph.edges.flatMap((edge) => (edge.kind === "target" ? edge.permissions.map(({ state }) => state) : []));

  test("does not say what is missing", () => {
    const more = block("aws_sqs_queue_policy", { queue_url: url, policy: {} });
    expect(statesOf(partOf(true, more))).toEqual(["missing"]);
    expect(statesOf(partOf(false, more))).toEqual(["unknown"]);
    expect(statesOf(partOf(false))).toEqual(["unknown"]);
    expect(partOf(false, more).assumptions.filter(({ name }) => name === "the plan")).toEqual([
      {
        name: "the plan",
        value: "a part of the configuration",
        why: "it is not complete (-target, or changes that are deferred): without aws_sqs_queue_policy.more",
      },
    ]);
  });

  test("has the redrive policies that it leaves out", () => {
    const policy = refersTo("aws_sqs_queue.far");
    const graph = partOf(false, block("aws_sqs_queue_redrive_policy", { queue_url: url, redrive_policy: policy }));
    expect(graph.edges.filter(({ kind }) => kind === "redrive").map(({ from, to }) => [from, to])).toEqual([
      ["aws_sqs_queue.q", null],
    ]);
  });
});
