import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refused } from "../../checks/refused.ts";
import { isJson, list } from "../../topology/sources/json.ts";
import { all, prefixed, provider, synthesized } from "../support/configurations.ts";
import { describeWithTerraform, type Terraform } from "../support/terraform.ts";
import { twins } from "../support/twins.ts";

describeWithTerraform("real Terraform", (terraform) => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  test("accepts every configuration that shows a rule, and every repaired twin", async () => {
    const both = twins.flatMap(({ shows, repaired }, index) => [
      prefixed(shows(), `shows${index}`),
      prefixed(repaired(), `repaired${index}`),
    ]);
    writeFileSync(join(place, "main.tf.json"), synthesized(all(...both)));
    expect(await errors(place, terraform)).toEqual([]);
  }, 300_000);

  test("refuses by itself the ranges that no rule repeats", async () => {
    const resource: Record<string, Record<string, object>> = {};
    for (const [index, { type, values }] of refused.entries())
      resource[type] = { ...resource[type], [`r${index}`]: values };
    writeFileSync(join(place, "main.tf.json"), JSON.stringify({ ...provider, resource }));
    const found = await errors(place, terraform);
    const messages = refused.map(({ setting, message }, index) => ({
      setting,
      message:
        found.find((one) => one.includes(`r${index} `))?.includes(message) === true
          ? message
          : found.find((one) => one.includes(`r${index} `)),
    }));
    expect(messages).toEqual(refused.map(({ setting, message }) => ({ setting, message })));
  }, 300_000);
});

/** What `terraform validate` says: the address and the message of each error. */
async function errors(directory: string, terraform: Terraform): Promise<string[]> {
  await terraform.run(["init", "-input=false"], directory);
  const { stdout } = await terraform.run(["validate", "-json"], directory).catch((error: unknown) => {
    if (typeof error === "object" && error !== null && "stdout" in error) return { stdout: String(error.stdout) };
    throw error;
  });
  const answer: unknown = JSON.parse(stdout);
  return list(isJson(answer) ? answer.diagnostics : [])
    .filter(({ severity }) => severity === "error")
    .map(({ address, summary, detail }) => `${String(address).split(".").at(-1)} ${String(summary)} ${String(detail)}`);
}
