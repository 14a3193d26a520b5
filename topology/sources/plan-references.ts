/**
 * References of a plan's configuration, followed through variables, outputs and modules to the resource instances that
 * they end at. Locals are not in a plan: a reference through one is lost, and stays unknown.
 */
import { type Address, parseAddress } from "../address.ts";
import { Unknown } from "../configuration.ts";
import { isJson, type Json, list } from "./json.ts";

/** A module instance, and how it was called. */
interface Place {
  readonly config: Json;
  /** `module.orders["x"].`, empty in the root. */
  readonly prefix: string;
  readonly parent: Place | undefined;
  readonly call: Json | undefined;
  readonly key: string | number | undefined;
}

export interface Configured {
  readonly expressions: Json;
  readonly provider: string | null;
}

/** The block that references stand in, and whether what was followed so far leaves no choice. */
interface Trail {
  readonly block: Json | undefined;
  readonly key: string | number | undefined;
  sure: boolean;
}

/** One of the references of an expression. */
interface Step extends Trail {
  /** Whether the expression uses the key of its block. */
  readonly usesKey: boolean;
  /** Whether it has this one reference besides. */
  readonly isAlone: boolean;
}

const instanceKey = String.raw`\[(?:"(?:[^"\\]|\\.)*"|\d+)\]`;

export class PlanReferences {
  private readonly root: Place;
  private readonly variables: Json;
  private readonly instances = new Map<string, string[]>();
  private readonly addresses: ReadonlySet<string>;
  /** The planned instances of each module, by their path without its last key. */
  private readonly modules = new Map<string, string[]>();
  private readonly places = new Map<string, Place | undefined>();
  private readonly declared = new Map<Json, Map<string, Json>>();

  constructor(root: Json, addresses: readonly string[]) {
    const configuration = isJson(root.configuration) ? root.configuration : {};
    const config = isJson(configuration.root_module) ? configuration.root_module : {};
    this.root = { config, prefix: "", parent: undefined, call: undefined, key: undefined };
    this.variables = isJson(root.variables) ? root.variables : {};
    this.addresses = new Set(addresses);
    for (const address of addresses) {
      const resource = address.replace(new RegExp(`${instanceKey}$`), "");
      this.instances.set(resource, [...(this.instances.get(resource) ?? []), address]);
      for (const [path = "", own = ""] of modulePaths(address)) {
        const known = this.modules.get(own) ?? [];
        if (!known.includes(path)) this.modules.set(own, [...known, path]);
      }
    }
  }

  /** Expressions and provider of a resource as configured; undefined where the plan has no configuration for it. */
  configured(address: string): Configured | undefined {
    const parts = parseAddress(address);
    const place = parts === undefined ? undefined : this.place(parts.module);
    const block = parts === undefined || place === undefined ? undefined : this.block(place, parts);
    if (block === undefined) return undefined;
    const provider = typeof block.provider_config_key === "string" ? block.provider_config_key : null;
    return {
      expressions: isJson(block.expressions) ? block.expressions : {},
      provider: provider?.replace(/^.*:/, "") ?? null,
    };
  }

  /**
   * Addresses of what the configuration has and the plan has not: of a block that is repeated, one for each key of what
   * it is made from that the plan has no instance of. Where those keys are not known, and no instance is there, the
   * block's own address.
   */
  unplanned(): string[] {
    return this.calledAt("").flatMap((place) =>
      list(place.config.resources)
        .filter(({ mode }) => mode === "managed")
        .flatMap((block) => {
          const own = `${place.prefix}${String(block.type)}.${String(block.name)}`;
          const isPlanned = this.instances.has(own);
          if (!("for_each_expression" in block) && !("count_expression" in block)) return isPlanned ? [] : [own];
          // Instances that do not differ belong to one thing: they stand there as one.
          const differ = referencesIn(block.expressions).some((one) => /^(?:each|count)\b/.test(one));
          const wanted = differ ? this.keysIn(block, place).map((key) => own + key) : [];
          if (wanted.length === 0) return isPlanned ? [] : [own];
          return wanted.filter((one) => !this.addresses.has(one));
        }),
    );
  }

  /** The module instance of a path, and those that it calls: where the plan has none of a call, the call itself. */
  private calledAt(path: string): Place[] {
    const place = this.place(path);
    if (place === undefined) return [];
    const calls = isJson(place.config.module_calls) ? Object.keys(place.config.module_calls) : [];
    return [
      place,
      ...calls.flatMap((name) => {
        const own = `${place.prefix}module.${name}`;
        const keyed = this.modules.get(own) ?? [];
        return (keyed.length === 0 ? [own] : keyed).flatMap((one) => this.calledAt(one));
      }),
    ];
  }

  /** The keys, in their brackets, of the instances that a repeated block is made from. */
  private keysIn(block: Json, place: Place): string[] {
    const names = [block.expressions, block.for_each_expression, block.count_expression].flatMap(referencesIn);
    const ends = this.follow(names, place, { block, key: undefined, sure: true }, 0);
    const key = new RegExp(String.raw`[\w-]+\.[\w-]+(${instanceKey})(?:\.\w+)?$`, "s");
    const keys = [...new Set(ends.flatMap((one) => key.exec(one)?.[1] ?? []))];
    // `count = length(x) > 0 ? 1 : 0` has nothing of the keys of x.
    return "count_expression" in block ? keys.filter((one) => /^\[\d+\]$/.test(one)) : keys;
  }

  /**
   * What references written in the block of `address` end at. Exact where it is one that nothing else could have
   * chosen: no key of a `for_each`, no part of an object.
   */
  resolve(names: readonly string[], address: string): Unknown {
    const parts = parseAddress(address);
    const place = parts === undefined ? undefined : this.place(parts.module);
    if (parts === undefined || place === undefined) return new Unknown(names);
    const trail: Trail = { block: this.block(place, parts), key: parts.key, sure: true };
    const ends = this.follow(names, place, trail, 0);
    return new Unknown(ends, ends.length === 1 && trail.sure);
  }

  /** A constant, or the value of the root's variable that an expression is. */
  constant(expression: unknown): unknown {
    if (!isJson(expression)) return undefined;
    if ("constant_value" in expression) return expression.constant_value;
    const [first] = Array.isArray(expression.references) ? expression.references.map(String) : [];
    const variable = this.variables[first?.replace(/^var\./, "") ?? ""];
    return isJson(variable) ? variable.value : undefined;
  }

  private follow(names: readonly string[], place: Place, trail: Trail, depth: number): string[] {
    if (depth > 20) return [];
    const longest = names.filter((one) => !names.some((other) => other !== one && isPrefix(one, other)));
    const keys = longest.filter((one) => /^(?:each\.(?:key|value)|count)\b/.test(one));
    const own = { ...trail, usesKey: keys.length > 0, isAlone: longest.length === keys.length + 1 };
    const ends = longest.flatMap((name) => this.end(name, place, own, depth));
    trail.sure &&= own.sure;
    return [...new Set(ends)];
  }

  private end(name: string, place: Place, trail: Step, depth: number): string[] {
    const [head = "", second = ""] = name.split(/[.[]/);
    if (head === "each" && second === "value") return this.each(name, place, trail, depth);
    if (["each", "count", "path", "terraform", "self"].includes(head)) return [];
    if (head === "var") return this.variable(second, name, place, trail, depth);
    if (head === "module") return this.output(name, place, trail, depth);
    return head === "local" ? [name] : this.instance(name, place, trail);
  }

  /** Of what the `for_each` is made from, the plan does not show which is the value under a key. */
  private each(name: string, place: Place, trail: Step, depth: number): string[] {
    const over = isJson(trail.block?.for_each_expression) ? trail.block.for_each_expression.references : undefined;
    const written = Array.isArray(over) ? over.map(String) : [];
    trail.sure = false;
    if (trail.key === undefined) return [];
    const under = `[${JSON.stringify(trail.key)}]${name.slice("each.value".length)}`;
    const longest = written.filter((one) => !written.some((other) => other !== one && isPrefix(one, other)));
    return longest.flatMap((one) =>
      this.follow([one + (/^(?:each|count)\./.test(one) ? "" : under)], place, trail, depth + 1),
    );
  }

  private variable(variable: string, name: string, place: Place, trail: Step, depth: number): string[] {
    const expressions = place.call?.expressions;
    const given = isJson(expressions) ? expressions[variable] : undefined;
    if (place.parent === undefined || !isJson(given) || !Array.isArray(given.references))
      return place.parent === undefined ? [name] : [];
    if (name !== `var.${variable}`) trail.sure = false;
    const outer: Trail = { block: place.call, key: place.key, sure: true };
    const ends = this.follow(given.references.map(String), place.parent, outer, depth + 1);
    trail.sure &&= outer.sure;
    return ends;
  }

  private output(name: string, place: Place, trail: Step, depth: number): string[] {
    const match = new RegExp(String.raw`^module\.([\w-]+)(${instanceKey})?\.([\w-]+)(.*)$`, "s").exec(name);
    const [, module = "", written, output = "", rest = ""] = match ?? [];
    if (match === null) return this.outputs(name, place, trail, depth);
    const own = `${place.prefix}module.${module}`;
    const chosen = written === undefined && trail.usesKey && trail.key !== undefined;
    const inner = this.place(own + (chosen ? `[${JSON.stringify(trail.key)}]` : (written ?? ""))) ?? this.place(own);
    const outputs = inner?.config.outputs;
    const declared = isJson(outputs) ? outputs[output] : undefined;
    const expression = isJson(declared) ? declared.expression : undefined;
    if (inner === undefined || !isJson(expression) || !Array.isArray(expression.references)) return [];
    const within: Trail = { block: undefined, key: undefined, sure: rest === "" && !chosen };
    const ends = this.follow(expression.references.map(String), inner, within, depth + 1);
    trail.sure &&= within.sure;
    return ends;
  }

  /**
   * `module.x[each.key].arn` shows as `module.x` and `each.key`, without the output. Where every output of that instance
   * is made from one resource, it is that resource; else it may be any.
   */
  private outputs(name: string, place: Place, trail: Step, depth: number): string[] {
    const { key } = trail;
    trail.sure = false;
    if (!/^module\.[\w-]+$/.test(name) || !trail.usesKey || !trail.isAlone || key === undefined) return [];
    const own = `${place.prefix}${name}`;
    const exact = `${own}[${JSON.stringify(key)}]`;
    const similar = [...this.addresses].filter((one) => {
      const [instance] = one.startsWith(own) ? (new RegExp(`^${instanceKey}`).exec(one.slice(own.length)) ?? []) : [];
      return typeof key === "string" && instance?.includes(quoted(key)) === true && !one.startsWith(`${exact}.`);
    });
    const inner = this.place(exact);
    if (inner === undefined || similar.length > 0) return [];
    const outputs = isJson(inner.config.outputs) ? Object.values(inner.config.outputs) : [];
    const ends = outputs.flatMap((output) => {
      const expression = isJson(output) ? output.expression : undefined;
      if (!isJson(expression) || !Array.isArray(expression.references)) return [];
      const within: Trail = { block: undefined, key: undefined, sure: false };
      return this.follow(expression.references.map(String), inner, within, depth + 1);
    });
    const made = new Set(ends.map((one) => (this.addresses.has(one) ? one : one.replace(/\.\w+$/, ""))));
    const [only] = made;
    return made.size === 1 && only !== undefined && this.addresses.has(only) ? [only] : [];
  }

  private instance(name: string, place: Place, trail: Step): string[] {
    const match = new RegExp(String.raw`^((?:data\.)?[\w-]+\.[\w-]+)(${instanceKey})?(?:\.(\w+))?`).exec(name);
    if (match === null) return [name];
    const [, resource = "", written, attribute] = match;
    const own = place.prefix + resource;
    const all = this.instances.get(own) ?? [];
    const suffix = attribute === undefined ? "" : `.${attribute}`;
    const chosen =
      written === undefined ? this.byKey(own, all, trail) : this.addresses.has(own + written) ? [own + written] : all;
    return chosen.length === 0 ? [place.prefix + name] : chosen.map((one) => one + suffix);
  }

  /** `x[each.key]` shows as `x` and `each.key`, as do `x["${each.key}-dlq"]` and `x[local.other[each.key]]`. */
  private byKey(own: string, all: readonly string[], trail: Step): readonly string[] {
    const { key } = trail;
    if (!trail.usesKey || key === undefined) return all;
    trail.sure = false;
    const exact = `${own}[${JSON.stringify(key)}]`;
    if (!trail.isAlone || !this.addresses.has(exact)) return all;
    return typeof key === "number" ? [exact] : all.filter((one) => one.slice(own.length).includes(quoted(key)));
  }

  /** The module instance of that path, `module.a["x"].module.b`; undefined where the plan does not call it. */
  private place(path: string): Place | undefined {
    if (path === "") return this.root;
    if (this.places.has(path)) return this.places.get(path);
    const match = new RegExp(String.raw`^(?:(.*)\.)?module\.([\w-]+)(${instanceKey})?$`, "s").exec(path);
    const [, outer = "", name = "", key] = match ?? [];
    const parent = match === null ? undefined : this.place(outer);
    const calls = parent?.config.module_calls;
    const call = isJson(calls) ? calls[name] : undefined;
    const config = isJson(call) ? call.module : undefined;
    const parsed: unknown = key === undefined ? undefined : JSON.parse(key.slice(1, -1));
    const made =
      isJson(call) && isJson(config)
        ? {
            config,
            prefix: `${path}.`,
            parent,
            call,
            key: typeof parsed === "string" || typeof parsed === "number" ? parsed : undefined,
          }
        : undefined;
    this.places.set(path, made);
    return made;
  }

  private block(place: Place, parts: Address): Json | undefined {
    const known = this.declared.get(place.config);
    const blocks =
      known ??
      new Map(
        list(place.config.resources).map((one) => [`${String(one.mode)} ${String(one.type)}.${String(one.name)}`, one]),
      );
    if (known === undefined) this.declared.set(place.config, blocks);
    return blocks.get(`${parts.mode} ${parts.type}.${parts.name}`);
  }
}

/** A key as it stands between the quotes of an address. */
function quoted(key: string): string {
  return JSON.stringify(key).slice(1, -1);
}

/** The modules that an address stands in, from the outermost: each with its key, and without its own. */
function modulePaths(address: string): string[][] {
  const step = new RegExp(String.raw`module\.[\w-]+(${instanceKey})?\.`, "sy");
  const paths: string[][] = [];
  for (let match = step.exec(address); match !== null; match = step.exec(address)) {
    const path = address.slice(0, step.lastIndex - 1);
    paths.push([path, path.slice(0, path.length - (match[1] ?? "").length)]);
  }
  return paths;
}

/** The references of an expression, or of everything inside a block's expressions. */
export function referencesIn(expression: unknown): string[] {
  if (Array.isArray(expression)) return expression.flatMap(referencesIn);
  if (!isJson(expression)) return [];
  if (Array.isArray(expression.references)) return expression.references.map(String);
  return Object.values(expression).flatMap(referencesIn);
}

/** Whether one reference is the beginning of another: Terraform lists `x.y.arn` and `x.y`. */
function isPrefix(one: string, other: string): boolean {
  return other.startsWith(one) && [".", "["].includes(other.charAt(one.length));
}
