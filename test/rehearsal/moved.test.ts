/** What becomes of messages that are moved, or come back, while something else is going on. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play } from "./play.ts";

it("a message that was moved is received once more than before, and told where it came from", async () => {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const [fn, watcher] = [g.fn("work"), g.fn("watcher")];
  const letters = g.queue("letters");
  g.mapping(queue, fn);
  g.mapping(letters, watcher);
  g.redrive(queue, letters, 1);
  const seen: unknown[] = [];
  const runner = {
    knows: (address: string) => address === watcher,
    invoke: (call: { payload: () => unknown }) => {
      seen.push(call.payload());
      return { kind: "ends", afterMs: 10, result: { kind: "success", value: null } } as const;
    },
  };
  const played = await play(
    g,
    { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }] },
    { runner },
  );
  expect(seen).toMatchObject([
    {
      Records: [
        {
          attributes: {
            ApproximateReceiveCount: "2",
            DeadLetterQueueSourceArn: "arn:aws:sqs:eu-west-1:111122223333:work",
          },
        },
      ],
    },
  ]);
  expect(played.one("m1")).toMatchObject({ outcome: "processed", consumer: fn, attempts: 2, successes: 1 });
});

it("a FIFO message cannot be deleted once its visibility timeout has run out: it is moved in spite of its success", async () => {
  const ended = async (fifo: boolean): Promise<unknown> => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { fifo, visibilityTimeout: 3 });
    const fn = g.fn("work", { timeout: 10 });
    const letters = g.queue("letters", { fifo });
    g.mapping(queue, fn);
    g.redrive(queue, letters, 2);
    const functions = { [fn]: { outcomes: [{ then: { succeed: null }, takes: "5s" }] } };
    const messages = [{ id: "m1", body: 1, messageGroupId: "g" }];
    const { outcome, attempts, retainedToo } = (
      await play(g, { functions, send: [{ at: "0s", to: queue, messages }] })
    ).one("m1");
    return [outcome, attempts, retainedToo];
  };
  expect(await ended(true)).toEqual(["processed", 2, true]);
  // A standard queue takes the old receipt at 5 s.
  expect(await ended(false)).toEqual(["processed", 2, undefined]);
});
