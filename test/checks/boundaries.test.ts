/** The figures of the rules, from both sides: the last value that is right and the first that is wrong. */
import { check } from "../../checks/check.ts";
import {
  all,
  type Body,
  body,
  type Config,
  encoded,
  eventPath,
  type Json,
  net,
  queuePath,
  ref,
  schedulePath,
  streamPath,
  tablePath,
} from "../support/configurations.ts";
import { graph, judged } from "../support/judged.ts";
import {
  clicker,
  clicks,
  dlq,
  invoke,
  mailer,
  mapping,
  orders,
  stream,
  target,
  work,
  worker,
} from "../support/parts.ts";

interface Row {
  readonly id: string;
  readonly attribute: string;
  /** The last value without a finding. */
  readonly good: number;
  /** The first value with one. */
  readonly bad: number;
  /** Part of the message. */
  readonly says: string;
  /** A value may be a reference to something that is not known. */
  readonly of: (value: Json) => Config;
}

function redrive(count: Json, to = "work_dlq"): Body {
  return { redrive_policy: encoded({ deadLetterTargetArn: ref(`aws_sqs_queue.${to}.arn`), maxReceiveCount: count }) };
}

/** A configuration with values set at several addresses; null takes an attribute away. */
function changed(base: () => Config, values: Readonly<Record<string, Body>>): Config {
  const config = base();
  for (const [address, attributes] of Object.entries(values)) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) delete body(config, address)[name];
      else body(config, address)[name] = value;
    }
  }
  return config;
}

function fifoPath(values: Body): Config {
  return changed(queuePath, {
    [work]: { name: "work.fifo", fifo_queue: true },
    [dlq]: { name: "dlq.fifo", fifo_queue: true },
    [mapping]: { scaling_config: null, ...values },
  });
}

/** A second queue of the worker, beside the first. */
function twoQueues(reserved: Json): Config {
  const config = changed(queuePath, { [worker]: { reserved_concurrent_executions: reserved } });
  const other = { name: "other", visibility_timeout_seconds: 60, ...redrive(5) };
  const second = { ...body(config, mapping), event_source_arn: ref("aws_sqs_queue.other.arn") };
  return all(config, {
    resource: { aws_sqs_queue: { other }, aws_lambda_event_source_mapping: { other: second } },
    data: {},
  });
}

/** As many copies of a resource as there should be of it in all. */
function copies(
  config: Config,
  type: string,
  name: string,
  many: number,
  own: (index: number) => Body = () => ({}),
): Config {
  const more = Array.from({ length: many - 1 }, (_, index) => [
    `more_${index}`,
    { ...body(config, `${type}.${name}`), ...own(index) },
  ]);
  return all(config, { resource: { [type]: Object.fromEntries(more) as Record<string, Body> }, data: {} });
}

const readersOf = (base: () => Config) => (many: Json) =>
  copies(base(), "aws_lambda_event_source_mapping", "orders", Number(many));
const globalTable = (): Config =>
  changed(tablePath, { "aws_dynamodb_table.orders": { replica: [{ region_name: "us-east-1" }] } });

const filters = (many: Json): Body => ({
  filter_criteria: [
    { filter: Array.from({ length: Number(many) }, (_, index) => ({ pattern: encoded({ data: { k: [index] } }) })) },
  ],
});

const onStream =
  (attribute: string, more: Body = {}) =>
  (value: Json): Config =>
    changed(streamPath, { [clicks]: { ...more, [attribute]: value } });

const queueCase =
  (address: string, attribute: string, more: Readonly<Record<string, Body>> = {}) =>
  (value: Json): Config =>
    changed(queuePath, { ...more, [address]: { ...more[address], [attribute]: value } });

const patient = { maximum_retry_attempts: 185, maximum_event_age_in_seconds: 86_400 };
const retryPolicy = (name: string) => (value: Json) =>
  changed(eventPath, { [target]: { retry_policy: [{ ...patient, [name]: value }] } });

function scheduled(policy: Body): Config {
  const config = schedulePath();
  const schedule = body(config, "aws_scheduler_schedule.nightly");
  const [block] = schedule.target as readonly Body[];
  schedule.target = [{ ...block, retry_policy: [policy] }];
  return config;
}

const rows: readonly Row[] = [
  {
    id: "H1",
    attribute: "visibility",
    good: 10,
    bad: 9,
    says: "visibility timeout 9 s is below the timeout",
    of: queueCase(work, "visibility_timeout_seconds"),
  },
  {
    id: "H1",
    attribute: "timeout",
    good: 60,
    bad: 61,
    says: "aws_lambda_function.worker, 61 s",
    of: queueCase(worker, "timeout"),
  },
  {
    id: "H2",
    attribute: "visibility",
    good: 60,
    bad: 59,
    says: "59 s is below 6 × 10 s = 60 s",
    of: queueCase(work, "visibility_timeout_seconds"),
  },
  {
    id: "H2",
    attribute: "visibility, down to the timeout",
    good: 60,
    bad: 10,
    says: "10 s is below",
    of: queueCase(work, "visibility_timeout_seconds"),
  },
  {
    id: "H2",
    attribute: "window",
    good: 0,
    bad: 1,
    says: "6 × 10 s + 1 s = 61 s",
    of: queueCase(mapping, "maximum_batching_window_in_seconds"),
  },
  {
    id: "H3",
    attribute: "receives",
    good: 5,
    bad: 4,
    says: "maxReceiveCount 4",
    of: (value) => changed(queuePath, { [work]: redrive(value) }),
  },
  {
    id: "H3",
    attribute: "receives",
    good: 5,
    bad: 1,
    says: "one throttle or crash",
    of: (value) => changed(queuePath, { [work]: redrive(value) }),
  },
  {
    id: "H4",
    attribute: "reserved",
    good: 5,
    bad: 4,
    says: "reserved concurrency 4",
    of: queueCase(worker, "reserved_concurrent_executions", { [mapping]: { scaling_config: null } }),
  },
  {
    id: "H5",
    attribute: "window",
    good: 50,
    bad: 51,
    says: "51 s + timeout 10 s = 61 s exceeds the visibility timeout 60 s: Lambda uses 91 s",
    of: queueCase(mapping, "maximum_batching_window_in_seconds"),
  },
  {
    id: "H5",
    attribute: "window, below the timeout",
    good: 0,
    bad: 1,
    says: "1 s + timeout 10 s",
    of: queueCase(mapping, "maximum_batching_window_in_seconds", { [work]: { visibility_timeout_seconds: 9 } }),
  },
  {
    id: "H10",
    attribute: "retention",
    good: 345_601,
    bad: 345_600,
    says: "retention 345600 s (4 d) is not above",
    of: queueCase(dlq, "message_retention_seconds"),
  },
  {
    id: "H11",
    attribute: "retention",
    good: 300,
    bad: 299,
    says: "5 × visibility timeout 60 s = 300 s exceeds the retention 299 s",
    of: queueCase(work, "message_retention_seconds"),
  },
  {
    id: "H12",
    attribute: "maximum",
    good: 5,
    bad: 6,
    says: "maximum_concurrency 6 is above",
    of: (value) =>
      changed(queuePath, {
        [worker]: { reserved_concurrent_executions: 5 },
        [mapping]: { scaling_config: [{ maximum_concurrency: value }] },
      }),
  },
  {
    id: "H12",
    attribute: "reserved",
    good: 10,
    bad: 1,
    says: "aws_lambda_function.worker, 1",
    of: queueCase(worker, "reserved_concurrent_executions"),
  },
  {
    id: "H13",
    attribute: "reserved",
    good: 20,
    bad: 19,
    says: "10 + 10 = 20, above its reserved concurrency 19",
    of: twoQueues,
  },
  {
    id: "H13",
    attribute: "reserved, down to each one's own",
    good: 9,
    bad: 10,
    says: "above its reserved concurrency 10",
    of: twoQueues,
  },
  {
    id: "H16",
    attribute: "batch size",
    good: 10,
    bad: 11,
    says: "batch_size 11 without",
    of: queueCase(mapping, "batch_size"),
  },
  {
    id: "H16",
    attribute: "window",
    good: 1,
    bad: 0,
    says: "batch_size 11 without",
    of: queueCase(mapping, "maximum_batching_window_in_seconds", { [mapping]: { batch_size: 11 } }),
  },
  {
    id: "H16",
    attribute: "batch size of a FIFO queue",
    good: 10,
    bad: 11,
    says: "batch_size 11 on a FIFO queue",
    of: (value) => fifoPath({ batch_size: value }),
  },
  {
    id: "H16",
    attribute: "window of a FIFO queue",
    good: 0,
    bad: 1,
    says: "window of 1 s on a FIFO queue",
    of: (value) => fifoPath({ maximum_batching_window_in_seconds: value }),
  },
  {
    id: "H26",
    attribute: "reserved",
    good: 1,
    bad: 0,
    says: "reserved concurrency 0",
    of: (value) => changed(eventPath, { [mailer]: { reserved_concurrent_executions: value } }),
  },
  {
    id: "H30",
    attribute: "age, two retries",
    good: 181,
    bad: 180,
    says: "age 180 s leaves time for 1 of 2 retries",
    of: (value) => changed(eventPath, { [invoke]: { maximum_event_age_in_seconds: value } }),
  },
  {
    id: "H30",
    attribute: "age, one retry",
    good: 61,
    bad: 60,
    says: "age 60 s leaves time for 0 of 1 retries: Lambda waits 60 s before",
    of: (value) => changed(eventPath, { [invoke]: { maximum_event_age_in_seconds: value, maximum_retry_attempts: 1 } }),
  },
  {
    id: "H30",
    attribute: "retries",
    good: 0,
    bad: 1,
    says: "0 of 1",
    of: (value) =>
      changed(eventPath, { [invoke]: { maximum_event_age_in_seconds: 60, maximum_retry_attempts: value } }),
  },
  {
    id: "H31",
    attribute: "age",
    good: 900,
    bad: 899,
    says: "age of 899 s",
    of: (value) =>
      changed(eventPath, {
        [mailer]: { reserved_concurrent_executions: 2 },
        [invoke]: { maximum_event_age_in_seconds: value },
      }),
  },
  {
    id: "H31",
    attribute: "reserved",
    good: 6,
    bad: 5,
    says: "reserved concurrency 5",
    of: (value) =>
      changed(eventPath, {
        [mailer]: { reserved_concurrent_executions: value },
        [invoke]: { maximum_event_age_in_seconds: 600 },
      }),
  },
  {
    id: "H31",
    attribute: "reserved, down to 1",
    good: 0,
    bad: 1,
    says: "reserved concurrency 1",
    of: (value) =>
      changed(eventPath, {
        [mailer]: { reserved_concurrent_executions: value },
        [invoke]: { maximum_event_age_in_seconds: 600 },
      }),
  },
  {
    id: "H43",
    attribute: "attempts",
    good: 1,
    bad: 0,
    says: "maximum_retry_attempts 0:",
    of: retryPolicy("maximum_retry_attempts"),
  },
  {
    id: "H43",
    attribute: "age",
    good: 61,
    bad: 60,
    says: "maximum_event_age_in_seconds 60:",
    of: retryPolicy("maximum_event_age_in_seconds"),
  },
  {
    id: "H43",
    attribute: "age of a schedule",
    good: 61,
    bad: 60,
    says: "maximum_event_age_in_seconds 60:",
    of: (value) => scheduled({ maximum_event_age_in_seconds: value }),
  },
  {
    id: "H50",
    attribute: "retention",
    good: 604_800,
    bad: 604_799,
    says: "retention 604799 s (7 d) is shorter",
    of: (value) => changed(eventPath, { "aws_sqs_queue.mailer_failed": { message_retention_seconds: value } }),
  },
  {
    id: "H51",
    attribute: "retries",
    good: 0,
    bad: -1,
    says: "without limit",
    of: onStream("maximum_retry_attempts", { maximum_record_age_in_seconds: -1 }),
  },
  {
    id: "H51",
    attribute: "age",
    good: 60,
    bad: -1,
    says: "until it expires, 172800 s (2 d)",
    of: onStream("maximum_record_age_in_seconds", { maximum_retry_attempts: -1 }),
  },
  { id: "H52", attribute: "retries", good: 0, bad: -1, says: "43200 s (12 h)", of: onStream("maximum_retry_attempts") },
  {
    id: "H53",
    attribute: "age",
    good: 172_799,
    bad: 172_800,
    says: "172800 s (2 d) is not below",
    of: onStream("maximum_record_age_in_seconds"),
  },
  {
    id: "H53",
    attribute: "retention",
    good: 13,
    bad: 12,
    says: "retention 43200 s (12 h)",
    of: (value) => changed(streamPath, { [stream]: { retention_period: value } }),
  },
  {
    id: "H53",
    attribute: "age of a table's stream",
    good: 86_399,
    bad: 86_400,
    says: "86400 s (1 d)",
    of: (value) => changed(tablePath, { [orders]: { maximum_record_age_in_seconds: value } }),
  },
  {
    id: "H55",
    attribute: "hours",
    good: 72,
    bad: 71,
    says: "less than 72 h",
    of: (value) =>
      all(
        changed(streamPath, {
          [stream]: { retention_period: value },
          [clicks]: { destination_config: [{ on_failure: [{ destination_arn: ref("aws_sqs_queue.failed.arn") }] }] },
        }),
        net("failed"),
      ),
  },
  {
    id: "H57",
    attribute: "batch size",
    good: 2,
    bad: 1,
    says: "batch_size 1 cannot be split",
    of: onStream("batch_size"),
  },
  {
    id: "H57",
    attribute: "retries",
    good: 0,
    bad: -1,
    says: "retried without limit",
    of: onStream("maximum_retry_attempts", { maximum_record_age_in_seconds: -1 }),
  },
  {
    id: "H57",
    attribute: "age",
    good: 60,
    bad: -1,
    says: "retried without limit",
    of: onStream("maximum_record_age_in_seconds", { maximum_retry_attempts: -1 }),
  },
  {
    id: "H59",
    attribute: "age, five retries",
    good: 76,
    bad: 75,
    says: "(5 + 1) × 10 s and the waits between, 76 s: longer than the record age 75 s",
    of: onStream("maximum_record_age_in_seconds"),
  },
  {
    id: "H59",
    attribute: "age, eight retries",
    good: 218,
    bad: 217,
    says: "218 s: longer",
    of: onStream("maximum_record_age_in_seconds", { maximum_retry_attempts: 8 }),
  },
  {
    id: "H59",
    attribute: "age, nine retries",
    good: 348,
    bad: 347,
    says: "348 s: longer",
    of: onStream("maximum_record_age_in_seconds", { maximum_retry_attempts: 9 }),
  },
  {
    id: "H59",
    attribute: "retries",
    good: 0,
    bad: 1,
    says: "1 retries of a batch",
    of: (value) =>
      changed(streamPath, {
        [clicks]: { maximum_retry_attempts: value, maximum_record_age_in_seconds: 60 },
        [clicker]: { timeout: 120 },
      }),
  },
  {
    id: "H60",
    attribute: "window",
    good: 149,
    bad: 150,
    says: "wait up to 150 s for their batch, and their age is limited to 300 s",
    of: onStream("maximum_batching_window_in_seconds", { maximum_record_age_in_seconds: 300 }),
  },
  {
    id: "H60",
    attribute: "age",
    good: 301,
    bad: 300,
    says: "limited to 300 s",
    of: onStream("maximum_record_age_in_seconds", { maximum_batching_window_in_seconds: 150 }),
  },
  {
    id: "H62",
    attribute: "factor",
    good: 5,
    bad: 6,
    says: "2 shard(s) × parallelization factor 6 = 12",
    of: (value) =>
      changed(streamPath, {
        [clicks]: { parallelization_factor: value },
        [clicker]: { reserved_concurrent_executions: 10 },
      }),
  },
  {
    id: "H62",
    attribute: "reserved",
    good: 2,
    bad: 1,
    says: "aws_lambda_function.clicker, 1",
    of: (value) => changed(streamPath, { [clicker]: { reserved_concurrent_executions: value } }),
  },
  {
    id: "H62",
    attribute: "reserved, none at all",
    good: 0,
    bad: 1,
    says: "aws_lambda_function.clicker, 1",
    of: (value) => changed(streamPath, { [clicker]: { reserved_concurrent_executions: value } }),
  },
  {
    id: "H62",
    attribute: "shards",
    good: 10,
    bad: 11,
    says: "11 shard(s)",
    of: (value) =>
      changed(streamPath, { [stream]: { shard_count: value }, [clicker]: { reserved_concurrent_executions: 10 } }),
  },
  { id: "H64", attribute: "readers", good: 2, bad: 3, says: "3 readers", of: readersOf(tablePath) },
  {
    id: "H64",
    attribute: "readers of a global table",
    good: 1,
    bad: 2,
    says: "admits 1 for each shard of a global table",
    of: readersOf(globalTable),
  },
  {
    id: "H65",
    attribute: "tumbling window",
    good: 0,
    bad: 1,
    says: "tumbling window of 1 s",
    of: (value) =>
      changed(streamPath, {
        [clicks]: { tumbling_window_in_seconds: value },
        [stream]: { shard_count: null, stream_mode_details: [{ stream_mode: "ON_DEMAND" }] },
      }),
  },
  {
    id: "H71",
    attribute: "receives",
    good: 6,
    bad: 5,
    says: "the maxReceiveCount here is 5",
    of: (value) => all(changed(queuePath, { [dlq]: redrive(value, "last") }), net("last")),
  },
  {
    id: "H73",
    attribute: "batch size",
    good: 1,
    bad: 2,
    says: "batch_size 2 without",
    of: onStream("batch_size", { function_response_types: null }),
  },
  {
    id: "H74",
    attribute: "batch size",
    good: 1,
    bad: 2,
    says: "batch_size 2 without",
    of: queueCase(mapping, "batch_size", { [mapping]: { function_response_types: null } }),
  },
  {
    id: "H78",
    attribute: "age",
    good: 60,
    bad: -1,
    says: "5 retries bound",
    of: onStream("maximum_record_age_in_seconds"),
  },
  {
    id: "H78",
    attribute: "retries",
    good: -1,
    bad: 0,
    says: "0 retries bound",
    of: onStream("maximum_retry_attempts", { maximum_record_age_in_seconds: -1 }),
  },
  {
    id: "H79",
    attribute: "retries",
    good: 0,
    bad: 1,
    says: "maximum_retry_attempts: for streams only",
    of: queueCase(mapping, "maximum_retry_attempts"),
  },
  {
    id: "H79",
    attribute: "age",
    good: -1,
    bad: 60,
    says: "maximum_record_age_in_seconds: for streams only",
    of: queueCase(mapping, "maximum_record_age_in_seconds"),
  },
  {
    id: "H79",
    attribute: "factor",
    good: 1,
    bad: 2,
    says: "parallelization_factor: for",
    of: queueCase(mapping, "parallelization_factor"),
  },
  {
    id: "H79",
    attribute: "tumbling window",
    good: 0,
    bad: 1,
    says: "tumbling_window_in_seconds: for",
    of: queueCase(mapping, "tumbling_window_in_seconds"),
  },
  {
    id: "H80",
    attribute: "targets",
    good: 5,
    bad: 6,
    says: "6 targets, and 5",
    of: (many) =>
      copies(eventPath(), "aws_cloudwatch_event_target", "placed", Number(many), (index) => ({
        target_id: `t${index}`,
      })),
  },
  {
    id: "H82",
    attribute: "filters",
    good: 5,
    bad: 6,
    says: "6 filters: 5 are allowed by default, and 10 at most",
    of: (many) => changed(streamPath, { [clicks]: filters(many) }),
  },
  {
    id: "H85",
    attribute: "retries",
    good: 0,
    bad: -1,
    says: "nothing is ever given up",
    of: onStream("maximum_retry_attempts", { maximum_record_age_in_seconds: -1 }),
  },
  {
    id: "H85",
    attribute: "age",
    good: 60,
    bad: -1,
    says: "nothing is ever given up",
    of: onStream("maximum_record_age_in_seconds", { maximum_retry_attempts: -1 }),
  },
  {
    id: "H93",
    attribute: "window",
    good: 300,
    bad: 301,
    says: "301 is out of the range 0 to 300",
    of: onStream("maximum_batching_window_in_seconds"),
  },
  {
    id: "H93",
    attribute: "window, below",
    good: 0,
    bad: -1,
    says: "-1 is out of the range 0 to 300",
    of: onStream("maximum_batching_window_in_seconds"),
  },
  {
    id: "H93",
    attribute: "batch size",
    good: 10_000,
    bad: 10_001,
    says: "10001 is out of the range 1 to 10000",
    of: onStream("batch_size"),
  },
  {
    id: "H93",
    attribute: "batch size, below",
    good: 1,
    bad: -1,
    says: "-1 is out of the range 1 to 10000",
    of: onStream("batch_size"),
  },
  {
    id: "H93",
    attribute: "receives",
    good: 1000,
    bad: 1001,
    says: "1001 is out of the range 1 to 1000",
    of: (value) => changed(queuePath, { [work]: redrive(value) }),
  },
  {
    id: "H93",
    attribute: "receives, below",
    good: 1,
    bad: 0,
    says: "0 is out of the range 1 to 1000",
    of: (value) => changed(queuePath, { [work]: redrive(value) }),
  },
  {
    id: "H93",
    attribute: "age of a target, below",
    good: 60,
    bad: 59,
    says: "59 is out of the range 60 to 86400",
    of: retryPolicy("maximum_event_age_in_seconds"),
  },
  {
    id: "H93",
    attribute: "age of a target",
    good: 86_400,
    bad: 86_401,
    says: "86401 is out of the range 60 to 86400",
    of: retryPolicy("maximum_event_age_in_seconds"),
  },
];

const named = rows.map((row) => [`${row.id}, ${row.attribute}: ${row.good} is right, ${row.bad} is not`, row] as const);

test.each(named)("%s", (_name, { id, good, bad, says, of }) => {
  expect(judged(of(good)).filter((one) => one.id === id)).toEqual([]);
  const found = judged(of(bad)).filter((one) => one.id === id);
  expect(found.length).toBeGreaterThan(0);
  expect(found.map(({ message }) => message).join("\n")).toContain(says);
});

/** How many there are is no attribute that could be unknown. */
const attributes = rows.filter(({ attribute }) => !/^(?:readers|targets|filters)/.test(attribute));

test.each(attributes.map((row) => [`${row.id}, ${row.attribute}`, row] as const))(
  "a figure that is not known is not judged, but assumed: %s",
  (_name, { id, of }) => {
    const read = graph(of(ref("var.not_known")));
    expect(check(read).filter((one) => one.id === id)).toEqual([]);
    expect(read.assumptions.map(({ why }) => why)).toContain("not known before it is applied");
  },
);
