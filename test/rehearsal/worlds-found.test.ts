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

describe("R59: what expires while its batch waits is not handed to the function", () => {
  it("in a batching window", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("f");
    const queue = g.queue("q", { messageRetentionPeriod: 60, delaySeconds: 58 });
    g.mapping(queue, fn, { maximumBatchingWindowInSeconds: 5 });
    const played = await play(g, {
      functions: { [fn]: succeeds },
      send: [
        { at: "0s", to: queue, messages: [{ id: "early", body: 1 }] },
        { at: "4s", to: queue, messages: [{ id: "late", body: 1 }] },
      ],
    });
    expect(played.one("early")).toMatchObject({ outcome: "expired", endedAt: 60_000, attempts: 0 });
    expect(played.one("late")).toMatchObject({ outcome: "processed", endedAt: 63_100 });
    expect(played.invocations.map(({ events }) => events)).toEqual([["late"]]);
  });

  it("after a throttle", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("f");
    const queue = g.queue("q", { messageRetentionPeriod: 60, visibilityTimeout: 300 });
    g.mapping(queue, fn, { batchSize: 1 });
    const played = await play(g, {
      functions: { [fn]: succeeds },
      faults: [{ at: "0s", for: "50s", throttle: fn }],
      send: [{ at: "0s", to: queue, messages: [{ id: "m", body: 1 }] }],
    });
    expect(played.one("m")).toMatchObject({ outcome: "expired", endedAt: 60_000, attempts: 0 });
    expect(played.invocations.every(({ outcome }) => outcome === "throttled")).toBe(true);
  });
});

it("a function that shares a queue has one account of what it also gets by another way", async () => {
  const g = new GraphBuilder();
  const [first, second] = [g.fn("first"), g.fn("second")];
  const queue = g.queue("q");
  g.mapping(queue, first, { enabled: false });
  g.mapping(queue, second);
  const bus = g.bus("b");
  const rule = g.rule("r", bus, { source: ["shop"] });
  g.target(rule, queue);
  g.target(rule, second);
  const played = await play(g, {
    functions: { [first]: succeeds, [second]: succeeds },
    send: [{ at: "0s", to: bus, events: [{ id: "e", source: "shop", detailType: "T", detail: {} }] }],
  });
  expect(played.one("e")).toMatchObject({ consumer: second, outcome: "processed", attempts: 2, successes: 2 });
  expect(played.totals).toMatchObject({ sent: 1, entries: 1, processed: 1 });
});
