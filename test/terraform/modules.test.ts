/**
 * The plain modules before real Terraform: valid, formatted, generated from today's construct, their example plans, and
 * each of their validations refuses what it is for.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deterministicZip } from "../../modules/code/archive.ts";
import { fifoInputs, type Input, standardInputs } from "../../tools/terraform-modules/inputs.ts";
import { copyOf, offlineCopy } from "../support/offline.ts";
import { describeWithTerraform } from "../support/terraform.ts";

const generated = ["main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "tests/refusals.tftest.hcl"];

const modules: readonly { name: string; inputs: readonly Input[]; queues: readonly string[] }[] = [
  { name: "queue-consumer", inputs: standardInputs, queues: ["payments", "refunds"] },
  { name: "queue-consumer-fifo", inputs: fifoInputs, queues: ["labels", "shipments"] },
];

interface Plan {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly type: string;
    readonly index?: string;
    readonly change: { readonly after: Record<string, unknown> };
  }[];
}

describeWithTerraform("the plain modules", (terraform) => {
  const fresh = mkdtempSync(join(tmpdir(), "holdfast-modules-"));

  beforeAll(() => {
    execFileSync(process.execPath, ["--import", "tsx", "tools/terraform-modules.ts", fresh], { env: terraform.env });
  });

  describe.each(modules)("$name", ({ name, inputs, queues }) => {
    const folder = join("terraform", name);

    test.each(generated)("%s is what npm run terraform:modules writes today", (file) => {
      expect(readFileSync(join(folder, file), "utf8")).toBe(readFileSync(join(fresh, name, file), "utf8"));
    });

    test("is formatted, and has neither provider nor backend", async () => {
      await terraform.run(["fmt", "-check", "-recursive", "-diff"], folder);
      const text = generated
        .filter((file) => /^\w+\.tf$/.test(file))
        .map((file) => readFileSync(join(folder, file), "utf8"));
      expect(text.join("\n")).not.toMatch(/^\s*(provider "|backend )/m);
    });

    test("is valid, and its validations refuse what they are for", async () => {
      const copy = copyOf(folder);
      await terraform.run(["init", "-backend=false", "-input=false"], copy);
      await terraform.run(["validate"], copy);
      const { stdout } = await terraform.run(["test", "-no-color"], copy);
      const validations = inputs.flatMap((input) => input.validations ?? []);
      expect(validations.filter(({ refused }) => refused.length === 0)).toEqual([]);
      expect(stdout).toMatch(/Success! \d+ passed, 0 failed\./);
    });

    test("a refusal that did not refuse would be found", async () => {
      const copy = copyOf(folder);
      const variables = readFileSync(join(copy, "variables.tf"), "utf8");
      const lenient = variables.replace("var.timeout <= 900", "var.timeout <= 9000");
      expect(lenient).not.toBe(variables);
      writeFileSync(join(copy, "variables.tf"), lenient);
      await terraform.run(["init", "-backend=false", "-input=false"], copy);
      await expect(terraform.run(["test", "-no-color"], copy)).rejects.toThrow(
        /Missing expected failure[\s\S]*var\.timeout/,
      );
    });

    test("its example calls it twice, and plans without credentials", async () => {
      const copy = offlineCopy(folder);
      const example = offlineCopy(join(folder, "examples", "two-queues"));
      // The example reaches the module by a relative path; its copy stands elsewhere.
      const main = readFileSync(join(example, "main.tf"), "utf8");
      expect(main).toContain('source   = "../.."');
      writeFileSync(join(example, "main.tf"), main.replace('source   = "../.."', `source   = "${join(copy, "")}"`));
      execFileSync("rm", [join(copy, "offline_override.tf.json")]);
      const handler = readFileSync(join(example, "handler", "index.mjs"));
      writeFileSync(join(example, "handler.zip"), deterministicZip({ "index.mjs": handler }));

      await terraform.run(["init", "-input=false"], example);
      await terraform.run(["validate"], example);
      await terraform.run(["plan", "-input=false", "-out=plan"], example);
      const plan = JSON.parse((await terraform.run(["show", "-json", "plan"], example)).stdout) as Plan;
      const of = (address: string) => plan.resource_changes.find((change) => change.address === address)?.change.after;
      for (const queue of queues) {
        const timeout = of(`module.queue["${queue}"].aws_lambda_function.this`)?.timeout;
        expect(typeof timeout).toBe("number");
        expect(of(`module.queue["${queue}"].aws_sqs_queue.this`)).toMatchObject({
          name: `shop-${queue}${name.endsWith("fifo") ? ".fifo" : ""}`,
          visibility_timeout_seconds: 6 * Number(timeout),
        });
        expect(of(`module.queue["${queue}"].aws_sqs_queue.dead_letter`)).toMatchObject({
          message_retention_seconds: 1_209_600,
        });
      }
      expect(plan.resource_changes.filter(({ type }) => type === "aws_lambda_event_source_mapping")).toHaveLength(2);
    });
  });

  test("maximum concurrency is a block only where it is given", async () => {
    const copy = offlineCopy("terraform/queue-consumer");
    const main = join(copy, "main.tf");
    expect(readFileSync(main, "utf8")).toContain('dynamic "scaling_config"');
    await terraform.run(["init", "-input=false"], copy);
    for (const [given, expected] of [
      [[], []],
      [["-var=maximum_concurrency=7"], [{ maximum_concurrency: 7 }]],
    ] as const) {
      const inputs = ["-var=name=x", "-var=filename=main.tf", ...given];
      await terraform.run(["plan", "-input=false", "-out=plan", ...inputs], copy, { AWS_REGION: "eu-west-1" });
      const plan = JSON.parse((await terraform.run(["show", "-json", "plan"], copy)).stdout) as Plan;
      const mapping = plan.resource_changes.find(({ address }) => address === "aws_lambda_event_source_mapping.this");
      expect(mapping?.change.after.scaling_config).toEqual(expected);
    }
  });
});
