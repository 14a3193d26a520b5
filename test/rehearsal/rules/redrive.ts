/** Rules 119–123: dead-letter queues and message-move tasks. */
import { GraphBuilder } from "../../support/graphs.ts";
import { failsAlways, succeeds } from "../play.ts";
import { ruleTable } from "./table.ts";

const { tests, rule } = ruleTable();

export { tests as redriveRules };

type QueueOptions = Parameters<GraphBuilder["queue"]>[1];

/** A queue whose messages fail once and stand in a dead-letter queue then. */
function failing(options: { work?: QueueOptions; letters?: QueueOptions } = {}) {
  const g = new GraphBuilder();
  const queue = g.queue("work", options.work);
  const fn = g.fn("work");
  const letters = g.queue("letters", options.letters);
  g.mapping(queue, fn);
  g.redrive(queue, letters, 1);
  const send = (count: number): object => ({
    at: "0s",
    to: queue,
    messages: Array.from({ length: count }, (_, index) => ({
      id: `m${index}`,
      body: index,
      messageGroupId: `${index}`,
    })),
  });
  return { g, queue, fn, letters, send, functions: { [fn]: failsAlways } };
}

rule(119, "a dead-letter queue of the other type takes nothing", "redrive.any-type", async (play) => {
  const outcome = async (work: boolean, letters: boolean): Promise<unknown> => {
    const { g, functions, send } = failing({ work: { fifo: work }, letters: { fifo: letters } });
    return (await play(g, { functions, send: [send(1)], until: "10m" })).one("m0").outcome;
  };
  expect([await outcome(true, true), await outcome(false, false)]).toEqual(["retained", "retained"]);
  expect([await outcome(true, false), await outcome(false, true)]).toEqual(["pending", "pending"]);
});

rule(
  120,
  "in a standard dead-letter queue the retention counts from the first enqueuing",
  "redrive.resets-retention",
  async (play) => {
    const { g, functions, send } = failing({ letters: { messageRetentionPeriod: 3_600 } });
    const played = await play(g, { functions, send: [send(1)], until: "3h" });
    expect(played.one("m0")).toMatchObject({ outcome: "expired", endedAt: 3_600_000 });
    const fifo = failing({ work: { fifo: true }, letters: { fifo: true, messageRetentionPeriod: 3_600 } });
    const other = await play(fifo.g, { functions, send: [fifo.send(1)], until: "3h" });
    expect(other.one("m0")).toMatchObject({ outcome: "expired", endedAt: 3_630_000 });
  },
);

rule(121, "what is moved does not count as sent", "metrics.moves-are-sent", async (play) => {
  const { g, functions, send, letters } = failing();
  const played = await play(g, { functions, send: [send(3)] });
  expect(played.figures(letters)).toMatchObject({ visible: 3, NumberOfMessagesSent: 0 });
});

const allow = (redrivePermission: "denyAll" | "byQueue" | "allowAll", sourceQueues: string[] = []): QueueOptions => ({
  redriveAllowPolicy: { redrivePermission, sourceQueues },
});

rule(122, "a dead-letter queue takes from the queues that it allows", "redrive.allow-ignored", async (play) => {
  const outcome = async (letters: QueueOptions): Promise<unknown> => {
    const { g, functions, send } = failing({ letters });
    return (await play(g, { functions, send: [send(1)], until: "10m" })).one("m0").outcome;
  };
  expect(await outcome(allow("allowAll"))).toBe("retained");
  expect(await outcome(allow("byQueue", ["aws_sqs_queue.work"]))).toBe("retained");
  expect(await outcome(allow("byQueue", ["aws_sqs_queue.other"]))).toBe("pending");
  expect(await outcome(allow("denyAll"))).toBe("pending");
});

const repaired = (fn: string): object => ({ [fn]: { outcomes: [{ times: 1, then: "crash" }] } });

rule(123, "a message-move task brings messages back as new ones", "move.keeps-message", async (play) => {
  const { g, queue, fn, letters, send } = failing();
  const played = await play(g, { functions: repaired(fn), send: [send(1)], redrives: [{ at: "1h", from: letters }] });
  expect(played.delivered("m0").map(({ via, at, to }) => [via, at, to])).toEqual([
    ["redrive-policy", 30_000, letters],
    ["redrive", 3_600_000, queue],
  ]);
  expect(played.one("m0")).toMatchObject({ outcome: "processed", endedAt: 3_600_100, attempts: 2 });
});

rule(123, "at most 500 messages a second", "move.unlimited", async (play) => {
  const { g, fn, letters, send } = failing();
  const scenario = {
    functions: { [fn]: failsAlways },
    send: [send(1_200)],
    redrives: [{ at: "1h", from: letters }],
    until: "3601s",
  };
  const played = await play(g, scenario);
  const moved = played.deliveries.filter(({ via }) => via === "redrive");
  expect([3_600_000, 3_601_000].map((at) => moved.filter((one) => one.at === at).length)).toEqual([500, 500]);
  expect(moved).toHaveLength(1_000);
});

rule(123, "its source has to be the dead-letter queue of a queue", "move.any-queue", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 0 });
  const failed = g.queue("failed");
  g.destination("on-failure", "function", fn, failed);
  const scenario = { functions: { [fn]: succeeds }, redrives: [{ at: "1h", from: failed }] };
  await expect(play(g, scenario)).rejects.toThrow(
    "scenario.json: redrives[0].from: aws_sqs_queue.failed is not the dead-letter queue",
  );
});

rule(123, "what it brings to the consumer of another queue is that consumer's", "move.counts-for-all", async (play) => {
  const g = new GraphBuilder();
  const topic = g.topic("orders");
  const letters = g.queue("letters");
  const fns = ["mail", "stock"].map((name) => {
    const [queue, fn] = [g.queue(name), g.fn(name)];
    g.subscription(topic, queue);
    g.mapping(queue, fn);
    g.redrive(queue, letters, 1);
    return fn;
  });
  const [mail = "", stock = ""] = fns;
  const functions = { ...repaired(mail), ...repaired(stock) };
  const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }];
  const redrives = [{ at: "1h", from: letters, to: "aws_sqs_queue.mail" }];
  const played = await play(g, { functions, send, redrives });
  expect(played.figures(stock)).toMatchObject({ Invocations: 1, Errors: 1 });
  const rows = new Map(played.of("n1").map((row) => [row.consumer, row]));
  expect(rows.get(mail)).toMatchObject({ outcome: "processed", attempts: 3, successes: 2 });
  expect(rows.get(stock)).toMatchObject({ outcome: "dropped", endedAt: 3_600_000, attempts: 1, successes: 0 });
  expect(rows.get(stock)?.why).toBe("R123: moved to aws_sqs_queue.mail, which aws_lambda_function.stock does not read");
});

rule(119, "a message-move task goes between queues of one type", "redrive.any-type", async (play) => {
  const { g, fn, letters } = failing();
  const fifo = g.queue("orders", { fifo: true });
  const scenario = { functions: { [fn]: succeeds }, redrives: [{ at: "1h", from: letters, to: fifo }] };
  await expect(play(g, scenario)).rejects.toThrow(
    "scenario.json: redrives[0].to: aws_sqs_queue.orders is FIFO and aws_sqs_queue.letters is standard",
  );
});
