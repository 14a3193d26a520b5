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

const instanceKey = String.raw`\[(?:"(?:[^"\\]|\\.)*"|\d+)\]`;

export class PlanReferences {
  private readonly root: Place;
  private readonly variables: Json;
  private readonly instances = new Map<string, string[]>();
  private readonly addresses: ReadonlySet<string>;
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

  /** What references written in the block of `address` end at. */
  resolve(names: readonly string[], address: string): Unknown {
    const parts = parseAddress(address);
    const place = parts === undefined ? undefined : this.place(parts.module);
    if (parts === undefined || place === undefined) return new Unknown(names);
    const ends = this.follow(names, place, this.block(place, parts), parts.key, 0);
    return new Unknown(ends, ends.length === 1);
  }

  /** A constant, or the value of the root's variable that an expression is. */
  constant(expression: unknown): unknown {
    if (!isJson(expression)) return undefined;
    if ("constant_value" in expression) return expression.constant_value;
    const [first] = Array.isArray(expression.references) ? expression.references.map(String) : [];
    const variable = this.variables[first?.replace(/^var\./, "") ?? ""];
    return isJson(variable) ? variable.value : undefined;
  }

  private follow(
    names: readonly string[],
    place: Place,
    block: Json | undefined,
    key: string | number | undefined,
    depth: number,
  ): string[] {
    if (depth > 20) return [];
    const longest = names.filter((one) => !names.some((other) => other !== one && isPrefix(one, other)));
    const usesKey = names.some((one) => /^(?:each|count)\./.test(one));
    const ends = longest.flatMap((name) => this.end(name, place, block, key, usesKey, depth));
    return [...new Set(ends)];
  }

  private end(
    name: string,
    place: Place,
    block: Json | undefined,
    key: string | number | undefined,
    usesKey: boolean,
    depth: number,
  ): string[] {
    const [head = "", second = ""] = name.split(/[.[]/);
    if (head === "each" && second === "value") {
      const over = isJson(block?.for_each_expression) ? block.for_each_expression.references : undefined;
      const written = Array.isArray(over) ? over.map(String) : [];
      const longest = written.filter((one) => !written.some((other) => other !== one && isPrefix(one, other)));
      const [first] = longest;
      // Which of several the key stands for, the plan does not show.
      if (first === undefined || key === undefined || longest.length > 1) return [];
      return this.follow(
        [`${first}[${JSON.stringify(key)}]${name.slice("each.value".length)}`],
        place,
        block,
        key,
        depth + 1,
      );
    }
    if (["each", "count", "path", "terraform", "self"].includes(head)) return [];
    if (head === "var") return this.variable(second, name, place, depth);
    if (head === "module") return this.output(name, place, key, usesKey, depth);
    return head === "local" ? [name] : this.instance(name, place, key, usesKey);
  }

  private variable(variable: string, name: string, place: Place, depth: number): string[] {
    const expressions = place.call?.expressions;
    const given = isJson(expressions) ? expressions[variable] : undefined;
    if (place.parent === undefined || !isJson(given) || !Array.isArray(given.references))
      return place.parent === undefined ? [name] : [];
    return this.follow(given.references.map(String), place.parent, place.call, place.key, depth + 1);
  }

  private output(
    name: string,
    place: Place,
    key: string | number | undefined,
    usesKey: boolean,
    depth: number,
  ): string[] {
    const match = new RegExp(String.raw`^module\.([\w-]+)(${instanceKey})?\.([\w-]+)`).exec(name);
    const [, module = "", written, output = ""] = match ?? [];
    if (match === null) return [];
    const own = `${place.prefix}module.${module}`;
    const wanted = written === undefined && usesKey && key !== undefined ? `[${JSON.stringify(key)}]` : (written ?? "");
    const inner = this.place(own + wanted) ?? this.place(own);
    const outputs = inner?.config.outputs;
    const declared = isJson(outputs) ? outputs[output] : undefined;
    const expression = isJson(declared) ? declared.expression : undefined;
    if (inner === undefined || !isJson(expression) || !Array.isArray(expression.references)) return [];
    return this.follow(expression.references.map(String), inner, undefined, undefined, depth + 1);
  }

  private instance(name: string, place: Place, key: string | number | undefined, usesKey: boolean): string[] {
    const match = new RegExp(String.raw`^((?:data\.)?[\w-]+\.[\w-]+)(${instanceKey})?(?:\.(\w+))?`).exec(name);
    if (match === null) return [name];
    const [, resource = "", written, attribute] = match;
    const own = place.prefix + resource;
    const all = this.instances.get(own) ?? [];
    const exact = own + (written ?? (usesKey && key !== undefined ? `[${JSON.stringify(key)}]` : ""));
    const chosen = this.addresses.has(exact) ? [exact] : all;
    const suffix = attribute === undefined ? "" : `.${attribute}`;
    return chosen.length === 0 ? [name] : chosen.map((one) => one + suffix);
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

/** Whether one reference is the beginning of another: Terraform lists `x.y.arn` and `x.y`. */
function isPrefix(one: string, other: string): boolean {
  return other.startsWith(one) && [".", "["].includes(other.charAt(one.length));
}
