/** Every end that may be a queue or a topic, with a standard one and a FIFO one: what AWS takes, and what it does not. */
import {
  type Body,
  body,
  bucketPath,
  type Config,
  encoded,
  eventPath,
  queuePath,
  ref,
  schedulePath,
  streamPath,
  tablePath,
  topicPath,
} from "../support/configurations.ts";
import { judged, made } from "../support/judged.ts";
import { arn, invoke, mailer, news, nightly, photos, resource, target } from "../support/parts.ts";

/** The ids of all errors: of two for one thing one would be too many. */
function errors(config: Config): string[] {
  return judged(config)
    .filter(({ severity }) => severity === "error")
    .map(({ id }) => id);
}

/** What stands at an end: a queue or topic, by its type. */
type End = "queue" | "fifo queue" | "topic" | "fifo topic" | "bus" | "function" | "bucket";

const ends: Readonly<Record<End, string>> = {
  queue: arn("sqs", "theirs"),
  "fifo queue": arn("sqs", "theirs.fifo"),
  topic: arn("sns", "theirs"),
  "fifo topic": arn("sns", "theirs.fifo"),
  bus: arn("events", "event-bus/theirs"),
  function: arn("lambda", "function:theirs"),
  bucket: "arn:aws:s3:::theirs",
};

/** A block of a resource with something else in it. */
function within(config: Config, address: string, block: string, values: Body): Config {
  const [one] = body(config, address)[block] as readonly Body[];
  body(config, address)[block] = [{ ...one, ...values }];
  return config;
}

function mappingTo(base: () => Config, mapping: string): (to: string) => Config {
  return (to) => made(base, { [mapping]: { destination_config: [{ on_failure: [{ destination_arn: to }] }] } });
}

function asynchronous(kind: "on_failure" | "on_success"): (to: string) => Config {
  return (to) => made(eventPath, { [invoke]: { destination_config: [{ [kind]: [{ destination: to }] }] } });
}

function subscribed(topic: string): (to: string) => Config {
  return (to) =>
    made(topicPath, {
      [news]: {
        topic_arn: topic,
        protocol: to.includes(":sqs:") ? "sqs" : "lambda",
        endpoint: to,
        redrive_policy: encoded({ deadLetterTargetArn: arn("sqs", topic.endsWith(".fifo") ? "dlq.fifo" : "dlq") }),
      },
    });
}

function subscriptionLetters(topic: string, queue: string): (to: string) => Config {
  return (to) =>
    made(topicPath, {
      [news]: {
        topic_arn: topic,
        protocol: "sqs",
        endpoint: arn("sqs", queue),
        redrive_policy: encoded({ deadLetterTargetArn: to }),
      },
    });
}

function redrive(name: string, fifo: boolean): (to: string) => Config {
  return (to) => {
    const config = made(queuePath, {
      "aws_sqs_queue.work": {
        name,
        redrive_policy: encoded({ deadLetterTargetArn: to, maxReceiveCount: 5 }),
        ...(fifo ? { fifo_queue: true } : {}),
      },
    });
    delete body(config, "aws_lambda_event_source_mapping.work").scaling_config;
    return config;
  };
}

function notified(kind: "queue" | "topic"): (to: string) => Config {
  return (to) =>
    made(bucketPath, {
      [photos]: { queue: [], [kind]: [{ [`${kind}_arn`]: to, events: ["s3:ObjectCreated:*"] }] },
    });
}

function piped(to: string): Config {
  return made(
    queuePath,
    {},
    resource("aws_sqs_queue", "piped", { name: "piped" }),
    resource("aws_pipes_pipe", "pipe", {
      name: "pipe",
      role_arn: "arn:aws:iam::111122223333:role/pipe",
      source: ref("aws_sqs_queue.piped.arn"),
      target: to,
      target_parameters: [{ sqs_queue_parameters: [{ message_group_id: "all" }] }],
    }),
  );
}

const due = { source: "shop.clock", detail_type: "Due" };

/** From what, how it is configured, and what is found for each end; an empty list: AWS takes it. */
const table: readonly (readonly [string, (to: string) => Config, Readonly<Partial<Record<End, readonly string[]>>>])[] =
  [
    [
      "a rule's target",
      (to) => made(eventPath, { [target]: { arn: to } }),
      { queue: [], "fifo queue": ["H94"], topic: [], "fifo topic": ["H94"], bus: [], function: [], bucket: ["H99"] },
    ],
    [
      "a rule's target with a message group",
      (to) => made(eventPath, { [target]: { arn: to, sqs_target: [{ message_group_id: "all" }] } }),
      { "fifo queue": [], "fifo topic": ["H94"] },
    ],
    [
      "a schedule's target",
      (to) => within(schedulePath(), nightly, "target", { arn: to }),
      {
        queue: [],
        "fifo queue": ["H94"],
        topic: [],
        "fifo topic": ["H94"],
        bus: ["H99"],
        function: [],
        bucket: ["H99"],
      },
    ],
    [
      "a schedule's target with the parameters of a bus",
      (to) => within(schedulePath(), nightly, "target", { arn: to, eventbridge_parameters: [due] }),
      { bus: [] },
    ],
    [
      "a schedule's target with a message group",
      (to) => within(schedulePath(), nightly, "target", { arn: to, sqs_parameters: [{ message_group_id: "all" }] }),
      { "fifo queue": [], "fifo topic": ["H94"] },
    ],
    [
      "a rule's dead-letter queue",
      (to) => made(eventPath, { [target]: { dead_letter_config: [{ arn: to }] } }),
      { queue: [], "fifo queue": ["H94"], topic: ["H92"], "fifo topic": ["H92"], bus: ["H92"], function: ["H92"] },
    ],
    [
      "a schedule's dead-letter queue",
      (to) => within(schedulePath(), nightly, "target", { dead_letter_config: [{ arn: to }] }),
      { queue: [], "fifo queue": ["H94"], topic: ["H92"], "fifo topic": ["H92"], bus: ["H92"], function: ["H92"] },
    ],
    [
      "a function's dead-letter queue",
      (to) => made(eventPath, { [mailer]: { dead_letter_config: [{ target_arn: to }] } }),
      { queue: [], "fifo queue": ["H28"], topic: [], "fifo topic": ["H28"], bus: ["H92"], function: ["H92"] },
    ],
    [
      "a function's on-failure destination",
      asynchronous("on_failure"),
      { queue: [], "fifo queue": ["H28"], topic: [], "fifo topic": ["H28"], bus: [], function: [], bucket: [] },
    ],
    [
      "a function's on-success destination",
      asynchronous("on_success"),
      { queue: [], "fifo queue": ["H28"], topic: [], "fifo topic": ["H28"], bus: [], function: [], bucket: ["H92"] },
    ],
    [
      "the on-failure destination of a stream's mapping",
      mappingTo(streamPath, "aws_lambda_event_source_mapping.clicks"),
      {
        queue: [],
        "fifo queue": ["H56"],
        topic: [],
        "fifo topic": ["H56"],
        bus: ["H56"],
        function: ["H56"],
        bucket: [],
      },
    ],
    [
      "the on-failure destination of a table's mapping",
      mappingTo(tablePath, "aws_lambda_event_source_mapping.orders"),
      {
        queue: [],
        "fifo queue": ["H56"],
        topic: [],
        "fifo topic": ["H56"],
        bus: ["H56"],
        function: ["H56"],
        bucket: [],
      },
    ],
    [
      "a standard topic's subscriber",
      subscribed(arn("sns", "news")),
      { queue: [], "fifo queue": ["H94"], function: [] },
    ],
    [
      "a FIFO topic's subscriber",
      subscribed(arn("sns", "news.fifo")),
      { queue: [], "fifo queue": [], function: ["H94"] },
    ],
    [
      "the dead-letter queue of a standard topic's subscription",
      subscriptionLetters(arn("sns", "news"), "theirs"),
      { queue: [], "fifo queue": ["H94"], topic: ["H92"], "fifo topic": ["H92"], bus: ["H92"], function: ["H92"] },
    ],
    [
      "the dead-letter queue of a FIFO topic's subscription",
      subscriptionLetters(arn("sns", "news.fifo"), "theirs.fifo"),
      { queue: ["H94"], "fifo queue": [], topic: ["H92"], bus: ["H92"] },
    ],
    [
      "a standard queue's dead-letter queue",
      redrive("work", false),
      { queue: [], "fifo queue": ["H7"], topic: ["H7"], "fifo topic": ["H7"], bus: ["H7"], function: ["H7"] },
    ],
    [
      "a FIFO queue's dead-letter queue",
      redrive("work.fifo", true),
      { queue: ["H7"], "fifo queue": [], topic: ["H7"], "fifo topic": ["H7"] },
    ],
    ["a bucket's notification of a queue", notified("queue"), { queue: [], "fifo queue": ["H94"] }],
    ["a bucket's notification of a topic", notified("topic"), { topic: [], "fifo topic": ["H94"] }],
    // Its parameters are not read.
    ["a pipe's target", piped, { queue: [], "fifo queue": [], topic: [], bus: [], function: [] }],
  ];

const rows = table.flatMap(([from, config, found]) =>
  (Object.entries(found) as [End, readonly string[]][]).map(
    ([end, ids]) => [from, end, ids.join(" and ") || "none", config(ends[end]), ids] as const,
  ),
);

test.each(rows)("%s to a %s: %s", (_from, _end, _found, config, ids) => expect(errors(config)).toEqual(ids));
