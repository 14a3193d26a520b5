/** What a person reads at the end: tables of at most 80 columns. */
import { repeatsOf } from "./expectations.ts";
import type { NotShown, Verdict } from "./judge.ts";
import { type Outcome, receivesOf } from "./traffic.ts";

const COLUMNS = 80;

/** Rows below their headings; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [headings, ...rows.map((row) => row.map(String))];
  const widths = headings.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof rows[0]?.[column] === "number" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return texts.map(line).join("\n");
}

export function trafficTable(outcomes: readonly Outcome[]): string {
  return table(
    ["path", "sent", "done", "repeats", "the poison landed in", "receives", "s"],
    outcomes.map((outcome) => {
      const { path, sent, log, dead, seconds } = outcome;
      return [
        path.name,
        sent.length,
        new Set(log.processed).size,
        repeatsOf(outcome),
        dead.length === 0 ? "no queue" : path.deadLetterQueue.replace(/^shop-local-/, ""),
        receivesOf(dead[0]),
        Math.round(seconds),
      ];
    }),
  );
}

export function verdictLines(verdicts: readonly Verdict[]): string {
  const mark = { passed: "ok", failed: "FAILED", listed: "listed" };
  const lines = verdicts
    .filter(({ kind }) => kind !== "listed")
    .map(({ kind, id, text }) => wrapped(`${mark[kind].padEnd(7)} ${id}: ${text}`, 8));
  return lines.join("\n");
}

/** What was not shown, why, and where else it is looked at. */
export function notShownLines(verdicts: readonly Verdict[], rows: readonly NotShown[]): string {
  return verdicts
    .filter(({ kind }) => kind === "listed")
    .flatMap(({ id }) => rows.filter((row) => row.id === id))
    .map(({ id, what, why, elsewhere }) => wrapped(`- ${id}: ${what}. ${why} Instead: ${elsewhere}.`, 2))
    .join("\n");
}

/** Breaks a line between words; what follows is indented. */
export function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
