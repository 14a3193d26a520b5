/**
 * The blocks of an HCL file: enough structure to find modules, providers, data sources and the line of each resource,
 * without evaluating anything (Terraform does that).
 *
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  /** Attribute to the text of its expression. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly blocks: readonly Block[];
  /** Offsets of the first character and of the one after the closing brace. */
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly line: number;
}

/** The top-level blocks of a file. What is not well-formed ends the reading there: Terraform will say what is wrong. */
export function readBlocks(source: string): Block[] {
  return new Reader(source).body(false).blocks;
}

/**
 * The top-level blocks of a file that was read to its end, for those who must not miss one; a number where it was not:
 * the line (counted from 1) up to which it could be read.
 */
export function readAllBlocks(source: string): Block[] | number {
  const reader = new Reader(source);
  const { blocks } = reader.body(false);
  return reader.lost === undefined ? blocks : source.slice(0, reader.lost).split("\n").length;
}

/** A file without its comments, and with its texts empty: what is left is names, signs and numbers. */
export function withoutTexts(source: string): string {
  const reader = new Reader(source);
  reader.body(false);
  let made = "";
  let from = 0;
  for (const [start, end] of reader.texts.toSorted(([a], [b]) => a - b)) {
    if (start < from) continue;
    made += `${source.slice(from, start)} `;
    from = end;
  }
  return made + source.slice(from);
}

/** The text of a string literal without templates, undefined for any other expression. */
export function literal(expression: string | undefined): string | undefined {
  const match = /^"((?:[^"\\$%]|\\.|[$%](?!\{))*)"$/s.exec(expression ?? "");
  return match?.[1]?.replaceAll(/\\(.)/g, "$1");
}

const identifier = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;

class Reader {
  private at = 0;
  private line = 1;
  private counted = 0;
  /** Where the reading ended before the file did. */
  lost: number | undefined;
  /** Where comments, strings and heredocs begin and end. */
  readonly texts: (readonly [start: number, end: number])[] = [];
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** A block's body up to its closing brace, or the file. */
  body(nested: boolean): { attributes: Map<string, string>; blocks: Block[] } {
    const attributes = new Map<string, string>();
    const found: Block[] = [];
    for (;;) {
      this.skipBlank();
      if (this.at >= this.source.length) {
        if (nested) this.lose();
        return { attributes, blocks: found };
      }
      if (this.source[this.at] === "}") {
        if (nested) this.at += 1;
        else this.lose();
        return { attributes, blocks: found };
      }
      const start = this.at;
      const name = this.name();
      if (name === undefined) {
        this.lose();
        return { attributes, blocks: found };
      }
      this.skipSpaces();
      if (this.source[this.at] === "=" && this.source[this.at + 1] !== "=") {
        this.at += 1;
        attributes.set(name, this.expression());
        continue;
      }
      const labels: string[] = [];
      for (;;) {
        this.skipSpaces();
        if (this.source[this.at] === '"') {
          const from = this.at;
          this.skipString();
          labels.push(literal(this.source.slice(from, this.at)) ?? "");
          continue;
        }
        const label = this.name();
        if (label === undefined) break;
        labels.push(label);
      }
      if (this.source[this.at] !== "{") {
        this.lose();
        return { attributes, blocks: found };
      }
      const line = this.lineAt(start);
      this.at += 1;
      const inner = this.body(true);
      found.push({ type: name, labels, ...inner, start, end: this.at, line });
    }
  }

  /** Ends the reading. */
  private lose(): void {
    this.lost ??= this.at;
    this.at = this.source.length;
  }

  private name(): string | undefined {
    identifier.lastIndex = this.at;
    const match = identifier.exec(this.source);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }

  /** An expression ends at a line's end outside brackets, or before the brace that closes the block. */
  private expression(): string {
    this.skipSpaces();
    const start = this.at;
    let depth = 0;
    while (this.at < this.source.length) {
      const character = this.source[this.at] ?? "";
      if (character === '"') this.skipString();
      else if (this.source.startsWith("<<", this.at) && this.skipHeredoc()) continue;
      else if (this.isComment()) this.skipComment();
      else if ("([{".includes(character)) {
        depth += 1;
        this.at += 1;
      } else if (")]}".includes(character)) {
        if (depth === 0) break;
        depth -= 1;
        this.at += 1;
      } else if (character === "\n" && depth === 0) break;
      else this.at += 1;
    }
    if (depth > 0) this.lose();
    return this.source.slice(start, this.at).trim();
  }

  private skipString(): void {
    const start = this.at;
    this.at += 1;
    while (this.at < this.source.length) {
      const character = this.source[this.at];
      if (character === "\\") this.at += 2;
      else if (character === "\n") break;
      else if (character === '"') {
        this.at += 1;
        this.texts.push([start, this.at]);
        return;
      } else this.skipPart();
    }
    this.lose();
  }

  /** One character of a template, an escaped `$${` or `%%{`, or all of an interpolation or directive. */
  private skipPart(): void {
    const three = this.source.slice(this.at, this.at + 3);
    if (three === "$${" || three === "%%{") this.at += 3;
    else if (three.startsWith("${") || three.startsWith("%{")) this.skipTemplate();
    else this.at += 1;
  }

  private skipTemplate(): void {
    this.at += 2;
    let depth = 1;
    while (this.at < this.source.length && depth > 0) {
      const character = this.source[this.at];
      if (character === '"') {
        this.skipString();
        continue;
      }
      if (this.isComment()) {
        this.skipComment();
        continue;
      }
      if (this.source.startsWith("<<", this.at) && this.skipHeredoc()) continue;
      if (character === "{") depth += 1;
      if (character === "}") depth -= 1;
      this.at += 1;
    }
    if (depth > 0) this.lose();
  }

  private skipHeredoc(): boolean {
    const opening = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
    opening.lastIndex = this.at;
    const match = opening.exec(this.source);
    if (match === null) return false;
    const closing = new RegExp(`[ \\t]*${match[1]}[ \\t]*\\r?(?=\\n|$)`, "y");
    this.at = opening.lastIndex;
    while (this.at < this.source.length) {
      closing.lastIndex = this.source[this.at - 1] === "\n" ? this.at : this.source.length + 1;
      if (closing.test(this.source)) {
        this.at = closing.lastIndex;
        this.texts.push([match.index, this.at]);
        return true;
      }
      this.skipPart();
    }
    this.lose();
    return true;
  }

  private isComment(): boolean {
    return (
      this.source[this.at] === "#" || this.source.startsWith("//", this.at) || this.source.startsWith("/*", this.at)
    );
  }

  private skipComment(): void {
    const start = this.at;
    const closing = this.source.startsWith("/*", this.at) ? "*/" : "\n";
    const end = this.source.indexOf(closing, this.at + (closing === "*/" ? 2 : 1));
    if (end < 0 && closing === "*/") this.lose();
    else if (end < 0) this.at = this.source.length;
    else this.at = closing === "\n" ? end : end + 2;
    this.texts.push([start, this.at]);
  }

  private skipSpaces(): void {
    while (this.source[this.at] === " " || this.source[this.at] === "\t") this.at += 1;
  }

  private skipBlank(): void {
    for (;;) {
      const character = this.source[this.at];
      if (character !== undefined && /[\s,\uFEFF]/.test(character)) this.at += 1;
      else if (character !== undefined && this.isComment()) this.skipComment();
      else return;
    }
  }

  /** Offsets come in rising order, so that each newline is counted once. */
  private lineAt(offset: number): number {
    for (; this.counted < offset; this.counted += 1) if (this.source[this.counted] === "\n") this.line += 1;
    return this.line;
  }
}
