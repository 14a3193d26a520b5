/** Rules 87–118: Kinesis and DynamoDB streams. */
import type { Runner } from "../../../rehearsal/functions/runner.ts";
import { memberOf } from "../../../topology/json.ts";
import { GraphBuilder } from "../../support/graphs.ts";
import { failsAlways, failsOnPoison, type Play, succeeds } from "../play.ts";
import { ruleTable } from "./table.ts";

const { tests, rule } = ruleTable();

export { tests as streamsRules };

type MappingOptions = Parameters<GraphBuilder["mapping"]>[2];

/** A stream with a function, and a failure destination where one is named. */
function clicks(
  options: {
    mapping?: MappingOptions;
    net?: "queue" | "topic" | "bucket";
    hours?: number;
    shards?: number;
    table?: boolean;
  } = {},
) {
  const g = new GraphBuilder();
  const stream =
    options.table === true
      ? g.table("clicks")
      : g.stream("clicks", { retentionPeriodHours: options.hours ?? 24, shardCount: options.shards ?? 1 });
  const fn = g.fn("clicks");
  const mapping = g.mapping(stream, fn, options.mapping);
  const net = options.net === undefined ? "" : g[options.net]("failures");
  if (net !== "") g.destination("on-failure", "mapping", mapping, net);
  const send = (records: object[], at = "0s"): object => ({ at, to: stream, records });
  return { g, stream, fn, mapping, net, send };
}

const records = (count: number, bad: readonly number[] = [], more: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `r${index + 1}`,
    partitionKey: "a",
    data: bad.includes(index + 1) ? "poison" : `record ${index + 1}`,
    ...more,
  }));
const sizes = (played: { invocations: readonly { events: readonly string[] }[] }): number[] =>
  played.invocations.map(({ events }) => events.length);
const times = (played: { invocations: readonly { at: number }[] }): number[] => played.invocations.map(({ at }) => at);
const reports = { outcomes: [{ when: { contains: "poison" }, then: { reportFailures: { contains: "poison" } } }] };

/** The failure record of an event. */
async function recordOf(
  play: Play,
  setup: ReturnType<typeof clicks>,
  scenario: object,
  id = "r1",
): Promise<Record<string, never>> {
  const played = await play(setup.g, scenario);
  return played.delivered(id)[0]?.body as Record<string, never>;
}

rule(87, "without limits a batch is tried until it expires", "stream.unlimited-is-five", async (play) => {
  const { g, fn, send } = clicks();
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(1))] });
  // Waits of 0.5 to 64 s are over after 128.3 s and eight attempts; then one every 120.1 s.
  const attempts = 9 + Math.floor((86_400 - 128.3) / 120.1);
  expect(played.one("r1")).toMatchObject({ outcome: "expired", endedAt: 86_400_000, attempts });
});

rule(87, "a batching window is waited for", "stream.window-ignored", async (play) => {
  const { g, fn, send } = clicks({ mapping: { batchSize: 5, maximumBatchingWindowInSeconds: 30 } });
  const list = records(7);
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send: [send(list.slice(0, 2)), send(list.slice(2), "10s")],
  });
  expect(played.invocations.map(({ at, events }) => [at, events.length])).toEqual([
    [10_000, 5],
    [40_100, 2],
  ]);
});

rule(89, "Kinesis is polled once a second, DynamoDB four times", "stream.slow-polls", async (play) => {
  const started = async (table: boolean): Promise<number | undefined> => {
    const { g, stream, fn } = clicks({ table });
    const item = table ? { puts: [{ id: "r1", item: { pk: "1" } }] } : { records: [{ id: "r1", data: 1 }] };
    const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "1100ms", to: stream, ...item }] });
    return played.invocations[0]?.at;
  };
  expect([await started(false), await started(true)]).toEqual([2_000, 1_250]);
});

rule(
  89,
  "a stream forgets after its retention, a table's stream after 24 hours",
  "stream.keeps-for-ever",
  async (play) => {
    const { g, fn, send } = clicks({ hours: 48 });
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(1))], until: "3d" });
    expect(played.one("r1")).toMatchObject({ outcome: "expired", endedAt: 172_800_000 });
    const table = clicks({ table: true });
    const puts = [{ id: "d1", item: { pk: "1" } }];
    const other = await play(table.g, {
      functions: { [table.fn]: failsAlways },
      send: [{ at: "0s", to: table.stream, puts }],
      until: "3d",
    });
    expect(other.one("d1")).toMatchObject({ outcome: "expired", endedAt: 86_400_000 });
  },
);

rule(90, "an invocation carries up to 6 MB", "stream.unlimited-payload", async (play) => {
  const { g, fn, send } = clicks();
  const large = records(6).map((one) => ({ ...one, data: "x".repeat(1_000_000) }));
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(large)] });
  expect(sizes(played)).toEqual([4, 2]);
});

rule(91, "a failing batch blocks its shard until it expires", "stream.unlimited-is-five", async (play) => {
  const { g, stream, fn, send } = clicks();
  const played = await play(g, {
    functions: { [fn]: failsOnPoison },
    send: [send(records(1, [1])), send([{ id: "behind", partitionKey: "a", data: 1 }], "10s")],
  });
  expect(played.one("r1")).toMatchObject({ outcome: "expired" });
  expect(played.one("behind")).toMatchObject({ outcome: "processed" });
  expect(played.one("behind").endedAt).toBeGreaterThan(86_400_000);
  expect(played.paths.find(({ source }) => source === stream)?.blockedMs).toBeGreaterThan(86_000_000);
});

rule(
  92,
  "throttles are retried until records expire, whatever the retry quota",
  "stream.throttle-counts",
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 0 } });
    const faults = [{ at: "0s", for: "20m", throttle: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [send(records(1))], faults });
    expect(played.one("r1")).toMatchObject({ outcome: "processed", attempts: 1 });
  },
);

rule(93, "a quota of n makes n + 1 invocations of one batch", "stream.quota-counts-first", async (play) => {
  for (const [quota, count] of [
    [0, 1],
    [1, 2],
    [2, 3],
  ]) {
    const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: quota ?? 0 }, net: "queue" });
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(1))] });
    expect(sizes(played)).toHaveLength(count ?? 0);
    expect(played.delivered("r1")[0]?.body).toMatchObject({ requestContext: { approximateInvokeCount: count } });
  }
});

rule(
  94,
  "a failed batch is split, without using the quota, and its halves go in order",
  ["stream.right-half-first", "stream.no-split"],
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 0, bisectBatchOnFunctionError: true } });
    const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [send(records(4, [3]))] });
    expect(played.invocations.map(({ events }) => events.join(" "))).toEqual([
      "r1 r2 r3 r4",
      "r1 r2",
      "r3 r4",
      "r3",
      "r4",
    ]);
  },
);

rule(94, "only errors of the function split a batch", "stream.throttle-counts", async (play) => {
  const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 3, bisectBatchOnFunctionError: true } });
  const faults = [{ at: "0s", for: "10s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(records(4))], faults });
  expect(new Set(sizes(played))).toEqual(new Set([4]));
});

rule(95, "the halves of a split begin at 0", "stream.split-keeps-count", async (play) => {
  const { g, fn, send } = clicks({
    mapping: { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true },
    net: "queue",
  });
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [send(records(2, [1]))] });
  expect(sizes(played)).toEqual([2, 1, 1, 1, 1]);
  expect(played.delivered("r1")[0]?.body).toMatchObject({ requestContext: { approximateInvokeCount: 3 } });
});

rule(
  96,
  "a split makes the smaller half first: 6, 3, 1; a batch of 1 cannot be split",
  "stream.larger-half-first",
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true } });
    const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [send(records(6, [1]))] });
    expect(sizes(played)).toEqual([6, 3, 1, 1, 2, 3]);
  },
);

rule(
  97,
  "what remains after a partial response counts anew: 3 retries, 5 times seen, count 4",
  "stream.shrunk-keeps-count",
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { batchSize: 3, maximumRetryAttempts: 3, partial: true }, net: "queue" });
    const played = await play(g, { functions: { [fn]: reports }, send: [send(records(3, [3]))] });
    expect(sizes(played)).toEqual([3, 1, 1, 1, 1]);
    expect(played.delivered("r3")[0]?.body).toMatchObject({
      requestContext: { approximateInvokeCount: 4 },
      responseContext: { functionError: null },
      KinesisBatchInfo: { batchSize: 1 },
    });
  },
);

rule(
  67,
  "a partial response that a stream's mapping did not ask for passes what it names",
  "mapping.partial-always",
  async (play) => {
    for (const bad of [[2], [1, 2, 3]]) {
      const { g, fn, mapping, send } = clicks({ net: "queue" });
      const played = await play(g, { functions: { [fn]: reports }, send: [send(records(3, bad))], until: "1h" });
      expect(sizes(played)).toEqual([3]);
      expect(["r1", "r2", "r3"].map((id) => played.one(id).outcome)).toEqual(
        [1, 2, 3].map((n) => (bad.includes(n) ? "dropped" : "processed")),
      );
      expect(played.one("r2")).toMatchObject({ attempts: 1, successes: 0, why: expect.stringMatching(/^R67:/) });
      // AWS takes it for a success: nothing of it is counted, and no record written.
      expect(played.deliveries).toEqual([]);
      expect(played.figures(mapping)).toMatchObject({ DroppedEventCount: 0 });
    }
  },
);

rule(
  98,
  "the lowest number that a response names is the checkpoint, whatever succeeded after it",
  "stream.highest-checkpoint",
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 0, partial: true }, net: "queue" });
    const once = { outcomes: [{ times: 1, then: { reportFailures: { contains: "poison" } } }] };
    const played = await play(g, { functions: { [fn]: once }, send: [send(records(5, [2, 4]))] });
    expect(played.invocations.map(({ events }) => events.join(" "))).toEqual(["r1 r2 r3 r4 r5", "r2 r3 r4 r5"]);
    expect(played.one("r3")).toMatchObject({ outcome: "processed", attempts: 2, successes: 2 });
  },
);

rule(
  99,
  "with split on, a partial response divides the batch at what it names",
  "stream.split-ignores-checkpoint",
  async (play) => {
    const { g, fn, send } = clicks({
      mapping: { maximumRetryAttempts: 1, partial: true, bisectBatchOnFunctionError: true },
    });
    const once = { outcomes: [{ times: 1, then: { reportFailures: { contains: "poison" } } }] };
    const played = await play(g, { functions: { [fn]: once }, send: [send(records(6, [3]))] });
    expect(sizes(played)).toEqual([6, 4]);
  },
);

const answers = (value: unknown): object => ({ outcomes: [{ then: { succeed: value } }] });

rule(100, "full success: an empty list or text too", "response.empty-text-fails", async (play) => {
  for (const value of [[], {}, null, "", { batchItemFailures: [] }, { batchItemFailures: null }]) {
    const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 0, partial: true } });
    const played = await play(g, { functions: { [fn]: answers(value) }, send: [send(records(2))] });
    expect(played.totals).toMatchObject({ processed: 2 });
  }
});

rule(
  101,
  "full failure: an id that is no known text; functionError is null then",
  "record.always-unhandled",
  async (play) => {
    for (const failure of [
      { itemIdentifier: 7 },
      { itemIdentifier: "" },
      { itemIdentifier: null },
      { id: "x" },
      { itemIdentifier: "nobody" },
    ]) {
      const setup = clicks({ mapping: { maximumRetryAttempts: 0, partial: true }, net: "queue" });
      const scenario = {
        functions: { [setup.fn]: answers({ batchItemFailures: [failure] }) },
        send: [setup.send(records(2))],
      };
      expect(await recordOf(play, setup, scenario)).toMatchObject({
        responseContext: { functionError: null },
        KinesisBatchInfo: { batchSize: 2 },
      });
    }
  },
);

rule(102, "the conditions are RetryAttemptsExhausted and RecordAgeExceeded", "record.other-words", async (play) => {
  const exhausted = clicks({ mapping: { maximumRetryAttempts: 0 }, net: "queue" });
  const aged = clicks({ mapping: { maximumRecordAgeInSeconds: 60 }, net: "queue" });
  const scenario = (setup: typeof aged): object => ({
    functions: { [setup.fn]: failsAlways },
    send: [setup.send(records(1))],
  });
  expect(await recordOf(play, exhausted, scenario(exhausted))).toMatchObject({
    requestContext: { condition: "RetryAttemptsExhausted" },
  });
  expect(await recordOf(play, aged, scenario(aged))).toMatchObject({
    requestContext: { condition: "RecordAgeExceeded" },
  });
});

rule(
  103,
  "a record of an exceeded age has no responseContext, even after invocations",
  "record.expired-response",
  async (play) => {
    const setup = clicks({ mapping: { maximumRecordAgeInSeconds: 60 }, net: "queue" });
    const record = await recordOf(play, setup, {
      functions: { [setup.fn]: failsAlways },
      send: [setup.send(records(1))],
    });
    expect(record).toMatchObject({ requestContext: { approximateInvokeCount: 7 } });
    expect(record).not.toHaveProperty("responseContext");
  },
);

rule(103, "a record that is too old on arrival counts 1 without an invocation", "stream.age-ignored", async (play) => {
  const { g, fn, send } = clicks({ mapping: { maximumRecordAgeInSeconds: 60 }, net: "queue" });
  const faults = [{ at: "0s", for: "5m", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(records(1))], faults });
  expect(played.one("r1")).toMatchObject({ outcome: "retained", attempts: 0, endedAt: 60_000 });
  expect(played.delivered("r1")[0]?.body).toMatchObject({ requestContext: { approximateInvokeCount: 1 } });
});

rule(
  104,
  "only what is too old leaves the batch; the rest is delivered",
  "stream.whole-batch-expires",
  async (play) => {
    const { g, fn, send } = clicks({
      mapping: { maximumRecordAgeInSeconds: 60, batchSize: 10, maximumBatchingWindowInSeconds: 70 },
      net: "queue",
    });
    const list = records(6);
    const played = await play(g, {
      functions: { [fn]: succeeds },
      send: [send(list.slice(0, 1)), send(list.slice(1), "30s")],
    });
    expect(sizes(played)).toEqual([5]);
    expect(played.one("r1")).toMatchObject({ outcome: "retained" });
    expect(played.delivered("r1")[0]?.body).toMatchObject({ KinesisBatchInfo: { batchSize: 1 } });
  },
);

rule(105, "retries of a batch wait 0.5 s, doubling to 2 minutes", "stream.gentle-backoff", async (play) => {
  const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 10 } });
  const instant = { outcomes: [{ then: { fail: { errorType: "Error", errorMessage: "boom" } }, takes: "0ms" }] };
  const played = await play(g, { functions: { [fn]: instant }, send: [send(records(1))] });
  const started = times(played);
  const waits = started.slice(1).map((at, index) => (at - (started[index] ?? 0)) / 1_000);
  expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 32, 64, 120, 120]);
  expect(played.assumptions).toContainEqual(
    expect.objectContaining({ name: "stream.retryDelay", value: "500ms, doubling, at most 2m" }),
  );
});

rule(
  106,
  "records of streams go to standard queues, standard topics and buckets only",
  "stream.any-destination",
  async (play) => {
    const make: readonly ((g: GraphBuilder) => string)[] = [
      (g) => g.queue("f", { fifo: true }),
      (g) => g.bus("f"),
      (g) => g.fn("f"),
    ];
    for (const to of make) {
      const { g, fn, mapping, send } = clicks({ mapping: { maximumRetryAttempts: 0 } });
      g.destination("on-failure", "mapping", mapping, to(g));
      const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(1))] });
      expect(played.one("r1")).toMatchObject({ outcome: "dropped" });
      expect(played.figures(fn)).toMatchObject({ DestinationDeliveryFailures: 1 });
    }
  },
);

rule(107, "to a queue or topic goes a pointer, no payload", "record.always-payload", async (play) => {
  const setup = clicks({ mapping: { maximumRetryAttempts: 0 }, net: "queue" });
  const record = await recordOf(play, setup, {
    functions: { [setup.fn]: failsAlways },
    send: [setup.send(records(2))],
  });
  expect(Object.keys(record).toSorted()).toEqual([
    "KinesisBatchInfo",
    "requestContext",
    "responseContext",
    "timestamp",
    "version",
  ]);
  expect(record).toEqual({
    requestContext: {
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:clicks",
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: 1,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    timestamp: "2026-01-01T00:00:00.100Z",
    KinesisBatchInfo: {
      shardId: "shardId-000000000000",
      startSequenceNumber: expect.stringMatching(/^49\d{54}$/),
      endSequenceNumber: expect.stringMatching(/^49\d{54}$/),
      approximateArrivalOfFirstRecord: "2026-01-01T00:00:00.000Z",
      approximateArrivalOfLastRecord: "2026-01-01T00:00:00.000Z",
      batchSize: 2,
      streamArn: "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
    },
  });
});

rule(108, "to a bucket goes the payload as text", "record.payload-object", async (play) => {
  const setup = clicks({ mapping: { maximumRetryAttempts: 0 }, net: "bucket" });
  const record = await recordOf(play, setup, {
    functions: { [setup.fn]: failsAlways },
    send: [setup.send(records(1))],
  });
  const payload: unknown = record.payload;
  expect(typeof payload).toBe("string");
  const [first] = (JSON.parse(payload as string) as { Records: { kinesis: { data: string } }[] }).Records;
  expect(Buffer.from(first?.kinesis.data ?? "", "base64").toString()).toBe("record 1");
});

rule(109, "under a key of mapping, shard and time", "record.flat-key", async (play) => {
  const { g, fn, send } = clicks({ mapping: { maximumRetryAttempts: 0 }, net: "bucket" });
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(1))] });
  expect(played.delivered("r1")[0]?.key).toMatch(
    /^aws\/lambda\/[\da-f]{8}-[\da-f-]{27}\/shardId-000000000000\/2026\/01\/01\/2026-01-01T00\.00\.00-[\da-f]{8}-[\da-f-]{27}$/,
  );
});

rule(110, "Kinesis arrival times have milliseconds, DynamoDB's none", "record.seconds", async (play) => {
  const setup = clicks({ mapping: { maximumRetryAttempts: 0 }, net: "queue" });
  const kinesis = await recordOf(play, setup, {
    functions: { [setup.fn]: failsAlways },
    send: [setup.send(records(1), "1835ms")],
  });
  expect(kinesis).toMatchObject({ KinesisBatchInfo: { approximateArrivalOfFirstRecord: "2026-01-01T00:00:01.835Z" } });
  const table = clicks({ table: true, mapping: { maximumRetryAttempts: 0 }, net: "queue" });
  const send = [{ at: "1835ms", to: table.stream, puts: [{ id: "r1", item: { pk: "1" } }] }];
  const dynamodb = await recordOf(play, table, { functions: { [table.fn]: failsAlways }, send });
  expect(dynamodb).toMatchObject({ DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: "2026-01-01T00:00:01Z" } });
});

rule(
  112,
  "a destination that takes nothing: DestinationDeliveryFailures 1, DroppedEventCount n",
  "stream.net-failures-uncounted",
  async (play) => {
    const { g, fn, mapping, send } = clicks({ mapping: { maximumRetryAttempts: 0 } });
    g.destination("on-failure", "mapping", mapping, g.queue("failures"), { permission: "missing" });
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(3))] });
    expect(played.figures(fn)).toMatchObject({ DestinationDeliveryFailures: 1 });
    expect(played.figures(mapping)).toMatchObject({ DroppedEventCount: 3, OnFailureDestinationDeliveredEventCount: 0 });
    expect(played.totals).toMatchObject({ dropped: 3 });
  },
);

rule(112, "without any destination DroppedEventCount counts all", "stream.net-failures-uncounted", async (play) => {
  const dropped = async (net: "queue" | undefined): Promise<unknown> => {
    const { g, fn, mapping, send } = clicks({
      mapping: { maximumRetryAttempts: 0 },
      ...(net === undefined ? {} : { net }),
    });
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(3))] });
    const { DroppedEventCount: gone, OnFailureDestinationDeliveredEventCount: delivered } = played.figures(mapping);
    return [gone, delivered, played.figures(fn).DestinationDeliveryFailures];
  };
  expect(await dropped("queue")).toEqual([0, 3, 0]);
  expect(await dropped(undefined)).toEqual([3, 0, 0]);
});

rule(112, "what the stream forgets leaves no record", "stream.keeps-for-ever", async (play) => {
  const { g, fn, mapping, send } = clicks({ net: "queue" });
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(records(1))], until: "2d" });
  expect(played.one("r1")).toMatchObject({ outcome: "expired" });
  expect(played.deliveries).toEqual([]);
  expect(played.figures(mapping)).toMatchObject({ DroppedEventCount: 0 });
});

const keyed = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `r${index}`,
    partitionKey: `k${index % 8}`,
    data: `record ${index}`,
  }));

rule(113, "several batches of a shard at once, the order of a key kept", "stream.lanes-ignore-keys", async (play) => {
  const { g, fn, send } = clicks({ mapping: { parallelizationFactor: 4, batchSize: 1 } });
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(keyed(64))] });
  expect(played.invocations.filter(({ at }) => at === 0).length).toBeGreaterThan(1);
  for (let key = 0; key < 8; key += 1) {
    const seen = played.invocations.map(({ events }) => Number(events[0]?.slice(1))).filter((n) => n % 8 === key);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  }
});

rule(114, "a poison record blocks its lane, not the other lanes of the shard", "stream.one-lane", async (play) => {
  const { g, fn, send } = clicks({ mapping: { parallelizationFactor: 4, batchSize: 1 } });
  const list = keyed(64).map((one, index) => (index === 0 ? { ...one, data: "poison" } : one));
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [send(list)], until: "1h" });
  const keys = Array.from({ length: 8 }, (_, key) => {
    const outcomes = played.events.filter(({ id }) => Number(id.slice(1)) % 8 === key).map(({ outcome }) => outcome);
    return [...new Set(outcomes)].join();
  });
  // Of each key all or nothing: those that share the lane of the first record's key wait with it.
  expect(keys[0]).toBe("pending");
  expect(new Set(keys)).toEqual(new Set(["pending", "processed"]));
  expect(keys.filter((outcome) => outcome === "processed").length).toBeGreaterThanOrEqual(4);
});

const window = { tumblingWindowInSeconds: 60, maximumRetryAttempts: 1 };

rule(115, "a tumbling window ends with a last invocation of its own", "stream.no-windows", async (play) => {
  const { g, fn, send } = clicks({ mapping: window });
  const list = records(2);
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send: [send(list.slice(0, 1)), send(list.slice(1), "70s")],
  });
  expect(played.invocations.map(({ at, events }) => [at, events.length])).toEqual([
    [0, 1],
    [60_000, 0],
    [70_000, 1],
    [120_000, 0],
  ]);
});

rule(115, "a window's state goes from batch to batch, and ends with it", "stream.state-forgotten", async (play) => {
  const { g, send } = clicks({ mapping: window });
  const seen: unknown[] = [];
  const runner: Runner = {
    knows: () => true,
    invoke: ({ payload }) => {
      const event = payload();
      const state = memberOf(event, "state");
      seen.push([state, memberOf(event, "isFinalInvokeForWindow")]);
      const n = Number(memberOf(state, "n") ?? 0) + 1;
      return { kind: "ends", afterMs: 10, result: { kind: "success", value: { state: { n } } } };
    },
  };
  const list = records(3);
  const at = ["0s", "10s", "70s"].map((time, index) => send([list[index] ?? {}], time));
  await play(g, { send: at }, { runner });
  expect(seen).toEqual([
    [{}, false],
    [{ n: 1 }, false],
    [{ n: 2 }, true],
    [{}, false],
    [{ n: 1 }, true],
  ]);
});

rule(115, "a response without state is a failed invocation", "stream.state-optional", async (play) => {
  const { g, fn, send } = clicks({ mapping: window });
  const outcomes = [{ times: 2, then: { succeed: { ok: true } } }];
  const played = await play(g, { functions: { [fn]: { outcomes } }, send: [send(records(1))] });
  expect(played.one("r1")).toMatchObject({ outcome: "dropped", attempts: 2 });
});

rule(
  115,
  "a failed last invocation suspends the shard while the retry quota lasts",
  "stream.final-once",
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { ...window, maximumRetryAttempts: 3 } });
    const faults = [{ at: "60s", for: "1500ms", fail: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [send(records(1))], faults });
    expect(played.invocations.filter(({ events }) => events.length === 0).map(({ outcome }) => outcome)).toEqual([
      "error",
      "error",
      "success",
    ]);
  },
);

rule(115, "a throttle of the last invocation is not counted", "stream.final-once", async (play) => {
  const { g, fn, send } = clicks({ mapping: window });
  const faults = [{ at: "60s", for: "5s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(records(1))], faults });
  const finals = played.invocations.filter(({ events }) => events.length === 0);
  expect(finals.map(({ at, outcome }) => [at / 1_000, outcome])).toEqual([
    [60, "throttled"],
    [60.5, "throttled"],
    [61.5, "throttled"],
    [63.5, "throttled"],
    [67.5, "success"],
  ]);
});

rule(115, "a batch holds records of one window only", "stream.no-windows", async (play) => {
  const { g, fn, send } = clicks({ mapping: window });
  const list = records(3);
  const at = ["58500ms", "59500ms", "60500ms"].map((time, index) => send([list[index] ?? {}], time));
  // The first one runs from 59 s to 61.9 s: what is read then is of two windows.
  const outcomes = [{ when: { contains: "record 1" }, then: { succeed: { state: {} } }, takes: "2900ms" }];
  const played = await play(g, { functions: { [fn]: { outcomes } }, send: at });
  expect(played.invocations.map(({ events }) => events.join(" "))).toEqual(["r1", "r2", "", "r3", ""]);
});

rule(
  117,
  "the iterator passes what filters do not want, and text where a pattern wants JSON",
  "filter.ignored",
  async (play) => {
    const { g, fn, send } = clicks({ mapping: { filterCriteria: [{ data: { kind: ["wanted"] } }] } });
    const list = [
      { id: "yes", data: { kind: "wanted" } },
      { id: "no", data: { kind: "other" } },
      { id: "text", data: "wanted" },
    ];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [send(list)] });
    expect(["yes", "no", "text"].map((id) => played.one(id).outcome)).toEqual(["processed", "filtered", "filtered"]);
  },
);

rule(118, "without permission to read the stream nothing is read", "permissions.ignored", async (play) => {
  const { g, fn, send } = clicks({ mapping: { permission: "missing" } });
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(records(1))] });
  expect(played.one("r1")).toMatchObject({ outcome: "pending", attempts: 0, consumer: fn });
});
