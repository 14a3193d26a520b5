/** A receive counts for every message of its batch, and what it returns keeps its place (R60, R81). */
import { FifoStore } from "../../rehearsal/services/sqs/fifo-store.ts";
import type { Message } from "../../rehearsal/services/sqs/message.ts";
import type { World } from "../../rehearsal/world.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play } from "./play.ts";

it("every message of a full batch has been received once more, the tenth too", async () => {
  const g = new GraphBuilder();
  const [queue, letters, fn] = [g.queue("work"), g.queue("letters"), g.fn("work")];
  g.mapping(queue, fn, { batchSize: 10 });
  g.redrive(queue, letters, 2);
  const messages = Array.from({ length: 10 }, (_, index) => ({ id: `m${index}`, body: index }));
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: queue, messages }] });
  expect(played.invocations.map(({ events }) => events.length)).toEqual([10, 10]);
  expect(played.events.map(({ outcome, attempts }) => [outcome, attempts])).toEqual(
    messages.map(() => ["retained", 2]),
  );
});

describe("what comes back to a FIFO queue", () => {
  it("stands in its group's order again, in whatever order it came back", () => {
    const store = new FifoStore({ deviates: () => false } as unknown as World);
    const all = [0, 1, 2, 3].map((order): { -readonly [K in keyof Message]: Message[K] } =>
      Object.assign(Object.create(null), { order, groupId: "g", state: "visible" }),
    );
    for (const one of all) store.add(one);
    store.begin();
    const taken = [store.take(), store.take(), store.take()];
    expect(taken).toEqual(all.slice(0, 3));
    for (const one of [all[2], all[0], all[1]]) {
      if (one === undefined) throw new Error("no such message");
      store.add(one);
      store.settled(one);
    }
    store.begin();
    expect([store.take(), store.take(), store.take(), store.take()].map((one) => one?.order)).toEqual([0, 1, 2, 3]);
  });

  it("is invoked in order again, where a batch could not take all of a group for its size", async () => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { fifo: true, maximumMessageSize: 1_048_576 });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    const messages = Array.from({ length: 8 }, (_, index) => ({
      id: `m${index}`,
      body: "x".repeat(1_000_000),
      messageGroupId: "g",
    }));
    const outcomes = [{ times: 1, then: "crash" }];
    const played = await play(g, { functions: { [fn]: { outcomes } }, send: [{ at: "0s", to: queue, messages }] });
    expect(played.invocations[0]).toMatchObject({ outcome: "error" });
    const successes = played.invocations.filter(({ outcome }) => outcome === "success");
    expect(successes.flatMap(({ events }) => events)).toEqual(messages.map(({ id }) => id));
  });
});
