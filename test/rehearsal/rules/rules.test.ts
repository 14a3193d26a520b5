/**
 * Runs every test of a rule twice: that it holds, and that it fails where the rehearsal departs from the rule. What it
 * fails with has to be one of its assertions: a crash notices nothing.
 */
import type { DeviationName } from "../../../rehearsal/deviations.ts";
import { type Play, play } from "../play.ts";
import { ruleTests } from "./all.ts";

/** What `expect` throws, and nothing else, has this. */
function isAssertion(error: unknown): boolean {
  return error instanceof Error && Object.hasOwn(error, "matcherResult");
}

function departing(name: DeviationName): Play {
  return async (graph, scenario, options) => await play(graph, scenario, { ...options, deviations: [name] });
}

describe.each(Object.entries(ruleTests))("%s", (_, tests) => {
  for (const { number, title, deviations, test } of tests) {
    it(`R${number}: ${title}`, async () => {
      expect.hasAssertions();
      await test(async (graph, scenario, options) => await play(graph, scenario, options));
    });
    it.each(deviations)(`R${number}: ${title} — noticed with %s`, async (name) => {
      const noticed: unknown = await test(departing(name)).then(
        () => new Error(`nothing was noticed with ${name}`),
        (error: unknown) => error,
      );
      if (!isAssertion(noticed)) throw noticed;
    });
  }
});

it("tells an assertion that fails from everything else that is thrown", async () => {
  const thrown = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  const never = expect(Promise.resolve(1)).rejects.toThrow("x");
  expect(isAssertion(await never.catch((error: unknown) => error))).toBe(true);
  expect(isAssertion(thrown(() => expect(1).toBe(2)))).toBe(true);
  expect(isAssertion(thrown(() => "x".repeat(-1)))).toBe(false);
  expect(isAssertion(thrown(() => JSON.parse("{")))).toBe(false);
  expect(isAssertion(new Error("m1 has 0 entries"))).toBe(false);
});
