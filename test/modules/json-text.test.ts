/** JSON text over expressions is, once Terraform has evaluated it, the JSON text of the values. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformOutput, TerraformVariable, Token } from "cdktf";
import { assert, jsonValue, pre, property } from "fast-check";
import { asArgument } from "../../modules/expression.ts";
import { jsonText } from "../../modules/json-text.ts";
import { temporaryFolder } from "../support/fixtures.ts";
import { rendered, testStack } from "../support/synth.ts";
import { describeWithTerraform } from "../support/terraform.ts";

const nasty = ['q"q', "C:\\new", "${x}", "%{y}", "line\nbreak", "", "ünï", "'", "}", "${"] as const;

describe("without expressions", () => {
  test("it is JSON.stringify", () => {
    assert(
      property(jsonValue(), (value) => {
        pre(!/[$%]\{/.test(JSON.stringify(value)));
        expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describeWithTerraform("with expressions, before real Terraform", (terraform) => {
  test("nulls, quotes, backslashes and templates beside an expression stay what they are", async () => {
    const stack = testStack();
    const kind = new TerraformVariable(stack, "kind", { type: "string" });
    const count = new TerraformVariable(stack, "count_of", { type: "number" });
    const texts = nasty.filter((text) => !text.includes("${"));
    const pattern = (given: unknown, number: unknown) => ({
      body: {
        kind: [given, null, ...texts, true],
        amount: [{ numeric: [">", number] }],
        'od"d\\key': [false, []],
        none: {},
      },
    });
    const value = jsonText(pattern(kind.stringValue, count.numberValue));
    const raw = jsonText(pattern("${var.kind}", Token.asNumber(count.value)));
    for (const [name, text] of Object.entries({ value, raw })) new TerraformOutput(stack, name, { value: text });
    const folder = temporaryFolder();
    const { variable, output } = rendered(stack);
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ variable, output }));
    await terraform.run(["init", "-input=false"], folder);
    await terraform.run(["apply", "-auto-approve", "-input=false", '-var=kind=a"b\\c', "-var=count_of=7"], folder);
    const outputs = JSON.parse((await terraform.run(["output", "-json"], folder)).stdout) as Record<
      string,
      { value: string }
    >;
    expect(JSON.parse(outputs.value?.value ?? "")).toEqual(pattern('a"b\\c', 7));
    expect(JSON.parse(outputs.raw?.value ?? "")).toEqual(pattern('a"b\\c', 7));
  });
});

test.each(['${lookup({}, var.k, "}")}', 'arn:aws:sqs:${var.region}:${lookup({ a = "}" }, "a")}:q'])(
  "an interpolation with braces and quotes inside is one reference: %s",
  (text) => {
    const stack = testStack();
    new TerraformOutput(stack, "o", { value: asArgument(text) });
    const value = JSON.stringify(rendered(stack).output);
    expect(value).not.toContain("$${");
    expect(value).toContain("lookup({");
  },
);

test("a directive in a literal text is none", () => {
  expect(jsonText({ a: "%{b}" })).toBe('{"a":"%%{b}"}');
});

test("an interpolation that does not end is refused", () => {
  expect(() => asArgument("${var.name")).toThrow('"${var.name": the interpolation that begins at 0 does not end');
});
