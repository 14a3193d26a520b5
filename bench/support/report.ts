import type { Paired } from "./paired.ts";

/** One line of a benchmark's table. */
export interface Measured {
  readonly what: string;
  readonly against: string;
  readonly result: Paired;
  /** The ratio must stay below this. */
  readonly target: number;
}

/** Prints the table, and makes the process fail where a median misses its target. */
export function report(title: string, rows: readonly Measured[]): void {
  const lines = rows.map(({ what, against, result, target }) => [
    what,
    `${result.ours.toFixed(0)} ms`,
    against,
    `${result.theirs.toFixed(0)} ms`,
    `${result.ratio.toFixed(2)} (${result.quartiles.map((ratio) => ratio.toFixed(2)).join("–")} of ${result.pairs})`,
    `< ${target}`,
    result.ratio < target ? "met" : "MISSED",
  ]);
  const head = ["ours", "median", "against", "median", "ratio (quartiles of pairs)", "target", ""];
  const widths = head.map((cell, column) => Math.max(cell.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const print = (cells: readonly string[]): void => {
    console.log(`  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
  };
  console.log(`${title}: milliseconds of processor time, Node ${process.version}`);
  print(head);
  for (const line of lines) print(line);
  if (rows.some(({ result, target }) => !(result.ratio < target))) process.exitCode = 1;
}
