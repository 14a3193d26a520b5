/** Expressions to values. What cannot be known is an {@link Unknown} that names what it was made from. */
import { isBlock, isList, rowOf, Unknown, unknownText, type Value } from "../../configuration.ts";
import { asNumber, asText, functions, same } from "./functions.ts";
import type { Expression } from "./parse.ts";

/** Looks names up: `path` is a reference as written, `["aws_sqs_queue", "work", 0, "arn"]`. */
export interface Scope {
  /**
   * The value of the longest beginning of the path that the scope knows, and how many steps that is; undefined where
   * it knows none.
   */
  lookup(path: readonly (string | number)[]): { readonly value: Value; readonly steps: number } | undefined;
}

/** The value of an expression. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "template":
      return template(expression.parts.map((part) => evaluate(part, scope)));
    case "name":
    case "attribute":
    case "index":
      return reference(expression, scope);
    case "splat":
      return splat(expression, scope);
    case "call":
      return call(expression, scope);
    case "unary": {
      const operand = evaluate(expression.operand, scope);
      if (expression.operator === "!" && typeof operand === "boolean") return !operand;
      const given = asNumber(operand);
      return expression.operator === "-" && given !== undefined ? -given : unknownOf([operand]);
    }
    case "binary":
      return binary(expression.operator, evaluate(expression.left, scope), evaluate(expression.right, scope));
    case "condition": {
      const test = evaluate(expression.test, scope);
      if (test instanceof Unknown) {
        return unknownOf([evaluate(expression.yes, scope), evaluate(expression.no, scope)]);
      }
      return evaluate(test === true || test === "true" ? expression.yes : expression.no, scope);
    }
    case "list":
      return expression.items.map((item) => evaluate(item, scope));
    case "object":
      return Object.fromEntries(
        expression.entries.map(([key, value]) => [asText(evaluate(key, scope)) ?? "", evaluate(value, scope)]),
      );
    case "for":
      return forEach(expression, scope);
  }
}

/** What each unknown part of some values was made from, in one unknown. */
export function unknownOf(values: readonly Value[]): Unknown {
  return new Unknown([...new Set(values.flatMap(referencesOf))]);
}

function referencesOf(value: Value): readonly string[] {
  if (value instanceof Unknown) return value.references;
  if (isList(value)) return value.flatMap(referencesOf);
  return isBlock(value) ? Object.values(value).flatMap(referencesOf) : [];
}

/** Whether some part of a value is not known. */
function isPartlyUnknown(value: Value): boolean {
  if (isList(value)) return value.some(isPartlyUnknown);
  return value instanceof Unknown || (isBlock(value) && Object.values(value).some(isPartlyUnknown));
}

function template(parts: readonly Value[]): Value {
  const made = parts.map((part) => (part instanceof Unknown ? unknownText(part.references) : asText(part)));
  return made.every((one) => one !== undefined) ? made.join("") : unknownOf(parts);
}

/** The path of a reference, as far as its steps are names or known keys. */
function pathOf(expression: Expression, scope: Scope): (string | number)[] | undefined {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind === "attribute") {
    const path = pathOf(expression.of, scope);
    const { name } = expression;
    return path === undefined ? undefined : [...path, /^\d+$/.test(name) ? Number(name) : name];
  }
  if (expression.kind !== "index") return undefined;
  const path = pathOf(expression.of, scope);
  const key = evaluate(expression.key, scope);
  return path !== undefined && (typeof key === "string" || typeof key === "number") ? [...path, key] : undefined;
}

function reference(expression: Expression, scope: Scope): Value {
  const path = pathOf(expression, scope);
  const found = path === undefined ? undefined : scope.lookup(path);
  if (path !== undefined && found !== undefined) return path.slice(found.steps).reduce<Value>(step, found.value);
  if (path !== undefined) return new Unknown([shown(path)], true);
  if (expression.kind === "attribute") return step(evaluate(expression.of, scope), expression.name);
  if (expression.kind === "index") {
    const key = evaluate(expression.key, scope);
    const of = evaluate(expression.of, scope);
    return typeof key === "string" || typeof key === "number" ? step(of, key) : unknownOf([of, key]);
  }
  return new Unknown();
}

/** A path as Terraform writes it. */
function shown(path: readonly (string | number)[]): string {
  return path
    .map((one, index) =>
      typeof one === "number"
        ? `[${one}]`
        : /^[\w-]+$/.test(one)
          ? `${index === 0 ? "" : "."}${one}`
          : `[${JSON.stringify(one)}]`,
    )
    .join("");
}

function step(of: Value, key: string | number): Value {
  if (of instanceof Unknown)
    return new Unknown(
      of.references.map((one) => `${one}${typeof key === "number" ? `[${key}]` : `.${key}`}`),
      of.exact,
    );
  if (isList(of)) {
    const at = asNumber(key);
    // A block that stands once may be written as a list of one or as an object.
    if (at === undefined) return of.length === 1 && of[0] !== undefined ? step(of[0], key) : new Unknown();
    return of[at] ?? new Unknown();
  }
  if (isBlock(of)) return of[String(key)] ?? (key === 0 ? of : null);
  return new Unknown();
}

function splat(expression: Extract<Expression, { kind: "splat" }>, scope: Scope): Value {
  const of = evaluate(expression.of, scope);
  if (of instanceof Unknown) return of;
  const items = isList(of) ? of : of === null ? [] : [of];
  return items.map((item) =>
    expression.steps.reduce<Value>((value, one) => {
      if (typeof one === "string") return step(value, one);
      const key = evaluate(one, scope);
      return typeof key === "string" || typeof key === "number" ? step(value, key) : unknownOf([value, key]);
    }, item),
  );
}

function call(expression: Extract<Expression, { kind: "call" }>, scope: Scope): Value {
  if (expression.name === "try") {
    const tried = expression.args.map((one) => evaluate(one, scope));
    return tried.find((one) => !(one instanceof Unknown) || one.references.length > 0) ?? unknownOf(tried);
  }
  const given = expression.args.map((one) => evaluate(one, scope));
  const last = given.at(-1);
  const args = expression.expand && isList(last) ? [...given.slice(0, -1), ...last] : given;
  const known = expression.name === "jsonencode" || !args.some((one) => one instanceof Unknown);
  const run = known ? rowOf(functions, expression.name.replace(/^core::/, "")) : undefined;
  return result(run, args) ?? firstUnknown(expression.name, args);
}

/** What Terraform's function takes and ours does not (a pattern of RE2, a lone surrogate) is not known. */
function result(run: ((args: readonly Value[]) => Value | undefined) | undefined, args: readonly Value[]) {
  try {
    return run?.(args);
  } catch {
    return undefined;
  }
}

/** `coalesce` and the conversions pass one unknown argument on. */
function firstUnknown(name: string, args: readonly Value[]): Value {
  const passing = ["tostring", "tolist", "toset", "sensitive", "nonsensitive", "one"];
  const [only] = args;
  return args.length === 1 && only instanceof Unknown && passing.includes(name) ? only : unknownOf(args);
}

function binary(operator: string, left: Value, right: Value): Value {
  if (operator === "==" || operator === "!=") {
    if (isPartlyUnknown(left) || isPartlyUnknown(right)) return unknownOf([left, right]);
    return same(left, right) === (operator === "==");
  }
  if (operator === "&&" || operator === "||") {
    const decides = operator === "||";
    if (left === decides || right === decides) return decides;
    return typeof left === "boolean" && typeof right === "boolean" ? !decides : unknownOf([left, right]);
  }
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a === undefined || b === undefined) return unknownOf([left, right]);
  return arithmetic[operator]?.(a, b) ?? new Unknown();
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number | boolean>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

function forEach(expression: Extract<Expression, { kind: "for" }>, scope: Scope): Value {
  const over = evaluate(expression.over, scope);
  if (!isList(over) && !isBlock(over)) return unknownOf([over]);
  const pairs: readonly (readonly [Value, Value])[] = isList(over)
    ? over.map((value, index) => [index, value])
    : Object.entries(over).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const items: (readonly [string, Value])[] = [];
  for (const [key, value] of pairs) {
    const inner = within(scope, expression.valueName, value, expression.keyName, key);
    if (expression.test !== undefined && evaluate(expression.test, inner) === false) continue;
    const made = expression.key === undefined ? "" : (asText(evaluate(expression.key, inner)) ?? "");
    items.push([made, evaluate(expression.value, inner)]);
  }
  if (expression.key === undefined) return items.map(([, value]) => value);
  if (!expression.group) return Object.fromEntries(items);
  const groups = new Map<string, Value[]>();
  for (const [key, value] of items) groups.set(key, [...(groups.get(key) ?? []), value]);
  return Object.fromEntries(groups);
}

function within(scope: Scope, valueName: string, value: Value, keyName: string | undefined, key: Value): Scope {
  return {
    lookup(path) {
      if (path[0] === valueName) return { value, steps: 1 };
      if (keyName !== undefined && path[0] === keyName) return { value: key, steps: 1 };
      return scope.lookup(path);
    },
  };
}
