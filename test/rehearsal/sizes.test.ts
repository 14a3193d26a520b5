/** Limits are of bytes, not of characters, and of what really travels: base64, JSON, attributes (R7, R27, R55, R59, R90). */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, type Played, play, succeeds } from "./play.ts";

const batches = (played: Played): number[] => played.invocations.map(({ events }) => events.length);
const list = (count: number, field: string, value: unknown): object[] =>
  Array.from({ length: count }, (_, index) => ({ id: `e${index}`, [field]: value }));

describe("an invocation by a mapping carries 6 MB", () => {
  it("of Kinesis data in base64: three bytes are four characters", async () => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks");
    const fn = g.fn("clicks");
    g.mapping(stream, fn, { batchSize: 10_000 });
    const send = [{ at: "0s", to: stream, records: list(12, "data", "漢".repeat(300_000)) }];
    expect(batches(await play(g, { functions: { [fn]: succeeds }, send }))).toEqual([5, 5, 2]);
  });

  it("of a table's images as JSON", async () => {
    const g = new GraphBuilder();
    const table = g.table("orders");
    const fn = g.fn("orders");
    g.mapping(table, fn);
    const text = "x".repeat(400_000);
    const puts = Array.from({ length: 16 }, (_, index) => ({ id: `e${index}`, item: { pk: `${index}`, text } }));
    const send = [{ at: "0s", to: table, puts }];
    expect(batches(await play(g, { functions: { [fn]: succeeds }, send }))).toEqual([15, 1]);
  });

  it.each([
    ["bytes", "漢".repeat(250_000), [8, 2]],
    ["what JSON writes for quotes", '"'.repeat(500_000), [6, 4]],
  ])("of SQS bodies: %s", async (_, body, expected) => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { maximumMessageSize: 1_048_576 });
    const fn = g.fn("work");
    g.mapping(queue, fn);
    const send = [{ at: "0s", to: queue, messages: list(10, "body", body) }];
    expect(batches(await play(g, { functions: { [fn]: succeeds }, send }))).toEqual(expected);
  });

  it("gathered over a window: what does not fit in closes the batch", async () => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { maximumMessageSize: 1_048_576, visibilityTimeout: 60 });
    const fn = g.fn("work");
    g.mapping(queue, fn, { batchSize: 20, maximumBatchingWindowInSeconds: 10 });
    const [first, second] = [list(10, "body", "x".repeat(1_000_000)), list(1, "body", "y".repeat(900_000))];
    const send = [
      { at: "0s", to: queue, messages: first.slice(0, 5) },
      { at: "1s", to: queue, messages: first.slice(5, 6) },
      { at: "2s", to: queue, messages: second.map((one) => ({ ...one, id: "late" })) },
    ];
    const played = await play(g, { functions: { [fn]: succeeds }, send });
    expect(played.invocations.map(({ at, events }) => [at, events.length])).toEqual([
      [2_000, 6],
      [12_000, 1],
    ]);
  });
});

/** What becomes of one message with a body of so many characters, and an attribute of so many. */
async function outcome(kind: "queue" | "topic", body: string, attribute = 0): Promise<string> {
  const g = new GraphBuilder();
  const fn = g.fn("work");
  const to = kind === "queue" ? g.queue("work") : g.topic("work");
  if (kind === "queue") g.mapping(to, fn);
  else g.subscription(to, fn);
  const attributes = attribute === 0 ? {} : { attributes: { k: "x".repeat(attribute) } };
  const entry =
    kind === "queue"
      ? { messages: [{ id: "m", body, ...attributes }] }
      : { notifications: [{ id: "m", message: body, ...attributes }] };
  const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to, ...entry }] });
  return played.one("m").outcome;
}

describe.each(["queue", "topic"] as const)("a %s takes messages of 256 KB", (kind) => {
  it.each([
    ["262,143 bytes in 87,381 characters", "漢".repeat(87_381), 0, "processed"],
    ["262,146 bytes in 87,382 characters", "漢".repeat(87_382), 0, "dropped"],
    ["a body that fits by itself, with an attribute that just fits in", "x".repeat(262_000), 137, "processed"],
    ["a body that fits by itself, with an attribute that does not", "x".repeat(262_000), 138, "dropped"],
  ])("%s", async (_, body, attribute, expected) => {
    expect(await outcome(kind, body, attribute)).toBe(expected);
  });
});

it.each([
  ["1,048,576 bytes", 349_521, 0, "processed"],
  ["one more", 349_521, 1, "dropped"],
])("an entry of PutEvents has source, detail type and detail of 1 MB together: %s", async (_, wide, more, expected) => {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const fn = g.fn("mail");
  g.target(g.rule("all", bus, { source: ["shop"] }), fn);
  // 4 + 1 for source and type, 8 for {"t":""}, three for each of these.
  const detail = { t: "漢".repeat(wide) };
  const events = [{ id: "e", source: "shop", detailType: "T".repeat(1 + more), detail }];
  const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: bus, events }] });
  // An asynchronous invocation has the same limit, and the event around the entry is larger: R7 refuses it there.
  expect(played.one("e").why ?? "processed").toMatch(
    expected === "processed" ? /^R36: |^R7: / : /^PutEvents: 1048577 bytes/,
  );
});

it("an asynchronous payload has 1 MB in bytes", async () => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const payloads = ["漢".repeat(349_524), "漢".repeat(349_525)];
  const invocations = payloads.map((payload, index) => ({ id: `i${index}`, payload }));
  const played = await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: fn, invocations }] });
  expect([played.one("i0").outcome, played.one("i1").outcome]).toEqual(["processed", "dropped"]);
});

describe("a net that does not take a record for its size has not kept it", () => {
  const refused = async (source: "function" | "stream"): Promise<Played> => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0 });
    const net = g.queue("failures", { maximumMessageSize: 1_024 });
    const stream = g.stream("clicks");
    const mapping = g.mapping(stream, fn, { maximumRetryAttempts: 0 });
    if (source === "function") g.destination("on-failure", "function", fn, net);
    else g.destination("on-failure", "mapping", mapping, g.queue("pointers", { maximumMessageSize: 100 }));
    const item =
      source === "function"
        ? { to: fn, invocations: [{ id: "e", payload: "x".repeat(2_000) }] }
        : { to: stream, records: [{ id: "e", data: "x" }] };
    return await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "0s", ...item }] });
  };

  it.each(["function", "stream"] as const)("of a %s", async (source) => {
    const played = await refused(source);
    expect(played.one("e")).toMatchObject({ outcome: "dropped", attempts: 1 });
    expect(played.delivered("e")).toEqual([]);
    expect(played.figures("aws_lambda_function.mail")).toMatchObject({ DestinationDeliveryFailures: 1 });
  });
});
