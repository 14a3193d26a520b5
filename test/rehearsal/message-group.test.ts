/** The message group that a rule's target names: one for all, or a path into the event. */
import { GraphBuilder } from "../support/graphs.ts";
import { play } from "./play.ts";

const placed = (id: string, detail: object): object => ({ id, source: "shop", detailType: "OrderPlaced", detail });

/** Two orders at once through a rule into a FIFO queue, consumed one by one for a second each. */
async function played(messageGroupId: string, details: readonly [object, object]) {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const r = g.rule("placed", bus, { source: ["shop"] });
  const queue = g.queue("orders", { fifo: true, contentBasedDeduplication: true });
  const fn = g.fn("ship");
  g.target(r, queue, { messageGroupId, maximumRetryAttempts: 0 });
  g.mapping(queue, fn, { batchSize: 1 });
  const functions = { [fn]: { outcomes: [{ takes: "1s", then: { succeed: null } }] } };
  const [first, second] = details;
  const send = [{ at: "0s", to: bus, events: [placed("e1", first), placed("e2", second)] }];
  return play(g, { functions, send });
}

test("one fixed group goes one by one, a group of each event's own side by side", async () => {
  const details = [{ order: "A" }, { order: "B" }] as const;
  const starts = async (group: string): Promise<number[]> =>
    (await played(group, [...details])).invocations.map(({ at }) => at);
  const [first = 0, second = 0] = await starts("all");
  expect(second - first).toBeGreaterThanOrEqual(1_000);
  expect(new Set(await starts("$.detail.order")).size).toBe(1);
});

test("an event without what the path names is refused by the queue, and said to be", async () => {
  const run = await played("$.detail.order", [{ order: "A" }, { number: 7 }]);
  expect(run.one("e1").outcome).toBe("processed");
  expect(run.one("e2")).toMatchObject({ outcome: "dropped", attempts: 0 });
  expect(run.one("e2").why).toMatch(/MessageGroupId|group/);
});
