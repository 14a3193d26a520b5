/** `blockedMs`: for how long something to read was held up by a failing batch, and not longer. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsOnPoison, play } from "./play.ts";

/** Records of one shard in batches of two, split on error; each invocation takes 100 ms. */
async function blocked(data: readonly string[], retries: number): Promise<number | undefined> {
  const g = new GraphBuilder();
  const stream = g.stream("clicks");
  const fn = g.fn("clicks");
  g.mapping(stream, fn, { batchSize: 2, bisectBatchOnFunctionError: true, maximumRetryAttempts: retries });
  const records = data.map((value, index) => ({ id: `r${index}`, partitionKey: "a", data: value }));
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [{ at: "0s", to: stream, records }] });
  return played.paths[0]?.blockedMs;
}

it("goes on after a half of a split that succeeds, until the failing half is given up", async () => {
  // 0: both; 100: the good one, 200: the bad one, again 0.5, 1 and 2 s after each end: given up at 4,100.
  expect(await blocked(["ok", "poison", "behind"], 3)).toBe(4_000);
});

it("is none where nothing waits but the failing record itself", async () => {
  expect(await blocked(["ok", "poison"], 3)).toBe(0);
});

it("ends with the failing half where only the other half waited", async () => {
  // 0: both; the bad one at 100 and, after it failed at 200, at 700: given up at 800, and the good one begins.
  expect(await blocked(["poison", "ok"], 1)).toBe(600);
});

it("ends with the batch where the bad half comes first", async () => {
  // 0: both; the bad one at 100, and at 700; then the good one from 800 to 900; what is behind begins then.
  expect(await blocked(["poison", "ok", "behind"], 1)).toBe(800);
});
