/** What goes round, in a topology or on the clock, and has to come to an end. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, type Played, play, succeeds } from "./play.ts";

const invoked = (fn: string): object => ({ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] });

describe("a circle ends", () => {
  it("of queues that are each other's dead-letter queue: the message expires", async () => {
    const g = new GraphBuilder();
    const [left, right] = [g.queue("left"), g.queue("right")];
    const fn = g.fn("work");
    g.mapping(left, fn);
    g.mapping(right, fn);
    g.redrive(left, right, 3);
    g.redrive(right, left, 3);
    const send = [{ at: "0s", to: left, messages: [{ id: "m1", body: 1 }] }];
    const played = await play(g, { functions: { [fn]: failsAlways }, send });
    expect(played.one("m1")).toMatchObject({ outcome: "expired", attempts: 3, endedAt: 345_600_000 });
    expect(played.one("m1").why).toMatch(/^R59: it went round between/);
    expect(played.assumptions).toContainEqual(
      expect.objectContaining({ name: `${right}.circle`, value: `goes round with ${left} until its retention ends` }),
    );
  });

  it("of a function that gives its results to itself and may loop", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { recursiveLoop: "Allow" });
    g.destination("on-success", "function", fn, fn);
    const played = await play(g, { functions: { [fn]: succeeds }, send: [invoked(fn)] });
    expect(played.of("i1")[0]).toMatchObject({ outcome: "processed" });
    expect(played.figures(fn)).toMatchObject({ Invocations: 101, AsyncEventsDropped: 1 });
    expect(played.assumptions.map(({ name }) => name)).toContain("loop.limit");
  });

  it.each([
    ["fails", {}],
    ["is switched off", { reservedConcurrentExecutions: 0 }],
  ])("of a function that is its own failure destination and %s", async (_, given) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0, ...given });
    g.destination("on-failure", "function", fn, fn);
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [invoked(fn)] });
    expect(played.one("i1")).toMatchObject({ outcome: "dropped" });
    expect(played.figures(fn)).toMatchObject({ RecursiveInvocationsDropped: 1, AsyncEventsReceived: 17 });
  });

  it("of two functions that are each other's failure destination", async () => {
    const g = new GraphBuilder();
    const [fn, other] = [g.fn("mail", { retries: 0 }), g.fn("other", { retries: 0 })];
    g.destination("on-failure", "function", fn, other);
    g.destination("on-failure", "function", other, fn);
    const functions = { [fn]: failsAlways, [other]: failsAlways };
    const played = await play(g, { functions, send: [invoked(fn)] });
    expect(played.one("i1")).toMatchObject({ outcome: "dropped" });
  });

  it("of a function that gives its failures to a bus that brings them back", async () => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const fn = g.fn("mail", { retries: 0 });
    g.destination("on-failure", "function", fn, bus);
    g.target(g.rule("all", bus, { source: ["lambda"] }), fn);
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [invoked(fn)] });
    expect(played.one("i1")).toMatchObject({ outcome: "dropped" });
  });
});

const placed = (to: string): object => ({
  at: "0s",
  to,
  events: [{ id: "e1", source: "shop", detailType: "Placed", detail: {} }],
});
const all = { source: [{ prefix: "" }] };
const cut = (played: Played): string[] =>
  played.assumptions.filter(({ name }) => name === "loop.limit").map(({ value }) => value);

describe("a loop that AWS does not detect is cut", () => {
  it.each([1, 2, 3])("of a bus with %d rules that bring everything back to it", async (rules) => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    for (let n = 0; n < rules; n += 1) g.target(g.rule(`again${n}`, bus, all), bus);
    const played = await play(g, { send: [placed(bus)], settings: { "loop.limit": 40 } });
    expect(played.one("e1")).toMatchObject({ outcome: "dropped", consumer: null });
    expect(played.one("e1").why).toBe("loop.limit: a loop that AWS does not detect, cut after 40 rounds");
    expect(cut(played)).toEqual(["40"]);
  });

  it("of two buses that feed each other, with a function that gets each round of it", async () => {
    const g = new GraphBuilder();
    const [one, two] = [g.bus("one"), g.bus("two")];
    const fn = g.fn("mail");
    g.target(g.rule("there", one, all), two);
    g.target(g.rule("back", two, all), one);
    g.target(g.rule("mail", one, all), fn);
    const played = await play(g, { functions: { [fn]: succeeds }, send: [placed(one)] });
    expect(played.of("e1").map(({ consumer, outcome, successes }) => [consumer, outcome, successes])).toEqual([
      [null, "dropped", 0],
      [fn, "processed", 101],
    ]);
    expect(cut(played)).toEqual(["100"]);
  });

  it("of a schedule's bus", async () => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const schedule = g.schedule("nightly");
    g.target(schedule, bus, { event: { source: "s", detailType: "Due" } });
    g.target(g.rule("again", bus, all), bus);
    const played = await play(g, { send: [{ at: "0s", to: schedule, fires: [{ id: "e1" }] }] });
    expect(played.one("e1").outcome).toBe("dropped");
    expect(cut(played)).toEqual(["100"]);
  });

  it("of a function that may loop and comes back twice each time", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { recursiveLoop: "Allow" });
    const topic = g.topic("results");
    g.subscription(topic, fn, { id: "first" });
    g.subscription(topic, fn, { id: "second" });
    g.destination("on-success", "function", fn, topic);
    const played = await play(g, { functions: { [fn]: succeeds }, send: [invoked(fn)] });
    expect(played.figures(fn).Invocations).toBe(101);
    expect(cut(played)).toEqual(["100"]);
  });

  it("not of an event that a hundred and fifty buses get once each", async () => {
    const g = new GraphBuilder();
    const hub = g.bus("hub");
    const fn = g.fn("mail");
    for (let n = 0; n < 150; n += 1) {
      const spoke = g.bus(`spoke${n}`);
      g.target(g.rule(`to${n}`, hub, all), spoke);
      g.target(g.rule(`from${n}`, spoke, all), fn);
    }
    const played = await play(g, { functions: { [fn]: succeeds }, send: [placed(hub)] });
    expect(played.one("e1")).toMatchObject({ outcome: "processed", successes: 150 });
    expect(cut(played)).toEqual([]);
  });
});

it("a circle of a topic and two functions that AWS detects is stopped by that (R32)", async () => {
  const g = new GraphBuilder();
  const [topic, fn, relay] = [g.topic("orders"), g.fn("mail", { retries: 0 }), g.fn("relay", { retries: 0 })];
  g.subscription(topic, fn);
  g.destination("on-success", "function", fn, relay);
  g.destination("on-success", "function", relay, topic);
  const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }];
  const played = await play(g, { functions: { [fn]: succeeds, [relay]: succeeds }, send });
  expect(played.figures(fn)).toMatchObject({ Invocations: 16, RecursiveInvocationsDropped: 1 });
  expect(played.of("n1")[0]).toMatchObject({ outcome: "processed" });
  expect(cut(played)).toEqual([]);
});

it("a visibility timeout that nothing waits for keeps nothing going", async () => {
  const g = new GraphBuilder();
  const queue = g.queue("work", { visibilityTimeout: 43_200 });
  const fn = g.fn("work");
  g.mapping(queue, fn);
  const other = g.fn("mail", { retries: 0 });
  const failures = g.queue("failures", { messageRetentionPeriod: 3_600 });
  g.destination("on-failure", "function", other, failures);
  const send = [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }, invoked(other)];
  const played = await play(g, { functions: { [fn]: succeeds, [other]: failsAlways }, send });
  expect(played.endedAt).toBe(100);
  expect(played.one("i1")).toMatchObject({ outcome: "retained", where: [failures] });
});
