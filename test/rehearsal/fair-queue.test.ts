/** A standard queue with message groups: the fair order (R78), kept in a time that does not grow with the groups. */
import * as fc from "fast-check";
import type { Message } from "../../rehearsal/services/sqs/message.ts";
import { StandardStore } from "../../rehearsal/services/sqs/standard-store.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { play, succeeds } from "./play.ts";

async function secondsWith(groups: number): Promise<number> {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  g.mapping(queue, fn);
  const messages = Array.from({ length: groups }, (_, index) => ({
    id: `m${index}`,
    body: 1,
    messageGroupId: `g${index}`,
  }));
  const before = process.cpuUsage();
  const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: queue, messages }] });
  expect(played.totals.processed).toBe(groups);
  return process.cpuUsage(before).user / 1e6;
}

it("eight times the groups take far less than 64 times as long", async () => {
  await secondsWith(500);
  const few = await secondsWith(2_500);
  expect(await secondsWith(20_000)).toBeLessThan(Math.max(few, 0.05) * 24);
});

const message = (order: number, groupId: string): Message =>
  ({ order, groupId, state: "visible" }) as unknown as Message;

it("a group with fewer messages in flight goes first, the oldest message deciding", () => {
  const store = new StandardStore(true);
  const noisy = [1, 2, 3, 5].map((order) => message(order, "noisy"));
  const quiet = [4, 6].map((order) => message(order, "quiet"));
  for (const one of [...noisy, ...quiet]) store.add(one);
  const taken = [store.take(), store.take(), store.take()];
  expect(taken.map((one) => one?.order)).toEqual([1, 4, 2]);
  store.settled(noisy[0] as Message);
  store.settled(noisy[1] as Message);
  expect([store.take(), store.take(), store.take()].map((one) => one?.order)).toEqual([3, 5, 6]);
  expect(store.take()).toBeUndefined();
  expect(store.available).toBe(0);
});

it.each([
  [6, 900],
  [60, 3_000],
])(
  "forgets none of %d groups, however long it goes on: it gives what looking through all would give",
  (groups, most) => {
    const step = fc.record({
      what: fc.constantFrom("add", "take", "done", "back"),
      group: fc.nat(groups - 1),
      which: fc.nat(30),
    });
    const property = fc.property(fc.array(step, { minLength: most / 3, maxLength: most }), (steps) => {
      const store = new StandardStore(true);
      const waiting = new Map<string, Message[]>();
      const taken: Message[] = [];
      const inFlight = (group: string): number => taken.filter(({ groupId }) => groupId === group).length;
      const queued = (group: string): Message[] => waiting.get(group) ?? [];
      const put = (one: Message): void => void waiting.set(one.groupId ?? "", [...queued(one.groupId ?? ""), one]);
      let order = 0;
      for (const { what, group, which } of steps) {
        if (what === "add") {
          const one = message(++order, `g${group}`);
          put(one);
          store.add(one);
        } else if (what === "take") {
          const ranked = [...waiting].flatMap(([name, [head]]) =>
            head === undefined ? [] : [{ name, flying: inFlight(name), head }],
          );
          const [best] = ranked.toSorted((a, b) => a.flying - b.flying || a.head.order - b.head.order);
          expect(store.take()?.order).toBe(best?.head.order);
          if (best === undefined) continue;
          waiting.set(best.name, queued(best.name).slice(1));
          taken.push(best.head);
        } else {
          const [one] = taken.splice(which % Math.max(taken.length, 1), 1);
          if (one === undefined) continue;
          if (what === "back") {
            put(one);
            store.add(one);
          }
          store.settled(one);
        }
      }
      expect(store.available).toBe([...waiting.values()].flat().length);
    });
    // A counterexample is a list of hundreds of steps: to make it small takes longer than to look at it.
    fc.assert(property, { numRuns: 60, seed: 1, endOnFailure: true });
  },
);
