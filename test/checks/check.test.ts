/** Findings as a list: what is one finding, and in which order they come; and what an acknowledgement is matched by. */
import { type Acknowledgement, unmatched } from "../../checks/acknowledge.ts";
import { check, type Finding } from "../../checks/check.ts";
import { type Rule, rule, type Severity } from "../../checks/rule.ts";
import { GraphBuilder } from "../support/graphs.ts";

const see = "https://docs.aws.amazon.com/";

/** A rule that says the same of every queue's redrive policy, at its dead-letter queue. */
function ofRedrives(id: string, severity: Severity): Rule {
  return rule({
    id,
    severity,
    title: "a redrive",
    on: "redrive",
    see,
    judge: ({ edge }) => ({ address: edge.to ?? "", at: [edge.id], message: "alike", fix: "none" }),
  });
}

/** Two queues, each with a function, over one dead-letter queue. */
function sharedLetters() {
  const g = new GraphBuilder();
  const letters = g.queue("letters");
  for (const name of ["a", "b"]) {
    const queue = g.queue(name);
    g.mapping(queue, g.fn(name));
    g.redrive(queue, letters, 5);
  }
  return g.build();
}

describe("what is one finding", () => {
  test("two things of which the same is said at one address are two, each on its path", () => {
    const found = check(sharedLetters(), [ofRedrives("H1", "warning")]);
    expect(found.map(({ address, path }) => [address, path])).toEqual([
      ["aws_sqs_queue.letters", 0],
      ["aws_sqs_queue.letters", 1],
    ]);
  });

  test("one thing that a rule comes by twice is one, on its first path", () => {
    const again = ofRedrives("H1", "warning");
    const found = check(sharedLetters(), [again, again]);
    expect(found.map(({ path }) => path)).toEqual([0, 1]);
  });
});

test("findings come by path, in it most severe first, then by number", () => {
  const found = check(sharedLetters(), [
    ofRedrives("H1", "advice"),
    ofRedrives("H2", "warning"),
    ofRedrives("H3", "error"),
    ofRedrives("H20", "error"),
    ofRedrives("H4", "error"),
  ]);
  const order = ["H3", "H4", "H20", "H2", "H1"];
  expect(found.map(({ id, path }) => [path, id])).toEqual([
    ...order.map((id) => [0, id]),
    ...order.map((id) => [1, id]),
  ]);
});

describe("a subscription without dead-letter queue (H77)", () => {
  const found = (protocol: string): Finding[] => {
    const g = new GraphBuilder();
    g.subscription(g.topic("news"), g.external("there", protocol), { protocol });
    return check(g.build()).filter(({ id }) => id === "H77");
  };

  test.each(["http", "https"])("over %s: SNS gives up within an hour", (protocol) => {
    expect(found(protocol).map(({ message }) => message)).toEqual([
      "what cannot be delivered to there is dropped, after an hour of retries at most, and at once where it answers with a 4xx other than 429",
    ]);
  });

  test.each(["lambda", "sqs", "firehose"])("of %s", (protocol) => expect(found(protocol)).toHaveLength(1));

  test.each(["email", "email-json", "sms", "application"])("is no finding where a person reads it: %s", (protocol) =>
    expect(found(protocol)).toEqual([]),
  );
});

describe("an acknowledgement that matches nothing is left over", () => {
  const findings = check(sharedLetters(), [ofRedrives("H24", "warning")]);
  const entry = (address: string, construct?: string): Acknowledgement => ({
    id: "H24",
    address,
    reason: "legacy",
    ...(construct === undefined ? {} : { construct }),
  });
  const meant = "aws_sqs_queue.letters";
  const left = (...given: Acknowledgement[]): string[] => unmatched(findings, given).map(({ address }) => address);

  test("whatever another one with the same reason matches", () => {
    expect(left(entry("aws_sqs_queue.typo"), entry(meant))).toEqual(["aws_sqs_queue.typo"]);
  });

  test("but of those that one construct wrote for its resources, one that matches is enough", () => {
    expect(left(entry("aws_iam_role.a", "shop/a"), entry(meant, "shop/a"))).toEqual([]);
    expect(left(entry("aws_iam_role.a", "shop/a"), entry("aws_iam_role.b", "shop/a"))).toEqual(["aws_iam_role.a"]);
  });

  test("and another construct's match is its own", () => {
    expect(left(entry("aws_iam_role.a", "shop/a"), entry(meant, "shop/b"))).toEqual(["aws_iam_role.a"]);
  });
});
