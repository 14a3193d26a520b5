/** Every shape of section 2 of the failure semantics, field by field: nothing missing, nothing more. */
import { alias, asyncSettings, GraphBuilder } from "../support/graphs.ts";
import { failsAlways, type Play, type Played, play as played, succeeds } from "./play.ts";

const play: Play = async (graph, scenario, options) => await played(graph, scenario, options);
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const fnArn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
const text = (value: string): object => ({ DataType: "String", StringValue: value });

/** A function with a failure destination that `to` makes, invoked once with an order. */
async function failed(
  to: (g: GraphBuilder) => string,
  given: {
    runtime?: string;
    then?: unknown;
    kind?: "on-failure" | "dead-letter";
    faults?: (fn: string) => object[];
  } = {},
): Promise<{ played: Played; requestId: string | undefined; delivery: Played["deliveries"][number] }> {
  const g = new GraphBuilder();
  const fn = g.fn("orders", { retries: 0, ageSeconds: 60, runtime: given.runtime ?? "python3.13" });
  g.destination(given.kind ?? "on-failure", "function", fn, to(g));
  const then = given.then ?? { fail: { errorType: "Exception", errorMessage: "boom" } };
  const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: { orderId: "A-1" } }] }];
  const faults = given.faults?.(fn) ?? [];
  const run = await play(g, { functions: { [fn]: { outcomes: [{ then }] } }, send, faults });
  const [delivery] = run.deliveries;
  if (delivery === undefined) throw new Error("nothing was delivered");
  return { played: run, requestId: run.ran("i1")[0]?.requestId, delivery };
}

const record = (requestId: unknown, responsePayload: unknown): object => ({
  version: "1.0",
  timestamp: "2026-01-01T00:00:00.100Z",
  requestContext: {
    requestId,
    functionArn: `${fnArn}:$LATEST`,
    condition: "RetriesExhausted",
    approximateInvokeCount: 1,
  },
  requestPayload: { orderId: "A-1" },
  responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
  responsePayload,
});
const python = (requestId: unknown): object => ({
  errorMessage: "boom",
  errorType: "Exception",
  requestId,
  stackTrace: [expect.any(String)],
});

describe("2.1 the record of an asynchronous invocation", () => {
  it.each([
    ["queue", (g: GraphBuilder) => g.queue("failed")],
    [
      "topic",
      (g: GraphBuilder) => {
        const t = g.topic("failed");
        g.subscription(t, g.queue("kept"));
        return t;
      },
    ],
    ["bucket", (g: GraphBuilder) => g.bucket("failed")],
    ["function", (g: GraphBuilder) => g.fn("orders2")],
  ])("in a %s", async (kind, to) => {
    const g = new GraphBuilder();
    const fn = g.fn("orders", { retries: 0, runtime: "python3.13" });
    const target = to(g);
    g.destination("on-failure", "function", fn, target);
    const outcomes = [{ then: { fail: { errorType: "Exception", errorMessage: "boom" } } }];
    const functions = { [fn]: { outcomes }, ...(kind === "function" ? { [target]: succeeds } : {}) };
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: { orderId: "A-1" } }] }];
    const run = await play(g, { functions, send });
    const requestId = run.invocations[0]?.requestId;
    expect(requestId).toMatch(uuid);
    const [delivery] = run.deliveries;
    expect(delivery).toMatchObject({ to: target, via: "on-failure-destination", attributes: {} });
    expect(delivery?.body).toEqual(record(requestId, python(requestId)));
    expect(JSON.stringify(delivery?.body)).toMatch(
      /^\{"version":"1\.0","timestamp":.*,"requestContext":\{"requestId":/,
    );
  });

  it("of Node: errorType, errorMessage and trace", async () => {
    const { delivery, requestId } = await failed((g) => g.queue("failed"), { runtime: "nodejs22.x" });
    const trace = ["Exception: boom", expect.any(String)];
    expect(delivery.body).toEqual(record(requestId, { errorType: "Exception", errorMessage: "boom", trace }));
  });

  it.each([
    ["timeout", "Sandbox.Timedout", "Error: Task timed out after 3.00 seconds"],
    ["crash", "Runtime.ExitError", "Error: Runtime exited with error: exit status 1"],
  ])("of a %s, whatever the runtime", async (then, errorType, said) => {
    const { delivery, requestId } = await failed((g) => g.queue("failed"), { then });
    expect(delivery.body).toMatchObject({
      responsePayload: { errorType, errorMessage: `RequestId: ${requestId} ${said}` },
    });
    const { responsePayload } = delivery.body as { responsePayload: object };
    expect(Object.keys(responsePayload).toSorted()).toEqual(["errorMessage", "errorType"]);
  });

  it("of an alias: the ARN has the alias, executedVersion the version", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("orders", { aliases: [alias("live", "7")], asyncSettings: [asyncSettings("live", 0)] });
    g.destination("on-failure", "function", fn, g.queue("failed"), { fromQualifier: "live" });
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1, qualifier: "live" }] }];
    const run = await play(g, { functions: { [fn]: failsAlways }, send });
    expect(run.deliveries[0]?.body).toMatchObject({
      requestContext: { functionArn: `${fnArn}:live` },
      responseContext: { executedVersion: "7" },
    });
  });

  it("of an event that was throttled until it was too old: no response", async () => {
    const { delivery } = await failed((g) => g.queue("failed"), {
      faults: (fn) => [{ at: "0s", for: "10m", throttle: fn }],
    });
    expect(delivery.body).toEqual({
      version: "1.0",
      timestamp: "2026-01-01T00:01:00.000Z",
      requestContext: {
        requestId: expect.stringMatching(uuid),
        functionArn: `${fnArn}:$LATEST`,
        condition: "EventAgeExceeded",
        approximateInvokeCount: 0,
      },
      requestPayload: { orderId: "A-1" },
    });
  });
});

it("2.2 the record on a bus", async () => {
  const { delivery, requestId } = await failed((g) => g.bus("ops"));
  expect(delivery.body).toEqual({
    version: "0",
    id: expect.stringMatching(uuid),
    "detail-type": "Lambda Function Invocation Result - Failure",
    source: "lambda",
    account: "111122223333",
    time: "2026-01-01T00:00:00Z",
    region: "eu-west-1",
    resources: ["arn:aws:events:eu-west-1:111122223333:event-bus/ops", `${fnArn}:$LATEST`],
    detail: record(requestId, python(requestId)),
  });
});

describe("2.3 a function's dead letter", () => {
  it.each([
    ["queue", (g: GraphBuilder) => g.queue("letters")],
    [
      "topic",
      (g: GraphBuilder) => {
        const t = g.topic("letters");
        g.subscription(t, g.queue("kept"));
        return t;
      },
    ],
  ])("in a %s", async (_, to) => {
    const { delivery, requestId } = await failed(to, { kind: "dead-letter" });
    expect(delivery).toMatchObject({ via: "function-dead-letter" });
    expect(delivery.body).toEqual({ orderId: "A-1" });
    expect(delivery.attributes).toEqual({
      RequestID: text(String(requestId)),
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: text("boom"),
    });
  });
});

/** A batch of three that is given up at 100 ms, or for its age. */
async function givenUp(from: "stream" | "table", net: "queue" | "bucket", aged = false): Promise<Played> {
  const g = new GraphBuilder();
  const source = g[from]("clicks");
  const fn = g.fn("orders");
  const limits = aged ? { maximumRecordAgeInSeconds: 60 } : { maximumRetryAttempts: 0 };
  g.destination("on-failure", "mapping", g.mapping(source, fn, limits), g[net]("failures"));
  const ids = ["r1", "r2", "r3"];
  const entry =
    from === "stream"
      ? { records: ids.map((id) => ({ id, partitionKey: "a", data: id })) }
      : { puts: ids.map((id) => ({ id, item: { pk: id } })) };
  return await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "1835ms", to: source, ...entry }] });
}

const batchInfo = {
  stream: {
    KinesisBatchInfo: {
      shardId: "shardId-000000000000",
      startSequenceNumber: expect.stringMatching(/^49\d{53}0$/),
      endSequenceNumber: expect.stringMatching(/^49\d{53}2$/),
      approximateArrivalOfFirstRecord: "2026-01-01T00:00:01.835Z",
      approximateArrivalOfLastRecord: "2026-01-01T00:00:01.835Z",
      batchSize: 3,
      streamArn: "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
    },
  },
  table: {
    DDBStreamBatchInfo: {
      shardId: expect.stringMatching(/^shardId-\d{20}-[\da-f]{8}$/),
      startSequenceNumber: expect.stringMatching(/^1\d{19}0$/),
      endSequenceNumber: expect.stringMatching(/^1\d{19}2$/),
      approximateArrivalOfFirstRecord: "2026-01-01T00:00:01Z",
      approximateArrivalOfLastRecord: "2026-01-01T00:00:01Z",
      batchSize: 3,
      streamArn: "arn:aws:dynamodb:eu-west-1:111122223333:table/clicks/stream/2025-03-01T00:00:00.000",
    },
  },
};
const streamRecord = (run: Played, at: string, aged: boolean): object => ({
  requestContext: {
    requestId: run.invocations.at(-1)?.requestId,
    functionArn: fnArn,
    condition: aged ? "RecordAgeExceeded" : "RetryAttemptsExhausted",
    approximateInvokeCount: aged ? run.invocations.length : 1,
  },
  ...(aged ? {} : { responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" } }),
  version: "1.0",
  timestamp: at,
});

describe.each([
  ["2.4 Kinesis", "stream", "2026-01-01T00:00:02.100Z"],
  ["2.5 DynamoDB", "table", "2026-01-01T00:00:02.100Z"],
] as const)("%s: the record of a batch", (_, from, at) => {
  it("whose retries are exhausted", async () => {
    const run = await givenUp(from, "queue");
    expect(run.delivered("r1")[0]?.body).toEqual({ ...streamRecord(run, at, false), ...batchInfo[from] });
  });

  it("that is too old", async () => {
    const run = await givenUp(from, "queue", true);
    const aged = "2026-01-01T00:01:01.835Z";
    expect(run.delivered("r1")[0]?.body).toEqual({ ...streamRecord(run, aged, true), ...batchInfo[from] });
  });

  it("2.6 in a bucket: with the batch as text", async () => {
    const run = await givenUp(from, "bucket");
    const { payload, ...rest } = (run.delivered("r1")[0]?.body ?? {}) as { payload?: unknown };
    expect(rest).toEqual({ ...streamRecord(run, at, false), ...batchInfo[from] });
    expect(payload).toEqual(expect.any(String));
    const { Records: records } = JSON.parse(String(payload)) as { Records: Record<string, unknown>[] };
    expect(records).toHaveLength(3);
    const common = ["awsRegion", "eventID", "eventName", "eventSource", "eventSourceARN", "eventVersion"];
    const own = from === "stream" ? ["invokeIdentityArn", "kinesis"] : ["dynamodb"];
    expect(Object.keys(records[0] ?? {}).toSorted()).toEqual([...common, ...own].toSorted());
  });
});

/** A target that refuses, with an input of its own. */
async function undelivered(scheduled: boolean): Promise<Played> {
  const g = new GraphBuilder();
  const fn = g.fn("orders");
  const from = scheduled ? g.schedule("nightly") : g.rule("order-placed", g.bus("ops"), { source: ["shop"] });
  const target = g.target(from, fn, { permission: "missing", input: { kind: "constant", text: '{"only":"this"}' } });
  g.destination("dead-letter", "target", target, g.queue("letters"));
  const event = { id: "e1", source: "shop", detailType: "OrderPlaced", detail: { orderId: "A-1" } };
  const entry = scheduled
    ? { to: from, fires: [{ id: "e1" }] }
    : { to: "aws_cloudwatch_event_bus.ops", events: [event] };
  return await play(g, { functions: { [fn]: succeeds }, send: [{ at: "10s", ...entry }] });
}

it("2.7 the dead letter of a rule's target: the event itself, whatever the target's input", async () => {
  const [delivery] = (await undelivered(false)).deliveries;
  expect(delivery?.body).toEqual({
    version: "0",
    id: expect.stringMatching(uuid),
    "detail-type": "OrderPlaced",
    source: "shop",
    account: "111122223333",
    time: "2026-01-01T00:00:10Z",
    region: "eu-west-1",
    resources: [],
    detail: { orderId: "A-1" },
  });
  expect(delivery?.attributes).toEqual({
    RULE_ARN: text("arn:aws:events:eu-west-1:111122223333:rule/order-placed"),
    TARGET_ARN: text(fnArn),
    ERROR_CODE: text("NO_PERMISSIONS"),
    ERROR_MESSAGE: { DataType: "String", StringValue: expect.stringContaining("is not authorized") },
    RETRY_ATTEMPTS: text("0"),
  });
});

it("R47 the dead letter of a schedule: its input, with Scheduler's attributes", async () => {
  const [delivery] = (await undelivered(true)).deliveries;
  expect(delivery?.body).toEqual({ only: "this" });
  expect(delivery?.attributes).toEqual({
    SCHEDULE_ARN: text("arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly"),
    TARGET_ARN: text(fnArn),
    ERROR_CODE: text("NO_PERMISSIONS"),
    ERROR_MESSAGE: { DataType: "String", StringValue: expect.stringContaining("is not authorized") },
    EXECUTION_ID: { DataType: "String", StringValue: expect.stringMatching(uuid) },
    IS_PAYLOAD_TRUNCATED: text("false"),
    RETRY_ATTEMPTS: text("0"),
    SCHEDULED_TIME: text("2026-01-01T00:00:10Z"),
  });
});

it("2.8 the dead letter of a subscription", async () => {
  const g = new GraphBuilder();
  const topic = g.topic("orders");
  const fn = g.fn("orders");
  g.destination(
    "dead-letter",
    "subscription",
    g.subscription(topic, fn, { permission: "missing" }),
    g.queue("letters"),
  );
  const notifications = [{ id: "n1", message: { orderId: "A-1" }, attributes: { tenant: "t1" } }];
  const run = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "1123ms", to: topic, notifications }] });
  expect(run.deliveries[0]).toMatchObject({ via: "subscription-dead-letter", attributes: {} });
  expect(run.deliveries[0]?.body).toEqual({
    Type: "Notification",
    MessageId: expect.stringMatching(uuid),
    TopicArn: "arn:aws:sns:eu-west-1:111122223333:orders",
    Message: '{"orderId":"A-1"}',
    Timestamp: "2026-01-01T00:00:01.123Z",
    SignatureVersion: "1",
    Signature: expect.any(String),
    SigningCertURL: expect.any(String),
    UnsubscribeURL: expect.any(String),
    MessageAttributes: { tenant: { Type: "String", Value: "t1" } },
  });
});

it("2.9 a message that its queue moves: the same in all but where it came from", async () => {
  const g = new GraphBuilder();
  const [queue, letters] = [g.queue("work"), g.queue("letters")];
  const [fn, watcher] = [g.fn("orders"), g.fn("watcher")];
  g.mapping(queue, fn);
  g.mapping(letters, watcher);
  g.redrive(queue, letters, 1);
  const seen: Record<string, unknown>[] = [];
  const runner = {
    knows: () => true,
    invoke: (call: { function: string; payload: () => unknown }) => {
      const { Records: records } = call.payload() as { Records: Record<string, unknown>[] };
      seen.push(records[0] ?? {});
      const result = call.function === fn ? ({ kind: "crash" } as const) : ({ kind: "success", value: null } as const);
      return { kind: "ends", afterMs: 10, result } as const;
    },
  };
  const messages = [{ id: "m1", body: { orderId: "A-1" }, attributes: { tenant: "t1" } }];
  const run = await play(g, { send: [{ at: "0s", to: queue, messages }] }, { runner });
  expect(run.deliveries[0]).toMatchObject({
    via: "redrive-policy",
    body: { orderId: "A-1" },
    attributes: { tenant: text("t1") },
  });
  const [before = {}, after = {}] = seen;
  for (const same of ["messageId", "body", "messageAttributes"]) expect(after[same]).toEqual(before[same]);
  expect(before.attributes).toMatchObject({ ApproximateReceiveCount: "1" });
  expect(after.attributes).toEqual({
    ...(before.attributes as object),
    ApproximateReceiveCount: "2",
    DeadLetterQueueSourceArn: "arn:aws:sqs:eu-west-1:111122223333:work",
  });
});
