import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { assert, asyncProperty, constantFrom, nat, uniqueArray } from "fast-check";
import { parseAddress } from "../../topology/address.ts";
import { type Configuration, isBlock, isList, Unknown, type Value } from "../../topology/configuration.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { isJson } from "../../topology/sources/json.ts";
import { readShown } from "../../topology/sources/show.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { comparable, expectSameButUnknown } from "../support/comparison.ts";
import { all, type Config, cleanPaths, prefixed, synthesized } from "../support/configurations.ts";
import { hcl, providerHcl } from "../support/hcl.ts";
import { runs } from "../support/properties.ts";
import { describeWithTerraform, type Terraform } from "../support/terraform.ts";
import { twins } from "../support/twins.ts";

/** Everything that the twins hold, right and wrong. */
const parts = [...Object.values(cleanPaths), ...twins.flatMap(({ shows, repaired }) => [shows, repaired])];

/** Some of them, to stand in one configuration. */
const choices = uniqueArray(nat(parts.length - 1), { minLength: 6, maxLength: 6 });

function together(chosen: readonly number[]): Config {
  return all(...chosen.flatMap((part, index) => prefixed(parts[part]?.() ?? all(), `p${index}`)));
}

/** How a configuration is called, and the addresses that its resources then have. */
const calls = [
  { prefix: "", call: undefined },
  { prefix: 'module.part["a"].', call: 'for_each = { a = { name = "x" } }' },
  { prefix: "module.part[0].module.inner.", call: "count = 1" },
];

/** Writes a configuration as HCL, in the root or in modules. */
function write(config: Config, directory: string, { prefix, call }: (typeof calls)[number]): void {
  const files: Record<string, string> = { "main.tf": `${providerHcl}\n` };
  const module = (name: string, source: string, more = ""): string =>
    `module "${name}" {\n  source = "${source}"\n  ${more}\n}\n`;
  const isNested = prefix.includes("inner");
  if (call === undefined) files["main.tf"] += hcl(config);
  else {
    files["main.tf"] += module("part", "./part", call);
    if (isNested) files["part/main.tf"] = module("inner", "../inner");
    files[isNested ? "inner/main.tf" : "part/main.tf"] = hcl(config);
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

/** The same graph, with the addresses that its resources have inside a module. */
function inside(prefix: string, graph: ReturnType<typeof comparable>): typeof graph {
  return JSON.parse(JSON.stringify(graph), (_key, one: unknown) =>
    typeof one === "string" ? one.replaceAll(/(?<![\w.:/"-])(?:data\.)?aws_[a-z0-9_]+\.[\w-]+/g, `${prefix}$&`) : one,
  );
}

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

describe("the comparison notices", () => {
  const known = comparable(
    graphOf(readSynthesized(synthesized(together([0, 1, 2])), join(tmpdir(), "cdk.tf.json"), "test")),
  );
  const writer = known.nodes.findIndex(
    (one) => isJson(one) && Array.isArray(one.mayWriteTo) && one.mayWriteTo.length > 0,
  );
  const planted = (change: object): typeof known => ({
    ...known,
    nodes: known.nodes.map((one, index) => (index === writer && isJson(one) ? { ...one, ...change } : one)),
  });
  const compare = (plan: typeof known) => () => expectSameButUnknown(plan, known);

  test("what a plan would leave out of what a role may write to", () => {
    expect(writer).toBeGreaterThanOrEqual(0);
    expect(compare(planted({}))).not.toThrow();
    expect(compare(planted({ mayWriteTo: [] }))).toThrow(/nodes\[\d+\] /);
    expect(compare(planted({ mayWriteTo: [], mayPerhapsWriteTo: ["aws_sqs_queue.another"] }))).toThrow();
    expect(compare(planted({ mayWriteTo: [], mayPerhapsWriteTo: "any" }))).not.toThrow();
  });

  test("what a plan would say too surely", () => {
    const written = known.nodes[writer];
    const more = [
      ...(isJson(written) && Array.isArray(written.mayWriteTo) ? written.mayWriteTo : []),
      "aws_sqs_queue.x",
    ];
    expect(compare(planted({ mayWriteTo: more, mayPerhapsWriteTo: "any" }))).toThrow("aws_sqs_queue.x");
    const [first, ...rest] = known.edges;
    if (!isJson(first)) throw new Error("no edge to change");
    const edges = (change: object) => ({ ...known, edges: [{ ...first, ...change }, ...rest] });
    expect(compare(edges({ to: "aws_sqs_queue.x" }))).toThrow("aws_sqs_queue.x");
    expect(compare({ ...known, edges: rest })).toThrow(/edges/);
  });
});

describeWithTerraform("one configuration, read as JSON, HCL, plan and state", (terraform) => {
  test("gives one graph, but for what a plan cannot know", async () => {
    await assert(
      asyncProperty(choices, constantFrom(...calls), async (chosen, called) => {
        const config = together(chosen);
        const directory = mkdtempSync(join(place, "configuration-"));
        const root = graphOf(readSynthesized(synthesized(config), join(directory, "cdk.tf.json"), "test"));
        const json = inside(called.prefix, comparable(root));
        write(config, directory, called);
        const before = readdirSync(directory);
        const resolved = await resolveWithTerraform(directory, { env: terraform.env });
        expect(readdirSync(directory)).toEqual(before);
        expect(comparable(graphOf(resolved))).toEqual(json);

        const [plan, state] = await Promise.all([planOf(directory, terraform), stateOf(resolved, terraform)]);
        expect(comparable(graphOf(readShown(state, "state.json")))).toEqual(json);
        expectSameButUnknown(comparable(graphOf(readShown(plan, "plan.json"))), json);
      }),
      { ...runs(1), endOnFailure: true },
    );
  }, 300_000);
});

async function planOf(directory: string, terraform: Terraform): Promise<string> {
  await terraform.run(["init", "-input=false"], directory);
  await terraform.run(["plan", "-input=false", "-out=plan.out"], directory);
  return (await terraform.run(["show", "-json", "plan.out"], directory)).stdout;
}

/** A state with the values that AWS would have given, printed by Terraform. */
async function stateOf(configuration: Configuration, terraform: Terraform): Promise<string> {
  const directory = mkdtempSync(join(place, "state-"));
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
      ...moduleOf(address),
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

function moduleOf(address: string): { module?: string } {
  const module = parseAddress(address)?.module ?? "";
  return module === "" ? {} : { module };
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
