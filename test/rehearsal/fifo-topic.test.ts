/** A FIFO topic keeps the order of its message groups, whatever its queues do. */
import * as fc from "fast-check";
import { GroupOrder } from "../../rehearsal/services/sns/group-order.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { play, succeeds } from "./play.ts";

/** A FIFO topic with FIFO queues, each with a function. */
function orders(names: readonly string[]) {
  const g = new GraphBuilder();
  const topic = g.topic("orders", { fifo: true });
  const ends = names.map((name) => {
    const [queue, fn] = [g.queue(name, { fifo: true }), g.fn(name)];
    g.mapping(queue, fn, { batchSize: 1 });
    const subscription = g.subscription(topic, queue, { protocol: "sqs", raw: true });
    return { queue, fn, subscription };
  });
  return { g, topic, ends, functions: Object.fromEntries(ends.map(({ fn }) => [fn, succeeds])) };
}

const published = (topic: string, id: string, second: number, messageGroupId: string): object => ({
  at: `${second}s`,
  to: topic,
  notifications: [{ id, message: id, messageGroupId }],
});

it("delivers each group in the order of publishing, by every subscription and through any outages", async () => {
  const message = fc.record({ second: fc.nat(300), group: fc.constantFrom("a", "b", "c") });
  const outage = fc.record({ from: fc.nat(300), seconds: fc.integer({ min: 1, max: 120 }), which: fc.nat(1) });
  const everything = fc.record({
    messages: fc.array(message, { minLength: 1, maxLength: 20 }),
    outages: fc.array(outage, { maxLength: 4 }),
    seed: fc.nat(1_000),
  });
  await fc.assert(
    fc.asyncProperty(everything, async ({ messages, outages, seed }) => {
      const { g, topic, ends, functions } = orders(["mail", "bill"]);
      const sent = messages.toSorted((a, b) => a.second - b.second).map((one, index) => ({ ...one, id: `n${index}` }));
      const send = sent.map(({ id, second, group }) => published(topic, id, second, group));
      const faults = outages.map(({ from, seconds, which }) => ({
        at: `${from}s`,
        for: `${seconds}s`,
        unavailable: ends[which]?.queue,
      }));
      const played = await play(g, { seed, functions, send, faults });
      expect(played.totals).toMatchObject({ sent: sent.length, processed: sent.length * 2 });
      for (const { fn } of ends) {
        const had = played.invocations.filter((one) => one.function === fn).flatMap(({ events }) => events);
        for (const group of ["a", "b", "c"]) {
          const ids = sent.filter((one) => one.group === group).map(({ id }) => id);
          expect(had.filter((id) => ids.includes(id))).toEqual(ids);
        }
      }
    }),
    { numRuns: 60 },
  );
});

it("holds up the queue that does not answer alone", async () => {
  const { g, topic, ends, functions } = orders(["mail", "bill"]);
  const [mail, bill] = ends;
  const send = [published(topic, "n1", 0, "a"), published(topic, "n2", 46, "a")];
  const faults = [{ at: "0s", for: "45s", unavailable: mail?.queue }];
  const played = await play(g, { functions, send, faults, settings: { "sns.jitter": 0 } });
  const times = (fn: string | undefined): readonly number[] =>
    played.invocations.filter((one) => one.function === fn).map(({ at }) => at);
  expect(times(mail?.fn)).toEqual([50_106, 50_206]);
  expect(times(bill?.fn)).toEqual([0, 46_000]);
});

it("goes on with the group once a delivery is given up, whose letter goes first", async () => {
  const { g, topic, ends, functions } = orders(["mail"]);
  const [mail] = ends;
  g.destination("dead-letter", "subscription", mail?.subscription ?? "", g.queue("letters", { fifo: true }));
  const lastMs = 70_106 + 100_000 * 20_000;
  const send = [published(topic, "n1", 0, "a"), published(topic, "n2", 1, "a"), published(topic, "n3", 2, "a")];
  const faults = [{ at: "0s", for: `${lastMs + 1}ms`, unavailable: mail?.queue }];
  const played = await play(g, { functions, send, faults, settings: { "sns.jitter": 0 }, until: "24d" });
  expect(played.one("n1")).toMatchObject({ outcome: "retained", endedAt: lastMs });
  // Its three tries at once still fail; the one after a second does not.
  expect(played.one("n2")).toMatchObject({ outcome: "processed", endedAt: lastMs + 1_100 });
  expect(played.one("n3")).toMatchObject({ outcome: "processed", endedAt: lastMs + 1_200 });
});

it("leaves what waits pending where the run ends before its turn", async () => {
  const { g, topic, ends, functions } = orders(["mail"]);
  const send = [published(topic, "n1", 0, "a"), published(topic, "n2", 1, "a")];
  const faults = [{ at: "0s", for: "1h", unavailable: ends[0]?.queue }];
  const played = await play(g, { functions, send, faults, until: "10m" });
  expect(played.totals).toMatchObject({ sent: 2, entries: 2, pending: 2 });
  expect(played.figures(topic)).toMatchObject({ NumberOfMessagesPublished: 2, NumberOfNotificationsDelivered: 0 });
});

it.each([
  ["a FIFO topic passes no message group on to a standard queue", true, ["n1", "n2"]],
  ["a standard topic does, and the queue is fair", false, ["n1", "n4"]],
])("%s", async (_, fifo, first) => {
  const g = new GraphBuilder();
  const topic = g.topic("orders", { fifo });
  const [queue, fn] = [g.queue("work"), g.fn("work")];
  g.mapping(queue, fn, { batchSize: 1, maximumConcurrency: 2 });
  g.subscription(topic, queue, { protocol: "sqs" });
  const groups = ["a", "a", "a", "b"];
  const send = groups.map((group, index) => published(topic, `n${index + 1}`, 0, group));
  const functions = { [fn]: { outcomes: [{ takes: "1s", then: { succeed: null } }] } };
  const played = await play(g, { functions, send });
  expect(played.totals).toMatchObject({ processed: 4 });
  expect(played.invocations.filter(({ at }) => at === 0).flatMap(({ events }) => events)).toEqual(first);
});

describe("the order of a group", () => {
  it("lets those that waited go one after the other, however many", () => {
    const order = new GroupOrder();
    const ended: number[] = [];
    let release = (): void => undefined;
    order.enter("a", (end) => {
      release = end;
    });
    const waited = Array.from({ length: 50_000 }, (_, index) =>
      order.enter("a", (end) => {
        ended.push(index);
        end();
      }),
    );
    expect(waited.every(Boolean)).toBe(true);
    expect(ended).toEqual([]);
    release();
    expect(ended).toEqual(waited.map((_, index) => index));
    expect(order.enter("a", (end) => end())).toBe(false);
  });

  it("is kept where a delivery leads to another of its group", () => {
    const order = new GroupOrder();
    const began: string[] = [];
    const waits: boolean[] = [];
    const begins =
      (name: string) =>
      (end: () => void): void => {
        began.push(name);
        end();
      };
    order.enter("a", (end) => {
      began.push("first");
      waits.push(order.enter("a", begins("second")));
      end();
      waits.push(order.enter("a", begins("third")));
      began.push("first is over");
    });
    expect(began).toEqual(["first", "first is over", "second", "third"]);
    expect(waits).toEqual([true, true]);
  });
});
