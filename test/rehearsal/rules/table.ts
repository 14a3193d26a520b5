/** Tests of rules as a table: what jest runs, and what `docs/fidelity.md` is made from, is one thing. */
import type { DeviationName } from "../../../rehearsal/deviations.ts";
import type { Play } from "../play.ts";

/** A test of a rule, and the departures with which it fails. */
export interface RuleTest {
  readonly number: number;
  readonly title: string;
  readonly deviations: readonly DeviationName[];
  readonly test: (play: Play) => Promise<void>;
}

/** An empty table, and `rule(60, "title", "queue.redrive-late", async (play) => { … })`, which adds to it. */
export function ruleTable() {
  const tests: RuleTest[] = [];
  const rule = (
    number: number,
    title: string,
    deviations: DeviationName | readonly DeviationName[],
    test: (play: Play) => Promise<void>,
  ): void => {
    tests.push({ number, title, deviations: typeof deviations === "string" ? [deviations] : deviations, test });
  };
  return { tests, rule };
}
