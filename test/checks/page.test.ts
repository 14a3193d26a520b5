import { readFileSync } from "node:fs";
import { rules, unchecked } from "../../checks/catalogue.ts";
import { page } from "../../checks/page.ts";

/** The formatter pads the cells of tables. */
function unpadded(text: string): string {
  return text.replaceAll(/^\|.*\|$/gm, (line) =>
    line
      .replaceAll(/ +(?=\|)|(?<=\|) +/g, " ")
      .replaceAll(/-{3,}/g, "---")
      .replaceAll(/\| --- /g, "|---"),
  );
}

test("docs/checks.md is what the rules say: npm run docs:checks writes it", () => {
  const written = readFileSync("docs/checks.md", "utf8");
  expect(unpadded(written)).toBe(unpadded(page()));
});

test("the page names every hazard once", () => {
  const ids = new Set([...rules, ...unchecked].map(({ id }) => id));
  for (const id of ids) expect(page().split(`\n| ${id} |`)).toHaveLength(2);
});
