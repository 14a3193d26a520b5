import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sample } from "fast-check";
import { type Configuration, isBlock, isList, type Value } from "../../topology/configuration.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { isJson } from "../../topology/sources/json.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { comparable, expectSameButUnknown } from "../support/comparison.ts";
import { all, cleanPaths, synthesized } from "../support/configurations.ts";
import { runs } from "../support/properties.ts";
import { describeWithTerraform } from "../support/terraform.ts";
import { differences, forms, type Read, readAll, shrunk, told } from "../support/topologies/batch.ts";
import { topology } from "../support/topologies/build.ts";
import { flat, hclFiles, synthesizedText, together } from "../support/topologies/modules.ts";
import { clean, least, type Shape, shapes } from "../support/topologies/shape.ts";

/** How many topologies one run of Terraform judges. */
const batch = 20;
/** What the random topologies of this run come from; a failure names it, and HOLDFAST_PROPERTY_SEED sets it. */
const seed = Number(process.env.HOLDFAST_PROPERTY_SEED ?? Date.now() % 2 ** 31);

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the comparison notices", () => {
  const source = synthesized(all(...Object.values(cleanPaths).map((make) => make())));
  const known = comparable(graphOf(readSynthesized(source, join(tmpdir(), "cdk.tf.json"), "test")));
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

describe("the random topologies", () => {
  // Always the same ones: what is asserted of them is how they are made, not luck.
  const many = sample(shapes(batch), { seed: 4, numRuns: 15 }).flat();
  const made = many.map((shape) => {
    const root = topology(shape, "t0");
    const json = readSynthesized(synthesizedText(flat(together([root]))), join(tmpdir(), "cdk.tf.json"), "test");
    return { shape, hcl: [...hclFiles(root).values()].join("\n"), depth: depthOf(root), resources: json.resources };
  });
  const types = (one: (typeof made)[number]): string[] => one.resources.map(({ type }) => type);
  /** What must be in how many of a hundred. */
  const floors: readonly (readonly [string, number, (one: (typeof made)[number]) => boolean])[] = [
    ["count of several", 6, ({ resources }) => resources.some(({ address }) => address.endsWith("[1]"))],
    ["count or for_each of none", 5, ({ shape }) => shape.many === 0 && shape.repeat !== "once"],
    [
      "for_each of several",
      7,
      ({ resources }) => resources.some(({ address }) => address.endsWith('["b-2 \\"x\\" y.z"]')),
    ],
    ["each.value", 30, ({ hcl }) => /each\.value\.\w/.test(hcl)],
    ["each.key", 30, ({ hcl }) => hcl.includes("[each.key]")],
    ["a condition as count", 18, ({ hcl }) => hcl.includes("? 1 : 0") && hcl.includes("count = local.")],
    ["dynamic blocks", 40, ({ hcl }) => hcl.includes("dynamic ")],
    ["dynamic blocks in dynamic blocks", 30, ({ hcl }) => /dynamic [^{]*\{[^}]*dynamic /.test(hcl)],
    ["dynamic statements", 40, ({ hcl }) => hcl.includes('dynamic "statement"')],
    ["no module", 10, ({ depth }) => depth === 0],
    ["modules", 60, ({ depth }) => depth >= 1],
    ["modules in modules", 18, ({ depth }) => depth >= 2],
    ["a module with for_each", 20, ({ hcl }) => /module "[^"]*" \{[^}]*for_each/.test(hcl)],
    ["a module with count", 20, ({ hcl }) => /module "[^"]*" \{[^}]*count/.test(hcl)],
    ["outputs of modules", 25, ({ hcl }) => /\bmodule\.\w+(?:\[[^\]]*\])?\.arn/.test(hcl)],
    ["figures from variables", 20, ({ hcl }) => hcl.includes("var.figures.")],
    ["a policy by document", 60, ({ hcl }) => /policy\s+= data\.aws_iam_policy_document/.test(hcl)],
    ["a policy by jsonencode", 14, ({ hcl }) => /policy = jsonencode\(\{"Version" = "2012-10-17".*Resource/.test(hcl)],
    ["a policy of its own", 13, (one) => types(one).includes("aws_iam_policy")],
    ["a policy in the role", 13, ({ hcl }) => hcl.includes("inline_policy")],
    ["a queue's policy by jsonencode", 6, ({ hcl }) => /policy = jsonencode\(\{"Version".*"Principal"/.test(hcl)],
    [
      "a policy in the queue",
      6,
      (one) => one.resources.some(({ type, values }) => type === "aws_sqs_queue" && "policy" in values),
    ],
    ["outputs handed on by a module", 10, ({ hcl }) => hcl.includes("module.inner.arn")],
    ["a policy managed by AWS", 13, ({ hcl }) => hcl.includes("AWSLambdaSQSQueueExecutionRole")],
    ...clean.map(([name], at) => [`the ${name}`, 3, ({ shape }: (typeof made)[number]) => shape.part === at] as const),
    ["a queue as a source", 10, (one) => one.resources.some(({ values }) => "redrive_policy" in values)],
    ["a stream as a source", 4, (one) => types(one).includes("aws_kinesis_stream")],
    ["a table as a source", 4, (one) => types(one).includes("aws_dynamodb_table")],
    ["a bucket as a source", 4, (one) => types(one).includes("aws_s3_bucket_notification")],
    ["a rule as a source", 4, (one) => types(one).includes("aws_cloudwatch_event_rule")],
    ["a topic as a source", 4, (one) => types(one).includes("aws_sns_topic")],
    ["a schedule as a source", 4, (one) => types(one).includes("aws_scheduler_schedule")],
  ];

  test.each(floors)("have %s in at least %d of a hundred", (_name, floor, has) => {
    expect((100 * made.filter(has).length) / made.length).toBeGreaterThanOrEqual(floor);
  });
});

test("a topology that differs is brought down to what it takes, and told as files", async () => {
  const [shape] = sample(shapes(batch), { seed: 4, numRuns: 1 }).flat();
  if (shape === undefined) throw new Error("no shape");
  const given: Shape = {
    ...shape,
    part: 0,
    repeat: "each",
    many: 3,
    place: "modules",
    dynamic: true,
    policy: "encoded",
  };
  const differing = ({ many, repeat, dynamic }: Shape): boolean => many > 1 && repeat === "each" && dynamic;
  const judge = (some: readonly Shape[]) =>
    Promise.resolve(some.filter(differing).map((one) => ({ shape: one, form: "plan" as const, message: "differs" })));
  const found = await shrunk({ shape: given, form: "plan", message: "differs" }, judge);
  expect(found.shape).toEqual({ ...least, part: 0, repeat: "each", many: 2, dynamic: true });
  expect(told(found)).toMatch(
    /^plan differs: queuePath as \{.*\}\ndiffers\n# \.\/main\.tf\n[^]*for_each = var\.t0_each/,
  );
});

function depthOf({ calls }: ReturnType<typeof topology>): number {
  return Math.max(0, ...calls.map(({ module }) => 1 + depthOf(module)));
}

describeWithTerraform("one configuration, read as JSON, HCL, plan and state", (terraform) => {
  const [random = [], ...more] = sample(shapes(batch), { seed, ...runs(1) });
  // A schedule with parameters is always among them: few of the random ones have one.
  const first = [...random, { ...least, part: clean.findIndex(([name]) => name === "clockPath") }];
  let read: Read;
  beforeAll(async () => {
    read = await readAll(first, place, terraform);
  }, 300_000);

  const same = async (given: readonly Shape[], own: Read): Promise<void> => {
    const [found] = differences(given, own);
    if (found === undefined) return;
    const judge = async (some: readonly Shape[]) => differences(some, await readAll(some, place, terraform));
    throw new Error(`HOLDFAST_PROPERTY_SEED=${seed}: ${told(await shrunk(found, judge))}`);
  };

  test(`gives one graph, but for what a plan cannot know: ${batch + 1} topologies`, async () => {
    expect(read.hcl.resources.length).toBeGreaterThan(batch);
    await same(first, read);
  }, 600_000);

  if (more.length > 0) {
    test(
      `and so do ${more.length * batch} more`,
      async () => {
        for (const given of more) await same(given, await readAll(given, place, terraform));
      },
      more.length * 600_000,
    );
  }

  /** What a reader may forget. Each is in a topology at least, most in half of them, which are clean paths. */
  const forgetting: Readonly<Record<string, (configuration: Configuration) => Configuration>> = {
    "the policies of roles": (one) => only(one, ({ type }) => !/^aws_iam_(?:role_policy|policy)/.test(type)),
    "dynamic or other nested blocks": (one) => changed(one, (name, value) => (isBlocks(value) ? [] : [name, value])),
    "every instance but the first": (one) =>
      only(one, ({ address }) => !/\[(?:[1-9]\d*|"b-2(?:[^"\\]|\\.)*")\]/.test(address)),
    "the timeouts of functions": (one) =>
      changed(one, (name, value) => (name === "timeout" ? [name, 899] : [name, value])),
    "what a schedule calls its event": (one) =>
      changed(one, (name, value) =>
        name === "target" && isList(value)
          ? [name, value.map((target) => (isBlock(target) ? { ...target, eventbridge_parameters: [] } : target))]
          : [name, value],
      ),
  };

  describe.each(forms)("a reader of %s that forgets", (form) => {
    test.each(Object.entries(forgetting))(
      "%s is noticed",
      (_name, forget) => {
        const compared = form === "json" ? "hcl" : form;
        expect(differences(first, { ...read, [form]: forget(read[form]) }, [compared]).length).toBeGreaterThan(0);
      },
      60_000,
    );
  });
});

function only(configuration: Configuration, is: (one: Configuration["resources"][number]) => boolean): Configuration {
  return { ...configuration, resources: configuration.resources.filter(is) };
}

function changed(
  configuration: Configuration,
  change: (name: string, value: Value) => [string, Value] | [],
): Configuration {
  const resources = configuration.resources.map((one) => {
    const kept = Object.entries(one.values).flatMap(([name, value]) => {
      const [to, made] = change(name, value);
      return to === undefined || made === undefined ? [] : [[to, made] as const];
    });
    return { ...one, values: Object.fromEntries(kept) };
  });
  return { ...configuration, resources };
}

function isBlocks(value: Value): boolean {
  return isList(value) && value.length > 0 && value.every((one) => isBlock(one));
}
