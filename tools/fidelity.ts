/** Writes `docs/fidelity.md` from the tables of rules, departures and figures, and of the tests that jest runs. */
import { writeFileSync } from "node:fs";
import { fidelityPage } from "../rehearsal/fidelity.ts";
import { ruleTests } from "../test/rehearsal/rules/all.ts";

writeFileSync("docs/fidelity.md", fidelityPage(ruleTests));
