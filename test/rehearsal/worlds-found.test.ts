/** What the random worlds found, as small as it gets. */
import { GraphBuilder } from "../support/graphs.ts";
import { play, succeeds } from "./play.ts";

it("a queue that does not answer is polled again once it does", async () => {
  const g = new GraphBuilder();
  const fn = g.fn("f");
  const queue = g.queue("q");
  g.mapping(queue, fn);
  const played = await play(g, {
    functions: { [fn]: succeeds },
    faults: [
      { at: "0s", for: "90s", unavailable: queue },
      { at: "80s", for: "20s", unavailable: queue },
    ],
    send: [{ at: "1s", to: queue, messages: [{ id: "m", body: 1 }] }],
  });
  expect(played.one("m")).toMatchObject({ outcome: "processed", endedAt: 100_100 });
});
