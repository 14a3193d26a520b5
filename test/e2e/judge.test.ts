import { existsSync } from "node:fs";
import { givenEndpoint } from "./endpoint.ts";
import { judgeTraffic } from "./expectations.ts";
import { type Finding, judge, type NotShown } from "./judge.ts";
import { notShown, unreadable } from "./not-shown.ts";
import { paths } from "./paths.ts";
import { changesOf, judgePlan } from "./plan.ts";
import { table, wrapped } from "./report.ts";
import { ATTRIBUTES, type Outcome, readLog, tenFor } from "./traffic.ts";

const finding = (id: string, shown: boolean): Finding => ({ id, what: `${id} holds`, shown, seen: "the opposite" });
const row = (id: string, looksFor = true): NotShown => ({
  id,
  what: `${id} holds`,
  why: "it cannot.",
  elsewhere: "AWS",
  looksFor,
});
const kinds = (findings: Finding[], rows: NotShown[], run: { otherEmulator?: boolean; complete?: boolean } = {}) =>
  judge(findings, rows, { otherEmulator: false, complete: true, ...run }).map(({ kind, id }) => `${kind} ${id}`);

describe("what a run has to show", () => {
  test("passes when it is shown and fails when it is not, with what was seen instead", () => {
    expect(kinds([finding("a", true), finding("b", false)], [])).toEqual(["passed a", "failed b"]);
    expect(judge([finding("b", false)], [], { otherEmulator: false, complete: true })[0]?.text).toContain(
      "the opposite",
    );
  });

  test("may be missing only when it is listed, and then must not be there", () => {
    expect(kinds([finding("a", false)], [row("a")])).toEqual(["listed a"]);
    expect(kinds([finding("a", true)], [row("a")])).toEqual(["failed a"]);
  });

  test("may be there on an emulator for which the list was not written", () => {
    expect(kinds([finding("a", true)], [row("a")], { otherEmulator: true })).toEqual(["passed a"]);
  });

  test("fails when a complete run never looked for a listed row, unless the row says so", () => {
    expect(kinds([], [row("a"), row("b", false)])).toEqual(["failed a", "listed b"]);
    expect(kinds([], [row("a"), row("b", false)], { complete: false })).toEqual(["listed b"]);
  });

  test("fails when two answers were given to one question", () => {
    expect(kinds([finding("a", false), finding("a", true)], [])).toContain("failed a");
    expect(kinds([finding("a", true), finding("a", true)], [])).toContain("failed a");
  });

  test("lists each gap once, with tests that exist", () => {
    const ids = notShown.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const places = notShown.flatMap(({ elsewhere }) => elsewhere.match(/\btest\/[\w./-]*\w/g) ?? []);
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((place) => !existsSync(place))).toEqual([]);
  });
});

/** All as it should be on one of the paths. */
function good(name: "payments" | "shipments"): Outcome {
  const path = paths.find((one) => one.name === name);
  if (path === undefined) throw new Error(name);
  const sent = tenFor(path).map(({ id, body, group, poison }) => ({ id, body, group, poison, messageId: `m-${id}` }));
  const poison = sent.find((message) => message.poison);
  return {
    path,
    sent,
    log: {
      processed: sent.filter((message) => !message.poison).map(({ id }) => id),
      failed: [1, 2, 3, 4, 5].map((attempt) => ({ messageId: poison?.messageId ?? "", attempt })),
    },
    dead: [
      {
        MessageId: poison?.messageId,
        Body: poison?.body,
        MessageAttributes: ATTRIBUTES,
        Attributes: {
          ApproximateReceiveCount: "6",
          ...(poison?.group === undefined ? {} : { MessageGroupId: poison.group }),
        },
      },
    ],
    left: 0,
    seconds: 31,
  };
}

const failures = (outcome: Outcome): string[] => judgeTraffic(outcome).flatMap(({ id, shown }) => (shown ? [] : [id]));

describe.each(["payments", "shipments"] as const)("the traffic through %s", (name) => {
  const outcome = good(name);
  const [dead] = outcome.dead;
  const { log } = outcome;

  test("has one poison, and passes when all went well", () => {
    expect(outcome.sent).toHaveLength(10);
    expect(outcome.sent.filter(({ poison }) => poison)).toHaveLength(1);
    expect(failures(outcome)).toEqual([]);
  });

  test.each<[string, Outcome, string]>([
    [
      "a message is processed twice",
      { ...outcome, log: { ...log, processed: [`${name}-1`, ...log.processed] } },
      "processed-once",
    ],
    ["a message is lost", { ...outcome, log: { ...log, processed: log.processed.slice(1) } }, "processed-once"],
    [
      "the poison is processed",
      { ...outcome, log: { ...log, processed: [`${name}-${name === "payments" ? 4 : 6}`, ...log.processed] } },
      "processed-once",
    ],
    ["the poison vanishes", { ...outcome, dead: [] }, "poison-landed"],
    ["another message lands beside it", { ...outcome, dead: [...outcome.dead, { MessageId: "m" }] }, "poison-landed"],
    ["a receive was no try", { ...outcome, log: { ...log, failed: log.failed.slice(1) } }, "poison-tried"],
    [
      "it went too early",
      { ...outcome, dead: [{ ...dead, Attributes: { ...dead?.Attributes, ApproximateReceiveCount: "5" } }] },
      "poison-tried",
    ],
    ["its body differs", { ...outcome, dead: [{ ...dead, Body: `${dead?.Body} ` }] }, "poison-intact"],
    [
      "an attribute is lost",
      { ...outcome, dead: [{ ...dead, MessageAttributes: { weight: { DataType: "Number", StringValue: "12.5" } } }] },
      "poison-intact",
    ],
    ["something is left", { ...outcome, left: 1 }, "source-empty"],
  ])("fails when %s", (_, wrong, id) => {
    expect(failures(wrong)).toContain(`${name}.${id}`);
  });
});

test("order within a message group is looked at, and order among groups is not", () => {
  const outcome = good("shipments");
  const [first = "", second = "", ...rest] = outcome.log.processed;
  const others = [...rest.slice(0, -1), first, second, ...rest.slice(-1)];
  expect(failures({ ...outcome, log: { ...outcome.log, processed: [second, first, ...rest] } })).toEqual([
    "shipments.order",
  ]);
  expect(
    failures({
      ...outcome,
      log: { ...outcome.log, processed: others.filter((id) => id !== "shipments-3").toSpliced(-1, 0, "shipments-3") },
    }),
  ).toEqual([]);
});

const lines = (text: string) => text.split("\n").map((line) => ({ stream: "s", at: 0, text: line }));

test("a log is read as JSON and as Node shows objects", () => {
  const failure = { holdfast: "message failed", eventSourceARN: "arn", messageId: "m-4", attempt: 2 };
  const read = { processed: ["payments-1"], failed: [{ messageId: "m-4", attempt: 2 }] };
  expect(readLog(lines(`{"message":{"processed":"payments-1"}}\n{"message":${JSON.stringify(failure)}}`))).toEqual(
    read,
  );
  expect(
    readLog(
      lines(
        "{ processed: 'payments-1', attempt: 1 }\n{\n  holdfast: 'message failed',\n  messageId: 'm-4',\n  attempt: 2,\n}",
      ),
    ),
  ).toEqual(read);
});

const change = (type: string, before: object, after: object, actions = ["update"]) => ({
  address: `${type}.one`,
  type,
  change: { actions, before: { ...before }, after: { ...after } },
});

const missing = (changes: ReturnType<typeof change>[]) =>
  judgePlan(changesOf({ resource_changes: changes })).flatMap(({ id, shown }) => (shown ? [] : [id]));

describe("the plan after a deployment", () => {
  test("may hold nothing", () => {
    expect(missing([change("aws_sqs_queue", { name: "q" }, { name: "q" }, ["no-op"])])).toEqual([]);
    expect(missing([change("aws_sqs_queue", { name: "q" }, { name: "r" })])).toEqual(["plan.no-change"]);
    expect(missing([change("aws_sqs_queue", {}, {}, ["delete", "create"])])).toEqual(["plan.no-change"]);
  });

  test("but what the emulator does not tell of an alarm, which is a finding of its own", () => {
    expect(missing([change(unreadable.type, { period: 0 }, { period: 60 })])).toEqual([unreadable.id]);
    expect(missing([change(unreadable.type, { period: 0, threshold: 1 }, { period: 60, threshold: 2 })])).toEqual([
      "plan.no-change",
    ]);
    expect(missing([change(unreadable.type, { period: 0 }, {}, ["delete"])])).toEqual(["plan.no-change"]);
  });

  test("counts outputs and what is not known yet", () => {
    const update = { actions: ["update"], before: null, after: null };
    expect(changesOf({ output_changes: { url: update } })).toHaveLength(1);
    const unknown = {
      address: "a",
      type: "t",
      change: { actions: ["update"], before: { arn: "x" }, after: {}, after_unknown: { arn: true } },
    };
    expect(changesOf({ resource_changes: [unknown] })[0]?.attributes).toEqual(["arn"]);
  });
});

describe("HOLDFAST_AWS_ENDPOINT", () => {
  test("may be any emulator, or nothing", () => {
    expect(givenEndpoint(undefined)).toBeUndefined();
    expect(givenEndpoint("")).toBeUndefined();
    expect(givenEndpoint("http://emulator.example:4566")).toBe("http://emulator.example:4566");
  });

  test.each([
    "https://sqs.eu-west-1.amazonaws.com",
    "https://sqs.cn-north-1.amazonaws.com.cn",
    "https://lambda.eu-west-1.api.aws",
    "https://amazonaws.com./",
    "127.0.0.1:4566",
    "ftp://127.0.0.1",
  ])("may not be %s", (url) => {
    expect(() => givenEndpoint(url)).toThrow("HOLDFAST_AWS_ENDPOINT");
  });
});

test("the report keeps to 80 columns, and numbers stand to the right", () => {
  const text = table(
    ["path", "n"],
    [
      ["a", 1],
      ["bcd", 12],
    ],
  );
  expect(text.split("\n")).toEqual(["path   n", "a      1", "bcd   12"]);
  for (const line of wrapped("word ".repeat(60).trim(), 4).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});
