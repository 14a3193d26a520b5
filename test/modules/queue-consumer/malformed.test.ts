/** What a caller without type checks may pass: it is refused by name, and never crashes the constructor. */
import { inspect } from "node:util";
import { TerraformVariable } from "cdktf";
import * as fc from "fast-check";
import {
  bundle,
  type Duration,
  days,
  existing,
  existingQueue,
  hours,
  minutes,
  QueueConsumer,
  type QueueConsumerProps,
  seconds,
  zip,
} from "../../../modules/index.ts";
import { queueConsumerProps } from "../../../modules/queue-consumer/props.ts";
import { runs } from "../../support/properties.ts";
import { messages, messagesOf } from "../../support/refusals.ts";
import { quickly, refusalsOf, synthesize, testStack } from "../../support/synth.ts";

const props = Object.keys(queueConsumerProps) as (keyof QueueConsumerProps)[];

/** Values of every kind, by how messages show them. */
const values: readonly unknown[] = [
  null,
  true,
  false,
  "",
  "5",
  "text",
  0,
  -1,
  2.5,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  5n,
  Symbol("s"),
  () => 5,
  [],
  [null],
  [[]],
  {},
  { a: 1 },
  { inSeconds: "5" },
  { inSeconds: Number.NaN },
  { kind: "existing" },
  { kind: "archive", bind: 5 },
  { kind: "other", bind: () => undefined },
  new Date(0),
  new Map(),
];

const shown = (value: unknown): string => inspect(value, { breakLength: Number.POSITIVE_INFINITY });

const isText = (value: unknown): boolean => typeof value === "string";
const isList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const isPlain = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === "[object Object]" && Object.keys(value as object).length === 0;
const isTexts = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === "[object Object]" && Object.values(value as object).every(isText);
const none = (): boolean => false;

/** Which of the values above are right for a prop; some figures among them are refused for their range. */
const right: Readonly<Record<keyof QueueConsumerProps, (value: unknown) => boolean>> = {
  code: none,
  name: (value) => value === "5" || value === "text",
  timeout: none,
  memory: none,
  architecture: none,
  layers: isList,
  environment: (value) => isTexts(value) && !Object.hasOwn(value as object, "a"),
  vpc: none,
  tracing: none,
  reservedConcurrency: none,
  logRetentionDays: none,
  permissions: isList,
  permissionsBoundary: isText,
  rolePath: none,
  tags: isTexts,
  fifo: (value) => value === true || isPlain(value),
  queue: none,
  retention: none,
  maxReceiveCount: none,
  batchSize: none,
  batchingWindow: none,
  maximumConcurrency: none,
  provisionedPollers: none,
  filters: isList,
  response: none,
  enabled: (value) => typeof value === "boolean",
  protect: (value) => typeof value === "boolean",
  encryptionKeyArn: none,
  alarms: none,
  overrides: isPlain,
};

/** What the messages about a prop begin with. */
const about = (prop: string): RegExp =>
  new RegExp(`^(${{ code: "code|existing", queue: "queue|existingQueue" }[prop] ?? prop})\\b`);

test.each(values.map((value) => [shown(value), value]))("every prop that cannot be %s is named", (_, value) => {
  const said = messagesOf(Object.fromEntries(props.map((prop) => [prop, value])), { render: true });
  const named = props.filter((prop) => said.some((message) => about(prop).test(message)));
  expect(named).toEqual(props.filter((prop) => !right[prop](value)));
  for (const message of said) {
    expect(message).toMatch(/ must (be|begin) |unknown prop|take a number|leave it out|Say a shorter one/);
  }
});

test("nothing whatever crashes the constructor or is rendered without a refusal", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...props),
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSymbol: true } as fc.ObjectConstraints),
      (prop, value) => {
        expect(() => messages({ [prop]: value }, { render: true })).not.toThrow();
      },
    ),
    runs(80),
  );
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(messagesOf(value, { render: true })).not.toEqual([]);
    }),
    runs(30),
  );
});

test("what is inside of props is looked at too, and all of it", () => {
  expect(
    messages({
      vpc: { subnetIds: "subnet-1", subnets: [] },
      permissions: [
        { actions: ["a"], resources: ["*"], effect: "Deny" },
        { actions: [1], resources: null },
      ],
      environment: { ONE: 1 },
      provisionedPollers: { minimum: 2 },
      fifo: { contentBasedDeduplication: "yes", highThroughput: true },
      filters: [{ body: { at: new Date(Number.NaN), n: Number.NaN, u: undefined } }, []],
      overrides: { queue: [], table: {} },
    }),
  ).toEqual([
    "environment.ONE is 1; it must be a string.",
    "vpc: unknown prop subnets. Known are securityGroupIds, subnetIds.",
    'vpc.subnetIds is "subnet-1"; it must be a list of ids.',
    "vpc.securityGroupIds is undefined; it must be a list of ids.",
    "permissions[0]: unknown prop effect. Known are actions, conditions, resources, sid.",
    "permissions[1].actions[0] is 1; it must be a string.",
    "permissions[1].resources is null; it must be a list of ARNs.",
    "fifo: unknown prop highThroughput. Known are contentBasedDeduplication.",
    'fifo.contentBasedDeduplication is "yes"; it must be true or false.',
    "provisionedPollers.maximum is undefined; it must be a number.",
    "filters[0].body.at is an object; it must be a value that JSON knows.",
    "filters[0].body.n is NaN; it must be a value that JSON knows.",
    "filters[0].body.u is undefined; it must be a value that JSON knows.",
    'filters[1] is a list; it must be a pattern, for instance { body: { kind: ["order"] } }.',
    "overrides: unknown prop table. Known are deadLetterDepthAlarm, deadLetterQueue, function, logGroup, mapping, oldestMessageAgeAlarm, queue, redriveAllowPolicy, redrivePolicy, role, rolePolicy.",
    "overrides.queue is a list; it must be an object of attributes.",
  ]);
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  expect(messages({ filters: [cyclic] })).toEqual(["filters[0].self.self contains itself; JSON cannot say that."]);
});

test("an override that a resource has no argument for is refused: its class would drop it in silence", () => {
  expect(
    messages({ overrides: { queue: { visibilityTimeout: 60 }, function: { reserved_concurrent_executions: 5 } } }),
  ).toEqual([
    expect.stringMatching(
      /^overrides\.function \(aws_lambda_function\): unknown prop reserved_concurrent_executions\. /,
    ),
    expect.stringMatching(
      /^overrides\.queue \(aws_sqs_queue\): unknown prop visibilityTimeout\. .*visibilityTimeoutSeconds/,
    ),
  ]);
  expect(messages({ overrides: { queue: { lifecycle: { preventDestroy: true } }, role: { dependsOn: [] } } })).toEqual(
    [],
  );
});

test("unknown props are named, one or several, also those that every object inherits", () => {
  expect(messages({ timeOut: 5 })).toEqual([
    expect.stringMatching(/^unknown prop timeOut\. Known are alarms, architecture, .*, vpc\.$/),
  ]);
  expect(messages({ visibility: 1, deadLetter: 2 })).toEqual([
    expect.stringMatching(/^unknown props visibility, deadLetter\. /),
  ]);
  expect(messages({ constructor: 1 })).toEqual([expect.stringMatching(/^unknown prop constructor\. Known are /)]);
});

test("a prop that is undefined counts as left out", () => {
  const { code: _, ...others } = Object.fromEntries(props.map((prop) => [prop, undefined]));
  expect(messages(others)).toEqual([]);
});

test.each([
  ["seconds", seconds],
  ["minutes", minutes],
  ["hours", hours],
  ["days", days],
])("%s() of what is no number is refused where it is used", (_, unit: (count: never) => Duration) => {
  for (const value of ["2", null, true, [5], undefined, { valueOf: () => 60 }]) {
    expect(messages({ timeout: unit(value as never) })).toEqual([
      expect.stringMatching(
        /^timeout is made from .*; seconds\(\), minutes\(\), hours\(\) and days\(\) take a number\.$/,
      ),
    ]);
  }
});

test("code, queue and stack of the wrong kind say by which function they are made", () => {
  expect(messages({ code: "pay.ts" })).toEqual([
    'code is "pay.ts"; it must be bundle("…"), zip("…", { handler, runtime }) or existing(functionArn, roleName).',
  ]);
  expect(messages({ code: existing(undefined as never, undefined as never), timeout: seconds(1) })).toEqual([
    "existing(): functionArn is undefined; it must be a string.",
    "existing(): roleName is undefined; it must be a string.",
  ]);
  expect(messages({ queue: existingQueue("arn:aws:sqs:eu-west-1:111122223333:old", undefined as never) })).toEqual([
    "existingQueue(): visibilityTimeout is undefined; it must be a duration, for instance seconds(30).",
    'existingQueue(): deadLetterQueue is undefined; it must be the ARN of the dead-letter queue that the queue\'s redrive policy names, or "attach" to have one made.',
  ]);
  expect(messages({ queue: "arn:aws:sqs:eu-west-1:111122223333:old" })).toEqual([
    'queue is "arn:aws:sqs:eu-west-1:111122223333:old"; it must be existingQueue(arn, { visibilityTimeout, deadLetterQueue }).',
  ]);
});

/** Makes a consumer of this code. */
const make = (code: () => QueueConsumerProps["code"]) => () =>
  quickly(() => new QueueConsumer(testStack(), "payments", { code: code() }));

test("code that cannot be bound says why in an error of its own", () => {
  expect(make(() => bundle(undefined as never))).toThrow(/^shop\/payments: bundle\(\): entry is undefined; /);
  expect(make(() => bundle("x.ts", { sdk: "none" as never }))).toThrow(
    /sdk is "none"; it must be one of "bundled", "runtime"/,
  );
  expect(make(() => bundle("x.ts", { external: "pg" as never }))).toThrow(/external is "pg"; it must be a list/);
  expect(make(() => bundle("x.ts", { minify: false } as never))).toThrow(/unknown prop minify/);
  expect(make(() => zip(undefined as never, { handler: "a.b", runtime: "c" }))).toThrow(
    /^shop\/payments: zip\(\): file is undefined; /,
  );
  expect(make(() => zip("x.zip", undefined as never))).toThrow(/handler is undefined; it must be a string/);
  expect(make(() => zip("x.zip", { handler: "a.b" } as never))).toThrow(/runtime is undefined; it must be a string/);
});

test("what decides what is made cannot be an expression", () => {
  const refused = refusalsOf((stack) => {
    const text = new TerraformVariable(stack, "anything", { type: "string" }).stringValue;
    const code = zip("${var.file}", { handler: "a.b", runtime: "nodejs22.x" });
    new QueueConsumer(stack, "payments", {
      code,
      response: text as "partial",
      alarms: text as "none",
      tracing: text as "Active",
    });
  });
  expect(refused).toEqual([
    '[shop/payments] tracing is a Terraform expression; it decides what is made, so it must be one of "Active", "PassThrough".',
    '[shop/payments] response is a Terraform expression; it decides what is made, so it must be one of "partial", "delete-and-throw", "throw".',
    '[shop/payments] alarms is a Terraform expression; it decides what is made, so it must be one of "paging", "none".',
  ]);
});

test("a negative zero is a zero", () => {
  const stack = synthesize((scope) => {
    const code = zip("${var.file}", { handler: "a.b", runtime: "nodejs22.x" });
    new QueueConsumer(scope, "payments", { code, batchingWindow: seconds(-0) });
  });
  expect(JSON.stringify(stack)).toContain('"maximum_batching_window_in_seconds":0');
});
