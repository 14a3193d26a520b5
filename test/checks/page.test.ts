import { readFileSync } from "node:fs";
import { rules, unchecked } from "../../checks/catalogue.ts";
import { page } from "../../checks/page.ts";

test("docs/checks.md is what the rules say: npm run docs:checks writes it", () => {
  expect(readFileSync("docs/checks.md", "utf8")).toBe(page());
});

test("the page names every hazard once", () => {
  for (const { id } of [...rules, ...unchecked]) expect(page().split(`\n| ${id} |`)).toHaveLength(2);
});
