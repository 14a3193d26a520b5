/** What a run has to show, held against what the emulator cannot show. */

/** Something that the run looked for. */
export interface Finding {
  readonly id: string;
  /** As a sentence that is true when it was shown. */
  readonly what: string;
  readonly shown: boolean;
  /** What was seen instead. */
  readonly seen?: string;
}

/** Something that the emulator cannot show. */
export interface NotShown {
  readonly id: string;
  readonly what: string;
  /** The emulator's gap. */
  readonly why: string;
  /** Files of this repository, or the measure by other means, that cover it. */
  readonly elsewhere: string;
  /** Whether the run looks for it all the same, and so notices when the emulator has learnt it. */
  readonly looksFor: boolean;
}

export type Verdict =
  | { readonly kind: "passed" | "listed"; readonly id: string; readonly text: string }
  | { readonly kind: "failed"; readonly id: string; readonly text: string };

/**
 * - What was shown has passed; what was not fails, unless it is listed.
 * - What is listed and was shown after all fails: the list is stale. Not where `otherEmulator`, for which the list was
 *   not written.
 * - What is listed as looked for, and was not looked for in a `complete` run, fails: nothing would notice that it is
 *   stale. So does what was looked for twice, since one answer would hide the other.
 */
export function judge(
  findings: readonly Finding[],
  notShown: readonly NotShown[],
  { otherEmulator, complete }: { readonly otherEmulator: boolean; readonly complete: boolean },
): readonly Verdict[] {
  const listed = new Map(notShown.map((row) => [row.id, row]));
  const looked = new Set<string>();
  const verdicts: Verdict[] = [];
  for (const { id, what, shown, seen } of findings) {
    if (looked.has(id)) verdicts.push({ kind: "failed", id, text: "was looked for twice" });
    looked.add(id);
    const row = listed.get(id);
    const instead = seen === undefined ? "" : `; instead: ${seen}`;
    if (row === undefined) {
      verdicts.push({ kind: shown ? "passed" : "failed", id, text: shown ? what : `not shown: ${what}${instead}` });
    } else if (!shown) {
      verdicts.push({ kind: "listed", id, text: row.why });
    } else if (otherEmulator) {
      verdicts.push({ kind: "passed", id, text: what });
    } else {
      verdicts.push({ kind: "failed", id, text: `stands in not-shown.ts, and was shown: ${what}. Remove it there` });
    }
  }
  for (const { id, looksFor, why } of notShown) {
    if (looked.has(id)) continue;
    if (!looksFor) verdicts.push({ kind: "listed", id, text: why });
    else if (complete)
      verdicts.push({ kind: "failed", id, text: "stands in not-shown.ts as looked for, and nothing did" });
  }
  return verdicts;
}
