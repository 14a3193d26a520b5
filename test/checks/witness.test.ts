/** Figures in a message or a proposal that no boundary shows: defaults, and what is offered instead. */
import {
  all,
  type Body,
  body,
  type Config,
  encoded,
  eventPath,
  net,
  queuePath,
  ref,
  remove,
  schedulePath,
  streamPath,
  tablePath,
} from "../support/configurations.ts";
import { found, made } from "../support/judged.ts";
import { clicks, invoke, mailer, mapping, resource, target, worker } from "../support/parts.ts";

function withoutNets(more: Body = {}): Config {
  const config = made(eventPath, { [invoke]: more });
  delete body(config, invoke).destination_config;
  return config;
}

test("H27 says after how many tries, and after how long", () => {
  expect(found(withoutNets({ maximum_retry_attempts: 0 }), "H27")[0]?.message).toContain("after 1 try or 3600 s");
  expect(found(withoutNets({ maximum_retry_attempts: 1 }), "H27")[0]?.message).toContain("after 2 tries or 3600 s");
  const unset = withoutNets();
  remove(unset, invoke);
  expect(found(unset, "H27")[0]?.message).toContain("after 3 tries or 21600 s");
  // Settings are looked up under the qualifier that is invoked.
  const alias = made(
    eventPath,
    { [target]: { arn: ref("aws_lambda_alias.live.arn") } },
    resource("aws_lambda_alias", "live", {
      name: "live",
      function_name: ref(`${mailer}.function_name`),
      function_version: "1",
    }),
  );
  expect(found(alias, "H27")[0]?.message).toContain("after 3 tries or 21600 s");
  expect(found(withoutNets({ maximum_retry_attempts: ref("var.tries") }), "H27")[0]?.message).toContain("once their");
});

test("H90: on-success records that somebody reads", () => {
  const config = made(
    eventPath,
    { [invoke]: { destination_config: [{ on_success: [{ destination: ref("aws_sqs_queue.done.arn") }] }] } },
    resource("aws_sqs_queue", "done", { name: "done" }),
  );
  expect(found(config, "H90")).toHaveLength(1);
  const reader = { event_source_arn: ref("aws_sqs_queue.done.arn"), function_name: ref(`${mailer}.arn`) };
  expect(found(all(config, resource("aws_lambda_event_source_mapping", "done", reader)), "H90")).toEqual([]);
});

test("no maximum concurrency that AWS refuses is proposed", () => {
  const two = (reserved: number, each: number): Config => {
    const config = made(queuePath, {
      [worker]: { reserved_concurrent_executions: reserved },
      [mapping]: { scaling_config: [{ maximum_concurrency: each }] },
    });
    return all(config, resource("aws_lambda_event_source_mapping", "second", { ...body(config, mapping) }));
  };
  expect(found(two(4, 3), "H13")[0]?.fix).toContain("maximum_concurrency = 2");
  expect(found(two(3, 2), "H13")[0]?.fix).toBe("reserved_concurrent_executions = 4");
  const one = (id: string, reserved: number, scaling: readonly Body[]): string | undefined =>
    found(
      made(queuePath, {
        [worker]: { reserved_concurrent_executions: reserved },
        [mapping]: { scaling_config: scaling },
      }),
      id,
    )[0]?.fix;
  expect(one("H12", 2, [{ maximum_concurrency: 3 }])).toContain("maximum_concurrency = 2");
  expect(one("H12", 1, [{ maximum_concurrency: 3 }])).toBe(`reserved_concurrent_executions = 3 in ${worker}`);
  expect(one("H4", 2, [])).toContain("maximum_concurrency = 2");
  expect(one("H4", 1, [])).toBe("reserved_concurrent_executions = 5");
  expect(one("H4", 0, [])).toBeUndefined();
});

/** Mappings of the worker: queues with their limit, null without one, and streams with their shards. */
function many(reserved: number, queues: readonly (number | null)[], shards: readonly number[] = []): Config {
  const config = made(queuePath, { [worker]: { reserved_concurrent_executions: reserved } });
  const { scaling_config: _none, ...unlimited } = body(config, mapping);
  remove(config, mapping);
  const limited = (limit: number | null): Body =>
    limit === null ? {} : { scaling_config: [{ maximum_concurrency: limit }] };
  return all(
    config,
    ...queues.flatMap((limit, index) => [
      resource("aws_sqs_queue", `q${index}`, { name: `q${index}`, visibility_timeout_seconds: 60 }),
      resource("aws_lambda_event_source_mapping", `q${index}`, {
        ...unlimited,
        ...limited(limit),
        event_source_arn: ref(`aws_sqs_queue.q${index}.arn`),
      }),
    ]),
    ...shards.flatMap((count, index) => [
      resource("aws_kinesis_stream", `s${index}`, { name: `s${index}`, shard_count: count }),
      resource("aws_lambda_event_source_mapping", `s${index}`, {
        function_name: ref(`${worker}.arn`),
        event_source_arn: ref(`aws_kinesis_stream.s${index}.arn`),
        starting_position: "TRIM_HORIZON",
      }),
    ]),
  );
}

test("H4 and H62 add up what the mappings of one function take", () => {
  const three = found(many(14, [null, null, null]), "H4");
  expect(three).toHaveLength(3);
  expect(three[0]?.message).toContain("begin with: 5 batches, beside 10 of its other mappings");
  expect(three[0]?.fix).toBe(
    "scaling_config { maximum_concurrency = 4 } in aws_lambda_event_source_mapping.q0, or reserved_concurrent_executions = 15",
  );
  expect(found(many(15, [null, null, null]), "H4")).toEqual([]);
  expect(found(many(14, [10, null]), "H4")[0]?.fix).toContain("reserved_concurrent_executions = 15");
  expect(found(many(15, [10, null]), "H4")).toEqual([]);
  const streams = found(many(4, [], [2, 3]), "H62");
  expect(streams).toHaveLength(2);
  expect(streams[0]?.message).toContain("= 2 batches at once, beside 3 of its other mappings");
  expect(found(many(5, [], [2, 3]), "H62")).toEqual([]);
  // What serves the stream must serve the queues too, or H13 takes the place of H12.
  expect(found(many(4, [5, 2], [5]), "H62")[0]?.fix).toContain("reserved_concurrent_executions = 12");
  expect(found(many(4, [3, 2], [1]), "H13")[0]?.fix).toContain("reserved_concurrent_executions = 6");
  // Queues and streams share what is reserved.
  const both = many(8, [null], [4]);
  expect(found(both, "H4").map(({ message, fix }) => [message, fix])).toEqual([
    [
      expect.stringContaining("begin with: 5 batches, beside 4 of its other mappings"),
      "scaling_config { maximum_concurrency = 4 } in aws_lambda_event_source_mapping.q0, or reserved_concurrent_executions = 9",
    ],
  ]);
  expect(found(both, "H62")[0]?.message).toContain("= 4 batches at once, beside 5 of its other mappings");
  expect(found(many(8, [5], [4]), "H62")[0]?.fix).toContain("reserved_concurrent_executions = 9");
  for (const id of ["H4", "H12", "H13", "H62"]) {
    expect(found(many(9, [null], [4]), id)).toEqual([]);
    expect(found(many(9, [5], [4]), id)).toEqual([]);
  }
  const off = many(9, [null, null]);
  Object.assign(body(off, "aws_lambda_event_source_mapping.q1"), { enabled: false });
  expect(found(off, "H4")).toEqual([]);
});

test("H42 and H76: which net is there", () => {
  const letter = { dead_letter_config: [{ target_arn: ref("aws_sqs_queue.mailer_failed.arn") }] };
  const noNetAtTarget = made(() => withoutNets(), { [mailer]: letter });
  delete body(noNetAtTarget, target).dead_letter_config;
  expect(found(noNetAtTarget, "H42")).toHaveLength(1);
  expect(found(noNetAtTarget, "H76")).toEqual([]);
  // Under a qualifier that is not known, a function without any net has none there either.
  const somewhere = { [target]: { arn: `${ref(`${mailer}.arn`)}:${ref("var.qualifier")}` } };
  expect(
    found(
      made(() => withoutNets(), somewhere),
      "H42",
    ).length,
  ).toBe(1);
  expect(found(made(eventPath, somewhere), "H42")).toEqual([]);
  expect(found(made(eventPath, somewhere), "H27")).toEqual([]);
});

test("H43 and H93 propose AWS's defaults", () => {
  const policy = (values: Body): Config => made(eventPath, { [target]: { retry_policy: [values] } });
  expect(found(policy({ maximum_event_age_in_seconds: 60, maximum_retry_attempts: 0 }), "H43")[0]?.fix).toBe(
    "retry_policy { maximum_retry_attempts = 185 } and retry_policy { maximum_event_age_in_seconds = 86400 }",
  );
  expect(found(policy({ maximum_event_age_in_seconds: 60, maximum_retry_attempts: 7 }), "H43")[0]?.fix).toBe(
    "retry_policy { maximum_retry_attempts = 7 } and retry_policy { maximum_event_age_in_seconds = 86400 }",
  );
  expect(found(policy({ maximum_event_age_in_seconds: 30 }), "H93")[0]?.fix).toContain("= 86400");
  expect(found(policy({ maximum_event_age_in_seconds: 86_401 }), "H93")[0]?.fix).toContain("= 86400");
  const batch = (base: () => Config, address: string): string | undefined =>
    found(made(base, { [address]: { batch_size: -1 } }), "H93")[0]?.fix;
  expect(batch(queuePath, mapping)).toBe("batch_size = 10");
  expect(batch(streamPath, clicks)).toBe("batch_size = 100");
  expect(found(made(streamPath, { [clicks]: { maximum_batching_window_in_seconds: -1 } }), "H93")[0]?.fix).toBe(
    "maximum_batching_window_in_seconds = 0",
  );
});

test("H43 and H93: a target's retry policy with one figure is sent with 0 as the other", () => {
  const policy = (values: Body): Config => made(eventPath, { [target]: { retry_policy: [values] } });
  const both = (attempts: number, age: number): string =>
    `retry_policy { maximum_retry_attempts = ${attempts} } and retry_policy { maximum_event_age_in_seconds = ${age} }`;
  const ageOnly = policy({ maximum_event_age_in_seconds: 3600 });
  expect(found(ageOnly, "H43")[0]?.message).toContain("maximum_retry_attempts is not set in retry_policy");
  expect(found(ageOnly, "H43")[0]?.fix).toBe(both(185, 3600));
  expect(found(ageOnly, "H93")).toEqual([]);
  const attemptsOnly = policy({ maximum_retry_attempts: 10 });
  expect(found(attemptsOnly, "H93")[0]?.message).toContain("maximum_event_age_in_seconds 0 (it is not set");
  expect(found(attemptsOnly, "H93")[0]?.fix).toBe(both(10, 86_400));
  expect(found(attemptsOnly, "H43")).toEqual([]);
  expect(found(policy({ maximum_retry_attempts: 0 }), "H43")[0]?.fix).toBe(both(185, 86_400));
  expect(found(policy({ maximum_event_age_in_seconds: 60 }), "H43")[0]?.fix).toBe(both(185, 86_400));
  expect(found(policy({}), "H93")[0]?.fix).toBe(both(185, 86_400));
  // What is not known is left as it is written.
  const unknown = policy({ maximum_retry_attempts: 0, maximum_event_age_in_seconds: ref("var.age") });
  expect(found(unknown, "H43")[0]?.fix).toBe("retry_policy { maximum_retry_attempts = 185 }");
  // A state writes the 0 itself.
  expect(found(policy({ maximum_retry_attempts: 0, maximum_event_age_in_seconds: 3600 }), "H43")).toHaveLength(1);
  // Without the block, AWS's defaults; a schedule's block has them in the provider.
  expect(["H43", "H93"].flatMap((id) => found(eventPath(), id))).toEqual([]);
  const schedule = (values: Body): Config => {
    const config = schedulePath();
    const at = body(config, "aws_scheduler_schedule.nightly");
    at.target = [{ ...(at.target as readonly Body[])[0], retry_policy: [values] }];
    return config;
  };
  for (const values of [{ maximum_event_age_in_seconds: 3600 }, { maximum_retry_attempts: 10 }])
    expect(["H43", "H93"].flatMap((id) => found(schedule(values), id))).toEqual([]);
});

test("retentions leave each dead-letter queue a longer one", () => {
  const redrive = (to: string, count: number): Body => ({
    redrive_policy: encoded({ deadLetterTargetArn: ref(`aws_sqs_queue.${to}.arn`), maxReceiveCount: count }),
  });
  const chain = made(
    queuePath,
    { "aws_sqs_queue.work_dlq": { message_retention_seconds: 345_601, ...redrive("last", 10) } },
    net("last"),
  );
  expect(found(chain, "H50").find(({ address }) => address === "aws_sqs_queue.work_dlq")?.fix).toBe(
    "message_retention_seconds = 604800",
  );
  const longest = made(queuePath, { "aws_sqs_queue.work": { message_retention_seconds: 1_209_600 } });
  expect(found(longest, "H10")[0]?.fix).toBe("message_retention_seconds = 604800 in aws_sqs_queue.work");
  Object.assign(body(chain, "aws_sqs_queue.work"), { message_retention_seconds: 1_209_600 });
  expect(found(chain, "H10")[0]?.fix).toBe(
    "message_retention_seconds = 604800 and message_retention_seconds = 518400 in aws_sqs_queue.work",
  );
  // A net that nothing consumes keeps its messages for a week at least.
  const followed = all(chain, net("first"));
  Object.assign(body(followed, "aws_sqs_queue.first"), redrive("work", 3));
  expect(found(followed, "H10").find(({ address }) => address === "aws_sqs_queue.work_dlq")?.changes).not.toEqual([]);
  Object.assign(body(followed, "aws_sqs_queue.work_dlq"), {
    message_retention_seconds: 1_209_600,
    ...redrive("last", 10),
  });
  Object.assign(body(followed, "aws_sqs_queue.last"), redrive("beyond", 20));
  const deep = all(followed, net("beyond"));
  expect(found(deep, "H10").find(({ address }) => address === "aws_sqs_queue.last")).toMatchObject({
    fix: "a dead-letter queue of its own, with a longer retention",
    changes: [],
  });
  const round = made(queuePath, {
    "aws_sqs_queue.work_dlq": { message_retention_seconds: 60, ...redrive("work", 10) },
  });
  expect(found(round, "H10").every(({ changes }) => changes.length === 0)).toBe(true);
});

test("what is proposed for a queue changes no more than it must", () => {
  const work = (values: Body, letters: Body = {}): Config =>
    made(queuePath, { "aws_sqs_queue.work": values, "aws_sqs_queue.work_dlq": letters });
  const exact = { visibility_timeout_seconds: 59, message_retention_seconds: 300 };
  expect(found(work(exact), "H2")[0]?.fix).toBe("visibility_timeout_seconds = 60");
  const short = { message_retention_seconds: 345_600 };
  expect(found(work({ visibility_timeout_seconds: 30 }, short), "H2")[0]?.fix).toBe("visibility_timeout_seconds = 60");
  expect(found(work({ message_retention_seconds: 240 }, { message_retention_seconds: 600 }), "H11")[0]?.fix).toBe(
    "message_retention_seconds = 600 and message_retention_seconds = 1209600 in aws_sqs_queue.work_dlq",
  );
});

test("H71 proposes as many receives as SQS takes, and keeps what a consumer needs", () => {
  const redrive = (to: string, count: number): Body => ({
    redrive_policy: encoded({ deadLetterTargetArn: ref(`aws_sqs_queue.${to}.arn`), maxReceiveCount: count }),
  });
  const chain = (own: number, ...more: readonly Config[]): string | undefined =>
    found(
      made(
        queuePath,
        { "aws_sqs_queue.work": redrive("work_dlq", own), "aws_sqs_queue.work_dlq": redrive("last", 5) },
        net("last"),
        ...more,
      ),
      "H71",
    )[0]?.fix;
  expect(chain(995)).toBe("maxReceiveCount = 1000, or no redrive_policy");
  expect(chain(996)).toBe("no redrive_policy");
  const drain = { event_source_arn: ref("aws_sqs_queue.work_dlq.arn"), function_name: ref(`${worker}.arn`) };
  const consumer = resource("aws_lambda_event_source_mapping", "drain", drain);
  expect(chain(5, consumer)).toBe("maxReceiveCount = 10");
  expect(chain(996, consumer)).toBe("a maxReceiveCount of aws_sqs_queue.work below 5");
});

test("what is proposed for a stream fits its retention and its function", () => {
  const fix = (id: string, base: () => Config, values: Readonly<Record<string, Body>>): string | undefined =>
    found(made(base, values), id)[0]?.fix;
  const unlimited = { maximum_retry_attempts: -1, maximum_record_age_in_seconds: -1 };
  const recommended = "maximum_retry_attempts = 5 and maximum_record_age_in_seconds = 43200";
  const orders = "aws_lambda_event_source_mapping.orders";
  expect(fix("H51", tablePath, { [orders]: unlimited })).toBe(recommended);
  const outside = { event_source_arn: "arn:aws:kinesis:eu-west-1:111122223333:stream/theirs" };
  expect(fix("H51", streamPath, { [clicks]: { ...unlimited, ...outside } })).toBe(recommended);
  const slow = { "aws_lambda_function.clicker": { timeout: 120 } };
  const short = { maximum_retry_attempts: -1, maximum_record_age_in_seconds: 60 };
  expect(fix("H52", streamPath, { ...slow, [clicks]: short })).toBe(
    "maximum_retry_attempts = 1 and maximum_record_age_in_seconds = 241",
  );
  const longest = {
    "aws_kinesis_stream.clicks": { retention_period: 8760 },
    "aws_lambda_function.clicker": { timeout: 112 },
    [clicks]: { maximum_retry_attempts: 2610, maximum_record_age_in_seconds: 604_799 },
  };
  expect(fix("H59", streamPath, longest)).toContain("maximum_record_age_in_seconds = 604800");
});

test("H24: an alarm on the mapping's own count will do; H79: streams' destinations are none of a queue's", () => {
  const config = queuePath();
  const age = body(config, "aws_cloudwatch_metric_alarm.work_age");
  Object.assign(age, {
    namespace: "AWS/Lambda",
    metric_name: "FailedInvokeEventCount",
    dimensions: { EventSourceMappingUUID: ref(`${mapping}.uuid`) },
  });
  expect(found(config, "H24")).toEqual([]);
  Object.assign(age, { metric_name: "PolledEventCount" });
  expect(found(config, "H24")).toHaveLength(1);
  const onFailure = [{ on_failure: [{ destination_arn: ref("aws_sqs_queue.work_dlq.arn") }] }];
  expect(found(made(queuePath, { [mapping]: { destination_config: onFailure } }), "H79")[0]?.message).toContain(
    "destination_config: for streams only",
  );
});

test("H59 proposes no retries only where no record age would do, and no age that the stream does not keep", () => {
  const fix = (timeout: number, retries: number, age: number): string | undefined =>
    found(
      made(streamPath, {
        "aws_kinesis_stream.clicks": { retention_period: 24 },
        "aws_lambda_function.clicker": { timeout },
        [clicks]: { maximum_retry_attempts: retries, maximum_record_age_in_seconds: age },
      }),
      "H59",
    )[0]?.fix;
  expect(fix(120, 5, 60)).toBe("maximum_record_age_in_seconds = 736");
  expect(fix(900, 10_000, 60)).toBe("maximum_retry_attempts = 0");
  // 487 retries of a minute less a second take a day to the second, and the stream keeps no more.
  expect(fix(59, 487, 43_200)).toMatch(/^maximum_retry_attempts = \d+$/);
  expect(fix(59, 486, 43_200)).toMatch(/, or maximum_record_age_in_seconds = 86221$/);
});

test("H50: what is consumed need not wait for anybody", () => {
  const config = made(eventPath, { "aws_sqs_queue.mailer_failed": { message_retention_seconds: 3600 } });
  expect(found(config, "H50")).toHaveLength(1);
  const reader = { event_source_arn: ref("aws_sqs_queue.mailer_failed.arn"), function_name: ref(`${mailer}.arn`) };
  expect(found(all(config, resource("aws_lambda_event_source_mapping", "again", reader)), "H50")).toEqual([]);
});
