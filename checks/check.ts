/** Judges a graph by every rule. */
import type { Graph, Location } from "../topology/graph.ts";
import { rules } from "./catalogue.ts";
import type { Change } from "./fix.ts";
import { type Rule, type Severity, severities } from "./rule.ts";
import { View } from "./view.ts";

export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly address: string;
  /** What it is about, where one address has several of it: the id of an edge, or the address again. */
  readonly subject: string;
  /** Place of the path in the list of paths; null: it is on none. */
  readonly path: number | null;
  /** The witness: the figures of this configuration. */
  readonly message: string;
  readonly fix: string;
  /** The same for a program: ways to mend it, each a list of changes to make together; none where someone has to choose. */
  readonly changes: readonly (readonly Change[])[];
  /** The reason, where someone has acknowledged it. */
  readonly acknowledged: string | null;
  readonly location: Location | null;
}

/** Findings by path, most severe first, then by number and address. Nothing is acknowledged yet. */
export function check(graph: Graph, by: readonly Rule[] = rules): Finding[] {
  const view = new View(graph);
  const found = by.flatMap((rule) =>
    rule.run(view).map(
      ({ address, at, message, fix, changes }): Finding => ({
        id: rule.id,
        severity: rule.severity,
        address,
        subject: at[0] ?? address,
        path: view.pathAt([...at, address]),
        message,
        fix,
        changes,
        acknowledged: null,
        location: graph.locations?.[address] ?? null,
      }),
    ),
  );
  // Rules that come by one thing on several ways say the same of it; of two things they say it twice.
  const unique = new Map<string, Finding>();
  for (const one of found.toSorted(order)) {
    const key = JSON.stringify([one.id, one.address, one.subject, one.message]);
    if (!unique.has(key)) unique.set(key, one);
  }
  return [...unique.values()];
}

function order(a: Finding, b: Finding): number {
  return (
    (a.path ?? Number.MAX_SAFE_INTEGER) - (b.path ?? Number.MAX_SAFE_INTEGER) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    Number(a.id.slice(1)) - Number(b.id.slice(1)) ||
    (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)
  );
}

/** Whether a finding is at least that severe, and nobody has acknowledged it. */
export function fails(finding: Finding, threshold: Severity): boolean {
  return finding.acknowledged === null && severities.indexOf(finding.severity) <= severities.indexOf(threshold);
}
