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
 * Runs what makes constructs. cdktf takes a stack trace for each expression, and jest maps each of its lines to sources:
 * nine tenths of the time, for traces that nobody reads. V8 formats the trace of an error when it is first looked at, so
 * errors that leave here still have theirs.
 */
export function quickly<Result>(make: () => Result): Result {
  const usual = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? { value: undefined, writable: true };
  Error.prepareStackTrace = (error) => String(error);
  try {
    return make();
  } finally {
    Object.defineProperty(Error, "prepareStackTrace", usual);
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

/** What a stack refuses, one entry for each mistake: `[shop/payments] timeout is …`. */
export function refusalsOf(build: (stack: TerraformStack) => void, id?: string): string[] {
  return quickly(() => {
    const stack = testStack(id);
    build(stack);
    return refused(stack);
  });
}

/** The refusals of what is below a construct. Rendering must work all the same: nothing depends on a value being right. */
export function refused(construct: IConstruct): string[] {
  const problems = construct.node
    .findAll()
    .flatMap((child) => child.node.validate().map((message) => `[${child.node.path}] ${message}`));
  if (TerraformStack.isStack(construct)) withoutValidation(construct);
  return problems;
}

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
