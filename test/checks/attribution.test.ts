/** Which path a finding stands under. */
import { check } from "../../checks/check.ts";
import { rule } from "../../checks/rule.ts";
import { View } from "../../checks/view.ts";
import type { Graph } from "../../topology/graph.ts";
import { GraphBuilder } from "../support/graphs.ts";

/** One function on a stream (path 0) and on a bus (path 1), with a FIFO queue as destination of asynchronous invocation. */
function twoWays(): Graph {
  const g = new GraphBuilder();
  const handler = g.fn("handler");
  g.mapping(g.stream("clicks"), handler);
  g.target(g.rule("placed", g.bus("shop"), { source: ["shop"] }), handler);
  g.destination("on-failure", "function", handler, g.queue("failed", { fifo: true }));
  const graph = g.build();
  const config = "aws_lambda_function_event_invoke_config.handler";
  return {
    ...graph,
    edges: graph.edges.map((edge) => (edge.kind === "on-failure" ? { ...edge, id: config, address: config } : edge)),
  };
}

test("of a destination of asynchronous invocation: the path of asynchronous events, not the function's first", () => {
  const graph = twoWays();
  const sources = new View(graph).paths.map(({ source }) => source);
  expect(sources).toEqual(["aws_kinesis_stream.clicks", "aws_cloudwatch_event_bus.shop"]);
  expect(check(graph).find(({ id }) => id === "H28")).toMatchObject({ path: 1 });
});

test("what names a step says more than what names a node, in whatever order", () => {
  const view = new View(twoWays());
  const [handler, target] = [
    "aws_lambda_function.handler",
    "aws_cloudwatch_event_target.aws_cloudwatch_event_rule.placed-aws_lambda_function.handler",
  ];
  expect(view.pathAt([handler])).toBe(0);
  expect(view.pathAt([handler, target])).toBe(1);
  expect(view.pathAt(["aws_sqs_queue.failed"])).toBe(1);
  expect(view.pathAt(["aws_sqs_queue.elsewhere"])).toBeNull();
});

test("two findings of one rule at one address differ by what they are about", () => {
  const twice = rule({
    id: "H1",
    severity: "advice",
    title: "each edge",
    on: "edge",
    see: "https://example.com",
    judge: ({ id }) => ({ address: "aws_lambda_function.handler", at: [id], message: `over ${id}`, fix: "none" }),
  });
  const subjects = check(twoWays(), [twice]).map(({ subject }) => subject);
  expect(new Set(subjects).size).toBe(4);
});
