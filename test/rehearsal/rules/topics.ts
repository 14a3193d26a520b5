/** Rules 48–50 and 86, of what FIFO topics, raw deliveries and dead-letter queues elsewhere have of their own. */
import { GraphBuilder } from "../../support/graphs.ts";
import { succeeds } from "../play.ts";
import { ruleTable } from "./table.ts";

const { tests, rule } = ruleTable();

export { tests as topicsRules };

/** A topic of a type with one subscriber, and a dead-letter queue of its subscription. */
function subscribed(fifo: boolean, subscriber: (g: GraphBuilder) => readonly [to: string, protocol: string]) {
  const g = new GraphBuilder();
  const topic = g.topic("orders", { fifo });
  const [to, protocol] = subscriber(g);
  const subscription = g.subscription(topic, to, { protocol });
  g.destination("dead-letter", "subscription", subscription, g.queue("letters", { fifo }));
  const notifications = [{ id: "n1", message: 1, messageGroupId: "g" }];
  return { g, topic, to, send: [{ at: "0s", to: topic, notifications }] };
}

rule(50, "a FIFO topic delivers to queues alone, of either type", "topic.any-subscriber", async (play) => {
  const ended = async (subscriber: Parameters<typeof subscribed>[1]): Promise<string> => {
    const { g, to, send } = subscribed(true, subscriber);
    const functions = to.startsWith("aws_lambda_function") ? { [to]: succeeds } : {};
    return (await play(g, { functions, send })).one("n1").outcome;
  };
  expect(await ended((g) => [g.queue("work", { fifo: true }), "sqs"])).toBe("pending");
  expect(await ended((g) => [g.queue("work"), "sqs"])).toBe("pending");
  expect(await ended((g) => [g.external("arn:aws:sqs:eu-west-1:111122223333:work.fifo", "sqs"), "sqs"])).toBe(
    "pending",
  );
  // There is no such subscription, and so it has no dead-letter queue either.
  expect(await ended((g) => [g.fn("work"), "lambda"])).toBe("dropped");
  expect(await ended((g) => [g.external("https://example.com/hook", "https"), "https"])).toBe("dropped");
  expect(await ended((g) => [g.external("email:me@example.com", "email"), "email"])).toBe("dropped");
});

rule(50, "a standard topic has every subscriber but a FIFO queue", "topic.any-subscriber", async (play) => {
  const ended = async (subscriber: Parameters<typeof subscribed>[1]): Promise<readonly unknown[]> => {
    const { g, topic, to, send } = subscribed(false, subscriber);
    const functions = to.startsWith("aws_lambda_function") ? { [to]: succeeds } : {};
    const played = await play(g, { functions, send });
    return [played.one("n1").outcome, played.figures(topic).NumberOfNotificationsDelivered];
  };
  expect(await ended((g) => [g.fn("work"), "lambda"])).toEqual(["processed", 1]);
  expect(await ended((g) => [g.external("https://example.com/hook", "https"), "https"])).toEqual(["pending", 1]);
  expect(await ended((g) => [g.queue("work", { fifo: true }), "sqs"])).toEqual(["dropped", 0]);
});

rule(50, "of the topic's account and Region", "topic.dead-letter-anywhere", async (play) => {
  const ended = async (place: { region?: string; accountId?: string | null }): Promise<readonly unknown[]> => {
    const g = new GraphBuilder();
    const topic = g.topic("orders");
    const subscription = g.subscription(topic, g.queue("work"), { permission: "missing" });
    g.destination("dead-letter", "subscription", subscription, g.queue("letters", place));
    const played = await play(g, { send: [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }] });
    const { NumberOfNotificationsRedrivenToDlq: taken, NumberOfNotificationsFailedToRedriveToDlq: failed } =
      played.figures(topic);
    const { outcome, why } = played.one("n1");
    return [outcome, why, taken, failed];
  };
  const missed = (why: string): readonly unknown[] => ["dropped", `R50: aws_sqs_queue.letters is in ${why}`, 0, 1];
  expect(await ended({ region: "eu-west-1", accountId: "111122223333" })).toEqual(["retained", undefined, 1, 0]);
  expect(await ended({ region: "us-west-2" })).toEqual(missed("us-west-2, not in eu-west-1"));
  expect(await ended({ accountId: "999988887777" })).toEqual(missed("account 999988887777, not in 111122223333"));
  // What is not known is no reason.
  expect(await ended({ accountId: null })).toEqual(["retained", undefined, 1, 0]);
});

const attributes = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, "x"]));

const outside = "arn:aws:sqs:eu-west-1:111122223333:work";

rule(49, "a raw delivery to a queue has at most 10 attributes", "queue.any-attributes", async (play) => {
  const ended = async (
    count: number,
    options: { raw: boolean; outside?: true; letters?: true },
  ): Promise<readonly unknown[]> => {
    const g = new GraphBuilder();
    const topic = g.topic("orders");
    const work = options.outside === true ? g.external(outside, "sqs") : g.queue("work");
    const subscription = g.subscription(topic, work, { raw: options.raw, protocol: "sqs" });
    if (options.letters === true) g.destination("dead-letter", "subscription", subscription, g.queue("letters"));
    const notifications = [{ id: "n1", message: 1, attributes: attributes(count) }];
    const played = await play(g, { send: [{ at: "0s", to: topic, notifications }] });
    const { outcome, why, endedAt } = played.one("n1");
    if (outcome === "dropped") expect(endedAt).toBe(0);
    return [outcome, why, played.assumptions.filter(({ name }) => name.endsWith(".attributes")).length];
  };
  expect(await ended(10, { raw: true })).toEqual(["pending", undefined, 0]);
  expect(await ended(11, { raw: false })).toEqual(["pending", undefined, 0]);
  const why = "R49: 11 attributes for aws_sqs_queue.work, at most 10";
  expect(await ended(11, { raw: true })).toEqual(["dropped", why, 0]);
  expect(await ended(11, { raw: true, outside: true })).toEqual([
    "dropped",
    `R49: 11 attributes for ${outside}, at most 10`,
    0,
  ]);
  // Its dead letter is raw too (R52), and comes to a queue as well.
  const neither = "R50: 11 attributes for aws_sqs_queue.letters, at most 10";
  expect(await ended(11, { raw: true, letters: true })).toEqual(["dropped", neither, 1]);
});

/** A FIFO topic whose subscriptions to `names` fail, each with the dead-letter queue that `letters` names. */
function failing(names: readonly string[], letters: (name: string) => string = () => "letters") {
  const g = new GraphBuilder();
  const topic = g.topic("orders", { fifo: true });
  const queues = new Map<string, string>();
  const queue = (name: string): string => {
    const made = queues.get(name) ?? g.queue(name, { fifo: true });
    queues.set(name, made);
    return made;
  };
  const consumers = names.map((name) => {
    const fn = g.fn(name);
    g.mapping(queue(name), fn);
    const subscription = g.subscription(topic, queue(name), { permission: "missing", protocol: "sqs" });
    g.destination("dead-letter", "subscription", subscription, queue(letters(name)));
    return fn;
  });
  return { g, topic, consumers, letters: queue(letters(names[0] ?? "")) };
}

rule(86, "failures of one event in one dead-letter queue are one message", "fifo.no-deduplication", async (play) => {
  const { g, topic, consumers, letters } = failing(["mail", "bill"]);
  const [mail = "", bill = ""] = consumers;
  const functions = { [mail]: succeeds, [bill]: succeeds };
  const notifications = [{ id: "n1", message: 1, messageGroupId: "g" }];
  const played = await play(g, { functions, send: [{ at: "0s", to: topic, notifications }] });
  expect(played.of("n1").map(({ consumer, outcome }) => [consumer, outcome])).toEqual([
    [mail, "retained"],
    [bill, "retained"],
  ]);
  expect(played.delivered("n1")).toHaveLength(1);
  expect(played.figures(letters)).toMatchObject({ visible: 1, NumberOfMessagesSent: 1 });
  // SQS accepts a duplicate like any other message: SNS has moved both.
  expect(played.figures(topic)).toMatchObject({
    NumberOfNotificationsFailed: 2,
    NumberOfNotificationsRedrivenToDlq: 2,
    NumberOfNotificationsFailedToRedriveToDlq: 0,
  });
});

rule(86, "a dead letter in favour of which another event's stays is lost", "fifo.no-deduplication", async (play) => {
  const { g, topic, consumers, letters } = failing(["mail"]);
  const [mail = ""] = consumers;
  const other = g.topic("refunds", { fifo: true });
  const refused = g.subscription(other, "aws_sqs_queue.mail", { permission: "missing", protocol: "sqs" });
  g.destination("dead-letter", "subscription", refused, letters);
  const sent = (id: string): object => ({ id, message: id, messageGroupId: "g", messageDeduplicationId: "same" });
  const send = [
    { at: "0s", to: topic, notifications: [sent("n1")] },
    { at: "1s", to: other, notifications: [sent("n2")] },
  ];
  const played = await play(g, { functions: { [mail]: succeeds }, send });
  expect(played.one("n1")).toMatchObject({ outcome: "retained", where: [letters] });
  expect(played.one("n2")).toMatchObject({ outcome: "dropped", endedAt: 1_000 });
  expect(played.one("n2").why).toMatch(/^R86: /);
  expect(played.deliveries.map(({ events }) => events)).toEqual([["n1"]]);
});

rule(86, "a dead letter in favour of what is on its way is lost", "fifo.no-deduplication", async (play) => {
  const g = new GraphBuilder();
  const topic = g.topic("orders", { fifo: true });
  const [mail, bill] = [g.fn("mail"), g.fn("bill")];
  const [mails, bills] = [g.queue("mails", { fifo: true }), g.queue("bills", { fifo: true })];
  g.mapping(mails, mail);
  g.mapping(bills, bill);
  g.subscription(topic, bills, { protocol: "sqs" });
  const refused = g.subscription(topic, mails, { permission: "missing", protocol: "sqs" });
  g.destination("dead-letter", "subscription", refused, bills);
  const notifications = [{ id: "n1", message: 1, messageGroupId: "g" }];
  const functions = { [mail]: succeeds, [bill]: succeeds };
  const played = await play(g, { functions, send: [{ at: "0s", to: topic, notifications }] });
  const outcomes = played.of("n1").map(({ consumer, outcome }) => [consumer, outcome]);
  expect(new Map(outcomes as [string, string][])).toEqual(
    new Map([
      [mail, "dropped"],
      [bill, "processed"],
    ]),
  );
});

/** A FIFO topic with a queue and its function; what is sent, message by message, with its second and group. */
function ordered(sent: readonly (readonly [id: string, second: number, group: string])[], fifo: boolean, raw = true) {
  const g = new GraphBuilder();
  const topic = g.topic("orders", { fifo: true });
  const queue = g.queue("work", { fifo });
  const fn = g.fn("work");
  g.mapping(queue, fn, { batchSize: 1 });
  g.subscription(topic, queue, { protocol: "sqs", raw });
  const send = sent.map(([id, second, messageGroupId]) => ({
    at: `${second}s`,
    to: topic,
    notifications: [{ id, message: id, messageGroupId }],
  }));
  return { g, topic, queue, send, functions: { [fn]: succeeds }, settings: { "sns.jitter": 0 } };
}

rule(48, "what a FIFO topic tries again holds up its message group", "topic.any-order", async (play) => {
  const sent = [
    ["n1", 0, "a"],
    ["n2", 46, "a"],
    ["n3", 47, "b"],
    ["n4", 48, "a"],
  ] as const;
  for (const fifo of [true, false]) {
    const { g, topic, queue, ...scenario } = ordered(sent, fifo);
    const played = await play(g, { ...scenario, faults: [{ at: "0s", for: "45s", unavailable: queue }] });
    // The tries after 30,106 ms and 50,106 ms find the queue unavailable, and there again.
    expect(played.invocations.map(({ at, events }) => [at, events])).toEqual([
      [47_000, ["n3"]],
      [50_106, ["n1"]],
      ...(fifo
        ? [
            [50_206, ["n2"]],
            [50_306, ["n4"]],
          ]
        : [
            [50_106, ["n2"]],
            [50_106, ["n4"]],
          ]),
    ]);
    expect(played.figures(topic)).toMatchObject({ NumberOfNotificationsDelivered: 4 });
    expect(played.assumptions.filter(({ name }) => name.endsWith(".order"))).toHaveLength(1);
  }
});
