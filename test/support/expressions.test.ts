import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExpressionError, evaluate, referencesIn } from "./expressions.ts";
import { temporaryFolder } from "./fixtures.ts";
import type { Json } from "./synth.ts";
import { describeWithTerraform } from "./terraform.ts";

const variables: Readonly<Record<string, Json>> = {
  "var.t": 7,
  "var.arn": "arn:aws-cn:sqs:cn-north-1:111122223333:old",
  "var.yes": true,
};

/** Templates as cdktf renders them, and others that are easy to get wrong. */
const templates = [
  "plain",
  "",
  "${var.t}",
  "${((6 * var.t) + 3)}",
  "${min(((5 * ((6 * var.t) + 3)) + 3), 172800)}",
  "${floor((var.t / 2))}",
  "${ceil((var.t / 2))}",
  "${(10 - 3) - 2}",
  "${10 - 3 * 2}",
  "${-var.t + 1}",
  "${17 % 5}",
  "${max(var.t, 2)}-${var.t}",
  "${var.yes ? 1 : 2}",
  '${var.t > 5 && !(var.t >= 8) ? "between" : "not"}',
  "${var.t == 7}",
  "$${var.t} is ${var.t}",
  '${element(split(":", var.arn), 3)}',
  '${element(["a", "b"], 3)}',
  'https://sqs.${element(split(":", var.arn), 3)}.${lookup({"aws-cn" = "amazonaws.com.cn"}, element(split(":", var.arn), 1), "amazonaws.com")}/x',
  '${join("", ["a", var.arn, "b"])}',
  '${jsonencode({"sources" = zipmap([var.arn], [{"response" = "partial", "timeout" = var.t}])})}',
  '${jsonencode([var.yes, "a \\"quoted\\" \\n line", 1.5])}',
  "${tostring(var.t)}",
  '${merge({"a" = 1}, {"b" = var.t})}',
  "${concat([1], [var.t])}",
];

const resolve = (reference: string): Json => {
  const value = variables[reference];
  if (value === undefined) throw new Error(`no ${reference}`);
  return value;
};

describeWithTerraform("expressions are evaluated as Terraform evaluates them", (terraform) => {
  test("every template has the value that Terraform gives it", async () => {
    const folder = join(temporaryFolder(), "root");
    mkdirSync(folder);
    const output = Object.fromEntries(templates.map((value, index) => [`t${index}`, { value }]));
    const variable = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name.slice(4), { default: value }]),
    );
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ variable, output }));
    await terraform.run(["init", "-backend=false"], folder);
    await terraform.run(["apply", "-auto-approve"], folder);
    const { stdout } = await terraform.run(["output", "-json"], folder);
    const outputs = JSON.parse(stdout) as Readonly<Record<string, { readonly value: Json }>>;
    expect(templates.map((template) => [template, evaluate(template, resolve)])).toEqual(
      templates.map((template, index) => [template, outputs[`t${index}`]?.value]),
    );
  });
});

test("what it does not know is an error and no guess", () => {
  for (const template of ['${cidrhost("10.0.0.0/8", 1)}', "${1 +}", "${(1}", "${[for x in y : x]}", '${"a" * 2}']) {
    expect(() => evaluate(template, () => null)).toThrow(ExpressionError);
  }
});

test("references are found in nested values, and not in text that only looks like one", () => {
  const value = {
    a: ['${jsonencode({"x" = [{"y" = aws_sqs_queue.pay.arn}]})}'],
    b: "see aws_sqs_queue.other",
    c: "${data.aws_iam_policy_document.p.json}",
  };
  expect([...referencesIn(value)].toSorted()).toEqual(["aws_sqs_queue.pay", "data.aws_iam_policy_document.p"]);
});
