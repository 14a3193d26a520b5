/**
 * Evaluates Terraform expressions as cdktf renders them: the part of the language that synthesized stacks use. What it does
 * not know is an error, never a guess, so that a test cannot pass by not looking.
 */
import type { Json, JsonObject } from "./synth.ts";

/** Gives the value of a reference such as `aws_sqs_queue.payments.arn` or `var.timeout`. */
export type Resolve = (reference: string) => Json;

/** An expression that is malformed or beyond what is evaluated here. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** A value of a synthesized file with every string evaluated as the template that it is. */
export function evaluateAll(value: Json, resolve: Resolve): Json {
  if (typeof value === "string") return evaluate(value, resolve);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => evaluateAll(item, resolve));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluateAll(item, resolve)]));
}

/** The value of one template. A template that is a single interpolation keeps the type of its expression. */
export function evaluate(template: string, resolve: Resolve): Json {
  const parser = new Parser(template, resolve);
  return parser.template(undefined);
}

/** The addresses that the templates of a value refer to: what Terraform creates before what has them. */
export function referencesIn(value: Json): Set<string> {
  const found = new Set<string>();
  const collect = (item: Json): void => {
    if (typeof item === "string" && item.includes("${")) {
      for (const [address] of item.matchAll(/\b(?:data\.)?aws_\w+\.\w+/g)) found.add(address);
    } else if (typeof item === "object" && item !== null) Object.values(item).forEach(collect);
  };
  collect(value);
  return found;
}

const binary: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

const functions: Readonly<Record<string, (...values: Json[]) => Json>> = {
  ceil: (value = null) => Math.ceil(number(value)),
  concat: (...lists) => lists.flatMap((value) => list(value)),
  element: (items = null, index = null) => {
    const all = list(items);
    return all[number(index) % all.length] ?? null;
  },
  filebase64sha256: (file = null) => `hash of ${text(file)}`,
  floor: (value = null) => Math.floor(number(value)),
  join: (between = null, items = null) => list(items).map(text).join(text(between)),
  jsonencode: (value = null) => JSON.stringify(value),
  lookup: (map = null, key = null, otherwise = null) => object(map)[text(key)] ?? otherwise,
  // cdktf renders both `max(a, b)` and `max([a, b]...)`.
  max: (...values) => Math.max(...values.flat().map((value) => number(value))),
  merge: (...maps) => Object.assign({}, ...maps.map(object)) as JsonObject,
  min: (...values) => Math.min(...values.flat().map((value) => number(value))),
  split: (between = null, whole = null) => text(whole).split(text(between)),
  tonumber: (value = null) => Number(value),
  tostring: (value = null) => text(value),
  zipmap: (keys = null, values = null) =>
    Object.fromEntries(list(keys).map((key, index) => [text(key), list(values)[index] ?? null])),
};

function number(value: Json): number {
  if (typeof value === "number") return value;
  throw new ExpressionError(`${JSON.stringify(value)} is no number`);
}

function text(value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new ExpressionError(`${JSON.stringify(value)} is no string`);
}

function list(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new ExpressionError(`${JSON.stringify(value)} is no list`);
}

function object(value: Json): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new ExpressionError(`${JSON.stringify(value)} is no object`);
}

class Parser {
  readonly #source: string;
  readonly #resolve: Resolve;
  #position = 0;

  constructor(source: string, resolve: Resolve) {
    this.#source = source;
    this.#resolve = resolve;
  }

  /** A template up to a closing quote, or to the end where there is none. */
  template(quote: '"' | undefined): Json {
    const pieces: Json[] = [];
    let literal = "";
    const flush = (): void => {
      if (literal !== "") pieces.push(literal);
      literal = "";
    };
    for (;;) {
      if (quote === undefined ? this.#position >= this.#source.length : this.#take('"')) break;
      if (this.#position >= this.#source.length) this.#fail("a quote is not closed");
      if (this.#take("$${")) literal += "${";
      else if (this.#take("${")) {
        flush();
        pieces.push(this.#expression());
        this.#expect("}");
      } else if (quote !== undefined && this.#source[this.#position] === "\\") {
        literal += JSON.parse(`"${this.#source.slice(this.#position, this.#position + 2)}"`) as string;
        this.#position += 2;
      } else {
        literal += this.#source[this.#position];
        this.#position += 1;
      }
    }
    flush();
    const [only = ""] = pieces;
    return pieces.length <= 1 ? only : pieces.map(text).join("");
  }

  #expression(): Json {
    const condition = this.#binary(0);
    if (!this.#symbol("?")) return condition;
    const yes = this.#expression();
    this.#expect(":");
    const no = this.#expression();
    return condition === true ? yes : no;
  }

  #binary(level: number): Json {
    const operators = binary[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((candidate) => this.#symbol(candidate));
      if (operator === undefined) return left;
      left = this.#operate(operator, left, this.#binary(level + 1));
    }
  }

  #operate(operator: string, left: Json, right: Json): Json {
    switch (operator) {
      case "+":
        return number(left) + number(right);
      case "-":
        return number(left) - number(right);
      case "*":
        return number(left) * number(right);
      case "/":
        return number(left) / number(right);
      case "%":
        return number(left) % number(right);
      case "<":
        return number(left) < number(right);
      case ">":
        return number(left) > number(right);
      case "<=":
        return number(left) <= number(right);
      case ">=":
        return number(left) >= number(right);
      case "==":
        return JSON.stringify(left) === JSON.stringify(right);
      case "!=":
        return JSON.stringify(left) !== JSON.stringify(right);
      case "&&":
        return left === true && right === true;
      case "||":
        return left === true || right === true;
      default:
        return this.#fail(`operator ${operator} is not known`);
    }
  }

  #unary(): Json {
    if (this.#symbol("-")) return -number(this.#unary());
    if (this.#symbol("!")) return this.#unary() !== true;
    if (this.#symbol("(")) return this.#closed(this.#expression(), ")");
    if (this.#symbol("[")) return this.#items("]");
    if (this.#symbol("{")) return this.#object();
    if (this.#symbol('"')) return this.template('"');
    const literal = this.#match(/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/);
    if (literal !== undefined) return Number(literal);
    const word = this.#match(/^[A-Za-z_][\w-]*(?:\.[A-Za-z_0-9][\w-]*|\[\d+\])*/);
    if (word === undefined) return this.#fail("an expression is missing");
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (!this.#symbol("(")) return this.#resolve(word);
    const called = functions[word];
    if (called === undefined) return this.#fail(`function ${word} is not known`);
    return called(...this.#items(")"));
  }

  #items(close: string): Json[] {
    const items: Json[] = [];
    while (!this.#symbol(close)) {
      const item = this.#expression();
      if (this.#symbol("...")) items.push(...list(item));
      else items.push(item);
      if (!this.#symbol(",")) return this.#closed(items, close);
    }
    return items;
  }

  #object(): Json {
    const entries: [string, Json][] = [];
    while (!this.#symbol("}")) {
      const key = this.#symbol('"') ? text(this.template('"')) : this.#match(/^[A-Za-z_][\w-]*/);
      if (key === undefined) this.#fail("a key is missing");
      if (!this.#symbol("=")) this.#expect(":");
      entries.push([key ?? "", this.#expression()]);
      this.#symbol(",");
    }
    return Object.fromEntries(entries);
  }

  #closed<Value>(value: Value, close: string): Value {
    this.#expect(close);
    return value;
  }

  #expect(symbol: string): void {
    if (!this.#symbol(symbol)) this.#fail(`"${symbol}" is missing`);
  }

  /** A symbol of an expression, after any white space. */
  #symbol(symbol: string): boolean {
    this.#match(/^\s+/);
    return this.#take(symbol);
  }

  #take(symbol: string): boolean {
    if (!this.#source.startsWith(symbol, this.#position)) return false;
    this.#position += symbol.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#source.slice(this.#position))?.[0];
    this.#position += found?.length ?? 0;
    return found;
  }

  #fail(problem: string): never {
    throw new ExpressionError(`${problem} at ${this.#position} of ${this.#source}`);
  }
}
