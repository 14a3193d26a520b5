/** What targets of rules and schedules are given, by their parameters, and what of it nothing is known about. */
import type { Call } from "../../rehearsal/functions/runner.ts";
import type { Graph, TargetEdge, TargetInput } from "../../topology/graph.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { type Played, play, succeeds } from "./play.ts";

const due = { source: "shop.clock", detailType: "Due" };
const constant = (text: string): TargetInput => ({ kind: "constant", text });
const unknown = { value: null, from: "unknown" } as const;

/** A runner that keeps what its functions are given. */
function keeping(): {
  readonly calls: Call[];
  readonly runner: { knows: () => boolean; invoke: (call: Call) => never };
} {
  const calls: Call[] = [];
  const ended = { kind: "ends", afterMs: 10, result: { kind: "success", value: null } };
  const invoke = (call: Call): never => {
    calls.push(call);
    return ended as never;
  };
  return { calls, runner: { knows: () => true, invoke } };
}

/** The same graph, with its target edges changed. */
function changed(g: GraphBuilder, change: Partial<TargetEdge>): Graph {
  const graph = g.build();
  return { ...graph, edges: graph.edges.map((edge) => (edge.kind === "target" ? { ...edge, ...change } : edge)) };
}

function fired(schedule: string): object {
  return { functions: {}, send: [{ at: "0s", to: schedule, fires: [{ id: "t1" }] }] };
}

describe("a schedule's event on a bus", () => {
  /** A schedule to a bus whose rule wants `pattern`, and a function behind it. */
  function clock(pattern: Readonly<Record<string, never[]>> | object, given: object) {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const schedule = g.schedule("nightly");
    const fn = g.fn("work");
    const target = g.target(schedule, bus, given);
    g.target(g.rule("due", bus, { ...pattern }), fn, { id: "aws_cloudwatch_event_target.due" });
    return { g, bus, schedule, fn, target };
  }

  const wanted = { source: ["shop.clock", "aws.clock"] };

  it("is what PutEvents is given: source, detail type, and the input as detail", async () => {
    const { g, schedule } = clock(wanted, { event: due, input: constant('{"n": 1}') });
    const { calls, runner } = keeping();
    const played = await play(g, fired(schedule), { runner });
    expect(played.one("t1")).toMatchObject({ outcome: "processed" });
    expect(JSON.parse(calls[0]?.loads[0]?.text ?? "")).toEqual({
      version: "0",
      id: expect.any(String),
      "detail-type": "Due",
      source: "shop.clock",
      account: "111122223333",
      region: "eu-west-1",
      time: "2026-01-01T00:00:00Z",
      resources: [],
      detail: { n: 1 },
    });
  });

  it("is never AWS's own", async () => {
    const { g, schedule } = clock({ source: ["aws.scheduler"] }, { event: due });
    expect((await play(g, fired(schedule))).one("t1")).toMatchObject({ outcome: "unmatched" });
  });

  it("has the notification of a schedule without input as detail, which is assumed", async () => {
    const { g, schedule, target } = clock({ detail: { "detail-type": ["Scheduled Event"] } }, { event: due });
    const played = await play(g, { ...fired(schedule), functions: { "aws_lambda_function.work": succeeds } });
    expect(played.one("t1")).toMatchObject({ outcome: "processed" });
    expect(played.assumptions.map(({ name }) => name)).toContain(`${target}.input`);
  });

  it.each([
    ["no parameters", { input: constant("{}") }, /^R36: .*no eventbridge_parameters/],
    ["no parameters, whatever the input,", { input: { kind: "unknown" } }, /^R36: .*no eventbridge_parameters/],
    ["a list as detail", { event: due, input: constant("[1]") }, /^R36: .*no JSON object/],
    ["no JSON as detail", { event: due, input: constant("n: 1") }, /^R36: .*no JSON object/],
    ["AWS's own source", { event: { ...due, source: "aws.clock" } }, /^R36: .*aws\.clock/],
  ])("is refused with %s, at once", async (_, given, why) => {
    const { g, schedule, fn } = clock(wanted, given);
    const played = await play(g, { ...fired(schedule), functions: { [fn]: succeeds } });
    expect(played.one("t1")).toMatchObject({ outcome: "dropped", endedAt: 0, consumer: fn });
    expect(played.one("t1").why).toMatch(why);
    expect(played.figures(schedule)).toMatchObject({ InvocationAttempts: 1, FailedInvocations: 1 });
  });

  it.each([
    ["the source", { eventBridgeParameters: { source: unknown, detailType: { value: "Due", from: "configuration" } } }],
    [
      "the detail type",
      { eventBridgeParameters: { source: { value: "s", from: "configuration" }, detailType: unknown } },
    ],
    ["the input", { input: { kind: "unknown" } }],
  ] as const)("stops the rehearsal where %s is not known", async (what, change) => {
    const { g, schedule } = clock(wanted, { event: due });
    const word = what.replace("the ", "");
    await expect(play(changed(g, change), fired(schedule))).rejects.toThrow(
      expect.objectContaining({ name: "UnknownReached", message: expect.stringContaining(word) }),
    );
  });

  it("stops it where a rule looks into a detail that is known in part, and only there", async () => {
    const inPart = { event: due, input: constant('{"queue": "\u27e8aws_sqs_queue.work.url\u27e9"}') };
    const looking = clock({ detail: { queue: ["q"] } }, inPart);
    await expect(play(looking.g, fired(looking.schedule))).rejects.toThrow(/not known before it is applied/);
    // So where it is a queue's mapping behind a rule that looks, or a target's message group.
    const behind = (fifo: boolean): ReturnType<typeof clock> => {
      const made = clock(wanted, inPart);
      const queue = made.g.queue("behind", { fifo, contentBasedDeduplication: fifo });
      const rule = made.g.rule("behind", made.bus, wanted);
      made.g.target(rule, queue, fifo ? { messageGroupId: "$.detail.queue" } : {});
      made.g.mapping(queue, made.fn, fifo ? {} : { filterCriteria: ['{"body":{"detail":{"queue":["q"]}}}'] });
      return made;
    };
    for (const fifo of [false, true]) {
      const { g: far, schedule: from } = behind(fifo);
      await expect(play(far, fired(from))).rejects.toThrow(/leads to looks into its input/);
    }
    const { g, schedule, fn } = clock(wanted, inPart);
    const played = await play(g, { ...fired(schedule), functions: { [fn]: succeeds } });
    expect(played.one("t1")).toMatchObject({ outcome: "processed" });
  });
});

describe("a schedule's input", () => {
  /** What a queue is given, after an outage of so long. */
  async function given(input: TargetInput, outage = "0s"): Promise<[body: string, played: Played]> {
    const g = new GraphBuilder();
    const schedule = g.schedule("nightly");
    const queue = g.queue("work");
    g.mapping(queue, g.fn("work"));
    g.target(schedule, queue, { input });
    const { calls, runner } = keeping();
    const faults = outage === "0s" ? [] : [{ at: "0s", for: outage, unavailable: queue }];
    const settings = { "eventbridge.jitter": 0 };
    const played = await play(g, { ...fired(schedule), faults, settings }, { runner });
    return [calls[0]?.loads[0]?.text ?? "", played];
  }

  it("has no paths: a group is what is written", async () => {
    const g = new GraphBuilder();
    const schedule = g.schedule("nightly");
    const queue = g.queue("work.fifo", { fifo: true, contentBasedDeduplication: true });
    g.mapping(queue, g.fn("work"));
    g.target(schedule, queue, { messageGroupId: "$.nothing" });
    const { calls, runner } = keeping();
    await play(g, fired(schedule), { runner });
    expect(JSON.stringify(calls[0]?.payload())).toContain('"MessageGroupId":"$.nothing"');
  });

  it.each(['"a text"', '{ "n" : 1.0 }', "no JSON"])("reaches a queue as it is written: %s", async (text) => {
    expect((await given(constant(text)))[0]).toBe(text);
  });

  it("tells of the schedule and of the attempt where it asks for it", async () => {
    const asked = "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> <other>";
    const arn = "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly";
    expect((await given(constant(asked)))[0]).toBe(`${arn} 2026-01-01T00:00:00Z 1 <other>`);
    // Retries after 1 s and 2 s.
    expect((await given(constant(asked), "2s"))[0]).toBe(`${arn} 2026-01-01T00:00:00Z 3 <other>`);
    expect((await given(constant("<aws.scheduler.execution-id>")))[0]).toMatch(/^[\da-f-]{36}$/);
  });

  it("is a notification where there is none, with a text as detail", async () => {
    expect(JSON.parse((await given({ kind: "event" }))[0])).toMatchObject({
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      resources: ["arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly"],
      detail: "{}",
    });
  });

  it("is refused for a function where it is no JSON", async () => {
    const g = new GraphBuilder();
    const schedule = g.schedule("nightly");
    const fn = g.fn("work");
    g.target(schedule, fn, { input: constant("no JSON") });
    const played = await play(g, { ...fired(schedule), functions: { [fn]: succeeds } });
    expect(played.one("t1")).toMatchObject({ outcome: "dropped", why: expect.stringMatching(/^R36: .*no JSON/) });
  });
});

describe("the partition key of what a target puts into a stream", () => {
  /** Partition keys of two events, or of two firings. */
  async function keys(from: "rule" | "schedule", partitionKey: string | undefined): Promise<[unknown[], Played]> {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const source = from === "rule" ? g.rule("placed", bus, { source: ["shop"] }) : g.schedule("nightly");
    const stream = g.stream("orders", { shardCount: 4 });
    g.mapping(stream, g.fn("work"));
    g.target(source, stream, partitionKey === undefined ? {} : { partitionKey });
    const event = (id: string, customer?: string): object => ({
      id,
      source: "shop",
      detailType: "OrderPlaced",
      detail: customer === undefined ? {} : { customer },
    });
    const { calls, runner } = keeping();
    const send =
      from === "rule"
        ? [{ at: "0s", to: bus, events: [event("e1", "anna"), event("e2")] }]
        : [{ at: "0s", to: source, fires: [{ id: "e1" }, { id: "e2" }] }];
    const played = await play(g, { functions: {}, send }, { runner });
    const records = calls.flatMap(({ payload }) => (payload() as { Records: object[] }).Records);
    return [records.map((one) => (one as { kinesis: { partitionKey: string } }).kinesis.partitionKey), played];
  }

  it("is what a rule's path chooses, and the event's id where it chooses nothing", async () => {
    const [found, played] = await keys("rule", "$.detail.customer");
    expect(found).toHaveLength(2);
    expect(found).toContain("anna");
    expect(found).toContainEqual(expect.stringMatching(/^[\da-f-]{36}$/));
    expect(played.assumptions.map(({ name }) => name)).toContainEqual(expect.stringContaining("partition_key_path"));
  });

  it("is the event's id without a path", async () => {
    const [found] = await keys("rule", undefined);
    expect(found).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), expect.stringMatching(/^[\da-f-]{36}$/)]);
  });

  it("is a schedule's own, always the same", async () => {
    expect((await keys("schedule", "clock"))[0]).toEqual(["clock", "clock"]);
  });
});

describe("a rule's target", () => {
  /** One event to a target that `make` makes. */
  async function put(make: (g: GraphBuilder) => string, given: object, change: Partial<TargetEdge> = {}) {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    g.target(g.rule("placed", bus, { source: ["shop"] }), make(g), given);
    const events = [{ id: "e1", source: "shop", detailType: "OrderPlaced", detail: {} }];
    return (await play(changed(g, change), { functions: {}, send: [{ at: "0s", to: bus, events }] })).one("e1");
  }

  it("is no table, whatever the input", async () => {
    for (const input of [constant('"a text"'), { kind: "event" } as const]) {
      const ended = await put((g) => g.table("orders"), { input });
      expect(ended).toMatchObject({ outcome: "dropped", why: expect.stringMatching(/^R36: .*a table/) });
    }
  });

  it("has no input that is no JSON", async () => {
    const ended = await put((g) => g.queue("orders"), { input: constant("no JSON") });
    expect(ended).toMatchObject({ outcome: "dropped", why: expect.stringMatching(/^R36: .*no JSON/) });
  });

  it("has no input where it is a bus of another account", async () => {
    const foreign = (g: GraphBuilder): string => g.bus("other", { accountId: "444455556666" });
    const ended = await put(foreign, { input: constant("{}") });
    expect(ended).toMatchObject({ outcome: "dropped", why: expect.stringMatching(/^R36: .*another account/) });
    expect(await put(foreign, {})).toMatchObject({ outcome: "unmatched" });
  });

  it("stops the rehearsal where its message group or partition key is not known, and needed", async () => {
    const fifo = { fifo: true, contentBasedDeduplication: true };
    const group = { messageGroupId: unknown };
    await expect(put((g) => g.queue("orders.fifo", fifo), {}, group)).rejects.toThrow(/message group is not known/);
    expect(await put((g) => g.queue("orders"), {}, group)).toMatchObject({ outcome: "pending" });
    const key = { partitionKey: unknown };
    await expect(put((g) => g.stream("orders"), {}, key)).rejects.toThrow(/partition key is not known/);
  });
});

it("S3 tells keys as a form would send them, and EventBridge as they are", async () => {
  const g = new GraphBuilder();
  const bucket = g.bucket("photos");
  const bus = g.bus("default");
  g.notification(bucket, g.fn("own"), { prefix: "in/a b" });
  g.notification(bucket, bus);
  g.target(g.rule("created", bus, { source: ["aws.s3"] }), g.fn("other"));
  const { calls, runner } = keeping();
  const send = [{ at: "0s", to: bucket, objects: [{ id: "o1", key: "in/a b+é.jpg" }] }];
  await play(g, { functions: {}, send }, { runner });
  const texts = Object.fromEntries(calls.map((call) => [call.function, JSON.stringify(call.payload())]));
  expect(texts["aws_lambda_function.own"]).toContain('"key":"in/a+b%2B%C3%A9.jpg"');
  expect(texts["aws_lambda_function.other"]).toContain('"key":"in/a b+é.jpg"');
});
