/** Rules 54–86: SQS, standard and FIFO. */
import type { EventPattern } from "../../../topology/graph.ts";
import { GraphBuilder } from "../../support/graphs.ts";
import { failsAlways, failsOnPoison, succeeds } from "../play.ts";
import { ruleTable } from "./table.ts";

const { tests, rule } = ruleTable();

export { tests as queuesRules };

const messages = (count: number, body: (n: number) => unknown = (n) => n, more: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => ({ id: `m${index + 1}`, body: body(index + 1), ...more }));

type MappingOptions = Parameters<GraphBuilder["mapping"]>[2];
type QueueOptions = Parameters<GraphBuilder["queue"]>[1];
type FunctionOptions = Parameters<GraphBuilder["fn"]>[1];

/** A queue with a function, and a dead-letter queue where a receive count is given. */
function work(
  options: {
    queue?: QueueOptions;
    fn?: FunctionOptions;
    mapping?: MappingOptions;
    receives?: number;
    letters?: QueueOptions;
  } = {},
) {
  const g = new GraphBuilder();
  const queue = g.queue("work", options.queue);
  const fn = g.fn("work", options.fn);
  const mapping = g.mapping(queue, fn, options.mapping);
  const letters = g.queue("letters", options.letters ?? (options.queue?.fifo === true ? { fifo: true } : {}));
  if (options.receives !== undefined) g.redrive(queue, letters, options.receives);
  return { g, queue, fn, mapping, letters, send: (list: object[], at = "0s") => ({ at, to: queue, messages: list }) };
}

const sizes = (played: { invocations: readonly { events: readonly string[] }[] }): number[] =>
  played.invocations.map(({ events }) => events.length);

rule(54, "a batch has up to 10 messages by default", "mapping.one-message", async (play) => {
  const { g, fn, send } = work();
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(messages(25))] });
  expect(sizes(played)).toEqual([10, 10, 5]);
});

rule(55, "with a window a batch waits until it is full, or the window over", "mapping.window-ignored", async (play) => {
  const { g, fn, send } = work({
    mapping: { batchSize: 20, maximumBatchingWindowInSeconds: 5 },
    queue: { visibilityTimeout: 60 },
  });
  const list = messages(23);
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send: [send(list.slice(0, 3)), send(list.slice(3), "2s")],
  });
  expect(played.invocations.map(({ at, events }) => [at, events.length])).toEqual([
    [2_000, 20],
    [7_000, 3],
  ]);
});

rule(
  58,
  "a window that does not fit hides messages for window + timeout + 30 s",
  "mapping.queue-visibility",
  async (play) => {
    const again = async (visibilityTimeout: number): Promise<readonly number[]> => {
      const { g, fn, send } = work({
        queue: { visibilityTimeout },
        fn: { timeout: 20 },
        mapping: { maximumBatchingWindowInSeconds: 10 },
      });
      const once = { outcomes: [{ times: 1, then: "crash" }] };
      const played = await play(g, { functions: { [fn]: once }, send: [send(messages(1))] });
      return played.invocations.map(({ at }) => at);
    };
    // Received at 0, hidden for the visibility timeout, gathered again for 10 s. 10 + 20 just fit into 30.
    expect(await again(31)).toEqual([10_000, 41_000]);
    expect(await again(30)).toEqual([10_000, 40_000]);
    expect(await again(29)).toEqual([10_000, 70_000]);
  },
);

rule(59, "retention removes messages, delay holds them back", "queue.keeps-for-ever", async (play) => {
  const { g, fn, send } = work({ queue: { messageRetentionPeriod: 3_600, delaySeconds: 900 } });
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(messages(1))], until: "2h" });
  expect(played.invocations[0]?.at).toBe(900_000);
  expect(played.one("m1")).toMatchObject({
    outcome: "expired",
    endedAt: 3_600_000,
    why: "R59: the retention of aws_sqs_queue.work ran out",
  });
});

rule(59, "a delay queue delays", "queue.no-delay", async (play) => {
  const { g, fn, send } = work({ queue: { delaySeconds: 60 } });
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(messages(1))] });
  expect(played.invocations[0]?.at).toBe(60_000);
});

rule(59, "a message has a largest size", "queue.unlimited-size", async (play) => {
  const { g, fn, send } = work({ queue: { maximumMessageSize: 1_024 } });
  const list = [1_024, 1_025].map((size) => ({ id: `m${size}`, body: "x".repeat(size) }));
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(list)] });
  expect(played.one("m1024")).toMatchObject({ outcome: "processed" });
  expect(played.one("m1025")).toMatchObject({ outcome: "dropped", consumer: fn, attempts: 0 });
});

rule(
  60,
  "a message is delivered maxReceiveCount times, and moved on the next receive",
  "queue.redrive-late",
  async (play) => {
    const { g, fn, letters, send } = work({ receives: 2 });
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [send(messages(1))] });
    expect(played.invocations.map(({ at }) => at)).toEqual([0, 30_000]);
    expect(played.one("m1")).toMatchObject({ outcome: "retained", where: [letters], endedAt: 60_000, attempts: 2 });
    expect(played.delivered("m1")).toMatchObject([{ via: "redrive-policy", at: 60_000, body: 1, attributes: {} }]);
  },
);

rule(61, "receives are counted, not failures of the function", "mapping.throttles-uncounted", async (play) => {
  const { g, fn, letters, send } = work({ receives: 2 });
  const faults = [{ at: "0s", for: "59s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(messages(1))], faults });
  expect(played.one("m1")).toMatchObject({ outcome: "retained", where: [letters], attempts: 0 });
});

rule(
  62,
  "an error brings the whole batch back after the visibility timeout",
  ["mapping.failed-visible-at-once", "mapping.failed-deleted"],
  async (play) => {
    const { g, fn, send } = work();
    const once = { outcomes: [{ times: 1, then: "crash" }] };
    const played = await play(g, { functions: { [fn]: once }, send: [send(messages(3))] });
    expect(played.invocations.map(({ at, events }) => [at, events.length])).toEqual([
      [0, 3],
      [30_000, 3],
    ]);
  },
);

rule(
  63,
  "function errors lower the concurrency; with partial responses they do not",
  ["mapping.no-back-off", "mapping.partial-scales-down"],
  async (play) => {
    const most = async (partial: boolean): Promise<number> => {
      const { g, fn, send } = work({
        mapping: { batchSize: 1, partial },
        queue: { visibilityTimeout: 600 },
        fn: { timeout: 60 },
      });
      const slowly = { outcomes: [{ then: { fail: { errorType: "Error", errorMessage: "boom" } }, takes: "10s" }] };
      const played = await play(g, { functions: { [fn]: slowly }, send: [send(messages(400))], until: "60s" });
      return played.invocations.filter(({ at }) => at > 30_000 && at < 60_000).length;
    };
    const [scaledDown, steady] = [await most(false), await most(true)];
    expect(scaledDown).toBeLessThan(steady * 0.75);
  },
);

rule(
  64,
  "a throttled batch is tried again within its visibility timeout, and costs one receive",
  ["mapping.throttled-let-go", "mapping.throttled-deleted"],
  async (play) => {
    const { g, fn, send } = work({ receives: 1 });
    const faults = [{ at: "0s", for: "10s", throttle: fn }];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [send(messages(1))], faults });
    expect(played.invocations.map(({ at, outcome }) => [at, outcome])).toEqual([
      [0, "throttled"],
      [1_000, "throttled"],
      [3_000, "throttled"],
      [7_000, "throttled"],
      [15_000, "success"],
    ]);
    expect(played.one("m1")).toMatchObject({ outcome: "processed", attempts: 1 });
  },
);

rule(64, "and is let go when that ends, for the next receive", "mapping.throttled-let-go", async (play) => {
  const { g, fn, send } = work({ receives: 2 });
  const faults = [{ at: "0s", for: "40s", throttle: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(messages(1))], faults });
  // After 15 s it would be tried again at 31 s: from 30 s on it is another receive's.
  expect(played.invocations.map(({ at }) => at / 1_000)).toEqual([0, 1, 3, 7, 15, 30, 31, 33, 37, 45]);
  expect(played.one("m1")).toMatchObject({ outcome: "processed", attempts: 1 });
});

rule(65, "what a filter does not want is deleted, JSON and text apart", "filter.keeps-messages", async (play) => {
  const { g, queue, fn, send } = work({ mapping: { filterCriteria: [{ body: { kind: ["wanted"] } }] } });
  const list = [
    { id: "yes", body: { kind: "wanted" } },
    { id: "no", body: { kind: "other" } },
    { id: "text", body: "wanted" },
  ];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(list)] });
  expect(["yes", "no", "text"].map((id) => played.one(id).outcome)).toEqual(["processed", "filtered", "filtered"]);
  expect(played.figures(queue)).toMatchObject({ visible: 0, inFlight: 0 });
});

rule(65, "a pattern for JSON wants no text, one for text no JSON", "filter.ignored", async (play) => {
  const outcomes = async (body: object): Promise<unknown> => {
    const { g, fn, send } = work({ mapping: { filterCriteria: [{ body } as EventPattern] } });
    const list = [
      { id: "json", body: { other: 1 } },
      { id: "text", body: "anything" },
    ];
    const played = await play(g, { functions: { [fn]: succeeds }, send: [send(list)] });
    return [played.one("json").outcome, played.one("text").outcome];
  };
  expect(await outcomes({ kind: [{ exists: false }] })).toEqual(["processed", "filtered"]);
  expect(await outcomes([{ exists: true }])).toEqual(["filtered", "processed"]);
});

const reports = (text: string): object => ({ outcomes: [{ then: { reportFailures: { contains: text } } }] });

rule(67, "a partial response that was not asked for deletes what it names", "mapping.partial-always", async (play) => {
  const { g, fn, send } = work({ receives: 2 });
  const played = await play(g, {
    functions: { [fn]: reports("poison") },
    send: [send(messages(3, (n) => (n === 2 ? "poison" : n)))],
  });
  expect(played.one("m2")).toMatchObject({ outcome: "dropped", attempts: 1, successes: 0 });
  expect(played.one("m2").why).toMatch(/^R67/);
  expect(played.invocations).toMatchObject([{ outcome: "partial" }]);
});

const answers = (value: unknown): object => ({ outcomes: [{ then: { succeed: value } }] });

rule(68, "full success: an empty or null list, an empty object, nothing", "response.null-fails", async (play) => {
  for (const value of [{ batchItemFailures: [] }, { batchItemFailures: null }, {}, null]) {
    const { g, fn, send } = work({ mapping: { partial: true }, receives: 1 });
    const played = await play(g, { functions: { [fn]: answers(value) }, send: [send(messages(2))] });
    expect(played.totals).toMatchObject({ processed: 2 });
  }
});

rule(
  69,
  "full failure: an id that is empty, null, misnamed or unknown",
  "response.unknown-id-ignored",
  async (play) => {
    for (const failure of [
      { itemIdentifier: "" },
      { itemIdentifier: null },
      { id: "x" },
      { itemIdentifier: "nobody" },
    ]) {
      const { g, fn, letters, send } = work({ mapping: { partial: true }, receives: 1 });
      const played = await play(g, {
        functions: { [fn]: answers({ batchItemFailures: [failure] }) },
        send: [send(messages(2))],
      });
      expect(played.totals).toMatchObject({ processed: 0, retained: 2 });
      expect(played.figures(letters)).toMatchObject({ visible: 2 });
    }
  },
);

rule(70, "what a partial response names comes back, the rest is deleted", "mapping.partial-ignored", async (play) => {
  const { g, fn, mapping, letters, send } = work({ mapping: { partial: true }, receives: 2 });
  const played = await play(g, {
    functions: { [fn]: reports("poison") },
    send: [send(messages(3, (n) => (n === 2 ? "poison" : n)))],
  });
  expect(played.invocations.map(({ at, events, outcome }) => [at, events, outcome])).toEqual([
    [0, ["m1", "m2", "m3"], "partial"],
    [30_000, ["m2"], "error"],
  ]);
  expect(played.one("m2")).toMatchObject({ outcome: "retained", where: [letters] });
  expect(played.figures(fn).Errors).toBe(0);
  expect(played.figures(mapping)).toEqual({
    PolledEventCount: 4,
    FilteredOutEventCount: 0,
    InvokedEventCount: 4,
    FailedInvokeEventCount: 2,
    DeletedEventCount: 2,
  });
});

const slow = (takes: string): object => ({ outcomes: [{ then: { succeed: null }, takes }] });
const startedBy = (played: { invocations: readonly { at: number }[] }, ms: number): number =>
  played.invocations.filter(({ at }) => at <= ms).length;

rule(71, "concurrency starts at 5 batches and grows by 300 a minute, to 1,250", "mapping.slow-growth", async (play) => {
  const { g, fn, send } = work({
    mapping: { batchSize: 1 },
    fn: { timeout: 900 },
    queue: { visibilityTimeout: 5_400 },
  });
  const scenario = {
    functions: { [fn]: slow("14m") },
    send: [send(messages(1_500))],
    until: "30m",
    settings: { "account.concurrency": 5_000 },
  };
  const played = await play(g, scenario);
  expect([0, 60_000, 120_000, 600_000].map((ms) => startedBy(played, ms))).toEqual([5, 305, 605, 1_250]);
});

rule(
  72,
  "maximum concurrency holds before the invocation: no throttled receives",
  "mapping.maximum-concurrency-ignored",
  async (play) => {
    const { g, fn, send } = work({
      mapping: { batchSize: 1, maximumConcurrency: 2 },
      fn: { timeout: 60, reservedConcurrentExecutions: 2 },
      receives: 1,
      queue: { visibilityTimeout: 360 },
    });
    const played = await play(g, { functions: { [fn]: slow("50s") }, send: [send(messages(6))] });
    expect(played.figures(fn)).toMatchObject({ Invocations: 6, Throttles: 0 });
    expect(played.totals).toMatchObject({ processed: 6 });
  },
);

rule(
  73,
  "pollers do not look at reserved concurrency: healthy messages end in the dead-letter queue",
  "mapping.throttles-uncounted",
  async (play) => {
    const { g, fn, letters, send } = work({
      mapping: { batchSize: 1 },
      fn: { timeout: 30, reservedConcurrentExecutions: 1 },
      receives: 1,
    });
    const played = await play(g, { functions: { [fn]: slow("29s") }, send: [send(messages(4))] });
    // Tried at 0, 1, 3, 7 and 15 s; the next try, at 31 s, would be past the visibility timeout.
    const throttled = { outcome: "retained", where: [letters], attempts: 0, endedAt: 30_000 };
    expect(played.events).toMatchObject([{ id: "m1", outcome: "processed" }, throttled, throttled, throttled]);
    expect(played.figures(fn)).toMatchObject({ Invocations: 1, Throttles: 15, Errors: 0 });
    expect(played.figures(letters)).toMatchObject({ visible: 3 });
  },
);

rule(
  74,
  "provisioned pollers invoke 10 at a time each from the beginning",
  "mapping.provisioned-ignored",
  async (play) => {
    const pollers = { minimumPollers: 3, maximumPollers: 4 };
    const { g, fn, send } = work({
      mapping: { batchSize: 1, provisionedPollers: pollers },
      fn: { timeout: 900 },
      queue: { visibilityTimeout: 5_400 },
    });
    const played = await play(g, { functions: { [fn]: slow("14m") }, send: [send(messages(100))], until: "30m" });
    expect([startedBy(played, 0), startedBy(played, 600_000)]).toEqual([30, 40]);
  },
);

rule(75, "without permission to read the queue nothing is polled", "permissions.ignored", async (play) => {
  const { g, fn, send } = work({ mapping: { permission: "missing" } });
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(messages(1))] });
  expect(played.one("m1")).toMatchObject({ outcome: "pending", consumer: fn, attempts: 0 });
});

rule(76, "at most 120,000 messages are in flight", "queue.unlimited-in-flight", async (play) => {
  const { g, queue, fn, send } = work({
    mapping: { batchSize: 10_000, maximumBatchingWindowInSeconds: 1 },
    fn: { timeout: 900 },
    queue: { visibilityTimeout: 5_400 },
  });
  const played = await play(
    g,
    { functions: { [fn]: slow("14m") }, send: [send(messages(121_000))], until: "5m" },
    { events: "failed" },
  );
  expect(played.figures(queue)).toMatchObject({ inFlight: 120_000, visible: 1_000 });
});

rule(
  78,
  "message groups of a standard queue keep a noisy one from holding up the others",
  "queue.unfair",
  async (play) => {
    const { g, fn, send } = work({ mapping: { batchSize: 1, maximumConcurrency: 2 } });
    const noisy = messages(100, (n) => n, { messageGroupId: "noisy" });
    const played = await play(g, {
      functions: { [fn]: succeeds },
      send: [send([...noisy, { id: "quiet", body: 1, messageGroupId: "quiet" }])],
    });
    expect(played.one("quiet").endedAt).toBeLessThan(500);
  },
);

const same = (id: string, messageGroupId: string): object => ({
  id,
  body: id,
  messageGroupId,
  messageDeduplicationId: "same",
});
const fifo = (options: Parameters<typeof work>[0] = {}): ReturnType<typeof work> =>
  work({ ...options, queue: { ...options.queue, fifo: true } });
const grouped = (groups: string): object[] =>
  groups.split("").map((group, index) => ({
    id: `${group}${index + 1}`,
    body: `${group}${index + 1}`,
    messageGroupId: group,
  }));

rule(79, "FIFO batches have up to 10 messages and no window", "fifo.large-batches", async (play) => {
  const { g, fn, send } = fifo({ mapping: { batchSize: 50, maximumBatchingWindowInSeconds: 10 } });
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(grouped("a".repeat(15)))] });
  expect(played.invocations.map(({ at, events }) => [at, events.length])).toEqual([
    [0, 10],
    [100, 5],
  ]);
});

rule(
  80,
  "only the first 120,000 messages are looked at: a backlogged group starves others",
  "fifo.unbounded-scan",
  async (play) => {
    const attempts = async (backlog: number): Promise<number> => {
      const { g, fn, send } = fifo({ mapping: { batchSize: 1 } });
      const stuck = messages(backlog, () => "poison", { messageGroupId: "stuck" });
      const list = [...stuck, { id: "other", body: 1, messageGroupId: "free" }];
      const scenario = { functions: { [fn]: failsOnPoison }, send: [send(list)], until: "20s" };
      return (await play(g, scenario)).invocations.filter(({ events }) => events.includes("other")).length;
    };
    // The 120,000th message is looked at, the next one is not.
    expect(await attempts(119_999)).toBe(1);
    expect(await attempts(120_000)).toBe(0);
  },
);

rule(81, "of a group at most one batch is in flight", "fifo.groups-in-parallel", async (play) => {
  const { g, fn, send } = fifo({ mapping: { batchSize: 1 } });
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(grouped("aaabb"))] });
  const at = Object.fromEntries(played.invocations.map(({ at: started, events }) => [events[0], started]));
  expect(at).toEqual({ a1: 0, a2: 100, a3: 200, b4: 0, b5: 100 });
});

rule(82, "a batch may mix groups; each group's order is kept", "fifo.one-group-a-batch", async (play) => {
  const { g, fn, send } = fifo();
  const played = await play(g, { functions: { [fn]: succeeds }, send: [send(grouped("abab"))] });
  expect(played.invocations.map(({ events }) => events)).toEqual([["a1", "a3", "b2", "b4"]]);
});

rule(83, "a failing batch blocks its groups, others go on", "fifo.groups-in-parallel", async (play) => {
  const { g, queue, fn, send } = fifo({ mapping: { batchSize: 1 }, receives: 2 });
  const list = grouped("aab").map((message) =>
    (message as { id: string }).id === "a1" ? { ...message, body: "poison" } : message,
  );
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [send(list)] });
  expect(played.one("b3").endedAt).toBe(100);
  expect(played.one("a2").endedAt).toBe(60_100);
  expect(played.paths.find(({ source }) => source === queue)?.blockedMs).toBe(59_900);
});

rule(
  84,
  "a FIFO response that names the first failure only breaks the order",
  "mapping.partial-ignored",
  async (play) => {
    const { g, fn, send } = fifo({ mapping: { partial: true } });
    const list = grouped("aaa").map((message, index) => (index === 0 ? { ...message, body: "poison" } : message));
    const once = { outcomes: [{ times: 1, then: { reportFailures: { contains: "poison" } } }] };
    const played = await play(g, { functions: { [fn]: once }, send: [send(list)] });
    expect(played.one("a1")).toMatchObject({ outcome: "processed", endedAt: 30_100 });
    expect(played.one("a2")).toMatchObject({ outcome: "processed", endedAt: 100 });
  },
);

rule(85, "moving a message to the dead-letter queue frees its group", "queue.redrive-late", async (play) => {
  const { g, fn, letters, send } = fifo({ mapping: { batchSize: 1 }, receives: 1 });
  const list = grouped("aa").map((message, index) => (index === 0 ? { ...message, body: "poison" } : message));
  const played = await play(g, { functions: { [fn]: failsOnPoison }, send: [send(list)] });
  expect(played.one("a1")).toMatchObject({ outcome: "retained", where: [letters], endedAt: 30_000 });
  expect(played.one("a2")).toMatchObject({ outcome: "processed", endedAt: 30_100 });
});

rule(86, "for 5 minutes a deduplication id is taken once", "fifo.no-deduplication", async (play) => {
  const { g, fn, send } = fifo();
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send: [send([same("m1", "g")]), send([same("m2", "g")], "299999ms"), send([same("m3", "g")], "300s")],
  });
  expect(["m1", "m2", "m3"].map((id) => played.one(id).outcome)).toEqual(["processed", "filtered", "processed"]);
});

rule(
  86,
  "a message that moves takes its id for deduplication, so that none is swallowed",
  "redrive.keeps-deduplication-id",
  async (play) => {
    const { g, fn, letters, send } = fifo({ receives: 1, queue: { deduplicationScope: "messageGroup" } });
    const played = await play(g, {
      functions: { [fn]: failsAlways },
      send: [send([same("m1", "m1"), same("m2", "m2")])],
    });
    expect(played.figures(letters)).toMatchObject({ visible: 2 });
  },
);
