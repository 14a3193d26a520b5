import { type TerraformStack, TerraformVariable } from "cdktf";
import * as fc from "fast-check";
import {
  configure,
  type ExistingQueueOptions,
  existing,
  existingQueue,
  QueueConsumer,
  type QueueConsumerProps,
  seconds,
} from "../../../modules/index.ts";
import { functionRefusals } from "../../../modules/lambda-function/refusals.ts";
import { queueConsumerRefusals } from "../../../modules/queue-consumer/refusals.ts";
import { runs } from "../../support/properties.ts";
import { messages, messagesOf, minimal } from "../../support/refusals.ts";
import { refusalsOf, synthesize, testStack } from "../../support/synth.ts";

const queueArn = "arn:aws:sqs:eu-west-1:111122223333:old";
const failedArn = `${queueArn}-failed`;
const longest = "n".repeat(64);

const queue = (options: Partial<ExistingQueueOptions> = {}, arn = queueArn) =>
  existingQueue(arn, { visibilityTimeout: seconds(180), deadLetterQueue: failedArn, ...options });

interface Case {
  readonly refused: Partial<QueueConsumerProps>;
  readonly message: string;
  /** The nearest props that are accepted. */
  readonly accepted: readonly Partial<QueueConsumerProps>[];
}

const cases: Readonly<Record<string, Case>> = {
  "a type for a queue that exists": {
    refused: { queue: queue(), fifo: true },
    message: "fifo: with an existing queue say it in existingQueue(arn, { … }).",
    accepted: [{ queue: queue() }, { fifo: true }],
  },
  "type and retention for a queue that exists": {
    refused: { queue: queue(), fifo: true, retention: seconds(60) },
    message: "fifo, retention: with an existing queue say them in existingQueue(arn, { … }).",
    accepted: [{ queue: queue({ retention: seconds(60) }) }],
  },
  "an existing queue by its URL": {
    refused: { queue: queue({}, "https://sqs.eu-west-1.amazonaws.com/111122223333/old") },
    message:
      'existingQueue(): arn is "https://sqs.eu-west-1.amazonaws.com/111122223333/old"; it must be the ARN of an SQS queue.',
    accepted: [{ queue: queue({}, "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:old") }],
  },
  "an existing queue of unknown type": {
    refused: { queue: queue({}, "${var.queue_arn}") },
    message:
      "existingQueue(): the ARN is an expression, so say fifo: true or fifo: false; a dead-letter queue must be of the same type (R119).",
    accepted: [{ queue: queue({ fifo: false }, "${var.queue_arn}") }],
  },
  "a type that the name belies": {
    refused: { queue: queue({ fifo: true, deadLetterQueue: "attach" }) },
    message:
      'existingQueue(): fifo is true, but the queue is "arn:aws:sqs:eu-west-1:111122223333:old"; the names of FIFO queues, and only those, end with ".fifo".',
    accepted: [
      { queue: queue({ fifo: false }) },
      { queue: queue({ fifo: true, deadLetterQueue: "attach" }, `${queueArn}.fifo`) },
    ],
  },
  "a dead-letter queue by name": {
    refused: { queue: queue({ deadLetterQueue: "old-failed" }) },
    message:
      'existingQueue(): deadLetterQueue is "old-failed"; it must be the ARN of the dead-letter queue that the queue\'s redrive policy names, or "attach" to have one made.',
    accepted: [{ queue: queue({ deadLetterQueue: "attach" }) }],
  },
  "a standard dead-letter queue for a FIFO queue": {
    refused: { queue: queue({}, `${queueArn}.fifo`) },
    message: `existingQueue(): deadLetterQueue is "${failedArn}"; the dead-letter queue of a FIFO queue must be a FIFO queue (R119).`,
    accepted: [{ queue: queue({ deadLetterQueue: `${failedArn}.fifo` }, `${queueArn}.fifo`) }],
  },
  "a FIFO dead-letter queue for a standard queue": {
    refused: { queue: queue({ deadLetterQueue: `${failedArn}.fifo` }) },
    message: `existingQueue(): deadLetterQueue is "${failedArn}.fifo"; the dead-letter queue of a standard queue must be a standard queue (R119).`,
    accepted: [{ queue: queue() }],
  },
  "a visibility timeout above SQS's": {
    refused: { queue: queue({ visibilityTimeout: seconds(43_201) }) },
    message:
      "existingQueue(): visibilityTimeout is 43201 s; it must be a whole number from 0 to 43200 s. These are SQS's limits (R59).",
    accepted: [{ queue: queue({ visibilityTimeout: seconds(43_200) }) }],
  },
  "a function that outlasts the visibility": {
    refused: { queue: queue({ visibilityTimeout: seconds(59) }), timeout: seconds(60) },
    message:
      "timeout is 60 s, but the existing queue's visibility timeout is 59 s: AWS refuses a mapping whose function may outlast it (R56). Raise the queue's to 360 s or more, or lower the timeout.",
    accepted: [{ queue: queue({ visibilityTimeout: seconds(60) }), timeout: seconds(60) }],
  },
  "the default timeout over a short visibility": {
    refused: { queue: queue({ visibilityTimeout: seconds(29) }) },
    message:
      "timeout is 30 s, but the existing queue's visibility timeout is 29 s: AWS refuses a mapping whose function may outlast it (R56). Raise the queue's to 180 s or more, or lower the timeout.",
    accepted: [{ queue: queue({ visibilityTimeout: seconds(30) }) }],
  },
  "a retention below SQS's": {
    refused: { retention: seconds(59) },
    message: "retention is 59 s; it must be a whole number from 60 to 1209600 s. These are SQS's limits (R59).",
    accepted: [{ retention: seconds(60) }, { retention: seconds(1_209_600) }],
  },
  "a retention of the existing queue above SQS's": {
    refused: { queue: queue({ retention: seconds(1_209_601) }) },
    message:
      "existingQueue(): retention is 1209601 s; it must be a whole number from 60 to 1209600 s. These are SQS's limits (R59).",
    accepted: [{ queue: queue({ retention: seconds(1_209_600) }) }],
  },
  "no receive at all": {
    refused: { maxReceiveCount: 0 },
    message:
      "maxReceiveCount is 0; it must be a whole number from 1 to 1000. These are SQS's limits (R60); below 5 throttles send healthy messages to the dead-letter queue.",
    accepted: [{ maxReceiveCount: 1 }, { maxReceiveCount: 1000 }],
  },
  "a name that leaves no room for the FIFO dead-letter queue's": {
    refused: { name: longest, fifo: true },
    message: `name is "${longest}"; with "-dead-letter.fifo" the queue's name has 81 characters, and SQS takes 80. Say a shorter one.`,
    accepted: [{ name: longest.slice(1), fifo: true }, { name: longest }],
  },
  "a name that leaves no room for a FIFO dead-letter queue that is attached": {
    refused: { name: longest, queue: queue({ deadLetterQueue: "attach" }, `${queueArn}.fifo`) },
    message: `name is "${longest}"; with "-dead-letter.fifo" the queue's name has 81 characters, and SQS takes 80. Say a shorter one.`,
    accepted: [
      { name: longest, queue: queue({ deadLetterQueue: `${failedArn}.fifo` }, `${queueArn}.fifo`) },
      { name: longest, queue: queue({ deadLetterQueue: "attach" }) },
    ],
  },
  "a key by its alias": {
    refused: { encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:alias/queues" },
    message:
      'encryptionKeyArn is "arn:aws:kms:eu-west-1:111122223333:alias/queues"; it must be the ARN of a customer-managed key, not of an alias: IAM ignores aliases, and the role could not decrypt.',
    accepted: [{ encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" }],
  },
  "no message in a batch": {
    refused: { batchSize: 0 },
    message:
      "batchSize is 0 messages; it must be a whole number from 1 to 10000 messages. These are Lambda's limits (R54).",
    accepted: [{ batchSize: 1 }, { batchSize: 10_000, batchingWindow: seconds(1) }],
  },
  "a window above Lambda's": {
    refused: { batchingWindow: seconds(301) },
    message: "batchingWindow is 301 s; it must be a whole number from 0 to 300 s. These are Lambda's limits (R55).",
    accepted: [{ batchingWindow: seconds(300) }, { batchingWindow: seconds(0) }],
  },
  "a large batch without a window": {
    refused: { batchSize: 11 },
    message:
      "batchSize is 11 messages and batchingWindow 0 s; above 10 messages the window must be 1 s or more (R54). Say batchingWindow: seconds(1), or a batchSize of at most 10.",
    accepted: [{ batchSize: 10 }, { batchSize: 11, batchingWindow: seconds(1) }],
  },
  "a large batch of a FIFO queue": {
    refused: { batchSize: 11, fifo: true },
    message: "batchSize is 11 messages; for a FIFO queue it must be at most 10 (R79).",
    accepted: [{ batchSize: 10, fifo: true }],
  },
  "a window for a FIFO queue": {
    refused: { batchingWindow: seconds(1), queue: queue({ deadLetterQueue: "attach" }, `${queueArn}.fifo`) },
    message: "batchingWindow is 1 s; mappings of FIFO queues have none (R79). Leave it out.",
    accepted: [{ fifo: true }, { fifo: true, batchingWindow: seconds(0) }],
  },
  "a concurrency of one": {
    refused: { maximumConcurrency: 1 },
    message:
      "maximumConcurrency is 1; it must be a whole number from 2 to 1000. These are Lambda's limits (R72); for one message at a time use a FIFO queue with one message group.",
    accepted: [{ maximumConcurrency: 2 }, { maximumConcurrency: 1000 }],
  },
  "too few pollers": {
    refused: { provisionedPollers: { minimum: 1, maximum: 2 } },
    message:
      "provisionedPollers.minimum is 1; it must be a whole number from 2 to 200. These are Lambda's limits (R74).",
    accepted: [
      { provisionedPollers: { minimum: 2, maximum: 2 } },
      { provisionedPollers: { minimum: 200, maximum: 200 } },
    ],
  },
  "too many pollers": {
    refused: { provisionedPollers: { minimum: 2, maximum: 10_001 } },
    message:
      "provisionedPollers.maximum is 10001; it must be a whole number from 2 to 10000. These are Lambda's limits (R74).",
    accepted: [{ provisionedPollers: { minimum: 2, maximum: 10_000 } }],
  },
  "more pollers at least than at most": {
    refused: { provisionedPollers: { minimum: 21, maximum: 20 } },
    message: "provisionedPollers: minimum is 21 and maximum 20; the minimum must not be above the maximum.",
    accepted: [{ provisionedPollers: { minimum: 20, maximum: 20 } }],
  },
  "both limits of concurrency": {
    refused: { maximumConcurrency: 10, provisionedPollers: { minimum: 2, maximum: 4 } },
    message:
      "maximumConcurrency and provisionedPollers exclude each other (R74); leave one out. provisionedPollers.maximum limits concurrency too.",
    accepted: [{ maximumConcurrency: 10 }],
  },
  "an eleventh filter": {
    refused: { filters: Array.from({ length: 11 }, () => ({ body: {} })) },
    message: "filters has 11 patterns; a mapping has at most 10, and above 5 only where AWS raised the quota.",
    accepted: [{ filters: Array.from({ length: 10 }, () => ({ body: {} })) }],
  },
};

test.each(Object.entries(cases))("%s", (_, { refused, message, accepted }) => {
  expect(messages(refused)).toEqual([message]);
  for (const props of accepted) expect(messages(props)).toEqual([]);
});

test("every row of the table refuses something above", () => {
  const own = queueConsumerRefusals.filter((row) => !(functionRefusals as readonly unknown[]).includes(row));
  const rowsHit = own.map((row) =>
    Object.values(cases).some(({ refused }) => row({ name: "payments", ...minimal(), ...refused }) !== undefined),
  );
  expect(own).toHaveLength(queueConsumerRefusals.length - functionRefusals.length);
  expect(rowsHit).toEqual(own.map(() => true));
});

test.each([
  ["retention", 60, 1_209_600, (n: number) => ({ retention: seconds(n) }), " s"],
  ["maxReceiveCount", 1, 1000, (n: number) => ({ maxReceiveCount: n }), ""],
  ["batchSize", 1, 10_000, (n: number) => ({ batchSize: n, batchingWindow: seconds(1) }), " messages"],
  ["batchingWindow", 0, 300, (n: number) => ({ batchingWindow: seconds(n) }), " s"],
  ["maximumConcurrency", 2, 1000, (n: number) => ({ maximumConcurrency: n }), ""],
  ["provisionedPollers.minimum", 2, 200, (n: number) => ({ provisionedPollers: { minimum: n, maximum: 10_000 } }), ""],
  ["provisionedPollers.maximum", 2, 10_000, (n: number) => ({ provisionedPollers: { minimum: 2, maximum: n } }), ""],
  [
    "existingQueue(): visibilityTimeout",
    0,
    43_200,
    (n: number) => ({ timeout: seconds(1), queue: queue({ visibilityTimeout: seconds(n) }) }),
    " s",
  ],
] as const)(
  "%s is accepted from %d to %d, and refused elsewhere with its value",
  (prop, minimum, maximum, props, unit) => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: minimum - 3, max: maximum + 3 }), fc.double()), (value) => {
        const isFine = Number.isInteger(value) && value >= minimum && value <= maximum;
        const said = messages(props(value)).filter((message) => message.startsWith(`${prop} is`));
        expect(said).toEqual(
          isFine
            ? []
            : [
                expect.stringContaining(
                  `${prop} is ${value}${unit}; it must be a whole number from ${minimum} to ${maximum}${unit}.`,
                ),
              ],
        );
      }),
      { ...runs(15), examples: [[minimum], [maximum], [minimum - 1], [maximum + 1], [Number.NaN], [-0]] },
    );
  },
);

test("a prop that belongs to streams is refused with what queues have instead", () => {
  for (const prop of ["onFailure", "retries", "startingPosition", "bisectBatchOnFunctionError", "tumblingWindow"]) {
    expect(messages({ [prop]: 1 })).toEqual([
      `unknown prop ${prop}. ${prop} belongs to streams: a queue's messages are retried maxReceiveCount times and then go to its dead-letter queue (R66).`,
    ]);
  }
});

/** Consumers of which every prop that can be an expression is one. */
function allExpressions(stack: TerraformStack): void {
  const variable = new TerraformVariable(stack, "anything", {});
  const figure = variable.numberValue;
  const duration = seconds(figure);
  const shared = { timeout: duration, maxReceiveCount: figure, batchSize: figure, maximumConcurrency: figure };
  new QueueConsumer(stack, "standard", {
    ...minimal(),
    ...shared,
    batchingWindow: duration,
    retention: duration,
    encryptionKeyArn: variable.stringValue,
    enabled: variable.booleanValue as unknown as boolean,
    filters: [{ body: { kind: [variable.stringValue] } }],
  });
  new QueueConsumer(stack, "fifo", { ...minimal(), ...shared, fifo: true });
  new QueueConsumer(stack, "pollers", { ...minimal(), provisionedPollers: { minimum: figure, maximum: figure } });
  for (const [index, arn] of [variable.stringValue, "${var.anything}"].entries()) {
    new QueueConsumer(stack, `existing-${index}`, {
      code: existing(arn, variable.stringValue),
      timeout: duration,
      queue: existingQueue(arn, {
        visibilityTimeout: duration,
        deadLetterQueue: arn,
        fifo: index === 0,
        retention: duration,
        url: arn,
      }),
    });
  }
}

test("expressions are passed over, whatever they are called", () => {
  expect(refusalsOf(allExpressions)).toEqual([]);
  synthesize(allExpressions);
});

/** A stack with five mistakes in three places. */
const mistaken = () =>
  synthesize((stack) => {
    configure(stack, { notify: "incidents" });
    new QueueConsumer(stack, "payments", { ...minimal(), timeout: seconds(1000), maxReceiveCount: 0 });
    const nested = new QueueConsumer(stack, "orders", minimal());
    new QueueConsumer(nested, "late", { ...minimal(), batchSize: 20, memory: 64, fifo: true });
  });

test("one synth names all mistakes of a stack, each with the path of its construct", () => {
  const error = failureOf(mistaken);
  const lines = error.split("\n").map((line) => line.trim());
  expect(lines.filter((line) => line.startsWith("["))).toEqual([
    '[shop] configure: notify is "incidents"; it must be the ARN of an SNS topic.',
    expect.stringMatching(/^\[shop\/payments\] timeout is 1000 s; /),
    expect.stringMatching(/^\[shop\/payments\] maxReceiveCount is 0; /),
    expect.stringMatching(/^\[shop\/orders\/late\] memory is 64 MB; /),
    expect.stringMatching(/^\[shop\/orders\/late\] batchSize is 20 messages; /),
  ]);
});

function failureOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("nothing was refused");
}

test("no props, and no code, are refused like everything else", () => {
  expect(messagesOf(undefined)).toEqual(["what was passed is undefined; it must be an object of props."]);
  expect(messagesOf({ timeout: seconds(0) })).toEqual([
    'code is undefined; it must be bundle("…"), zip("…", { handler, runtime }) or existing(functionArn, roleName).',
    "timeout is 0 s; it must be a whole number from 1 to 900 s. Longer work belongs in a state machine or a container.",
  ]);
  expect(() => new QueueConsumer(testStack(), "payments", null as unknown as QueueConsumerProps)).not.toThrow();
});
