import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const page = readFileSync(join(root, "docs/known-failures-of-others.md"), "utf8");

/** The rows of the table: number, what happened, what stands against it. */
const rows = page
  .split("\n")
  .filter((line) => /^\| *\d+ *\|/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );

/** The tests that a cell names: a link to a file, and titles in quotation marks up to the next link. */
function testsIn(cell: string): { readonly file: string; readonly title: string }[] {
  return cell.split(/(?=\[[\w.-]+\]\()/).flatMap((piece) => {
    const file = /^\[[\w.-]+\]\(\.\.\/(test\/[^)]+)\)/.exec(piece)?.[1];
    if (file === undefined) return [];
    return [...piece.matchAll(/“([^”]+)”/g)].map(([, title = ""]) => ({ file, title }));
  });
}

/** The titles of the tests in a file, as they are written there. */
const titlesIn = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), "utf8").matchAll(
      /\b(?:test|describe)(?:\.each\([^]*?\))?\(\s*"((?:[^"\\]|\\.)*)"|\)\("((?:[^"\\]|\\.)*)", |^ {2}"([^"]+)": \{$/gm,
    ),
  ].map(([, plain, each, row]) => plain ?? each ?? row ?? "");

test("the table has twenty rows, each with a public reference and an answer", () => {
  expect(rows.map(([number]) => number)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
  for (const [number, happened = "", answer = ""] of rows) {
    expect([number, happened]).toEqual([number, expect.stringMatching(/\]\(https:\/\/github\.com\/[\w.-]+\/[\w.-]+/)]);
    const answered = testsIn(answer).length > 0 || /\bcomes? with (EventConsumer|StreamConsumer)\b/.test(answer);
    expect([number, answered]).toEqual([number, true]);
  }
});

test.each(
  rows.flatMap(([number, , answer = ""]) =>
    testsIn(answer).map(({ file, title }) => [Number(number), file, title] as const),
  ),
)("row %d: %s has “%s”", (_, file, title) => {
  expect(existsSync(join(root, file))).toBe(true);
  expect(titlesIn(file)).toContain(title);
});

test("a test that does not exist would be found", () => {
  expect(titlesIn("test/modules/queue-consumer/edges.test.ts")).not.toContain("what nobody ever wrote");
  expect(testsIn("[a.test.ts](../test/a.test.ts) “one” and “two”, [b.test.ts](../test/b.test.ts) “three”")).toEqual([
    { file: "test/a.test.ts", title: "one" },
    { file: "test/a.test.ts", title: "two" },
    { file: "test/b.test.ts", title: "three" },
  ]);
});
