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

describe("what is lost on its way is lost to every consumer that it was meant for", () => {
  it("from a bus to a topic and to another bus, whose rules want it, or not, or are disabled", async () => {
    const g = new GraphBuilder();
    const [first, second, third, other] = [g.fn("first"), g.fn("second"), g.fn("third"), g.fn("other")];
    const topic = g.topic("t");
    g.subscription(topic, first);
    g.subscription(topic, second);
    const [from, to] = [g.bus("from"), g.bus("to")];
    const rule = g.rule("all", from, { source: ["shop"] });
    g.target(rule, topic, { permission: "missing" });
    g.target(rule, to, { permission: "missing" });
    g.target(g.rule("wants", to, { "detail-type": ["T"] }), third);
    g.target(g.rule("wants-not", to, { "detail-type": ["U"] }), other);
    g.target(g.rule("disabled", to, { "detail-type": ["T"] }, { enabled: false }), other);
    const played = await play(g, {
      send: [{ at: "0s", to: from, events: [{ id: "e", source: "shop", detailType: "T", detail: {} }] }],
    });
    const lost = played.of("e").map(({ consumer, outcome }) => [consumer, outcome]);
    expect(lost).toEqual([first, second, third].map((consumer) => [consumer, "dropped"]));
  });

  it("from a bucket to a queue that a function reads", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("f");
    const [bucket, queue] = [g.bucket("b"), g.queue("q")];
    g.mapping(queue, fn);
    g.notification(bucket, queue, { permission: "missing" });
    const played = await play(g, { send: [{ at: "0s", to: bucket, objects: [{ id: "o", key: "k" }] }] });
    expect(played.one("o")).toMatchObject({ consumer: fn, outcome: "dropped" });
  });

  it("what a topic is too small for", async () => {
    const g = new GraphBuilder();
    const topic = g.topic("t");
    const functions = [g.fn("first"), g.fn("second")];
    for (const fn of functions) g.subscription(topic, fn);
    const notifications = [{ id: "n", message: "x".repeat(262_145) }];
    const played = await play(g, { send: [{ at: "0s", to: topic, notifications }] });
    expect(played.of("n").map(({ consumer, outcome }) => [consumer, outcome])).toEqual(
      functions.map((fn) => [fn, "dropped"]),
    );
  });
});

it("R86: a FIFO topic delivers a duplicate to nobody, and no dead-letter queue gets it", async () => {
  const g = new GraphBuilder();
  const fn = g.fn("f");
  const topic = g.topic("t", { fifo: true });
  const queue = g.queue("q", { fifo: true });
  const net = g.queue("net", { fifo: true });
  g.mapping(queue, fn);
  g.destination("dead-letter", "subscription", g.subscription(topic, queue, { permission: "missing" }), net);
  const twin = { message: 1, messageGroupId: "g", messageDeduplicationId: "same" };
  const played = await play(g, {
    send: [
      { at: "0s", to: topic, notifications: [{ id: "one", ...twin }] },
      { at: "299s", to: topic, notifications: [{ id: "two", ...twin }] },
      { at: "300s", to: topic, notifications: [{ id: "later", ...twin }] },
    ],
  });
  expect(played.one("one")).toMatchObject({ outcome: "retained", where: [net] });
  expect(played.one("two")).toMatchObject({ consumer: fn, outcome: "filtered" });
  expect(played.delivered("two")).toEqual([]);
  // The net is FIFO too, and has its own five minutes.
  expect(played.one("later")).toMatchObject({ outcome: "retained", where: [net] });
});
