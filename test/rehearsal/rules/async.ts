/** Rules 1–33: who retries, and asynchronous invocation. */
import { memberOf } from "../../../topology/json.ts";
import { alias, asyncSettings, GraphBuilder } from "../../support/graphs.ts";
import { failsAlways, failsOnPoison, succeeds } from "../play.ts";
import { ruleTable } from "./table.ts";

const { tests, rule } = ruleTable();

export { tests as asyncRules };

const at0 = (to: string, ids: readonly string[] = ["i1"], payload: unknown = { n: 1 }): object => ({
  at: "0s",
  to,
  invocations: ids.map((id) => ({ id, payload })),
});
const starts = (rows: readonly { readonly at: number }[]): number[] => rows.map(({ at }) => at);

rule(
  1,
  "a source is done once Lambda has accepted; throttles are not its business",
  "async.source-sees-throttles",
  async (play) => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const r = g.rule("placed", bus, { source: ["shop"] });
    const fn = g.fn("mail");
    g.target(r, fn);
    const events = [{ id: "e1", source: "shop", detailType: "Placed", detail: {} }];
    const faults = [{ at: "0s", for: "10s", throttle: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: bus, events }], faults });
    expect(played.figures(r)).toMatchObject({ SuccessfulInvocationAttempts: 1, RetryInvocationAttempts: 0 });
    expect(played.one("e1")).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(played.figures(fn).Throttles).toBe(4);
  },
);

rule(2, "a mapping does not use the function's own failure destination", "mapping.uses-async-nets", async (play) => {
  const g = new GraphBuilder();
  const stream = g.stream("clicks");
  const fn = g.fn("clicks");
  const failed = g.queue("failed");
  g.mapping(stream, fn, { maximumRetryAttempts: 0 });
  g.destination("on-failure", "function", fn, failed);
  const records = [{ id: "r1", data: 1 }];
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: stream, records }] });
  expect(played.one("r1")).toMatchObject({ outcome: "dropped" });
  expect(played.figures(failed)).toMatchObject({ visible: 0 });
});

rule(3, "a mapping may deliver a message twice", "mapping.exactly-once", async (play) => {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  g.mapping(queue, fn);
  const messages = [{ id: "m1", body: 1 }];
  const scenario = {
    functions: { [fn]: succeeds },
    send: [{ at: "0s", to: queue, messages }],
    settings: { "mapping.duplicates": 1 },
  };
  const played = await play(g, scenario);
  expect(played.one("m1")).toMatchObject({ outcome: "processed", attempts: 2, successes: 2 });
  expect(played.totals.deliveredMoreThanOnce).toBe(1);
});

rule(
  4,
  "errors of the function and of the invocation are accounted for apart",
  "stream.throttle-counts",
  async (play) => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks");
    const fn = g.fn("clicks");
    g.mapping(stream, fn, { maximumRetryAttempts: 1 });
    const records = [{ id: "r1", data: 1 }];
    const faults = [{ at: "0s", for: "60s", throttle: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: stream, records }], faults });
    expect(played.one("r1")).toMatchObject({ outcome: "processed", attempts: 1 });
  },
);

rule(
  5,
  "a throttled request counts as a throttle, not as invocation or error",
  "metrics.throttle-counts",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail");
    const faults = [{ at: "0s", for: "2s", throttle: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)], faults });
    expect(played.figures(fn)).toMatchObject({ Invocations: 1, Errors: 0, Throttles: 2 });
    expect(played.invocations.map(({ outcome }) => outcome)).toEqual(["throttled", "throttled", "success"]);
  },
);

rule(7, "an asynchronous payload has up to 1 MB", "async.payload-256-kb", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  // JSON writes two quotes around a text.
  const send = [at0(fn, ["fits"], "x".repeat(1_048_574)), at0(fn, ["large"], "x".repeat(1_048_575))];
  const played = await play(g, { functions: { [fn]: succeeds }, send });
  expect(played.one("fits")).toMatchObject({ outcome: "processed" });
  expect(played.one("large")).toMatchObject({ outcome: "dropped", attempts: 0, consumer: fn });
  expect(played.one("large").why).toMatch(/^R7: 1048577 bytes/);
});

rule(8, "retries are 2 by default, and count function errors only", "async.throttle-counts", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const faults = [{ at: "0s", for: "10s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)], faults });
  expect(played.one("i1")).toMatchObject({ outcome: "dropped", attempts: 3 });
});

rule(9, "the maximum age bounds the retries", "async.age-ignored", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { ageSeconds: 100 });
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.one("i1")).toMatchObject({ outcome: "expired", attempts: 2 });
});

rule(10, "one minute before the first retry, two before the second", "async.retry-delay-flat", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(starts(played.ran("i1"))).toEqual([0, 60_100, 180_200]);
});

rule(
  11,
  "a throttled event waits 1 s, doubling to 5 min, for up to its age",
  "async.throttle-delay-flat",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail");
    const faults = [{ at: "0s", for: "30m", throttle: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)], faults });
    const times = starts(played.invocations);
    const gaps = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1_000);
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300]);
    expect(played.one("i1")).toMatchObject({ outcome: "processed", attempts: 1 });
  },
);

rule(11, "throttles go on until the age ends, and not beyond", "async.age-ignored", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { ageSeconds: 600 });
  const faults = [{ at: "0s", for: "30m", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)], faults });
  expect(starts(played.invocations).map((at) => at / 1_000)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511]);
  expect(played.one("i1")).toMatchObject({ outcome: "expired", endedAt: 600_000, attempts: 0 });
});

rule(12, "an event may age out without ever being tried", "async.age-needs-attempt", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { ageSeconds: 60, reservedConcurrentExecutions: 1, timeout: 900 });
  const ids = ["i1", "i2", "i3"];
  const slow = { outcomes: [{ then: { succeed: null }, takes: "10m" }] };
  const played = await play(g, { functions: { [fn]: slow }, send: [at0(fn, ids)] });
  expect(ids.map((id) => played.one(id).outcome)).toEqual(["processed", "expired", "expired"]);
  expect(played.one("i2")).toMatchObject({ attempts: 0, endedAt: 60_000 });
});

rule(13, "all attempts of an event have one request id", "async.request-id-per-attempt", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.ran("i1")).toHaveLength(3);
  expect(new Set(played.ran("i1").map(({ requestId }) => requestId)).size).toBe(1);
});

rule(14, "retries exhausted: approximateInvokeCount is retries + 1", "record.count-retries", async (play) => {
  for (const retries of [0, 1, 2]) {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries });
    g.destination("on-failure", "function", fn, g.queue("failed"));
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
    expect(played.delivered("i1")).toMatchObject([
      { body: { requestContext: { condition: "RetriesExhausted", approximateInvokeCount: retries + 1 } } },
    ]);
    expect(played.figures(fn)).toMatchObject({ Invocations: retries + 1, Errors: retries + 1 });
  }
});

rule(14, "throttles are in no approximateInvokeCount", "record.count-retries", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 1 });
  g.destination("on-failure", "function", fn, g.queue("failed"));
  const faults = [{ at: "0s", for: "5s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)], faults });
  expect(played.figures(fn).Throttles).toBe(3);
  expect(played.delivered("i1")).toMatchObject([{ body: { requestContext: { approximateInvokeCount: 2 } } }]);
});

rule(15, "the age looks ahead: retries only from 61 s and from 181 s on", "async.no-look-ahead", async (play) => {
  const attempts = async (ageSeconds: number): Promise<readonly [unknown, unknown]> => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { ageSeconds });
    g.destination("on-failure", "function", fn, g.queue("failed"));
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
    const [delivery] = played.delivered("i1");
    const context = memberOf(delivery?.body, "requestContext");
    expect(delivery?.body).toMatchObject({
      requestContext: { approximateInvokeCount: played.one("i1").attempts },
      responseContext: { statusCode: 200, functionError: "Unhandled" },
      responsePayload: { errorMessage: "boom", errorType: "Error" },
    });
    return [played.one("i1").attempts, memberOf(context, "condition")];
  };
  // An attempt takes 100 ms: the retry after 60 s would be at 60.1 s, that after 120 s more at 180.2 s.
  expect(await attempts(60)).toEqual([1, "EventAgeExceeded"]);
  expect(await attempts(61)).toEqual([2, "EventAgeExceeded"]);
  expect(await attempts(180)).toEqual([2, "EventAgeExceeded"]);
  expect(await attempts(181)).toEqual([3, "RetriesExhausted"]);
});

rule(
  15,
  "the event is finished at the attempt that fails, not when its age ends",
  "async.no-look-ahead",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { ageSeconds: 60 });
    g.destination("on-failure", "function", fn, g.queue("failed"));
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
    expect(played.delivered("i1").map(({ at }) => at)).toEqual([100]);
  },
);

rule(16, "what is given up without a net is gone", "async.retries-unbounded", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.one("i1")).toMatchObject({
    outcome: "dropped",
    why: "R16: given up after 3 attempts",
    endedAt: 180_300,
  });
});

rule(
  17,
  "reserved concurrency 0 goes straight to the nets, both of them, without retries",
  "async.zero-concurrency-retries",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { reservedConcurrentExecutions: 0 });
    const [failed, letters] = [g.queue("failed"), g.queue("letters")];
    g.destination("on-failure", "function", fn, failed);
    g.destination("dead-letter", "function", fn, letters);
    const played = await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)] });
    expect(played.one("i1")).toMatchObject({ outcome: "retained", endedAt: 0, attempts: 0 });
    expect(played.delivered("i1").map(({ at, to, via }) => [at, to, via])).toEqual([
      [0, failed, "on-failure-destination"],
      [0, letters, "function-dead-letter"],
    ]);
    expect(played.figures(fn)).toMatchObject({ Invocations: 0, Throttles: 0, AsyncEventsDropped: 1 });
  },
);

rule(
  17,
  "without a net they are gone at once; 1 is enough to be tried",
  "async.zero-concurrency-retries",
  async (play) => {
    const ended = async (reservedConcurrentExecutions: number): Promise<unknown> => {
      const g = new GraphBuilder();
      const fn = g.fn("mail", { reservedConcurrentExecutions });
      const { outcome, endedAt, why } = (await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)] })).one("i1");
      return [outcome, endedAt, why];
    };
    expect(await ended(0)).toEqual(["dropped", 0, "R17: reserved concurrency is 0"]);
    expect(await ended(1)).toEqual(["processed", 100, undefined]);
  },
);

rule(
  18,
  "its condition is ZeroReservedConcurrency, its count 0, without a response",
  "async.zero-concurrency-exhausts",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { reservedConcurrentExecutions: 0 });
    const failed = g.queue("failed");
    g.destination("on-failure", "function", fn, failed);
    const played = await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)] });
    const body = played.delivered("i1")[0]?.body;
    expect(body).toMatchObject({ requestContext: { condition: "ZeroReservedConcurrency", approximateInvokeCount: 0 } });
    expect(Object.keys(body as object)).not.toContain("responseContext");
  },
);

rule(
  19,
  "settings and destinations are those of the qualifier that was invoked",
  "async.qualifier-ignored",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", {
      aliases: [alias("live", "7")],
      asyncSettings: [asyncSettings("$LATEST"), asyncSettings("live", 0)],
    });
    const [latest, live] = [g.queue("latest"), g.queue("live")];
    g.destination("on-failure", "function", fn, latest);
    g.destination("on-failure", "function", fn, live, { fromQualifier: "live" });
    const send = [
      {
        at: "0s",
        to: fn,
        invocations: [
          { id: "i1", payload: 1 },
          { id: "i2", payload: 2, qualifier: "live" },
        ],
      },
    ];
    const played = await play(g, { functions: { [fn]: failsAlways }, send });
    expect(played.one("i1")).toMatchObject({ where: [latest], attempts: 3 });
    expect(played.one("i2")).toMatchObject({ where: [live], attempts: 1 });
  },
);

rule(19, "so are the destinations of results", "async.qualifier-ignored", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", {
    aliases: [alias("live", "7")],
    asyncSettings: [asyncSettings("$LATEST"), asyncSettings("live")],
  });
  const [latest, live] = [g.queue("latest"), g.queue("live")];
  g.destination("on-success", "function", fn, latest);
  g.destination("on-success", "function", fn, live, { fromQualifier: "live" });
  const invocations = [
    { id: "i1", payload: 1 },
    { id: "i2", payload: 2, qualifier: "live" },
  ];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: fn, invocations }] });
  expect(played.deliveries.map(({ to, events }) => [to, events])).toEqual([
    [latest, ["i1"]],
    [live, ["i2"]],
  ]);
});

rule(21, "a FIFO queue or topic as destination takes nothing", "async.fifo-destination", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 0 });
  g.destination("on-failure", "function", fn, g.topic("failed", { fifo: true }));
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.one("i1")).toMatchObject({ outcome: "dropped" });
  expect(played.one("i1").why).toMatch(/R21/);
  expect(played.figures(fn).DestinationDeliveryFailures).toBe(1);
});

rule(22, "the function's role has to admit the destination, of whatever kind", "permissions.ignored", async (play) => {
  const kinds: readonly ((g: GraphBuilder) => string)[] = [
    (g) => g.queue("failed"),
    (g) => g.bucket("failed"),
    (g) => g.fn("failed"),
    (g) => {
      const topic = g.topic("failed");
      g.subscription(topic, g.queue("kept"));
      return topic;
    },
    (g) => {
      const bus = g.bus("failed");
      g.target(g.rule("all", bus, { source: ["lambda"] }), g.queue("kept"));
      return bus;
    },
  ];
  for (const to of kinds) {
    const ended = async (permission: "granted" | "missing"): Promise<unknown> => {
      const g = new GraphBuilder();
      const fn = g.fn("mail", { retries: 0 });
      const target = to(g);
      g.destination("on-failure", "function", fn, target, { permission });
      const functions = { [fn]: failsAlways, ...(target.includes("function") ? { [target]: succeeds } : {}) };
      const played = await play(g, { functions, send: [at0(fn)] });
      const { outcome, why } = played.one("i1");
      return [outcome, why?.slice(0, 4), played.deliveries.length, played.figures(fn).DestinationDeliveryFailures];
    };
    expect(await ended("granted")).toEqual(["retained", undefined, 1, 0]);
    expect(await ended("missing")).toEqual(["dropped", "R22:", 0, 1]);
  }
});

rule(
  23,
  "a dead-letter queue gets the event as it was, and three attributes",
  "dead-letter.record-body",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0 });
    const letters = g.queue("letters");
    g.destination("dead-letter", "function", fn, letters);
    const long = { outcomes: [{ then: { fail: { errorType: "Error", errorMessage: "b".repeat(2_000) } } }] };
    const played = await play(g, { functions: { [fn]: long }, send: [at0(fn, ["i1"], { orderId: "A-1" })] });
    const [delivery] = played.delivered("i1");
    expect(delivery).toMatchObject({ via: "function-dead-letter", body: { orderId: "A-1" } });
    expect(delivery?.attributes).toEqual({
      RequestID: { DataType: "String", StringValue: played.ran("i1")[0]?.requestId },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "b".repeat(1_024) },
    });
    expect(delivery?.body).toEqual({ orderId: "A-1" });
  },
);

rule(23, "of what was throttled until it was too old: error code 429", "dead-letter.record-body", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { ageSeconds: 60 });
  g.destination("dead-letter", "function", fn, g.queue("letters"));
  const faults = [{ at: "0s", for: "5m", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [at0(fn)], faults });
  expect(played.delivered("i1")).toMatchObject([
    { at: 60_000, attributes: { ErrorCode: { DataType: "Number", StringValue: "429" } } },
  ]);
});

rule(24, "dead-letter queue and on-failure destination both receive", "async.one-net", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 0 });
  const [failed, letters] = [g.queue("failed"), g.queue("letters")];
  g.destination("on-failure", "function", fn, failed);
  g.destination("dead-letter", "function", fn, letters);
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.one("i1").where?.toSorted()).toEqual([failed, letters]);
});

rule(
  25,
  "a net that takes nothing is counted: DestinationDeliveryFailures, DeadLetterErrors",
  "async.net-failures-uncounted",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0 });
    g.destination("on-failure", "function", fn, g.queue("failed"), { permission: "missing" });
    g.destination("dead-letter", "function", fn, g.queue("letters"), { permission: "missing" });
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
    expect(played.figures(fn)).toMatchObject({ DestinationDeliveryFailures: 1, DeadLetterErrors: 1 });
    expect(played.one("i1").outcome).toBe("dropped");
  },
);

rule(
  26,
  "the dead-letter queue is the function's, whatever version was invoked",
  "async.dead-letter-of-latest",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { aliases: [alias("live", "7")], asyncSettings: [asyncSettings("live", 0)] });
    const letters = g.queue("letters");
    g.destination("dead-letter", "function", fn, letters);
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1, qualifier: "live" }] }];
    const played = await play(g, { functions: { [fn]: failsAlways }, send });
    expect(played.one("i1")).toMatchObject({ outcome: "retained", where: [letters] });
  },
);

rule(27, "a record that does not fit into a topic loses its payload", "topic.unlimited", async (play) => {
  const sent = async (characters: number): Promise<readonly [string, string | undefined, readonly string[]]> => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0 });
    const topic = g.topic("failed");
    g.subscription(topic, g.queue("failed", { maximumMessageSize: 1_048_576 }));
    g.destination("on-failure", "function", fn, topic);
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn, ["i1"], "x".repeat(characters))] });
    const { outcome, why } = played.one("i1");
    return [outcome, why?.slice(0, 4), Object.keys(played.delivered("i1")[0]?.body as object)];
  };
  const rest = ["version", "timestamp", "requestContext", "responseContext"];
  const whole = ["version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"];
  expect(await sent(261_000)).toEqual(["retained", undefined, whole]);
  expect(await sent(262_144)).toEqual(["dropped", "R27:", rest]);
});

rule(28, "on a bus a record comes from `lambda`", "bus.documented-source", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 0 });
  const bus = g.bus("ops");
  const failed = g.queue("failed");
  g.target(g.rule("failures", bus, { source: ["lambda"], "detail-type": [{ suffix: "- Failure" }] }), failed);
  g.destination("on-failure", "function", fn, bus);
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.one("i1")).toMatchObject({ outcome: "retained", where: [failed] });
  expect(played.delivered("i1")[0]?.body).toMatchObject({
    "detail-type": "Lambda Function Invocation Result - Failure",
    source: "lambda",
    resources: [
      "arn:aws:events:eu-west-1:111122223333:event-bus/ops",
      "arn:aws:lambda:eu-west-1:111122223333:function:mail:$LATEST",
    ],
    detail: { requestContext: { condition: "RetriesExhausted" } },
  });
});

rule(
  29,
  "a success record says Success, with a qualified ARN and no functionError",
  "record.unqualified-arn",
  async (play) => {
    const g = new GraphBuilder();
    const fn = g.fn("mail");
    const done = g.queue("done");
    g.destination("on-success", "function", fn, done);
    const played = await play(g, {
      functions: { [fn]: { outcomes: [{ then: { succeed: { ok: 1 } } }] } },
      send: [at0(fn)],
    });
    const [delivery] = played.delivered("i1");
    expect(delivery).toMatchObject({ to: done, via: "on-success-destination" });
    expect(delivery?.body).toEqual({
      version: "1.0",
      timestamp: "2026-01-01T00:00:00.100Z",
      requestContext: {
        requestId: played.ran("i1")[0]?.requestId,
        functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:mail:$LATEST",
        condition: "Success",
        approximateInvokeCount: 1,
      },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: { ok: 1 },
    });
    expect(played.one("i1")).toMatchObject({ outcome: "processed", consumer: fn });
  },
);

rule(30, "in a bucket a record has a key of function and time", "record.flat-key", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("orders", { retries: 0 });
  const bucket = g.bucket("failures");
  g.destination("on-failure", "function", fn, bucket);
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [at0(fn)] });
  expect(played.one("i1")).toMatchObject({ outcome: "retained", where: [bucket] });
  expect(played.delivered("i1")[0]?.key).toMatch(
    /^aws\/lambda\/async\/orders\/2026\/01\/01\/2026-01-01T00\.00\.00-[\da-f]{8}-[\da-f-]{27}$/,
  );
});

rule(31, "AsyncEventsDropped counts what a net took too", "metrics.only-lost-dropped", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 0 });
  g.destination("on-failure", "function", fn, g.queue("failed"));
  const send = [at0(fn, ["i1", "i2"], "poison"), at0(fn, ["i3"])];
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send });
  expect(played.figures(fn)).toMatchObject({ AsyncEventsReceived: 3, AsyncEventsDropped: 2 });
});

rule(
  32,
  "a loop through Lambda and SQS is stopped after about 16 invocations",
  "recursion.undetected",
  async (play) => {
    const g = new GraphBuilder();
    const queue = g.queue("work");
    const letters = g.queue("letters");
    const fn = g.fn("work");
    const loop = g.fn("loop");
    g.mapping(queue, fn);
    g.destination("on-success", "function", loop, loop);
    g.destination("dead-letter", "function", loop, letters);
    const scenario = {
      functions: { [loop]: succeeds, [fn]: succeeds },
      send: [at0(loop)],
      until: "30s",
      settings: { "loop.limit": 100 },
    };
    const played = await play(g, scenario);
    expect(played.figures(loop)).toMatchObject({ Invocations: 16, RecursiveInvocationsDropped: 1 });
    expect(played.one("i1")).toMatchObject({ outcome: "processed", retainedToo: true, where: [letters] });
  },
);

rule(33, "an asynchronous event may come twice without an error", "async.exactly-once", async (play) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const scenario = { functions: { [fn]: succeeds }, send: [at0(fn)], settings: { "async.duplicates": 1 } };
  const played = await play(g, scenario);
  expect(played.one("i1")).toMatchObject({ outcome: "processed", attempts: 2, successes: 2 });
});
