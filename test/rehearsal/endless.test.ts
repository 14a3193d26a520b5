/** What goes round, in a topology or on the clock, and has to come to an end. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

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
