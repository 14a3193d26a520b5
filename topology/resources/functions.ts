/** Functions, with what other resources add to them: aliases, settings of asynchronous invocation, recursion. */
import { isBlock, type Resource, text, Unknown } from "../configuration.ts";
import type { AsyncSettings, FunctionCode, FunctionNode, Setting } from "../graph.ts";
import { functionNameOf } from "../identity.ts";
import { qualifierIn } from "./lookup.ts";
import { type NodeContext, placed } from "./nodes.ts";
import { Reader, unknownMark } from "./reader.ts";

/** A function, but for what its role may write to: the permissions tell that. */
export function functionNode(resource: Resource, context: NodeContext): FunctionNode {
  const read = new Reader(resource, context.assume);
  const reserved = read.number("reserved_concurrent_executions", null, -1);
  return {
    kind: "function",
    ...placed(resource, context.configuration),
    timeout: read.number("timeout", 3, 0),
    memorySize: read.number("memory_size", 128, 0),
    reservedConcurrentExecutions: reserved,
    handler: read.text("handler", null),
    runtime: read.text("runtime", null),
    code: codeOf(resource),
    environment: environmentOf(read),
    role: roleOf(resource, context),
    recursiveLoop: recursion(resource, context),
    publish: read.flag("publish", false),
    aliases: context.satellites("aws_lambda_alias", resource).map((alias) => ({
      address: alias.address,
      location: alias.location,
      name: text(alias.values.name) ?? alias.address,
      functionVersion: new Reader(alias, context.assume).text("function_version", "$LATEST"),
    })),
    asyncSettings: asyncOf(resource, context),
    mayWriteTo: [],
    mayPerhapsWriteTo: "any",
  };
}

function codeOf({ values }: Resource): FunctionCode {
  const path = text(values.filename);
  if (path !== undefined) return { kind: "zip", path };
  if (values.s3_bucket !== undefined && values.s3_bucket !== null) {
    return { kind: "s3", bucket: text(values.s3_bucket) ?? null, key: text(values.s3_key) ?? null };
  }
  if (values.image_uri !== undefined && values.image_uri !== null)
    return { kind: "image", uri: text(values.image_uri) ?? null };
  return { kind: "unknown" };
}

function environmentOf(read: Reader): FunctionNode["environment"] {
  const inside = read.inside("environment");
  return inside.setting<Readonly<Record<string, string | null>>>("variables", {}, (value) => {
    if (!isBlock(value)) return unknownMark;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name,
        one instanceof Unknown || one === null ? null : (text(one) ?? JSON.stringify(one)),
      ]),
    );
  });
}

function roleOf(resource: Resource, context: NodeContext): string | null {
  const target = context.lookup.target(resource.values.role, resource);
  if (target === undefined || target.kind === "unknown") return null;
  if (target.kind === "resource") return target.resource.address;
  return context.lookup.named("role", target.arn.split("/").at(-1) ?? "", resource)?.address ?? target.arn;
}

function recursion(resource: Resource, context: NodeContext): Setting<"Terminate" | "Allow"> {
  const [config] = context.satellites("aws_lambda_function_recursion_config", resource);
  if (config === undefined) return { value: "Terminate", from: "default" };
  return new Reader(config, context.assume).choice("recursive_loop", ["Terminate", "Allow"], "Terminate");
}

/** The qualifier that an `aws_lambda_function_event_invoke_config` is for. */
export function invokeConfigQualifier(config: Resource): string {
  const name = text(config.values.function_name) ?? "";
  return text(config.values.qualifier) ?? qualifierIn(name) ?? "$LATEST";
}

function asyncOf(resource: Resource, context: NodeContext): AsyncSettings[] {
  const made = context.satellites("aws_lambda_function_event_invoke_config", resource).map((config): AsyncSettings => {
    const read = new Reader(config, context.assume);
    return {
      qualifier: invokeConfigQualifier(config),
      address: config.address,
      maximumRetryAttempts: read.number("maximum_retry_attempts", 2),
      maximumEventAgeInSeconds: read.number("maximum_event_age_in_seconds", 21_600, 0),
    };
  });
  if (made.some(({ qualifier }) => qualifier === "$LATEST")) return made;
  const defaults: AsyncSettings = {
    qualifier: "$LATEST",
    address: null,
    maximumRetryAttempts: { value: 2, from: "default" },
    maximumEventAgeInSeconds: { value: 21_600, from: "default" },
  };
  return [defaults, ...made];
}

/** The function that a satellite (`function_name`) belongs to, from a name, an ARN or a qualified ARN. */
export function functionOf(satellite: Resource, context: NodeContext): Resource | undefined {
  const target = context.lookup.target(satellite.values.function_name, satellite);
  if (target?.kind === "resource" && target.resource.type === "aws_lambda_function") return target.resource;
  const name = text(satellite.values.function_name);
  return name === undefined ? undefined : context.lookup.named("function", functionNameOf(name), satellite);
}
