/** Scenarios and results in the shapes that others build on. */
import { summary } from "../../cli/summary.ts";
import type { Answer, Call, FunctionResult, Runner } from "../../rehearsal/functions/runner.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import { generatedScenario } from "../../rehearsal/scenario/generated.ts";
import { bursts, every, poissonArrivals, together } from "../../rehearsal/scenario/load.ts";
import { readScenario } from "../../rehearsal/scenario/read.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, failsOnPoison, play, succeeds } from "./play.ts";

function shop() {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  const letters = g.queue("letters");
  g.mapping(queue, fn);
  g.redrive(queue, letters, 2);
  return { g, queue, fn, letters };
}
const message = (id: string, body: unknown = 1): object => ({ id, body });

const shopEvent = (id: string, source: string, total: number): object => ({
  id,
  source,
  detailType: "T",
  detail: { total },
});

const outcomeWith = async (to: (g: GraphBuilder) => string, functions: (fn: string) => object): Promise<unknown> => {
  const g = new GraphBuilder();
  const fn = g.fn("mail", { retries: 0 });
  g.destination("on-failure", "function", fn, to(g));
  const played = await play(g, {
    functions: functions(fn),
    send: [{ at: "0s", to: fn, invocations: [{ id: "i", payload: 1 }] }],
  });
  return [played.one("i").outcome, played.one("i").where];
};

const collect = (g: GraphBuilder): string => g.fn("collector", { retries: 0 });

const answersBy = (make: (call: Call) => Answer | Promise<Answer>): Runner => ({ knows: () => true, invoke: make });

const invocationsOf = (fn: string, ids: readonly string[]): object => ({
  send: [{ at: "0s", to: fn, invocations: ids.map((id) => ({ id, payload: { id } })) }],
});

describe("a scenario that cannot be used is told in one line with its place", () => {
  const { queue, fn } = shop();
  const send = (entry: object): object => ({
    functions: { [fn]: succeeds },
    send: [{ at: "0s", to: queue, ...entry }],
  });
  const outcome = (rule: object): object => ({ functions: { [fn]: { outcomes: [rule] } } });
  it.each<readonly [string, object, string | RegExp]>([
    [
      "an address that does not exist",
      send({ to: "aws_sqs_queue.wrok", messages: [] }),
      "scenario.json: send[0].to: no such address aws_sqs_queue.wrok; did you mean aws_sqs_queue.work?",
    ],
    [
      "two events with one id",
      send({ messages: [message("a"), message("a")] }),
      'scenario.json: send[0].messages[1].id: "a" is there already; ids are unique',
    ],
    [
      "an unknown outcome",
      outcome({ then: "explode" }),
      /^scenario\.json: functions\["aws_lambda_function\.work"\]\.outcomes\[0\]\.then: unknown outcome "explode": one of "timeout"/,
    ],
    [
      "a duration without unit",
      outcome({ then: "crash", takes: "5" }),
      /outcomes\[0\]\.takes: "5" is no duration: a number with ms, s, m, h or d/,
    ],
    [
      "a number as duration",
      { send: [{ at: 0, to: queue, messages: [] }] },
      "scenario.json: send[0].at: a duration is a text such as 500ms, 2s, 5m, 1h or 14d",
    ],
    ["a field that there is not", { fucntions: {} }, "scenario.json: no such field fucntions; did you mean functions?"],
    [
      "a field that there is not, further in",
      outcome({ then: { fail: { errorType: "Error", errorMesage: "x" } } }),
      /outcomes\[0\]\.then: unknown outcome .*"errorMessage"/,
    ],
    [
      "a field of an entry that there is not",
      send({ message: [] }),
      "scenario.json: send[0]: no such field message; did you mean messages?",
    ],
    [
      "a list where an object must stand",
      { faults: [[]] },
      "scenario.json: faults[0]: a list stands where an object with at, for, throttle, fail or unavailable must stand",
    ],
    [
      "no object at all",
      [],
      /^scenario\.json: a list stands where an object with name, seed, .* or settings must stand/,
    ],
    [
      "an object where a list must stand",
      { faults: {} },
      "scenario.json: faults: an object stands where a list must stand",
    ],
    ["a number where a text must stand", { name: 5 }, "scenario.json: name: 5 stands where a text must stand"],
    [
      "a field that is missing",
      { send: [{ at: "0s", messages: [] }] },
      "scenario.json: send[0].to: is missing: a text",
    ],
    ["a number below its range", { seed: -1 }, "scenario.json: seed: -1 is too small: at least 0"],
    [
      "a message-move task faster than AWS's",
      { redrives: [{ at: "0s", from: queue, perSecond: 501 }] },
      "scenario.json: redrives[0].perSecond: 501 is too large: at most 500",
    ],
    [
      "a function that there is not",
      { functions: { "aws_lambda_function.wrok": {} } },
      "scenario.json: functions: no such function aws_lambda_function.wrok; did you mean aws_lambda_function.work?",
    ],
    [
      "a fault of nothing",
      { faults: [{ at: "0s", for: "1s", throttle: queue }] },
      /^scenario\.json: faults\[0\]\.throttle: no such function/,
    ],
    ["a fault without kind", { faults: [{ at: "0s", for: "1s" }] }, /^scenario\.json: faults\[0\]: a fault has one of/],
    [
      "records for a queue",
      send({ records: [{ id: "r", data: 1 }] }),
      "scenario.json: send[0].records: aws_sqs_queue.work is a queue, which takes messages",
    ],
    [
      "two lists in one entry",
      send({ messages: [], records: [] }),
      /^scenario\.json: send\[0\]: an entry has one of records/,
    ],
    [
      "a setting out of its range",
      { settings: { "stream.retryDelay": 1 } },
      'scenario.json: settings["stream.retryDelay"]: 1 is not between 100 and 5000',
    ],
    [
      "a setting that there is not",
      { settings: { "stream.retrydelay": 500 } },
      /settings\["stream\.retrydelay"\]: no such setting stream\.retrydelay; did you mean stream\.retryDelay\?/,
    ],
  ])("%s", async (_title, scenario, expected) => {
    const { g } = shop();
    await expect(play(g, scenario)).rejects.toThrow(expected);
  });

  it("a FIFO message without group", async () => {
    const g = new GraphBuilder();
    const fifo = g.queue("orders", { fifo: true });
    const scenario = { send: [{ at: "0s", to: fifo, messages: [message("a")] }] };
    await expect(play(g, scenario)).rejects.toThrow(
      "scenario.json: send[0].messages[0].messageGroupId: is missing; aws_sqs_queue.orders is FIFO",
    );
  });

  it("a function without outcomes that an event reaches", async () => {
    const { g, queue: to } = shop();
    const scenario = { send: [{ at: "0s", to, messages: [message("a")] }] };
    await expect(play(g, scenario)).rejects.toThrow(
      /^aws_lambda_function\.work: an event reaches it, and nothing says how it behaves/,
    );
  });

  it("a permission that is not known, once an event reaches it; not before", async () => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks");
    const f = g.fn("clicks");
    const mapping = g.mapping(stream, f, { maximumRetryAttempts: 0 });
    g.destination("on-failure", "mapping", mapping, g.queue("failed"), { permission: "unknown" });
    const records = (data: string): object => ({
      functions: { [f]: failsOnPoison },
      send: [{ at: "0s", to: stream, records: [{ id: "r", data }] }],
    });
    expect((await play(g, records("fine"))).totals.processed).toBe(1);
    await expect(play(g, records("poison"))).rejects.toThrow(/an event reaches it, and its permission is not known/);
  });
});

describe("a result", () => {
  it("has the parts of the contract, in its shapes", async () => {
    const { g, queue, fn, letters } = shop();
    const scenario = {
      name: "one poison",
      functions: { [fn]: failsOnPoison },
      send: [{ at: "0s", to: queue, messages: [message("m1", "poison")] }],
    };
    const rehearsal = await rehearse(g.build(), readScenario(scenario, g.build(), "scenario.json"));
    const result = rehearsal.result();
    rehearsal.close();
    expect(Object.keys(result)).toEqual([
      "stack",
      "scenario",
      "seed",
      "endedAt",
      "totals",
      "events",
      "invocations",
      "deliveries",
      "resources",
      "paths",
      "assumptions",
    ]);
    expect(result).toMatchObject({
      stack: "shop",
      scenario: "one poison",
      seed: 1,
      endedAt: 60_000,
      totals: {
        sent: 1,
        entries: 1,
        processed: 0,
        retained: 1,
        pending: 0,
        expired: 0,
        dropped: 0,
        filtered: 0,
        unmatched: 0,
        deliveredMoreThanOnce: 1,
      },
      events: [
        {
          id: "m1",
          to: queue,
          consumer: fn,
          sentAt: 0,
          outcome: "retained",
          where: [letters],
          endedAt: 60_000,
          attempts: 2,
          successes: 0,
        },
      ],
      deliveries: [{ at: 60_000, to: letters, via: "redrive-policy", events: ["m1"], body: "poison", attributes: {} }],
      paths: [{ source: queue, consumer: fn, latencyMs: { p50: 60_000, p99: 60_000, max: 60_000 }, blockedMs: 0 }],
      assumptions: [expect.objectContaining({ name: "sqs.errorBackoff" })],
    });
    expect(result.invocations[0]).toEqual({
      at: 0,
      function: fn,
      requestId: expect.any(String),
      source: queue,
      events: ["m1"],
      outcome: "error",
      ms: 100,
    });
    expect(result.resources[letters]).toMatchObject({ visible: 1, inFlight: 0 });
    expect(result.resources[fn]).toMatchObject({ Invocations: 2, Errors: 2, Throttles: 0 });
  });

  it("leaves out what was processed at the first attempt, where that is asked for", async () => {
    const { g, queue, fn } = shop();
    const scenario = {
      functions: { [fn]: failsOnPoison },
      send: [
        { at: "0s", to: queue, messages: [message("good")] },
        { at: "10s", to: queue, messages: [message("bad", "poison")] },
      ],
    };
    const played = await play(g, scenario, { events: "failed" });
    expect(played.events.map(({ id }) => id)).toEqual(["bad"]);
    expect(played.invocations.flatMap(({ events }) => events)).toEqual(["bad", "bad"]);
    expect(played.totals).toMatchObject({ sent: 2, processed: 1, retained: 1 });
  });

  it("has one entry per consumer, and none wanted is unmatched", async () => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const [a, b] = [g.fn("a"), g.fn("b")];
    g.target(g.rule("ra", bus, { source: ["shop"] }), a);
    g.target(g.rule("rb", bus, { source: ["shop"], detail: { total: [{ numeric: [">", 5] }] } }), b);
    const events = [shopEvent("both", "shop", 6), shopEvent("one", "shop", 5), shopEvent("none", "other", 1)];
    const played = await play(g, {
      functions: { [a]: succeeds, [b]: failsAlways },
      send: [{ at: "0s", to: bus, events }],
    });
    expect(played.of("both").map(({ consumer, outcome }) => [consumer, outcome])).toEqual([
      [a, "processed"],
      [b, "dropped"],
    ]);
    expect(played.one("one")).toMatchObject({ consumer: a, outcome: "processed" });
    expect(played.one("none")).toMatchObject({ consumer: null, outcome: "unmatched" });
  });

  it("an archive retains, a queue without consumer is pending, and a topic without subscriber drops failures", async () => {
    const g = new GraphBuilder();
    const archive = {
      address: "aws_cloudwatch_event_archive.all",
      location: null,
      eventPattern: { value: null, from: "default" as const },
      retentionDays: { value: 0, from: "default" as const },
    };
    const bus = g.bus("shop", { archives: [archive] });
    const fn = g.fn("mail", { retries: 0 });
    g.target(g.rule("r", bus, { source: ["shop"] }), fn);
    const events = [{ id: "e1", source: "shop", detailType: "T", detail: {} }];
    const archived = await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: bus, events }] });
    expect(archived.one("e1")).toMatchObject({ outcome: "retained", where: [archive.address] });

    const lone = new GraphBuilder();
    const queue = lone.queue("lone");
    expect((await play(lone, { send: [{ at: "0s", to: queue, messages: [message("m")] }] })).one("m")).toMatchObject({
      outcome: "pending",
      consumer: null,
    });

    const silent = new GraphBuilder();
    const f = silent.fn("mail", { retries: 0 });
    silent.destination("on-failure", "function", f, silent.topic("nobody"));
    const dropped = await play(silent, {
      functions: { [f]: failsAlways },
      send: [{ at: "0s", to: f, invocations: [{ id: "i", payload: 1 }] }],
    });
    expect(dropped.one("i")).toMatchObject({ outcome: "dropped", why: expect.stringContaining("H72") });
  });

  it("a failure destination outside the configuration retains, with an assumption; a function does if it succeeds", async () => {
    const mail = "email:ops@example.com";
    const topic = (g: GraphBuilder): string => {
      const address = g.topic("ops");
      g.subscription(address, g.external(mail, "email"));
      return address;
    };
    expect(await outcomeWith(topic, (fn) => ({ [fn]: failsAlways }))).toEqual(["retained", [mail]]);
    const collector = "aws_lambda_function.collector";
    expect(await outcomeWith(collect, (fn) => ({ [fn]: failsAlways, [collector]: succeeds }))).toEqual([
      "retained",
      [collector],
    ]);
    expect(await outcomeWith(collect, (fn) => ({ [fn]: failsAlways, [collector]: failsAlways }))).toEqual([
      "dropped",
      undefined,
    ]);
  });

  it("an on-success record opens an entry where a consumer gets it, and only there", async () => {
    const g = new GraphBuilder();
    const [fn, audit] = [g.fn("mail"), g.fn("audit")];
    const [consumed, kept] = [g.queue("consumed"), g.queue("kept")];
    g.mapping(consumed, audit);
    g.destination("on-success", "function", fn, consumed);
    g.destination("on-success", "function", fn, kept);
    const played = await play(g, {
      functions: { [fn]: succeeds, [audit]: succeeds },
      send: [{ at: "0s", to: fn, invocations: [{ id: "i", payload: 1 }] }],
    });
    expect(played.of("i").map(({ consumer, outcome }) => [consumer, outcome])).toEqual([
      [fn, "processed"],
      [audit, "processed"],
    ]);
  });

  it("names what the reading of the configuration had to assume", async () => {
    const { g, fn } = shop();
    const assumption = {
      name: "aws_sqs_queue.work.redrive_policy",
      value: "maxReceiveCount 5",
      why: "known after apply",
    };
    const played = await play({ ...g.build(), assumptions: [assumption] }, { functions: { [fn]: succeeds } });
    expect(played.assumptions).toEqual([assumption]);
  });

  it("cuts a loop that AWS does not detect, and says so", async () => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const fn = g.fn("echo");
    g.target(g.rule("again", bus, { source: ["lambda"] }), fn);
    g.destination("on-success", "function", fn, bus);
    const send = [{ at: "0s", to: fn, invocations: [{ id: "i", payload: 1 }] }];
    const played = await play(g, { functions: { [fn]: succeeds }, send, settings: { "loop.limit": 50 } });
    expect(played.one("i")).toMatchObject({ outcome: "processed", successes: 51 });
    expect(played.assumptions).toContainEqual(expect.objectContaining({ name: "loop.limit", value: "50" }));
  });

  it("ends when nothing can change any more; a net's retention is played where until is given", async () => {
    const { g, queue, fn } = shop();
    const scenario = { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: queue, messages: [message("m")] }] };
    expect((await play(g, scenario)).endedAt).toBe(60_000);
    const long = await play(g, { ...scenario, until: "5d" });
    expect(long).toMatchObject({ endedAt: 432_000_000, totals: { expired: 1 } });
  });

  it("fits a terminal of 80 columns, and names what was lost", async () => {
    const { g, queue, fn } = shop();
    const scenario = {
      functions: { [fn]: failsAlways },
      send: [{ at: "0s", to: queue, messages: [message("m1"), message("m2")] }],
      until: "5d",
    };
    const rehearsal = await rehearse(g.build(), readScenario(scenario, g.build(), "scenario.json"));
    const text = summary(rehearsal, { out: () => {}, err: () => {}, colour: false });
    rehearsal.close();
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain("m1, m2 expired at 4d on the way into aws_lambda_function.work: R59");
    expect(text).toContain("2 sent: 2 expired");
  });
});

const afterDelays = async (delays: readonly number[]): Promise<string> => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  let n = 0;
  const runner = answersBy(async (call) => {
    const delay = delays[n % delays.length] ?? 0;
    n += 1;
    await new Promise((resolve) => {
      setTimeout(resolve, delay);
    });
    const fails = call.loads[0]?.text.includes("bad") === true;
    const result: FunctionResult = fails ? { kind: "crash" } : { kind: "success", value: null };
    return { kind: "ends", afterMs: 20, result };
  });
  return JSON.stringify(await play(g, invocationsOf(fn, ["a", "bad", "c"]), { runner }));
};

describe("functions behind the interface", () => {
  it("may answer later, in whatever real order: the result is the same", async () => {
    const [slowFirst, slowLast] = [await afterDelays([15, 5, 0]), await afterDelays([0, 5, 15])];
    expect(slowFirst).toBe(slowLast);
    expect(JSON.parse(slowFirst)).toMatchObject({ totals: { processed: 2, dropped: 1 } });
  });

  it("may run until they end by themselves, or time out", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0, timeout: 7 });
    const runner = answersBy((call) => ({
      kind: "running",
      onEnd: (end) => {
        if (call.loads[0]?.text.includes("ends") === true) end({ kind: "success", value: 1 });
      },
    }));
    const played = await play(g, invocationsOf(fn, ["ends", "hangs"]), { runner });
    expect(played.invocations.map(({ outcome, ms }) => [outcome, ms])).toEqual([
      ["success", 0],
      ["timeout", 7_000],
    ]);
  });

  it("a script is asked rule by rule: contains, times, takes, and a timeout where it takes too long", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0, timeout: 3 });
    const outcomes = [
      { when: { contains: "slow" }, then: { succeed: 1 }, takes: "4s" },
      { times: 1, then: "throttle" },
      { times: 1, then: "timeout" },
      { then: { succeed: { ok: true } }, takes: "250ms" },
    ];
    const send = [
      { at: "0s", to: fn, invocations: [{ id: "slow", payload: "slow" }] },
      { at: "5s", to: fn, invocations: [{ id: "x", payload: 1 }] },
      { at: "20s", to: fn, invocations: [{ id: "y", payload: 1 }] },
    ];
    const played = await play(g, { functions: { [fn]: { outcomes } }, send });
    expect(played.invocations.map(({ at, outcome, ms }) => [at, outcome, ms])).toEqual([
      [0, "timeout", 3_000],
      [5_000, "throttled", 0],
      [6_000, "timeout", 3_000],
      [20_000, "success", 250],
    ]);
  });
});

describe("load that is generated", () => {
  const options = { to: "q", for: "10s", make: (n: number) => ({ n }) };
  it("comes every so often, in bursts, or at random with a seed", () => {
    expect([...every("4s", options)].map(({ at }) => at)).toEqual(["0ms", "4000ms", "8000ms"]);
    expect([...bursts({ ...options, every: "5s", size: 2 })].map(({ at, n }) => [at, n])).toEqual([
      ["0ms", 0],
      ["0ms", 1],
      ["5000ms", 2],
      ["5000ms", 3],
    ]);
    const arrivals = [...poissonArrivals({ ...options, for: "1000s", perSecond: 5 })];
    expect(arrivals.length).toBeGreaterThan(4_700);
    expect(arrivals.length).toBeLessThan(5_300);
    expect(arrivals).toEqual([...poissonArrivals({ ...options, for: "1000s", perSecond: 5 })]);
    expect([...together(every("4s", options), every("3s", options))].map(({ at }) => at)).toEqual([
      "0ms",
      "0ms",
      "3000ms",
      "4000ms",
      "6000ms",
      "8000ms",
      "9000ms",
    ]);
  });

  it("is sent one by one, and has to be in order of time", async () => {
    const { g, queue, fn } = shop();
    const load = every("1s", { to: queue, for: "60s", make: (n) => ({ messages: [message(`m${n}`)] }) });
    expect((await play(g, { functions: { [fn]: succeeds }, send: load })).totals).toMatchObject({
      sent: 60,
      processed: 60,
    });
    function* backwards(): Generator<object> {
      yield { at: "5s", to: queue, messages: [message("a")] };
      yield { at: "3s", to: queue, messages: [message("b")] };
    }
    await expect(play(g, { functions: { [fn]: succeeds }, send: backwards() })).rejects.toThrow(
      "scenario.json: send[1].at: 3s is before 5s",
    );
  });
});

describe("the generated scenario", () => {
  it("sends ten events on each path, one of them poison, half of them into a throttled minute", async () => {
    const g = new GraphBuilder();
    const bus = g.bus("shop");
    const [mail, nightly, resize, work] = [
      g.fn("mail", { retries: 0 }),
      g.fn("nightly", { retries: 0 }),
      g.fn("resize", { retries: 0 }),
      g.fn("work"),
    ];
    g.target(
      g.rule("placed", bus, { source: [{ prefix: "shop." }], detail: { total: [{ numeric: [">", 10] }] } }),
      mail,
    );
    g.target(g.rule("nightly", null, null), nightly);
    const photos = g.bucket("photos");
    g.notification(photos, resize, { prefix: "in/", suffix: ".jpg" });
    const fifo = g.queue("orders", { fifo: true });
    g.mapping(fifo, work, { partial: true, batchSize: 1 });
    g.redrive(fifo, g.queue("letters", { fifo: true }), 3);
    const graph = g.build();
    const scenario = generatedScenario(graph);
    if (scenario === undefined) throw new Error("no scenario");
    const rehearsal = await rehearse(graph, scenario);
    const { events, totals } = rehearsal.result();
    rehearsal.close();
    const by = (consumer: string): string[] =>
      events
        .filter((event) => event.consumer === consumer)
        .map(({ outcome }) => outcome)
        .toSorted();
    const nine = Array.from({ length: 9 }, () => "processed");
    expect(by(mail)).toEqual(["dropped", ...nine]);
    expect(by(resize)).toEqual(["dropped", ...nine]);
    expect(by(work)).toEqual([...nine, "retained"]);
    expect(by(nightly)).toEqual(Array.from({ length: 10 }, () => "dropped"));
    expect(totals.sent).toBe(40);
  });

  it("reaches functions through S3, the default bus and filters", async () => {
    const g = new GraphBuilder();
    const photos = g.bucket("photos");
    const bus = g.bus("default");
    const fn = g.fn("resize");
    g.notification(photos, bus, { events: ["s3:*"] });
    g.target(g.rule("created", bus, { source: ["aws.s3"], detail: { object: { key: [{ prefix: "in/" }] } } }), fn);
    const object = (id: string, key: string): object => ({ at: "0s", to: photos, objects: [{ id, key }] });
    const played = await play(g, {
      functions: { [fn]: succeeds },
      send: [object("in", "in/a"), object("out", "out/a")],
    });
    expect(played.one("in")).toMatchObject({ outcome: "processed", consumer: fn });
    expect(played.one("out")).toMatchObject({ outcome: "unmatched", consumer: null });
  });

  it("fails always on what a schedule puts on a bus, and once on what else its function gets", async () => {
    const g = new GraphBuilder();
    const [clock, shopBus] = [g.bus("clock"), g.bus("shop")];
    const fn = g.fn("work");
    const schedule = g.schedule("nightly");
    g.target(schedule, clock, { event: { source: "shop", detailType: "Due" } });
    g.target(g.rule("due", clock, { source: ["shop"] }), fn);
    g.target(g.rule("placed", shopBus, { source: ["shop"] }), fn);
    const graph = g.build();
    const scenario = generatedScenario(graph);
    if (scenario === undefined) throw new Error("no scenario");
    const rehearsal = await rehearse(graph, scenario);
    const { events } = rehearsal.result();
    rehearsal.close();
    const lost = (to: string): number =>
      events.filter((event) => event.to === to && event.outcome === "dropped" && event.consumer === fn).length;
    expect([lost(schedule), lost(shopBus), events.length]).toEqual([10, 1, 20]);
  });

  it("leaves out Scheduler's universal targets", () => {
    const g = new GraphBuilder();
    g.target(g.schedule("nightly"), g.external("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "scheduler"));
    expect(generatedScenario(g.build())).toBeUndefined();
    g.target(g.schedule("hourly"), g.queue("work"));
    expect([...(generatedScenario(g.build())?.send ?? [])].map(({ value }) => value)).toMatchObject([
      { to: "aws_scheduler_schedule.hourly" },
      { to: "aws_scheduler_schedule.hourly" },
    ]);
  });

  it("is none where there is no path", () => {
    const g = new GraphBuilder();
    g.fn("lonely");
    expect(generatedScenario(g.build())).toBeUndefined();
  });
});

it.each<readonly [string, object, RegExp]>([
  [
    "a fault of no length",
    { faults: [{ at: "0s", for: "0s", fail: "aws_lambda_function.f" }] },
    /faults\[0\]\.for: a fault lasts longer than 0ms$/,
  ],
  [
    "an empty message",
    { send: [{ at: "0s", to: "aws_sqs_queue.q", messages: [{ id: "m", body: "" }] }] },
    /send\[0\]\.messages\[0\]\.body: is empty/,
  ],
  [
    "an attribute without name",
    { send: [{ at: "0s", to: "aws_sqs_queue.q", messages: [{ id: "m", body: 1, attributes: { "": 1 } }] }] },
    /send\[0\]\.messages\[0\]\.attributes.*: the name of an attribute is not empty$/,
  ],
  [
    "what JSON has no form for",
    { send: [{ at: "0s", to: "aws_kinesis_stream.s", records: [{ id: "m", data: { n: 1n } }] }] },
    /send\[0\]\.records\[0\]\.data: cannot be written as JSON/,
  ],
])("%s is refused, with its place", async (_, scenario, expected) => {
  const g = new GraphBuilder();
  const [queue, stream, fn] = [g.queue("q"), g.stream("s"), g.fn("f")];
  g.mapping(queue, fn);
  g.mapping(stream, fn);
  await expect(play(g, { functions: { [fn]: succeeds }, ...scenario })).rejects.toThrow(expected);
});
