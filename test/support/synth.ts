/**
 * Stacks synthesized for tests: with validations on, as cdktf itself does at `synth`, and as data that can be looked into.
 *
 * (`Testing.synth` of cdktf runs no validation unless it is told to, and its matchers pass when any resource matches.)
 */
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { App, TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";

/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Blocks by type and name, as Terraform's JSON syntax has them. */
type Blocks = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

/** A synthesized stack: the content of its `cdk.tf.json`, without cdktf's metadata. */
export interface Synthesized {
  readonly resource: Blocks;
  readonly data: Blocks;
  readonly output: Readonly<Record<string, JsonObject>>;
  readonly variable: Readonly<Record<string, JsonObject>>;
  readonly provider: Readonly<Record<string, readonly JsonObject[]>>;
}

/** One directory for the apps of all tests: nothing is written to it, but cdktf wants one that exists. */
const outdir = join(tmpdir(), "holdfast-tests");

/** An app that writes nothing, keeps no stack traces and reads no `cdktf.json`. */
export function testApp(): App {
  if (!existsSync(outdir)) mkdirSync(outdir, { recursive: true });
  return new App({ outdir, stackTraces: false });
}

/** A stack with the AWS provider and nothing else, in an app of its own unless one is given. */
export function testStack(id = "shop", app: App = testApp()): TerraformStack {
  const stack = new TerraformStack(app, id);
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  return stack;
}

/**
 * Runs what makes constructs. cdktf captures the whole stack for each expression, for traces that nobody reads and that
 * jest maps line by line to sources: most of the time of a test. An error that is thrown has its own trace all the same.
 */
export function quickly<Result>(make: () => Result): Result {
  const captures = jest.spyOn(Error, "captureStackTrace").mockImplementation(() => undefined);
  try {
    return make();
  } finally {
    captures.mockRestore();
  }
}

/**
 * What a stack renders to.
 * @param build what makes the stack's constructs
 * @throws Error with every refusal of the stack
 */
export function synthesize(build: (stack: TerraformStack) => void, id?: string): Synthesized {
  return quickly(() => {
    const stack = testStack(id);
    build(stack);
    return rendered(stack);
  });
}

/** What a stack that was made elsewhere renders to. */
export function rendered(stack: TerraformStack): Synthesized {
  stack.prepareStack();
  stack.runAllValidations();
  return withoutValidation(stack);
}

function withoutValidation(stack: TerraformStack): Synthesized {
  const { resource, data, output, variable, provider } = JSON.parse(
    JSON.stringify(stack.toTerraform(), (key, value: unknown) => (key === "//" ? undefined : value)),
  ) as Partial<Synthesized>;
  return {
    resource: resource ?? {},
    data: data ?? {},
    output: output ?? {},
    variable: variable ?? {},
    provider: provider ?? {},
  };
}

/**
 * What a stack refuses, one entry for each mistake: `[shop/payments] timeout is …`.
 * @param options with `render`, the stack is rendered too: that must not crash, whatever the values
 */
export function refusalsOf(build: (stack: TerraformStack) => void, { id = "shop", render = false } = {}): string[] {
  return quickly(() => {
    const stack = testStack(id);
    build(stack);
    if (render) withoutValidation(stack);
    return refused(stack);
  });
}

/** The refusals of what is below a construct. */
const refused = (construct: IConstruct): string[] =>
  construct.node
    .findAll()
    .flatMap((child) => child.node.validate().map((message) => `[${child.node.path}] ${message}`));

/** The warnings below a construct. */
export function warnings(construct: IConstruct): string[] {
  return construct.node
    .findAll()
    .flatMap((child) =>
      child.node.metadata
        .filter(({ type }) => type === "@cdktf/warn")
        .map(({ data }) => `[${child.node.path}] ${String(data)}`),
    );
}

const addressesIn = (blocks: Blocks, prefix: string): string[] =>
  Object.entries(blocks).flatMap(([type, byName]) => Object.keys(byName).map((name) => `${prefix}${type}.${name}`));

/** The addresses of a stack's resources and data sources, sorted: `aws_sqs_queue.payments`. */
export function addressesOf({ resource, data }: Synthesized): string[] {
  return [...addressesIn(resource, ""), ...addressesIn(data, "data.")].toSorted();
}

/**
 * The one resource or data source at an address.
 * @throws Error that lists what there is
 */
export function at(stack: Synthesized, address: string): JsonObject {
  const [blocks, key] = address.startsWith("data.") ? [stack.data, address.slice(5)] : [stack.resource, address];
  const [type = "", name = ""] = key.split(".");
  const found = blocks[type]?.[name];
  if (found !== undefined) return found;
  throw new Error(`there is no ${address}; there are:\n  ${addressesOf(stack).join("\n  ")}`);
}

/** A value within a block: `dig(alarm, "dimensions", "QueueName")`. `undefined` where the way ends early. */
export function dig(value: Json | undefined, ...way: readonly (string | number)[]): Json | undefined {
  return way.reduce<Json | undefined>((here, step) => {
    if (typeof here !== "object" || here === null) return undefined;
    return Array.isArray(here)
      ? (here as readonly Json[])[Number(step)]
      : Object.hasOwn(here, step)
        ? (here as JsonObject)[step]
        : undefined;
  }, value);
}
