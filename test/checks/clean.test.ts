import { check } from "../../checks/check.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { all, type Config, cleanPaths, synthesized } from "../support/configurations.ts";

function findings(config: Config) {
  const graph = graphOf(readSynthesized(synthesized(config), "/nowhere/cdk.tf.json", "test"));
  return check(graph).map(({ id, severity, address, message }) => `${severity} ${id} ${address}: ${message}`);
}

test.each(Object.entries(cleanPaths))("nothing is found in a clean configuration: %s", (_name, config) => {
  expect(findings(config()).filter((one) => !one.startsWith("advice"))).toEqual([]);
});

test("nothing is found when all of them stand together", () => {
  const together = all(...Object.values(cleanPaths).map((one) => one()));
  expect(findings(together).filter((one) => !one.startsWith("advice"))).toEqual([]);
});
