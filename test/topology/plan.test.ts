import { pathsOf } from "../../topology/paths.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { cleanPaths, synthesized } from "../support/configurations.ts";
import { planJson } from "../support/plan.ts";
import { twins } from "../support/twins.ts";

const configurations = [
  ...Object.entries(cleanPaths).map(([name, path]) => [name, path] as const),
  ...twins.map(({ id, about, shows }) => [about === undefined ? id : `${id} (${about})`, shows] as const),
];

test.each(configurations)("a plan of what is not made yet gives the same paths and nets: %s", (_name, config) => {
  const plan = graphOf(readShown(planJson(config()), "plan.json"));
  const json = graphOf(readSynthesized(synthesized(config()), "/nowhere/cdk.tf.json", "test"));
  const shape = (graph: typeof json): unknown =>
    pathsOf(graph).map(({ source, through, end, mapping, nets }) => ({
      source,
      through,
      end,
      mapping,
      nets: nets.map(({ kind, at, to }) => ({ kind, at, to })),
    }));
  expect(shape(plan)).toEqual(shape(json));
  for (const edge of json.edges) {
    const other = plan.edges.find(({ id }) => id === edge.id);
    for (const [index, { state }] of edge.permissions.entries()) {
      expect([state, "unknown"]).toContain(other?.permissions[index]?.state);
    }
  }
});

test("what a plan does not know is an assumption, and no missing permission", () => {
  const graph = graphOf(readShown(planJson(cleanPaths.queuePath()), "plan.json"));
  expect(graph.assumptions).toContainEqual({
    name: "aws_sqs_queue.work.redrive_policy",
    value: "maxReceiveCount 5",
    why: "not known before it is applied",
  });
  expect(graph.edges.flatMap(({ permissions }) => permissions).filter(({ state }) => state === "missing")).toEqual([]);
});
