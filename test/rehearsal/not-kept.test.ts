/** What looks kept or settled and is not: it has to be told as lost. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

describe("a message that is older than its dead-letter queue keeps anything", () => {
  const aged = (consumed: boolean, until: object): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { visibilityTimeout: 3_600 });
    const letters = g.queue("letters", { messageRetentionPeriod: 3_600 });
    const fn = g.fn("work");
    const reader = g.fn("letters");
    g.mapping(queue, fn);
    g.redrive(queue, letters, 2);
    if (consumed) g.mapping(letters, reader);
    const send = [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }];
    return play(g, { functions: { [fn]: failsAlways, [reader]: succeeds }, send, ...until });
  };

  it("is gone on arrival, whenever the run ends", async () => {
    for (const until of [{}, { until: "12h" }]) {
      const played = await aged(false, until);
      expect(played.one("m1")).toMatchObject({ outcome: "expired", endedAt: 7_200_000, attempts: 2 });
      expect(played.one("m1").why).toMatch(/^R59:/);
      expect(played.figures("aws_sqs_queue.letters")).toMatchObject({ visible: 0 });
    }
  });

  it("is not read there any more", async () => {
    const played = await aged(true, {});
    expect(played.one("m1")).toMatchObject({ outcome: "expired", attempts: 2 });
  });
});

describe("a pointer to a record that its stream has forgotten (R107)", () => {
  const dayMs = 86_400_000;
  const letters = (kind: "queue" | "bucket", more: object, reader = false): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks");
    const fn = g.fn("clicks");
    const net = kind === "queue" ? g.queue("letters", { delaySeconds: 900 }) : g.bucket("letters");
    g.destination("on-failure", "mapping", g.mapping(stream, fn, { maximumRetryAttempts: 0 }), net);
    const triage = g.fn("triage");
    if (reader) g.mapping(net, triage);
    const functions = { [fn]: failsAlways, [triage]: succeeds };
    const send = [
      { at: "0s", to: stream, records: [{ id: "r1", data: 1 }] },
      { at: "1h", to: stream, records: [{ id: "r2", data: 2 }] },
    ];
    return play(g, { functions, send, ...more });
  };

  it("is retained as long as the record can be read", async () => {
    const played = await letters("queue", { until: "24h" });
    expect(played.one("r1")).toMatchObject({ outcome: "expired", endedAt: dayMs, attempts: 1 });
    expect(played.one("r1").why).toMatch(/^R107: .*aws_sqs_queue\.letters/);
    expect(played.one("r2")).toMatchObject({ outcome: "retained", where: ["aws_sqs_queue.letters"] });
    for (const until of ["3d", "10d"]) {
      const later = await letters("queue", { until });
      expect(later.events.map(({ outcome }) => outcome)).toEqual(["expired", "expired"]);
    }
  });

  it("is retained for a run that ends before, and in a bucket, which has the payload", async () => {
    expect((await letters("queue", {})).one("r1").outcome).toBe("retained");
    expect((await letters("bucket", { until: "3d" })).one("r1")).toMatchObject({ outcome: "retained" });
  });

  it("is of use to a function only as long", async () => {
    expect((await letters("queue", { until: "3d" }, true)).one("r1")).toMatchObject({ outcome: "retained" });
    const faults = [{ at: "0s", for: "2d", throttle: "aws_lambda_function.triage" }];
    const late = await letters("queue", { until: "3d", faults }, true);
    expect(late.ran("r1").at(-1)).toMatchObject({ function: "aws_lambda_function.triage", outcome: "success" });
    expect(late.one("r1")).toMatchObject({ outcome: "expired", endedAt: dayMs });
    expect(late.one("r1").why).toMatch(/^R107: /);
  });
});

describe("an archive with a retention", () => {
  const archived = (days: number, until: object): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const archive = {
      address: "aws_cloudwatch_event_archive.all",
      location: null,
      eventPattern: { value: null, from: "default" },
      retentionDays: { value: days, from: "configuration" },
    } as const;
    const bus = g.bus("shop", { archives: [archive] });
    const rule = g.rule("orders", bus, { source: ["shop"] });
    const fn = g.fn("orders");
    g.target(rule, fn);
    const send = [{ at: "0s", to: bus, events: [{ id: "e1", source: "shop", detailType: "t", detail: {} }] }];
    return play(g, { functions: { [fn]: failsAlways }, send, ...until });
  };

  it("retains until it ends", async () => {
    const played = await archived(1, { until: "3d" });
    expect(played.one("e1")).toMatchObject({ outcome: "expired", endedAt: 86_400_000, attempts: 3 });
    expect(played.one("e1").why).toMatch(/^R\d+: .*aws_cloudwatch_event_archive\.all/);
    const where = ["aws_cloudwatch_event_archive.all"];
    expect((await archived(1, {})).one("e1")).toMatchObject({ outcome: "retained", where });
    expect((await archived(4, { until: "3d" })).one("e1")).toMatchObject({ outcome: "retained", where });
    expect((await archived(0, { until: "300d" })).one("e1")).toMatchObject({ outcome: "retained", where });
  });
});
