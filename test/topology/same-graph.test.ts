import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty, nat, uniqueArray } from "fast-check";
import { parseAddress } from "../../topology/address.ts";
import { graphOf } from "../../topology/build/graph-of.ts";
import { type Configuration, isBlock, isList, Unknown, type Value } from "../../topology/configuration.ts";
import type { Graph } from "../../topology/graph.ts";
import { isJson } from "../../topology/sources/json.ts";
import { readShown } from "../../topology/sources/show.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { all, type Config, cleanPaths, prefixed, synthesized } from "../support/configurations.ts";
import { hcl, providerHcl } from "../support/hcl.ts";
import { describeWithTerraform, type Terraform } from "../support/terraform.ts";
import { twins } from "../support/twins.ts";

/** Everything that the twins hold, right and wrong. */
const parts = [...Object.values(cleanPaths), ...twins.flatMap(({ shows, repaired }) => [shows, repaired])];

/** Some of them, to stand in one configuration. */
const choices = uniqueArray(nat(parts.length - 1), { minLength: 6, maxLength: 6 });

function together(chosen: readonly number[]): Config {
  return all(...chosen.flatMap((part, index) => prefixed(parts[part]?.() ?? all(), `p${index}`)));
}

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

describeWithTerraform("one configuration, read as JSON, HCL, plan and state", (terraform) => {
  test("gives one graph, but for what a plan cannot know", async () => {
    await assert(
      asyncProperty(choices, async (chosen) => {
        const config = together(chosen);
        const directory = mkdtempSync(join(place, "configuration-"));
        const json = graphOf(readSynthesized(synthesized(config), join(directory, "cdk.tf.json"), "test"));
        writeFileSync(join(directory, "main.tf"), `${providerHcl}\n${hcl(config)}`);
        const before = readdirSync(directory);
        const resolved = await resolveWithTerraform(directory, { env: terraform.env });
        expect(readdirSync(directory)).toEqual(before);
        expect(comparable(graphOf(resolved))).toEqual(comparable(json));

        const [plan, state] = await Promise.all([planOf(directory, terraform), stateOf(resolved, terraform)]);
        expect(comparable(graphOf(readShown(state, "state.json")))).toEqual(comparable(json));
        expectSameButUnknown(comparable(graphOf(readShown(plan, "plan.json"))), comparable(json));
      }),
      { numRuns: 1, endOnFailure: true },
    );
  }, 300_000);
});

/** A graph without what depends on the source alone: places in files, and whether a value that equals the default is set. */
function comparable(graph: Graph) {
  return {
    nodes: graph.nodes.map(without),
    edges: graph.edges.map(without),
    alarms: graph.alarms.map(without),
    notUnderstood: graph.notUnderstood,
  };
}

function without(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    if (["location", "provider", "accountId", "policies"].includes(key)) return undefined;
    if (isJson(one) && (one.from === "configuration" || one.from === "default") && "value" in one)
      return { value: one.value };
    return typeof one === "string" ? one.replaceAll(/(?<=:)(?:111122223333|000000000000)(?=:)/g, "account") : one;
  });
}

/** What a plan gives is the same, or said to be unknown. */
function expectSameButUnknown(plan: unknown, known: unknown, at = ""): void {
  if (isJson(plan) && plan.from === "unknown") return;
  if (isJson(plan) && plan.state === "unknown") return;
  // What a role may write to is what is known; what is granted may rest on a policy that a plan does not know.
  if (at.endsWith(".mayWriteTo")) {
    expect(known).toEqual(expect.arrayContaining([plan].flat()));
    return;
  }
  if (isJson(plan) && isJson(known) && plan.state === "granted") {
    expect({ at, ...known, why: null }).toEqual({ at, ...plan, why: null });
    return;
  }
  if (Array.isArray(plan) && Array.isArray(known)) {
    expect(`${at} ${plan.length}`).toBe(`${at} ${known.length}`);
    for (const [index, one] of plan.entries()) expectSameButUnknown(one, known[index], `${at}[${index}]`);
  } else if (isJson(plan) && isJson(known)) {
    expect(`${at} ${Object.keys(plan).toSorted().join(" ")}`).toBe(`${at} ${Object.keys(known).toSorted().join(" ")}`);
    for (const [key, one] of Object.entries(plan)) expectSameButUnknown(one, known[key], `${at}.${key}`);
  } else expect({ at, value: plan }).toEqual({ at, value: known });
}

async function planOf(directory: string, terraform: Terraform): Promise<string> {
  await terraform.run(["init", "-input=false"], directory);
  await terraform.run(["plan", "-input=false", "-out=plan.out"], directory);
  return (await terraform.run(["show", "-json", "plan.out"], directory)).stdout;
}

/** A state with the values that AWS would have given, printed by Terraform. */
async function stateOf(configuration: Configuration, terraform: Terraform): Promise<string> {
  const directory = join(place, "state");
  mkdirSync(directory);
  writeFileSync(join(directory, "main.tf"), providerHcl);
  await terraform.run(["init", "-input=false"], directory);
  const schemas: unknown = JSON.parse((await terraform.run(["providers", "schema", "-json"], directory)).stdout);
  const version = versionsIn(schemas);
  const resources = configuration.resources
    .filter(({ mode }) => mode === "managed")
    .map(({ address, type, values }) => ({
      mode: "managed",
      type,
      name: parseAddress(address)?.name,
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [{ schema_version: version.get(type) ?? 0, attributes: plain(values), sensitive_attributes: [] }],
    }));
  const file = join(directory, "made.tfstate");
  writeFileSync(
    file,
    JSON.stringify({
      version: 4,
      terraform_version: terraform.version,
      serial: 1,
      lineage: "test",
      outputs: {},
      resources,
    }),
  );
  return (await terraform.run(["show", "-json", file], directory)).stdout;
}

/** Version of each resource type's schema: what a state must say. */
function versionsIn(schemas: unknown): Map<string, number> {
  const providers = isJson(schemas) && isJson(schemas.provider_schemas) ? Object.values(schemas.provider_schemas) : [];
  const types = providers.flatMap((one) =>
    isJson(one) && isJson(one.resource_schemas) ? Object.entries(one.resource_schemas) : [],
  );
  return new Map(types.map(([type, schema]) => [type, isJson(schema) ? Number(schema.version) : 0]));
}

function plain(value: Value): unknown {
  if (value instanceof Unknown) return null;
  if (isList(value)) return value.map(plain);
  return isBlock(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])) : value;
}
