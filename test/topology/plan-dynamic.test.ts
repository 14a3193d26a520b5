import { readShown } from "../../topology/sources/show.ts";
import { type Planned, plan, refersTo } from "../support/planned.ts";

const queue = { type: "aws_sqs_queue", name: "work" };
const fn = {
  type: "aws_lambda_function",
  name: "f",
  after: { function_name: "f" },
  unknown: { role: true },
  expressions: { role: refersTo("aws_iam_role.r") },
};
const mapping = {
  type: "aws_lambda_event_source_mapping",
  name: "m",
  unknown: { event_source_arn: true, function_name: true },
  expressions: { event_source_arn: refersTo("aws_sqs_queue.work"), function_name: refersTo("aws_lambda_function.f") },
};

/** What a plan says of every role that is not made yet, with a dynamic `inline_policy` of unknown number or without. */
const role = {
  type: "aws_iam_role",
  name: "r",
  after: {
    assume_role_policy: JSON.stringify({
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
    }),
  },
  unknown: { id: true, inline_policy: true, managed_policy_arns: true },
};

function statesOf(...resources: readonly Planned[]): string[] {
  return plan(...resources).edges.flatMap(({ permissions }) => permissions.map(({ state }) => state));
}

test("what a dynamic block sets is set by the configuration", () => {
  const pollers = { provisioned_poller_config: [{ minimum_pollers: 100, maximum_pollers: 50 }] };
  const [edge] = plan(queue, fn, { ...mapping, after: pollers }).edges;
  expect(edge?.kind === "mapping" && edge.settings.provisionedPollers).toEqual({
    value: { minimumPollers: 100, maximumPollers: 50 },
    from: "configuration",
  });
});

describe("a dynamic block that is not known as a whole", () => {
  test("may hold the inline policies of a role: what it allows is not known", () => {
    expect(statesOf(queue, role, fn, mapping)).toEqual(["unknown"]);
  });

  test("holds none where separate resources write the role's inline policies", () => {
    const policy = { Statement: [{ Effect: "Allow", Action: "sns:Publish", Resource: "*" }] };
    const separate = {
      type: "aws_iam_role_policy",
      name: "p",
      after: { policy: JSON.stringify(policy) },
      unknown: { role: true },
      expressions: { role: { references: ["aws_iam_role.r.id", "aws_iam_role.r"] } },
    };
    expect(statesOf(queue, role, fn, mapping, separate)).toEqual(["missing"]);
  });

  test.each([
    ["a target's dead-letter queue", "aws_cloudwatch_event_target", { dead_letter_config: true }],
    ["a function's dead-letter queue", "aws_lambda_function", { dead_letter_config: true }],
    ["a mapping's destination", "aws_lambda_event_source_mapping", { destination_config: true }],
    ["a destination in a block", "aws_lambda_event_source_mapping", { destination_config: [{ on_failure: true }] }],
    ["a schedule's target", "aws_scheduler_schedule", { target: true }],
    ["a bucket's notifications", "aws_s3_bucket_notification", { queue: true }],
  ])("leads to an end that is not known: %s", (_what, type, unknown) => {
    const arn = { arn: "arn:aws:sqs:eu-west-1:111122223333:elsewhere", rule: "r" };
    const after = { ...arn, function_name: "f", event_source_arn: arn.arn, bucket: "b", destination_config: [{}] };
    const { edges, assumptions } = plan({ type, name: "one", after, unknown: { arn: false, ...unknown } });
    expect(edges.map(({ to }) => to)).toContain(null);
    expect(assumptions.map(({ value }) => value)).toContain("an end that is not known");
  });

  test("sets variables, filters and replicas that are not known", () => {
    const graph = plan(
      { ...fn, unknown: { ...fn.unknown, environment: true } },
      {
        ...mapping,
        after: { filter_criteria: [{}] },
        unknown: { ...mapping.unknown, filter_criteria: [{ filter: true }] },
      },
      { type: "aws_dynamodb_table", name: "t", unknown: { replica: true } },
      queue,
    );
    const [node, reads] = [graph.nodes.find(({ kind }) => kind === "function"), graph.edges[0]];
    expect(node).toMatchObject({ environment: { from: "unknown" } });
    expect(reads).toMatchObject({ settings: { filterCriteria: { from: "unknown" } } });
    expect(graph.nodes.find(({ kind }) => kind === "table")).toMatchObject({ replicas: { value: 0, from: "unknown" } });
  });

  test("makes the whole of a policy document unknown", () => {
    const named = { type: "aws_iam_policy_document", mode: "data", name: "d" };
    const address = "data.aws_iam_policy_document.d";
    const document = (statement: unknown) =>
      readShown(
        JSON.stringify({
          format_version: "1.2",
          resource_changes: [
            { ...named, address, change: { after: { statement: [{}] }, after_unknown: { statement } } },
          ],
          configuration: { root_module: { resources: [{ ...named, address, expressions: {} }] } },
        }),
        "plan.json",
      ).resources[0]?.values.json;
    for (const one of [true, [{ effect: true }], [{ principals: true }], [{ not_principals: [{ type: true }] }]])
      expect(typeof document(one)).toBe("object");
    expect(typeof document([{ resources: true }])).toBe("string");
  });
});
