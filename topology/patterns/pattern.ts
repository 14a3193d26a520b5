/**
 * The event pattern language of EventBridge, whole: rules, event archives, filters of event source mappings and filter
 * policies of SNS use it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and
 * the README of the matcher that AWS publishes (aws/event-ruler), for what that page leaves open:
 *
 * - Fields of a pattern are joined by AND, values of a field by OR; `$or` (an array of at least two objects) is OR.
 * - A field whose value is an array matches where any of its elements does; in an array of objects one and the same
 *   element has to satisfy the whole sub-pattern.
 * - `exists` looks at leaves: an object, and an empty array, is none.
 * - `anything-but` needs the field to be there.
 */

import type { EventPattern, JsonValue } from "../graph.ts";
import { isJsonList, isJsonObject, type JsonObject } from "../json.ts";
import { withinCidr } from "./address.ts";

/** A pattern that AWS would refuse. */
export class BadPattern extends Error {
  override readonly name = "BadPattern";
}

/** Whether an event matches a pattern. @throws {BadPattern} where the pattern is none that AWS takes. */
export function matches(pattern: EventPattern, event: JsonValue): boolean {
  return matchesObject(pattern, isJsonObject(event) ? event : {}, "");
}

function matchesObject(pattern: JsonObject, event: JsonObject, path: string): boolean {
  for (const key of Object.keys(pattern)) {
    const wanted = pattern[key]!;
    if (key === "$or" && isOr(wanted)) {
      if (!wanted.some((branch) => matchesObject(branch, event, path))) return false;
      continue;
    }
    const value = Object.hasOwn(event, key) ? event[key] : undefined;
    const place = path === "" ? key : `${path}.${key}`;
    if (isJsonList(wanted)) {
      if (!matchesLeaf(wanted, value, place)) return false;
    } else if (isJsonObject(wanted)) {
      if (!matchesNested(wanted, value, place)) return false;
    } else throw new BadPattern(`${place}: ${JSON.stringify(wanted)} stands where a list or an object must stand`);
  }
  return true;
}

/** `$or` is the operator only as a list of at least two objects; else it is a field's name. */
function isOr(value: JsonValue): value is readonly JsonObject[] {
  return isJsonList(value) && value.length >= 2 && value.every((branch) => isJsonObject(branch));
}

function matchesNested(pattern: JsonObject, value: JsonValue | undefined, path: string): boolean {
  if (isJsonList(value)) {
    const objects = value.filter((element) => isJsonObject(element));
    if (objects.length > 0) return objects.some((element) => matchesObject(pattern, element, path));
  }
  return matchesObject(pattern, isJsonObject(value) ? value : {}, path);
}

/** The leaves of a field: its value, or, of an array, those of its elements. */
function leaves(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined || isJsonObject(value)) return [];
  return isJsonList(value) ? value.flatMap(leaves) : [value];
}

function matchesLeaf(wanted: readonly JsonValue[], value: JsonValue | undefined, path: string): boolean {
  if (wanted.length === 0) throw new BadPattern(`${path}: the list of values is empty`);
  const found = leaves(value);
  return wanted.some((condition) => {
    if (isJsonObject(condition)) return matchesCondition(condition, found, path);
    return found.some((leaf) => leaf === condition);
  });
}

type Test = (leaf: JsonValue) => boolean;
type Operator = (operand: JsonValue, path: string) => Test;

/** The operators on a leaf; `exists` and `anything-but` are not among them: they look at the field. */
const operators: Readonly<Record<string, Operator>> = {
  prefix: (operand, path) => {
    if (isJsonObject(operand)) {
      const start = ignoreCase(operand, "prefix", path);
      return onText((leaf) => leaf.toLowerCase().startsWith(start));
    }
    const start = text(operand, "prefix", path);
    return onText((leaf) => leaf.startsWith(start));
  },
  suffix: (operand, path) => {
    if (isJsonObject(operand)) {
      const end = ignoreCase(operand, "suffix", path);
      return onText((leaf) => leaf.toLowerCase().endsWith(end));
    }
    const end = text(operand, "suffix", path);
    return onText((leaf) => leaf.endsWith(end));
  },
  "equals-ignore-case": (operand, path) => {
    const wanted = text(operand, "equals-ignore-case", path).toLowerCase();
    return onText((leaf) => leaf.toLowerCase() === wanted);
  },
  wildcard: (operand, path) => {
    const shape = wildcard(text(operand, "wildcard", path), path);
    return onText((leaf) => shape.test(leaf));
  },
  cidr: (operand, path) => {
    const block = text(operand, "cidr", path);
    return onText((leaf) => withinCidr(leaf, block));
  },
  numeric: (operand, path) => {
    const tests = comparisons(operand, path);
    return (leaf) => typeof leaf === "number" && tests.every((test) => test(leaf));
  },
};

function onText(test: (leaf: string) => boolean): Test {
  return (leaf) => typeof leaf === "string" && test(leaf);
}

function text(operand: JsonValue, operator: string, path: string): string {
  if (typeof operand === "string") return operand;
  throw new BadPattern(`${path}: ${operator} takes a text, not ${JSON.stringify(operand)}`);
}

function ignoreCase(operand: JsonObject, operator: string, path: string): string {
  const inner = operand["equals-ignore-case"];
  if (Object.keys(operand).length === 1 && typeof inner === "string") return inner.toLowerCase();
  throw new BadPattern(`${path}: ${operator} takes a text or {"equals-ignore-case": text}`);
}

/** `*` stands for any text; `\*` and `\\` stand for themselves; two stars in a row are refused. */
function wildcard(shape: string, path: string): RegExp {
  let source = "";
  for (let index = 0; index < shape.length; index += 1) {
    const letter = shape[index]!;
    if (letter === "*") {
      if (shape[index + 1] === "*") throw new BadPattern(`${path}: wildcard ${shape} has two stars in a row`);
      source += "[^]*";
    } else if (letter === "\\") {
      const next = shape[index + 1];
      if (next !== "*" && next !== "\\") throw new BadPattern(`${path}: wildcard ${shape}: \\ stands before * or \\`);
      source += `\\${next}`;
      index += 1;
    } else source += letter.replaceAll(/[$()+.?[\]^{|}/]/g, String.raw`\$&`);
  }
  return new RegExp(`^${source}$`);
}

const comparators: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function comparisons(operand: JsonValue, path: string): readonly ((leaf: number) => boolean)[] {
  if (!isJsonList(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw new BadPattern(`${path}: numeric takes pairs of a comparison and a number: [">", 0, "<=", 5]`);
  }
  const tests: ((leaf: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const name = operand[index];
    const compare = typeof name === "string" ? comparators[name] : undefined;
    const limit = operand[index + 1];
    if (compare === undefined || typeof limit !== "number") {
      throw new BadPattern(`${path}: numeric takes pairs of =, <, <=, >, >= and a number`);
    }
    tests.push((leaf) => compare(leaf, limit));
  }
  return tests;
}

function matchesCondition(condition: JsonObject, found: readonly JsonValue[], path: string): boolean {
  const keys = Object.keys(condition);
  const [name = ""] = keys;
  if (keys.length !== 1)
    throw new BadPattern(`${path}: a condition has one operator, not ${keys.join(", ") || "none"}`);
  const operand = condition[name]!;
  if (name === "exists") {
    if (typeof operand !== "boolean") throw new BadPattern(`${path}: exists takes true or false`);
    return found.length > 0 === operand;
  }
  if (name === "anything-but") {
    const excluded = anythingBut(operand, path);
    return found.some((leaf) => !excluded(leaf));
  }
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined) throw new BadPattern(`${path}: there is no operator ${name}`);
  return found.some(operator(operand, path));
}

/** What `anything-but` excludes: values, or what an operator with a text or a list of texts matches. */
function anythingBut(operand: JsonValue, path: string): Test {
  if (!isJsonObject(operand)) {
    const values = isJsonList(operand) ? operand : [operand];
    return (leaf) => values.includes(leaf);
  }
  const [name = ""] = Object.keys(operand);
  const operator = Object.hasOwn(operators, name) && name !== "numeric" ? operators[name] : undefined;
  if (operator === undefined || Object.keys(operand).length !== 1) {
    throw new BadPattern(`${path}: anything-but takes values, prefix, suffix, equals-ignore-case, wildcard or cidr`);
  }
  const inner = operand[name]!;
  const tests = (isJsonList(inner) ? inner : [inner]).map((value) => operator(value, path));
  return (leaf) => tests.some((test) => test(leaf));
}
