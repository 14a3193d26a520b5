/** A rehearsal on a terminal of 80 columns: per path what was sent, where it ended, how long it took, what was lost. */
import type { Outcome } from "../accounting/accounting.ts";
import { formatDuration } from "../duration.ts";
import type { PathTally } from "./log.ts";
import type { Rehearsal } from "./result.ts";

const width = 80;
/** Lost events and assumptions that are shown; the JSON has them all. */
const mostShown = 12;
const order: readonly Outcome[] = ["processed", "retained", "pending", "filtered", "unmatched", "expired", "dropped"];

/** @param strong how a heading is marked. */
export function summary(rehearsal: Rehearsal, strong: (text: string) => string = (text) => text): string {
  const { head, log, assumptions } = rehearsal;
  const { totals } = head;
  const lines = [
    ...fold(`${head.stack}: ${head.scenario}`, "").map(strong),
    ...fold(
      `${count(totals.sent, "event")}, seed ${head.seed}, until ${formatDuration(head.endedAt)} of virtual time: ${tally(totals)}`,
      "  ",
    ),
  ];
  for (const [index, path] of [...log.paths.values()].entries()) {
    lines.push("", ...pathLines(path, rehearsal.paths[index]));
  }
  if (log.lost.length > 0) {
    lines.push("", strong("Lost:"));
    for (const { id, outcome, consumer, endedAt, why = "" } of log.lost.slice(0, mostShown)) {
      const way = consumer === null ? "" : ` on the way into ${consumer}`;
      lines.push(...fold(`${id} ${outcome} at ${formatDuration(endedAt)}${way}: ${why}`, "  "));
    }
    const all = totals.dropped + totals.expired;
    if (all > mostShown) lines.push(`  … and ${all - mostShown} more (--json -)`);
  }
  if (assumptions.length > 0) {
    lines.push("", "Assumed:");
    for (const { name, value, why } of assumptions.slice(0, mostShown))
      lines.push(...fold(`${name}: ${value} (${why})`, "  "));
    if (assumptions.length > mostShown) lines.push(`  … and ${assumptions.length - mostShown} more (--json -)`);
  }
  return `${lines.join("\n")}\n`;
}

function pathLines(path: PathTally, row: Rehearsal["paths"][number] | undefined): string[] {
  const sent = Object.values(path.counts).reduce((sum, one) => sum + one, 0);
  const lines = [
    ...fold(`${path.source} → ${path.consumer ?? "(no consumer)"}`, ""),
    `  ${sent} sent: ${tally(path.counts)}`,
  ];
  for (const [place, number] of path.where) lines.push(...fold(`retained: ${number} in ${place}`, "  "));
  for (const [why, number] of path.why) lines.push(...fold(`lost: ${number}, ${why}`, "  "));
  if (row?.latencyMs !== null && row !== undefined) {
    const { p50, p99, max } = row.latencyMs;
    const blocked = row.blockedMs > 0 ? `; blocked for ${formatDuration(row.blockedMs)}` : "";
    const [median, most, longest] = [p50, p99, max].map(formatDuration);
    lines.push(...fold(`took ${median} (median), ${most} (99 %), ${longest} (longest)${blocked}`, "  "));
  }
  return lines;
}

function tally(counts: Readonly<Partial<Record<Outcome, number>>>): string {
  const parts = order.filter((outcome) => (counts[outcome] ?? 0) > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Lines that fit, broken at spaces; what follows the first is indented further. */
function fold(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ").flatMap(pieces)) {
    if (line.trim() !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}    `;
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** A word that fits on no line, cut. */
function pieces(word: string): string[] {
  const longest = width - 8;
  const cut: string[] = [];
  for (let from = 0; from < word.length; from += longest) cut.push(word.slice(from, from + longest));
  return cut;
}
