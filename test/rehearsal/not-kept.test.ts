/** What looks kept or settled and is not: it has to be told as lost. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, failsOnPoison, type Played, play, succeeds } from "./play.ts";

/** An archive of everything. @param days for which it keeps it; 0: for ever. */
const archiveFor = (days: number) =>
  ({
    address: "aws_cloudwatch_event_archive.all",
    location: null,
    eventPattern: { value: null, from: "default" },
    retentionDays: { value: days, from: "configuration" },
  }) as const;

describe("a message that is older than its dead-letter queue keeps anything", () => {
  const aged = (consumed: boolean, until: object): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { visibilityTimeout: 3_600 });
    const letters = g.queue("letters", { messageRetentionPeriod: 3_600 });
    const fn = g.fn("work");
    const reader = g.fn("letters");
    g.mapping(queue, fn);
    g.redrive(queue, letters, 2);
    if (consumed) g.mapping(letters, reader);
    const send = [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }];
    return play(g, { functions: { [fn]: failsAlways, [reader]: succeeds }, send, ...until });
  };

  it("is gone on arrival, whenever the run ends", async () => {
    for (const until of [{}, { until: "12h" }]) {
      const played = await aged(false, until);
      expect(played.one("m1")).toMatchObject({ outcome: "expired", endedAt: 7_200_000, attempts: 2 });
      expect(played.one("m1").why).toMatch(/^R59:/);
      expect(played.figures("aws_sqs_queue.letters")).toMatchObject({ visible: 0 });
    }
  });

  it("is not read there any more", async () => {
    const played = await aged(true, {});
    expect(played.one("m1")).toMatchObject({ outcome: "expired", attempts: 2 });
  });
});

describe("a pointer to a record that its stream has forgotten (R107)", () => {
  const dayMs = 86_400_000;
  const letters = (kind: "queue" | "bucket", more: object, reader = false): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks");
    const fn = g.fn("clicks");
    const net = kind === "queue" ? g.queue("letters", { delaySeconds: 900 }) : g.bucket("letters");
    g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), net);
    const triage = g.fn("triage");
    if (reader) g.mapping(net, triage);
    const functions = { [fn]: failsAlways, [triage]: succeeds };
    const send = [
      { at: "0s", to: stream, records: [{ id: "r1", data: 1 }] },
      { at: "1h", to: stream, records: [{ id: "r2", data: 2 }] },
    ];
    return play(g, { functions, send, ...more });
  };

  it("is retained as long as the record can be read", async () => {
    const played = await letters("queue", { until: "24h" });
    expect(played.one("r1")).toMatchObject({ outcome: "expired", endedAt: dayMs, attempts: 1 });
    expect(played.one("r1").why).toMatch(/^R107: .*aws_sqs_queue\.letters/);
    expect(played.one("r2")).toMatchObject({ outcome: "retained", where: ["aws_sqs_queue.letters"] });
    for (const until of ["3d", "10d"]) {
      const later = await letters("queue", { until });
      expect(later.events.map(({ outcome }) => outcome)).toEqual(["expired", "expired"]);
    }
  });

  it("is retained for a run that ends before, and in a bucket, which has the payload", async () => {
    expect((await letters("queue", {})).one("r1").outcome).toBe("retained");
    expect((await letters("bucket", { until: "3d" })).one("r1")).toMatchObject({ outcome: "retained" });
  });

  it("is of use to a function only as long", async () => {
    expect((await letters("queue", { until: "3d" }, true)).one("r1")).toMatchObject({ outcome: "retained" });
    const faults = [{ at: "0s", for: "25h", throttle: "aws_lambda_function.triage" }];
    const late = await letters("queue", { until: "2d", faults }, true);
    expect(late.ran("r1").at(-1)).toMatchObject({ function: "aws_lambda_function.triage", outcome: "success" });
    expect(late.one("r1")).toMatchObject({ outcome: "expired", endedAt: dayMs });
    expect(late.one("r1").why).toMatch(/^R107: /);
  });

  it("was lost when the stream forgot, not when its net did", async () => {
    for (const [until, why, endedAt] of [
      ["5d", /^R107: /, dayMs],
      ["12h", /^R59: /, 3_600_100],
    ] as const) {
      const g = new GraphBuilder();
      const stream = g.stream("clicks");
      const fn = g.fn("clicks");
      const net = g.queue("letters", { messageRetentionPeriod: until === "5d" ? 345_600 : 3_600 });
      g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), net);
      const send = [{ at: "0s", to: stream, records: [{ id: "r1", data: 1 }] }];
      const played = await play(g, { functions: { [fn]: failsAlways }, send, until });
      expect(played.one("r1")).toMatchObject({ outcome: "expired", endedAt, why: expect.stringMatching(why) });
    }
  });

  it.each([
    ["arn:aws:sqs:eu-west-1:999999999999:letters", "sqs", "expired"],
    ["arn:aws:s3:::letters", "s3", "retained"],
  ])("is kept in %s outside the configuration as in one within", async (address, service, outcome) => {
    const played = async (more: object): Promise<Played> => {
      const g = new GraphBuilder();
      const stream = g.stream("clicks");
      const fn = g.fn("clicks");
      const net = g.external(address, service);
      g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), net);
      const record = (id: string, at: string): object => ({ at, to: stream, records: [{ id, data: "poison" }] });
      return await play(g, {
        functions: { [fn]: failsAlways },
        send: [record("r1", "0s"), record("r2", "3d")],
        ...more,
      });
    };
    for (const more of [{}, { until: "73h" }]) {
      const told = await played(more);
      expect(told.of("r1")).toMatchObject([{ outcome, attempts: 1 }]);
      expect(told.of("r2")).toMatchObject([{ outcome: "retained", where: [address] }]);
      if (outcome === "expired") {
        expect(told.one("r1")).toMatchObject({ endedAt: dayMs, why: expect.stringMatching(/^R107: .*letters/) });
      } else expect(told.delivered("r1")[0]?.body).toHaveProperty("payload");
    }
    expect((await played({ until: "5d" })).one("r2").outcome).toBe(outcome);
  });

  it("is of use to an invocation that began before the stream forgot, and ended after", async () => {
    const handedOver = async (delaySeconds: number): Promise<Played> => {
      const g = new GraphBuilder();
      const stream = g.stream("clicks");
      const [fn, triage] = [g.fn("clicks"), g.fn("triage", { timeout: 900 })];
      const net = g.queue("letters", { visibilityTimeout: 900, delaySeconds });
      g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), net);
      g.mapping(net, triage);
      const slow = { outcomes: [{ then: { succeed: null }, takes: "10m" }] };
      const send = [{ at: "0s", to: stream, records: [{ id: "r1", data: 1 }] }];
      // Given up minutes before a day is over.
      const faults = [{ at: "0s", for: "86100s", throttle: fn }];
      return await play(g, { functions: { [fn]: failsAlways, [triage]: slow }, send, faults, until: "2d" });
    };
    const [inTime, late] = [await handedOver(0), await handedOver(900)];
    const [read] = inTime.invocations.slice(-1);
    expect(read).toMatchObject({ function: "aws_lambda_function.triage", outcome: "success", ms: 600_000 });
    expect(read?.at).toBeLessThan(dayMs);
    expect((read?.at ?? 0) + 600_000).toBeGreaterThan(dayMs);
    expect(inTime.one("r1")).toMatchObject({ outcome: "retained", where: ["aws_lambda_function.triage"] });
    expect(late.one("r1")).toMatchObject({ outcome: "expired", endedAt: dayMs });
    expect(late.one("r1").why).toMatch(/^R107: forgotten before aws_lambda_function\.triage got/);
  });
});

describe("an archive with a retention", () => {
  const archived = (days: number, until: object): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const archive = archiveFor(days);
    const bus = g.bus("shop", { archives: [archive] });
    const rule = g.rule("orders", bus, { source: ["shop"] });
    const fn = g.fn("orders");
    g.target(rule, fn);
    const send = [{ at: "0s", to: bus, events: [{ id: "e1", source: "shop", detailType: "t", detail: {} }] }];
    return play(g, { functions: { [fn]: failsAlways }, send, ...until });
  };

  it("retains until it ends", async () => {
    const played = await archived(1, { until: "3d" });
    expect(played.one("e1")).toMatchObject({ outcome: "expired", endedAt: 86_400_000, attempts: 3 });
    expect(played.one("e1").why).toMatch(/^R\d+: .*aws_cloudwatch_event_archive\.all/);
    const where = ["aws_cloudwatch_event_archive.all"];
    expect((await archived(1, {})).one("e1")).toMatchObject({ outcome: "retained", where });
    expect((await archived(4, { until: "3d" })).one("e1")).toMatchObject({ outcome: "retained", where });
    expect((await archived(0, { until: "300d" })).one("e1")).toMatchObject({ outcome: "retained", where });
  });
});

describe("the archive of a bus that takes failures", () => {
  const failed = async (days: number, more: object): Promise<Played> => {
    const g = new GraphBuilder();
    const archive = archiveFor(days);
    const [fn, bus] = [g.fn("work", { retries: 0 }), g.bus("failures", { archives: [archive] })];
    g.destination("on-failure", "function", fn, bus);
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }];
    return await play(g, { functions: { [fn]: failsAlways }, send, ...more });
  };

  it("retains the record that leads to the event, whatever no rule wants", async () => {
    const played = await failed(0, {});
    const where = ["aws_cloudwatch_event_archive.all"];
    expect(played.one("i1")).toMatchObject({ outcome: "retained", where, attempts: 1 });
    expect(played.one("i1")).not.toHaveProperty("lostToo");
    const [record] = played.delivered("i1").filter(({ via }) => via === "archive");
    expect(record?.body).toMatchObject({ detail: { requestPayload: 1 } });
  });

  it("of what its record only points to, until the stream forgets it", async () => {
    const g = new GraphBuilder();
    const archive = archiveFor(0);
    const [stream, fn, bus] = [g.stream("clicks"), g.fn("clicks"), g.bus("failures", { archives: [archive] })];
    const topic = g.topic("failed");
    const forward = g.fn("forward", { retries: 0 });
    g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), topic);
    g.subscription(topic, forward);
    g.destination("on-failure", "function", forward, bus);
    const send = [{ at: "0s", to: stream, records: [{ id: "r1", data: "poison" }] }];
    const played = await play(g, { functions: { [fn]: failsAlways, [forward]: failsAlways }, send, until: "3d" });
    expect(played.delivered("r1").map(({ via }) => via)).toContain("archive");
    expect(played.one("r1")).toMatchObject({ outcome: "expired", endedAt: 86_400_000 });
  });

  it("and no longer than its retention", async () => {
    const played = await failed(1, { until: "3d" });
    expect(played.one("i1")).toMatchObject({ outcome: "expired", endedAt: 86_400_100 });
    expect(played.one("i1").why).toBe("the retention of aws_cloudwatch_event_archive.all ran out");
    expect((await failed(4, { until: "3d" })).one("i1").outcome).toBe("retained");
  });
});

it("an archive whose retention is over keeps nothing of what one of two ways lost", async () => {
  const g = new GraphBuilder();
  const archive = archiveFor(1);
  const bus = g.bus("shop", { archives: [archive] });
  const fn = g.fn("work", { retries: 0 });
  for (const name of ["fine", "poison"]) {
    g.target(g.rule(name, bus, { source: ["s"] }), fn, { input: { kind: "constant", text: JSON.stringify(name) } });
  }
  const send = [{ at: "0s", to: bus, events: [{ id: "e1", source: "s", detailType: "t", detail: {} }] }];
  const played = await play(g, { until: "3d", functions: { [fn]: failsOnPoison }, send });
  expect(played.one("e1")).toMatchObject({ outcome: "processed", lostToo: true });
});

describe("an archive whose retention is over", () => {
  const archived = async (matches: boolean, until: object): Promise<Played> => {
    const g = new GraphBuilder();
    const archive = archiveFor(1);
    const bus = g.bus("shop", { archives: [archive] });
    const fn = g.fn("orders");
    g.target(g.rule("orders", bus, { source: [matches ? "shop" : "other"] }), fn);
    const event = (id: string, at: string): object => {
      return { at, to: bus, events: [{ id, source: "shop", detailType: "t", detail: {} }] };
    };
    return await play(g, { functions: { [fn]: succeeds }, send: [event("e1", "0s"), event("e2", "2d")], ...until });
  };
  const where = ["aws_cloudwatch_event_archive.all"];

  it.each([
    ["with", { until: "49h" }],
    ["without", {}],
  ])("keeps nothing of what was processed, or wanted by nobody (%s until)", async (_, until) => {
    const processed = await archived(true, until);
    expect(processed.one("e1")).toMatchObject({ outcome: "processed" });
    expect(processed.one("e1")).not.toHaveProperty("retainedToo");
    expect(processed.one("e1")).not.toHaveProperty("where");
    expect(processed.one("e2")).toMatchObject({ outcome: "processed", retainedToo: true, where });
    const unmatched = await archived(false, until);
    expect(unmatched.one("e1")).toMatchObject({ outcome: "unmatched" });
    expect(unmatched.one("e1")).not.toHaveProperty("where");
    expect(unmatched.one("e2")).toMatchObject({ outcome: "unmatched", where });
  });
});

describe("a mapping's filter on what failed before (R65)", () => {
  it("deletes from a dead-letter queue: dropped", async () => {
    const g = new GraphBuilder();
    const [queue, letters] = [g.queue("work"), g.queue("letters")];
    const [fn, reader] = [g.fn("work"), g.fn("reader")];
    g.mapping(queue, fn);
    g.mapping(letters, reader, { filterCriteria: [{ body: { x: [1] } }] });
    g.redrive(queue, letters, 2);
    const messages = [
      { id: "m1", body: { x: 1 } },
      { id: "m2", body: { x: 2 } },
    ];
    const functions = { [fn]: failsAlways, [reader]: succeeds };
    const played = await play(g, { functions, send: [{ at: "0s", to: queue, messages }] });
    expect(played.one("m1").outcome).toBe("processed");
    expect(played.one("m2")).toMatchObject({ outcome: "dropped", attempts: 2 });
    expect(played.one("m2").why).toMatch(/^R65:/);
  });

  it("deletes what another mapping of the queue has tried: dropped; what nobody tried: filtered", async () => {
    const g = new GraphBuilder();
    const queue = g.queue("work");
    const [fn, picky] = [g.fn("work"), g.fn("picky")];
    g.mapping(queue, fn, { batchSize: 1 });
    g.mapping(queue, picky, { batchSize: 1, filterCriteria: [{ body: { x: [1] } }] });
    const messages = Array.from({ length: 9 }, (_, index) => ({ id: `m${index}`, body: { x: 2 } }));
    const functions = { [fn]: failsAlways, [picky]: succeeds };
    const played = await play(g, { functions, send: [{ at: "0s", to: queue, messages }] });
    const filtered = played.events.filter(({ outcome }) => outcome === "filtered");
    expect(filtered.length).toBeGreaterThan(0);
    expect(filtered.filter(({ attempts }) => attempts > 0)).toEqual([]);
    const deleted = played.events.filter(({ why }) => why?.startsWith("R65:") === true);
    expect(deleted.length).toBeGreaterThan(0);
    expect(deleted.filter(({ attempts, outcome }) => attempts === 0 || outcome !== "dropped")).toEqual([]);
  });
});

describe("a FIFO queue without content-based deduplication, behind what gives no id for it", () => {
  const events = [{ id: "e1", source: "shop", detailType: "t", detail: {} }];

  it("refuses what a rule brings (R36)", async () => {
    for (const contentBasedDeduplication of [false, true]) {
      const g = new GraphBuilder();
      const bus = g.bus("shop");
      const rule = g.rule("orders", bus, { source: ["shop"] });
      const queue = g.queue("work.fifo", { fifo: true, contentBasedDeduplication });
      const fn = g.fn("work");
      g.mapping(queue, fn);
      const target = g.target(rule, queue, { messageGroupId: "g" });
      const letters = g.queue("letters");
      g.destination("dead-letter", "target", target, letters);
      const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: bus, events }] });
      if (contentBasedDeduplication) expect(played.one("e1").outcome).toBe("processed");
      else {
        expect(played.one("e1")).toMatchObject({ outcome: "retained", where: [letters], attempts: 0 });
        const code = { ERROR_CODE: { StringValue: "INVALID_PARAMETER" }, RETRY_ATTEMPTS: { StringValue: "0" } };
        expect(played.delivered("e1")).toMatchObject([{ attributes: code }]);
      }
    }
  });

  it("refuses what a schedule brings", async () => {
    const g = new GraphBuilder();
    const schedule = g.schedule("nightly");
    const queue = g.queue("work.fifo", { fifo: true });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    g.target(schedule, queue, { messageGroupId: "g" });
    const send = [{ at: "0s", to: schedule, fires: [{ id: "t1" }] }];
    const played = await play(g, { functions: { [fn]: succeeds }, send });
    expect(played.one("t1")).toMatchObject({ outcome: "dropped", attempts: 0 });
    expect(played.one("t1").why).toMatch(/^R81: .*deduplication/);
  });
});

describe("a FIFO topic, of what has no message group or no id for deduplication", () => {
  const fifoTopic = (contentBasedDeduplication: boolean): { g: GraphBuilder; topic: string; fn: string } => {
    const g = new GraphBuilder();
    const topic = g.topic("news.fifo", { fifo: true, contentBasedDeduplication });
    const queue = g.queue("work.fifo", { fifo: true });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    g.subscription(topic, queue);
    return { g, topic, fn };
  };

  it.each([
    ["nothing for duplicates, and no group", false, {}, /^R81: .*without group for aws_sns_topic\.news\.fifo/],
    ["no group", true, {}, /^R81: .*without group for aws_sns_topic\.news\.fifo/],
    ["a queue's group", true, { messageGroupId: "g" }, /^R81: .*without group for aws_sns_topic\.news\.fifo/],
  ] as const)(
    "refuses what a rule brings with %s, at once and into the target's net",
    async (_, byContent, given, why) => {
      for (const net of [false, true]) {
        const { g, topic, fn } = fifoTopic(byContent);
        const bus = g.bus("shop");
        const target = g.target(g.rule("orders", bus, { source: ["shop"] }), topic, given);
        const letters = g.queue("letters");
        if (net) g.destination("dead-letter", "target", target, letters);
        const events = [{ id: "e1", source: "shop", detailType: "t", detail: {} }];
        const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: bus, events }] });
        const lost = net
          ? { outcome: "retained", where: [letters] }
          : { outcome: "dropped", why: expect.stringMatching(why) };
        expect(played.one("e1")).toMatchObject({ consumer: fn, attempts: 0, endedAt: 0, ...lost });
        expect(played.figures(topic)).toMatchObject({ NumberOfMessagesPublished: 0 });
        if (net)
          expect(played.delivered("e1")).toMatchObject([{ attributes: { RETRY_ATTEMPTS: { StringValue: "0" } } }]);
      }
    },
  );

  it("refuses what a bucket notifies it of, which has neither", async () => {
    const { g, topic, fn } = fifoTopic(true);
    const bucket = g.bucket("photos");
    g.notification(bucket, topic);
    const send = [{ at: "0s", to: bucket, objects: [{ id: "o1", key: "k" }] }];
    const played = await play(g, { functions: { [fn]: succeeds }, send });
    expect(played.one("o1")).toMatchObject({ consumer: fn, outcome: "dropped", attempts: 0 });
    expect(played.one("o1").why).toMatch(/^R81: /);
  });

  it("takes what a scenario sends, whose id serves", async () => {
    const { g, topic, fn } = fifoTopic(false);
    const notifications = [{ id: "n1", message: 1, messageGroupId: "g" }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: topic, notifications }] });
    expect(played.one("n1")).toMatchObject({ outcome: "processed", consumer: fn });
  });
});

it("a standard topic has no FIFO queue as a subscriber: AWS refuses the subscription", async () => {
  const g = new GraphBuilder();
  const topic = g.topic("orders");
  const queue = g.queue("work.fifo", { fifo: true, contentBasedDeduplication: true });
  const fn = g.fn("work");
  g.mapping(queue, fn);
  g.subscription(topic, queue);
  const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1, messageGroupId: "g" }] }];
  const played = await play(g, { functions: { [fn]: succeeds }, send });
  expect(played.one("n1")).toMatchObject({ consumer: fn, outcome: "dropped", attempts: 0 });
  expect(played.one("n1").why).toMatch(/^R50: .*FIFO/);
});

describe("an on-success record that no consumer gets", () => {
  const denied = (end: "topic" | "bus"): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const fn = g.fn("mail");
    const queue = g.queue("sent");
    const through = end === "topic" ? g.topic("sent") : g.bus("sent");
    g.destination("on-success", "function", fn, through);
    if (end === "topic") g.subscription(through, queue, { permission: "missing" });
    else g.target(g.rule("sent", through, { source: ["lambda"] }), queue, { permission: "missing" });
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }];
    return play(g, { functions: { [fn]: succeeds }, send });
  };

  it("opens none at the consumer of a net either", async () => {
    const g = new GraphBuilder();
    const [fn, reader] = [g.fn("mail"), g.fn("reader")];
    const [sent, letters] = [g.queue("sent"), g.queue("letters")];
    const topic = g.topic("sent");
    g.destination("on-success", "function", fn, topic);
    const subscription = g.subscription(topic, sent, { permission: "missing" });
    g.destination("dead-letter", "subscription", subscription, letters);
    g.mapping(letters, reader);
    const functions = { [fn]: succeeds, [reader]: succeeds };
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }];
    const played = await play(g, { functions, send });
    expect(played.one("i1")).toMatchObject({ consumer: fn, outcome: "processed" });
    expect(played.invocations.map((row) => row.function)).toEqual([fn, reader]);
  });

  it.each(["topic", "bus"] as const)("opens no entry of its own behind a %s", async (end) => {
    const played = await denied(end);
    expect(played.one("i1")).toMatchObject({ outcome: "processed" });
    expect(played.totals).toMatchObject({ entries: 1, processed: 1, dropped: 0 });
  });
});

it("a tumbling window that is given up is said, though its records were processed (R115)", async () => {
  const lost = (again: boolean): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks");
    const fn = g.fn("clicks");
    g.mapping(stream, fn, { id: "clicks", tumblingWindowInSeconds: 10, maximumRetryAttempts: 1 });
    const kept = { when: { contains: "click" }, then: { succeed: { state: { sum: 1 } } } };
    const outcomes = [kept, { times: again ? 1 : 2, then: "crash" }];
    const send = [{ at: "0s", to: stream, records: [{ id: "r1", data: "click" }] }];
    return play(g, { functions: { [fn]: { outcomes } }, send });
  };
  const windows = async (again: boolean): Promise<readonly object[]> =>
    (await lost(again)).assumptions.filter(({ name }) => name.endsWith(".window"));
  expect(await windows(true)).toEqual([]);
  expect(await windows(false)).toMatchObject([{ name: "clicks.window", value: expect.stringContaining("given up") }]);
});
