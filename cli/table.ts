/** Plain tables for a terminal of 80 columns. */

export interface Column {
  readonly title: string;
  readonly width: number;
}

const gap = 2;

/** Rows under their titles; what is too long for its column goes on below. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title.toUpperCase());
  return [tableRow(columns, titles), rows.map((row) => tableRow(columns, row))].flat().join("\n");
}

function tableRow(columns: readonly Column[], cells: readonly string[]): string {
  const wrapped = columns.map(({ width }, index) => wrap(cells[index] ?? "", width));
  const height = wrapped.reduce((most, lines) => Math.max(most, lines.length), 0);
  return Array.from({ length: height }, (_, line) =>
    columns
      .map(({ width }, index) => (wrapped[index]?.[line] ?? "").padEnd(width + gap))
      .join("")
      .trimEnd(),
  ).join("\n");
}

/**
 * Lines of at most that width: broken at spaces, and inside long addresses after `.`, `/`, `:`, `_` or `-`. Lines after
 * the first begin with `indent` below the line's own beginning.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lead = /^ */.exec(paragraph)?.[0] ?? "";
    const lines: string[] = [];
    let line = lead;
    for (const word of paragraph.trim().split(" ")) {
      const joined = line.trim() === "" ? line + word : `${line} ${word}`;
      if (joined.length <= width) {
        line = joined;
        continue;
      }
      // An arrow stays with what it points to.
      if (line.trim() === "→") line += " ";
      else if (line.trim() !== "") {
        lines.push(line);
        line = lead + indent;
      }
      const parts = split(word, width - line.length, width - lead.length - indent.length);
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

/** Parts of a word that fit: the first into `width`, the others into `next`. */
function split(word: string, width: number, next: number): string[] {
  const parts: string[] = [];
  let rest = word;
  for (let room = width; rest.length > room; room = next) {
    const head = rest.slice(0, room);
    const at = Math.max(...[".", "/", ":", "_", "-", "["].map((mark) => head.lastIndexOf(mark)));
    const cut = at > room / 3 ? at + 1 : room;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...parts, rest];
}
