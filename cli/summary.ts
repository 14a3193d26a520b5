/** A rehearsal on a terminal: per path what was sent, where it ended, how long it took, what was lost. */
import type { Outcome } from "../rehearsal/accounting/rows.ts";
import { formatDuration } from "../rehearsal/duration.ts";
import type { PathTally } from "../rehearsal/result/log.ts";
import type { Rehearsal } from "../rehearsal/result/result.ts";
import { wrap } from "./table.ts";
import { styled, type Terminal, widthOf } from "./terminal.ts";

/** Lost events and assumptions that are shown; the JSON has them all. */
const mostShown = 12;
const order: readonly Outcome[] = ["processed", "retained", "pending", "filtered", "unmatched", "expired", "dropped"];

/** What a person reads of a rehearsal. */
export function summary(rehearsal: Rehearsal, terminal: Terminal): string {
  const { head, log, assumptions } = rehearsal;
  const { totals } = head;
  const width = widthOf(terminal);
  const strong = (text: string): string => styled(terminal, "bold", text);
  const fold = (text: string, indent: string): string[] => wrap(indent + text, width, "    ");
  const lines = [
    ...fold(`${head.stack}: ${head.scenario}`, "").map(strong),
    ...fold(
      `${count(totals.sent, "event")}, seed ${head.seed}, until ${formatDuration(head.endedAt)} of virtual time: ${tally(totals)}`,
      "  ",
    ),
  ];
  for (const [index, path] of [...log.paths.values()].entries()) {
    lines.push("", ...pathTexts(path, rehearsal.paths[index]).flatMap(([indent, text]) => fold(text, indent)));
  }
  if (log.lost.length > 0) {
    lines.push("", strong("Lost:"));
    const groups = together(log.lost).slice(0, mostShown);
    for (const { ids, outcome, consumer, endedAt, lostToo, why = "" } of groups) {
      const named = ids.slice(0, mostShown).join(", ");
      const more = ids.length > mostShown ? ` and ${ids.length - mostShown} more` : "";
      if (lostToo === true) {
        const end = `ended ${outcome}, and another delivery to ${consumer ?? "it"} was lost`;
        lines.push(...fold(`${named}${more} ${end}: ${why}`, "  "));
        continue;
      }
      const way = consumer === null ? "" : ` on the way into ${consumer}`;
      lines.push(...fold(`${named}${more} ${outcome} at ${formatDuration(endedAt)}${way}: ${why}`, "  "));
    }
    const rest = totals.dropped + totals.expired + log.lostToo - groups.reduce((sum, { ids }) => sum + ids.length, 0);
    if (rest > 0) lines.push(`  … and ${rest} more (--json -)`);
  }
  if (assumptions.length > 0) {
    lines.push("", "Assumed:");
    for (const { name, value, why } of assumptions.slice(0, mostShown))
      lines.push(...fold(`${name}: ${value} (${why})`, "  "));
    if (assumptions.length > mostShown) lines.push(`  … and ${assumptions.length - mostShown} more (--json -)`);
  }
  return `${lines.join("\n")}\n`;
}

type Lost = Rehearsal["log"]["lost"][number];

/** Lost events of which the same is to be said. */
function together(lost: readonly Lost[]): (Lost & { readonly ids: string[] })[] {
  const groups = new Map<string, Lost & { readonly ids: string[] }>();
  for (const one of lost) {
    const key = JSON.stringify([one.outcome, one.consumer, one.lostToo === true ? 0 : one.endedAt, one.why]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...one, ids: [one.id] });
    else group.ids.push(one.id);
  }
  return [...groups.values()];
}

/** What is said of a path: indents and texts. */
function pathTexts(path: PathTally, row: Rehearsal["paths"][number] | undefined): (readonly [string, string])[] {
  const sent = Object.values(path.counts).reduce((sum, one) => sum + one, 0);
  const texts: (readonly [string, string])[] = [
    ["", `${path.source} → ${path.consumer ?? "(no consumer)"}`],
    ["  ", `${sent} sent: ${tally(path.counts)}`],
  ];
  for (const [place, number] of path.where) texts.push(["  ", `retained: ${number} in ${place}`]);
  for (const [why, number] of path.why) texts.push(["  ", `lost: ${number}, ${why}`]);
  if (row?.latencyMs !== null && row !== undefined) {
    const { p50, p99, max } = row.latencyMs;
    const blocked = row.blockedMs > 0 ? `; blocked for ${formatDuration(row.blockedMs)}` : "";
    const [median, most, longest] = [p50, p99, max].map(formatDuration);
    texts.push(["  ", `ended after ${median} (median), ${most} (99 %), ${longest} (longest)${blocked}`]);
  }
  return texts;
}

function tally(counts: Readonly<Partial<Record<Outcome, number>>>): string {
  const parts = order.filter((outcome) => (counts[outcome] ?? 0) > 0).map((outcome) => `${counts[outcome]} ${outcome}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
