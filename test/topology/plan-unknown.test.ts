import { Unknown } from "../../topology/configuration.ts";
import { planResources } from "../../topology/sources/plan.ts";
import { PlanReferences } from "../../topology/sources/plan-references.ts";

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
  expect(resolved(["aws_sqs_queue.a.arn", "aws_sqs_queue.a", "aws_sqs_queue.b.arn", "aws_sqs_queue.b"])).toEqual([]);
  expect(resolved(["aws_sqs_queue.a.arn", "aws_sqs_queue.a"])).toEqual(["aws_sqs_queue.a.arn"]);
});
