/**
 * Terraform's functions that matter where resources name each other: one row each. A function that is not here, or
 * whose arguments are not known, gives an unknown value made from its arguments.
 *
 * https://developer.hashicorp.com/terraform/language/functions
 */
import { isBlock, isList, rowOf, Unknown, unknownText, type Value } from "../../configuration.ts";

type Call = (args: readonly Value[]) => Value | undefined;

/** Text of a known scalar, as a template would show it. */
export function asText(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A number, also from a text. */
export function asNumber(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

function texts(values: readonly Value[]): string[] | undefined {
  const made = values.map(asText);
  return made.every((one) => one !== undefined) ? made : undefined;
}

function onText(call: (text: string) => Value): Call {
  return ([value]) => {
    const given = asText(value);
    return given === undefined ? undefined : call(given);
  };
}

function onNumbers(call: (numbers: readonly number[]) => number): Call {
  return (args) => {
    const numbers = args.map(asNumber);
    return numbers.every((one) => one !== undefined) ? call(numbers) : undefined;
  };
}

function onList(call: (items: readonly Value[], ...rest: readonly Value[]) => Value | undefined): Call {
  return ([value, ...rest]) => (isList(value) ? call(value, ...rest) : undefined);
}

function onMap(call: (map: { readonly [key: string]: Value }, ...rest: readonly Value[]) => Value | undefined): Call {
  return ([value, ...rest]) => (isBlock(value) ? call(value, ...rest) : undefined);
}

/** Equality of values that are known; unknown ones are equal only to themselves. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return a === b || JSON.stringify(encodable(a ?? null)) === JSON.stringify(encodable(b ?? null));
}

function distinct(items: readonly Value[]): Value[] {
  return items.filter((one, index) => items.findIndex((other) => same(one, other)) === index);
}

/** A value for `jsonencode`: keys in order, unknown parts as texts that name them. */
function encodable(value: Value): unknown {
  if (value instanceof Unknown) return unknownText(value.references);
  if (isList(value)) return value.map(encodable);
  if (!isBlock(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, encodable(value[key] ?? null)]),
  );
}

/** A parsed JSON text as a value. */
export function fromJson(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fromJson(one)]));
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

function format(args: readonly Value[]): string | undefined {
  const [pattern, ...rest] = args;
  if (typeof pattern !== "string") return undefined;
  const values = rest[Symbol.iterator]();
  let known = true;
  const made = pattern.replaceAll(/%(%|[-+ 0#]*(\d*)(?:\.\d+)?([svdqft]))/g, (whole, _rest, width, verb) => {
    if (whole === "%%") return "%";
    const next: Value | undefined = values.next().value;
    const shown =
      verb === "v" && next !== undefined && asText(next) === undefined ? JSON.stringify(encodable(next)) : asText(next);
    if (shown === undefined || Number(width) > largest) known = false;
    if (!known) return "";
    const text = verb === "q" ? JSON.stringify(shown) : (shown ?? "");
    const pad = whole.includes("%0") ? "0" : " ";
    return whole.startsWith("%-") ? text.padEnd(Number(width), pad) : text.padStart(Number(width), pad);
  });
  return known ? made : undefined;
}

function element(items: readonly Value[], index: Value | undefined): Value | undefined {
  const at = asNumber(index);
  return at === undefined || items.length === 0 ? undefined : items.at(at % items.length);
}

/** More than a configuration needs: of what would be longer, the value is not known. */
const largest = 10_000;
/**
 * Patterns that mean the same here as in RE2 and take time in proportion to the text: letters, escapes of characters,
 * classes, one repetition each, and no group that is repeated.
 */
const simplePattern =
  /^\^?(?:(?:[^\\[\](){}*+?|^$]|\\[\\dDwWsS./[\](){}*+?|^$-]|\[\^?(?:[^\\[\]]|\\[\\dDwWsS./[\]^-])+\])[*+?]?|[()|])*\$?$/;

function replace(args: readonly Value[]): Value | undefined {
  const [whole, part, by] = args.map(asText);
  if (whole === undefined || part === undefined || by === undefined) return undefined;
  const pattern = /^\/(.*)\/$/s.exec(part)?.[1];
  if (pattern === undefined) return whole.replaceAll(part, by);
  const repeats = pattern.match(/[*+]/g)?.length ?? 0;
  const isSafe = simplePattern.test(pattern) && whole.length ** (repeats + 1) <= 1e7;
  return isSafe ? whole.replaceAll(new RegExp(pattern, "g"), by.replaceAll(/\$\{?(\w+)\}?/g, "$$$1")) : undefined;
}

function flatten(items: readonly Value[]): Value[] {
  return items.flatMap((one) => (isList(one) ? flatten(one) : [one]));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const functions: Readonly<Record<string, Call>> = {
  abs: onNumbers(([n = 0]) => Math.abs(n)),
  base64encode: onText((one) => Buffer.from(one).toString("base64")),
  base64decode: onText((one) => Buffer.from(one, "base64").toString()),
  ceil: onNumbers(([n = 0]) => Math.ceil(n)),
  chomp: onText((one) => one.replace(/[\r\n]+$/, "")),
  coalesce: (args) => args.find((one) => one !== null && one !== ""),
  coalescelist: (args) => args.find((one) => isList(one) && one.length > 0),
  compact: onList((items) => items.filter((one) => one !== null && one !== "")),
  concat: (args) => (args.every(isList) ? args.flat() : undefined),
  contains: onList((items, wanted) => items.some((one) => same(one, wanted))),
  distinct: onList(distinct),
  element: onList((items, index) => element(items, index)),
  endswith: ([one, end]) => (typeof one === "string" && typeof end === "string" ? one.endsWith(end) : undefined),
  flatten: onList(flatten),
  floor: onNumbers(([n = 0]) => Math.floor(n)),
  format,
  index: onList((items, wanted) => items.findIndex((one) => same(one, wanted))),
  join: ([by, ...lists]) => {
    const made = texts(lists.flatMap((one) => (isList(one) ? flatten(one) : [one])));
    return typeof by === "string" ? made?.join(by) : undefined;
  },
  jsondecode: onText((one) => {
    try {
      return fromJson(JSON.parse(one));
    } catch {
      return new Unknown();
    }
  }),
  jsonencode: ([value]) => JSON.stringify(encodable(value ?? null)),
  keys: onMap((map) => Object.keys(map).toSorted(compare)),
  length: ([value]) =>
    isList(value)
      ? value.length
      : isBlock(value)
        ? Object.keys(value).length
        : typeof value === "string"
          ? Array.from(value).length
          : undefined,
  lookup: onMap((map, key, otherwise) => rowOf(map, asText(key) ?? "") ?? otherwise),
  lower: onText((one) => one.toLowerCase()),
  max: onNumbers((numbers) => Math.max(...numbers)),
  merge: (args) => {
    const maps = args.filter((one) => one !== null);
    return maps.every(isBlock) ? Object.assign({}, ...maps) : undefined;
  },
  min: onNumbers((numbers) => Math.min(...numbers)),
  nonsensitive: ([value]) => value,
  one: ([value]) => (isList(value) ? (value[0] ?? null) : value),
  pow: onNumbers(([base = 0, exponent = 0]) => base ** exponent),
  range: (args) => {
    const [a, b, step] = args.map(asNumber);
    const [from, to] = b === undefined ? [0, a ?? 0] : [a ?? 0, b];
    const length = Math.max(0, Math.ceil((to - from) / (step ?? 1)));
    return length <= largest ? Array.from({ length }, (_, index) => from + index * (step ?? 1)) : undefined;
  },
  replace,
  reverse: onList((items) => items.toReversed()),
  sensitive: ([value]) => value,
  setunion: (args) => (args.every(isList) ? distinct(args.flat()) : undefined),
  slice: onList((items, from, to) => items.slice(asNumber(from), asNumber(to))),
  sort: onList((items) => texts(items)?.toSorted(compare)),
  split: ([by, one]) => (typeof by === "string" && typeof one === "string" ? one.split(by) : undefined),
  startswith: ([one, start]) =>
    typeof one === "string" && typeof start === "string" ? one.startsWith(start) : undefined,
  strcontains: ([one, part]) => (typeof one === "string" && typeof part === "string" ? one.includes(part) : undefined),
  substr: ([one, from, length]) => {
    const [at, count] = [asNumber(from), asNumber(length)];
    if (typeof one !== "string" || at === undefined || count === undefined) return undefined;
    const start = at < 0 ? one.length + at : at;
    return count < 0 ? one.slice(start) : one.slice(start, start + count);
  },
  title: onText((one) => one.replaceAll(/\b\p{Letter}/gu, (letter) => letter.toUpperCase())),
  tobool: ([value]) => (value === "true" || value === "false" ? value === "true" : value),
  tolist: ([value]) => value,
  tomap: ([value]) => value,
  tonumber: ([value]) => (value === null ? null : asNumber(value)),
  toset: onList((items) => distinct(items)),
  tostring: ([value]) => (value === null ? null : asText(value)),
  trim: ([one, cut]) => {
    if (typeof one !== "string" || typeof cut !== "string") return undefined;
    let [start, end] = [0, one.length];
    while (start < end && cut.includes(one.charAt(start))) start += 1;
    while (end > start && cut.includes(one.charAt(end - 1))) end -= 1;
    return one.slice(start, end);
  },
  trimprefix: ([one, cut]) =>
    typeof one === "string" && typeof cut === "string"
      ? one.startsWith(cut)
        ? one.slice(cut.length)
        : one
      : undefined,
  trimspace: onText((one) => one.trim()),
  trimsuffix: ([one, cut]) =>
    typeof one === "string" && typeof cut === "string"
      ? one.endsWith(cut)
        ? one.slice(0, one.length - cut.length)
        : one
      : undefined,
  upper: onText((one) => one.toUpperCase()),
  urlencode: onText((one) => encodeURIComponent(one)),
  values: onMap((map) =>
    Object.keys(map)
      .toSorted(compare)
      .map((key) => map[key] ?? null),
  ),
  zipmap: ([keys, values]) =>
    isList(keys) && isList(values)
      ? Object.fromEntries(keys.map((key, index) => [asText(key) ?? "", values[index] ?? null]))
      : undefined,
};
