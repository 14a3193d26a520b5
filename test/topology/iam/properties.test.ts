/** What holds for any policies: of the role, of the resource, and a boundary. */
import * as fc from "fast-check";
import type { Verdict } from "../../../topology/iam/judge.ts";
import {
  events,
  judged,
  key,
  other,
  own,
  policies,
  queue,
  queueArn,
  role,
  roleArn,
  rule,
  subject,
} from "../../support/iam.ts";
import { runs } from "../../support/properties.ts";

type Written = Record<string, unknown>;
/** A request with its policies, as they are written; a text is why one is not known. */
interface Setting {
  readonly principal: "role" | "service";
  readonly resource: "queue" | "key" | "foreign";
  readonly mine: readonly (Written | string)[];
  readonly theirs: readonly (Written | string)[];
  readonly boundary: readonly (Written | string)[] | undefined;
}

const places = {
  queue,
  key,
  foreign: subject("aws_sqs_queue.far", `arn:aws:sqs:eu-west-1:${other}:work`),
};

function verdict({ principal, resource, mine, theirs, boundary }: Setting): Verdict {
  const isRole = principal === "role";
  return judged({
    mine: isRole ? policies(...mine) : undefined,
    theirs: policies(...theirs),
    boundary: isRole && boundary !== undefined ? policies(...boundary) : undefined,
    isKey: resource === "key",
    request: {
      principal: isRole ? role({ bounded: boundary !== undefined }) : events,
      action: "x:Do",
      resource: places[resource],
      source: isRole ? undefined : rule,
    },
  });
}

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const pattern = some(
  "*",
  "*",
  "*",
  queueArn,
  "arn:aws:sqs:*:*:work",
  `arn:aws:kms:*:${own}:key/*`,
  "arn:aws:sns:*:*:x",
);
const action = some("x:Do", "x:Do", "X:*", "*", "x:Done", "y:*");
const condition = some<Written | undefined>(
  undefined,
  undefined,
  undefined,
  { Bool: { "aws:SecureTransport": "true" } },
  { StringEquals: { "aws:SourceAccount": own } },
  { StringNotEquals: { "aws:PrincipalAccount": own } },
  { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/apps/*", "arn:aws:iam::*:role/other"] } },
  { ArnLikeIfExists: { "aws:SourceArn": "arn:aws:events:*:*:rule/shop/*" } },
);
const principal = some<unknown>(
  "*",
  { AWS: roleArn },
  { AWS: own },
  { AWS: other },
  { Service: "events.amazonaws.com" },
  { Service: "s3.amazonaws.com" },
);

const statement = (withPrincipal: boolean, effects: readonly string[] = ["Allow", "Allow", "Allow", "Allow", "Deny"]) =>
  fc
    .record({
      Effect: some(...effects),
      Action: fc.oneof(action, fc.array(action, { minLength: 1, maxLength: 2 })),
      Resource: pattern,
      Condition: condition,
      negated: some("", "", "", "Action", "Resource"),
      ...(withPrincipal ? { Principal: principal } : {}),
    })
    .map(({ negated, ...one }): Written => {
      if (negated === "") return one;
      const { [negated]: value, ...rest } = one as Written;
      return { ...rest, [`Not${negated}`]: value };
    });

const setting: fc.Arbitrary<Setting> = fc.record({
  principal: some<Setting["principal"]>("role", "role", "service"),
  resource: some<Setting["resource"]>("queue", "key", "foreign"),
  mine: fc.array(statement(false), { maxLength: 3 }),
  theirs: fc.array(statement(true), { maxLength: 3 }),
  boundary: fc.option(fc.array(statement(false), { maxLength: 2 }), { nil: undefined, freq: 2 }),
});

/** A policy of the setting that counts for it. */
function parts({ principal: who, boundary }: Setting): ("mine" | "theirs" | "boundary")[] {
  if (who === "service") return ["theirs"];
  return boundary === undefined ? ["mine", "theirs"] : ["mine", "theirs", "boundary"];
}

/** A setting, and a policy of it that counts. */
const withPart = fc.tuple(setting, fc.nat()).map(([one, index]) => {
  const among = parts(one);
  return [one, among[index % among.length] ?? "theirs"] as const;
});

function add(one: Setting, part: "mine" | "theirs" | "boundary", more: Written | string): Setting {
  return { ...one, [part]: [...(one[part] ?? []), more] };
}

test("settings of each answer are tried", () => {
  const seen = new Map<string, number>();
  for (const one of fc.sample(setting, { seed: 1, numRuns: 1_500 })) {
    const { state } = verdict(one);
    seen.set(state, (seen.get(state) ?? 0) + 1);
  }
  expect(Math.min(seen.get("granted") ?? 0, seen.get("missing") ?? 0)).toBeGreaterThan(60);
  // Everything is known in them.
  expect([...seen.keys()].toSorted()).toEqual(["granted", "missing"]);
});

test("without the statements that allow, nothing is allowed; with one that is needed, it is", () => {
  const unrelated = { Effect: "Allow", Action: "y:*", Resource: "*", Principal: "*" };
  fc.assert(
    fc.property(setting, (one) => {
      for (const part of parts(one)) {
        const kept = (one[part] ?? []).filter((it) => typeof it === "string" || it.Effect === "Deny");
        const rest = { ...one, [part]: [...kept, unrelated] };
        // The role's own and the resource's stand in for each other in one account alone.
        const others = parts(one).filter((it) => it !== part);
        const isNeeded = part === "boundary" || one.principal === "service" || one.resource === "foreign";
        if (isNeeded) expect(verdict(rest).state).toBe("missing");
        const bare = others.reduce<Setting>((left, it) => ({ ...left, [it]: it === "boundary" ? left[it] : [] }), rest);
        expect(verdict(bare).state).toBe("missing");
      }
    }),
    runs(600),
  );
});

test("one statement that is needed makes the difference", () => {
  const needed = { Effect: "Allow", Action: "x:Do", Resource: "*" };
  const kinds: readonly Setting[] = [
    { principal: "role", resource: "queue", mine: [needed], theirs: [], boundary: undefined },
    { principal: "role", resource: "queue", mine: [needed], theirs: [], boundary: [needed] },
    {
      principal: "role",
      resource: "queue",
      mine: [],
      theirs: [{ ...needed, Principal: { AWS: roleArn } }],
      boundary: undefined,
    },
    {
      principal: "role",
      resource: "key",
      mine: [needed],
      theirs: [{ ...needed, Principal: { AWS: own } }],
      boundary: undefined,
    },
    {
      principal: "role",
      resource: "foreign",
      mine: [needed],
      theirs: [{ ...needed, Principal: { AWS: own } }],
      boundary: undefined,
    },
    {
      principal: "service",
      resource: "queue",
      mine: [],
      theirs: [{ ...needed, Principal: { Service: "events.amazonaws.com" } }],
      boundary: undefined,
    },
  ];
  const noise = fc.array(
    fc.record({
      Effect: some("Allow", "Deny"),
      Action: some("y:*", "x:Done"),
      Resource: pattern,
      Principal: principal,
    }),
    {
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(some(...kinds), noise, (one, around) => {
      const noisy = (list: readonly (Written | string)[]) => [...around, ...list];
      const full = { ...one, mine: noisy(one.mine), theirs: noisy(one.theirs) };
      expect(verdict(full).state).toBe("granted");
      for (const part of parts(one)) {
        if ((one[part] ?? []).length > 0) expect(verdict({ ...full, [part]: around }).state).toBe("missing");
      }
    }),
    runs(300),
  );
});

test("an Allow for something else changes nothing", () => {
  const elsewhere = some<Written>(
    { Effect: "Allow", Action: ["y:*", "x:Done"], Resource: "*", Principal: "*" },
    { Effect: "Allow", Action: "*", Resource: "arn:aws:sns:*:*:x", Principal: "*" },
    {
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      Principal: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
  fc.assert(
    fc.property(withPart, elsewhere, ([one, part], more) => {
      expect(verdict(add(one, part, more))).toEqual(verdict(one));
    }),
    runs(600),
  );
});

test("a Deny that matches leaves nothing granted", () => {
  fc.assert(
    fc.property(withPart, some("x:Do", "X:d?", "*"), some("*", "arn:aws:*:*:*:*"), ([one, part], Action, Resource) => {
      const denied = verdict(add(one, part, { Effect: "Deny", Action, Resource, Principal: "*" }));
      expect([denied.state, denied.reason?.kind]).toEqual(["missing", "denied"]);
    }),
    runs(600),
  );
});

test("an Allow more never takes anything away, a Deny more never gives it", () => {
  const rank = { missing: 0, unknown: 1, granted: 2 };
  fc.assert(
    fc.property(withPart, statement(true), ([one, part], more) => {
      const [before, after] = [rank[verdict(one).state], rank[verdict(add(one, part, more)).state]];
      if (more.Effect === "Allow") expect(after).toBeGreaterThanOrEqual(before);
      else expect(after).toBeLessThanOrEqual(before);
    }),
    runs(600),
  );
});

test("a policy more that is not known never turns missing into granted, nor granted into missing", () => {
  fc.assert(
    fc.property(withPart, ([one, part]) => {
      const [before, after] = [verdict(one), verdict(add(one, part, "it is not known"))];
      expect(["unknown", before.state]).toContain(after.state);
      // What stays granted says what it rests on.
      if (after.state === "granted" && part !== "boundary") expect(after.reason?.kind).toBe("policy");
      expect(before.reason?.kind === "denied" ? after.state : "missing").toBe("missing");
    }),
    runs(600),
  );
});

test("a part that is not known leaves granted or missing only where it cannot matter", () => {
  const hole = "⟨var.hidden⟩";
  const actions = ["x:Do", "*", "y:*", "x:Done"];
  const arns = ["*", queueArn, "arn:aws:sns:*:*:x", "arn:aws:kms:*:*:*"];
  const services = [
    { Service: "events.amazonaws.com" },
    { Service: "s3.amazonaws.com" },
    { AWS: roleArn },
    { AWS: other },
    "*",
  ];
  const accounts = [own, other, "1*"].map((value) => ({ StringLike: { "aws:ResourceAccount": value } }));
  const holes = some<{ hidden: Written; fills: readonly Written[] }>(
    {
      hidden: { Action: hole, NotAction: undefined },
      fills: actions.map((Action) => ({ Action, NotAction: undefined })),
    },
    {
      hidden: { NotAction: hole, Action: undefined },
      fills: actions.map((NotAction) => ({ NotAction, Action: undefined })),
    },
    {
      hidden: { Resource: hole, NotResource: undefined },
      fills: arns.map((Resource) => ({ Resource, NotResource: undefined })),
    },
    {
      hidden: { NotResource: hole, Resource: undefined },
      fills: arns.map((NotResource) => ({ NotResource, Resource: undefined })),
    },
    { hidden: { Principal: hole }, fills: services.map((Principal) => ({ Principal })) },
    {
      hidden: { Condition: { StringLike: { "aws:ResourceAccount": hole } } },
      fills: accounts.map((Condition) => ({ Condition })),
    },
    { hidden: { Condition: hole }, fills: accounts.map((Condition) => ({ Condition })) },
  );
  const certain = new Map<string, number>();
  fc.assert(
    fc.property(withPart, statement(true), holes, ([one, part], base, { hidden, fills }) => {
      const { state } = verdict(add(one, part, { ...base, ...hidden }));
      certain.set(state, (certain.get(state) ?? 0) + 1);
      if (state === "unknown") return;
      for (const fill of fills) expect(verdict(add(one, part, { ...base, ...fill })).state).toBe(state);
    }),
    runs(1_500),
  );
  expect(certain.get("unknown")).toBeGreaterThan(50);
});
