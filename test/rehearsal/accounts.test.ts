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

it("an invocation that runs when the run ends is listed", async () => {
  const { g, queue, fn } = shop();
  const functions = { [fn]: { outcomes: [{ then: { succeed: 1 }, takes: "2s" }] } };
  const played = await play(g, { functions, send: [message(queue)], until: "1s" });
  expect(played.one("m1")).toMatchObject({ outcome: "pending", attempts: 1 });
  expect(played.invocations).toMatchObject([{ at: 0, events: ["m1"], outcome: "running", ms: 1_000 }]);
});

describe("what is sent after the end of the run", () => {
  it("is named under the assumptions", async () => {
    const { g, queue, fn } = shop();
    const send = [message(queue), message(queue, "3h", "m2")];
    const played = await play(g, { functions: { [fn]: succeeds }, send, until: "2h" });
    expect(played.totals.sent).toBe(1);
    expect(played.assumptions).toContainEqual({
      name: "send",
      value: "nothing after 2h",
      why: "scenario.json: send[1].at: 3h is after the end of the run, 2h",
    });
  });

  it.each(["2h", undefined])("is refused where it is all there is (until %s)", async (until) => {
    const { g, queue, fn } = shop();
    const scenario = { functions: { [fn]: succeeds }, send: [message(queue, "20d")], ...(until ? { until } : {}) };
    await expect(play(g, scenario)).rejects.toThrow(/send\[0\]\.at: 20d is after the end of the run/);
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

it.each(["functions", "settings"])("__proto__ is no name in %s", (part) => {
  const value: unknown = JSON.parse(`{"${part}":{"__proto__":{}}}`);
  expect(() => readScenario(value, shop().g.build(), "scenario.json")).toThrow(/no such \w+ __proto__/);
});
