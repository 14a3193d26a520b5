/** Writes `docs/checks.md` from the rules: `npm run docs:checks`. */
import { writeFileSync } from "node:fs";
import { page } from "../checks/page.ts";

writeFileSync("docs/checks.md", page());
