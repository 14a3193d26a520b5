/** Virtual time moves on: what could go round at one moment does not, and outages are not polled through. */
import { rehearse } from "../../rehearsal/rehearse.ts";
import { readScenario } from "../../rehearsal/scenario/read.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

describe("a queue with a visibility timeout of 0 and no redrive policy", () => {
  const scripts = {
    throttled: { reserved: 0, script: succeeds },
    crashes: { reserved: undefined, script: failsAlways },
  };
  for (const [name, { reserved, script }] of Object.entries(scripts)) {
    it(`${name}: the message is received again and again, until its retention ends`, async () => {
      const g = new GraphBuilder();
      const queue = g.queue("work", { visibilityTimeout: 0, messageRetentionPeriod: 60 });
      const fn = g.fn("work", reserved === undefined ? {} : { reservedConcurrentExecutions: reserved });
      g.mapping(queue, fn);
      const send = [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }];
      const functions = { [fn]: { outcomes: script.outcomes.map((rule) => ({ ...rule, takes: "0ms" })) } };
      const played = await play(g, { functions, send });
      expect(played.one("m1")).toMatchObject({ outcome: "expired", endedAt: 60_000 });
      const attempts = played.invocations.map(({ at }) => at);
      expect(attempts).toEqual(Array.from({ length: 60 }, (_, second) => second * 1_000));
      expect(played.assumptions.map(({ name: used }) => used)).toContain("sqs.leastVisibility");
    });
  }

  it("comes more and more slowly after a hundred receives: a day of it is soon played", async () => {
    const played = async (settings: object): Promise<readonly number[]> => {
      const g = new GraphBuilder();
      const queue = g.queue("work", { visibilityTimeout: 0, messageRetentionPeriod: 86_400 });
      const fn = g.fn("work");
      g.mapping(queue, fn, { batchSize: 1 });
      const messages = Array.from({ length: 10 }, (_, index) => ({ id: `m${index}`, body: index }));
      const send = [{ at: "0s", to: queue, messages }];
      const { events, invocations, assumptions } = await play(g, { settings, functions: { [fn]: failsAlways }, send });
      expect(events.map(({ outcome, endedAt }) => [outcome, endedAt])).toEqual(
        messages.map(() => ["expired", 86_400_000]),
      );
      expect(new Set(events.map(({ attempts }) => attempts)).size).toBe(1);
      const used = assumptions.find(({ name }) => name === "sqs.leastVisibility");
      expect(used?.value).toMatch(/^1s; from the 100th receive of a message on doubling, at most \d+m$/);
      return invocations.filter((row) => row.events[0] === "m0").map(({ at }) => at);
    };
    const times = await played({});
    const gaps = times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1_000);
    expect(gaps.slice(97, 108)).toEqual([1, 1, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(times.length).toBeLessThan(1_600);
    expect((await played({ "sqs.leastVisibilityLimit": 600_000 })).length).toBeLessThan(300);
  });

  it("is processed once its function may run", async () => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { visibilityTimeout: 0 });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    const faults = [{ at: "0s", for: "1m", throttle: fn }];
    const send = [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }];
    const played = await play(g, { functions: { [fn]: succeeds }, faults, send });
    expect(played.one("m1")).toMatchObject({ outcome: "processed", endedAt: 60_100, attempts: 1 });
  });
});

describe("a stream that does not answer", () => {
  it("is not polled before it answers again", async () => {
    for (const kind of ["stream", "table"] as const) {
      const g = new GraphBuilder();
      const stream = g[kind]("clicks");
      const fn = g.fn("clicks");
      g.mapping(stream, fn, { parallelizationFactor: 10 });
      const item =
        kind === "stream" ? { records: [{ id: "r1", data: 1 }] } : { puts: [{ id: "r1", item: { pk: "1" } }] };
      const scenario = {
        functions: { [fn]: succeeds },
        faults: [{ at: "0s", for: "20h", unavailable: stream }],
        send: [{ at: "0s", to: stream, ...item }],
      };
      const graph = g.build();
      const rehearsal = await rehearse(graph, readScenario(scenario, graph, "scenario.json"));
      try {
        const { events } = rehearsal.result();
        expect(events).toMatchObject([{ outcome: "processed", endedAt: 72_000_100, attempts: 1 }]);
        expect(rehearsal.steps).toBeLessThan(20);
      } finally {
        rehearsal.close();
      }
    }
  });
});

it("a window waits no longer than the messages are hidden for its function", async () => {
  const g = new GraphBuilder();
  const queue = g.queue("work", { visibilityTimeout: 4 });
  const fn = g.fn("work", { timeout: 3 });
  g.mapping(queue, fn, { maximumBatchingWindowInSeconds: 1, batchSize: 100 });
  g.redrive(queue, g.queue("letters"), 3);
  const scenario = {
    settings: { "sqs.lowTrafficWait": 20_000 },
    functions: { [fn]: succeeds },
    send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
  };
  expect((await play(g, scenario)).one("m1")).toMatchObject({ outcome: "processed", attempts: 1, endedAt: 1_100 });
});
