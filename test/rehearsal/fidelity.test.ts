/** The page on fidelity is current, and says the truth: every played rule has a test, and every departure is noticed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deviations } from "../../rehearsal/deviations.ts";
import { fidelityPage, ruleTestsIn } from "../../rehearsal/fidelity.ts";
import { rules } from "../../rehearsal/rules.ts";

const folder = "test/rehearsal/rules";
const tests = readdirSync(folder)
  .toSorted()
  .flatMap((name) => ruleTestsIn(readFileSync(join(folder, name), "utf8"), `${folder}/${name}`));

it("every rule from 1 to 125 is listed once", () => {
  expect(rules.map(({ number }) => number)).toEqual(Array.from({ length: 125 }, (_, index) => index + 1));
});

it("every played rule has a test with its number, and no other rule has one", () => {
  const tested = new Set(tests.map(({ number }) => number));
  expect(rules.filter(({ notPlayed }) => notPlayed === undefined).filter(({ number }) => !tested.has(number))).toEqual(
    [],
  );
  expect(rules.filter(({ notPlayed }) => notPlayed !== undefined).filter(({ number }) => tested.has(number))).toEqual(
    [],
  );
});

it("every departure is noticed by a test of a rule that it breaks", () => {
  const unnoticed = Object.entries(deviations).filter(
    ([name, { rules: broken }]) =>
      !tests.some((test) => test.deviation === name && new Set<number>(broken).has(test.number)),
  );
  expect(unnoticed.map(([name]) => name)).toEqual([]);
});

it("every test names a departure from its own rule", () => {
  const known: Readonly<Record<string, { readonly rules: readonly number[] } | undefined>> = deviations;
  const foreign = tests.filter(({ number, deviation }) => known[deviation]?.rules.includes(number) !== true);
  expect(foreign).toEqual([]);
});

it("docs/fidelity.md is what the tables say: node --import tsx tools/fidelity.ts writes it", () => {
  expect(readFileSync("docs/fidelity.md", "utf8")).toBe(fidelityPage(tests));
});
