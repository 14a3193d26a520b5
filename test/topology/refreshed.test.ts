/** A state after a refresh: queues, topics and roles show what resources of their own have written. */
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";

const account = "111122223333";
const arns = { queue: `arn:aws:sqs:eu-west-1:${account}:q`, role: `arn:aws:iam::${account}:role/r` };
const url = `https://sqs.eu-west-1.amazonaws.com/${account}/q`;
const managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole";

const allows = (Action: string | string[], more: object = {}): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*", ...more }] });
const sends = allows("sqs:SendMessage", { Principal: { Service: "events.amazonaws.com" } });
const reads = allows(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]);

const trust = {
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
};

/** Who grants what, in a state of a rule to a queue to a function. */
function granters(own: { queue?: object; role?: object }, ...more: readonly (readonly [string, object])[]) {
  const values: readonly (readonly [string, object])[] = [
    ["aws_sqs_queue.q", { name: "q", arn: arns.queue, url, id: url, ...own.queue }],
    ["aws_iam_role.r", { name: "r", id: "r", arn: arns.role, assume_role_policy: JSON.stringify(trust), ...own.role }],
    [
      "aws_lambda_function.f",
      { function_name: "f", role: arns.role, arn: `arn:aws:lambda:eu-west-1:${account}:function:f` },
    ],
    ["aws_lambda_event_source_mapping.m", { uuid: "m", event_source_arn: arns.queue, function_name: "f" }],
    ["aws_cloudwatch_event_rule.e", { name: "e", arn: `arn:aws:events:eu-west-1:${account}:rule/e` }],
    ["aws_cloudwatch_event_target.t", { rule: "e", arn: arns.queue }],
    ...more,
  ];
  const resources = values.map(([address, one]) => {
    const [type, name] = address.split(".");
    return { address, mode: "managed", type, name, values: one };
  });
  const { edges } = graphOf(
    readShown(JSON.stringify({ format_version: "1.0", values: { root_module: { resources } } }), "state.json"),
  );
  return Object.fromEntries(
    edges.flatMap(({ kind, permissions }) =>
      kind === "mapping" || kind === "target" ? [[kind, permissions.flatMap(({ grantedBy }) => grantedBy)]] : [],
    ),
  );
}

const policy = ["aws_sqs_queue_policy.q", { queue_url: url, policy: sends }] as const;
const inline = ["aws_iam_role_policy.p", { role: "r", name: "p", policy: reads }] as const;
const attached = ["aws_iam_role_policy_attachment.a", { role: "r", policy_arn: managed }] as const;

test("what a resource of its own has written is that resource's", () => {
  expect(
    granters({ queue: { policy: sends }, role: { inline_policy: [{ name: "p", policy: reads }] } }, policy, inline),
  ).toEqual({ mapping: ["aws_iam_role_policy.p"], target: ["aws_sqs_queue_policy.q"] });
  expect(granters({ role: { managed_policy_arns: [managed] } }, policy, attached)).toEqual({
    mapping: ["aws_iam_role_policy_attachment.a"],
    target: ["aws_sqs_queue_policy.q"],
  });
});

test("what nothing else has written is its own", () => {
  const own = { queue: { policy: sends }, role: { inline_policy: [{ name: "p", policy: reads }] } };
  expect(granters(own)).toEqual({ mapping: ["aws_iam_role.r"], target: ["aws_sqs_queue.q"] });
  const other = ["aws_iam_role_policy.p", { role: "r", name: "other", policy: allows("logs:*") }] as const;
  expect(granters(own, other)).toEqual({ mapping: ["aws_iam_role.r"], target: ["aws_sqs_queue.q"] });
  const more = [
    "aws_iam_role_policy_attachment.a",
    { role: "r", policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
  ] as const;
  expect(granters({ role: { managed_policy_arns: [managed] } }, more).mapping).toEqual(["aws_iam_role.r"]);
});
