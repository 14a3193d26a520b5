/**
 * Terraform expressions as they stand in synthesized JSON: templates with `${…}`, references, calls, operators,
 * conditions, `for`, splats and indexes.
 *
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  | { readonly kind: "splat"; readonly of: Expression; readonly steps: readonly (string | Expression)[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly expand: boolean }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "condition"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: "for";
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly over: Expression;
      /** Undefined: makes a list. */
      readonly key: Expression | undefined;
      readonly value: Expression;
      readonly group: boolean;
      readonly test: Expression | undefined;
    };

/** A text is not an expression of this language, or uses a part of it that is not read (template directives). */
export class NotAnExpression extends Error {
  override readonly name = "NotAnExpression";
}

/** Parses a JSON string: a template whose escapes JSON has undone already. */
export function parseTemplate(source: string): Expression {
  const parser = new Parser(source);
  return parser.template(false);
}

const precedence: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Levels of brackets, templates and operators in one another: more than anyone writes, less than the stack holds. */
const deepest = 200;

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

class Parser {
  private at = 0;
  private depth = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** The rest of the source, or in quotes up to the closing one. A template that is one `${…}` is its expression. */
  template(quoted: boolean): Expression {
    const parts: Expression[] = [];
    let text = "";
    const flush = (): void => {
      if (text !== "") parts.push({ kind: "literal", value: text });
      text = "";
    };
    for (;;) {
      const character = this.source[this.at];
      if (character === undefined) {
        if (quoted) throw this.wrong('a closing "');
        break;
      }
      if (quoted && character === '"') {
        this.at += 1;
        break;
      }
      const three = this.source.slice(this.at, this.at + 3);
      if (three === "$${" || three === "%%{") {
        text += three.slice(1);
        this.at += 3;
      } else if (three.startsWith("${")) {
        flush();
        this.at += 2;
        if (this.source[this.at] === "~") this.at += 1;
        parts.push(this.expression());
        this.take("~");
        this.expect("}");
      } else if (three.startsWith("%{")) {
        throw this.wrong("no template directive");
      } else if (quoted && character === "\\") {
        text += this.escape();
      } else {
        text += character;
        this.at += 1;
      }
    }
    flush();
    const [only] = parts;
    if (only === undefined) return { kind: "literal", value: "" };
    return parts.length === 1 ? only : { kind: "template", parts };
  }

  private escape(): string {
    const letter = this.source[this.at + 1] ?? "";
    const width = letter === "u" ? 4 : letter === "U" ? 8 : 0;
    this.at += 2;
    if (width === 0) return escapes[letter] ?? letter;
    const code = Number.parseInt(this.source.slice(this.at, this.at + width), 16);
    this.at += width;
    return String.fromCodePoint(code);
  }

  private expression(): Expression {
    return this.nested(() => this.condition());
  }

  private nested(parse: () => Expression): Expression {
    this.depth += 1;
    if (this.depth > deepest) throw this.wrong(`at most ${deepest} levels`);
    const made = parse();
    this.depth -= 1;
    return made;
  }

  private condition(): Expression {
    const test = this.binary(0);
    if (!this.take("?")) return test;
    const yes = this.expression();
    this.expect(":");
    return { kind: "condition", test, yes, no: this.expression() };
  }

  private binary(level: number): Expression {
    const operators = precedence[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.take(one));
      if (operator === undefined) return left;
      left = { kind: "binary", operator, left, right: this.binary(level + 1) };
    }
  }

  private unary(): Expression {
    const operator = ["!", "-"].find((one) => this.take(one));
    return operator === undefined
      ? this.postfix(this.primary())
      : { kind: "unary", operator, operand: this.nested(() => this.unary()) };
  }

  private postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      if (this.source.startsWith("...", this.at)) return of;
      if (this.take(".")) {
        if (this.take("*")) of = { kind: "splat", of, steps: this.splatSteps(false) };
        else of = { kind: "attribute", of, name: this.step() };
      } else if (this.take("[")) {
        if (this.take("*")) {
          this.expect("]");
          of = { kind: "splat", of, steps: this.splatSteps(true) };
        } else {
          of = { kind: "index", of, key: this.expression() };
          this.expect("]");
        }
      } else return of;
    }
  }

  /** What a splat applies to each element: `[*]` takes indexes too, `.*` only names. */
  private splatSteps(full: boolean): (string | Expression)[] {
    const steps: (string | Expression)[] = [];
    for (;;) {
      if (this.source.startsWith("...", this.at)) return steps;
      if (this.take(".")) steps.push(this.step());
      else if (full && this.take("[")) {
        steps.push(this.expression());
        this.expect("]");
      } else return steps;
    }
  }

  private step(): string {
    const digits = this.match(/\d+/y);
    return digits ?? this.identifier();
  }

  private primary(): Expression {
    if (this.take("(")) {
      const inner = this.expression();
      this.expect(")");
      return inner;
    }
    if (this.take("[")) return this.list();
    if (this.take("{")) return this.object();
    if (this.take('"')) return this.template(true);
    const digits = this.match(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (digits !== undefined) return { kind: "literal", value: Number(digits) };
    const name = this.identifier();
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "null") return { kind: "literal", value: null };
    return this.take("(") ? this.call(name) : { kind: "name", name };
  }

  private call(name: string): Expression {
    const args: Expression[] = [];
    let expand = false;
    while (!this.take(")")) {
      args.push(this.expression());
      if (this.take("...")) expand = true;
      if (!this.take(",")) {
        this.expect(")");
        break;
      }
    }
    return { kind: "call", name, args, expand };
  }

  private list(): Expression {
    if (this.word("for")) return this.for("]");
    const items: Expression[] = [];
    while (!this.take("]")) {
      items.push(this.expression());
      if (!this.take(",")) {
        this.expect("]");
        break;
      }
    }
    return { kind: "list", items };
  }

  private object(): Expression {
    if (this.word("for")) return this.for("}");
    const entries: (readonly [Expression, Expression])[] = [];
    while (!this.take("}")) {
      const bare = /[\p{ID_Start}_][\p{ID_Continue}-]*(?=\s*[=:](?!=))/uy;
      const name = this.match(bare);
      const key: Expression = name === undefined ? this.expression() : { kind: "literal", value: name };
      if (!this.take("=") && !this.take(":")) throw this.wrong("= or :");
      entries.push([key, this.expression()]);
      this.take(",");
    }
    return { kind: "object", entries };
  }

  private for(closing: "]" | "}"): Expression {
    const first = this.identifier();
    const second = this.take(",") ? this.identifier() : undefined;
    if (!this.word("in")) throw this.wrong("in");
    const over = this.expression();
    this.expect(":");
    const head = this.expression();
    const value = closing === "}" && this.take("=>") ? this.expression() : undefined;
    const group = this.take("...");
    const test = this.word("if") ? this.expression() : undefined;
    this.expect(closing);
    return {
      kind: "for",
      keyName: second === undefined ? undefined : first,
      valueName: second ?? first,
      over,
      key: value === undefined ? undefined : head,
      value: value ?? head,
      group,
      test,
    };
  }

  private identifier(): string {
    const name = this.match(/[\p{ID_Start}_][\p{ID_Continue}-]*(?:::[\p{ID_Start}_][\p{ID_Continue}-]*)*/uy);
    if (name === undefined) throw this.wrong("a name");
    return name;
  }

  private word(word: string): boolean {
    return this.match(new RegExp(`${word}(?![\\p{ID_Continue}-])`, "uy")) !== undefined;
  }

  private take(token: string): boolean {
    this.skip();
    if (!this.source.startsWith(token, this.at)) return false;
    // `=` is not `==`, `!` not `!=`, `=` of an object entry not `=>`, `-` and `<` stand alone.
    const next = this.source[this.at + token.length];
    if ((token === "=" && (next === "=" || next === ">")) || (token === "!" && next === "=")) return false;
    if (token === "." && next === ".") return false;
    this.at += token.length;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.wrong(token);
  }

  private match(pattern: RegExp): string | undefined {
    this.skip();
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }

  private skip(): void {
    while (/\s/.test(this.source[this.at] ?? "")) this.at += 1;
  }

  private wrong(expected: string): NotAnExpression {
    return new NotAnExpression(`expected ${expected} at character ${this.at} of ${JSON.stringify(this.source)}`);
  }
}
