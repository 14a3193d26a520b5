/** Which messages a standard queue gives together is chance on AWS: where that may have cost a message, it is said. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, failsOnPoison, type Played, play } from "./play.ts";

const bodies = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `m${index}`,
    body: index === 0 ? "poison" : "fine",
    messageGroupId: "g",
  }));

interface World {
  readonly count: number;
  readonly fifo?: boolean;
  readonly batchSize?: number;
  readonly windowSeconds?: number;
  readonly letters?: boolean;
  readonly until?: string;
  readonly apart?: boolean;
}

async function played(world: World): Promise<Played> {
  const { count, fifo = false, batchSize = 10, windowSeconds = 0, letters = false, apart = false } = world;
  const g = new GraphBuilder();
  const queue = g.queue("work", { fifo, visibilityTimeout: 30, messageRetentionPeriod: 300 });
  const fn = g.fn("work");
  g.mapping(queue, fn, { batchSize, maximumBatchingWindowInSeconds: windowSeconds });
  if (letters) g.redrive(queue, g.queue("letters", { fifo }), 3);
  const sent = bodies(count);
  return await play(g, {
    ...(world.until === undefined ? {} : { until: world.until }),
    functions: { [fn]: failsOnPoison },
    send: apart
      ? sent.map((message, index) => ({ at: `${index}s`, to: queue, messages: [message] }))
      : [{ at: "0s", to: queue, messages: sent }],
  });
}

const named = ({ assumptions }: Played): readonly string[] =>
  assumptions
    .filter(({ name }) => name.endsWith(".together"))
    .map(({ name, value, why }) => `${name}: ${value}; ${why}`);

it("that healthy messages expired with a poison one is named as an assumption", async () => {
  const result = await played({ count: 5 });
  expect(result.totals).toMatchObject({ expired: 5 });
  expect(named(result)).toEqual([
    "aws_sqs_queue.work.together: what failed together is received together again; a standard queue has no order, and " +
      "AWS does not say which messages it gives together: one that expired may have failed for another of its batch alone",
  ]);
});

it("and so it is where a window gathered what was received apart", async () => {
  const result = await played({ count: 3, apart: true, windowSeconds: 5 });
  expect(result.totals).toMatchObject({ expired: 3 });
  expect(named(result)).toHaveLength(1);
});

it.each<[string, World, object]>([
  ["nothing expired", { count: 5, letters: true }, { retained: 5 }],
  ["the run ended before", { count: 5, until: "200s" }, { pending: 5 }],
  ["what expired was received alone", { count: 5, batchSize: 1 }, { expired: 1, processed: 4 }],
  ["there was no other", { count: 1 }, { expired: 1 }],
  ["the queue is FIFO, and has an order", { count: 5, fifo: true }, { expired: 5 }],
])("but not where %s", async (_, world, totals) => {
  const result = await played(world);
  expect(result.totals).toMatchObject(totals);
  expect(named(result)).toEqual([]);
});

it("nor for what failed together in the queue that a message came from", async () => {
  const g = new GraphBuilder();
  const [queue, letters, fn] = [g.queue("work"), g.queue("letters", { messageRetentionPeriod: 3_600 }), g.fn("work")];
  g.mapping(queue, fn);
  g.redrive(queue, letters, 2);
  const send = [{ at: "0s", to: queue, messages: bodies(3) }];
  const result = await play(g, { until: "3h", functions: { [fn]: failsAlways }, send });
  expect(result.totals).toMatchObject({ expired: 3 });
  expect(named(result)).toEqual([]);
});
