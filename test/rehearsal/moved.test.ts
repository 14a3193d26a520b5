/** What becomes of messages that are moved, or come back, while something else is going on. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

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

describe("a message-move task", () => {
  it("brings a message to a consumer that had nothing of it: that one's account it is from then on", async () => {
    const g = new GraphBuilder();
    const [queue, repairs, letters] = [g.queue("work"), g.queue("repairs"), g.queue("letters")];
    const [fn, repair] = [g.fn("work"), g.fn("repair")];
    g.mapping(queue, fn);
    g.mapping(repairs, repair);
    g.redrive(queue, letters, 2);
    const played = await play(g, {
      functions: { [fn]: failsAlways, [repair]: succeeds },
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
      redrives: [{ at: "1h", from: letters, to: repairs }],
    });
    expect(played.one("m1")).toMatchObject({ consumer: repair, outcome: "processed", attempts: 3, successes: 1 });
  });

  it("brings the record of a success to a consumer: one row of each, whatever becomes of it there", async () => {
    const moved = async (outcome: object): Promise<unknown> => {
      const g = new GraphBuilder();
      const [letters, work] = [g.queue("letters"), g.queue("work")];
      const [fn, reader] = [g.fn("first"), g.fn("reader")];
      g.mapping(work, reader);
      g.redrive(work, letters, 3);
      g.destination("on-success", "function", fn, letters);
      const played = await play(g, {
        functions: { [fn]: succeeds, [reader]: outcome },
        send: [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }],
        redrives: [{ at: "1h", from: letters, to: work }],
      });
      expect(played.totals).toMatchObject({ sent: 1, entries: 2 });
      return played.of("i1").map(({ consumer, outcome: told, where }) => [consumer, told, where]);
    };
    const first = ["aws_lambda_function.first", "processed", undefined];
    expect(await moved(succeeds)).toEqual([first, ["aws_lambda_function.reader", "processed", undefined]]);
    const retained = ["aws_lambda_function.reader", "retained", ["aws_sqs_queue.letters"]];
    expect(await moved(failsAlways)).toEqual([first, retained]);
  });

  it("ends where it is not known what reads the queue that it brings to", async () => {
    const g = new GraphBuilder();
    const [queue, repairs, letters] = [g.queue("work"), g.queue("repairs"), g.queue("letters")];
    const [fn, repair] = [g.fn("work"), g.fn("repair")];
    g.mapping(queue, fn);
    g.mapping(repairs, repair, { permission: "unknown" });
    g.redrive(queue, letters, 2);
    const scenario = {
      functions: { [fn]: failsAlways, [repair]: succeeds },
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
      redrives: [{ at: "1h", from: letters, to: repairs }],
    };
    await expect(play(g, scenario)).rejects.toThrow("its permission is not known before it is applied");
  });

  it("brings what stands for two consumers of a FIFO dead-letter queue to one of them: the other has nothing", async () => {
    const g = new GraphBuilder();
    const [topic, letters] = [g.topic("orders", { fifo: true }), g.queue("letters", { fifo: true })];
    const [mail, stock] = ["mail", "stock"].map((name) => {
      const [queue, fn] = [g.queue(name, { fifo: true }), g.fn(name)];
      const subscription = g.subscription(topic, queue, { permission: "missing" });
      g.destination("dead-letter", "subscription", subscription, letters);
      g.mapping(queue, fn);
      g.redrive(queue, letters, 3);
      return fn;
    });
    const functions = { [mail ?? ""]: succeeds, [stock ?? ""]: succeeds };
    const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1, messageGroupId: "g" }] }];
    const outcomes = async (redrives: readonly object[]): Promise<unknown> => {
      const played = await play(g, { functions, send, redrives });
      return Object.fromEntries(played.of("n1").map(({ consumer, outcome }) => [consumer, outcome]));
    };
    expect(await outcomes([])).toEqual({ [mail ?? ""]: "retained", [stock ?? ""]: "retained" });
    const redrives = [{ at: "1h", from: letters, to: "aws_sqs_queue.mail" }];
    expect(await outcomes(redrives)).toEqual({ [mail ?? ""]: "processed", [stock ?? ""]: "dropped" });
  });

  it("brings what stands for all that share a queue back to one of them, and to no other", async () => {
    const g = new GraphBuilder();
    const [topic, queue, letters] = [g.topic("orders"), g.queue("work"), g.queue("letters")];
    const [one, other] = [g.fn("one"), g.fn("other")];
    g.mapping(queue, one);
    g.mapping(queue, other);
    g.redrive(queue, letters, 3);
    const denied = g.subscription(topic, queue, { permission: "missing" });
    g.destination("dead-letter", "subscription", denied, letters);
    const played = await play(g, {
      functions: { [one]: succeeds, [other]: succeeds },
      send: [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }],
      redrives: [{ at: "1h", from: letters, to: queue }],
    });
    expect(played.one("n1")).toMatchObject({ outcome: "processed", attempts: 1, successes: 1 });
    expect(played.ran("n1")).toHaveLength(1);
  });

  it("takes no account away that another way still has", async () => {
    const g = new GraphBuilder();
    const topic = g.topic("orders");
    const [queue, letters, later] = [g.queue("work"), g.queue("letters"), g.queue("later", { delaySeconds: 900 })];
    const [one, other] = [g.fn("one"), g.fn("other")];
    for (const fn of [one, other]) g.mapping(queue, fn);
    g.mapping(later, other);
    g.redrive(queue, letters, 3);
    const denied = g.subscription(topic, queue, { permission: "missing" });
    g.destination("dead-letter", "subscription", denied, letters);
    g.subscription(topic, later);
    const played = await play(g, {
      functions: { [one]: succeeds, [other]: failsAlways },
      send: [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }],
      redrives: [{ at: "1m", from: letters, to: queue }],
      until: "5d",
    });
    const rows = Object.fromEntries(played.of("n1").map(({ consumer, outcome }) => [consumer, outcome]));
    expect(rows).toEqual({ [one]: "processed", [other]: "expired" });
  });
});
