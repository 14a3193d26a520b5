/** The example of the slides: a poison record first in a batch of six, split on error, ten retries. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsOnPoison, play } from "./play.ts";

it("the slides' six records, the first one bad: 6, 3, eleven times 1, then 2 and 3, in about 6 minutes", async () => {
  const g = new GraphBuilder();
  const stream = g.stream("clicks");
  const fn = g.fn("clicks");
  const failures = g.queue("failures");
  const mapping = g.mapping(stream, fn, { maximumRetryAttempts: 10, bisectBatchOnFunctionError: true });
  g.destination("on-failure", "mapping", mapping, failures);
  const records = [1, 2, 3, 4, 5, 6].map((n) => ({ id: `r${n}`, partitionKey: "a", data: n === 1 ? "poison" : { n } }));
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [{ at: "0s", to: stream, records }] });
  expect(played.invocations.map(({ events }) => events.length)).toEqual([
    6,
    3,
    ...Array.from({ length: 11 }, () => 1),
    2,
    3,
  ]);
  const [record] = played.delivered("r1");
  expect(record).toMatchObject({
    to: failures,
    via: "on-failure-destination",
    events: ["r1"],
    body: { requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 11 } },
  });
  const minutes = ((record?.at ?? 0) - (played.invocations[0]?.at ?? 0)) / 60_000;
  expect(minutes).toBeGreaterThan(5.5);
  expect(minutes).toBeLessThan(6.5);
  expect(played.totals).toMatchObject({ sent: 6, entries: 6, processed: 5, retained: 1 });
  expect(played.one("r1")).toMatchObject({ outcome: "retained", where: [failures], attempts: 13, successes: 0 });
  expect(played.assumptions.map(({ name }) => name)).toEqual(["stream.retryDelay", "stream.splitPoint"]);
});
