import { TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import * as fc from "fast-check";
import {
  configure,
  type Duration,
  days,
  existingQueue,
  hours,
  minutes,
  QueueConsumer,
  type QueueConsumerProps,
  seconds,
  zip,
} from "../../../modules/index.ts";
import { zipFile } from "../../support/fixtures.ts";
import { oddNumbers } from "../../support/numbers.ts";
import { runs } from "../../support/properties.ts";
import { account, region, resolved } from "../../support/resolved.ts";
import { at, dig, type Json, type Synthesized, synthesize } from "../../support/synth.ts";

/** Every numeric prop, by a name of its own; durations in their unit. */
const figures = {
  timeout: { min: 1, max: 900, prop: (n) => ({ timeout: seconds(n) }) },
  timeoutMinutes: { min: 1, max: 15, prop: (n) => ({ timeout: minutes(n) }) },
  batchingWindow: { min: 1, max: 300, prop: (n) => ({ batchingWindow: seconds(n) }) },
  retention: { min: 60, max: 1_209_600, prop: (n) => ({ retention: seconds(n) }) },
  retentionHours: { min: 1, max: 336, prop: (n) => ({ retention: hours(n) }) },
  retentionDays: { min: 1, max: 14, prop: (n) => ({ retention: days(n) }) },
  maxReceiveCount: { min: 1, max: 1000, prop: (n) => ({ maxReceiveCount: n }) },
  batchSize: { min: 1, max: 10_000, prop: (n) => ({ batchSize: n }) },
  maximumConcurrency: { min: 2, max: 1000, prop: (n) => ({ maximumConcurrency: n }) },
  minimumPollers: { min: 2, max: 200, prop: (n) => ({ provisionedPollers: { minimum: n, maximum: 200 } }) },
  maximumPollers: { min: 200, max: 10_000, prop: (n) => ({ provisionedPollers: { minimum: 2, maximum: n } }) },
  memory: { min: 128, max: 10_240, prop: (n) => ({ memory: n }) },
  reservedConcurrency: { min: 1, max: 1000, prop: (n) => ({ reservedConcurrency: n }) },
  logRetentionDays: { min: 1, max: 1, prop: (n) => ({ logRetentionDays: n }) },
  visibility: { min: 900, max: 43_200, prop: (n) => ({ queue: existing({ visibilityTimeout: seconds(n) }) }) },
  existingRetention: { min: 60, max: 1_209_600, prop: (n) => ({ queue: existing({ retention: seconds(n) }) }) },
} satisfies Record<string, Figure>;

interface Figure {
  readonly min: number;
  readonly max: number;
  readonly prop: (value: number) => Partial<QueueConsumerProps>;
}

type Name = keyof typeof figures;
const names = Object.keys(figures) as Name[];

const existing = (said: { visibilityTimeout?: Duration; retention?: Duration }) =>
  existingQueue(`arn:aws:sqs:${region}:${account}:old`, {
    visibilityTimeout: seconds(5400),
    deadLetterQueue: "attach",
    ...said,
  });

/** Figures of which a consumer cannot have two at once: of one prop, or of props that exclude each other. */
const exclusive: readonly (readonly Name[])[] = [
  ["timeout", "timeoutMinutes"],
  ["retention", "retentionHours", "retentionDays", "visibility", "existingRetention"],
  ["maximumConcurrency", "minimumPollers", "maximumPollers"],
];

/** Some figures with values, and which of them are expressions. Never all of them by chance: each subset is as likely. */
const choices = fc
  .tuple(fc.shuffledSubarray(names, { minLength: 1 }), fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.boolean()))
  .map(([chosen, numbers, coins]) => {
    const allowed = chosen.filter(
      (name, index) =>
        !exclusive.some(
          (group) => group.includes(name) && chosen.slice(0, index).some((other) => group.includes(other)),
        ),
    );
    return allowed.map((name) => {
      const { min, max } = figures[name];
      return { name, value: min + (numbers.next().value % (max - min + 1)), isExpression: coins.next().value === true };
    });
  });

const made = (chosen: readonly { name: Name; value: number; isExpression: boolean }[]): Synthesized =>
  synthesize((stack) => {
    configure(stack, { notify: `arn:aws:sns:${region}:${account}:incidents` });
    const props = chosen.map(({ name, value, isExpression }) =>
      figures[name].prop(isExpression ? variable(stack, name).numberValue : value),
    );
    consumer(stack, Object.assign({ batchingWindow: seconds(1) }, ...props) as Partial<QueueConsumerProps>);
  });

const variable = (scope: Construct, name: string) => new TerraformVariable(scope, name, { type: "number" });

const consumer = (scope: Construct, props: Partial<QueueConsumerProps>) =>
  new QueueConsumer(scope, "payments", {
    code: zip(zipFile(), { handler: "index.handler", runtime: "nodejs22.x" }),
    ...props,
  });

/** The attributes of every resource, with the variables at these values. */
const values = (stack: Synthesized, variables: Readonly<Record<string, Json>>) =>
  [...resolved(stack, variables).values()].map(({ address, attributes }) => ({ address, attributes }));

test("no number is out of its range or garbage, and each expression has the value that literal props give", () => {
  fc.assert(
    fc.property(choices, (chosen) => {
      const variables = Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
      const asLiterals = made(chosen.map((choice) => ({ ...choice, isExpression: false })));
      const mixed = made(chosen);
      expect(oddNumbers(asLiterals)).toEqual([]);
      expect(oddNumbers(mixed)).toEqual([]);
      expect(values(mixed, variables)).toEqual(values(asLiterals, {}));
    }),
    runs(40),
  );
});

test.each(names)("%s alone as an expression gives the same figures", (name) => {
  for (const value of [figures[name].min, figures[name].max]) {
    const asExpression = made([{ name, value, isExpression: true }]);
    expect(oddNumbers(asExpression)).toEqual([]);
    expect(JSON.stringify(asExpression.resource)).toContain(`var.${name}`);
    expect(values(asExpression, { [name]: value })).toEqual(values(made([{ name, value, isExpression: false }]), {}));
  }
});

/** A consumer with attributes that somebody calculated in JavaScript from a token. */
const planted = (overrides: (token: number) => NonNullable<QueueConsumerProps["overrides"]>): Synthesized =>
  synthesize((stack) => consumer(stack, { overrides: overrides(variable(stack, "timeout").numberValue) }));

test("arithmetic on a token in JavaScript is found: the check can fail", () => {
  expect(oddNumbers(planted((token) => ({ queue: { visibilityTimeoutSeconds: 6 * token } })))).toEqual([
    expect.stringMatching(
      /^aws_sqs_queue\.payments: aws_sqs_queue\.visibility_timeout_seconds is -\d.*e\+\d+, not within/,
    ),
  ]);
  expect(oddNumbers(planted((token) => ({ queue: { name: `q-${6 * token}` } })))).toEqual([
    expect.stringMatching(/^aws_sqs_queue\.payments: aws_sqs_queue\.name holds -\d/),
  ]);
  expect(oddNumbers(planted(() => ({ function: { ephemeralStorage: { size: 512 } } })))).toEqual([
    "aws_lambda_function.payments: aws_lambda_function.ephemeral_storage.size has no range here",
  ]);
  // `Math.max` takes a token for a small number: in range, and not the value that it should have.
  const capped = planted((token) => ({ queue: { visibilityTimeoutSeconds: Math.max(token, 180) } }));
  expect(oddNumbers(capped)).toEqual([]);
  expect(at(capped, "aws_sqs_queue.payments")["visibility_timeout_seconds"]).toBe(180);
});

/** The figures that a consumer derives. */
const derived = (props: Partial<QueueConsumerProps>) => {
  const stack = synthesize((scope) => consumer(scope, props));
  return {
    visibility: dig(stack.resource["aws_sqs_queue"]?.["payments"], "visibility_timeout_seconds"),
    age: dig(at(stack, "aws_cloudwatch_metric_alarm.payments_oldest_message_age"), "threshold"),
  };
};

describe("what is derived", () => {
  test("visibility is six times the timeout plus the batching window (R57)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 300 }), (timeout, window) => {
        expect(derived({ timeout: seconds(timeout), batchingWindow: seconds(window) }).visibility).toBe(
          6 * timeout + window,
        );
      }),
      runs(20),
    );
    expect(derived({}).visibility).toBe(180);
  });

  test("the oldest message alarms at receive count × visibility + window, at most at half the retention", () => {
    expect(derived({}).age).toBe(5 * 180);
    expect(derived({ timeout: seconds(10), batchingWindow: seconds(7), maxReceiveCount: 3 }).age).toBe(3 * 67 + 7);
    expect(derived({ retention: seconds(601) }).age).toBe(300);
    expect(derived({ timeout: minutes(15), maxReceiveCount: 1000 }).age).toBe(345_600 / 2);
  });

  test("an existing queue keeps its own visibility, and its own retention counts", () => {
    expect(derived({ queue: existing({ visibilityTimeout: seconds(100) }), timeout: seconds(100) })).toEqual({
      visibility: undefined,
      age: 500,
    });
    expect(derived({ queue: existing({ retention: seconds(60) }) }).age).toBe(30);
  });

  test("the handler is told the timeout, also as an expression", () => {
    const stack = synthesize((scope) => consumer(scope, { timeout: minutes(variable(scope, "minutes").numberValue) }));
    const lambda = resolved(stack, { minutes: 2 }).get("aws_lambda_function.payments");
    const arn = `arn:aws:sqs:${region}:${account}:shop-payments`;
    expect(dig(lambda?.attributes["environment"], "variables", "HOLDFAST")).toBe(
      JSON.stringify({ sources: { [arn]: { response: "partial", timeout: 120 } } }),
    );
  });
});
