/**
 * A Terraform configuration as every source gives it: resource instances with their values. What is not known before
 * it is applied is an {@link Unknown} that names what it was made from.
 */
import type { Assumption, Location } from "./graph.ts";

/** A value that is not known before it is applied. */
export class Unknown {
  /** What it was made from, as far as the source tells: `aws_sqs_queue.work.arn`. */
  readonly references: readonly string[];
  /** Whether it is exactly the one reference, not something made from it. */
  readonly exact: boolean;

  constructor(references: readonly string[] = [], exact = false) {
    this.references = references;
    this.exact = exact;
  }
}

/** A value of an attribute. */
export type Value = string | number | boolean | null | Unknown | readonly Value[] | { readonly [key: string]: Value };

/** The attributes of a resource, or of a nested block. */
export type Values = { readonly [attribute: string]: Value };

/** One instance of a resource or data source. */
export interface Resource {
  /** As Terraform writes it: `module.orders.aws_sqs_queue.work[0]`. */
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  /** Nested blocks are lists of objects. */
  readonly values: Values;
  /** Attributes that the configuration sets, null where the source does not tell. */
  readonly configured: ReadonlySet<string> | null;
  /** `aws` or `aws.alias` of the root module; null where the source does not tell. */
  readonly provider: string | null;
  readonly location: Location | null;
  /** Of a data source: the ARN of what it has looked up, where the source tells. */
  readonly outsideArn?: string;
}

/** What is known of a provider configuration. */
export interface Provider {
  readonly region: string | null;
  readonly accountId: string | null;
}

export interface Configuration {
  /** Name of the synthesized stack, else of the directory or file. */
  readonly stack: string;
  /** Absolute; relative paths in values are relative to it. */
  readonly directory: string;
  /** In order of address. */
  readonly resources: readonly Resource[];
  readonly providers: Readonly<Record<string, Provider>>;
  /** What could not be read, and why: a module of a synthesized stack, for instance. */
  readonly notRead: readonly { readonly address: string; readonly why: string }[];
  /** Whether the source leaves out resources of the configuration: a plan of `-target`. */
  readonly isPart?: boolean;
  /** Whether it is a plan, which shows of many values what they are made from, and not how. */
  readonly isPlan?: boolean;
  /** What reading the source had to assume; none where it is left out. */
  readonly assumed?: readonly Assumption[];
}

/** The source cannot be read. The message is one line: where, what is wrong, what would be right. */
export class UnreadableSource extends Error {
  override readonly name = "UnreadableSource";
}

/** Whether a value is an object (a block or a map), not a list and not {@link Unknown}. */
export function isBlock(value: Value | undefined): value is Values {
  return typeof value === "object" && value !== null && !(value instanceof Unknown) && !Array.isArray(value);
}

/** Whether a value is a list. `Array.isArray` alone does not narrow a readonly one. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/**
 * The members of an attribute that is a list: none where it is not set. What is not known stands for one of them, as does
 * the one thing that a plan puts in the place of a list that it does not know.
 */
export function members(value: Value | undefined): readonly Value[] {
  if (isList(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Stands for the blocks of which nothing is known, not even how many: one of which every attribute is unknown. */
function unknownBlock(unknown: Unknown): Values {
  return new Proxy<Values>({}, { get: (_none, name) => (name === "toJSON" ? undefined : unknown) });
}

/** The row of a table, and never what every object inherits: types and names may be `constructor`. */
export function rowOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Nested blocks by name: a list, or in synthesized JSON one object; none where it is absent. */
export function blocks(values: Values, name: string): readonly Values[] {
  const value = values[name];
  if (value instanceof Unknown) return [unknownBlock(value)];
  if (isBlock(value)) return [value];
  return isList(value) ? value.filter(isBlock) : [];
}

/** A text, undefined where it is absent, empty or not known. */
export function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * What stands for the unknown part inside a text whose rest is known (`jsonencode` of a reference, a template): AWS's
 * own policy variables look like `${aws:username}`, so this looks otherwise.
 */
export function unknownText(references: readonly string[]): string {
  return references.length === 0 ? "\u27e8\u27e9" : references.map((one) => `\u27e8${one}\u27e9`).join("");
}

/** Whether a text has unknown parts. */
export function hasUnknown(value: string): boolean {
  return value.includes("\u27e8");
}

/** What the unknown parts of a text were made from. */
export function referencesIn(value: string): string[] {
  return [...value.matchAll(/\u27e8([^\u27e9]*)\u27e9/g)].flatMap(([, name]) =>
    name === undefined || name === "" ? [] : [name],
  );
}

/** A number, also where JSON writes it as text; undefined where it is absent or not known. */
export function number(value: Value | undefined): number | undefined {
  if (typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  return typeof value === "number" ? value : undefined;
}

/** A truth value, also where JSON writes it as text. */
export function flag(value: Value | undefined): boolean | undefined {
  if (value === "true" || value === "false") return value === "true";
  return typeof value === "boolean" ? value : undefined;
}

/** Order by address, the same on every machine. */
export function byAddress(a: { readonly address: string }, b: { readonly address: string }): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}
