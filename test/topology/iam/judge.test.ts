/** The table of topology/iam/judge.ts, row by row. */
import { parsePolicy } from "../../../topology/iam/policy.ts";
import {
  type Asked,
  events,
  judged,
  key,
  other,
  own,
  policies,
  queue,
  role,
  roleArn,
  rule,
  subject,
} from "../../support/iam.ts";

type State = "granted" | "missing" | "unknown";
type Row = readonly [title: string, asked: Asked, state: State, reason?: string];
/** jest takes a missing argument for its callback. */
const given = (list: readonly Row[]): [string, Asked, State, string][] =>
  list.map(([title, asked, state, reason = "none"]) => [title, asked, state, reason]);

const everything = { Effect: "Allow", Action: "*", Resource: "*" };
const denial = { ...everything, Effect: "Deny" };
const doubt = { ...denial, Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } };
const perhaps = { ...doubt, Effect: "Allow" };
const toAll = { ...everything, Principal: "*" };
const toRole = { ...everything, Principal: { AWS: roleArn } };
const toAccount = { ...everything, Principal: { AWS: `arn:aws:iam::${own}:root` } };
const nothing = policies();
const hidden = policies("it is not known");
const may = policies(everything);
const asService = { principal: events, source: rule };
const bounded = { principal: role({ bounded: true }) };
const foreign = { resource: subject("q", `arn:aws:sqs:eu-west-1:${other}:work`) };
const asKey = { isKey: true, request: { action: "kms:Decrypt", resource: key } } as const;

const rows: readonly Row[] = [
  ["denied by its own policy", { mine: policies(everything, denial) }, "missing", "denied"],
  ["denied by the resource", { mine: may, theirs: policies({ ...denial, Principal: "*" }) }, "missing", "denied"],
  [
    "denied by the boundary",
    { mine: may, boundary: policies(everything, denial), request: bounded },
    "missing",
    "denied",
  ],
  ["denied, whatever is not known", { mine: policies(everything, denial, "?"), theirs: hidden }, "missing", "denied"],
  ["perhaps denied by its own policy", { mine: policies(everything, doubt) }, "unknown", "may deny"],
  [
    "perhaps denied by the resource",
    { mine: may, theirs: policies({ ...doubt, Principal: "*" }) },
    "unknown",
    "may deny",
  ],
  ["perhaps denied by the boundary", { mine: may, boundary: policies(everything, doubt) }, "unknown", "may deny"],
  ["perhaps denied what nothing allows", { mine: policies(doubt) }, "missing"],

  ["a service, admitted", { theirs: policies(toAll), request: asService }, "granted"],
  [
    "a service, admitted, and more is not known",
    { theirs: policies(toAll, "?"), request: asService },
    "granted",
    "policy",
  ],
  ["a service, of which nothing is known", { theirs: hidden, request: asService }, "unknown", "policy"],
  ["a service, not admitted", { theirs: policies(toRole), request: asService }, "missing"],
  [
    "a service, denied",
    { theirs: policies(toAll, { ...denial, Principal: "*" }), request: asService },
    "missing",
    "denied",
  ],
  ["a service, of another account", { theirs: policies(toAll), request: { ...asService, ...foreign } }, "granted"],
  [
    "a service, perhaps admitted",
    { theirs: policies({ ...perhaps, Principal: "*" }), request: asService },
    "unknown",
    "may allow",
  ],

  ["a role, by its own policy", { mine: may }, "granted"],
  ["a role, by the resource's", { theirs: policies(toRole) }, "granted"],
  ["a role, and more of its own is not known", { mine: policies(everything, "?") }, "granted", "policy"],
  ["a role, and the resource's is not known", { mine: may, theirs: hidden }, "granted", "policy"],
  ["a role, with nothing, and its own is not known", { mine: hidden }, "unknown", "policy"],
  ["a role, with nothing, and the resource's is not known", { theirs: hidden }, "unknown", "policy"],
  ["a role, with nothing", {}, "missing"],
  ["a role, perhaps by its own", { mine: policies(perhaps) }, "unknown", "may allow"],
  [
    "a role, perhaps by its own, surely by the resource's",
    { mine: policies(perhaps), theirs: policies(toRole) },
    "granted",
  ],

  ["another account, both allow", { mine: may, theirs: policies(toRole), request: foreign }, "granted"],
  [
    "another account, both allow, its account named",
    { mine: may, theirs: policies(toAccount), request: foreign },
    "granted",
  ],
  [
    "another account, and more is not known",
    { mine: may, theirs: policies(toRole, "?"), request: foreign },
    "granted",
    "policy",
  ],
  ["another account, its policy is not known", { mine: may, theirs: hidden, request: foreign }, "unknown", "policy"],
  [
    "another account, the role's is not known",
    { mine: hidden, theirs: policies(toRole), request: foreign },
    "unknown",
    "policy",
  ],
  ["another account, the role alone", { mine: may, request: foreign }, "missing", "other account"],
  ["another account, the resource alone", { theirs: policies(toRole), request: foreign }, "missing"],

  ["a key, by the key's policy", { ...asKey, theirs: policies(toRole) }, "granted"],
  ["a key, left to the account", { ...asKey, mine: may, theirs: policies(toAccount) }, "granted"],
  ["a key, left to the account, and not allowed", { ...asKey, theirs: policies(toAccount) }, "missing"],
  ["a key, by the role alone", { ...asKey, mine: may }, "missing", "not delegated"],
  ["a key of which the policy is not known", { ...asKey, mine: may, theirs: hidden }, "unknown", "policy"],
  ["a key, and nothing of the role", { ...asKey, theirs: hidden }, "unknown", "policy"],

  ["a boundary that is not known", { mine: may, boundary: hidden, request: bounded }, "unknown", "policy"],
  ["a boundary that is not known, nothing else", { boundary: hidden, request: bounded }, "missing"],
  ["a boundary that allows", { mine: may, boundary: may, request: bounded }, "granted"],
  [
    "a boundary that perhaps allows",
    { mine: may, boundary: policies(perhaps), request: bounded },
    "unknown",
    "may allow",
  ],
  ["a boundary that allows nothing", { mine: may, boundary: nothing, request: bounded }, "missing", "not bounded"],
  ["a boundary alone", { boundary: may, request: bounded }, "missing"],
  [
    "a boundary, admitted by the resource",
    { theirs: policies(toRole), boundary: nothing, request: bounded },
    "missing",
    "not bounded",
  ],
];

test.each(given(rows))("%s: %#", (_, asked, state, reason) => {
  const verdict = judged(asked);
  expect([verdict.state, verdict.reason?.kind ?? "none"]).toEqual([state, reason]);
  expect(verdict.by).toEqual(state === "granted" ? ["a policy"] : []);
});

describe("accounts that nothing tells", () => {
  const nobodys = { ...queue, accountId: null };
  const unknownRole = role({ accountId: null });

  const unknownAccounts: readonly Row[] = [
    ["the resource's", { mine: may, request: { resource: nobodys } }, "granted", "accounts"],
    ["the role's", { mine: may, request: { principal: unknownRole } }, "granted", "accounts"],
    ["neither's", { mine: may, request: { principal: unknownRole, resource: nobodys } }, "granted", "accounts"],
    [
      "the resource's, where both allow",
      { mine: may, theirs: policies(toRole), request: { resource: nobodys } },
      "granted",
    ],
    ["the resource's, where nothing allows", { request: { resource: nobodys } }, "missing"],
    [
      "the resource's, and its policy is not known",
      { theirs: hidden, request: { resource: nobodys } },
      "unknown",
      "policy",
    ],
  ];
  test.each(given(unknownAccounts))("%s", (_, asked, state, reason) => {
    const verdict = judged(asked);
    expect([verdict.state, verdict.reason?.kind ?? "none"]).toEqual([state, reason]);
  });

  test("what one provider makes is in one account", () => {
    const provider = "aws.here";
    const principal = role({ accountId: null, subject: { ...subject("r", roleArn), provider } });
    const verdict = judged({ mine: may, request: { principal, resource: { ...nobodys, provider } } });
    expect([verdict.state, verdict.reason]).toEqual(["granted", null]);
    const elsewhere = judged({ mine: may, request: { principal, resource: { ...nobodys, provider: "aws.there" } } });
    expect([elsewhere.state, elsewhere.reason?.kind]).toEqual(["granted", "accounts"]);
  });

  test("an account that a key's policy names is taken for the role's, and a denial is not", () => {
    const provider = "aws";
    const principal = role({ accountId: null, subject: { ...subject("r", roleArn), provider } });
    const request = { action: "kms:Decrypt", resource: { ...key, provider }, principal };
    const left = judged({ mine: may, theirs: policies(toAccount), isKey: true, request });
    expect([left.state, left.reason?.kind]).toEqual(["granted", "accounts"]);
    const denies = policies(toAccount, { ...denial, Principal: { AWS: other } });
    const denied = judged({ mine: may, theirs: denies, isKey: true, request });
    expect([denied.state, denied.reason?.kind]).toEqual(["unknown", "may deny"]);
  });

  test("an account that a condition names", () => {
    const here = { ...rule, accountId: null };
    const admits = (account: string, operator = "StringEquals"): State =>
      judged({
        theirs: policies({ ...toAll, Condition: { [operator]: { "aws:SourceAccount": account } } }),
        request: { principal: events, source: here },
      }).state;
    expect([admits(own), admits(own, "StringNotEquals")]).toEqual(["granted", "unknown"]);
  });
});

describe("policies that are no policies, or not known", () => {
  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["an effect that is not known", { Statement: { ...everything, Effect: "⟨var.effect⟩" } }],
    ["a statement that is not known", { Statement: [everything, "⟨var.statement⟩"] }],
    ["statements that are not known", { Statement: "⟨var.statements⟩" }],
    ["none", {}],
  ])("%s", (_, written) => {
    expect(parsePolicy(typeof written === "string" ? written : JSON.stringify(written), "p")).toBeUndefined();
  });

  test("one statement, or a list", () => {
    for (const Statement of [everything, [everything]])
      expect(parsePolicy(JSON.stringify({ Statement }), "p")).toHaveLength(1);
  });
});
