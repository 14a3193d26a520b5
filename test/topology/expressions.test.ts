import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Unknown } from "../../topology/configuration.ts";
import { evaluate, type Scope } from "../../topology/sources/expressions/evaluate.ts";
import { NotAnExpression, parseTemplate } from "../../topology/sources/expressions/parse.ts";
import { describeWithTerraform } from "../support/terraform.ts";

const none: Scope = { lookup: () => undefined };

function value(expression: string, scope = none) {
  return evaluate(parseTemplate(`\${${expression}}`), scope);
}

/** Expressions of which Terraform itself says what they are. */
const expressions = [
  "1 + 2 * 3 - 4 / 2",
  "(1 + 2) * 3 % 4",
  "-3 + 5",
  "1 < 2 && 2 <= 2 || false",
  "!(1 == 2) && 1 != 2",
  'true ? "yes" : "no"',
  "false ? 1 : true ? 2 : 3",
  '"a${1 + 1}b"',
  '"$${not} %%{this}"',
  '"tab\\there \\"quoted\\" \\u00e9"',
  "[for n in [1, 2, 3] : n * 2 if n > 1]",
  "{ for k, v in { a = 1, b = 2 } : upper(k) => v }",
  '{ for n in ["x", "y", "x"] : n => n... }',
  "[{ a = 1 }, { a = 2 }][*].a",
  "[{ a = { b = 1 } }].*.a",
  '{ "a-b" = 1, c : 2 }["a-b"]',
  "[10, 20, 30][1]",
  'jsonencode({ b = [1, true, null], a = "x" })',
  'jsondecode("{\\"a\\": [1]}").a[0]',
  'join("-", ["a", "b"], ["c"])',
  'split(",", "a,b")',
  "concat([1], [2, 3])",
  "merge({ a = 1 }, { a = 2, b = 3 })",
  'lookup({ a = 1 }, "b", 5)',
  "element([1, 2, 3], 4)",
  'format("%s-%03d-%q", "a", 7, "q")',
  'replace("a.b.c", ".", "-")',
  'replace("a1b22", "/[0-9]+/", "#")',
  'substr("hello", 1, 3)',
  'substr("hello", -3, 2)',
  'trimsuffix("q.fifo", ".fifo")',
  'trimprefix("pre-x", "pre-")',
  'coalesce("", "b")',
  'compact(["a", "", "b"])',
  "distinct([1, 2, 1])",
  "flatten([[1, [2]], 3])",
  "keys({ b = 1, a = 2 })",
  "values({ b = 1, a = 2 })",
  "length({ a = 1 })",
  'length("four")',
  "max(1, 5, 3)",
  "min(4, 2)",
  "floor(2.9) + ceil(2.1)",
  "range(3)",
  "reverse([1, 2])",
  'sort(["b", "a"])',
  'contains(["a"], "a")',
  'startswith("abc", "ab")',
  'tonumber("5") + 1',
  'try(tonumber("x"), 3)',
  "tostring(5)",
  'zipmap(["a"], [1])',
  'title("hello world")',
  'base64encode("hi")',
  "one([7])",
  "slice([1, 2, 3], 1, 3)",
];

describeWithTerraform("expressions", (terraform) => {
  test("are what terraform console says they are", () => {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-test-"));
    try {
      writeFileSync(join(directory, "main.tf"), "");
      const input = `jsonencode([${expressions.join(", ")}])\n`;
      const { stdout } = spawnSync("terraform", ["console"], {
        cwd: directory,
        env: terraform.env,
        input,
        encoding: "utf8",
      });
      const said: unknown = JSON.parse(String(JSON.parse(stdout)));
      if (!Array.isArray(said)) throw new Error(`terraform console said ${stdout}`);
      expect(said).toHaveLength(expressions.length);
      expect(expressions.map((one) => [one, value(one)])).toEqual(expressions.map((one, index) => [one, said[index]]));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("what is not known", () => {
  const scope: Scope = {
    lookup: (path) => (path[0] === "known" ? { value: { arn: "arn:aws:sqs:eu-west-1:1:q" }, steps: 1 } : undefined),
  };

  test("names what it is", () => {
    expect(value("aws_sqs_queue.work.arn")).toEqual(new Unknown(["aws_sqs_queue.work.arn"], true));
    expect(value("var.count + 1")).toEqual(new Unknown(["var.count"]));
    expect(value("md5(aws_sqs_queue.work.arn)")).toEqual(new Unknown(["aws_sqs_queue.work.arn"]));
  });

  test("stands in texts and JSON by name, and leaves the rest known", () => {
    expect(evaluate(parseTemplate("${known.arn}/${var.name}"), scope)).toBe("arn:aws:sqs:eu-west-1:1:q/⟨var.name⟩");
    expect(value("jsonencode({ deadLetterTargetArn = known.arn, maxReceiveCount = var.count })", scope)).toBe(
      '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:q","maxReceiveCount":"⟨var.count⟩"}',
    );
  });

  test("decides nothing that depends on it", () => {
    expect(value("var.flag ? 1 : 2")).toBeInstanceOf(Unknown);
    expect(value("var.flag || true")).toBe(true);
  });
});

test.each(["${", "${1 +}", "${a[}", "%{ if true }x%{ endif }", '${"open}'])(
  "what is no expression is refused: %s",
  (text) => {
    expect(() => parseTemplate(text)).toThrow(NotAnExpression);
  },
);
