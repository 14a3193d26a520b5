/** What a function sees of a message that a redrive policy moved. */
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
