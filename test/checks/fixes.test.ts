/** What a finding proposes is made, and the configuration judged anew: the finding is gone, and no new one is there. */
import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  oneof,
  option,
  property,
  record,
  tuple,
} from "fast-check";
import { rules } from "../../checks/catalogue.ts";
import { type Finding } from "../../checks/check.ts";
import { applied } from "../support/apply.ts";
import {
  all,
  body,
  type Config,
  encoded,
  eventPath,
  type Json,
  lambda,
  net,
  queuePath,
  ref,
  schedulePath,
  streamPath,
  tablePath,
} from "../support/configurations.ts";
import { judged } from "../support/judged.ts";
import { twins } from "../support/twins.ts";

/** How often a rule names a resource: the figures in its message may differ. */
function counted(findings: readonly Finding[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id, address } of findings) counts.set(`${id} ${address}`, (counts.get(`${id} ${address}`) ?? 0) + 1);
  return counts;
}

/** Makes each way of a finding by itself, and tells what is wrong after it. */
function mended(config: Config, before: readonly Finding[], finding: Finding): string[] {
  const had = counted(before);
  const key = `${finding.id} ${finding.address}`;
  return finding.changes.flatMap((way) => {
    const after = judged(applied(config, way));
    const has = counted(after);
    const left = (has.get(key) ?? 0) >= (had.get(key) ?? 0) ? [`${key} is still there`] : [];
    const fresh = after
      .filter(({ severity, id, address }) => {
        const one = `${id} ${address}`;
        return severity !== "advice" && one !== key && (has.get(one) ?? 0) > (had.get(one) ?? 0);
      })
      .map(({ id, address, message }) => `new: ${id} ${address}: ${message}`);
    return [...left, ...fresh].map((one) => `${finding.message} → ${JSON.stringify(way)}: ${one}`);
  });
}

const named = twins.map((twin) => [twin.about === undefined ? twin.id : `${twin.id} (${twin.about})`, twin] as const);

test.each(named)("what %s proposes mends it, each way by itself", (_name, { id, shows }) => {
  const config = shows();
  const findings = judged(config);
  const own = findings.filter((one) => one.id === id);
  expect(own.length).toBeGreaterThan(0);
  for (const finding of own) {
    expect(mended(config, findings, finding)).toEqual([]);
    for (const way of finding.changes) expect(way.length).toBeGreaterThan(0);
  }
});

test("the rules that propose changes, and those that leave a choice", () => {
  const proposing = new Set(
    twins
      .flatMap(({ id, shows }) => judged(shows()).filter((one) => one.id === id && one.changes.length > 0))
      .map(({ id }) => id),
  );
  const ids = [...new Set(rules.map(({ id }) => id))];
  expect({
    proposing: ids.filter((id) => proposing.has(id)).join(" "),
    inWords: ids.filter((id) => !proposing.has(id)).join(" "),
  }).toMatchSnapshot();
});

/** Figures at the ends of a range, and anywhere in it. */
function figure(least: number, most: number, ...often: readonly number[]): Arbitrary<number> {
  return oneof(
    constantFrom(least, most, ...often),
    integer({ min: least, max: Math.min(most, least + 60) }),
    integer({ min: least, max: most }),
  );
}

const optional = <T>(of: Arbitrary<T>): Arbitrary<T | null> => option(of, { nil: null });

/** Sets what is not null. */
function put(config: Config, address: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) Object.assign(body(config, address), { [name]: value });
  }
}

interface QueueFigures {
  readonly timeout: number;
  readonly visibility: number;
  readonly window: number | null;
  readonly batch: number;
  readonly retention: number;
  readonly kept: number;
  readonly receives: number;
  readonly reserved: number | null;
  readonly maximum: number | null;
  readonly second: { readonly visibility: number; readonly maximum: number | null; readonly timeout: number } | null;
  readonly last: { readonly receives: number; readonly retention: number; readonly visibility: number } | null;
  readonly fifo: boolean;
}

const queueFigures: Arbitrary<QueueFigures> = record({
  timeout: figure(1, 900),
  visibility: figure(0, 43_200, 30),
  window: optional(figure(0, 300)),
  batch: figure(1, 10_000, 10, 11),
  retention: figure(60, 1_209_600, 345_600),
  kept: figure(60, 1_209_600, 345_600),
  receives: figure(1, 1000, 5),
  reserved: optional(figure(1, 900, 5)),
  maximum: optional(figure(2, 1000)),
  second: optional(record({ visibility: figure(0, 43_200), maximum: optional(figure(2, 1000)), timeout: constant(0) })),
  last: optional(
    record({ receives: figure(1, 1000), retention: figure(60, 1_209_600), visibility: figure(0, 43_200) }),
  ),
  fifo: boolean(),
});

/** A queue with its mapping, perhaps another queue of the same function, perhaps a dead-letter queue of its own one. */
function queueOf(given: QueueFigures): Config {
  const config = queuePath();
  const redrive = (to: string, count: number): string =>
    encoded({ deadLetterTargetArn: ref(`aws_sqs_queue.${to}.arn`), maxReceiveCount: count });
  const parts: Config[] = [config];
  const name = (base: string): string => (given.fifo ? `${base}.fifo` : base);
  put(config, "aws_sqs_queue.work", {
    name: name("work"),
    fifo_queue: given.fifo,
    visibility_timeout_seconds: given.visibility,
    message_retention_seconds: given.retention,
    redrive_policy: redrive("work_dlq", given.receives),
  });
  put(config, "aws_sqs_queue.work_dlq", {
    name: name("dlq"),
    fifo_queue: given.fifo,
    message_retention_seconds: given.kept,
  });
  put(config, "aws_lambda_function.worker", { timeout: given.timeout, reserved_concurrent_executions: given.reserved });
  put(config, "aws_lambda_event_source_mapping.work", {
    batch_size: given.batch,
    maximum_batching_window_in_seconds: given.window,
    scaling_config: given.maximum === null ? [] : [{ maximum_concurrency: given.maximum }],
  });
  if (given.last !== null) {
    put(config, "aws_sqs_queue.work_dlq", {
      redrive_policy: redrive("last", given.last.receives),
      visibility_timeout_seconds: given.last.visibility,
    });
    parts.push(
      net("last", { name: name("last"), fifo_queue: given.fifo, message_retention_seconds: given.last.retention }),
    );
  }
  if (given.second !== null) {
    put(config, "aws_sqs_queue_redrive_allow_policy.work", {
      redrive_allow_policy: encoded({ redrivePermission: "allowAll" }),
    });
    const {
      event_source_arn: _own,
      batch_size: _batch,
      maximum_batching_window_in_seconds: _window,
      ...settings
    } = body(config, "aws_lambda_event_source_mapping.work");
    parts.push({
      resource: {
        aws_sqs_queue: {
          other: {
            name: name("other"),
            fifo_queue: given.fifo,
            visibility_timeout_seconds: given.second.visibility,
            redrive_policy: redrive("work_dlq", 5),
          },
        },
        aws_lambda_event_source_mapping: {
          other: {
            ...settings,
            event_source_arn: ref("aws_sqs_queue.other.arn"),
            scaling_config: given.second.maximum === null ? [] : [{ maximum_concurrency: given.second.maximum }],
          },
        },
      },
      data: {},
    });
  }
  return all(...parts);
}

interface StreamFigures {
  readonly table: boolean;
  readonly timeout: number;
  readonly retries: number | null;
  readonly age: number | null;
  readonly window: number | null;
  readonly batch: number;
  readonly bisect: boolean;
  readonly factor: number;
  readonly hours: number;
  readonly shards: number;
  readonly reserved: number | null;
}

const streamFigures: Arbitrary<StreamFigures> = record({
  table: boolean(),
  timeout: figure(1, 900),
  retries: optional(oneof(constant(-1), figure(0, 10_000, 5))),
  age: optional(oneof(constant(-1), figure(60, 604_800, 86_400))),
  window: optional(figure(0, 300)),
  batch: figure(1, 10_000),
  bisect: boolean(),
  factor: figure(1, 10),
  hours: figure(24, 8760),
  shards: figure(1, 100),
  reserved: optional(figure(1, 900)),
});

function streamOf(given: StreamFigures): Config {
  const config = given.table ? tablePath() : streamPath();
  const [mapping, fn] = given.table ? ["orders", "projector"] : ["clicks", "clicker"];
  put(config, `aws_lambda_event_source_mapping.${mapping}`, {
    maximum_retry_attempts: given.retries ?? -1,
    maximum_record_age_in_seconds: given.age ?? -1,
    maximum_batching_window_in_seconds: given.window,
    batch_size: given.batch,
    bisect_batch_on_function_error: given.bisect,
    parallelization_factor: given.factor,
  });
  put(config, `aws_lambda_function.${fn}`, { timeout: given.timeout, reserved_concurrent_executions: given.reserved });
  if (!given.table)
    put(config, "aws_kinesis_stream.clicks", { retention_period: given.hours, shard_count: given.shards });
  return config;
}

interface EventFigures {
  readonly retries: number;
  readonly age: number;
  readonly reserved: number | null;
  readonly attempts: number | null;
  readonly targetAge: number | null;
  readonly kept: number;
  readonly scheduled: boolean;
}

const eventFigures: Arbitrary<EventFigures> = record({
  retries: figure(0, 2),
  age: figure(60, 21_600),
  reserved: optional(figure(0, 20)),
  attempts: optional(figure(0, 185)),
  targetAge: optional(figure(1, 86_400, 60)),
  kept: figure(60, 1_209_600),
  scheduled: boolean(),
});

function eventOf(given: EventFigures): Config {
  const config = given.scheduled ? schedulePath() : eventPath();
  const fn = given.scheduled ? "nightly" : "mailer";
  put(config, `aws_lambda_function.${fn}`, { reserved_concurrent_executions: given.reserved });
  put(config, `aws_lambda_function_event_invoke_config.${fn}`, {
    maximum_retry_attempts: given.retries,
    maximum_event_age_in_seconds: given.age,
  });
  put(config, `aws_sqs_queue.${fn}_failed`, { message_retention_seconds: given.kept });
  const policy = {
    ...(given.attempts === null ? {} : { maximum_retry_attempts: given.attempts }),
    ...(given.targetAge === null ? {} : { maximum_event_age_in_seconds: given.targetAge }),
  };
  if (given.scheduled) {
    const [target] = body(config, "aws_scheduler_schedule.nightly").target as Record<string, unknown>[];
    Object.assign(target ?? {}, { retry_policy: [policy] });
  } else put(config, "aws_cloudwatch_event_target.placed", { retry_policy: [policy] });
  return config;
}

interface World {
  readonly queues: readonly {
    readonly retention: number;
    readonly visibility: number;
    readonly receives: number;
    /** The queue that it redrives to, where it is another one. */
    readonly to: number | null;
    readonly fn: number | null;
    readonly maximum: number | null;
  }[];
  readonly streams: readonly { readonly shards: number; readonly fn: number }[];
  readonly reserved: readonly (number | null)[];
}

const worlds: Arbitrary<World> = record({
  queues: array(
    record({
      retention: constantFrom(60, 3600, 345_600, 518_400, 604_800, 1_209_600),
      visibility: constantFrom(30, 60, 3600, 43_200),
      receives: constantFrom(1, 3, 5, 10),
      to: optional(integer({ min: 0, max: 3 })),
      fn: optional(integer({ min: 0, max: 1 })),
      maximum: optional(constantFrom(2, 5, 10)),
    }),
    { minLength: 4, maxLength: 4 },
  ),
  streams: array(record({ shards: integer({ min: 1, max: 6 }), fn: integer({ min: 0, max: 1 }) }), { maxLength: 2 }),
  reserved: tuple(optional(integer({ min: 0, max: 20 })), optional(integer({ min: 0, max: 20 }))),
});

/** Queues that may follow each other as dead-letter queues, and streams, over two functions. */
function worldOf({ queues, streams, reserved }: World): Config {
  const fn = (index: number): string => ref(`aws_lambda_function.f${index}.arn`);
  const listed = (type: string, prefix: string, values: readonly Readonly<Record<string, Json>>[]): Config => ({
    resource: { [type]: Object.fromEntries(values.map((one, index) => [`${prefix}${index}`, one])) },
    data: {},
  });
  const mappings = Object.fromEntries([
    ...queues.flatMap(({ fn: to, maximum }, index) =>
      to === null
        ? []
        : [
            [
              `q${index}`,
              {
                event_source_arn: ref(`aws_sqs_queue.q${index}.arn`),
                function_name: fn(to),
                function_response_types: ["ReportBatchItemFailures"],
                scaling_config: maximum === null ? [] : [{ maximum_concurrency: maximum }],
              },
            ],
          ],
    ),
    ...streams.map(({ fn: to }, index) => [
      `s${index}`,
      {
        ...body(streamPath(), "aws_lambda_event_source_mapping.clicks"),
        event_source_arn: ref(`aws_kinesis_stream.s${index}.arn`),
        function_name: fn(to),
      },
    ]),
  ]) as Config["resource"][string];
  return all(
    ...reserved.map((concurrency, index) =>
      lambda(`f${index}`, [], concurrency === null ? {} : { reserved_concurrent_executions: concurrency }),
    ),
    listed(
      "aws_sqs_queue",
      "q",
      queues.map(({ retention, visibility, receives, to }, index) => ({
        name: `q${index}`,
        message_retention_seconds: retention,
        visibility_timeout_seconds: visibility,
        ...(to === null || to === index
          ? {}
          : {
              redrive_policy: encoded({
                deadLetterTargetArn: ref(`aws_sqs_queue.q${to}.arn`),
                maxReceiveCount: receives,
              }),
            }),
      })),
    ),
    listed(
      "aws_kinesis_stream",
      "s",
      streams.map(({ shards }, index) => ({ name: `s${index}`, shard_count: shards, retention_period: 48 })),
    ),
    {
      resource: { aws_lambda_event_source_mapping: mappings, aws_s3_bucket: { failures: { bucket: "failures" } } },
      data: {},
    },
  );
}

/** What goes wrong when the proposals for a configuration are made, each by itself. */
function wrong(config: Config): string[] {
  const findings = judged(config);
  return findings.flatMap((finding) => mended(config, findings, finding));
}

test.each([
  ["a queue", queueFigures.map(queueOf)],
  ["a stream", streamFigures.map(streamOf)],
  ["an event", eventFigures.map(eventOf)],
  ["many queues and streams", worlds.map(worldOf)],
] as const)("whatever the figures of %s, what is proposed mends it", (_name, configs) => {
  assert(
    property(configs, (config) => {
      expect(wrong(config)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
