import { Unknown } from "../../topology/configuration.ts";
import { permissionOf } from "../../topology/graph.ts";
import { adviceOn } from "../../topology/read.ts";
import { planResources } from "../../topology/sources/plan.ts";
import { PlanReferences } from "../../topology/sources/plan-references.ts";
import { plan, refersTo } from "../support/planned.ts";

function role(after: object, unknown: object, expressions: object) {
  const named = { address: "aws_iam_role.r", mode: "managed", type: "aws_iam_role", name: "r" };
  return planResources({
    planned_values: { root_module: { resources: [{ ...named, values: after }] } },
    resource_changes: [{ ...named, change: { actions: ["create"], after, after_unknown: unknown } }],
    configuration: { root_module: { resources: [{ ...named, expressions }] } },
  }).resources[0]?.values;
}

test("what a dynamic block sets is not known, what nothing sets is not set", () => {
  const values = role(
    { name: "r", inline_policy: [{ name: "p" }] },
    { arn: true, inline_policy: [{ policy: true }] },
    {},
  );
  expect(values?.inline_policy).toEqual([{ name: "p", policy: new Unknown() }]);
  expect(role({ name: "r" }, { description: true }, {})?.description).toBeNull();
});

test("of several that each.value may be, none is taken", () => {
  const queues = ["a", "b"].map((name) => ({
    address: `aws_sqs_queue.${name}`,
    mode: "managed",
    type: "aws_sqs_queue",
    name,
  }));
  const mapping = { mode: "managed", type: "aws_lambda_event_source_mapping", name: "m" };
  const over = (names: readonly string[]): PlanReferences => {
    const block = { ...mapping, expressions: {}, for_each_expression: { references: names } };
    const root = { configuration: { root_module: { resources: [...queues, block] } } };
    return new PlanReferences(root, [...queues.map(({ address }) => address), `${mapping.type}.m["x"]`]);
  };
  const resolved = (names: readonly string[]): readonly string[] =>
    over(names).resolve(["each.value.queue", "each.value"], `${mapping.type}.m["x"]`).references;
  expect(resolved(["aws_sqs_queue.a.arn", "aws_sqs_queue.a", "aws_sqs_queue.b.arn", "aws_sqs_queue.b"])).toEqual([
    "aws_sqs_queue.a.arn",
    "aws_sqs_queue.b.arn",
  ]);
  expect(resolved(["aws_sqs_queue.a.arn", "aws_sqs_queue.a"])).toEqual(["aws_sqs_queue.a.arn"]);
});

describe("what a plan shows as made from something", () => {
  const queues = ["work", "work-dlq", "other"].map((name) => ({ type: "aws_sqs_queue", name }));
  const executionRole = { type: "aws_iam_role", name: "r" };
  const separate = {
    type: "aws_iam_role_policy",
    name: "p",
    unknown: { policy: true, role: true },
    expressions: {
      role: { references: ["aws_iam_role.r.id", "aws_iam_role.r"] },
      policy: { references: ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"] },
    },
  };
  const document = (references: readonly string[]) => ({
    mode: "data" as const,
    type: "aws_iam_policy_document",
    name: "d",
    after: { statement: [{ actions: ["sqs:*"], resources: [null] }] },
    unknown: { json: true, statement: [{ resources: [true] }] },
    expressions: { statement: [{ actions: { constant_value: ["sqs:*"] }, resources: { references } }] },
  });
  const functions = queues.flatMap(({ name }) => [
    {
      type: "aws_lambda_function",
      name,
      after: { function_name: name },
      unknown: { role: true },
      expressions: { role: refersTo("aws_iam_role.r") },
    },
    {
      type: "aws_lambda_event_source_mapping",
      name,
      unknown: { event_source_arn: true, function_name: true },
      expressions: {
        event_source_arn: refersTo(`aws_sqs_queue.${name}`),
        function_name: refersTo(`aws_lambda_function.${name}`),
      },
    },
  ]);

  test.each([
    ["an ARN: it, and what begins with it", ["aws_sqs_queue.work.arn", "aws_sqs_queue.work"], "unknown", "unknown"],
    ["an ARN that is a longer one", ["aws_sqs_queue.work-dlq.arn", "aws_sqs_queue.work-dlq"], "missing", "unknown"],
    ["a whole resource", ["aws_sqs_queue.work"], "unknown", "unknown"],
    [
      "an ARN and the account",
      ["aws_sqs_queue.other.arn", "data.aws_caller_identity.me.account_id"],
      "unknown",
      "unknown",
    ],
  ])("in a policy document is not sure to be it: %s", (_what, references, work, longer) => {
    const { edges, assumptions } = plan(...queues, executionRole, separate, document(references), ...functions);
    const states = new Map(edges.map((edge) => [edge.id, permissionOf(edge)]));
    expect(states.get("aws_lambda_event_source_mapping.work")).toBe(work);
    expect(states.get("aws_lambda_event_source_mapping.work-dlq")).toBe(longer);
    expect(states.get("aws_lambda_event_source_mapping.other")).toBe(
      references.some((one) => one.includes("account")) ? "unknown" : "missing",
    );
    expect(assumptions.map(({ name }) => name)).toContain("references of the plan");
  });

  test("through a key leads there, and an assumption says so; to none where keys are alike", () => {
    const mapping = "aws_lambda_event_source_mapping";
    const over = (keys: readonly string[], references: readonly string[]) => {
      const named = keys.map((key) => `aws_sqs_queue.q[${JSON.stringify(key)}]`);
      const root = { configuration: { root_module: { resources: [{ type: mapping, mode: "managed", name: "m" }] } } };
      return new PlanReferences(root, [...named, `${mapping}.m["a"]`]).resolve(references, `${mapping}.m["a"]`);
    };
    const byKey = ["aws_sqs_queue.q", "each.key"];
    expect(over(["a", "b"], byKey)).toEqual(new Unknown(['aws_sqs_queue.q["a"]'], false));
    expect(over(["a", "a-dlq", "b"], byKey).references).toEqual(['aws_sqs_queue.q["a"]', 'aws_sqs_queue.q["a-dlq"]']);
    expect(over(["a", "b"], [...byKey, "local.other"]).references).toHaveLength(3);
    expect(over(["a", "b"], ['aws_sqs_queue.q["b"].arn', 'aws_sqs_queue.q["b"]'])).toEqual(
      new Unknown(['aws_sqs_queue.q["b"].arn'], true),
    );
  });
});

describe("what AWS will call something by what it belongs to", () => {
  const fn = (name: string) => ({ type: "aws_lambda_function", name, after: { function_name: name } });
  const alias = (name: string, of: object) => ({
    type: "aws_lambda_alias",
    name,
    after: { name: "live", function_version: "1" },
    unknown: { function_name: true },
    expressions: { function_name: of },
  });
  const target = (name: string) => ({
    type: "aws_cloudwatch_event_target",
    name,
    after: { rule: "r" },
    unknown: { arn: true },
    expressions: { arn: refersTo(`aws_lambda_alias.${name}`) },
  });
  const rule = { type: "aws_cloudwatch_event_rule", name: "r" };
  const targets = (graph: ReturnType<typeof plan>) =>
    graph.edges.flatMap((edge) => (edge.kind === "target" ? [[edge.address, edge.to, edge.qualifier]] : []));

  test("an alias of a function whose name is not shown", () => {
    const made = ["a", "b"].flatMap((one) => [
      fn(one),
      alias(one, refersTo(`aws_lambda_function.${one}`)),
      target(one),
    ]);
    expect(targets(plan(rule, ...made))).toEqual([
      ["aws_cloudwatch_event_target.a", "aws_lambda_function.a", "live"],
      ["aws_cloudwatch_event_target.b", "aws_lambda_function.b", "live"],
    ]);
  });

  test("an alias of a function that is not known is none of another's", () => {
    const made = ["a", "b"].flatMap((one) => [alias(one, { references: ["local.fn"] }), target(one)]);
    const [[, a], [, b]] = targets(plan(rule, ...made)) as [[string, string], [string, string]];
    expect(a).not.toBe(b);
  });

  test("what refers to itself in the end is read all the same", () => {
    const [a, b] = [alias("a", refersTo("aws_lambda_alias.b")), alias("b", refersTo("aws_lambda_alias.a"))];
    expect(targets(plan(rule, a, b, target("a"), target("b")))).toHaveLength(2);
  });
});

test("a plan of which half of the ends are not known is better read where it was made", () => {
  const queue = { type: "aws_sqs_queue", name: "q" };
  const rule = { type: "aws_cloudwatch_event_rule", name: "r" };
  const target = (name: string, arn: object) => ({
    type: "aws_cloudwatch_event_target",
    name,
    after: { rule: "r" },
    unknown: { arn: true },
    expressions: { arn },
  });
  const [known, unknown] = [refersTo("aws_sqs_queue.q"), { references: ["local.targets"] }];
  const advice = (...targets: readonly ReturnType<typeof target>[]) =>
    adviceOn("plan.json", plan(queue, rule, ...targets));
  expect(advice(target("a", unknown), target("b", known))).toBe(
    "plan.json: 1 of 2 ends are not known in this plan; the directory that it was made in tells more: give that instead",
  );
  expect(advice(target("a", unknown), target("b", known), target("c", known))).toBeUndefined();
  expect(advice(target("a", known))).toBeUndefined();
  expect(adviceOn("plan.json", plan(queue))).toBeUndefined();
});

test("a redrive allow policy that may be one of two queues' is none of a third's", () => {
  const queues = ["a", "b", "c"].map((name) => ({ type: "aws_sqs_queue", name, unknown: { url: true } }));
  const policy = (references: readonly string[]) => ({
    type: "aws_sqs_queue_redrive_allow_policy",
    name: "p",
    after: { redrive_allow_policy: '{"redrivePermission":"denyAll"}' },
    unknown: { queue_url: true },
    expressions: { queue_url: { references } },
  });
  const unknown = (...references: readonly string[]): string[] =>
    plan(...queues, policy(references)).nodes.flatMap((node) =>
      node.kind === "queue" && node.redriveAllowPolicy.from === "unknown" ? [node.address] : [],
    );
  const [a, b] = ["aws_sqs_queue.a.url", "aws_sqs_queue.b.url"];
  expect(unknown(a, "aws_sqs_queue.a", b, "aws_sqs_queue.b")).toEqual(["aws_sqs_queue.a", "aws_sqs_queue.b"]);
  expect(unknown(a, "aws_sqs_queue.a")).toEqual([]);
  const all = ["aws_sqs_queue.a", "aws_sqs_queue.b", "aws_sqs_queue.c"];
  expect(unknown(a, "aws_sqs_queue.a", b, "aws_sqs_queue.b", "local.other")).toEqual(all);
  expect(unknown("local.other")).toEqual(all);
});

test("a list that is not known, and is made from one thing, has that for its member", () => {
  const alarm = {
    type: "aws_cloudwatch_metric_alarm",
    name: "a",
    after: { metric_name: "ApproximateNumberOfMessagesVisible", dimensions: { QueueName: "q" } },
    unknown: { alarm_actions: true },
  };
  const topics = ["ops", "more"].map((name) => ({ type: "aws_sns_topic", name, unknown: {} }));
  const queue = { type: "aws_sqs_queue", name: "q" };
  const told = (alarmActions: object) =>
    plan(queue, ...topics, { ...alarm, expressions: { alarm_actions: alarmActions } }).alarms[0]?.alarmActions;
  expect(told(refersTo("aws_sns_topic.ops"))).toEqual(["aws_sns_topic.ops"]);
  expect(told({ references: ["aws_sns_topic.ops.arn", "aws_sns_topic.ops", "aws_sns_topic.more.arn"] })).toBeNull();
  expect(told({ references: ["var.topics"] })).toBeNull();
});
