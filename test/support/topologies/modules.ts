/**
 * A module with what it calls, written in two ways: as HCL files, each module in a directory of its own, and flat, as a
 * synthesized stack has it (which calls no modules). Both are the same configuration, under other addresses.
 */
import { type Body, type Config, type Json, provider, type Typed } from "../configurations.ts";
import { hcl, providerHcl, settingsHcl } from "../hcl.ts";

/** A module: resources, what it takes and gives, and the modules in it. Texts are templates, as in Terraform's JSON. */
export interface Module extends Config {
  /** Variables, each with its default. */
  readonly variable: Readonly<Record<string, Json>>;
  readonly locals: Readonly<Record<string, Json>>;
  readonly output: Readonly<Record<string, string>>;
  readonly calls: readonly Call[];
}

export interface Call {
  readonly name: string;
  readonly module: Module;
  /** Keys of its `for_each`, how many for `count`, undefined for one call. */
  readonly keys: readonly string[] | number | undefined;
  /** The expression of its `for_each` or `count`, without its template. */
  readonly over: string;
  /** Its inputs. */
  readonly given: Readonly<Record<string, Json>>;
}

/** Everything of a configuration in one module. */
export interface Flat {
  readonly module: Module;
  /** Flat addresses to those that the resources have in their modules. */
  readonly addresses: ReadonlyMap<string, string>;
}

export const noModule: Module = { resource: {}, data: {}, variable: {}, locals: {}, output: {}, calls: [] };

const parents = /\b(var|local|module)\.(\w+)/g;

/** A module put into the root under a prefix; the modules that it calls stay calls. */
export function inRoot(module: Module, prefix: string): Module {
  const rename = (value: Json): Json =>
    expressions(value, (one) => own(one, prefix).replaceAll(parents, `$1.${prefix}_$2`));
  return {
    ...renamedResources(module, prefix, rename),
    variable: prefixed(module.variable, prefix, rename),
    locals: prefixed(module.locals, prefix, rename),
    output: {},
    calls: module.calls.map((call) => ({
      ...call,
      name: `${prefix}_${call.name}`,
      over: own(call.over, prefix).replaceAll(parents, `$1.${prefix}_$2`),
      given: Object.fromEntries(Object.entries(call.given).map(([name, one]) => [name, rename(one)])),
    })),
  };
}

/** The same without calls: inputs and outputs are locals, and each instance of a module stands for itself. */
export function flat(root: Module): Flat {
  const addresses = new Map<string, string>();
  const made = root.calls.map((call) => flatCall(call, "", "", addresses, (one) => one));
  const outputs = (value: Json): Json =>
    expressions(value, (one) => one.replaceAll(/\bmodule\.(\w+)/g, "local.$1_out"));
  const resources = renamedResources(root, "", outputs);
  const locals = Object.fromEntries(Object.entries(root.locals).map(([name, one]) => [name, outputs(one)]));
  return { module: together([{ ...noModule, ...resources, variable: root.variable, locals }, ...made]), addresses };
}

function flatCall(
  call: Call,
  outer: string,
  place: string,
  addresses: Map<string, string>,
  within: (expression: string) => string,
): Module {
  const base = outer === "" ? call.name : `${outer}_${call.name}`;
  const keys = typeof call.keys === "number" ? Array.from({ length: call.keys }, (_, at) => at) : call.keys;
  const instances = (keys ?? [undefined]).map((key, at) => {
    const prefix = key === undefined ? base : `${base}_k${at}`;
    const real = `${place}module.${call.name}${key === undefined ? "" : `[${JSON.stringify(key)}]`}.`;
    const bound = (expression: string): string =>
      within(expression)
        .replaceAll(/\beach\.value\b/g, `${within(call.over)}[${JSON.stringify(key)}]`)
        .replaceAll(/\beach\.key\b/g, JSON.stringify(key))
        .replaceAll(/\bcount\.index\b/g, String(key));
    const inner = (expression: string): string =>
      own(expression, prefix)
        .replaceAll(/\b(?:var|local)\.(\w+)/g, `local.${prefix}_$1`)
        .replaceAll(/\bmodule\.(\w+)/g, `local.${prefix}_$1_out`);
    const rename = (value: Json): Json => expressions(value, inner);
    for (const address of addressesOf(call.module)) addresses.set(own(address, prefix), real.concat(address));
    const given = Object.fromEntries(Object.entries(call.given).map(([name, one]) => [name, expressions(one, bound)]));
    const locals = {
      ...prefixed(call.module.variable, prefix, rename),
      ...prefixed(given, prefix, (one) => one),
      ...prefixed(call.module.locals, prefix, rename),
    };
    const output = Object.fromEntries(Object.entries(call.module.output).map(([name, one]) => [name, rename(one)]));
    const nested = call.module.calls.map((one) => flatCall(one, prefix, real, addresses, inner));
    const resources = renamedResources(call.module, prefix, rename);
    return { key, output, module: together([{ ...noModule, ...resources, locals }, ...nested]) };
  });
  const out: Json =
    typeof call.keys === "number"
      ? instances.map(({ output }) => output)
      : call.keys === undefined
        ? (instances[0]?.output ?? {})
        : Object.fromEntries(instances.map(({ key, output }) => [String(key), output]));
  return together([...instances.map(({ module }) => module), { ...noModule, locals: { [`${base}_out`]: out } }]);
}

/** The text of a `cdk.tf.json`. */
export function synthesizedText({ module: { resource, data, variable, locals } }: Flat): string {
  const variables = Object.fromEntries(Object.entries(variable).map(([name, one]) => [name, { default: one }]));
  return JSON.stringify({ ...provider, variable: variables, locals, resource, data }, null, 2);
}

/** The files of a configuration as someone would have written them. */
export function hclFiles(root: Module, directory = "."): Map<string, string> {
  const files = new Map<string, string>();
  const calls = root.calls.map(({ name, module, keys, over, given }) => {
    for (const [file, text] of hclFiles(module, `${directory}/${name}`)) files.set(file, text);
    const repeat = keys === undefined ? {} : { [typeof keys === "number" ? "count" : "for_each"]: `\${${over}}` };
    return settingsHcl(`module "${name}"`, { source: `./${name}`, ...repeat, ...given });
  });
  const parts = [
    ...(directory === "." ? [providerHcl] : []),
    ...Object.entries(root.variable).map(([name, one]) => settingsHcl(`variable "${name}"`, { default: one })),
    settingsHcl("locals", root.locals),
    ...calls,
    hcl(root),
    ...Object.entries(root.output).map(([name, value]) => settingsHcl(`output "${name}"`, { value })),
  ];
  return files.set(`${directory}/main.tf`, parts.join("\n"));
}

/** Several modules as one. */
export function together(modules: readonly Module[]): Module {
  const typed = (part: "resource" | "data"): Typed => {
    const made: Typed = {};
    for (const one of modules)
      for (const [type, named] of Object.entries(one[part])) made[type] = { ...made[type], ...named };
    return made;
  };
  const record = <T>(records: readonly Readonly<Record<string, T>>[]): Record<string, T> =>
    Object.fromEntries(records.flatMap((one) => Object.entries(one)));
  return {
    resource: typed("resource"),
    data: typed("data"),
    variable: record(modules.map(({ variable }) => variable)),
    locals: record(modules.map(({ locals }) => locals)),
    output: {},
    calls: modules.flatMap(({ calls }) => calls),
  };
}

export function addressesOf(config: Config): string[] {
  const part = (typed: Typed, before: string): string[] =>
    Object.entries(typed).flatMap(([type, named]) => Object.keys(named).map((name) => `${before}${type}.${name}`));
  return [...part(config.resource, ""), ...part(config.data, "data.")];
}

/** A value with the expressions in its templates changed. */
export function expressions(value: Json, change: (expression: string) => string): Json {
  if (typeof value === "string") return templates(value, change);
  if (Array.isArray(value)) return value.map((one) => expressions(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expressions(one, change)]));
}

/** Braces inside an expression belong to it. */
function templates(text: string, change: (expression: string) => string): string {
  let made = "";
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf("${", at);
    if (start < 0) return made + text.slice(at);
    let end = start + 2;
    for (let depth = 1; depth > 0 && end < text.length; end += 1)
      depth += text[end] === "{" ? 1 : text[end] === "}" ? -1 : 0;
    made += `${text.slice(at, start)}\${${change(text.slice(start + 2, end - 1))}}`;
    at = end;
  }
  return made;
}

/** References to resources, under a prefix. */
function own(expression: string, prefix: string): string {
  return expression.replaceAll(/\b(aws_\w+)\.(\w+)/g, `$1.${prefix}_$2`);
}

function renamedResources(config: Config, prefix: string, rename: (value: Json) => Json): Config {
  const typed = (part: Typed): Typed =>
    Object.fromEntries(
      Object.entries(part).map(([type, named]) => [
        type,
        Object.fromEntries(
          Object.entries(named).map(([name, body]) => [
            prefix === "" ? name : `${prefix}_${name}`,
            Object.fromEntries(Object.entries(body).map(([key, one]): [string, Json] => [key, rename(one)])),
          ]),
        ) satisfies Record<string, Body>,
      ]),
    );
  return { resource: typed(config.resource), data: typed(config.data) };
}

function prefixed(
  record: Readonly<Record<string, Json>>,
  prefix: string,
  rename: (value: Json) => Json,
): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([name, one]) => [`${prefix}_${name}`, rename(one)]));
}
