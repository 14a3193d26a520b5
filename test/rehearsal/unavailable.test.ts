/** What a service that does not answer does to whatever needs it: everything waits, and nothing is taken meanwhile. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

const tenMinutes = 600_000;

describe("a function that is unavailable", () => {
  it("is like a throttled one to a queue, which gives it the message once it answers (R64)", async () => {
    const g = new GraphBuilder();
    const [queue, fn] = [g.queue("work"), g.fn("work")];
    g.mapping(queue, fn);
    const played = await play(g, {
      functions: { [fn]: succeeds },
      faults: [{ at: "0s", for: "10m", unavailable: fn }],
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    });
    expect(played.one("m1")).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(played.one("m1").endedAt).toBeGreaterThanOrEqual(tenMinutes);
    // The service did not answer: it throttled nothing, and invoked nothing.
    expect(played.figures(fn)).toMatchObject({ Invocations: 1, Throttles: 0, Errors: 0 });
    expect(played.invocations).toHaveLength(1);
  });

  it("uses up the receives of a queue, as throttles do (R64, R60)", async () => {
    const g = new GraphBuilder();
    const [queue, letters, fn] = [g.queue("work", { visibilityTimeout: 60 }), g.queue("letters"), g.fn("work")];
    g.mapping(queue, fn);
    g.redrive(queue, letters, 3);
    const played = await play(g, {
      functions: { [fn]: succeeds },
      faults: [{ at: "0s", for: "10m", unavailable: fn }],
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    });
    expect(played.one("m1")).toMatchObject({ outcome: "retained", where: [letters], attempts: 0 });
  });

  it("uses up no retry of a stream's mapping (R92)", async () => {
    const g = new GraphBuilder();
    const [stream, fn] = [g.stream("clicks"), g.fn("clicks")];
    g.mapping(stream, fn, { maximumRetryAttempts: 0 });
    const played = await play(g, {
      functions: { [fn]: succeeds },
      faults: [{ at: "0s", for: "10m", unavailable: fn }],
      send: [{ at: "0s", to: stream, records: [{ id: "r1", data: 1 }] }],
    });
    expect(played.one("r1")).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(played.one("r1").endedAt).toBeGreaterThanOrEqual(tenMinutes);
  });

  it("has accepted events wait, counted as no attempt, until their age is over (R11)", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0 });
    const letters = g.queue("letters");
    g.destination("on-failure", "function", fn, letters);
    // Accepted before the outage; the only invocation comes after it.
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] }];
    const functions = { [fn]: { outcomes: [{ times: 1, then: "throttle" }] } };
    const played = await play(g, { functions, send, faults: [{ at: "100ms", for: "10m", unavailable: fn }] });
    expect(played.one("i1")).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(played.one("i1").endedAt).toBeGreaterThanOrEqual(tenMinutes);
    const longer = await play(g, { functions, send, faults: [{ at: "100ms", for: "7h", unavailable: fn }] });
    expect(longer.one("i1")).toMatchObject({ outcome: "retained", where: [letters], attempts: 0 });
    expect(longer.delivered("i1")).toMatchObject([{ body: { requestContext: { condition: "EventAgeExceeded" } } }]);
  });
});

describe("what a scenario sends to a service that is unavailable", () => {
  it("is sent again until the service takes it: its time counts from when it was sent first", async () => {
    const g = new GraphBuilder();
    const [queue, topic, bus, stream, table, bucket] = [
      g.queue("work"),
      g.topic("news"),
      g.bus("shop"),
      g.stream("clicks"),
      g.table("orders"),
      g.bucket("photos"),
    ];
    const rule = g.rule("all", bus, { source: ["s"] });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    g.mapping(stream, fn);
    g.mapping(table, fn);
    g.subscription(topic, fn);
    g.target(rule, fn);
    g.notification(bucket, fn);
    const places = [queue, topic, bus, stream, table, bucket];
    const played = await play(g, {
      functions: { [fn]: succeeds },
      faults: places.map((unavailable) => ({ at: "0s", for: "10m", unavailable })),
      send: [
        { at: "1s", to: queue, messages: [{ id: "m1", body: 1 }] },
        { at: "1s", to: topic, notifications: [{ id: "n1", message: 1 }] },
        { at: "1s", to: bus, events: [{ id: "e1", source: "s", detailType: "t", detail: {} }] },
        { at: "1s", to: stream, records: [{ id: "r1", data: 1 }] },
        { at: "1s", to: table, puts: [{ id: "p1", item: { pk: "1" } }] },
        { at: "1s", to: bucket, objects: [{ id: "o1", key: "a" }] },
      ],
    });
    for (const id of ["m1", "n1", "e1", "r1", "p1", "o1"]) {
      expect([id, played.one(id)]).toMatchObject([id, { outcome: "processed", sentAt: 1_000 }]);
      expect(played.one(id).endedAt).toBeGreaterThanOrEqual(tenMinutes);
    }
    expect(played.assumptions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(places.map((place) => `${place}.unavailable`)),
    );
  });

  it("is pending where the run ends first", async () => {
    const g = new GraphBuilder();
    const [queue, fn] = [g.queue("work"), g.fn("work")];
    g.mapping(queue, fn);
    const played = await play(g, {
      until: "5m",
      functions: { [fn]: succeeds },
      faults: [{ at: "0s", for: "10m", unavailable: queue }],
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    });
    expect(played.one("m1")).toMatchObject({ outcome: "pending", endedAt: 300_000 });
    expect(played.totals.sent).toBe(1);
  });
});

describe("a dead-letter queue that is unavailable", () => {
  it("gets what is to be moved once it answers; until then nobody receives it", async () => {
    const g = new GraphBuilder();
    const [queue, letters, fn] = [g.queue("work"), g.queue("letters"), g.fn("work")];
    g.mapping(queue, fn);
    g.redrive(queue, letters, 1);
    const played = await play(g, {
      functions: { [fn]: failsAlways },
      faults: [{ at: "0s", for: "10m", unavailable: letters }],
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    });
    expect(played.one("m1")).toMatchObject({ outcome: "retained", where: [letters], attempts: 1 });
    expect(played.delivered("m1")).toMatchObject([{ at: tenMinutes, to: letters, via: "redrive-policy" }]);
  });

  it("of a FIFO queue: its group waits behind it, in order", async () => {
    const g = new GraphBuilder();
    const queue = g.queue("work.fifo", { fifo: true });
    const letters = g.queue("letters.fifo", { fifo: true });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    g.redrive(queue, letters, 1);
    const messages = ["m1", "m2"].map((id) => ({ id, body: id, messageGroupId: "g" }));
    const played = await play(g, {
      functions: { [fn]: { outcomes: [{ times: 1, then: "crash" }] } },
      faults: [{ at: "0s", for: "10m", unavailable: letters }],
      send: [
        { at: "0s", to: queue, messages: messages.slice(0, 1) },
        { at: "1s", to: queue, messages: messages.slice(1) },
      ],
    });
    expect(played.one("m1")).toMatchObject({ outcome: "retained", where: [letters], attempts: 1 });
    expect(played.one("m2")).toMatchObject({ outcome: "processed" });
    expect(played.one("m2").endedAt).toBeGreaterThanOrEqual(tenMinutes);
  });

  it("loses what the source's retention ends meanwhile", async () => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { messageRetentionPeriod: 300 });
    const [letters, fn] = [g.queue("letters"), g.fn("work")];
    g.mapping(queue, fn);
    g.redrive(queue, letters, 1);
    const played = await play(g, {
      functions: { [fn]: failsAlways },
      faults: [{ at: "0s", for: "10m", unavailable: letters }],
      send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
    });
    expect(played.one("m1")).toMatchObject({ outcome: "expired", endedAt: 300_000 });
  });

  it("has message-move tasks wait, whichever end is unavailable", async () => {
    for (const end of ["from", "to"] as const) {
      const g = new GraphBuilder();
      const [queue, letters, fn] = [g.queue("work"), g.queue("letters"), g.fn("work")];
      g.mapping(queue, fn);
      g.redrive(queue, letters, 1);
      const played = await play(g, {
        functions: { [fn]: { outcomes: [{ times: 1, then: "crash" }] } },
        faults: [{ at: "30m", for: "10m", unavailable: end === "from" ? letters : queue }],
        redrives: [{ at: "30m", from: letters }],
        send: [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }],
      });
      expect([end, played.one("m1")]).toMatchObject([end, { outcome: "processed" }]);
      expect(played.one("m1").endedAt).toBeGreaterThanOrEqual(2_400_000);
    }
  });
});

describe("a destination or dead-letter queue that is unavailable when it is given something", () => {
  it.each(["function", "stream", "target", "subscription"] as const)(
    "of a %s: what it does not take is lost, and the assumptions say that AWS documents no retries",
    async (of) => {
      for (const out of [true, false]) {
        const g = new GraphBuilder();
        const fn = g.fn("work", { retries: 0 });
        const letters = g.queue("letters");
        const missing = { permission: "missing" } as const;
        let edge = "";
        let send: object = { at: "0s", to: fn, invocations: [{ id: "x", payload: 1 }] };
        if (of === "function") edge = g.destination("on-failure", "function", fn, letters);
        if (of === "stream") {
          const stream = g.stream("clicks");
          const mapping = g.mapping(stream, fn, { maximumRetryAttempts: 0 });
          edge = g.destination("on-failure", "mapping", mapping, letters);
          send = { at: "0s", to: stream, records: [{ id: "x", data: 1 }] };
        }
        if (of === "target") {
          const bus = g.bus("shop");
          const target = g.target(g.rule("all", bus, { source: ["s"] }), fn, missing);
          edge = g.destination("dead-letter", "target", target, letters);
          send = { at: "0s", to: bus, events: [{ id: "x", source: "s", detailType: "t", detail: {} }] };
        }
        if (of === "subscription") {
          const topic = g.topic("news");
          edge = g.destination("dead-letter", "subscription", g.subscription(topic, fn, missing), letters);
          send = { at: "0s", to: topic, notifications: [{ id: "x", message: 1 }] };
        }
        const faults = out ? [{ at: "0s", for: "1m", unavailable: letters }] : [];
        const played = await play(g, { functions: { [fn]: failsAlways }, faults, send: [send] });
        expect(played.one("x")).toMatchObject(
          out ? { outcome: "dropped", why: expect.stringMatching(/^R(?:25|40|50|112): /) } : { outcome: "retained" },
        );
        const said = played.assumptions.filter(({ name }) => name === `${edge}.unavailable`);
        expect(said).toEqual(out ? [expect.objectContaining({ why: expect.stringContaining("no retries") })] : []);
      }
    },
  );
});

describe("what still waits for one of several when the run ends", () => {
  const consumers = (rows: readonly { readonly consumer: string | null; readonly outcome: string }[]): unknown =>
    Object.fromEntries(rows.map(({ consumer, outcome }) => [consumer, outcome]));
  const shown = { "aws_lambda_function.mail": "processed", "aws_lambda_function.stock": "pending" };

  it.each([false, true])("is pending for it, by a topic (FIFO: %s)", async (fifo) => {
    const g = new GraphBuilder();
    const topic = g.topic("orders", { fifo });
    const functions = Object.fromEntries(
      ["mail", "stock"].map((name) => {
        const [queue, fn] = [g.queue(name, { fifo, contentBasedDeduplication: fifo }), g.fn(name)];
        g.subscription(topic, queue);
        g.mapping(queue, fn);
        return [fn, succeeds];
      }),
    );
    const notifications = ["n1", "n2"].map((id) => ({ id, message: id, ...(fifo ? { messageGroupId: "g" } : {}) }));
    const faults = [{ at: "0s", for: "2h", unavailable: "aws_sqs_queue.stock" }];
    const played = await play(g, { functions, send: [{ at: "0s", to: topic, notifications }], faults, until: "1h" });
    expect(consumers(played.of("n1"))).toEqual(shown);
    // Of a FIFO topic it waits behind the first of its group, and has not been tried.
    expect(consumers(played.of("n2"))).toEqual(shown);
    expect(played.totals).toMatchObject({ sent: 2, entries: 4, processed: 2, pending: 2 });
  });

  it("is pending for it, by a rule", async () => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const rule = g.rule("placed", bus, { source: ["s"] });
    const [mail, stock, queue] = [g.fn("mail"), g.fn("stock"), g.queue("stock")];
    g.target(rule, mail);
    g.target(rule, queue);
    g.mapping(queue, stock);
    const send = [{ at: "0s", to: bus, events: [{ id: "e1", source: "s", detailType: "t", detail: {} }] }];
    const faults = [{ at: "0s", for: "2h", unavailable: queue }];
    const played = await play(g, { functions: { [mail]: succeeds, [stock]: succeeds }, send, faults, until: "1h" });
    expect(consumers(played.of("e1"))).toEqual(shown);
  });

  it("is pending for nobody yet where several may come to have it", async () => {
    const g = new GraphBuilder();
    const [bus, far] = [g.bus("shop"), g.bus("far")];
    const rule = g.rule("placed", bus, { source: ["s"] });
    const mail = g.fn("mail");
    g.target(rule, mail);
    g.target(rule, far);
    for (const name of ["stock", "audit"]) g.target(g.rule(name, far, { source: ["s"] }), g.fn(name));
    const send = [{ at: "0s", to: bus, events: [{ id: "e1", source: "s", detailType: "t", detail: {} }] }];
    const faults = [{ at: "0s", for: "2h", unavailable: far }];
    const played = await play(g, { functions: { [mail]: succeeds }, send, faults, until: "1h" });
    expect(consumers(played.of("e1"))).toEqual({ [mail]: "processed", null: "pending" });
  });
});
