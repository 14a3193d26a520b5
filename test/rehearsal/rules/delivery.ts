/** Rules 34–53: EventBridge, Scheduler and SNS. */
import { GraphBuilder } from "../../support/graphs.ts";
import { failsAlways, succeeds } from "../play.ts";
import { ruleTable } from "./table.ts";

const { tests, rule } = ruleTable();

export { tests as deliveryRules };

const placed = (id: string): object => ({ id, source: "shop", detailType: "OrderPlaced", detail: { orderId: "A-1" } });

/** A bus whose rule has a queue, or what `to` makes, as target. */
function shop(options: { retries?: number; ageSeconds?: number; letters?: boolean; permission?: "missing" } = {}) {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const r = g.rule("order-placed", bus, { source: ["shop"] });
  const queue = g.queue("orders");
  const letters = g.queue("letters");
  const target = g.target(r, queue, {
    ...(options.retries === undefined ? {} : { maximumRetryAttempts: options.retries }),
    ...(options.ageSeconds === undefined ? {} : { maximumEventAgeInSeconds: options.ageSeconds }),
    ...(options.permission === undefined ? {} : { permission: options.permission }),
  });
  if (options.letters !== false) g.destination("dead-letter", "target", target, letters);
  return { g, bus, rule: r, queue, letters, target, send: [{ at: "0s", to: bus, events: [placed("e1")] }] };
}

const attribute = (
  delivery: { attributes: Readonly<Record<string, { StringValue: string }>> } | undefined,
  name: string,
): unknown => delivery?.attributes[name]?.StringValue;

rule(
  34,
  "a delivery is retried for 185 attempts or 24 hours, or as the retry policy says",
  "rule.no-retry-policy",
  async (play) => {
    const { g, queue, letters, send } = shop({ retries: 3, ageSeconds: 600 });
    const played = await play(g, { send, faults: [{ at: "0s", for: "2h", unavailable: queue }] });
    const [delivery] = played.delivered("e1");
    expect(played.delivered("e1")).toMatchObject([{ to: letters, via: "target-dead-letter" }]);
    expect(attribute(delivery, "RETRY_ATTEMPTS")).toBe("3");
    expect(attribute(delivery, "EXHAUSTED_RETRY_CONDITION")).toBe("MaximumRetryAttempts");
    const aged = shop({ ageSeconds: 60 });
    const other = await play(aged.g, { send: aged.send, faults: [{ at: "0s", for: "2h", unavailable: aged.queue }] });
    expect(other.delivered("e1")[0]?.at).toBe(60_000);
    expect(attribute(other.delivered("e1")[0], "EXHAUSTED_RETRY_CONDITION")).toBe("MaximumEventAgeInSeconds");
  },
);

rule(34, "by default 185 retries, and 24 hours", "rule.no-retry-policy", async (play) => {
  const givenUp = async (retries: number | undefined, jitter: number): Promise<readonly unknown[]> => {
    const { g, queue, rule: r, send } = shop(retries === undefined ? {} : { retries });
    const faults = [{ at: "0s", for: "3d", unavailable: queue }];
    const played = await play(g, { send, faults, settings: { "eventbridge.jitter": jitter } });
    const [delivery] = played.delivered("e1");
    const { RetryInvocationAttempts: made } = played.figures(r);
    return [
      attribute(delivery, "EXHAUSTED_RETRY_CONDITION"),
      attribute(delivery, "RETRY_ATTEMPTS"),
      made,
      delivery?.at,
    ];
  };
  // Waits of 1, 2, … 512 s and then 10 min: without jitter the day is over first, with jitter of all of it the attempts.
  expect(await givenUp(undefined, 0)).toEqual(["MaximumEventAgeInSeconds", "152", 152, 86_400_000]);
  expect((await givenUp(undefined, 1)).slice(0, 3)).toEqual(["MaximumRetryAttempts", "185", 185]);
  expect(await givenUp(4, 0)).toEqual(["MaximumRetryAttempts", "4", 4, 15_000]);
});

rule(34, "a retry has to come before the event's age ends", "rule.no-retry-policy", async (play) => {
  const attempts = async (ageSeconds: number): Promise<unknown> => {
    const { g, queue, rule: r, send } = shop({ ageSeconds });
    const settings = { "eventbridge.jitter": 0, "eventbridge.retryDelay": 20_000 };
    const played = await play(g, { send, faults: [{ at: "0s", for: "1h", unavailable: queue }], settings });
    return [played.figures(r).InvocationAttempts, played.delivered("e1")[0]?.at];
  };
  // At 0 and 20 s; the next would be at 60 s.
  expect(await attempts(60)).toEqual([2, 60_000]);
  expect(await attempts(61)).toEqual([3, 61_000]);
});

rule(
  35,
  "retries are for the target's service; a throttled function has accepted",
  "async.source-sees-throttles",
  async (play) => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const r = g.rule("placed", bus, { source: ["shop"] });
    const fn = g.fn("mail");
    const letters = g.queue("letters");
    g.destination("dead-letter", "target", g.target(r, fn, { maximumRetryAttempts: 0 }), letters);
    const send = [{ at: "0s", to: bus, events: [placed("e1")] }];
    const played = await play(g, {
      functions: { [fn]: succeeds },
      send,
      faults: [{ at: "0s", for: "5s", throttle: fn }],
    });
    expect(played.one("e1")).toMatchObject({ outcome: "processed" });
    expect(played.deliveries).toEqual([]);
  },
);

rule(36, "what cannot be delivered ever is not retried", "delivery.retries-everything", async (play) => {
  const { g, rule: r, letters, send } = shop({ permission: "missing" });
  const played = await play(g, { send });
  const [delivery] = played.delivered("e1");
  expect(delivery).toMatchObject({ at: 0, to: letters });
  expect(attribute(delivery, "RETRY_ATTEMPTS")).toBe("0");
  expect(delivery?.attributes).not.toHaveProperty("EXHAUSTED_RETRY_CONDITION");
  expect(played.figures(r)).toMatchObject({ InvocationAttempts: 1, FailedInvocations: 1, InvocationsSentToDlq: 1 });
});

rule(36, "what AWS has no target for, or not in this form, gets nothing", "target.anything", async (play) => {
  const ended = async (
    make: (g: GraphBuilder) => string,
    given: { messageGroupId?: string; event?: { source: string; detailType: string } } = {},
    from: "rule" | "schedule" = "rule",
  ): Promise<unknown> => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const source = from === "rule" ? g.rule("placed", bus, { source: ["shop"] }) : g.schedule("nightly");
    const target = g.target(source, make(g), given);
    g.destination("dead-letter", "target", target, g.queue("letters"));
    const sent = { id: "e1" };
    const send = [
      from === "rule" ? { at: "0s", to: bus, events: [placed("e1")] } : { at: "0s", to: source, fires: [sent] },
    ];
    const played = await play(g, { send });
    const { RETRY_ATTEMPTS: retries, ERROR_CODE: code } = played.delivered("e1")[0]?.attributes ?? {};
    return [played.of("e1").map(({ outcome }) => outcome), code?.StringValue, retries?.StringValue];
  };
  const refused = [["retained"], "INVALID_PARAMETER", "0"];
  const fifo = { fifo: true, contentBasedDeduplication: true };
  // A table takes records and a FIFO topic messages with a group, but a target has neither.
  expect(await ended((g) => g.table("orders"))).toEqual(refused);
  expect(await ended((g) => g.bucket("orders"))).toEqual(refused);
  expect(await ended((g) => g.topic("orders.fifo", fifo), { messageGroupId: "g" })).toEqual(refused);
  // A schedule's own parameters: a partition key, and what its event on a bus is called.
  expect(await ended((g) => g.stream("orders"), {}, "schedule")).toEqual(refused);
  expect(await ended((g) => g.bus("other"), {}, "schedule")).toEqual(refused);
  const reserved = { source: "aws.mine", detailType: "Due" };
  expect(await ended((g) => g.bus("other"), { event: reserved }, "schedule")).toEqual(refused);
});

rule(37, "without a dead-letter queue an exhausted event is gone", "rule.no-retry-policy", async (play) => {
  const { g, rule: r, queue, send } = shop({ retries: 2, letters: false });
  const played = await play(g, { send, faults: [{ at: "0s", for: "10m", unavailable: queue }] });
  expect(played.one("e1")).toMatchObject({ outcome: "dropped", consumer: null });
  expect(played.one("e1").why).toMatch(/^R34: MaximumRetryAttempts/);
  expect(played.figures(r)).toMatchObject({ FailedInvocations: 1, RetryInvocationAttempts: 2 });
});

rule(
  39,
  "a target's dead-letter queue is in the rule's Region, and standard",
  "rule.dead-letter-anywhere",
  async (play) => {
    const ended = async (queue: { region?: string; fifo?: boolean }): Promise<unknown> => {
      const g = new GraphBuilder();
      const bus = g.bus("shop");
      const r = g.rule("placed", bus, { source: ["shop"] });
      const target = g.target(r, g.queue("orders"), { permission: "missing" });
      g.destination("dead-letter", "target", target, g.queue("letters", queue));
      const played = await play(g, { send: [{ at: "0s", to: bus, events: [placed("e1")] }] });
      const { InvocationsSentToDlq: taken, InvocationsFailedToBeSentToDlq: failed } = played.figures(r);
      return [played.one("e1").outcome, taken, failed];
    };
    expect(await ended({ region: "eu-west-1" })).toEqual(["retained", 1, 0]);
    expect(await ended({ fifo: true })).toEqual(["dropped", 0, 1]);
    expect(await ended({ region: "us-west-2" })).toEqual(["dropped", 0, 1]);
  },
);

rule(
  40,
  "the dead-letter queue's policy has to admit EventBridge; else it is silent",
  "permissions.ignored",
  async (play) => {
    const { g, rule: r, letters, queue, target, send } = shop({ retries: 0, letters: false });
    g.destination("dead-letter", "target", target, letters, { permission: "missing" });
    const played = await play(g, { send, faults: [{ at: "0s", for: "1m", unavailable: queue }] });
    expect(played.one("e1")).toMatchObject({ outcome: "dropped" });
    expect(played.figures(r)).toMatchObject({ InvocationsFailedToBeSentToDlq: 1, InvocationsSentToDlq: 0 });
    expect(played.figures(letters)).toMatchObject({ visible: 0 });
  },
);

rule(
  41,
  "a dead letter is the event with attributes about its delivery",
  ["rule.bare-dead-letter", "rule.no-dead-letter"],
  async (play) => {
    const { g, queue, send } = shop({ retries: 1 });
    const played = await play(g, { send, faults: [{ at: "0s", for: "1m", unavailable: queue }] });
    const [delivery] = played.delivered("e1");
    const body = { version: "0", "detail-type": "OrderPlaced", source: "shop", detail: { orderId: "A-1" } };
    expect(played.delivered("e1")).toMatchObject([{ via: "target-dead-letter", body }]);
    expect(Object.keys(delivery?.attributes ?? {}).toSorted()).toEqual([
      "ERROR_CODE",
      "ERROR_MESSAGE",
      "EXHAUSTED_RETRY_CONDITION",
      "RETRY_ATTEMPTS",
      "RULE_ARN",
      "TARGET_ARN",
    ]);
    expect(attribute(delivery, "RULE_ARN")).toBe("arn:aws:events:eu-west-1:111122223333:rule/order-placed");
    expect(attribute(delivery, "TARGET_ARN")).toBe("arn:aws:sqs:eu-west-1:111122223333:orders");
  },
);

rule(42, "its error code says what kind of failure it was", "rule.unknown-error-code", async (play) => {
  const forbidden = shop({ permission: "missing" });
  const first = await play(forbidden.g, { send: forbidden.send });
  expect(attribute(first.delivered("e1")[0], "ERROR_CODE")).toBe("NO_PERMISSIONS");
  const down = shop({ retries: 0 });
  const second = await play(down.g, { send: down.send, faults: [{ at: "0s", for: "1m", unavailable: down.queue }] });
  expect(attribute(second.delivered("e1")[0], "ERROR_CODE")).toBe("INTERNAL_ERROR");
});

rule(43, "a function's own policy has to admit the rule", "permissions.ignored", async (play) => {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const r = g.rule("placed", bus, { source: ["shop"] });
  const fn = g.fn("mail");
  g.target(r, fn, { permission: "missing" });
  const send = [{ at: "0s", to: bus, events: [placed("e1")] }];
  const played = await play(g, { functions: { [fn]: succeeds }, send });
  expect(played.one("e1")).toMatchObject({ outcome: "dropped", consumer: fn, attempts: 0 });
  expect(played.one("e1").why).toMatch(/^R36:/);
});

rule(44, "a rule counts attempts, retries, failures and dead letters", "rule.no-retry-policy", async (play) => {
  const { g, rule: r, queue, send } = shop({ retries: 2 });
  const played = await play(g, { send, faults: [{ at: "0s", for: "10m", unavailable: queue }] });
  expect(played.figures(r)).toEqual({
    Invocations: 1,
    InvocationAttempts: 3,
    SuccessfulInvocationAttempts: 0,
    RetryInvocationAttempts: 2,
    FailedInvocations: 1,
    InvocationsSentToDlq: 1,
    InvocationsFailedToBeSentToDlq: 0,
  });
});

const place = (rank: number): { accountId: string } => ({ accountId: `${rank}`.repeat(12) });

rule(45, "from bus to bus an event crosses accounts once", "bus.any-hops", async (play) => {
  const g = new GraphBuilder();
  const names = ["one", "two", "three"] as const;
  const buses = names.map((name, rank) => g.bus(name, place(rank + 1)));
  const [one = "", two = "", three = ""] = buses;
  const all = { source: ["shop"] };
  g.target(g.rule("first", one, all, place(1)), two);
  g.target(g.rule("second", two, all, place(2)), three);
  const fn = g.fn("end");
  g.target(g.rule("third", three, all, place(3)), fn);
  const near = g.fn("near");
  g.target(g.rule("near", two, all, place(2)), near);
  const send = [{ at: "0s", to: one, events: [placed("e1")] }];
  const played = await play(g, { functions: { [fn]: succeeds, [near]: succeeds }, send });
  const outcome = (consumer: string): unknown => played.of("e1").find((entry) => entry.consumer === consumer);
  expect(outcome(near)).toMatchObject({ outcome: "processed" });
  expect(outcome(fn)).toMatchObject({ outcome: "dropped" });
});

rule(47, "Scheduler has the same limits, and attributes of its own", "rule.bare-dead-letter", async (play) => {
  const g = new GraphBuilder();
  const schedule = g.schedule("nightly");
  const fn = g.fn("nightly");
  const letters = g.queue("letters");
  g.destination("dead-letter", "target", g.target(schedule, fn, { maximumRetryAttempts: 1 }), letters);
  const send = [{ at: "10s", to: schedule, fires: [{ id: "t1" }] }];
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send,
    faults: [{ at: "0s", for: "10m", unavailable: fn }],
  });
  const [delivery] = played.delivered("t1");
  expect(Object.keys(delivery?.attributes ?? {}).toSorted()).toEqual([
    "ERROR_CODE",
    "ERROR_MESSAGE",
    "EXECUTION_ID",
    "EXHAUSTED_RETRY_CONDITION",
    "IS_PAYLOAD_TRUNCATED",
    "RETRY_ATTEMPTS",
    "SCHEDULED_TIME",
    "SCHEDULE_ARN",
    "TARGET_ARN",
  ]);
  expect(attribute(delivery, "SCHEDULED_TIME")).toBe("2026-01-01T00:00:10Z");
});

rule(47, "what a schedule puts on a bus is called as it says", "schedule.fixed-source", async (play) => {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const schedule = g.schedule("nightly");
  const [own, other] = [g.fn("own"), g.fn("other")];
  g.target(g.rule("own", bus, { source: ["shop.clock"], "detail-type": ["Due"], detail: { n: [1] } }), own);
  g.target(g.rule("other", bus, { source: ["aws.scheduler"] }), other);
  g.target(schedule, bus, {
    event: { source: "shop.clock", detailType: "Due" },
    input: { kind: "constant", text: '{"n":1}' },
  });
  const send = [{ at: "0s", to: schedule, fires: [{ id: "t1" }] }];
  const played = await play(g, { functions: { [own]: succeeds, [other]: succeeds }, send });
  expect(played.one("t1")).toMatchObject({ outcome: "processed", consumer: own });
});

/** A topic with one function, and a dead-letter queue of its subscription. */
function news(options: { permission?: "missing"; letters?: boolean } = {}) {
  const g = new GraphBuilder();
  const topic = g.topic("orders");
  const fn = g.fn("mail");
  const letters = g.queue("letters");
  const subscription = g.subscription(
    topic,
    fn,
    options.permission === undefined ? {} : { permission: options.permission },
  );
  if (options.letters !== false) g.destination("dead-letter", "subscription", subscription, letters);
  const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: { orderId: "A-1" } }] }];
  return { g, topic, fn, letters, send, functions: { [fn]: succeeds } };
}

rule(
  48,
  "SNS tries 3 times at once, 2 after 1 s, 10 from 1 s to 20 s, then every 20 s",
  "topic.no-retries",
  async (play) => {
    const { g, fn, topic, send, functions } = news();
    const tries = [0];
    while (tries.length < 16) {
      // The first try after an outage that has just outlasted the one before.
      const outage = `${(tries.at(-1) ?? 0) + 1}ms`;
      const played = await play(g, { functions, send, faults: [{ at: "0s", for: outage, unavailable: fn }] });
      expect(played.figures(topic)).toMatchObject({ NumberOfNotificationsFailed: 0 });
      tries.push(played.ran("n1")[0]?.at ?? Number.NaN);
    }
    const early = [1_000, 1_000];
    const growing = [1_000, 1_395, 1_946, 2_714, 3_786, 5_282, 7_368, 10_278, 14_337, 20_000];
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(waits).toEqual([...early, ...growing, 20_000, 20_000, 20_000]);
  },
);

rule(48, "100,015 tries: the last one after 23 days and 3.6 hours", "topic.no-retries", async (play) => {
  const { g, fn, topic, letters, send, functions } = news();
  // 70,106 ms to the fifteenth try, as above; 100,000 more.
  const last = 70_106 + 100_000 * 20_000;
  const after = async (outageMs: number): Promise<unknown> => {
    const faults = [{ at: "0s", for: `${outageMs}ms`, unavailable: fn }];
    const played = await play(g, { functions, send, faults, until: "24d" });
    const { outcome, endedAt, where } = played.one("n1");
    return [outcome, endedAt, where, played.figures(topic).NumberOfNotificationsRedrivenToDlq];
  };
  expect(await after(last)).toEqual(["processed", last + 100, undefined, 0]);
  expect(await after(last + 1)).toEqual(["retained", last, [letters], 1]);
});

rule(49, "a refusal is not retried", "delivery.retries-everything", async (play) => {
  const { g, topic, letters, send, functions } = news({ permission: "missing" });
  const played = await play(g, { functions, send });
  expect(played.delivered("n1")).toMatchObject([{ at: 0, to: letters, via: "subscription-dead-letter" }]);
  expect(played.figures(topic)).toMatchObject({
    NumberOfNotificationsFailed: 1,
    NumberOfNotificationsRedrivenToDlq: 1,
  });
});

rule(50, "the dead-letter queue is the subscription's, of the topic's type", "topic.no-dead-letter", async (play) => {
  const { g, fn, letters, send, functions } = news({ permission: "missing" });
  const played = await play(g, { functions, send });
  expect(played.one("n1")).toMatchObject({ outcome: "retained", where: [letters], consumer: fn });
  const bare = news({ permission: "missing", letters: false });
  expect((await play(bare.g, { functions, send })).one("n1")).toMatchObject({ outcome: "dropped" });
});

rule(50, "of the topic's type: FIFO for FIFO, standard for standard", "topic.no-dead-letter", async (play) => {
  const ended = async (topicIsFifo: boolean, lettersAreFifo: boolean): Promise<unknown> => {
    const g = new GraphBuilder();
    const topic = g.topic("orders", { fifo: topicIsFifo });
    const subscription = g.subscription(topic, g.queue("work", { fifo: topicIsFifo }), { permission: "missing" });
    g.destination("dead-letter", "subscription", subscription, g.queue("letters", { fifo: lettersAreFifo }));
    const notifications = [{ id: "n1", message: 1, messageGroupId: "g" }];
    const played = await play(g, { send: [{ at: "0s", to: topic, notifications }] });
    return [played.one("n1").outcome, played.figures(topic).NumberOfNotificationsFailedToRedriveToDlq];
  };
  expect([await ended(true, true), await ended(false, false)]).toEqual([
    ["retained", 0],
    ["retained", 0],
  ]);
  expect([await ended(true, false), await ended(false, true)]).toEqual([
    ["dropped", 1],
    ["dropped", 1],
  ]);
});

rule(51, "once Lambda has accepted, SNS is done", "async.source-sees-throttles", async (play) => {
  const { g, fn, topic, letters, send } = news();
  const faults = [{ at: "0s", for: "5s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: failsAlways }, send, faults });
  expect(played.one("n1")).toMatchObject({ outcome: "dropped", attempts: 3 });
  expect(played.ran("n1")[0]?.at).toBe(7_000);
  expect(played.figures(letters)).toMatchObject({ visible: 0 });
  expect(played.figures(topic)).toMatchObject({ NumberOfNotificationsDelivered: 1 });
});

rule(52, "a dead letter is the envelope, or, of a raw subscription, the message", "topic.never-raw", async (play) => {
  const { g, send, functions } = news({ permission: "missing" });
  const wrapped = await play(g, { functions, send });
  expect(wrapped.delivered("n1")[0]?.body).toMatchObject({
    Type: "Notification",
    TopicArn: "arn:aws:sns:eu-west-1:111122223333:orders",
    Message: '{"orderId":"A-1"}',
  });
  const raw = new GraphBuilder();
  const topic = raw.topic("orders");
  const subscription = raw.subscription(topic, raw.queue("work"), { raw: true, permission: "missing" });
  raw.destination("dead-letter", "subscription", subscription, raw.queue("letters"));
  const notifications = [{ id: "n1", message: { orderId: "A-1" }, attributes: { tenant: "t1" } }];
  const played = await play(raw, { send: [{ at: "0s", to: topic, notifications }] });
  expect(played.delivered("n1")[0]).toMatchObject({
    body: { orderId: "A-1" },
    attributes: { tenant: { DataType: "String", StringValue: "t1" } },
  });
});

rule(53, "what filter policies pass over is counted, and filtered", "topic.policy-ignored", async (play) => {
  const g = new GraphBuilder();
  const topic = g.topic("orders");
  const [byAttribute, byBody] = [g.fn("attribute"), g.fn("body")];
  g.subscription(topic, byAttribute, { filterPolicy: { tenant: [{ prefix: "t" }], size: [{ numeric: [">", 5] }] } });
  g.subscription(topic, byBody, {
    filterPolicy: { order: { total: [{ numeric: [">=", 100] }] } },
    scope: "MessageBody",
  });
  const notifications = [
    { id: "both", message: { order: { total: 100 } }, attributes: { tenant: "t1", size: 6 } },
    { id: "neither", message: { order: { total: 99 } }, attributes: { tenant: "t1", size: 5 } },
  ];
  const functions = { [byAttribute]: succeeds, [byBody]: succeeds };
  const played = await play(g, { functions, send: [{ at: "0s", to: topic, notifications }] });
  expect(played.of("both").map(({ outcome }) => outcome)).toEqual(["processed", "processed"]);
  expect(played.of("neither").map(({ outcome }) => outcome)).toEqual(["filtered", "filtered"]);
  expect(played.figures(topic)).toMatchObject({ NumberOfNotificationsFilteredOut: 2 });
});
