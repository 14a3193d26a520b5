/** A shape made into a module: the plain configuration, with one thing after another written in another form. */
import { type Body, type Config, encoded, type Json, ref, type Typed } from "../configurations.ts";
import { addressesOf, type Call, expressions, inRoot, type Module, noModule } from "./modules.ts";
import { parts, type Shape } from "./shape.ts";

/** Keys with what keys may have: dots, spaces, quotation marks. */
const keys = ["a", 'b-2 "x" y.z', "orders.eu"];

/** A key as part of a name. */
function inName(key: string): string {
  return key.replaceAll(/[^\w-]+/g, "-");
}

/** What stands in the root for the topology `name`, all of it under that prefix. */
export function topology(shape: Shape, name: string): Module {
  const made = withPolicies(parts[shape.part]?.[1]() ?? { resource: {}, data: {} }, shape.policy);
  const config = withAccess(made, shape.access);
  const nets = shape.nested > 0 ? netsOf(config) : [];
  const shared = shape.shared ? leavesOf(config) : new Set<string>();
  const inner = body(config, shape, shared, new Set(nets));
  if (shape.place === "root") {
    return inRoot({ ...inner, variable: { ...inner.variable, name } }, name);
  }
  const chosen = keys.slice(0, 2);
  const [over, given]: [Call["keys"], Record<string, Json>] =
    shape.place === "module"
      ? [undefined, { name }]
      : shape.place === "modules"
        ? [chosen, { name: `\${local.${name}_calls[each.key].prefix}-\${each.value.suffix}` }]
        : [2, { name: `${name}-\${count.index}` }];
  const calls = Object.fromEntries(chosen.map((key, at) => [key, { prefix: name, suffix: `${inName(key)}-${at}` }]));
  return {
    ...noModule,
    locals: shape.place === "modules" ? { [`${name}_calls`]: calls } : {},
    calls: [{ name, module: inner, keys: over, over: Array.isArray(over) ? `local.${name}_calls` : "2", given }],
  };
}

const scope = { once: "", count: "count.index", condition: "count.index", each: "each.key" } as const;

/** Repeats everything but what is shared, names it, and puts the queues of `nets` into modules. */
function body(config: Config, shape: Shape, shared: ReadonlySet<string>, nets: ReadonlySet<string>): Module {
  const index = scope[shape.repeat];
  const inside = [...nets].map((one) => one.slice("aws_sqs_queue.".length));
  const figures: Record<string, number> = {};
  const isRepeated = (address: string): boolean => index !== "" && !shared.has(address);
  const refer =
    (from: string) =>
    (expression: string): string =>
      expression.replaceAll(/\b((?:data\.)?aws_\w+)\.(\w+)/g, (whole, type: string, name: string) => {
        const address = `${type}.${name}`;
        const target = nets.has(address) ? `module.${name}` : whole;
        return isRepeated(address) && isRepeated(from) ? `${target}[${index}]` : target;
      });
  const repeated = { ...repeatOf(shape) };
  const one = (address: string, written: Body): Body => {
    const isOwn = isRepeated(address);
    const made = Object.entries(written).map(([key, value]): [string, Json] => {
      if (isName(key, value, address)) return [key, named(value, isOwn ? shape.repeat : "once")];
      const figure = `${address.replaceAll(/\W/g, "_")}_${key}`;
      if (shape.figures && typeof value === "number" && steps[key] !== undefined) {
        figures[figure] = value;
        const from = { once: "var.figures", count: "var.figures", condition: "var.figures", each: "each.value" };
        return [key, `\${${isOwn ? from[shape.repeat] : "var.figures"}.${figure}}`];
      }
      return [key, expressions(value, refer(address))];
    });
    const all: Body = { ...Object.fromEntries(made), ...(isOwn ? repeated : {}) };
    return shape.dynamic ? dynamic(all) : all;
  };
  const typed = (part: Typed, before: string): Typed =>
    Object.fromEntries(
      Object.entries(part).flatMap(([type, declared]) => {
        const kept = Object.entries(declared).filter(([name]) => !nets.has(`${before}${type}.${name}`));
        const made = kept.map(([name, written]) => [name, one(`${before}${type}.${name}`, written)] as const);
        return made.length === 0 ? [] : [[type, Object.fromEntries(made)]];
      }),
    );
  const resource = typed(config.resource, "");
  const data = typed(config.data, "data.");
  const calls = inside.map((name): Call => {
    const address = `aws_sqs_queue.${name}`;
    const isOwn = isRepeated(address);
    const queue = config.resource.aws_sqs_queue?.[name] ?? {};
    return {
      name,
      module: nestedNet({ ...queue, name: "${var.name}" }, shape.nested),
      keys: isOwn ? instances(shape) : undefined,
      over: isOwn ? overOf(shape) : "",
      given: { name: named(asText(queue.name), isOwn ? shape.repeat : "once") },
    };
  });
  const each = Object.fromEntries(
    keys
      .slice(0, shape.many)
      .map((key, at) => [
        key,
        Object.fromEntries([
          ["of", inName(key)],
          ...Object.entries(figures).map(([name, value]) => [name, value + at * stepOf(name, value)]),
        ]),
      ]),
  );
  return {
    resource,
    data,
    variable: { name: "unnamed", on: shape.many > 0, figures, ...(shape.repeat === "each" ? { each } : {}) },
    locals: { switched: "${var.on ? 1 : 0}" },
    output: {},
    calls,
  };
}

const outputs = ["arn", "id", "url", "name"];

/** A queue in a module, or in a module of a module that hands on what it takes and gives. */
function nestedNet(queue: Body, depth: number): Module {
  if (depth < 2) return net(queue);
  return {
    ...noModule,
    variable: { name: "unnamed" },
    output: Object.fromEntries(outputs.map((name) => [name, `\${module.inner.${name}}`])),
    calls: [{ name: "inner", module: net(queue), keys: undefined, over: "", given: { name: "${var.name}" } }],
  };
}

function net(queue: Body): Module {
  return {
    ...noModule,
    resource: { aws_sqs_queue: { this: { ...queue, tags: { Purpose: "${local.purpose}" } } } },
    variable: { name: "unnamed" },
    locals: { purpose: "keeps failures of ${var.name}" },
    output: Object.fromEntries(outputs.map((name) => [name, ref(`aws_sqs_queue.this.${name}`)])),
  };
}

function overOf(shape: Shape): string {
  const over = { once: "", count: String(shape.many), condition: "var.on ? 1 : 0", each: "var.each" };
  return over[shape.repeat];
}

function repeatOf(shape: Shape): Body {
  if (shape.repeat === "once") return {};
  if (shape.repeat === "each") return { for_each: "${var.each}" };
  return { count: shape.repeat === "count" ? shape.many : "${local.switched}" };
}

function instances({ repeat, many }: Shape): Call["keys"] {
  return repeat === "each" ? keys.slice(0, many) : repeat === "count" ? many : Math.min(many, 1);
}

/** By how much a figure differs from key to key, so that it stays valid. */
const steps: Readonly<Record<string, number>> = {
  timeout: 1,
  visibility_timeout_seconds: 1,
  message_retention_seconds: -60,
  maximum_event_age_in_seconds: 1,
  maximum_retry_attempts: 0,
  batch_size: 0,
  period: 60,
};

function stepOf(figure: string, value: number): number {
  const [, step = 0] = Object.entries(steps).find(([name]) => figure.endsWith(`_${name}`)) ?? [];
  const isFirstOrLast = value < 2 || value === 900 || value === 21_600 || value === 43_200 || value === 60;
  return isFirstOrLast ? 0 : step;
}

function isName(key: string, value: Json, address: string): value is string {
  const isOne = ["name", "function_name", "alarm_name", "bucket"].includes(key) && !address.startsWith("data.");
  return isOne && typeof value === "string" && /^[\w./-]+$/.test(value) && value !== "default" && value !== "live";
}

function named(name: string, repeat: Shape["repeat"]): string {
  const own = { once: "", count: "-${count.index}", condition: "-${count.index}", each: "-${each.value.of}" }[repeat];
  const [, path = "", last = ""] = /^(.*\/)?([^/]*)$/.exec(name) ?? [];
  return `${path}\${var.name}${own}-${last}`;
}

/** Queues that refer to nothing and whose policy, if they have one, is a resource of its own. */
function netsOf(config: Config): string[] {
  return [...leavesOf(config)].filter((one) => /^aws_sqs_queue\.\w*(?:dlq|failed|undelivered)$/.test(one));
}

/** What refers to nothing, but may be referred to: what stands in a configuration once for many. */
function leavesOf(config: Config): Set<string> {
  return new Set(
    addressesOf(config).filter((address) => {
      const [type = "", name = ""] = address.split(".");
      const found = config.resource[type]?.[name];
      return (
        found !== undefined && !/\baws_\w+\.\w+/.test(JSON.stringify(found)) && /queue|topic|bus|stream/.test(type)
      );
    }),
  );
}

/** Nested blocks as `dynamic` ones. */
function dynamic(written: Body): Body {
  const made: Body = {};
  const found: Record<string, Json> = {};
  for (const [key, value] of Object.entries(written)) {
    const isBlocks = Array.isArray(value) && value.length > 0 && value.every(isBody) && key !== "lifecycle";
    if (isBlocks) found[key] = dynamics(key, value.filter(isBody));
    else made[key] = value;
  }
  return Object.keys(found).length === 0 ? written : { ...made, dynamic: found };
}

/** Blocks of the same attributes come from a list of objects; what has blocks of its own stands there if it is on. */
function dynamics(name: string, written: readonly Body[]): Json {
  const attributes = written.map((one) => Object.keys(one).toSorted().join(" "));
  const isFlat = (one: Body): boolean =>
    !Object.values(one).some((value) => Array.isArray(value) && value.some((inner) => isBody(inner)));
  if (written.every(isFlat) && new Set(attributes).size === 1) return [listed(name, written)];
  return written.map((one) =>
    isFlat(one) ? listed(name, [one]) : { for_each: '${var.on || !var.on ? ["on"] : []}', content: dynamic(one) },
  );
}

function listed(name: string, written: readonly Body[]): Json {
  const content = Object.keys(written[0] ?? {}).map((key) => [key, `\${${name}.value.${key}}`]);
  return { for_each: `\${[${written.map(text).join(", ")}]}`, content: Object.fromEntries(content) };
}

/** A value as an expression. */
function text(value: Json): string {
  if (typeof value === "string") return /^\$\{(?:[^$]*)\}$/s.exec(value) ? value.slice(2, -1) : `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (!isBody(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)} = ${text(one)}`)
    .join(", ")} }`;
}

function asText(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function isBody(value: Json): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Role policies from documents, in another form. */
function withPolicies(config: Config, form: Shape["policy"]): Config {
  const made: Config = structuredClone(config);
  if (form === "document") return made;
  for (const [name, one] of Object.entries(made.resource.aws_iam_role_policy ?? {})) {
    const role = /^\$\{aws_iam_role\.(\w+)\.(?:id|name)\}$/.exec(asText(one.role))?.[1];
    const document = /^\$\{data\.aws_iam_policy_document\.(\w+)\.json\}$/.exec(asText(one.policy))?.[1];
    const written = made.data.aws_iam_policy_document?.[document ?? ""];
    if (role === undefined || document === undefined || written === undefined) continue;
    const { [name]: _gone, ...others } = made.resource.aws_iam_role_policy ?? {};
    if (form === "encoded") one.policy = asJson(written) ?? one.policy ?? null;
    else if (form === "attached") {
      made.resource.aws_iam_role_policy = others;
      (made.resource.aws_iam_policy ??= {})[name] = { name: asText(one.name) || name, policy: one.policy ?? null };
      const attachment = { role: one.role ?? null, policy_arn: ref(`aws_iam_policy.${name}.arn`) };
      (made.resource.aws_iam_role_policy_attachment ??= {})[name] = attachment;
    } else if (form === "in the role") {
      const own = made.resource.aws_iam_role?.[role];
      if (own === undefined || own.inline_policy !== undefined || isCircular(made, role, written)) continue;
      made.resource.aws_iam_role_policy = others;
      own.inline_policy = [{ name: "own", policy: one.policy ?? null }];
    } else {
      const arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole";
      (made.resource.aws_iam_role_policy_attachment ??= {})[name] = { role: one.role ?? null, policy_arn: arn };
    }
  }
  return made;
}

/** Policies of queues from documents, in another form. */
function withAccess(config: Config, form: Shape["access"]): Config {
  const made: Config = structuredClone(config);
  if (form === "document") return made;
  for (const [name, one] of Object.entries(made.resource.aws_sqs_queue_policy ?? {})) {
    const queue = /^\$\{aws_sqs_queue\.(\w+)\.(?:url|id)\}$/.exec(asText(one.queue_url))?.[1];
    const document = /^\$\{data\.aws_iam_policy_document\.(\w+)\.json\}$/.exec(asText(one.policy))?.[1];
    const written = made.data.aws_iam_policy_document?.[document ?? ""];
    const own = made.resource.aws_sqs_queue?.[queue ?? ""];
    if (queue === undefined || document === undefined || written === undefined || own === undefined) continue;
    if (form === "encoded") one.policy = asAccess(written, undefined) ?? one.policy ?? null;
    else {
      // A queue cannot name itself.
      const policy = asAccess(written, "*");
      if (policy === undefined || own.policy !== undefined) continue;
      const { [name]: _gone, ...others } = made.resource.aws_sqs_queue_policy ?? {};
      made.resource.aws_sqs_queue_policy = others;
      own.policy = policy;
    }
  }
  return made;
}

/** A document of a queue's policy as `jsonencode`, for its resources or for another; undefined where it has more to it. */
function asAccess({ statement, ...rest }: Body, resource: string | undefined): string | undefined {
  if (!Array.isArray(statement) || Object.keys(rest).length > 0) return undefined;
  const simple = new Set(["actions", "resources", "effect", "principals", "condition", "sid"]);
  const bodies = statement.filter(isBody);
  if (bodies.some((one) => Object.keys(one).some((key) => !simple.has(key)))) return undefined;
  const blocksIn = (blocks: Json | undefined): Body[] => (Array.isArray(blocks) ? blocks.filter(isBody) : []);
  return encoded({
    Version: "2012-10-17",
    Statement: bodies.map(({ effect = "Allow", actions = [], resources = [], principals, condition }) => ({
      Effect: effect,
      Action: actions,
      Resource: resource ?? resources,
      Principal: Object.fromEntries(
        blocksIn(principals).map(({ type, identifiers = [] }) => [asText(type), identifiers]),
      ),
      Condition: Object.fromEntries(
        blocksIn(condition).map(({ test, variable, values = [] }) => [asText(test), { [asText(variable)]: values }]),
      ),
    })),
  });
}

/** Whether the role would wait for what waits for it. */
function isCircular(config: Config, role: string, written: Body): boolean {
  const reached = new Set<string>();
  const visit = (value: Json): void => {
    for (const [, type = "", name = ""] of JSON.stringify(value).matchAll(/\b(aws_\w+)\.(\w+)/g)) {
      if (reached.has(`${type}.${name}`)) continue;
      reached.add(`${type}.${name}`);
      visit(config.resource[type]?.[name] ?? config.data[type]?.[name] ?? null);
    }
  };
  visit(written);
  return reached.has(`aws_iam_role.${role}`);
}

/** A document of simple statements as `jsonencode`; undefined for any other. */
function asJson({ statement, ...rest }: Body): string | undefined {
  if (!Array.isArray(statement) || Object.keys(rest).length > 0) return undefined;
  const simple = new Set(["actions", "resources", "effect"]);
  if (!statement.every((one) => isBody(one) && Object.keys(one).every((key) => simple.has(key)))) return undefined;
  const bodies = statement.filter(isBody);
  return encoded({
    Version: "2012-10-17",
    Statement: bodies.map(({ effect = "Allow", actions = [], resources = [] }) => ({
      Effect: effect,
      Action: actions,
      Resource: resources,
    })),
  });
}
