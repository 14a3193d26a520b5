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
