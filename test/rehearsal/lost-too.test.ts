/** An event that one delivery brought to its consumer, and another delivery of it that was lost, are both told. */
import { summary } from "../../cli/summary.ts";
import type { EventRow } from "../../rehearsal/accounting/rows.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import { readScenario } from "../../rehearsal/scenario/read.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, failsOnPoison, play, succeeds } from "./play.ts";

const event = { id: "e1", source: "s", detailType: "t", detail: {} };

/** Two rules that give one function different inputs; the function fails on that of the second. */
function twoRules() {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const fn = g.fn("work", { retries: 0 });
  for (const text of ["fine", "poison"]) {
    g.target(g.rule(text, bus, { source: ["s"] }), fn, { input: { kind: "constant", text: JSON.stringify(text) } });
  }
  return { g, fn, scenario: { functions: { [fn]: failsOnPoison }, send: [{ at: "0s", to: bus, events: [event] }] } };
}

it("two rules with inputs of their own: what one of them lost is told with the entry", async () => {
  const { g, fn, scenario } = twoRules();
  const played = await play(g, scenario);
  expect(played.one("e1")).toMatchObject({ consumer: fn, outcome: "processed", attempts: 2, successes: 1 });
  expect(played.one("e1")).toMatchObject({ lostToo: true, why: "R16: given up after 1 attempts" });
  expect(played.totals).toMatchObject({ entries: 1, processed: 1, dropped: 0 });
});

it("the summary names it under what was lost, and the exit status is that of a loss", async () => {
  const { g, scenario } = twoRules();
  const graph = g.build();
  const rehearsal = await rehearse(graph, readScenario(scenario, graph, "scenario.json"));
  const text = summary(rehearsal, { out: () => undefined, err: () => undefined, colour: false });
  const { lost } = rehearsal;
  rehearsal.close();
  expect(lost).toBe(true);
  expect(text.replaceAll(/\s+/g, " ")).toContain(
    "Lost: e1 ended processed, and another delivery to aws_lambda_function.work was lost: R16: given up after 1 attempts",
  );
});

it("what was lost so is listed with --events failed", async () => {
  const { g, scenario } = twoRules();
  expect((await play(g, scenario, { events: "failed" })).of("e1")).toMatchObject([{ lostToo: true }]);
});

it("what a net of the second delivery keeps is not lost", async () => {
  const { g, fn, scenario } = twoRules();
  const letters = g.queue("letters");
  g.destination("on-failure", "function", fn, letters);
  const row = (await play(g, scenario)).one("e1");
  expect(row).toMatchObject({ outcome: "processed", retainedToo: true, where: [letters] });
  expect(row).not.toHaveProperty("lostToo");
});

it("a target that is refused, and two queues of one topic with one function", async () => {
  const g = new GraphBuilder();
  const topic = g.topic("news");
  const fn = g.fn("work");
  const [one, other] = [g.queue("one"), g.queue("other")];
  g.mapping(one, fn);
  g.mapping(other, fn);
  g.subscription(topic, one);
  g.subscription(topic, other, { permission: "missing" });
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send: [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }],
  });
  expect(played.one("n1")).toMatchObject({ outcome: "processed", lostToo: true, why: expect.stringMatching(/^R49: /) });
});

it("where another delivery is retained, the one that is lost is told too", async () => {
  const g = new GraphBuilder();
  const topic = g.topic("news");
  const fn = g.fn("work");
  const [queue, letters] = [g.queue("work"), g.queue("letters")];
  g.mapping(queue, fn);
  g.redrive(queue, letters, 1);
  g.subscription(topic, queue);
  g.subscription(topic, fn, { permission: "missing" });
  const played = await play(g, {
    functions: { [fn]: failsAlways },
    send: [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }],
  });
  expect(played.one("n1")).toMatchObject({ outcome: "retained", where: [letters], lostToo: true });
});

it("a mere duplicate of the delivery that succeeded is no loss", async () => {
  const g = new GraphBuilder();
  const fn = g.fn("work", { retries: 0 });
  // The event comes twice by itself (R33); the second invocation fails.
  const played = await play(g, {
    settings: { "async.duplicates": 1 },
    functions: { [fn]: { outcomes: [{ times: 1, then: { succeed: 1 } }, { then: "crash" }] } },
    send: [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }],
  });
  expect(played.one("i1")).toMatchObject({ outcome: "processed", attempts: 2, successes: 1 });
  expect(played.one("i1")).not.toHaveProperty("lostToo");
});

describe("a result that comes back to its function", () => {
  /** A function whose results a rule brings back to it. */
  const looped = (given: object = {}): { g: GraphBuilder; fn: string; send: object[] } => {
    const g = new GraphBuilder();
    const bus = g.bus("results");
    const fn = g.fn("work", { retries: 0, ...given });
    g.target(g.rule("again", bus, { source: ["lambda"] }), fn);
    g.destination("on-success", "function", fn, bus);
    return { g, fn, send: [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }] };
  };
  const succeedsFor = (times: number): object => ({ outcomes: [{ times, then: { succeed: 1 } }, { then: "crash" }] });

  it.each([1, 2, 5])("and fails there after %d successes is told as lost too", async (times) => {
    const { g, fn, send } = looped();
    const row = (await play(g, { functions: { [fn]: succeedsFor(times) }, send })).one("i1");
    expect(row).toMatchObject({ outcome: "processed", attempts: times + 1, successes: times, lostToo: true });
    expect(row.why).toMatch(/^R16: /);
  });

  it("and fails there into a net is kept", async () => {
    const { g, fn, send } = looped();
    const letters = g.queue("letters");
    g.destination("dead-letter", "function", fn, letters);
    const row = (await play(g, { functions: { [fn]: succeedsFor(2) }, send })).one("i1");
    expect(row).toMatchObject({ outcome: "processed", retainedToo: true, where: [letters] });
    expect(row).not.toHaveProperty("lostToo");
  });

  it("and for ever succeeds there is lost where the loop is cut", async () => {
    const { g, fn, send } = looped();
    const row = (await play(g, { functions: { [fn]: succeeds }, send })).one("i1");
    expect(row).toMatchObject({ outcome: "processed", lostToo: true, why: expect.stringMatching(/^loop\.limit: /) });
  });

  it("twice for one delivery goes one way: of two results of duplicates one may fail", async () => {
    const g = new GraphBuilder();
    const [fn, next] = [g.fn("work"), g.fn("next", { retries: 0 })];
    g.destination("on-success", "function", fn, next);
    const settings = { "async.duplicates": 1 };
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }];
    // Two duplicates, and two of each one's result.
    for (const [times, lost] of [
      [1, false],
      [0, true],
    ] as const) {
      const outcomes = [...(times > 0 ? [{ times, then: { succeed: 1 } }] : []), { then: "crash" }];
      const played = await play(g, { settings, functions: { [fn]: succeeds, [next]: { outcomes } }, send });
      expect(played.of("i1").find(({ consumer }) => consumer === next)).toMatchObject(
        lost ? { outcome: "dropped", attempts: 4 } : { outcome: "processed", attempts: 4, successes: 1 },
      );
      expect(played.events.filter(({ lostToo }) => lostToo)).toEqual([]);
    }
  });
});

describe("at the end of the run", () => {
  /** The event comes twice by itself (R33), and each time as the outcomes say. */
  const cutOff = async (g: GraphBuilder, fn: string, until: string): Promise<EventRow> => {
    const outcomes = [
      { times: 1, then: "crash" },
      { then: { succeed: 1 }, takes: "2s" },
    ];
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }];
    const settings = { "async.duplicates": 1 };
    return (await play(g, { until, settings, functions: { [fn]: { outcomes } }, send })).one("i1");
  };

  it("a duplicate that failed is no loss while the other copy is running", async () => {
    for (const [until, outcome] of [
      ["300ms", "pending"],
      ["3s", "processed"],
    ] as const) {
      const g = new GraphBuilder();
      const row = await cutOff(g, g.fn("work", { retries: 0, timeout: 3 }), until);
      expect([until, row]).toMatchObject([until, { outcome }]);
      expect(row).not.toHaveProperty("lostToo");
    }
  });

  it("one way's loss is told while another way is running, and not that of a way that goes on itself", async () => {
    const rows: EventRow[] = [];
    for (const duplicates of [0, 1]) {
      const g = new GraphBuilder();
      const topic = g.topic("news");
      const fn = g.fn("work", { retries: 0 });
      for (const id of ["one", "other"]) g.subscription(topic, fn, { id });
      const outcomes = [
        { times: 1, then: "crash" },
        { then: { succeed: 1 }, takes: "2s" },
      ];
      const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }];
      const settings = { "async.duplicates": duplicates };
      rows.push((await play(g, { until: "300ms", settings, functions: { [fn]: { outcomes } }, send })).one("n1"));
    }
    expect(rows[0]).toMatchObject({ outcome: "pending", lostToo: true });
    expect(rows[1]).toMatchObject({ outcome: "pending" });
    expect(rows[1]).not.toHaveProperty("lostToo");
  });
});

it("another consumer's loss is that consumer's entry alone", async () => {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const [one, other] = [g.fn("one"), g.fn("other", { retries: 0 })];
  const rule = g.rule("all", bus, { source: ["s"] });
  g.target(rule, one);
  g.target(rule, other);
  const played = await play(g, {
    functions: { [one]: succeeds, [other]: failsAlways },
    send: [{ at: "0s", to: bus, events: [event] }],
  });
  expect(played.of("e1")).toMatchObject([
    { consumer: one, outcome: "processed" },
    { consumer: other, outcome: "dropped" },
  ]);
  for (const row of played.of("e1")) expect(row).not.toHaveProperty("lostToo");
});

it("what a filter passes over is no loss where another way brought the event to the same function", async () => {
  const g = new GraphBuilder();
  const [topic, fn] = [g.topic("orders"), g.fn("work")];
  const filterCriteria = ['{"body":{"kind":["urgent"]}}'];
  for (const name of ["all", "urgent"]) {
    const queue = g.queue(name);
    g.subscription(topic, queue, { raw: true });
    g.mapping(queue, fn, name === "all" ? {} : { filterCriteria });
  }
  const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: { kind: "normal" } }] }];
  const played = await play(g, { functions: { [fn]: succeeds }, send });
  expect(played.one("n1")).toMatchObject({ outcome: "processed", attempts: 1 });
  expect(played.one("n1")).not.toHaveProperty("lostToo");
});
