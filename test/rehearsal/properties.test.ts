/** What holds of every rehearsal, over random topologies and scenarios. */
import * as fc from "fast-check";
import { Kernel } from "../../rehearsal/kernel/kernel.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { type Played, play } from "./play.ts";

/** Rehearsals of each property; more with HOLDFAST_RUNS. */
const runs = Number(process.env.HOLDFAST_RUNS ?? 250);

const kinds = ["queue", "fifo", "stream", "table", "invocation", "bus", "topic", "schedule"] as const;
type Kind = (typeof kinds)[number];

/** One path: where events come in, how its function and its mapping are set, and which nets it has. */
const pathForm = fc.record({
  kind: fc.constantFrom<Kind>(...kinds),
  partial: fc.boolean(),
  split: fc.boolean(),
  batchSize: fc.integer({ min: 1, max: 10 }),
  window: fc.constantFrom(0, 0, 5),
  retries: fc.integer({ min: 0, max: 2 }),
  receives: fc.integer({ min: 1, max: 4 }),
  reserved: fc.constantFrom<number | null>(null, null, 1, 2),
  age: fc.constantFrom(60, 300, 21_600),
  lanes: fc.integer({ min: 1, max: 3 }),
  net: fc.constantFrom("granted", "granted", "missing", "none"),
  net2: fc.constantFrom("queue", "topic", "function", "bucket"),
  poison: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 }),
  count: fc.integer({ min: 1, max: 8 }),
  gap: fc.constantFrom(0, 200, 5_000),
  outage: fc.constantFrom<"none" | "throttle" | "fail">("none", "throttle", "fail"),
  how: fc.constantFrom("error", "timeout", "crash"),
});
type Form = typeof pathForm extends fc.Arbitrary<infer T> ? T : never;
const worldForm = fc.array(pathForm, { minLength: 1, maxLength: 3 });

interface Made {
  readonly graph: GraphBuilder;
  readonly scenario: object;
}

/** Builds the topology and the scenario. @param safe every net is there with its permission. */
function make(forms: readonly Form[], safe: boolean): Made {
  const g = new GraphBuilder();
  const functions: Record<string, object> = {};
  const send: object[] = [];
  const faults: object[] = [];
  for (const [rank, form] of forms.entries()) {
    const fn = g.fn(`f${rank}`, {
      retries: form.retries,
      ageSeconds: form.age,
      reservedConcurrentExecutions: form.reserved,
      timeout: 5,
    });
    const partial = form.partial && ["queue", "fifo", "stream", "table"].includes(form.kind);
    const failing = form.how === "error" ? { fail: { errorType: "Error", errorMessage: "boom" } } : form.how;
    const then = partial ? { reportFailures: { contains: "poison" } } : failing;
    functions[fn] = { outcomes: [{ when: { contains: "poison" }, then }] };
    const permission = safe || form.net !== "missing" ? "granted" : "missing";
    const netted = safe || form.net !== "none";
    const source = connect(g, form, rank, fn, partial, netted ? permission : undefined, functions);
    for (let n = 0; n < form.count; n += 1) {
      const body = form.poison.includes(n) ? { poison: n } : { n };
      send.push({ at: `${n * form.gap}ms`, to: source, ...item(form.kind, `${rank}-${n}`, body, n) });
    }
    if (form.outage !== "none") faults.push({ at: "100ms", for: "90s", [form.outage]: fn });
  }
  return { graph: g, scenario: { functions, send, faults } };
}

/** The source of a path, its edges, and its nets where `permission` is given. */
function connect(
  g: GraphBuilder,
  form: Form,
  rank: number,
  fn: string,
  partial: boolean,
  permission: "granted" | "missing" | undefined,
  functions: Record<string, object>,
): string {
  const keep = { messageRetentionPeriod: 1_209_600 };
  const asynchronous = (): void => {
    if (permission === undefined) return;
    const to = net(g, form, rank, functions, true);
    g.destination("on-failure", "function", fn, to, { permission });
  };
  switch (form.kind) {
    case "queue":
    case "fifo": {
      const fifo = form.kind === "fifo";
      const queue = g.queue(`q${rank}`, { fifo, visibilityTimeout: 35, messageRetentionPeriod: 345_600 });
      g.mapping(queue, fn, {
        batchSize: form.batchSize,
        maximumBatchingWindowInSeconds: fifo ? 0 : form.window,
        partial,
      });
      if (permission !== undefined)
        g.redrive(queue, g.queue(`d${rank}`, { fifo, ...keep }), form.receives, { permission });
      return queue;
    }
    case "stream":
    case "table": {
      const stream = form.kind === "stream" ? g.stream(`s${rank}`, { shardCount: 2 }) : g.table(`t${rank}`);
      const mapping = g.mapping(stream, fn, {
        batchSize: form.batchSize,
        maximumBatchingWindowInSeconds: form.window,
        partial,
        maximumRetryAttempts: form.retries,
        maximumRecordAgeInSeconds: form.age,
        bisectBatchOnFunctionError: form.split,
        parallelizationFactor: form.lanes,
      });
      if (permission !== undefined)
        g.destination("on-failure", "mapping", mapping, net(g, form, rank, functions, false), { permission });
      return stream;
    }
    case "invocation":
      asynchronous();
      return fn;
    case "bus": {
      asynchronous();
      const bus = g.bus(`b${rank}`);
      const target = g.target(g.rule(`r${rank}`, bus, { source: ["shop"] }), fn, { maximumRetryAttempts: 2 });
      if (permission !== undefined)
        g.destination("dead-letter", "target", target, g.queue(`u${rank}`, keep), { permission });
      return bus;
    }
    case "topic": {
      asynchronous();
      const topic = g.topic(`n${rank}`);
      g.subscription(topic, fn);
      return topic;
    }
    case "schedule": {
      asynchronous();
      const schedule = g.schedule(`c${rank}`);
      g.target(schedule, fn);
      return schedule;
    }
  }
}

/** A net for records: a queue, a topic with a queue, a function or a bucket, as far as the source admits it. */
function net(g: GraphBuilder, form: Form, rank: number, functions: Record<string, object>, anyKind: boolean): string {
  const keep = { messageRetentionPeriod: 1_209_600 };
  if (form.net2 === "topic") {
    const topic = g.topic(`failed${rank}`);
    g.subscription(topic, g.queue(`failed${rank}`, keep));
    return topic;
  }
  if (form.net2 === "bucket") return g.bucket(`failed${rank}`);
  if (form.net2 === "function" && anyKind) {
    const collector = g.fn(`collector${rank}`);
    functions[collector] = { outcomes: [] };
    return collector;
  }
  return g.queue(`failed${rank}`, keep);
}

function item(kind: Kind, id: string, body: object, n: number): object {
  switch (kind) {
    case "queue":
      return { messages: [{ id, body }] };
    case "fifo":
      return { messages: [{ id, body, messageGroupId: `g${n % 2}` }] };
    case "stream":
      return { records: [{ id, partitionKey: `k${n % 3}`, data: body }] };
    case "table":
      return { puts: [{ id, item: { pk: `k${n % 3}`, ...body } }] };
    case "invocation":
      return { invocations: [{ id, payload: body }] };
    case "bus":
      return { events: [{ id, source: "shop", detailType: "T", detail: body }] };
    case "topic":
      return { notifications: [{ id, message: body }] };
    case "schedule":
      return { fires: [{ id }] };
  }
}

const outcomes = ["processed", "retained", "pending", "expired", "dropped", "filtered", "unmatched"] as const;

/** Each event once per consumer, sums that add up, and figures that fit the outcome. */
function accounted(played: Played): void {
  const keys = played.events.map(({ id, consumer }) => `${id} ${consumer}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(played.events.map(({ id }) => id)).size).toBe(played.totals.sent);
  expect(played.totals.entries).toBe(played.events.length);
  expect(outcomes.reduce((sum, outcome) => sum + played.totals[outcome], 0)).toBe(played.totals.entries);
  for (const entry of played.events) {
    expect(entry.successes > 0).toBe(entry.outcome === "processed");
    expect(entry.attempts).toBeGreaterThanOrEqual(entry.successes);
    expect(entry.endedAt).toBeGreaterThanOrEqual(entry.sentAt);
    expect(entry.endedAt).toBeLessThanOrEqual(played.endedAt);
    expect(entry.outcome === "dropped" || entry.outcome === "expired").toBe(entry.why !== undefined);
    if (entry.outcome === "retained") expect(entry.where?.length).toBeGreaterThan(0);
  }
  for (const list of [played.invocations, played.deliveries]) {
    expect(list.map(({ at }) => at)).toEqual(list.map(({ at }) => at).toSorted((a, b) => a - b));
  }
  expect(played.events.map(({ endedAt }) => endedAt)).toEqual(
    played.events.map(({ endedAt }) => endedAt).toSorted((a, b) => a - b),
  );
}

it("every event has exactly one outcome per consumer, and totals add up", async () => {
  await fc.assert(
    fc.asyncProperty(worldForm, async (forms) => {
      const { graph, scenario } = make(forms, false);
      accounted(await play(graph, scenario));
    }),
    { numRuns: runs },
  );
}, 300_000);

it("nothing is processed after it was given up, and the invocations that succeed are those that are told", async () => {
  await fc.assert(
    fc.asyncProperty(worldForm, async (forms) => {
      const { graph, scenario } = make(forms, false);
      const played = await play(graph, scenario);
      for (const entry of played.events.filter(({ outcome }) => outcome === "dropped" || outcome === "expired")) {
        const later = played
          .ran(entry.id)
          .filter(({ at, function: address }) => address === entry.consumer && at > entry.endedAt);
        expect(later).toEqual([]);
      }
    }),
    { numRuns: runs },
  );
}, 300_000);

it("nothing is lost where every net is there with its permission, and a third of the runs end events in a net", async () => {
  let inNet = 0;
  let all = 0;
  await fc.assert(
    fc.asyncProperty(worldForm, async (forms) => {
      const { graph, scenario } = make(forms, true);
      const played = await play(graph, scenario);
      all += 1;
      if (played.totals.retained > 0) inNet += 1;
      expect(played.totals).toMatchObject({ dropped: 0, expired: 0, unmatched: 0, pending: 0 });
    }),
    { numRuns: runs },
  );
  expect(inNet / all).toBeGreaterThan(1 / 3);
}, 300_000);

/** First successes come in order within what is ordered, as long as nothing is moved out of the way. */
it("FIFO groups and keys of a shard keep their order", async () => {
  await fc.assert(
    fc.asyncProperty(pathForm, async (form) => {
      const kind = form.partial ? ("fifo" as const) : ("stream" as const);
      // Partial responses of a FIFO queue that name one message of several break the order: that is rule 84.
      const { graph, scenario } = make([{ ...form, kind, partial: false }], true);
      const played = await play(graph, scenario);
      const modulus = kind === "fifo" ? 2 : 3;
      const done = played.events.filter(({ outcome }) => outcome === "processed");
      const firstSuccess = new Map(done.map(({ id, endedAt }) => [id, endedAt]));
      for (let group = 0; group < modulus; group += 1) {
        const ids = [...firstSuccess.keys()].filter((id) => Number(id.split("-")[1]) % modulus === group);
        const inOrder = ids.toSorted((a, b) => Number(a.split("-")[1]) - Number(b.split("-")[1]));
        const ended = inOrder.map((id) => firstSuccess.get(id) ?? 0);
        expect(ended).toEqual(ended.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: runs },
  );
}, 300_000);

it("the same topology, scenario and seed give the same result", async () => {
  await fc.assert(
    fc.asyncProperty(worldForm, fc.nat(1_000), async (forms, seed) => {
      const [first, second] = [make(forms, false), make(forms, false)];
      const [a, b] = [
        await play(first.graph, first.scenario, { seed }),
        await play(second.graph, second.scenario, { seed }),
      ];
      expect(JSON.stringify(a)).toBe(JSON.stringify(b));
    }),
    { numRuns: Math.ceil(runs / 5) },
  );
}, 300_000);

it("virtual time never runs back, whatever is planned when", async () => {
  const plan: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(1_000), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(plan, plan, async (at, more) => {
      const kernel = new Kernel();
      const seen: number[] = [];
      const note = (): void => void seen.push(kernel.now);
      for (const [index, ms] of at.entries()) {
        kernel.at(ms, () => {
          note();
          kernel.after(more[index] ?? 0, note);
          kernel.answer(Promise.resolve(ms), note);
        });
      }
      await kernel.run(undefined);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen).toHaveLength(at.length * 3);
    }),
  );
});

it("the property that nothing is lost is one that can fail", async () => {
  const lossy = fc.asyncProperty(worldForm, async (forms) => {
    const { graph, scenario } = make(forms, true);
    const played = await play(graph, scenario, { deviations: ["mapping.failed-deleted", "permissions.ignored"] });
    expect(played.totals).toMatchObject({ dropped: 0 });
  });
  expect((await fc.check(lossy, { numRuns: runs })).failed).toBe(true);
}, 300_000);
