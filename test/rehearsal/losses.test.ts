/** That nothing is called lost, or kept, that is not: nets with an end of their own, and what is not known. */
import type { Graph } from "../../topology/graph.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

const invoked = (fn: string): object => ({ at: "0s", to: fn, invocations: [{ id: "i1", payload: 1 }] });
const sent = (queue: string): object => ({ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] });

/** A queue with a mapping, changed after the fact. */
function mapped(change: (mapping: Extract<Graph["edges"][number], { kind: "mapping" }>) => object): {
  readonly graph: Graph;
  readonly scenario: object;
} {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  g.mapping(queue, fn);
  const built = g.build();
  const edges = built.edges.map((edge) => (edge.kind === "mapping" ? { ...edge, ...change(edge) } : edge));
  return { graph: { ...built, edges }, scenario: { functions: { [fn]: succeeds }, send: [sent(queue)] } };
}

describe("the end of a net's retention", () => {
  it("is what an event ended by, not the giving up before it", async () => {
    const g = new GraphBuilder();
    const fn = g.fn("mail", { retries: 0 });
    const failures = g.queue("failures", { messageRetentionPeriod: 3_600 });
    g.destination("on-failure", "function", fn, failures);
    const played = await play(g, { functions: { [fn]: failsAlways }, send: [invoked(fn)], until: "2h" });
    expect(played.one("i1")).toMatchObject({ outcome: "expired", endedAt: 3_600_100 });
    expect(played.one("i1").why).toMatch(/^R59:/);
  });

  it("counts by the last of several copies", async () => {
    const g = new GraphBuilder();
    const topic = g.topic("orders");
    const queue = g.queue("work");
    const fn = g.fn("mail", { retries: 0 });
    g.subscription(topic, fn);
    g.subscription(topic, queue);
    g.mapping(queue, fn);
    const send = [{ at: "0s", to: topic, notifications: [{ id: "n1", message: 1 }] }];
    const played = await play(g, { functions: { [fn]: failsAlways }, send });
    expect(played.one("n1")).toMatchObject({ outcome: "expired", endedAt: 345_600_000 });
  });
});

it("a dead-letter queue outside the configuration retains, where it is known to admit", async () => {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  const outside = g.external("arn:aws:sqs:us-east-1:111111111111:letters", "sqs");
  g.mapping(queue, fn);
  g.redrive(queue, outside, 2, { permission: "granted" });
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [sent(queue)] });
  expect(played.one("m1")).toMatchObject({ outcome: "retained", where: [outside], attempts: 2 });
  expect(played.delivered("m1")).toMatchObject([{ to: outside, via: "redrive-policy" }]);
  expect(played.assumptions.map(({ name }) => name)).toContain(outside);
});

it("a dead-letter queue of which nobody knows whom it admits ends the rehearsal, once a message reaches it", async () => {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  g.mapping(queue, fn);
  g.redrive(queue, g.external("arn:aws:sqs:us-east-1:111111111111:letters", "sqs"), 2, { permission: "unknown" });
  expect((await play(g, { functions: { [fn]: succeeds }, send: [sent(queue)] })).one("m1").outcome).toBe("processed");
  await expect(play(g, { functions: { [fn]: failsAlways }, send: [sent(queue)] })).rejects.toMatchObject({
    name: "UnknownReached",
    message: expect.stringContaining(
      "aws_sqs_queue.work#redrive: an event reaches it, and its permission is not known",
    ),
  });
});

describe("a mapping that is reached by an event", () => {
  it("with filters that are not known", async () => {
    const { graph, scenario } = mapped(({ settings }) => ({
      settings: { ...settings, filterCriteria: { value: [], from: "unknown" } },
    }));
    await expect(play(graph, scenario)).rejects.toThrow(/its filters are not known before they are applied/);
  });

  it("with a function that is not known", async () => {
    const { graph, scenario } = mapped(() => ({ to: null }));
    await expect(play(graph, scenario)).rejects.toThrow(/its function is not known before it is applied/);
  });

  it("with a permission that is not known; not before", async () => {
    const { graph, scenario } = mapped(({ permissions }) => ({
      permissions: [{ ...permissions[0], principal: "the role", actions: ["sqs:ReceiveMessage"], state: "unknown" }],
    }));
    await expect(play(graph, scenario)).rejects.toThrow(/its permission is not known before it is applied/);
    expect((await play(graph, { ...scenario, send: [] })).events).toEqual([]);
  });
});

it("what is put into a table without a stream does not expire", async () => {
  const g = new GraphBuilder();
  const table = g.table("orders", { streamEnabled: false });
  const send = [{ at: "0s", to: table, puts: [{ id: "d1", item: { pk: "1" } }] }];
  const played = await play(g, { functions: {}, send, until: "3d" });
  expect(played.one("d1").outcome).toBe("pending");
});

it("a bucket takes no on-success records", async () => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const bucket = g.bucket("results");
  g.destination("on-success", "function", fn, bucket);
  const played = await play(g, { functions: { [fn]: succeeds }, send: [invoked(fn)] });
  expect(played.one("i1")).toMatchObject({ outcome: "processed" });
  expect(played.figures(fn).DestinationDeliveryFailures).toBe(1);
  expect(played.figures(bucket)).toMatchObject({ objects: 0 });
});

it("S3 tries a notification again after a minute, and says that this is assumed", async () => {
  const g = new GraphBuilder();
  const photos = g.bucket("photos");
  const fn = g.fn("resize");
  g.notification(photos, fn);
  const send = [{ at: "0s", to: photos, objects: [{ id: "o1", key: "a.jpg" }] }];
  const faults = [{ at: "0s", for: "90s", unavailable: fn }];
  const played = await play(g, { functions: { [fn]: succeeds }, send, faults });
  expect(played.one("o1")).toMatchObject({ outcome: "processed", endedAt: 120_100 });
  expect(played.assumptions).toContainEqual(expect.objectContaining({ name: "s3.retryDelay", value: "1m" }));
});

it("a bucket notifies of the keys that its notification wants, by prefix and suffix", async () => {
  const g = new GraphBuilder();
  const photos = g.bucket("photos");
  const fn = g.fn("resize");
  g.notification(photos, fn, { prefix: "in/", suffix: ".jpg" });
  const keys = ["in/a.jpg", "out/a.jpg", "in/a.png"];
  const send = [{ at: "0s", to: photos, objects: keys.map((key) => ({ id: key, key })) }];
  const played = await play(g, { functions: { [fn]: succeeds }, send });
  expect(keys.map((key) => played.one(key).outcome)).toEqual(["processed", "unmatched", "unmatched"]);
});
