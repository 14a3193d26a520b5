import * as fc from "fast-check";
import type { BusNode, EventPattern, Graph, RuleNode, TargetInput } from "../../topology/graph.ts";
import { enumerated, mostPaths, pathsOf } from "../../topology/paths.ts";
import { mayMatch } from "../../topology/patterns/possible.ts";
import { GraphBuilder } from "../support/graphs.ts";

/** Paths as addresses in order. */
function shown(graph: Graph): string[] {
  return pathsOf(graph).map(({ source, through, end }) =>
    [source, ...through, end].map((address) => address.replace(/^aws_\w+\./, "")).join(" > "),
  );
}

describe("a path begins", () => {
  test("at a bus, whatever failures it takes as well", () => {
    const g = new GraphBuilder();
    const bus = g.bus("main");
    const handler = g.fn("handler");
    g.target(g.rule("placed", bus, { source: ["shop"] }), handler);
    g.destination("on-failure", "function", handler, bus);
    expect(shown(g.build())).toEqual(["main > placed > handler"]);
  });

  test("at a bus that takes failures of a function that something else feeds, too", () => {
    const g = new GraphBuilder();
    const [bus, handler, queue] = [g.bus("main"), g.fn("handler"), g.queue("work")];
    g.target(g.rule("placed", bus, { source: ["shop"] }), handler);
    g.mapping(queue, handler);
    g.destination("on-failure", "function", handler, bus);
    expect(shown(g.build())).toEqual(["main > placed > handler", "work > handler"]);
  });

  test("not at a queue that only receives failures, read or not", () => {
    const g = new GraphBuilder();
    const [queue, letters] = [g.queue("work"), g.queue("letters")];
    g.mapping(queue, g.fn("handler"));
    g.redrive(queue, letters, 5);
    g.mapping(letters, g.fn("collector"));
    expect(shown(g.build())).toEqual(["work > handler"]);
  });

  test("at a topic that takes failures and what another function sends", () => {
    const graph = (sender: readonly string[]): Graph => {
      const g = new GraphBuilder();
      const topic = g.topic("incidents");
      const handler = g.fn("handler", { role: "aws_iam_role.handler", mayWriteTo: [topic] });
      g.mapping(g.stream("clicks"), handler);
      g.destination("on-failure", "function", handler, topic);
      g.fn("watcher", { role: "aws_iam_role.watcher", mayWriteTo: sender });
      g.subscription(topic, g.fn("pager"));
      return g.build();
    };
    expect(shown(graph([]))).toEqual(["clicks > handler"]);
    expect(shown(graph(["aws_sns_topic.incidents"]))).toEqual(["incidents > pager", "clicks > handler"]);
  });

  test("not at a dead-letter queue because the function that fails may put messages there itself", () => {
    const g = new GraphBuilder();
    const [queue, letters] = [g.queue("work"), g.queue("letters")];
    g.mapping(queue, g.fn("handler", { role: "aws_iam_role.handler", mayWriteTo: [letters] }));
    g.redrive(queue, letters, 5);
    g.mapping(letters, g.fn("collector", { role: "aws_iam_role.collector" }));
    expect(shown(g.build())).toEqual(["work > handler"]);
  });
});

describe("a circle that nothing else feeds begins at its first member", () => {
  test("two buses that forward to each other", () => {
    const g = new GraphBuilder();
    const [a, b] = [g.bus("a"), g.bus("b")];
    g.target(g.rule("there", a, { source: ["x"] }), b);
    g.target(g.rule("back", b, { source: ["x"] }), a);
    g.target(g.rule("out", b, { source: ["x"] }), g.fn("handler"));
    expect(shown(g.build())).toEqual(["a > there > b > back > a", "a > there > b > out > handler"]);
  });

  test("a queue that is its own dead-letter queue", () => {
    const g = new GraphBuilder();
    const queue = g.queue("work");
    g.mapping(queue, g.fn("handler"));
    g.redrive(queue, queue, 5);
    expect(shown(g.build())).toEqual(["work > handler"]);
  });

  test("queues that are each other's dead-letter queue", () => {
    const g = new GraphBuilder();
    const [a, b] = [g.queue("a"), g.queue("b")];
    g.mapping(a, g.fn("handler"));
    g.mapping(b, g.fn("other"));
    g.redrive(a, b, 5);
    g.redrive(b, a, 5);
    expect(shown(g.build())).toEqual(["a > handler"]);
  });

  test("a queue that takes the failures of the function that reads it", () => {
    const g = new GraphBuilder();
    const [queue, handler] = [g.queue("work"), g.fn("handler")];
    g.mapping(queue, handler);
    g.destination("on-failure", "function", handler, queue);
    expect(shown(g.build())).toEqual(["work > handler"]);
  });

  test("but not where something feeds it: no member begins another path, nor does what it leads to", () => {
    const g = new GraphBuilder();
    const [first, a, b] = [g.bus("first"), g.bus("a"), g.bus("b")];
    g.target(g.rule("in", first, { source: ["x"] }), a);
    g.target(g.rule("there", a, { source: ["x"] }), b);
    g.target(g.rule("back", b, { source: ["x"] }), a);
    const topic = g.topic("after");
    g.target(g.rule("out", b, { source: ["x"] }), topic);
    g.subscription(topic, g.fn("handler"));
    expect(shown(g.build())).toEqual([
      "first > in > a > there > b > back > a",
      "first > in > a > there > b > out > after > handler",
    ]);
  });

  test("over random graphs: whatever a bus, stream, table or bucket leads to is on a path", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 6 }),
        (forwards, failures) => {
          const g = new GraphBuilder();
          const buses = Array.from({ length: 6 }, (_, index) => g.bus(`b${index}`));
          for (const [index, bus] of buses.entries()) {
            const handler = g.fn(`f${index}`);
            g.target(g.rule(`own${index}`, bus, { source: ["x"] }), handler);
            for (const [from, to] of failures) {
              if (from === index) g.destination("on-failure", "function", handler, buses[to] ?? "");
            }
          }
          for (const [place, [from, to]] of forwards.entries()) {
            g.target(g.rule(`r${place}`, buses[from] ?? "", { source: ["x"] }), buses[to] ?? "");
          }
          const graph = g.build();
          const onPaths = new Set(pathsOf(graph).map(({ end }) => end));
          for (let index = 0; index < 6; index += 1) expect(onPaths).toContain(`aws_lambda_function.f${index}`);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Buckets that send everything to the default bus, and rules on it. */
function onDefaultBus(buckets: number, patterns: readonly (EventPattern | null)[]): Graph {
  const g = new GraphBuilder();
  for (let index = 0; index < buckets; index += 1) g.notification(g.bucket(`photos-${index}`), "default");
  const target = g.fn("handler");
  const rules = patterns.map((pattern, index) => g.rule(`r${index}`, "default", pattern));
  for (const rule of rules) g.target(rule, target);
  const graph = g.build();
  const bus: BusNode = {
    kind: "bus",
    address: "default",
    location: null,
    name: "default",
    arn: "arn:aws:events:eu-west-1:111122223333:event-bus/default",
    region: null,
    accountId: null,
    provider: null,
    archives: [],
  };
  return { ...graph, nodes: [...graph.nodes, bus] };
}

describe("a bucket that sends to EventBridge", () => {
  const rulesTaken = (pattern: EventPattern | null): boolean =>
    shown(onDefaultBus(1, [pattern])).includes("photos-0 > default > r0 > handler");

  test.each<readonly [string, EventPattern, boolean]>([
    ["of S3", { source: ["aws.s3"] }, true],
    ["of any source that begins so", { source: [{ prefix: "aws." }] }, true],
    ["of something else", { source: ["shop"] }, false],
    ["of all but AWS", { source: [{ "anything-but": { prefix: "aws." } }] }, false],
    ["of this bucket", { source: ["aws.s3"], detail: { bucket: { name: ["photos-0"] } } }, true],
    ["of another bucket", { source: ["aws.s3"], detail: { bucket: { name: ["other"] } } }, false],
    ["of this bucket's objects below a prefix", { detail: { object: { key: [{ prefix: "in/" }] } } }, true],
    ["of another Region", { region: ["us-east-1"] }, false],
    ["of one of two", { $or: [{ source: ["shop"] }, { detail: { bucket: { name: ["photos-0"] } } }] }, true],
    ["of neither of two", { $or: [{ source: ["shop"] }, { detail: { bucket: { name: ["x"] } } }] }, false],
    ["that AWS would refuse", { source: [{ sounds: "like" }] }, true],
  ])("leads on over a rule %s: %p %p", (_what, pattern, taken) => expect(rulesTaken(pattern)).toBe(taken));

  test("leads on over a rule whose pattern is not known", () => {
    const graph = onDefaultBus(1, [{ source: ["shop"] }]);
    const nodes = graph.nodes.map((node) =>
      node.kind === "rule" ? ({ ...node, eventPattern: { value: null, from: "unknown" } } satisfies RuleNode) : node,
    );
    expect(shown({ ...graph, nodes })).toContain("photos-0 > default > r0 > handler");
  });

  test("ends at the bus where no rule wants what it sends, and the bus has its own paths", () => {
    expect(shown(onDefaultBus(1, [{ source: ["shop"] }]))).toEqual(["photos-0 > default", "default > r0 > handler"]);
  });
});

describe("a rule that forwards to another bus", () => {
  /** A bus that forwards what `forwarded` wants to another, where `wanted` has a rule. */
  const chain = (forwarded: EventPattern, wanted: EventPattern, input: TargetInput = { kind: "event" }): string[] => {
    const g = new GraphBuilder();
    const [first, second] = [g.bus("a"), g.bus("b")];
    g.target(g.rule("on", first, forwarded), second, { input });
    g.target(g.rule("own", second, wanted), g.fn("handler"));
    return shown(g.build());
  };
  const through = ["a > on > b > own > handler"];
  const apart = ["a > on > b", "b > own > handler"];

  test.each<readonly [EventPattern, EventPattern, readonly string[]]>([
    [{ source: ["shop"] }, { source: ["shop"] }, through],
    [{ source: ["shop"] }, { source: ["other"] }, apart],
    [{ source: ["shop"] }, { source: [{ prefix: "sh" }] }, through],
    [{ source: ["shop"] }, { "detail-type": ["Placed"] }, through],
    [{ "detail-type": ["Placed"] }, { "detail-type": ["Shipped"] }, apart],
    [{ source: ["shop", "other"] }, { source: ["third"] }, through],
    [{ source: [{ prefix: "shop" }] }, { source: ["other"] }, through],
  ])("of %j, to a rule that wants %j", (forwarded, wanted, paths) => expect(chain(forwarded, wanted)).toEqual(paths));

  test("says nothing of what its target makes of the event", () => {
    expect(chain({ source: ["shop"] }, { source: ["other"] }, { kind: "unknown" })).toEqual(through);
  });

  test("leaves every way of a rule that only its own bus feeds, and the ways on from there", () => {
    const g = new GraphBuilder();
    const [first, second, third] = [g.bus("a"), g.bus("b"), g.bus("c")];
    g.target(g.rule("on", first, { source: ["shop"] }), second);
    const own = g.rule("own", second, { source: ["other"] });
    g.target(own, g.fn("f1"));
    g.target(own, third);
    g.target(g.rule("last", third, { source: ["other"] }), g.fn("f2"));
    expect(shown(g.build())).toEqual(["a > on > b", "b > own > f1", "b > own > c > last > f2"]);
  });
});

test("what may match is never denied: a pattern that matches an event may match any part of it", () => {
  const value = fc.constantFrom("a", "b", 1, true);
  const leaf = fc.array(
    fc.oneof(
      value,
      fc.record({ prefix: fc.constantFrom("a", "b") }),
      fc.record({ exists: fc.boolean() }),
      fc.record({ "anything-but": fc.array(value, { minLength: 1 }) }),
    ),
    { minLength: 1, maxLength: 2 },
  );
  const keys = fc.constantFrom("x", "y", "z");
  const pattern = fc.dictionary(keys, fc.oneof(leaf, fc.dictionary(keys, leaf, { maxKeys: 2 })), { maxKeys: 3 });
  const event = fc.dictionary(keys, fc.oneof(value, fc.dictionary(keys, value, { maxKeys: 2 })), { maxKeys: 3 });
  let matched = 0;
  fc.assert(
    fc.property(pattern, event, keys, (wanted, sent, hidden) => {
      const part = Object.fromEntries(Object.entries(sent).filter(([key]) => key !== hidden));
      // All of a flat event is known, but for what is hidden; of objects inside, only what is there is.
      if (!mayMatch(wanted, sent)) return;
      matched += 1;
      expect(mayMatch(wanted, part)).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect(matched).toBeGreaterThan(100);
});

describe("very many paths", () => {
  const buckets = 120;
  const rules = 60;

  test("are listed one by one as far as that goes", () => {
    const { paths, shortened } = enumerated(
      onDefaultBus(
        10,
        Array.from({ length: rules }, () => ({ source: ["aws.s3"] })),
      ),
    );
    expect([paths.length, shortened]).toEqual([11 * rules, false]);
  });

  test("become a sum: every source has a path, every edge is on one, and it is said", () => {
    const graph = onDefaultBus(
      buckets,
      Array.from({ length: rules }, () => ({ source: ["aws.s3"] })),
    );
    expect((buckets + 1) * rules).toBeGreaterThan(mostPaths);
    const { paths, shortened } = enumerated(graph);
    expect(shortened).toBe(true);
    expect(paths).toHaveLength(buckets + rules);
    expect(new Set(paths.map(({ source }) => source)).size).toBe(buckets + 1);
    expect(new Set(paths.flatMap(({ edges }) => edges))).toEqual(new Set(graph.edges));
  });
});

test("settings bear AWS's names: provisionedPollerConfig", () => {
  const g = new GraphBuilder();
  g.mapping(g.queue("work"), g.fn("handler"), { provisionedPollers: { minimumPollers: 2, maximumPollers: 20 } });
  expect(pathsOf(g.build())[0]?.settings).toMatchObject({
    provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 20 },
  });
});

describe("a version or an alias of a function is an end of its own", () => {
  /** One notification of a bucket to a function, under two qualifiers, of which only the alias has a net. */
  const both = (): Graph => {
    const g = new GraphBuilder();
    const [bucket, handler] = [g.bucket("photos"), g.fn("resize")];
    const id = "aws_s3_bucket_notification.photos";
    g.notification(bucket, handler, { id: `${id}#0` });
    g.notification(bucket, handler, { id: `${id}#1`, qualifier: "live" });
    g.destination("on-failure", "function", handler, g.queue("failed"), { fromQualifier: "live" });
    return g.build();
  };

  test("one resource that leads to two of them makes two paths", () => {
    expect(pathsOf(both()).map(({ end, qualifier }) => [end, qualifier])).toEqual([
      ["aws_lambda_function.resize", "$LATEST"],
      ["aws_lambda_function.resize", "live"],
    ]);
  });

  test("each with the nets of that qualifier alone", () => {
    expect(pathsOf(both()).map(({ nets }) => nets.map(({ to }) => to))).toEqual([[], ["aws_sqs_queue.failed"]]);
  });

  test("but one end for several suffixes is one path", () => {
    const g = new GraphBuilder();
    const [bucket, handler] = [g.bucket("photos"), g.fn("resize")];
    const id = "aws_s3_bucket_notification.photos";
    for (const place of [0, 1]) g.notification(bucket, handler, { id: `${id}#${place}`, qualifier: "live" });
    expect(pathsOf(g.build())).toHaveLength(1);
  });

  test("what nothing sets of a qualifier are AWS's defaults: 2 retries within 6 hours (R8, R9)", () => {
    expect(pathsOf(both()).map(({ settings }) => settings)).toEqual([
      { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 21_600 },
      { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 21_600 },
    ]);
  });
});

test("each target and subscription on the way has its figures, not only the last", () => {
  const g = new GraphBuilder();
  const [first, topic, queue] = [g.bus("first"), g.topic("news"), g.queue("work")];
  const there = g.target(g.rule("in", first, { source: ["x"] }), topic, {
    maximumRetryAttempts: 7,
    maximumEventAgeInSeconds: 3600,
  });
  const on = g.subscription(topic, queue, { raw: true, protocol: "sqs" });
  const [path] = pathsOf(g.build());
  const subscribed = { rawMessageDelivery: true, filterPolicyScope: "MessageAttributes" };
  expect(path?.deliveries).toEqual([
    { at: there, protocol: null, settings: { maximumRetryAttempts: 7, maximumEventAgeInSeconds: 3600 } },
    { at: on, protocol: "sqs", settings: subscribed },
  ]);
  expect(path?.delivery).toEqual(subscribed);
});
