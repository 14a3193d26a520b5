/** Writes `docs/fidelity.md` from the tables of rules, departures and figures, and from the tests that name them. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fidelityPage, ruleTestsIn } from "../rehearsal/fidelity.ts";

const folder = "test/rehearsal/rules";
const tests = readdirSync(folder)
  .toSorted()
  .flatMap((name) => ruleTestsIn(readFileSync(`${folder}/${name}`, "utf8"), `${folder}/${name}`));
writeFileSync("docs/fidelity.md", fidelityPage(tests));
