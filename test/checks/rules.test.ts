import { rules, unchecked } from "../../checks/catalogue.ts";
import { check, type Finding } from "../../checks/check.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { type Config, synthesized } from "../support/configurations.ts";
import { twins } from "../support/twins.ts";

function judged(config: Config): Finding[] {
  return check(graphOf(readSynthesized(synthesized(config), "/nowhere/cdk.tf.json", "test")));
}

const named = twins.map((twin) => [twin.about === undefined ? twin.id : `${twin.id} (${twin.about})`, twin] as const);

test.each(named)("%s is shown by its configuration, and not by the repaired twin", (_name, { id, shows, repaired }) => {
  const shown = judged(shows()).filter((one) => one.id === id);
  expect(shown).not.toEqual([]);
  for (const { message, fix, address } of shown) {
    expect(message).not.toMatch(/undefined|NaN|null|\[object/);
    expect(`${fix} ${address}`).not.toMatch(/undefined|NaN|null|\[object/);
  }
  const left = judged(repaired());
  expect(left.filter((one) => one.id === id)).toEqual([]);
  expect(
    left.filter(({ severity }) => severity !== "advice").map((one) => `${one.id} ${one.address}: ${one.message}`),
  ).toEqual([]);
});

test("every rule has a twin, every hazard of the catalogue a rule or a reason", () => {
  const ids = new Set(rules.map(({ id }) => id));
  expect([...ids].filter((id) => !twins.some((twin) => twin.id === id))).toEqual([]);
  const listed = new Set([...ids, ...unchecked.map(({ id }) => id)]);
  expect(Array.from({ length: 97 }, (_, index) => `H${index + 1}`).filter((id) => !listed.has(id))).toEqual([]);
  expect(unchecked.filter(({ id }) => ids.has(id))).toEqual([]);
});

test("the messages are the witness: figures of this configuration", () => {
  const lines = named.map(([name, { id, shows }]) => {
    const first = judged(shows()).find((one) => one.id === id);
    return `${name} ${first?.severity} at ${first?.address}: ${first?.message} → ${first?.fix}`;
  });
  expect(lines.join("\n")).toMatchSnapshot();
});
