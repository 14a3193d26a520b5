/** What the table of paths says of failures: where they end, and only of certain losses that they are lost. */
import { pathsText } from "../../cli/paths.ts";
import type { Terminal } from "../../cli/terminal.ts";
import type { Graph } from "../../topology/graph.ts";
import { GraphBuilder } from "../support/graphs.ts";

const terminal: Terminal = { out: () => {}, err: () => {}, colour: false };

/** What the last column says of the only path. */
function said(make: (g: GraphBuilder) => void, change: (graph: Graph) => Graph = (graph) => graph): string {
  const g = new GraphBuilder();
  make(g);
  const lines = pathsText(change(g.build()), terminal).split("\n");
  const from = lines[2]?.indexOf("FAILURES END IN") ?? 0;
  expect(from).toBeGreaterThan(0);
  return lines
    .slice(3)
    .map((line) => line.slice(from).trim())
    .filter((part) => part !== "")
    .join(" ");
}

/** Edges of these kinds lead to what is not known. */
const unknownEnd =
  (kind: string) =>
  (graph: Graph): Graph => ({
    ...graph,
    edges: graph.edges.map((edge) => (edge.kind === kind ? { ...edge, to: null } : edge)),
  });

const queued = (g: GraphBuilder): void => void g.mapping(g.queue("q"), g.fn("f"));
const scheduled = (g: GraphBuilder): string => g.target(g.schedule("s"), g.fn("f"));

test("nothing takes them: lost", () => {
  expect(said(queued)).toBe("nowhere: lost");
  expect(said((g) => void scheduled(g))).toBe("nowhere: lost");
});

test("an end that is not known is not said to lose anything", () => {
  expect(said(queued, unknownEnd("mapping"))).toBe("not known: its end is not");
});

test("a net that is not known is not said to be missing", () => {
  const redriven = (g: GraphBuilder): void => {
    const queue = g.queue("q");
    g.mapping(queue, g.fn("f"));
    g.redrive(queue, "aws_sqs_queue.letters", 5);
  };
  expect(said(redriven, unknownEnd("redrive"))).toBe("not known");
});

test("half a net: what it does not take is lost", () => {
  const undelivered = (g: GraphBuilder): void =>
    void g.destination("dead-letter", "target", scheduled(g), g.queue("letters"));
  expect(said(undelivered)).toBe("aws_sqs_queue.letters failed: lost");
  const failed = (g: GraphBuilder): void => {
    scheduled(g);
    g.destination("on-failure", "function", "aws_lambda_function.f", g.queue("failed"));
  };
  expect(said(failed)).toBe("aws_sqs_queue.failed undelivered: lost");
});

test("a net for deliveries takes nothing of what the function behind a queue fails on", () => {
  const delivered = (g: GraphBuilder): string => {
    const queue = g.queue("q");
    g.mapping(queue, g.fn("f"));
    const target = g.target(g.schedule("s"), queue);
    g.destination("dead-letter", "target", target, g.queue("letters"));
    return queue;
  };
  expect(said((g) => void delivered(g))).toBe("aws_sqs_queue.letters failed: lost");
  expect(said((g) => void g.redrive(delivered(g), "aws_sqs_queue.letters", 5))).toBe(
    "aws_sqs_queue.letters aws_sqs_queue.letters",
  );
  expect(said((g) => void g.redrive(delivered(g), "aws_sqs_queue.letters", 5), unknownEnd("redrive"))).toBe(
    "aws_sqs_queue.letters not known",
  );
});

test("what a stream's function fails on ends in the on-failure destination, or is lost", () => {
  const stream = (g: GraphBuilder): string => g.mapping(g.stream("s"), g.fn("f"));
  expect(said((g) => void stream(g))).toBe("nowhere: lost");
  expect(said((g) => void g.destination("on-failure", "mapping", stream(g), g.queue("failed")))).toBe(
    "aws_sqs_queue.failed",
  );
});

test("the redrive policy of a queue outside the configuration is not said to be missing", () => {
  const outside = "arn:aws:sqs:eu-west-1:111122223333:theirs";
  const read = (g: GraphBuilder): void => void g.mapping(g.external(outside, "sqs"), g.fn("f"));
  expect(said(read)).toBe("not known: its queue is outside");
});

test("a path that ends at nothing that handles it says so", () => {
  const queue = (g: GraphBuilder): void => {
    const target = g.target(g.schedule("s"), g.queue("q"));
    g.destination("dead-letter", "target", target, "aws_sqs_queue.q");
  };
  expect(said((g) => void g.target(g.schedule("s"), g.queue("q")))).toBe("nobody reads it");
  expect(said(queue)).toBe("aws_sqs_queue.q");
  expect(said((g) => void g.subscription(g.topic("t"), g.external("email:a@example.com", "email")))).toBe(
    "undelivered: lost",
  );
  expect(said((g) => void g.notification(g.bucket("b"), g.external("arn:aws:lambda:x:function:f", "lambda")))).toBe(
    "not known: it is outside",
  );
});

test("a circle goes round", () => {
  const circle = (g: GraphBuilder): void => {
    const bus = g.bus("b");
    g.target(g.rule("r", bus, { source: ["x"] }), bus);
  };
  expect(said(circle)).toBe("it goes round");
});
