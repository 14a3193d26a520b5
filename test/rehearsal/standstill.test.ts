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
