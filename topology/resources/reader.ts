/** Attributes of one resource, or of a nested block, as settings: each with where its value comes from. */

import {
  blocks,
  flag,
  hasUnknown,
  isList,
  number,
  type Resource,
  Unknown,
  type Value,
  type Values,
} from "../configuration.ts";
import type { Assumption, EventPattern, JsonValue, Setting } from "../graph.ts";
import { isDynamic } from "../sources/plan-blocks.ts";

/** Tells of an assumption. */
export type Assume = (assumption: Assumption) => void;

export class Reader {
  readonly resource: Resource;
  readonly values: Values;
  private readonly assume: Assume;
  /** Attribute of the resource that holds these values; undefined: they are the resource's own. */
  private readonly within: string | undefined;

  constructor(resource: Resource, assume: Assume, values: Values = resource.values, within?: string) {
    this.resource = resource;
    this.assume = assume;
    this.values = values;
    this.within = within;
  }

  /** The first nested block of that name, empty where there is none. */
  inside(name: string): Reader {
    return this.all(name)[0] ?? new Reader(this.resource, this.assume, {}, this.within ?? name);
  }

  /** Every nested block of that name. */
  all(name: string): Reader[] {
    return blocks(this.values, name).map((one) => new Reader(this.resource, this.assume, one, this.within ?? name));
  }

  /** A number; `unset` is a number that the provider writes for what nothing sets. */
  number<T extends number | null>(name: string, otherwise: T, unset?: number): Setting<number | T> {
    return this.setting<number | T>(name, otherwise, (value) => {
      const given = number(value);
      return given === unset ? undefined : given;
    });
  }

  flag(name: string, otherwise: boolean): Setting<boolean> {
    return this.setting(name, otherwise, flag);
  }

  text<T extends string | null>(name: string, otherwise: T): Setting<string | T> {
    return this.setting<string | T>(name, otherwise, (value) =>
      typeof value === "string" && value !== "" ? value : undefined,
    );
  }

  /** One of some texts. */
  choice<const T extends string, D extends string | null>(
    name: string,
    choices: readonly T[],
    otherwise: D,
  ): Setting<T | D> {
    return this.setting<T | D>(name, otherwise, (value) => choices.find((one) => one === value));
  }

  /** A list of texts, in order of the alphabet: the provider has sets here. */
  texts(name: string): Setting<readonly string[]> {
    return this.setting<readonly string[]>(name, [], (value) => {
      if (!isList(value) || value.length === 0) return undefined;
      return value.filter((one): one is string => typeof one === "string").toSorted((a, b) => (a < b ? -1 : 1));
    });
  }

  /** An object written as JSON text. */
  pattern(name: string): Setting<EventPattern | null> {
    return this.setting<EventPattern | null>(name, null, (value) => {
      if (typeof value !== "string" || value === "") return undefined;
      const parsed = parseObject(value);
      return parsed ?? unknownMark;
    });
  }

  /** A setting read by `convert`, which gives undefined for what counts as not set. */
  setting<T>(name: string, otherwise: T, convert: (value: Value) => T | typeof unknownMark | undefined): Setting<T> {
    const value = this.values[name];
    if (value === undefined || value === null) return { value: otherwise, from: "default" };
    const converted = value instanceof Unknown ? unknownMark : convert(value);
    if (converted === unknownMark) {
      this.unknown(name, otherwise);
      return { value: otherwise, from: "unknown" };
    }
    if (converted === undefined) return { value: otherwise, from: "default" };
    return { value: converted, from: this.isSet(name, converted, otherwise) ? "configuration" : "default" };
  }

  /** Names an assumption about an attribute. */
  unknown(name: string, assumed: unknown, why = "not known before it is applied"): void {
    const place = this.within === undefined ? name : `${this.within}.${name}`;
    const value = assumed === null ? "none" : typeof assumed === "string" ? assumed : JSON.stringify(assumed);
    this.assume({ name: `${this.resource.address}.${place}`, value, why });
  }

  private isSet<T>(name: string, value: T, otherwise: T): boolean {
    const { configured } = this.resource;
    // A plan has no expression for a dynamic block, and no provider fills in the ones that may be such.
    if (this.within !== undefined) return isDynamic(this.within) || (configured?.has(this.within) ?? true);
    return configured?.has(name) ?? JSON.stringify(value) !== JSON.stringify(otherwise);
  }
}

/** What {@link Reader.setting} takes for a value that is there and not known. */
export const unknownMark: unique symbol = Symbol("unknown");

/** An object from JSON text; undefined for anything else, and where parts of it are not known. */
export function parseObject(value: string): EventPattern | undefined {
  if (hasUnknown(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isPattern(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isPattern(value: unknown): value is EventPattern {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isJsonValue(value);
}

/** What `JSON.parse` gives is JSON. */
function isJsonValue(_value: unknown): _value is JsonValue {
  return true;
}
