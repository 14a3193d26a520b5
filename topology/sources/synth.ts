/**
 * A synthesized stack, `cdk.tf.json`, read without Terraform: expressions are evaluated here, references become the
 * ARNs and names that AWS would give, and policy documents are put together as the provider does.
 */
import { dirname } from "node:path";
import {
  byAddress,
  type Configuration,
  isBlock,
  isList,
  type Provider,
  type Resource,
  rowOf,
  text,
  Unknown,
  UnreadableSource,
  type Value,
  type Values,
} from "../configuration.ts";
import { hasIdentity, identityOf, standInRegion } from "../identity.ts";
import { evaluate, type Scope, unknownOf } from "./expressions/evaluate.ts";
import { asNumber, asText, fromJson } from "./expressions/functions.ts";
import { type Expression, NotAnExpression, parseTemplate } from "./expressions/parse.ts";
import { parseFile } from "./json.ts";
import { blockLines } from "./json-lines.ts";
import { policyDocument } from "./policy-document.ts";

/** Arguments that Terraform itself reads. */
const metaArguments = new Set([
  "//",
  "count",
  "for_each",
  "provider",
  "lifecycle",
  "depends_on",
  "provisioner",
  "connection",
  "dynamic",
]);

/** Whether a stack calls modules: those only Terraform can resolve. */
export function callsModules(root: unknown): boolean {
  const value = fromJson(root);
  return isBlock(value) && isBlock(value.module) && Object.keys(value.module).length > 0;
}

/**
 * Reads a synthesized stack.
 * @param source text of the file
 * @param file its path, absolute
 * @throws {UnreadableSource} where it is no JSON object with Terraform's top-level keys.
 */
export function readSynthesized(source: string, file: string, stack: string): Configuration {
  const root = fromJson(parseFile(source, file, ""));
  if (!isBlock(root) || !["resource", "data", "terraform", "provider"].some((key) => isBlock(root[key]))) {
    throw new UnreadableSource(
      `${file}: not a synthesized stack: none of terraform, provider, resource, data stands in it`,
    );
  }
  return new Stack(root, source).configuration(stack, dirname(file));
}

/** One instance, whose attributes are evaluated when something asks for them. */
class Instance {
  private readonly known = new Map<string, Value>();
  private readonly open = new Set<string>();
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly block: string;
  readonly body: Values;
  private readonly stack: Stack;
  private readonly scope: Scope;

  constructor(
    address: string,
    mode: "managed" | "data",
    type: string,
    block: string,
    body: Values,
    stack: Stack,
    scope: Scope,
  ) {
    this.address = address;
    this.mode = mode;
    this.type = type;
    this.block = block;
    this.body = body;
    this.stack = stack;
    this.scope = scope;
  }

  get provider(): string {
    return text(this.body.provider) ?? this.type.split("_")[0] ?? "aws";
  }

  /** A value that the configuration sets, evaluated. */
  private set(name: string): Value | undefined {
    const written = this.body[name];
    const dynamic = isBlock(this.body.dynamic) ? this.body.dynamic[name] : undefined;
    if (dynamic !== undefined) return this.stack.blocks(written, dynamic, name, this.scope);
    return written === undefined || metaArguments.has(name) ? undefined : this.stack.value(written, this.scope);
  }

  get(name: string): Value {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    if (this.open.has(name)) return new Unknown([`${this.address}.${name}`], true);
    this.open.add(name);
    const set = this.set(name);
    // Null is as if it were not written: AWS gives what it gives then, and else it is nothing, which is known.
    const value = set ?? this.computed(name) ?? (set === null ? null : new Unknown([`${this.address}.${name}`], true));
    this.open.delete(name);
    this.known.set(name, value);
    return value;
  }

  /** What is made from the rest, as far as that is known. */
  private computed(name: string): Value | undefined {
    if (this.type === "aws_iam_policy_document" && /^(?:minified_)?json$/.test(name))
      return policyDocument(this.values());
    if (this.mode === "data" && (this.type === "aws_region" || this.type === "aws_partition")) {
      const region = this.stack.provider(this.provider)?.region ?? standInRegion;
      const answer = rowOf({ name: region, id: region, region, partition: "aws", dns_suffix: "amazonaws.com" }, name);
      if (answer !== undefined) return this.type === "aws_partition" && name === "id" ? "aws" : answer;
    }
    const identity = identityOf(
      { address: this.address, type: this.type, values: this.naming() },
      this.stack.provider(this.provider),
    );
    return hasIdentity(this.type) || name === "arn" ? identity[name] : undefined;
  }

  /** The attributes that an ARN is made from. */
  private naming(): Values {
    const names = [
      "name",
      "function_name",
      "bucket",
      "family",
      "alarm_name",
      "path",
      "event_bus_name",
      "group_name",
      "stream_arn",
      "publish",
    ];
    return Object.fromEntries(names.flatMap((name) => (name in this.body ? [[name, this.get(name)]] : [])));
  }

  values(): Values {
    const dynamic = isBlock(this.body.dynamic) ? Object.keys(this.body.dynamic) : [];
    const names = new Set([...Object.keys(this.body).filter((name) => !metaArguments.has(name)), ...dynamic]);
    const values = [...names].map((name): [string, Value] => [name, this.get(name)]);
    return Object.fromEntries(values.filter(([, value]) => value !== null));
  }

  resource(lines: ReadonlyMap<string, number>): Resource {
    const identity = identityOf(
      { address: this.address, type: this.type, values: this.naming() },
      this.stack.provider(this.provider),
    );
    const own = hasIdentity(this.type) ? identity : {};
    const document = this.type === "aws_iam_policy_document" ? { json: this.get("json") } : {};
    const values = this.values();
    const line = lines.get(this.block);
    return {
      address: this.address,
      mode: this.mode,
      type: this.type,
      values: { ...own, ...document, ...values },
      configured: new Set(Object.keys(values)),
      provider: this.provider,
      location: line === undefined ? null : { file: "cdk.tf.json", line },
    };
  }
}

/** Instances of one resource by their key; undefined is the key of a resource without `count` and `for_each`. */
type Instances = Map<string | number | undefined, Instance>;

interface Declared {
  readonly mode: "managed" | "data";
  readonly type: string;
  /** Where it stands in the file: `resource.aws_sqs_queue.work`. */
  readonly block: string;
  readonly body: Values;
}

class Stack implements Scope {
  private readonly declared = new Map<string, Declared>();
  private readonly instances = new Map<string, Instances>();
  private readonly unknownCounts: { address: string; why: string }[] = [];
  private readonly parsed = new Map<string, Expression | undefined>();
  private readonly locals = new Map<string, Value>();
  private readonly providers: Record<string, Provider> = {};
  private readonly root: Values;
  private readonly source: string;

  constructor(root: Values, source: string) {
    this.root = root;
    this.source = source;
    this.readProviders();
    for (const [mode, key] of [
      ["managed", "resource"],
      ["data", "data"],
    ] as const) {
      for (const [type, named] of entries(root[key])) {
        for (const [name, body] of entries(named)) {
          const address = mode === "data" ? `data.${type}.${name}` : `${type}.${name}`;
          if (isBlock(body)) this.declared.set(address, { mode, type, block: `${key}.${type}.${name}`, body });
        }
      }
    }
  }

  configuration(stack: string, directory: string): Configuration {
    const lines = blockLines(this.source);
    const resources = [...this.declared.keys()].flatMap((address) =>
      [...(this.instancesOf(address)?.values() ?? [])].map((one) => one.resource(lines)),
    );
    const modules = entries(this.root.module).map(([name]) => ({
      address: `module.${name}`,
      why: "a module call in a synthesized stack is resolved by Terraform alone; give a plan",
    }));
    return {
      stack,
      directory,
      resources: resources.toSorted(byAddress),
      providers: this.providers,
      notRead: [...modules, ...this.unknownCounts],
    };
  }

  provider(name: string): Provider | undefined {
    return this.providers[name];
  }

  private readProviders(): void {
    for (const [name, written] of entries(this.root.provider)) {
      for (const one of isList(written) ? written : [written]) {
        if (!isBlock(one)) continue;
        const alias = text(one.alias);
        const accounts = one.allowed_account_ids === undefined ? null : this.value(one.allowed_account_ids, this);
        const [account] = isList(accounts) && accounts.length === 1 ? accounts : [];
        this.providers[alias === undefined ? name : `${name}.${alias}`] = {
          region: text(one.region === undefined ? null : this.value(one.region, this)) ?? null,
          accountId: text(account) ?? null,
        };
      }
    }
  }

  /** The instances of a declared resource, made when something first refers to it; undefined: none is declared. */
  private instancesOf(address: string): Instances | undefined {
    const known = this.instances.get(address);
    const declared = this.declared.get(address);
    if (known !== undefined || declared === undefined) return known;
    const made: Instances = new Map();
    this.instances.set(address, made);
    const { mode, type, block, body } = declared;
    const add = (key: string | number | undefined, scope: Scope): void => {
      const at = key === undefined ? address : `${address}[${JSON.stringify(key)}]`;
      made.set(key, new Instance(at, mode, type, block, body, this, scope));
    };
    const count = body.count === undefined || body.count === null ? undefined : this.value(body.count, this);
    const each = body.for_each === undefined || body.for_each === null ? undefined : this.value(body.for_each, this);
    if (each !== undefined) {
      if (!isBlock(each) && !isList(each)) {
        this.unknownCounts.push({ address, why: "its for_each is not known before it is applied" });
      }
      const pairs = isList(each) ? each.map((one): [string, Value] => [asText(one) ?? "", one]) : entries(each);
      for (const [key, value] of pairs) add(key, binding({ "each.key": key, "each.value": value }, this));
    } else if (count === undefined) add(undefined, this);
    else {
      const many = asNumber(typeof count === "boolean" ? Number(count) : count);
      if (many === undefined) {
        this.unknownCounts.push({ address, why: "its count is not known before it is applied; taken as 1" });
      }
      for (let index = 0; index < (many ?? 1); index += 1) add(index, binding({ "count.index": index }, this));
    }
    return made;
  }

  /** A value as written in JSON, evaluated: every string is a template. */
  value(written: Value, scope: Scope): Value {
    if (typeof written === "string") return this.template(written, scope);
    if (isList(written)) return written.map((one) => this.value(one, scope));
    if (!isBlock(written)) return written;
    const { dynamic, ...others } = written;
    const isExpanded = isDynamic(dynamic);
    const made = Object.entries(isExpanded ? others : written)
      .filter(([key]) => key !== "//")
      .map(([key, one]): [string, Value] => [asText(this.template(key, scope)) ?? key, this.value(one, scope)]);
    const expanded = (isExpanded ? entries(dynamic) : []).map(([name, one]): [string, Value] => [
      name,
      this.blocks(others[name], one, name, scope),
    ]);
    return Object.fromEntries([...made, ...expanded]);
  }

  /** Blocks of one name, those written out before the `dynamic` ones. */
  blocks(written: Value | undefined, dynamic: Value, name: string, scope: Scope): Value {
    const expanded = this.expand(dynamic, name, scope);
    if (written === undefined || written === null) return expanded;
    const own = this.value(written, scope);
    return isList(expanded) ? [...(isList(own) ? own : [own]), ...expanded] : expanded;
  }

  private template(written: string, scope: Scope): Value {
    if (!written.includes("${") && !written.includes("%{")) return written;
    if (!this.parsed.has(written)) {
      try {
        this.parsed.set(written, parseTemplate(written));
      } catch (error) {
        if (!(error instanceof NotAnExpression)) throw error;
        this.parsed.set(written, undefined);
      }
    }
    const expression = this.parsed.get(written);
    try {
      return expression === undefined ? new Unknown() : evaluate(expression, scope);
    } catch (error) {
      // A chain of thousands of operators is deeper than the stack.
      if (error instanceof Error && error.name !== "RangeError") throw error;
      return new Unknown();
    }
  }

  /** A `dynamic` block: one block for each element. */
  private expand(written: Value, name: string, scope: Scope): Value {
    const dynamics = isList(written) ? written.filter(isBlock) : isBlock(written) ? [written] : [];
    const made: Value[] = [];
    for (const dynamic of dynamics) {
      const each = this.value(dynamic.for_each ?? null, scope);
      if (!isList(each) && !isBlock(each)) return unknownOf([each]);
      const iterator = text(dynamic.iterator) ?? name;
      const pairs = isList(each)
        ? each.map((one, index): [Value, Value] => [typeof one === "string" ? one : index, one])
        : entries(each);
      const content = isList(dynamic.content) ? dynamic.content[0] : dynamic.content;
      for (const [key, value] of pairs) {
        made.push(
          this.value(content ?? {}, binding({ [`${iterator}.key`]: key, [`${iterator}.value`]: value }, scope)),
        );
      }
    }
    return made;
  }

  lookup(path: readonly (string | number)[]): { value: Value; steps: number } | undefined {
    const [first, second, third] = path;
    if (first === "var") return { value: this.variable(String(second)), steps: 2 };
    if (first === "local") return { value: this.local(String(second)), steps: 2 };
    if (first === "path") return { value: ".", steps: 2 };
    if (first === "terraform" && second === "workspace") return { value: "default", steps: 2 };
    if (first === "data") return this.resource(`data.${String(second)}.${String(third)}`, path, 3);
    return this.resource(`${String(first)}.${String(second)}`, path, 2);
  }

  private resource(
    address: string,
    path: readonly (string | number)[],
    steps: number,
  ): { value: Value; steps: number } | undefined {
    const made = this.instancesOf(address);
    if (made === undefined) return undefined;
    const single = made.get(undefined);
    if (single !== undefined) return this.attribute(single, path, steps);
    const key = path[steps];
    const chosen = made.get(key);
    if (chosen !== undefined) return this.attribute(chosen, path, steps + 1);
    const keyed = [...made].map(([name, one]): [string, Value] => [String(name), whole(one)]);
    const counted = typeof [...made.keys()][0] === "number";
    return { value: counted ? keyed.map(([, value]) => value) : Object.fromEntries(keyed), steps };
  }

  private attribute(
    instance: Instance,
    path: readonly (string | number)[],
    steps: number,
  ): { value: Value; steps: number } {
    const name = path[steps];
    // `count` with an index of 0 on a resource without count is `x[0]` of an attribute in older syntax: none is known.
    return typeof name === "string"
      ? { value: instance.get(name), steps: steps + 1 }
      : { value: whole(instance), steps };
  }

  private variable(name: string): Value {
    const variables = this.root.variable;
    const declared = isBlock(variables) ? variables[name] : undefined;
    const given = process.env[`TF_VAR_${name}`];
    if (given !== undefined) return given;
    return isBlock(declared) && declared.default !== undefined ? declared.default : new Unknown([`var.${name}`], true);
  }

  private local(name: string): Value {
    const known = this.locals.get(name);
    if (known !== undefined) return known;
    this.locals.set(name, new Unknown([`local.${name}`], true));
    const written = (isList(this.root.locals) ? this.root.locals : [this.root.locals ?? null])
      .filter(isBlock)
      .find((one) => name in one)?.[name];
    const value = written === undefined ? new Unknown([`local.${name}`], true) : this.value(written, this);
    this.locals.set(name, value);
    return value;
  }
}

/** A whole instance as a value: what it sets, and what AWS gives it. */
function whole(instance: Instance): Values {
  const computed = Object.keys(identityOf({ address: instance.address, type: instance.type, values: {} }, undefined));
  return { ...Object.fromEntries(computed.map((name) => [name, instance.get(name)])), ...instance.values() };
}

/** Whether the `dynamic` of a block holds blocks, and is not a key of a map. */
function isDynamic(value: Value | undefined): boolean {
  const held = entries(value).flatMap(([, one]) => (isList(one) ? one : [one]));
  return held.length > 0 && held.every((one) => isBlock(one) && "for_each" in one && "content" in one);
}

/** Names of two parts (`each.key`), on top of another scope. */
function binding(names: Readonly<Record<string, Value>>, scope: Scope): Scope {
  return {
    lookup(path) {
      const value = names[`${String(path[0])}.${String(path[1])}`];
      return value === undefined ? scope.lookup(path) : { value, steps: 2 };
    },
  };
}

function entries(value: Value | undefined): [string, Value][] {
  return isBlock(value) ? Object.entries(value).filter(([key]) => key !== "//") : [];
}
