/** A standard queue with message groups: the fair order (R78), kept in a time that does not grow with the groups. */
import type { Message } from "../../rehearsal/services/message.ts";
import { StandardStore } from "../../rehearsal/services/standard-store.ts";
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
