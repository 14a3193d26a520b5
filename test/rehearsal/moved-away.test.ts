/** What was moved out of a net stands there no more; what is kept counts for the way on which it came. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

it("a message that a task moved to a queue that nobody reads is not kept by the net that it left", async () => {
  const g = new GraphBuilder();
  const [queue, side, letters, fn] = [g.queue("work"), g.queue("side"), g.queue("letters"), g.fn("work")];
  g.mapping(queue, fn);
  g.redrive(queue, letters, 1);
  const played = await play(g, {
    functions: { [fn]: failsAlways },
    send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    redrives: [{ at: "1m", from: letters, to: side }],
  });
  expect(played.figures(letters)).toMatchObject({ visible: 0 });
  expect(played.figures(side)).toMatchObject({ visible: 1 });
  expect(played.one("m1")).toMatchObject({ outcome: "pending", attempts: 1 });
  expect(played.one("m1")).not.toHaveProperty("where");
});

it("a message that came back and is not yet received is on its way, and not in the net", async () => {
  const g = new GraphBuilder();
  const [queue, letters, fn] = [g.queue("work"), g.queue("letters"), g.fn("work")];
  g.mapping(queue, fn);
  g.redrive(queue, letters, 1);
  const played = await play(g, {
    until: "61s",
    functions: { [fn]: { outcomes: [{ times: 1, then: "crash" }, { then: "throttle" }] } },
    send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    redrives: [{ at: "60s", from: letters }],
  });
  expect(played.one("m1")).toMatchObject({ outcome: "pending", attempts: 1 });
});

it("one record about several events keeps each of them on the way on which it failed", async () => {
  const g = new GraphBuilder();
  const [stream, letters, fn] = [g.stream("clicks"), g.queue("letters"), g.fn("work")];
  for (const id of ["first", "second"]) {
    const mapping = g.mapping(stream, fn, { maximumRetryAttempts: 0, id });
    g.destination("on-failure", "mapping", mapping, letters);
  }
  const records = ["r1", "r2"].map((id) => ({ id, partitionKey: "k", data: 1 }));
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: stream, records }] });
  expect(played.deliveries.map(({ events }) => events)).toEqual([
    ["r1", "r2"],
    ["r1", "r2"],
  ]);
  for (const id of ["r1", "r2"]) {
    expect(played.one(id)).toMatchObject({ outcome: "retained", where: [letters] });
    expect(played.one(id)).not.toHaveProperty("lostToo");
  }
});

it("that a first invocation had a record in time does not help the one that succeeded once the stream had forgotten", async () => {
  const played = async (first: object): Promise<unknown> => {
    const g = new GraphBuilder();
    const [stream, letters] = [g.stream("clicks"), g.queue("letters", { visibilityTimeout: 900 })];
    const [fn, reader] = [g.fn("work"), g.fn("reader", { timeout: 900 })];
    g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), letters);
    g.mapping(letters, reader, { batchSize: 1 });
    const outcomes = [{ times: 1, takes: "10m", ...first }, { then: { succeed: 1 } }];
    const result = await play(g, {
      until: "3d",
      functions: { [fn]: failsAlways, [reader]: { outcomes } },
      // The record comes to the net five minutes before the stream's day is over.
      faults: [{ at: "0s", for: "86100s", throttle: fn }],
      send: [{ at: "0s", to: stream, records: [{ id: "r1", data: 1 }] }],
    });
    expect(result.invocations.find((row) => row.function === reader)?.at).toBeLessThan(86_400_000);
    return result.one("r1").outcome;
  };
  expect(await played({ then: { succeed: 1 } })).toBe("retained");
  expect(await played({ then: "crash" })).toBe("expired");
});

it("a record that is too large for a topic which does not answer either ends once: what else there is of the event is followed on", async () => {
  const g = new GraphBuilder();
  const [fn, topic] = [g.fn("work", { retries: 0 }), g.topic("failures")];
  const letters = g.queue("letters", { maximumMessageSize: 1_048_576, messageRetentionPeriod: 60 });
  g.subscription(topic, g.queue("side"));
  g.destination("on-failure", "function", fn, topic);
  g.destination("dead-letter", "function", fn, letters);
  const payload = { text: "x".repeat(300_000) };
  const after = async (until: string): Promise<unknown> => {
    const played = await play(g, {
      until,
      functions: { [fn]: failsAlways },
      faults: [{ at: "0s", for: "1h", unavailable: topic }],
      send: [{ at: "0s", to: fn, invocations: [{ id: "i1", payload }] }],
    });
    return [played.figures(letters).visible, played.one("i1").outcome];
  };
  expect(await after("30s")).toEqual([1, "retained"]);
  expect(await after("30m")).toEqual([0, "expired"]);
});

it("a message that stands for several consumers and is moved to one that reads it counts once there", async () => {
  const g = new GraphBuilder();
  const [bus, topic, letters, queue] = [g.bus("shop"), g.topic("orders"), g.queue("letters"), g.queue("work")];
  const [one, other, fn] = [g.fn("one"), g.fn("other"), g.fn("work")];
  for (const consumer of [one, other]) g.subscription(topic, consumer);
  const target = g.target(g.rule("all", bus, { source: ["s"] }), topic, { permission: "missing" });
  g.destination("dead-letter", "target", target, letters);
  g.mapping(queue, fn);
  g.redrive(queue, letters, 3);
  const played = await play(g, {
    functions: { [one]: succeeds, [other]: succeeds, [fn]: succeeds },
    send: [{ at: "0s", to: bus, events: [{ id: "e1", source: "s", detailType: "d", detail: {} }] }],
    redrives: [{ at: "1m", from: letters, to: queue }],
  });
  expect(played.invocations.map((row) => row.function)).toEqual([fn]);
  expect(played.of("e1").map(({ consumer, outcome, attempts }) => [consumer, outcome, attempts])).toEqual([
    [other, "dropped", 0],
    [fn, "processed", 1],
  ]);
});
