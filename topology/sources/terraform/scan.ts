/**
 * What the files of one module declare: read without Terraform, to know what its run needs (provider configurations,
 * data sources that would call AWS, local modules) and where each resource stands.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Block, literal, readBlocks } from "./hcl-blocks.ts";

/** A resource or data source as declared. */
interface Declared {
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  /** `aws` or `aws.alias` as written, undefined where it is the default. */
  readonly provider: string | undefined;
  /** Whether `count` or `for_each` makes several. */
  readonly repeated: boolean;
  readonly file: string;
  /** Undefined in JSON files. */
  readonly line: number | undefined;
}

/** A module call. */
export interface Call {
  readonly name: string;
  readonly source: string | undefined;
  readonly repeated: boolean;
  /** The callee's provider name to the caller's. */
  readonly providers: ReadonlyMap<string, string>;
}

/** A provider configuration. `region` is its literal, undefined where there is none. */
export interface DeclaredProvider {
  readonly name: string;
  readonly alias: string | undefined;
  readonly region: string | undefined;
  readonly accountId: string | undefined;
}

/** The outputs of another state that a configuration uses, and the members of those that are objects. */
export type OutputTree = ReadonlyMap<string, OutputTree>;

export interface ModuleFiles {
  /** The outputs that are used of each `data "terraform_remote_state"`, by its name. */
  readonly outputs: ReadonlyMap<string, OutputTree>;
  readonly resources: readonly Declared[];
  readonly calls: readonly Call[];
  readonly providers: readonly DeclaredProvider[];
}

/** Whether Terraform reads the file as configuration. */
export function isConfigurationFile(name: string): boolean {
  return (name.endsWith(".tf") || name.endsWith(".tf.json")) && !name.startsWith(".") && !name.endsWith("~");
}

/** Reads the files of one module directory. A file that is not well-formed gives what comes before its error. */
export function scanModule(directory: string): ModuleFiles {
  const blocks: { block: Block; file: string; json: boolean }[] = [];
  const outputs = new Map<string, Tree>();
  for (const name of readdirSync(directory).filter(isConfigurationFile).toSorted()) {
    const source = readFileSync(join(directory, name), "utf8");
    const json = name.endsWith(".json");
    addOutputs(outputs, source);
    for (const block of json ? blocksOfJson(source) : readBlocks(source)) blocks.push({ block, file: name, json });
  }
  const defaults = new Map<string, string | undefined>();
  for (const { block } of blocks) {
    if (block.type === "variable") defaults.set(block.labels[0] ?? "", literal(block.attributes.get("default")));
  }
  for (const [name, value] of variableFiles(directory)) defaults.set(name, value);
  const evaluate = (expression: string | undefined): string | undefined => {
    const variable = /^(?:"\$\{)?var\.([\w-]+)(?:\}")?$/.exec(expression ?? "")?.[1];
    return variable === undefined ? literal(expression) : (process.env[`TF_VAR_${variable}`] ?? defaults.get(variable));
  };
  return {
    outputs,
    resources: blocks
      .filter(({ block }) => block.type === "resource" || block.type === "data")
      .map(({ block, file, json }) => ({
        mode: block.type === "data" ? "data" : "managed",
        type: block.labels[0] ?? "",
        name: block.labels[1] ?? "",
        provider: reference(block.attributes.get("provider")),
        repeated: isRepeated(block),
        file,
        line: json ? undefined : block.line,
      })),
    calls: blocks
      .filter(({ block }) => block.type === "module")
      .map(({ block }) => ({
        name: block.labels[0] ?? "",
        source: literal(block.attributes.get("source")),
        repeated: isRepeated(block),
        providers: providerMap(block.attributes.get("providers")),
      })),
    providers: blocks
      .filter(({ block }) => block.type === "provider")
      .map(({ block }) => ({
        name: block.labels[0] ?? "",
        alias: literal(block.attributes.get("alias")),
        region: evaluate(block.attributes.get("region")),
        accountId: /^\[\s*"(\d{12})"\s*,?\s*\]$/.exec(block.attributes.get("allowed_account_ids") ?? "")?.[1],
      })),
  };
}

type Tree = Map<string, Tree>;

/** What a file uses of other states: `data.terraform_remote_state.base.outputs.queue.arn`, also with `["queue"]`. */
function addOutputs(outputs: Map<string, Tree>, source: string): void {
  const uses =
    /\bdata\.terraform_remote_state\.([\w-]+)(?:\[[^\]]*\])?\.outputs((?:\.[A-Za-z_][\w-]*|\[\\?"[\w-]+\\?"\])*)/g;
  for (const [, name = "", path = ""] of source.matchAll(uses)) {
    let at: Tree = outputs.get(name) ?? new Map();
    outputs.set(name, at);
    for (const [part] of path.matchAll(/[\w-]+/g)) {
      const next: Tree = at.get(part) ?? new Map();
      at.set(part, next);
      at = next;
    }
  }
}

function isRepeated(block: Block): boolean {
  return block.attributes.has("count") || block.attributes.has("for_each");
}

/** `aws.replica`, however it is written. */
function reference(expression: string | undefined): string | undefined {
  return expression?.replaceAll(/^"(?:\$\{)?|\}?"$/g, "");
}

/** `{ aws = aws.replica, aws.other = aws.third }`, in HCL or JSON. */
function providerMap(expression: string | undefined): Map<string, string> {
  const pairs = (expression ?? "").matchAll(/"?([\w-]+(?:\.[\w-]+)?)"?\s*[=:]\s*"?(?:\$\{)?([\w-]+(?:\.[\w-]+)?)/g);
  return new Map([...pairs].map(([, to = "", from = ""]) => [to, from]));
}

/** Literals of `terraform.tfvars` and `*.auto.tfvars`, later files over earlier ones. */
function variableFiles(directory: string): [string, string | undefined][] {
  const names = readdirSync(directory).filter((name) => name === "terraform.tfvars" || name.endsWith(".auto.tfvars"));
  const sorted = names.toSorted((a, b) => Number(a.endsWith(".auto.tfvars")) - Number(b.endsWith(".auto.tfvars")));
  return sorted.flatMap((name) => {
    const body = readBlocks(`${basename(name)} {\n${readFileSync(join(directory, name), "utf8")}\n}`)[0];
    return [...(body?.attributes ?? [])].map(([key, value]): [string, string | undefined] => [key, literal(value)]);
  });
}

type Json = { readonly [key: string]: unknown };

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The blocks of a `.tf.json` file; attributes as JSON texts. */
function blocksOfJson(source: string): Block[] {
  let root: unknown;
  try {
    root = JSON.parse(source.replace(/^\uFEFF/, ""));
  } catch {
    return [];
  }
  const made: Block[] = [];
  const add = (type: string, labels: readonly string[], body: unknown): void => {
    for (const one of Array.isArray(body) ? body : [body]) {
      if (!isJson(one)) continue;
      const attributes = new Map(Object.entries(one).map(([key, value]) => [key, JSON.stringify(value)]));
      made.push({ type, labels, attributes, blocks: [], start: 0, end: 0, line: 1 });
    }
  };
  if (!isJson(root)) return [];
  for (const type of ["provider", "variable", "module", "data", "resource"]) {
    for (const [label, body] of Object.entries(isJson(root[type]) ? root[type] : {})) {
      if (type !== "data" && type !== "resource") add(type, [label], body);
      else for (const [name, one] of Object.entries(isJson(body) ? body : {})) add(type, [label, name], one);
    }
  }
  return made;
}
