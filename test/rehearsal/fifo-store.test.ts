/** What a FIFO queue looks through: the first 120,000 messages; those behind come in as places become free (R80). */
import { FifoStore } from "../../rehearsal/services/sqs/fifo-store.ts";
import type { Message } from "../../rehearsal/services/sqs/message.ts";
import type { World } from "../../rehearsal/world.ts";

const world = { deviates: () => false } as unknown as World;
const message = (order: number, groupId: string): { -readonly [K in keyof Message]: Message[K] } =>
  ({ order, groupId, state: "visible" }) as unknown as Message;

it("every message that stands beyond comes in, and is given in order", () => {
  const store = new FifoStore(world);
  const all = Array.from({ length: 120_050 }, (_, order) => message(order, order < 120_000 ? "early" : `late${order}`));
  for (const one of all) store.add(one);
  let taken = 0;
  let firstLate = -1;
  for (store.begin(); ; store.begin()) {
    const one = store.take();
    if (one === undefined) break;
    if (one.order >= 120_000 && firstLate < 0) firstLate = taken;
    taken += 1;
    one.state = "gone";
    store.settled(one);
  }
  expect(taken).toBe(all.length);
  expect(store.available).toBe(0);
  // It is free as soon as it is looked at; the early group's next is older all the same.
  expect(firstLate).toBe(120_000);
});

it("what expires in front makes room, too, and what expired beyond takes none", () => {
  const store = new FifoStore(world);
  const front = Array.from({ length: 120_000 }, (_, order) => message(order, "early"));
  const late = Array.from({ length: 3 }, (_, index) => message(120_000 + index, `late${index}`));
  for (const one of [...front, ...late]) store.add(one);
  store.begin();
  const held = store.take();
  expect(held?.order).toBe(0);
  store.begin();
  expect(store.take()).toBeUndefined();
  for (const one of [late[0], front[5], front[6]]) {
    if (one === undefined) throw new Error("no such message");
    one.state = "gone";
    store.dropped(one);
  }
  const next = [store.take(), store.take()];
  expect(next.map((one) => one?.order)).toEqual([120_001, 120_002]);
});
