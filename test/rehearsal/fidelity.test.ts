/** The page on fidelity is current, and says the truth: every played rule has a test, and every departure is noticed. */
import { readFileSync } from "node:fs";
import { deviations } from "../../rehearsal/deviations.ts";
import { fidelityPage } from "../../rehearsal/fidelity.ts";
import { rules } from "../../rehearsal/rules.ts";
import { ruleTests } from "./rules/all.ts";

const tests = Object.values(ruleTests).flat();

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
      !tests.some((test) => test.deviations.some((one) => one === name) && new Set<number>(broken).has(test.number)),
  );
  expect(unnoticed.map(([name]) => name)).toEqual([]);
});

it("every test names departures from its own rule", () => {
  const foreign = tests.filter(
    ({ number, deviations: named }) =>
      named.length === 0 || named.some((name) => !new Set<number>(deviations[name].rules).has(number)),
  );
  expect(foreign).toEqual([]);
});

it("docs/fidelity.md is what the tables say: node --import tsx tools/fidelity.ts writes it", () => {
  expect(readFileSync("docs/fidelity.md", "utf8")).toBe(fidelityPage(ruleTests));
});
