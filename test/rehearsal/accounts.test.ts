/** That what a scenario holds is all accounted for, or refused in one line. */
import { readScenario } from "../../rehearsal/scenario/read.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { play, succeeds } from "./play.ts";

function shop(given: { partial?: boolean } = {}): { g: GraphBuilder; queue: string; fn: string } {
  const g = new GraphBuilder();
  const queue = g.queue("work");
  const fn = g.fn("work");
  g.mapping(queue, fn, given);
  return { g, queue, fn };
}
const message = (to: string, at = "0s", id = "m1"): object => ({ at, to, messages: [{ id, body: 1 }] });

it.each(["done", true, 5, [1]])(
  "a function that answers %j succeeds where nobody asked for failures",
  async (value) => {
    const { g, queue, fn } = shop();
    const functions = { [fn]: { outcomes: [{ then: { succeed: value } }] } };
    const played = await play(g, { functions, send: [message(queue)] });
    expect(played.one("m1").outcome).toBe("processed");
    expect(played.invocations.map(({ outcome }) => outcome)).toEqual(["success"]);
  },
);

it("an answer that names no failures is an error where the mapping asked for them", async () => {
  const { g, queue, fn } = shop({ partial: true });
  const functions = { [fn]: { outcomes: [{ times: 1, then: { succeed: "done" } }] } };
  const played = await play(g, { functions, send: [message(queue)] });
  expect(played.invocations.map(({ outcome }) => outcome)).toEqual(["error", "success"]);
});

it("an invocation that runs when the run ends counts nowhere yet, and is named under the assumptions", async () => {
  const { g, queue, fn } = shop();
  const functions = { [fn]: { outcomes: [{ then: { succeed: 1 }, takes: "2s" }] } };
  const played = await play(g, { functions, send: [message(queue)], until: "1s" });
  expect(played.one("m1")).toMatchObject({ outcome: "pending", attempts: 0, endedAt: 1_000 });
  expect(played.invocations).toEqual([]);
  expect(played.figures(fn)).toMatchObject({ Invocations: 0, Errors: 0 });
  expect(played.assumptions).toContainEqual(
    expect.objectContaining({
      name: `${fn}.running`,
      value: "1 of its invocations was running when the run ended",
    }),
  );
  const over = await play(g, { functions, send: [message(queue)], until: "2s" });
  expect(over.one("m1")).toMatchObject({ outcome: "processed", attempts: 1 });
  expect(over.assumptions.map(({ name }) => name)).not.toContain(`${fn}.running`);
});

describe("what would come after the end of the run is refused, with its place", () => {
  it.each([
    ["all of it", [["20d", "m1"]], undefined, "send[0].at: 20d is after the end of the run, 14d"],
    ["all of it", [["20d", "m1"]], "2h", "send[0].at: 20d is after the end of the run, 2h"],
    [
      "a part of it",
      [
        ["0s", "m1"],
        ["3h", "m2"],
      ],
      "2h",
      "send[1].at: 3h is after the end of the run, 2h",
    ],
    ["by a millisecond", [["7200001ms", "m1"]], "2h", "send[0].at: 7200001ms is after the end of the run, 2h"],
  ] as const)("%s", async (_, sent, until, said) => {
    const { g, queue, fn } = shop();
    const send = sent.map(([at, id]) => message(queue, at, id));
    const scenario = { functions: { [fn]: succeeds }, send, ...(until === undefined ? {} : { until }) };
    const expected = {
      name: "BadScenario",
      message: `scenario.json: ${said}; let it come earlier, or give a later "until"`,
    };
    await expect(play(g, scenario)).rejects.toMatchObject(expected);
    const generated = {
      *[Symbol.iterator]() {
        yield* send;
      },
    };
    await expect(play(g, { ...scenario, send: generated })).rejects.toMatchObject(expected);
  });

  it("also by the time that the caller gives; what comes at the end itself is sent", async () => {
    const { g, queue, fn } = shop();
    const scenario = { functions: { [fn]: succeeds }, send: [message(queue, "2h")], until: "3h" };
    await expect(play(g, scenario, { untilMs: 7_199_999 })).rejects.toThrow(/send\[0\]\.at: 2h is after the end/);
    expect((await play(g, scenario, { untilMs: 7_200_000 })).totals.sent).toBe(1);
  });

  it("of a message-move task", async () => {
    const { g, queue, fn } = shop();
    const letters = g.queue("letters");
    g.redrive(queue, letters, 1);
    const scenario = { functions: { [fn]: succeeds }, redrives: [{ at: "3h", from: letters }], until: "2h" };
    await expect(play(g, scenario)).rejects.toThrow(
      "scenario.json: redrives[0].at: 3h is after the end of the run, 2h",
    );
  });
});

it("the default bus takes events without any rule", async () => {
  const { g } = shop();
  const events = [{ id: "e1", source: "shop", detailType: "Placed", detail: {} }];
  const played = await play(g, { send: [{ at: "0s", to: "default", events }] });
  expect(played.one("e1")).toMatchObject({ outcome: "unmatched", consumer: null });
  const records = [{ id: "r1", data: 1 }];
  await expect(play(g, { send: [{ at: "0s", to: "default", records }] })).rejects.toThrow(/which takes events/);
});

it.each(["9".repeat(400) + "d", "200000000d", "36501d"])("a duration without a date is none", (until) => {
  expect(() => readScenario({ until }, shop().g.build(), "scenario.json")).toThrow(/at most 36500d/);
});

it.each<readonly [string, (g: GraphBuilder, fn: string) => object, string]>([
  [
    "a rule",
    (g, fn) => {
      const bus = g.bus("shop");
      g.target(g.rule("placed", bus, { detail: { x: [{ foo: 1 }] } }), fn);
      const events = [{ id: "e1", source: "shop", detailType: "Placed", detail: { x: 1 } }];
      return { at: "0s", to: bus, events };
    },
    "aws_cloudwatch_event_rule.placed: detail.x: there is no operator foo",
  ],
  [
    "a subscription",
    (g, fn) => {
      const topic = g.topic("news");
      g.subscription(topic, fn, { id: "aws_sns_topic_subscription.s", filterPolicy: { x: [{ foo: 1 }] } });
      return { at: "0s", to: topic, notifications: [{ id: "n1", message: 1, attributes: { x: "1" } }] };
    },
    "aws_sns_topic_subscription.s: x: there is no operator foo",
  ],
  [
    "a mapping",
    (g, fn) => {
      const queue = g.queue("filtered");
      g.mapping(queue, fn, {
        id: "aws_lambda_event_source_mapping.m",
        filterCriteria: [{ body: { x: [{ foo: 1 }] } }],
      });
      return { at: "0s", to: queue, messages: [{ id: "m1", body: { x: 1 } }] };
    },
    "aws_lambda_event_source_mapping.m: body.x: there is no operator foo",
  ],
])("a pattern that AWS would refuse is told with the address of %s", async (_, make, said) => {
  const g = new GraphBuilder();
  const fn = g.fn("mail");
  const send = [make(g, fn)];
  await expect(play(g, { functions: { [fn]: succeeds }, send })).rejects.toMatchObject({
    name: "BadPattern",
    message: said,
  });
});

it("a generator that fails is told in one line", async () => {
  const { g, queue, fn } = shop();
  const send = {
    *[Symbol.iterator]() {
      yield message(queue);
      throw new Error("no more\nof this");
    },
  };
  const played = play(g, { functions: { [fn]: succeeds }, send });
  await expect(played).rejects.toMatchObject({
    name: "BadScenario",
    message: "scenario.json: send[1]: what generates it failed: no more",
  });
});

it.each([
  ["functions", "{}"],
  ["functions", '{"outcomes":[]}'],
  ["settings", "{}"],
  ["settings", "5"],
])("__proto__ is no name in %s (%s)", (part, given) => {
  const value: unknown = JSON.parse(`{"${part}":{"__proto__":${given}}}`);
  expect(() => readScenario(value, shop().g.build(), "scenario.json")).toThrow(/no such \w+ __proto__/);
});
