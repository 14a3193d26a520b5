/**
 * The example's stacks before real Terraform: both forms are valid, plan without credentials, and are the same.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Configuration, Value } from "../../topology/configuration.ts";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { copyOf, offlineCopy } from "../support/offline.ts";
import { describeWithTerraform } from "../support/terraform.ts";
import { forms, synthesize } from "./synthesized.ts";

/** Every file below a folder, by its path in it. */
function files(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), readFileSync(path, "utf8")];
    }),
  );
}

/** Values and references of a configuration as plain data, one line for each attribute: differences are then named. */
function lines(configuration: Configuration): string[] {
  return configuration.resources.flatMap(({ address, values }) => flat(address, values)).toSorted();
}

function flat(path: string, value: Value): string[] {
  if (typeof value !== "object" || value === null) return [`${path} = ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  return entries.length === 0 ? [`${path} is empty`] : entries.flatMap(([key, item]) => flat(`${path}.${key}`, item));
}

describeWithTerraform("the example's stacks", (terraform) => {
  const synthesized = { JSON: synthesize("JSON"), HCL: synthesize("HCL") };
  const stacks = Object.keys(synthesized.JSON);

  test("there are stacks in two accounts and two Regions, and a local one", () => {
    expect(stacks.toSorted()).toEqual(["shop-local", "shop-production", "shop-staging"]);
    expect(Object.keys(synthesized.HCL)).toEqual(stacks);
  });

  describe.each(Object.keys(forms) as (keyof typeof forms)[])("as %s", (form) => {
    test.each(stacks)("%s is valid and plans without credentials", async (stack) => {
      const copy = offlineCopy(synthesized[form][stack] ?? "");
      await terraform.run(["init", "-input=false"], copy);
      await terraform.run(["validate"], copy);
      const { stdout } = await terraform.run(["plan", "-input=false", "-no-color"], copy);
      expect(stdout).toContain("Plan: 20 to add, 0 to change, 0 to destroy.");
    });

    test.each(stacks)("%s holds no path of this machine", (stack) => {
      const text = Object.entries(files(synthesized[form][stack] ?? ""))
        .filter(([name]) => !name.endsWith(".zip"))
        .map(([, content]) => content)
        .join("\n");
      expect(text).not.toContain(process.cwd());
      expect(text).not.toContain(tmpdir());
    });
  });

  test.each(stacks)("%s is the same in both forms, values and references", async (stack) => {
    const [json, hcl] = await Promise.all([
      resolved(synthesized.JSON[stack] ?? ""),
      resolved(synthesized.HCL[stack] ?? ""),
    ]);
    expect(json.length).toBeGreaterThan(400);
    expect(json.find((line) => line.startsWith("aws_lambda_event_source_mapping.payments.event_source_arn"))).toMatch(
      new RegExp(`= "arn:aws:sqs:[^"]+:${stack}-payments"$`),
    );
    expect(hcl).toEqual(json);
  });

  test("a difference between the forms would be found", async () => {
    const [stack] = stacks;
    const folder = synthesized.HCL[stack ?? ""] ?? "";
    const changed = copyOf(folder);
    const hcl = readFileSync(join(folder, "cdk.tf"), "utf8");
    const other = hcl.replace("aws_sqs_queue.payments_dead_letter.name", "aws_sqs_queue.payments.name");
    expect(other).not.toBe(hcl);
    writeFileSync(join(changed, "cdk.tf"), other);
    const [before, after] = await Promise.all([resolved(folder), resolved(changed)]);
    expect(after).not.toEqual(before);
  });

  test("synth/ is what npm run synth:hcl writes today", () => {
    const target = mkdtempSync(join(tmpdir(), "holdfast-hcl-test-"));
    execFileSync(process.execPath, ["--import", "tsx", "tools/synth-hcl.ts", target], { env: terraform.env });
    const [committed, written] = [files("synth"), files(target)];
    expect(Object.keys(committed)).toEqual(Object.keys(written));
    for (const [name, text] of Object.entries(written)) {
      // Names the file, and says what to do.
      expect({ "stale, run npm run synth:hcl": name, text: committed[name] }).toEqual({
        "stale, run npm run synth:hcl": name,
        text,
      });
    }
    expect(Object.values(committed).join("\n")).not.toMatch(/"\/(home|Users|root|tmp|work|private|var\/folders)\//);
  });

  async function resolved(folder: string): Promise<string[]> {
    return lines(await resolveWithTerraform(folder, { env: terraform.env }));
  }
});
