import { acknowledge, unmatched } from "../../checks/acknowledge.ts";
import type { Finding } from "../../checks/check.ts";
import { sarif } from "../../checks/sarif.ts";
import { sarifLog } from "../support/sarif.ts";

function finding(given: Partial<Finding> = {}): Finding {
  const address = given.address ?? "aws_sqs_queue.work";
  return {
    id: "H2",
    severity: "warning",
    address,
    subject: address,
    path: 0,
    message: "visibility timeout 30 s is below 6 × 10 s = 60 s",
    fix: "visibility_timeout_seconds = 60",
    changes: [],
    acknowledged: null,
    location: null,
    ...given,
  };
}

function log(stacks: readonly { readonly stack: string; readonly findings: readonly Finding[] }[]) {
  const inputs = stacks.map((one) => ({ ...one, directory: "" }));
  return sarifLog(sarif(inputs, [], "1.2.3")).runs[0];
}

const fingerprints = (findings: readonly Finding[]): (string | undefined)[] =>
  log([{ stack: "shop", findings }])?.results.map((one) => one.partialFingerprints["holdfast/v1"]) ?? [];

describe("fingerprints", () => {
  test("tell findings of one rule at one address apart, by what they are about, else by their count", () => {
    const [one, other] = [finding({ subject: "edge 1" }), finding({ subject: "edge 2" })];
    const given = [finding(), one, other, other];
    expect(new Set(fingerprints(given)).size).toBe(4);
    // What goes away takes no other's fingerprint with it.
    expect(fingerprints([finding(), other])).toEqual([fingerprints(given)[0], fingerprints(given)[2]]);
  });

  test("stay when figures change", () => {
    expect(fingerprints([finding({ message: "visibility timeout 31 s", fix: "62" })])).toEqual(
      fingerprints([finding()]),
    );
  });

  test("differ from stack to stack", () => {
    const results = log([
      { stack: "a", findings: [finding()] },
      { stack: "b", findings: [finding()] },
    ])?.results;
    expect(new Set(results?.map((one) => one.partialFingerprints["holdfast/v1"])).size).toBe(2);
  });
});

test("a log that the standard's schema does not admit is seen", () => {
  const good = sarif([{ stack: "shop", directory: "", findings: [finding()] }], [], "1.2.3");
  expect(() => sarifLog(good)).not.toThrow();
  const spoilt = (from: string, to: string): unknown => JSON.parse(JSON.stringify(good).replace(from, to));
  for (const [from, to, place] of [
    ['"version":"2.1.0"', '"version":"2.0.0"', "data/version"],
    ['"level":"warning"', '"level":"severe"', "/level"],
    ['"ruleIndex":', '"ruleIndex":-5', "/ruleIndex"],
    ['"ruleId"', '"ruleName"', "must NOT have additional properties"],
  ] as const) {
    expect(() => sarifLog(spoilt(from, to))).toThrow(place);
  }
  expect(() => sarifLog({ version: "2.1.0", runs: [{ tool: {} }] })).toThrow("must have required property 'driver'");
});

test("an acknowledgement that matches nothing is a notification with its file, and no result", () => {
  const stale = [{ id: "H6", address: "aws_sqs_queue.gone", reason: "was here once" }];
  const [run] = sarifLog(
    sarif(
      [{ stack: "shop", directory: "", findings: [] }],
      [{ file: "a b/holdfast.json", acknowledgements: stale }],
      "1",
    ),
  ).runs;
  expect(run?.results).toEqual([]);
  expect(run?.invocations).toMatchObject([
    {
      executionSuccessful: true,
      toolConfigurationNotifications: [
        {
          level: "warning",
          message: { text: expect.stringContaining("H6 at aws_sqs_queue.gone") },
          locations: [{ physicalLocation: { artifactLocation: { uri: "a%20b/holdfast.json" } } }],
        },
      ],
    },
  ]);
  const [id] = run?.tool.driver.notifications.map((one) => one.id) ?? [];
  expect(run?.invocations[0]?.toolConfigurationNotifications[0]?.descriptor).toEqual({ id, index: 0 });
});

describe("acknowledgements", () => {
  const entry = (address: string, reason = "why not", construct = "shop/work") => ({
    id: "H2",
    address,
    reason,
    construct,
  });

  test("mark what they match, with the reason", () => {
    const [one, other] = acknowledge([finding(), finding({ address: "b" })], [entry("aws_sqs_queue.work")]);
    expect([one?.acknowledged, other?.acknowledged]).toEqual(["why not", null]);
  });

  test("of one construct's decision are matched where one of them is, and reported once where none is", () => {
    const given = [entry("aws_sqs_queue.work"), entry("aws_sqs_queue.other"), entry("x", "else"), entry("y", "else")];
    expect(unmatched([finding()], given)).toEqual([entry("x", "else")]);
    expect(unmatched([], given)).toEqual([entry("aws_sqs_queue.work"), entry("x", "else")]);
  });
});
