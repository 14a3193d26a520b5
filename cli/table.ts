/** Plain tables and wrapped lines for a terminal. */
import { columns, letters, padded } from "./columns.ts";

export interface Column {
  readonly title: string;
  /** Columns of the terminal. */
  readonly width: number;
}

const gap = 2;

/** Rows under their titles; what is too long for its column goes on below. */
export function table(layout: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = layout.map(({ title }) => title.toUpperCase());
  return [tableRow(layout, titles), rows.map((row) => tableRow(layout, row))].flat().join("\n");
}

function tableRow(layout: readonly Column[], cells: readonly string[]): string {
  const wrapped = layout.map(({ width }, index) => wrap(cells[index] ?? "", width, "  "));
  const height = wrapped.reduce((most, lines) => Math.max(most, lines.length), 0);
  return Array.from({ length: height }, (_, line) =>
    layout
      .map(({ width }, index) => padded(wrapped[index]?.[line] ?? "", width + gap))
      .join("")
      .trimEnd(),
  ).join("\n");
}

/**
 * Lines of at most so many columns, broken at spaces. A word that fits on a line of its own is put there whole, so that
 * an address can be copied; a longer one is broken between its parts. Lines after the first begin with `indent` below
 * the line's own beginning.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lead = /^ */.exec(paragraph)?.[0] ?? "";
    const lines: string[] = [];
    let line = lead;
    for (const word of paragraph.trim().split(" ")) {
      const joined = line.trim() === "" ? line + word : `${line} ${word}`;
      if (columns(joined) <= width) {
        line = joined;
        continue;
      }
      // An arrow stays with what it points to.
      if (line.trim() === "→") line += " ";
      else if (line.trim() !== "") {
        lines.push(line);
        line = lead + indent;
      }
      const parts = split(word, width - columns(line), width - lead.length - indent.length);
      for (const part of parts.slice(0, -1)) {
        lines.push(line + part);
        line = lead + indent;
      }
      line += parts.at(-1) ?? "";
    }
    lines.push(line);
    return lines;
  });
}

/** Where a long word is broken: behind these, the first of them rather than the second. */
const breaks: readonly ReadonlySet<string>[] = [new Set([".", "/", ":", "]"]), new Set(["_", "-", "[", ","])];

/** Parts of a word that fit: the first into `width` columns, the others into `next`. */
function split(word: string, width: number, next: number): string[] {
  const parts: string[] = [];
  let rest = letters(word);
  for (let room = width; columns(rest.join("")) > room; room = next) {
    const cut = cutOf(rest, Math.max(1, room));
    parts.push(rest.slice(0, cut).join(""));
    rest = rest.slice(cut);
  }
  return [...parts, rest.join("")];
}

/** How many letters of a word that does not fit go on the line. */
function cutOf(word: readonly string[], room: number): number {
  let fitting = 0;
  for (let taken = 0; fitting < word.length; fitting += 1) {
    taken += columns(word[fitting] ?? "");
    if (taken > room) break;
  }
  for (const marks of breaks) {
    const at = word.slice(0, fitting).findLastIndex((letter) => marks.has(letter));
    if (at + 1 > fitting / 3) return at + 1;
  }
  return Math.max(1, fitting);
}
