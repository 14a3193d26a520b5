/** What the table of paths says of each step: how often and how long it tries. */
import { pathsText } from "../../cli/paths.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { GraphBuilder } from "../support/graphs.ts";

const terminal: Terminal = { out: () => {}, err: () => {}, colour: false };

/** What two columns say of the only path: its steps, and their retries and ages. */
function said(make: (g: GraphBuilder) => void): { readonly steps: string[]; readonly figures: string[] } {
  const g = new GraphBuilder();
  make(g);
  const lines = pathsText(g.build(), terminal).split("\n");
  const [from, to] = [lines[2]?.indexOf("RETRIES") ?? 0, lines[2]?.indexOf("FAILURES END IN") ?? 0];
  expect(from).toBeGreaterThan(0);
  const column = (start: number, end: number): string[] =>
    lines.slice(3).flatMap((line) => {
      const part = line.slice(start, end).trim();
      return part === "" ? [] : [part];
    });
  return { steps: column(3, from), figures: column(from, to) };
}

const hourly = { maximumRetryAttempts: 7, maximumEventAgeInSeconds: 3600 };

test("a rule to a topic to a queue: the target's figures, then the topic's", () => {
  const { figures } = said((g) => {
    const topic = g.topic("t");
    g.target(g.rule("r", g.bus("b"), { source: ["x"] }), topic, hourly);
    g.subscription(topic, g.queue("q"), { protocol: "sqs" });
  });
  expect(figures).toEqual(["7 × in 1 h", "23 d of SNS", "visibility 30 s", "kept 4 d"]);
});

test("a bus to a bus: the figures of both targets", () => {
  const { figures } = said((g) => {
    const [first, second] = [g.bus("a"), g.bus("b")];
    g.target(g.rule("r", first, { source: ["x"] }), second, { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 600 });
    g.target(g.rule("s", second, { source: ["x"] }), g.fn("f"), hourly);
  });
  expect(figures).toEqual(["3 × in 10 m", "7 × in 1 h", "2 retries", "age 6 h"]);
});

test.each([
  ["lambda", "23 d of SNS"],
  ["sqs", "23 d of SNS"],
  ["firehose", "23 d of SNS"],
  ["http", "≤ 1 h of SNS"],
  ["https", "≤ 1 h of SNS"],
  ["email", "6 h of SNS"],
  ["email-json", "6 h of SNS"],
  ["sms", "6 h of SNS"],
  ["application", "6 h of SNS"],
])("SNS tries as long as it does for the protocol: %s, %s", (protocol, patience) => {
  const { figures } = said((g) => void g.subscription(g.topic("t"), g.external("there", protocol), { protocol }));
  expect(figures).toEqual([patience]);
});

test("a function's alias is named as AWS names it, $LATEST is not", () => {
  const invoked = (qualifier: string): string[] =>
    said((g) => void g.target(g.schedule("s"), g.fn("f"), { qualifier })).steps;
  expect(invoked("live")).toContain("→ aws_lambda_function.f:live");
  expect(invoked("$LATEST")).toContain("→ aws_lambda_function.f");
});
