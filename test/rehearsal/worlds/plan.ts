/**
 * Random worlds: topology and scenario as plain, shrinkable data.
 *
 * A form refers to others by a number that is taken modulo how many there are, so that every form is a world and
 * shrinking one leaves one. Events go from buckets and schedules over buses and topics to queues and streams, from
 * there to functions, and by on-success destinations to functions of a higher rank: without cycles. `world.ts` builds
 * the graph and the scenario of a form.
 */
import * as fc from "fast-check";

type Of<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Mostly the first. */
function rarely<const T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 3 * others.length, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );
}

const ref = fc.nat(5);
/** Whether a permission is there; a safe world has them all. */
const granted = rarely(true, false);

/** Which net catches what fails: its number, and of which kind, as far as the edge admits it. */
const net = fc.record({ ref, kind: fc.constantFrom("queue", "topic", "function", "bucket", "bus"), granted });
export type NetForm = Of<typeof net>;
const netted = fc.option(net, { freq: 3 });

const behaviour = fc.record({
  /** What becomes of an invocation with a poisoned event. */
  poison: fc.constantFrom("error", "timeout", "crash", "never-ends", "report", "report", "malformed"),
  /** How often a flaky event fails (or is throttled) before it succeeds. */
  flaky: fc.constantFrom(1, 2),
  /** Milliseconds that an invocation runs. */
  takesMs: fc.constantFrom(100, 20, 900),
  /** Whether it answers by a promise. */
  later: fc.boolean(),
  /** What it returns where it has nothing to report. */
  returns: rarely("nothing", "null", "text", "empty-list", "object"),
  /** Whether it fails whatever a schedule brings. */
  failsFires: fc.boolean(),
  /** Whether it follows a script of the scenario's form. */
  scripted: fc.boolean(),
});

const functionForm = fc.record({
  /** Whether it has an alias, by which targets, subscriptions and notifications invoke it. */
  alias: rarely(false, true),
  timeoutSeconds: fc.constantFrom(1, 3),
  retries: fc.integer({ min: 0, max: 2 }),
  ageSeconds: fc.constantFrom(21_600, 60, 200),
  reserved: fc.oneof(
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.constantFrom(1, 2) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  onFailure: netted,
  deadLetter: fc.option(net, { freq: 2 }),
  onSuccess: fc.option(fc.record({ kind: fc.constantFrom("function", "queue", "topic", "bus"), ref, granted }), {
    freq: 3,
  }),
  behaviour,
});

const filter = rarely<"none" | "json" | "text">("none", "json", "text");

const queueMapping = fc.record({
  to: ref,
  enabled: rarely(true, false),
  granted,
  batchSize: fc.constantFrom(1, 3, 10),
  windowSeconds: rarely(0, 5),
  partial: fc.boolean(),
  filter,
  concurrency: rarely<"free" | "maximum" | "provisioned">("free", "maximum", "provisioned"),
});

const queueForm = fc.record({
  fifo: fc.boolean(),
  visibilitySeconds: fc.constantFrom(30, 6, 2, 0),
  /** Of a FIFO queue: whether the content serves for deduplication. */
  byContent: fc.boolean(),
  delaySeconds: rarely(0, 10),
  /** In a world that may lose; a safe one keeps for four days. */
  retentionSeconds: fc.constantFrom(345_600, 300, 60),
  receives: fc.constantFrom(2, 1, 3),
  /** Takes no more than 1 KiB. */
  small: fc.boolean(),
  deadLetter: netted,
  mappings: fc.oneof(
    { weight: 1, arbitrary: fc.array(queueMapping, { maxLength: 0 }) },
    { weight: 8, arbitrary: fc.array(queueMapping, { minLength: 1, maxLength: 1 }) },
    { weight: 3, arbitrary: fc.array(queueMapping, { minLength: 2, maxLength: 2 }) },
  ),
});

const streamMapping = fc.record({
  to: ref,
  enabled: rarely(true, false),
  granted,
  batchSize: fc.constantFrom(3, 1, 100),
  windowSeconds: rarely(0, 3),
  partial: fc.boolean(),
  split: fc.boolean(),
  /** -1: without limit, in a world that may lose. */
  retries: fc.constantFrom(1, 0, 2, -1),
  ageSeconds: fc.constantFrom(60, 300, -1),
  lanes: rarely(1, 2, 3),
  tumblingSeconds: rarely(0, 10),
  filter,
  onFailure: netted,
});

const streamForm = fc.record({
  kind: fc.constantFrom("kinesis", "table"),
  shards: fc.constantFrom(1, 2),
  mappings: fc.oneof(
    { weight: 1, arbitrary: fc.array(streamMapping, { maxLength: 0 }) },
    { weight: 8, arbitrary: fc.array(streamMapping, { minLength: 1, maxLength: 2 }) },
  ),
});

/** Where a rule's target, a subscription or a notification leads. */
const way = fc.record({ kind: fc.constantFrom("function", "queue", "stream", "topic", "bus"), ref });

const target = fc.record({
  way,
  /** What the target is given: the event, a part of it, or a text with or without the mark of the item. */
  input: rarely<"event" | "path" | "transformer" | "constant">("event", "path", "transformer", "constant"),
  granted,
  retries: fc.constantFrom(185, 2, 0),
  ageSeconds: fc.constantFrom(86_400, 60),
  deadLetter: netted,
});

/** Kinds of events that a rule or filter policy wants; empty: all. */
const wanted = rarely<readonly string[]>([], ["a"], ["a", "b"]);

const busForm = fc.record({
  /** An archive, with the days for which it keeps; 0: for ever. */
  archive: fc.option(fc.record({ days: fc.constantFrom(1, 0), wanted }), { freq: 2 }),
  rules: fc.array(
    fc.record({ wanted, enabled: rarely(true, false), targets: fc.array(target, { minLength: 1, maxLength: 2 }) }),
    { maxLength: 3 },
  ),
});

const topicForm = fc.record({
  fifo: rarely(false, true),
  /** Whether what reads a subscribed queue is subscribed itself as well. */
  beside: rarely(false, true),
  subscriptions: fc.array(
    fc.record({
      way,
      granted,
      raw: fc.boolean(),
      wanted,
      scope: fc.constantFrom("MessageAttributes", "MessageBody"),
      deadLetter: netted,
    }),
    { maxLength: 3 },
  ),
});

const bucketForm = fc.record({
  notifications: fc.array(fc.record({ way, granted, prefix: rarely("", "a/") }), { maxLength: 2 }),
});

const scheduleForm = fc.record({
  scheduler: fc.boolean(),
  enabled: rarely(true, false),
  targets: fc.array(target, { maxLength: 2 }),
});

const netForm = fc.record({
  /** In a world that may lose. */
  retentionSeconds: rarely(1_209_600, 300, 60),
  /** In a world that may lose: takes no more than 1 KiB. */
  small: rarely(false, true),
  /** A function consumes the queue; a last dead-letter queue catches what it cannot do. */
  drained: rarely(false, true),
  receives: fc.constantFrom(3, 1),
  drainFails: fc.boolean(),
  /** Of a bus: whether its rule, an archive, or both take what comes. */
  onBus: fc.constantFrom("rule", "archive", "both"),
});

const does = rarely<"ok" | "poison" | "flaky" | "throttled" | "slow">(
  "ok",
  "poison",
  "poison",
  "flaky",
  "throttled",
  "slow",
);
export type Does = Of<typeof does>;

const sendForm = fc.record({
  to: fc.nat(30),
  gapMs: fc.constantFrom(0, 150, 5_000),
  startMs: fc.constantFrom(0, 500, 40_000),
  items: fc.array(
    fc.record({
      does,
      kind: fc.constantFrom("a", "b", "c"),
      key: fc.constantFrom("k0", "k1", "k2"),
      again: rarely(false, true),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  /** Characters that are added to the first item; a safe world has a few at most, which its nets take. */
  padding: fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 15, arbitrary: fc.constant(2_000) },
    { weight: 1, arbitrary: fc.constantFrom(200_000, 262_000, 1_048_000) },
  ),
});

const faultForm = fc.record({
  kind: fc.constantFrom("throttle", "fail", "unavailable"),
  ref: fc.nat(30),
  atMs: fc.constantFrom(0, 1_000, 30_000),
  forMs: fc.constantFrom(90_000, 5_000),
});

/** A message-move task, from a net that is a queue's dead-letter queue. */
const moveForm = fc.record({
  ref,
  atMs: fc.constantFrom(60_000, 600_000, 3_600_000),
  perSecond: rarely(500, 1),
  /** In a world that may lose: the queue that it brings to, wherever messages came from. */
  to: fc.option(ref, { freq: 2 }),
});

/** A world. `safe`: nothing may be lost in it. */
export const worldForm = fc.record({
  safe: fc.boolean(),
  functions: fc.array(functionForm, { minLength: 1, maxLength: 4 }),
  queues: fc.array(queueForm, { maxLength: 3 }),
  streams: fc.array(streamForm, { maxLength: 2 }),
  topics: fc.array(topicForm, { maxLength: 2 }),
  buses: fc.array(busForm, { maxLength: 2 }),
  buckets: fc.array(bucketForm, { maxLength: 1 }),
  schedules: fc.array(scheduleForm, { maxLength: 1 }),
  nets: fc.array(netForm, { minLength: 1, maxLength: 3 }),
  sends: fc.array(sendForm, { minLength: 1, maxLength: 5 }),
  faults: fc.array(faultForm, { maxLength: 2 }),
  moves: fc.array(moveForm, { maxLength: 2 }),
  /** In a world that may lose. */
  until: rarely<string | undefined>(undefined, "2s", "3m", "1h", "30h", "30h", "30h"),
  account: rarely(1_000, 12),
  duplicates: rarely(0, 0.3),
  seed: fc.nat(1_000),
});
export type WorldForm = Of<typeof worldForm>;

/** An edge that leads back: of a function, or from a queue or a bus to another. */
const back = fc.record({
  kind: fc.constantFrom("on-success", "on-failure", "redrive", "rule"),
  from: ref,
  to: fc.nat(30),
});

/** A world with cycles, which AWS would cut, or not. */
export const cyclicForm: fc.Arbitrary<CyclicForm> = fc.record({
  world: worldForm.map((form) => ({ ...form, safe: false })),
  back: fc.array(back, { minLength: 1, maxLength: 3 }),
});
export interface CyclicForm {
  readonly world: WorldForm;
  readonly back: readonly Of<typeof back>[];
}
