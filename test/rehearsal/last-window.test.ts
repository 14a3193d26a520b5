/** The last invocation of a tumbling window, when it fails (R115): waits as any retry (R105), and holds up the shard. */
import { GraphBuilder } from "../support/graphs.ts";
import { play } from "./play.ts";

it("waits 0.5 s first, doubling, and what waits behind it is counted as blocked", async () => {
  const g = new GraphBuilder();
  const stream = g.stream("clicks");
  const fn = g.fn("sum");
  g.mapping(stream, fn, { tumblingWindowInSeconds: 10 });
  const scenario = {
    functions: {
      [fn]: {
        outcomes: [
          { when: { contains: "x" }, then: { succeed: { state: {} } }, takes: "1ms" },
          { times: 4, then: "crash", takes: "1ms" },
        ],
      },
    },
    send: [
      { at: "0s", to: stream, records: [{ id: "a", data: "x" }] },
      { at: "10s", to: stream, records: [{ id: "b", data: "x" }] },
    ],
  };
  const played = await play(g, scenario);
  const failed = played.invocations.filter(({ outcome }) => outcome === "error").map(({ at }) => at);
  expect(failed.slice(1).map((at, index) => at - failed[index]!)).toEqual([501, 1_001, 2_001]);
  expect(played.one("b").outcome).toBe("processed");
  expect(played.paths[0]?.blockedMs).toBeGreaterThan(7_000);
});
