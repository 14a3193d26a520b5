/** The event pattern language, by the examples of AWS's pages on it and of the matcher that AWS publishes. */

import * as fc from "fast-check";
import { exampleOf } from "../../rehearsal/scenario/example.ts";
import type { EventPattern, JsonValue } from "../../topology/graph.ts";
import { BadPattern, matches } from "../../topology/patterns/pattern.ts";

type Case = readonly [
  title: string,
  pattern: EventPattern,
  matching: readonly JsonValue[],
  other: readonly JsonValue[],
];

const instance: JsonValue = {
  version: "0",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  time: "2017-10-02T16:24:49Z",
  resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
  detail: {
    "c-count": 5,
    "d-count": 3,
    "x-limit": 301.8,
    "source-ip": "10.0.0.33",
    state: "running",
    empty: "",
    nothing: null,
    list: [],
  },
};

const cases: readonly Case[] = [
  [
    "values",
    { source: ["aws.ec2"], detail: { state: ["initializing", "running"] } },
    [instance],
    [{ source: "aws.ec2" }],
  ],
  [
    "a list of values against a list",
    { resources: ["a", "b"] },
    [{ resources: ["b", "c"] }],
    [{ resources: ["c"] }, { resources: [] }],
  ],
  ["numbers by value", { n: [300] }, [{ n: 300 }, { n: 3.0e2 }], [{ n: "300" }, { n: 301 }]],
  ["booleans", { b: [true] }, [{ b: true }], [{ b: "true" }, { b: false }]],
  ["null", { detail: { nothing: [null] } }, [instance], [{ detail: {} }, { detail: { nothing: "" } }]],
  ["the empty text", { detail: { empty: [""] } }, [instance], [{ detail: { empty: null } }, { detail: {} }]],
  ["prefix", { time: [{ prefix: "2017-10-02" }] }, [instance], [{ time: "2018" }, { time: 2017 }, {}]],
  [
    "prefix, ignoring case",
    { service: [{ prefix: { "equals-ignore-case": "eventb" } }] },
    [{ service: "EventBridge" }],
    [{ service: "S3" }],
  ],
  ["suffix", { file: [{ suffix: ".png" }] }, [{ file: "a.png" }], [{ file: "a.PNG" }, { file: 1 }]],
  [
    "suffix, ignoring case",
    { file: [{ suffix: { "equals-ignore-case": ".png" } }] },
    [{ file: "a.PNG" }],
    [{ file: "a.jpg" }],
  ],
  ["equals-ignore-case", { type: [{ "equals-ignore-case": "ec2" }] }, [{ type: "EC2" }], [{ type: "EC22" }]],
  [
    "anything-but",
    { state: [{ "anything-but": "initializing" }] },
    [{ state: "running" }, { state: 5 }],
    [{ state: "initializing" }, {}],
  ],
  [
    "anything-but a list",
    { state: [{ "anything-but": ["stopped", "overloaded"] }] },
    [{ state: "on" }],
    [{ state: "stopped" }],
  ],
  ["anything-but numbers", { n: [{ "anything-but": [100, 200] }] }, [{ n: 300 }, { n: "100" }], [{ n: 100 }]],
  [
    "anything-but prefix",
    { region: [{ "anything-but": { prefix: "us-" } }] },
    [{ region: "eu-west-1" }],
    [{ region: "us-east-1" }],
  ],
  [
    "anything-but prefixes",
    { region: [{ "anything-but": { prefix: ["us-", "eu-"] } }] },
    [{ region: "sa-1" }],
    [{ region: "eu-1" }, { region: "us-1" }],
  ],
  ["anything-but suffix", { file: [{ "anything-but": { suffix: ".png" } }] }, [{ file: "a.jpg" }], [{ file: "a.png" }]],
  [
    "anything-but suffixes",
    { file: [{ "anything-but": { suffix: [".png", ".gif"] } }] },
    [{ file: "a.jpg" }],
    [{ file: "a.gif" }],
  ],
  [
    "anything-but, ignoring case",
    { s: [{ "anything-but": { "equals-ignore-case": "initializing" } }] },
    [{ s: "on" }],
    [{ s: "INITIALIZING" }],
  ],
  [
    "anything-but several, ignoring case",
    { s: [{ "anything-but": { "equals-ignore-case": ["a", "b"] } }] },
    [{ s: "c" }],
    [{ s: "B" }],
  ],
  [
    "anything-but a wildcard",
    { path: [{ "anything-but": { wildcard: "*/lib/*" } }] },
    [{ path: "/src/a" }],
    [{ path: "/x/lib/y" }],
  ],
  ["numeric", { n: [{ numeric: [">", 0, "<=", 5] }] }, [{ n: 5 }, { n: 0.1 }], [{ n: 0 }, { n: 6 }, { n: "3" }]],
  ["numeric equality", { n: [{ numeric: ["=", 3.018e2] }] }, [{ n: 301.8 }], [{ n: 301 }]],
  ["cidr", { ip: [{ cidr: "10.0.0.0/24" }] }, [{ ip: "10.0.0.255" }], [{ ip: "10.0.1.0" }, { ip: "x" }, { ip: "::1" }]],
  [
    "cidr of version 6",
    { ip: [{ cidr: "2001:db8::/32" }] },
    [{ ip: "2001:db8:1::2" }],
    [{ ip: "2001:db9::" }, { ip: "10.0.0.1" }],
  ],
  [
    "exists",
    { detail: { "c-count": [{ exists: true }] } },
    [instance],
    [{ detail: {} }, { detail: { "c-count": { c1: 100 } } }],
  ],
  [
    "does not exist",
    { detail: { "c-count": [{ exists: false }] } },
    [{ detail: {} }, {}, { detail: { "c-count": { c1: 100 } } }],
    [instance],
  ],
  ["null exists", { detail: { nothing: [{ exists: true }] } }, [instance], []],
  ["an empty list does not", { detail: { list: [{ exists: false }] } }, [instance], []],
  [
    "wildcard",
    { file: [{ wildcard: "dir/*.png" }] },
    [{ file: "dir/a/b.png" }, { file: "dir/.png" }],
    [{ file: "dir/a.jpg" }],
  ],
  ["wildcard with an escaped star", { s: [{ wildcard: String.raw`a\*b*` }] }, [{ s: "a*bc" }], [{ s: "axbc" }]],
  ["wildcard takes other signs as they are", { s: [{ wildcard: "a.b(c)*" }] }, [{ s: "a.b(c)d" }], [{ s: "axb(c)d" }]],
  [
    "one of several conditions",
    { s: ["a", { prefix: "b" }, { numeric: ["<", 0] }] },
    [{ s: "a" }, { s: "bc" }, { s: -1 }],
    [{ s: "c" }],
  ],
  [
    "$or",
    { source: ["cloudwatch"], $or: [{ metric: ["CPU"] }, { kind: ["M"], space: ["EC2"] }] },
    [
      { source: "cloudwatch", metric: "CPU" },
      { source: "cloudwatch", kind: "M", space: "EC2" },
    ],
    [{ source: "cloudwatch", kind: "M" }, { metric: "CPU" }],
  ],
  [
    "$or within a field",
    { detail: { $or: [{ a: [1] }, { b: [2] }] } },
    [{ detail: { b: 2 } }],
    [{ detail: {} }, { b: 2 }],
  ],
  [
    "$or in $or",
    { $or: [{ a: [1], $or: [{ b: [1] }, { c: [1] }] }, { d: [1] }] },
    [{ a: 1, c: 1 }, { d: 1 }],
    [{ a: 1 }],
  ],
  ["$or as a field's name", { $or: { a: [1] } }, [{ $or: { a: 1 } }], [{ a: 1 }]],
  [
    "one element of a list has to satisfy the whole",
    { items: { a: [1], b: [2] } },
    [{ items: [{ a: 1, b: 2 }] }],
    [
      {
        items: [
          { a: 1, b: 3 },
          { a: 2, b: 2 },
        ],
      },
    ],
  ],
  ["nested lists", { n: [1] }, [{ n: [[2], [1]] }], [{ n: [[2]] }]],
  ["an empty pattern", {}, [instance, {}], []],
];

it.each(cases)("%s", (_title, pattern, matching, other) => {
  for (const event of matching) expect([event, matches(pattern, event)]).toEqual([event, true]);
  for (const event of other) expect([event, matches(pattern, event)]).toEqual([event, false]);
});

it.each<readonly [string, EventPattern]>([
  ["a bare value", { source: "aws.ec2" }],
  ["an empty list", { source: [] }],
  ["an unknown operator", { source: [{ contains: "x" }] }],
  ["two operators in one condition", { source: [{ prefix: "a", suffix: "b" }] }],
  ["a number as prefix", { source: [{ prefix: 1 }] }],
  ["half a comparison", { n: [{ numeric: [">"] }] }],
  ["an unknown comparison", { n: [{ numeric: ["!=", 1] }] }],
  ["two stars in a row", { s: [{ wildcard: "a**" }] }],
  ["an escaped letter", { s: [{ wildcard: String.raw`a\b` }] }],
  ["exists with a text", { s: [{ exists: "yes" }] }],
  ["anything-but numeric", { n: [{ "anything-but": { numeric: [">", 1] } }] }],
])("refuses %s", (_title, pattern) => {
  expect(() => matches(pattern, { source: "x", n: 1, s: "x" })).toThrow(BadPattern);
});

it("an event that is made from a pattern matches it", () => {
  const text = fc.string({ maxLength: 6 }).filter((value) => !/[\\*]/.test(value));
  const condition = fc.oneof(
    text,
    fc.integer(),
    fc.record({ prefix: text }),
    fc.record({ suffix: text }),
    fc.record({ "equals-ignore-case": text }),
    fc.record({ "anything-but": fc.array(text, { minLength: 1 }) }),
    fc.record({ exists: fc.boolean() }),
    fc.integer().map((limit) => ({ numeric: [">", limit, "<=", limit + 4] })),
    text.map((value) => ({ wildcard: `${value}*` })),
    fc.constant({ cidr: "10.1.0.0/16" }),
  );
  const pattern = fc.dictionary(
    fc.stringMatching(/^[a-d]$/),
    fc.oneof(
      fc.array(condition, { minLength: 1 }),
      fc.dictionary(fc.stringMatching(/^[e-g]$/), fc.array(condition, { minLength: 1 })),
    ),
  );
  fc.assert(
    fc.property(pattern, (wanted) => matches(wanted as EventPattern, exampleOf(wanted as EventPattern))),
    { numRuns: 500 },
  );
});
