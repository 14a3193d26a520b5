/** What a rule must not say of configurations that look like what it is for, and what it must say of those beside. */
import { check, type Finding } from "../../checks/check.ts";
import type { Graph } from "../../topology/graph.ts";
import { pathsOf } from "../../topology/paths.ts";
import {
  admits,
  all,
  type Body,
  body,
  bucketPath,
  type Config,
  clockPath,
  encoded,
  eventPath,
  type Json,
  maySend,
  net,
  queuePath,
  ref,
  remove,
  schedulePath,
  streamPath,
  tablePath,
  topicPath,
} from "../support/configurations.ts";
import { graph, judged, made, named } from "../support/judged.ts";
import { arn, clicks, dlq, invoke, mailer, mapping, resource, rule, target, work } from "../support/parts.ts";

function allowing(config: Config, name: string, ...statements: readonly Body[]): Config {
  const document = body(config, `data.aws_iam_policy_document.${name}`);
  document.statement = [...(Array.isArray(document.statement) ? document.statement : []), ...statements];
  return config;
}

describe("H39: a rule for the results of the function that it triggers", () => {
  const results = (pattern: Json, kind: "on_success" | "on_failure" = "on_success", more: Body = {}): string[] =>
    named(
      made(eventPath, {
        [invoke]: { destination_config: [{ [kind]: [{ destination: ref("aws_cloudwatch_event_bus.shop.arn") }] }] },
        [rule]: { event_pattern: encoded(pattern), ...more },
      }),
      "H39",
    );

  test.each<[string, Json]>([
    ["the recorded source", { source: ["lambda"] }],
    ["the documented source", { source: ["aws.lambda"] }],
    ["a prefix of the type", { "detail-type": [{ prefix: "Lambda Function Invocation Result" }] }],
    ["any source but one", { source: [{ "anything-but": "shop" }] }],
    ["the account", { account: ["111122223333"] }],
    ["one branch of several", { $or: [{ source: ["shop"] }, { source: ["lambda"] }] }],
    ["what only the invocation tells", { source: ["lambda"], detail: { responsePayload: { again: [true] } } }],
    ["the condition", { detail: { requestContext: { condition: ["Success"] } } }],
  ])("matches by %s", (_name, pattern) => expect(results(pattern)).toEqual([rule]));

  test.each<[string, Json]>([
    ["another type", { "detail-type": ["OrderPlaced"] }],
    ["a prefix of sources", { source: [{ prefix: "shop." }] }],
    ["results that failed", { source: ["lambda"], "detail-type": ["Lambda Function Invocation Result - Failure"] }],
    ["another account", { source: ["lambda"], account: ["444455556666"] }],
    ["another condition", { source: ["lambda"], detail: { requestContext: { condition: ["RetriesExhausted"] } } }],
    ["a field that results have not", { detail: { orderId: [{ exists: true }] } }],
    ["a pattern that AWS refuses", { source: [{ suffix: 1 }] }],
  ])("does not match by %s", (_name, pattern) => expect(results(pattern)).toEqual([]));

  test("failures come with the on-failure destination", () => {
    const failures = { "detail-type": ["Lambda Function Invocation Result - Failure"] };
    expect(results(failures, "on_failure")).toEqual([rule]);
    expect(results(failures, "on_success")).toEqual([]);
  });

  test("a rule that is off triggers nothing", () => {
    expect(results({ source: ["lambda"] }, "on_success", { state: "DISABLED" })).toEqual([]);
  });
});

describe("H38 and H70: the spelling of Lambda's own events", () => {
  const found = (id: string, pattern: Json): string[] =>
    named(made(eventPath, { [rule]: { event_pattern: encoded(pattern) } }), id);

  test.each<[string, Json, string[]]>([
    ["H38", { source: ["aws.lambda"] }, [rule]],
    ["H38", { source: ["aws.lambda"], "detail-type": ["Lambda Function Invocation Result - Success"] }, [rule]],
    ["H38", { $or: [{ source: ["aws.lambda"] }, { source: ["shop"] }] }, [rule]],
    ["H38", { source: ["aws.lambda", "lambda"] }, []],
    ["H38", { source: [{ suffix: "lambda" }] }, []],
    ["H38", { source: ["aws.lambda"], "detail-type": ["AWS API Call via CloudTrail"] }, []],
    ["H38", { source: ["shop"], detail: { source: ["aws.lambda"] } }, []],
    ["H70", { source: ["lambda"], detail: { requestContext: { condition: ["RecordAgeExceeded"] } } }, [rule]],
    ["H70", { detail: { requestContext: { condition: ["Success", "RetryAttemptsExhausted"] } } }, [rule]],
    ["H70", { source: ["shop"], detail: { requestContext: { condition: ["RecordAgeExceeded"] } } }, []],
    ["H70", { source: ["shop"], detail: { condition: ["RecordAgeExceeded"] } }, []],
    ["H70", { source: ["lambda"], detail: { requestContext: { condition: ["EventAgeExceeded"] } } }, []],
  ])("%s of %j", (id, pattern, expected) => expect(found(id, pattern)).toEqual(expected));
});

describe("H86: an alarm that acts through a composite alarm", () => {
  const alarm = "aws_cloudwatch_metric_alarm.work_dlq_depth";
  const composite = (alarmRule: string, more: Body = {}): Config =>
    resource("aws_cloudwatch_composite_alarm", "all", {
      alarm_name: "all",
      alarm_rule: alarmRule,
      alarm_actions: [arn("sns", "incidents")],
      ...more,
    });
  const found = (...composites: readonly Config[]): string[] => {
    const config = queuePath();
    delete body(config, alarm).alarm_actions;
    return named(all(config, ...composites), "H86");
  };

  test.each([
    ["its name", 'ALARM("work_dlq-depth") OR ALARM("other")'],
    ["its name without quotes", "ALARM(work_dlq-depth)"],
    ["its ARN", `ALARM("${arn("cloudwatch", "alarm:work_dlq-depth")}")`],
    ["a reference to its name", `ALARM("${ref(`${alarm}.alarm_name`)}")`],
    ["a reference to its ARN", `ALARM("${ref(`${alarm}.arn`)}")`],
    ["not being well", 'NOT OK("work_dlq-depth")'],
    ["a rule that is not known", ref("var.rule")],
  ])("tells somebody by %s", (_name, alarmRule) => expect(found(composite(alarmRule))).toEqual([]));

  test.each([
    ["names another", 'ALARM("work_dlq")'],
    ["waits until it is well", 'OK("work_dlq-depth")'],
    ["is held back by it", 'ALARM("other") AND NOT ALARM("work_dlq-depth")'],
  ])("tells nobody where the composite alarm %s", (_name, alarmRule) =>
    expect(found(composite(alarmRule))).toEqual([alarm]),
  );

  test("tells nobody where the composite alarm does not", () => {
    expect(found(composite("ALARM(work_dlq-depth)", { alarm_actions: [] }))).toEqual([alarm]);
  });

  test("tells somebody over two of them", () => {
    const inner = composite("ALARM(work_dlq-depth)", { alarm_actions: [] });
    const outer = resource("aws_cloudwatch_composite_alarm", "outer", {
      alarm_name: "outer",
      alarm_rule: "ALARM(all)",
      alarm_actions: [arn("sns", "incidents")],
    });
    expect(found(inner, outer)).toEqual([]);
  });

  test("two that name each other come to an end", () => {
    const one = composite("ALARM(work_dlq-depth) OR ALARM(outer)", { alarm_actions: [] });
    const two = resource("aws_cloudwatch_composite_alarm", "outer", { alarm_name: "outer", alarm_rule: "ALARM(all)" });
    expect(found(one, two)).toEqual([alarm]);
  });
});

describe("what stands outside the configuration is judged by its ARN", () => {
  const streamTo = (destination: string): string[] =>
    named(
      made(streamPath, { [clicks]: { destination_config: [{ on_failure: [{ destination_arn: destination }] }] } }),
      "H56",
    );
  test.each([
    [arn("sqs", "failed.fifo"), [clicks]],
    [arn("sns", "failed.fifo"), [clicks]],
    [arn("lambda", "function:failed"), [clicks]],
    [arn("events", "event-bus/failed"), [clicks]],
    [arn("kinesis", "stream/failed"), [clicks]],
    [arn("dynamodb", "table/failed"), [clicks]],
    [arn("sqs", "failed"), []],
    [arn("sns", "failed"), []],
    ["arn:aws:s3:::failed", []],
    [ref("var.somewhere"), []],
  ])("H56 of a stream's failures to %s", (destination, expected) => expect(streamTo(destination)).toEqual(expected));

  const letters = (to: string, own: Body = {}): string[] =>
    named(
      made(queuePath, { [work]: { redrive_policy: encoded({ deadLetterTargetArn: to, maxReceiveCount: 5 }), ...own } }),
      "H7",
    );
  const fifo = { name: "work.fifo", fifo_queue: true };
  test("H7 of a dead-letter queue of the other type", () => {
    expect(letters(arn("sqs", "dlq.fifo"))).toEqual([work]);
    expect(letters(arn("sqs", "dlq"), fifo)).toEqual([work]);
    expect(letters(arn("sqs", "dlq"))).toEqual([]);
    expect(letters(arn("sqs", "dlq.fifo"), fifo)).toEqual([]);
    expect(letters(arn("sqs", "dlq"), { name: "work", fifo_queue: ref("var.fifo") })).toEqual([]);
  });

  const functionTo = (id: string, destination: string, kind: "on_failure" | "on_success" = "on_failure"): string[] =>
    named(made(eventPath, { [invoke]: { destination_config: [{ [kind]: [{ destination }] }] } }), id);
  test("H28 of a function's destination that is FIFO", () => {
    expect(functionTo("H28", arn("sqs", "failed.fifo"))).toEqual([invoke]);
    expect(functionTo("H28", arn("sns", "failed.fifo"))).toEqual([invoke]);
    expect(functionTo("H28", arn("sqs", "failed"))).toEqual([]);
  });

  test("H92 of a destination that functions do not have", () => {
    expect(functionTo("H92", "arn:aws:s3:::done", "on_success")).toEqual([invoke]);
    expect(functionTo("H92", "arn:aws:s3:::done")).toEqual([]);
    expect(functionTo("H92", arn("kinesis", "stream/failed"))).toEqual([invoke]);
    const letter = (to: string): string[] =>
      named(made(eventPath, { [mailer]: { dead_letter_config: [{ target_arn: to }] } }), "H92");
    for (const to of [arn("lambda", "function:f"), arn("events", "event-bus/b"), "arn:aws:s3:::b"])
      expect(letter(to)).toEqual([mailer]);
    for (const to of [arn("sqs", "q"), arn("sns", "t"), ref("var.somewhere")]) expect(letter(to)).toEqual([]);
  });

  test("H45 of a target's dead-letter queue", () => {
    const to = (queue: string): string[] =>
      named(made(eventPath, { [target]: { dead_letter_config: [{ arn: queue }] } }), "H45");
    expect(to(arn("sqs", "undelivered"))).toEqual([]);
    expect(to("arn:aws:sqs:us-east-1:111122223333:undelivered")).toEqual([target]);
    const placed = graph(made(eventPath, { [target]: { dead_letter_config: [{ arn: arn("sqs", "undelivered") }] } }));
    const somewhere = (of: RegExp, region: string | null): Graph => ({
      ...placed,
      nodes: placed.nodes.map((one) => (of.test(one.address) ? { ...one, region } : one)),
    });
    const ids = (one: Graph): string[] => check(one).map(({ id }) => id);
    expect(ids(somewhere(/undelivered/, "us-east-1"))).toContain("H45");
    expect(ids(somewhere(/undelivered/, null))).not.toContain("H45");
    expect(ids(somewhere(/^aws_cloudwatch_event_rule/, null))).not.toContain("H45");
    const config = schedulePath();
    const nightly = body(config, "aws_scheduler_schedule.nightly");
    const elsewhere = [{ arn: "arn:aws:sqs:us-east-1:111122223333:undelivered" }];
    nightly.target = [{ ...(nightly.target as readonly Body[])[0], dead_letter_config: elsewhere }];
    expect(judged(config).find(({ id }) => id === "H45")?.fix).toBe(
      "a standard queue in eu-west-1, the Region of the schedule",
    );
  });
});

describe("a finding at a function's nets stands under the invocations that they serve", () => {
  const reader = "aws_lambda_function.reader";
  const failed = "aws_sqs_queue.reader_failed";

  /** The reader at the end of two paths: of a stream, which comes first, and of a topic. */
  function twoPaths(): Config {
    const stream = { name: "clicks", shard_count: 1 };
    const mapped = {
      ...body(streamPath(), clicks),
      function_name: ref(`${reader}.arn`),
      destination_config: [],
    };
    return all(
      topicPath(),
      resource("aws_kinesis_stream", "clicks", stream),
      resource("aws_lambda_event_source_mapping", "clicks", mapped),
    );
  }
  const sourceOf = (config: Config, id: string): (string | undefined)[] => {
    const read = graph(config);
    const paths = pathsOf(read);
    expect(paths[0]).toMatchObject({ source: "aws_kinesis_stream.clicks", end: reader });
    return check(read)
      .filter((one) => one.id === id)
      .map(({ path }) => (path === null ? undefined : paths[path]?.source));
  };
  const letter = (queue: string) => (config: Config) =>
    Object.assign(body(config, reader), { dead_letter_config: [{ target_arn: ref(`${queue}.arn`) }] });

  test.each<[string, (config: Config) => void]>([
    ["H28", (config) => Object.assign(body(config, failed), { name: "f.fifo", fifo_queue: true })],
    ["H29", (config) => Object.assign(body(config, "data.aws_iam_policy_document.reader"), { statement: [] })],
    ["H32", letter(failed)],
    ["H89", letter("aws_sqs_queue.news_dlq")],
    ["H47", (config) => remove(config, "aws_cloudwatch_metric_alarm.reader_failed_depth")],
    ["H50", (config) => Object.assign(body(config, failed), { message_retention_seconds: 60 })],
  ])("%s", (id, breaks) => {
    const config = twoPaths();
    breaks(config);
    expect(sourceOf(config, id)).toEqual(["aws_sns_topic.news"]);
  });
});

describe("what is off", () => {
  const second = (more: Body): Config =>
    resource("aws_lambda_event_source_mapping", "second", { ...body(queuePath(), mapping), ...more });
  const drain = (enabled: boolean): Config =>
    resource("aws_lambda_event_source_mapping", "drain", {
      event_source_arn: ref(`${dlq}.arn`),
      function_name: ref("aws_lambda_function.worker.arn"),
      enabled,
    });

  test("H75 counts readers that read", () => {
    expect(named(all(queuePath(), second({})), "H75")).toEqual([work]);
    expect(named(all(queuePath(), second({ enabled: false })), "H75")).toEqual([]);
  });

  test("H47: a consumer that is off notices nothing", () => {
    const config = queuePath();
    remove(config, "aws_cloudwatch_metric_alarm.work_dlq_depth");
    expect(named(all(config, drain(true)), "H47")).toEqual([]);
    expect(named(all(config, drain(false)), "H47")).toEqual([dlq]);
  });

  test("H37: what is off brings nothing back", () => {
    expect(named(all(queuePath(), drain(true)), "H37")).toEqual([work]);
    expect(named(all(queuePath(), drain(false)), "H37")).toEqual([]);
  });

  test("H26 names what is on", () => {
    const off = (values: Readonly<Record<string, Body>>): string[] =>
      named(made(eventPath, { [mailer]: { reserved_concurrent_executions: 0 }, ...values }), "H26");
    expect(off({})).toEqual([mailer]);
    expect(off({ [rule]: { state: "DISABLED" } })).toEqual([]);
    expect(
      named(
        made(queuePath, {
          "aws_lambda_function.worker": { reserved_concurrent_executions: 0 },
          [mapping]: { enabled: false },
        }),
        "H26",
      ),
    ).toEqual([]);
  });

  test.each<[string, () => Config, Readonly<Record<string, Body>>, string]>([
    [
      "H4",
      queuePath,
      { "aws_lambda_function.worker": { reserved_concurrent_executions: 2 }, [mapping]: { scaling_config: [] } },
      mapping,
    ],
    ["H24", () => without(queuePath(), "aws_cloudwatch_metric_alarm.work_age"), {}, mapping],
    ["H25", () => allowing(queuePath(), "worker", maySend("work")), {}, mapping],
    ["H67", () => without(streamPath(), "aws_cloudwatch_metric_alarm.clicks_age"), {}, clicks],
  ])("%s is about what runs", (id, base, values, address) => {
    expect(named(made(base, values), id)).not.toEqual([]);
    const off = made(base, values);
    Object.assign(body(off, address), { enabled: false });
    expect(named(off, id)).toEqual([]);
  });

  test("H64 counts readers that read", () => {
    const more = (enabled: boolean): Config => {
      const config = tablePath();
      const copy = body(config, "aws_lambda_event_source_mapping.orders");
      return all(
        config,
        ...["b", "c"].map((name) => resource("aws_lambda_event_source_mapping", name, { ...copy, enabled })),
      );
    };
    expect(named(more(true), "H64")).toEqual(["aws_dynamodb_table.orders"]);
    expect(named(more(false), "H64")).toEqual([]);
  });

  test("H13 adds up what runs", () => {
    const config = (enabled: boolean): Config =>
      made(queuePath, { "aws_lambda_function.worker": { reserved_concurrent_executions: 15 } }, second({ enabled }));
    expect(named(config(true), "H13")).toEqual(["aws_lambda_function.worker"]);
    expect(named(config(false), "H13")).toEqual([]);
  });
});

describe("what is not known", () => {
  test.each<[string, () => Config, Readonly<Record<string, Body>>]>([
    [
      "H4",
      queuePath,
      {
        "aws_lambda_function.worker": { reserved_concurrent_executions: 2 },
        [mapping]: { scaling_config: [{ maximum_concurrency: ref("var.most") }] },
      },
    ],
    [
      "H15",
      queuePath,
      {
        [mapping]: {
          provisioned_poller_config: [{ minimum_pollers: ref("var.least"), maximum_pollers: ref("var.most") }],
        },
      },
    ],
    ["H7", queuePath, { [dlq]: { name: ref("var.name"), fifo_queue: ref("var.fifo") } }],
    ["H10", queuePath, { [dlq]: { message_retention_seconds: 345_600, fifo_queue: ref("var.fifo") } }],
    [
      "H24",
      () => without(queuePath(), "aws_cloudwatch_metric_alarm.work_age"),
      { [mapping]: { function_response_types: ref("var.types") } },
    ],
    ["H34", eventPath, { [target]: { arn: ref("var.function") } }],
  ])("%s says nothing of it", (id, base, values) => expect(named(made(base, values), id)).toEqual([]));

  test("the witness leaves out what is not known", () => {
    const config = queuePath();
    delete body(config, work).redrive_policy;
    remove(config, "aws_sqs_queue_redrive_allow_policy.work");
    body(config, work).message_retention_seconds = ref("var.seconds");
    const message = judged(config).find(({ id }) => id === "H6")?.message;
    expect(message).toContain("until the queue's retention, and then lost");
  });
});

describe("what else looks like a hazard and is none", () => {
  test("H9: the net of a function that is also invoked asynchronously has its use", () => {
    const both = (mapped: Config): Config => {
      const config = all(eventPath(), mapped);
      return all(
        config,
        resource("aws_lambda_event_source_mapping", "odd", {
          event_source_arn: ref("aws_sqs_queue.odd.arn"),
          function_name: ref(`${mailer}.arn`),
        }),
        resource("aws_sqs_queue", "odd", { name: "odd" }),
      );
    };
    expect(named(both({ resource: {}, data: {} }), "H9")).toEqual([]);
    expect(named(both({ resource: {}, data: {} }), "H6")).toEqual(["aws_sqs_queue.odd"]);
  });

  test("H32 and H89: nets under qualifiers that different sources invoke do not meet", () => {
    const config = made(eventPath, {
      [mailer]: { dead_letter_config: [{ target_arn: ref("aws_sqs_queue.mailer_failed.arn") }] },
      [invoke]: { qualifier: "live" },
    });
    expect(named(config, "H32")).toEqual([]);
    expect(
      named(
        made(() => config, {
          [mailer]: { dead_letter_config: [{ target_arn: ref("aws_sqs_queue.undelivered.arn") }] },
        }),
        "H89",
      ),
    ).toEqual([]);
  });

  test("H22: a schedule sends one message at a time", () => {
    const config = schedulePath();
    const schedule = body(config, "aws_scheduler_schedule.nightly");
    const [block] = schedule.target as readonly Body[];
    schedule.target = [{ ...block, arn: ref("aws_sqs_queue.in.arn"), sqs_parameters: [{ message_group_id: "all" }] }];
    expect(named(all(config, resource("aws_sqs_queue", "in", { name: "in.fifo", fifo_queue: true })), "H22")).toEqual(
      [],
    );
  });

  test("H42 and H76: Scheduler writes by its role, and says so", () => {
    const config = schedulePath();
    const schedule = body(config, "aws_scheduler_schedule.nightly");
    const [block] = schedule.target as readonly Body[];
    const { dead_letter_config: _net, ...rest } = block ?? {};
    schedule.target = [rest];
    const half = judged(config).find(({ id }) => id === "H42");
    expect(half?.fix).toContain("sqs:SendMessage on that queue for aws_iam_role.scheduler");
    expect(half?.fix).not.toContain("events.amazonaws.com");
    delete body(config, "aws_lambda_function_event_invoke_config.nightly").destination_config;
    expect(judged(config).find(({ id }) => id === "H76")?.fix).toBe(half?.fix);
  });

  test("H40: a schedule's dead-letter queue has a metric of Scheduler's own", () => {
    const config = schedulePath();
    const document = body(config, "data.aws_iam_policy_document.scheduler");
    document.statement = (document.statement as readonly Body[]).slice(0, 1);
    const [found] = judged(config).filter(({ id }) => id === "H40");
    expect(found?.message).toContain("InvocationsFailedToBeSentToDeadLetterCount");
    expect(found?.fix).toBe("sqs:SendMessage on aws_sqs_queue.nightly_undelivered for aws_iam_role.scheduler");
  });

  test("H44: a target that EventBridge reaches by a role asks for one", () => {
    const stream = resource("aws_kinesis_stream", "in", { name: "in", shard_count: 1 });
    const found = judged(made(eventPath, { [target]: { arn: ref("aws_kinesis_stream.in.arn") } }, stream));
    expect(found.find(({ id }) => id === "H44")?.fix).toContain("role_arn of a role that allows kinesis:PutRecord");
  });

  test("H16 names both of a FIFO queue's faults", () => {
    const config = made(queuePath, {
      [work]: { name: "work.fifo", fifo_queue: true },
      [dlq]: { name: "dlq.fifo", fifo_queue: true },
      [mapping]: { batch_size: 100, maximum_batching_window_in_seconds: 5 },
    });
    expect(named(config, "H16")).toEqual([mapping, mapping]);
  });

  test("the clean ones stay clean when somebody else's policies are there", () => {
    for (const base of [queuePath, eventPath, topicPath, bucketPath]) {
      const config = all(
        base(),
        net("spare"),
        admits("spare", "events.amazonaws.com", [arn("events", "rule/elsewhere")]),
      );
      expect(judged(config).filter(({ severity }) => severity !== "advice")).toEqual([]);
    }
  });
});

function without(config: Config, address: string): Config {
  remove(config, address);
  return config;
}

describe("H99: targets that AWS refuses", () => {
  const clock = (more: Body): Config => {
    const config = clockPath();
    const schedule = body(config, "aws_scheduler_schedule.clock");
    const [given] = schedule.target as Body[];
    schedule.target = [{ ...given, ...more }];
    return config;
  };
  const schedule = "aws_scheduler_schedule.clock";
  const unknown = ref("var.unknown");

  test("what is not known of a schedule's event, stream or input is not judged", () => {
    const names = (source: string): Body => ({ eventbridge_parameters: [{ source, detail_type: unknown }] });
    expect(named(clock(names(unknown)), "H99")).toEqual([]);
    expect(named(clock(names("aws.mine")), "H99")).toEqual([schedule]);
    expect(named(clock({ input: unknown }), "H99")).toEqual([]);
    expect(named(clock({ input: "[1]" }), "H99")).toEqual([schedule]);
    const stream = { arn: "arn:aws:kinesis:eu-west-1:111122223333:stream/s" };
    expect(named(clock(stream), "H99")).toEqual([schedule]);
    expect(named(clock({ ...stream, kinesis_parameters: [{ partition_key: unknown }] }), "H99")).toEqual([]);
  });

  test("an input that tells of its schedule is JSON, and none is needed", () => {
    expect(named(clock({ input: '{"n": <aws.scheduler.attempt-number>}' }), "H99")).toEqual([]);
    const config = clock({});
    const [given] = body(config, schedule).target as Body[];
    if (given !== undefined) delete given.input;
    expect(named(config, "H99")).toEqual([]);
  });

  test("a queue takes any text, a function JSON; any call of AWS's API has what it needs in its input", () => {
    const to = (end: string): Body => ({ arn: end, input: "text", eventbridge_parameters: [] });
    expect(named(clock(to("arn:aws:sqs:eu-west-1:111122223333:q")), "H99")).toEqual([]);
    expect(named(clock(to("arn:aws:lambda:eu-west-1:111122223333:function:f")), "H99")).toEqual([schedule]);
    expect(named(clock(to("arn:aws:scheduler:::aws-sdk:dynamodb:putItem")), "H99")).toEqual([]);
  });

  test("a bus of another account takes the event as it is", () => {
    const to = (account: string, more: Body): Config =>
      made(eventPath, { [target]: { arn: `arn:aws:events:eu-west-1:${account}:event-bus/other`, ...more } });
    expect(named(to("444455556666", {}), "H99")).toEqual([]);
    expect(named(to("444455556666", { input: "{}" }), "H99")).toEqual([target]);
    expect(named(to("111122223333", { input: "{}" }), "H99")).toEqual([]);
  });
});

describe("H94 to H97: what AWS refuses", () => {
  const toQueue = (values: Body, queue: Body = {}): Config =>
    made(
      eventPath,
      { [target]: { arn: ref("aws_sqs_queue.inbox.arn"), ...values } },
      resource("aws_sqs_queue", "inbox", {
        name: "inbox.fifo",
        fifo_queue: true,
        content_based_deduplication: true,
        ...queue,
      }),
    );

  test("a message group or a deduplication that is not known is not judged", () => {
    expect(named(toQueue({ sqs_target: [{ message_group_id: ref("var.group") }] }), "H94")).toEqual([]);
    const group = { sqs_target: [{ message_group_id: "all" }] };
    expect(named(toQueue(group, { content_based_deduplication: ref("var.dedup") }), "H94")).toEqual([]);
    expect(named(toQueue({}), "H94")).toEqual([target]);
    expect(named(toQueue({}, { name: "inbox", fifo_queue: false }), "H94")).toEqual([]);
  });

  test("a schedule's group stands in its target", () => {
    const scheduled = (values: Body): Config => {
      const config = schedulePath();
      const at = body(config, "aws_scheduler_schedule.nightly");
      at.target = [{ ...(at.target as readonly Body[])[0], arn: arn("sqs", "theirs.fifo"), ...values }];
      return config;
    };
    const nightly = "aws_scheduler_schedule.nightly";
    expect(named(scheduled({}), "H94")).toEqual([nightly]);
    expect(judged(scheduled({})).find(({ id }) => id === "H94")?.fix).toContain("sqs_parameters {");
    expect(named(scheduled({ sqs_parameters: [{ message_group_id: "nightly" }] }), "H94")).toEqual([]);
    expect(named(scheduled({ sqs_parameters: [{ message_group_id: ref("var.group") }] }), "H94")).toEqual([]);
  });

  test("a FIFO topic may send to a standard queue, and a topic of neither type known to any", () => {
    const subscription = "aws_sns_topic_subscription.news";
    const to = (topic: string, queue: string): string[] =>
      named(
        made(topicPath, { [subscription]: { topic_arn: topic, protocol: "sqs", endpoint: arn("sqs", queue) } }),
        "H94",
      );
    expect(to(ref("var.topic"), "theirs.fifo")).toEqual([]);
    expect(to(arn("sns", "news"), "theirs.fifo")).toEqual([subscription]);
    expect(to(arn("sns", "news"), "theirs")).toEqual([]);
    const fifo = made(topicPath, {
      [subscription]: { topic_arn: arn("sns", "news.fifo"), protocol: "sqs", endpoint: arn("sqs", "theirs") },
      "aws_sqs_queue.news_dlq": { name: "dlq.fifo", fifo_queue: true },
    });
    expect(named(fifo, "H94")).toEqual([]);
  });

  test("S3 notifies no FIFO topic", () => {
    const notification = "aws_s3_bucket_notification.photos";
    const to = (name: string): string[] =>
      named(
        made(bucketPath, {
          [notification]: { queue: [], topic: [{ topic_arn: arn("sns", name), events: ["s3:ObjectCreated:*"] }] },
        }),
        "H94",
      );
    expect(to("news.fifo")).toEqual([notification]);
    expect(to("news")).toEqual([]);
  });

  test("positions, pollers and streams that are not known are not judged", () => {
    expect(named(made(streamPath, { [clicks]: { starting_position: ref("var.from") } }), "H95")).toEqual([]);
    const timestamp = { starting_position: "AT_TIMESTAMP", starting_position_timestamp: ref("var.since") };
    expect(named(made(streamPath, { [clicks]: timestamp }), "H95")).toEqual([]);
    expect(named(queuePath(), "H95")).toEqual([]);
    const pollers = { provisioned_poller_config: [{ minimum_pollers: ref("var.least"), maximum_pollers: 1 }] };
    expect(named(made(queuePath, { [mapping]: pollers }), "H96")).toEqual([]);
    const enabled = { "aws_dynamodb_table.orders": { stream_enabled: ref("var.stream") } };
    expect(named(made(tablePath, enabled), "H97")).toEqual([]);
  });
});

describe("alarms that cannot sound, or tell nobody", () => {
  const depth = "aws_cloudwatch_metric_alarm.work_dlq_depth";
  const nets = (values: Body): Finding | undefined =>
    judged(made(queuePath, { [depth]: values })).find(({ id }) => id === "H47");

  test.each<[string, Body, string]>([
    ["in another service's namespace", { namespace: "AWS/Lambda" }, "its namespace is AWS/Lambda"],
    ["while nothing is there", { comparison_operator: "LessThanThreshold" }, "LessThanThreshold 1 sounds while"],
    [
      "past what the queue keeps",
      { metric_name: "ApproximateAgeOfOldestMessage", threshold: 1_209_601 },
      "its threshold 1209601 s is above the retention 1209600 s",
    ],
    [
      "past all counting",
      { threshold: 120_001 },
      "its threshold 120001 is more than the 120000 messages that a queue hands",
    ],
    [
      "for an age that is to exceed what the queue keeps",
      {
        metric_name: "ApproximateAgeOfOldestMessage",
        comparison_operator: "GreaterThanThreshold",
        threshold: 1_209_600,
      },
      "its threshold 1209600 s is the retention 1209600 s, which nothing exceeds",
    ],
    [
      "in a unit of another metric",
      { unit: "Seconds" },
      "its unit is Seconds, and ApproximateNumberOfMessagesVisible is published in Count",
    ],
    [
      "on an age as a count",
      { metric_name: "ApproximateAgeOfOldestMessage", unit: "Count" },
      "its unit is Count, and ApproximateAgeOfOldestMessage is published in Seconds",
    ],
    [
      "under a dimension too many",
      { dimensions: { QueueName: ref(`${dlq}.name`), Stage: "prod" } },
      "it asks for the dimension Stage, which ApproximateNumberOfMessagesVisible does not have",
    ],
    ["past the sum of all that", { statistic: "Sum", period: 300, threshold: 600_001 }, "its threshold 600001 is more"],
    [
      "below nothing",
      { comparison_operator: "LessThanThreshold", threshold: 0 },
      "ApproximateNumberOfMessagesVisible is never below 0, and it waits for LessThanThreshold 0",
    ],
    [
      "at nothing",
      { comparison_operator: "LessThanOrEqualToThreshold", threshold: 0 },
      "LessThanOrEqualToThreshold 0 sounds while nothing is there",
    ],
    [
      "below less than nothing",
      { comparison_operator: "LessThanOrEqualToThreshold", threshold: -1 },
      "ApproximateNumberOfMessagesVisible is never below 0",
    ],
  ])("H47: an alarm %s is none", (_name, values, says) => {
    expect(nets(values)?.address).toBe(dlq);
    expect(nets(values)?.message).toContain(`${depth} watches it and never sounds: ${says}`);
  });

  test.each<[string, Body]>([
    ["whose namespace is not known", { namespace: ref("var.namespace") }],
    ["whose comparison is not known", { comparison_operator: ref("var.operator") }],
    ["on the age, as long as the queue keeps", { metric_name: "ApproximateAgeOfOldestMessage", threshold: 1_209_600 }],
    [
      "on an age that is to be exceeded, a second less than the queue keeps",
      {
        metric_name: "ApproximateAgeOfOldestMessage",
        comparison_operator: "GreaterThanThreshold",
        threshold: 1_209_599,
      },
    ],
    ["on more than may be in hand at once", { comparison_operator: "GreaterThanThreshold", threshold: 120_000 }],
    ["in the unit of its metric", { unit: "Count" }],
    ["in a unit that is null", { unit: null }],
    ["in a unit that is not known", { unit: ref("var.unit") }],
    ["on the age, in its unit", { metric_name: "ApproximateAgeOfOldestMessage", unit: "Seconds" }],
    ["with a dimension that is null", { dimensions: { QueueName: ref(`${dlq}.name`), Stage: null } }],
    ["with a dimension that is not known", { dimensions: { QueueName: ref(`${dlq}.name`), Stage: ref("var.stage") } }],
    ["that counts as many as there may be", { threshold: 120_000 }],
    ["whose threshold is not known", { threshold: ref("var.threshold") }],
    ["whose statistic is not known", { statistic: ref("var.statistic"), threshold: 120_001 }],
    ["on a sum over a period", { statistic: "Sum", period: 300, threshold: 600_000 }],
    ["on a sum over a period that is not known", { statistic: "Sum", period: ref("var.period"), threshold: 9e9 }],
    ["on half a message", { comparison_operator: "GreaterThanThreshold", threshold: 0.5 }],
    ["outside of a band", { comparison_operator: "LessThanLowerOrGreaterThanUpperThreshold" }],
  ])("H47: an alarm %s may sound", (_name, values) => expect(nets(values)).toBeUndefined());

  /** The alarm on the net over several queries, of which `m` is the metric. */
  const overQueries = (queries: readonly Body[], more: Body = {}): string[] => {
    const config = queuePath();
    const { metric_name, namespace, dimensions, period, statistic, ...rest } = body(config, depth);
    const metric = { metric_name, namespace, dimensions, period, stat: statistic } as Body;
    const query = queries.map((one) => (one.id === "m" ? { ...one, metric: [metric] } : one));
    config.resource.aws_cloudwatch_metric_alarm = {
      ...config.resource.aws_cloudwatch_metric_alarm,
      work_dlq_depth: { ...rest, ...more, metric_query: query },
    };
    return named(config, "H47");
  };
  const m = { id: "m" };
  const less = { comparison_operator: "LessThanThreshold" };
  const expression = (text: string): Body => ({ id: "e", expression: text, return_data: true });

  test.each<[string, readonly Body[], Body]>([
    ["turned round", [m, expression("0 - m")], less],
    ["that is not known", [m, expression(ref("var.expression"))], less],
    ["over all metrics", [m, expression("SUM(METRICS())")], {}],
    ["over another expression", [m, { id: "half", expression: "m / 2" }, expression("half + half")], {}],
    ["of a name for the metric", [m, expression("m")], {}],
    ["that makes up a band", [{ ...m, return_data: true }, expression("ANOMALY_DETECTION_BAND(m)")], less],
    ["of two, one of which is told", [{ ...m, return_data: ref("var.which") }, expression("1")], less],
  ])("H47: an expression %s may sound", (_name, queries, more) => expect(overQueries(queries, more)).toEqual([]));

  test.each<[string, readonly Body[], Body]>([
    ["the metric by itself, the wrong way round", [{ ...m, return_data: true }], less],
    ["a name for the metric, the wrong way round", [m, expression("(m)")], less],
    ["the metric by itself, past all counting", [{ ...m, return_data: true }], { threshold: 1e12 }],
    ["nothing times the metric", [m, expression("m * 0")], {}],
    ["nothing times the metric, over another name", [m, { id: "n", expression: "m" }, expression("0.0*n")], {}],
    ["a figure alone", [m, expression("2")], {}],
    ["names that lead round in a circle", [m, { id: "a", expression: "e" }, expression("a")], {}],
  ])("H47: an alarm over %s never sounds", (_name, queries, more) => expect(overQueries(queries, more)).toEqual([dlq]));

  test("H24 and H67: an alarm in the wrong namespace is none; deletions tell by falling", () => {
    const age = "aws_cloudwatch_metric_alarm.work_age";
    expect(named(made(queuePath, { [age]: { namespace: "AWS/Lambda" } }), "H24")).toEqual([work]);
    const deleted = { metric_name: "NumberOfMessagesDeleted", comparison_operator: "LessThanThreshold" };
    expect(named(made(queuePath, { [age]: deleted }), "H24")).toEqual([]);
    const clicksAge = "aws_cloudwatch_metric_alarm.clicks_age";
    expect(named(made(streamPath, { [clicksAge]: { namespace: "AWS/Kinesis" } }), "H67")).toEqual([clicks]);
  });

  test("H67: an alarm on an age that the stream does not reach is none", () => {
    const age = "aws_cloudwatch_metric_alarm.clicks_age";
    const stream = "aws_kinesis_stream.clicks";
    const hour = 3_600_000;
    const watched = (metric: Body, hours: Body = {}): string[] =>
      named(made(streamPath, { [age]: { statistic: "Maximum", ...metric }, [stream]: hours }), "H67");
    const ofStream = (threshold: number): Body => ({
      namespace: "AWS/Kinesis",
      metric_name: "GetRecords.IteratorAgeMilliseconds",
      dimensions: { StreamName: ref(`${stream}.name`) },
      threshold,
    });
    expect(watched(ofStream(48 * hour), { retention_period: 48 })).toEqual([]);
    expect(watched(ofStream(48 * hour + 1), { retention_period: 48 })).toEqual([clicks]);
    expect(watched(ofStream(8760 * hour), { retention_period: ref("var.hours") })).toEqual([]);
    expect(watched(ofStream(8760 * hour + 1), { retention_period: ref("var.hours") })).toEqual([clicks]);
    const unknown = { retention_period: ref("var.hours") };
    expect(watched({ threshold: 8760 * hour }, unknown)).toEqual([]);
    expect(watched({ threshold: 8760 * hour + 1 }, unknown)).toEqual([clicks]);
    expect(watched({ threshold: 8760 * hour + 1, statistic: "Sum" })).toEqual([]);
    expect(watched({ threshold: 8760 * hour + 1, statistic: "SampleCount" })).toEqual([]);
  });

  test("H24: an alarm on an age that no queue reaches is none", () => {
    const age = "aws_cloudwatch_metric_alarm.work_age";
    const kept = (threshold: number): string[] =>
      named(
        made(queuePath, { [age]: { threshold }, [work]: { message_retention_seconds: ref("var.retention") } }),
        "H24",
      );
    expect(kept(1_209_600)).toEqual([]);
    expect(kept(1_209_601)).toEqual([work]);
  });

  test.each<[string, string, string | undefined]>([
    ["a queue", ref(`${work}.arn`), `${work}, a queue, which CloudWatch does not take`],
    ["a queue outside", arn("sqs", "alarms"), `${arn("sqs", "alarms")}, a queue, which CloudWatch does not take`],
    ["a bus outside", arn("events", "event-bus/alarms"), "a bus, which CloudWatch does not take"],
    ["a FIFO topic outside", arn("sns", "alarms.fifo"), "a FIFO topic, to which it can publish nothing"],
    ["a topic outside", arn("sns", "alarms"), undefined],
    [
      "a function that does not admit it",
      ref("aws_lambda_function.worker.arn"),
      "no policy of aws_lambda_function.worker allows lambda:InvokeFunction to lambda.alarms.cloudwatch.amazonaws.com",
    ],
    ["a scaling policy", arn("autoscaling", "scalingPolicy:1:autoScalingGroupName/a:policyName/b"), undefined],
    ["an incident", arn("ssm-incidents", "response-plan/p"), undefined],
    ["what is not known", ref("var.action"), undefined],
  ])("H86: an alarm whose action is %s", (_name, action, says) => {
    const config = made(queuePath, { [depth]: { alarm_actions: [action] } });
    const [one] = judged(config).filter(({ id }) => id === "H86");
    if (says === undefined) expect(one).toBeUndefined();
    else expect(one?.message).toContain(says);
  });

  test("H86: an alarm that tells a function of the configuration which admits it", () => {
    const permission = {
      function_name: ref("aws_lambda_function.worker.function_name"),
      action: "lambda:InvokeFunction",
      principal: "lambda.alarms.cloudwatch.amazonaws.com",
      source_arn: ref(`${depth}.arn`),
    };
    const config = made(
      queuePath,
      { [depth]: { alarm_actions: [ref("aws_lambda_function.worker.arn")] } },
      resource("aws_lambda_permission", "alarm", permission),
    );
    expect(named(config, "H86")).toEqual([]);
  });

  const policy = (Principal: Body, Condition?: Body): Body => ({
    policy: encoded({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal,
          Action: "sns:Publish",
          Resource: "*",
          ...(Condition === undefined ? {} : { Condition }),
        },
      ],
    }),
  });
  const everyone = { AWS: "*" };

  test.each<[string, Body, boolean]>([
    ["without a policy", {}, false],
    [
      "with the policy that AWS gives",
      policy(everyone, { StringEquals: { "AWS:SourceOwner": "111122223333" } }),
      false,
    ],
    ["that admits it", policy({ Service: "cloudwatch.amazonaws.com" }), false],
    ["that admits another service", policy({ Service: "events.amazonaws.com" }), true],
    ["whose policy is not known", { policy: ref("var.policy") }, false],
    ["under a key of AWS's own", { kms_master_key_id: "alias/aws/sns" }, true],
    ["under a key outside", { kms_master_key_id: arn("kms", "key/1") }, false],
  ])("H86: an alarm that tells a topic %s", (_name, topic, unheard) => {
    const config = made(
      queuePath,
      { [depth]: { alarm_actions: [ref("aws_sns_topic.oncall.arn")] } },
      resource("aws_sns_topic", "oncall", { name: "oncall", ...topic }),
    );
    expect(named(config, "H86")).toEqual(unheard ? [depth] : []);
  });

  test.each<[string, string, boolean]>([
    [
      "of one queue",
      `SELECT MAX(ApproximateNumberOfMessagesVisible) FROM SCHEMA("AWS/SQS", QueueName) WHERE QueueName = 'work-dlq'`,
      true,
    ],
    [
      "with quoted names",
      `SELECT MAX("ApproximateNumberOfMessagesVisible") FROM SCHEMA("AWS/SQS", "QueueName") WHERE "QueueName" = 'work-dlq'`,
      true,
    ],
    ["of all queues", 'SELECT MAX(ApproximateNumberOfMessagesVisible) FROM SCHEMA("AWS/SQS", QueueName)', true],
    ["of the namespace", 'SELECT MAX(ApproximateNumberOfMessagesVisible) FROM "AWS/SQS"', true],
    [
      "of another queue",
      `SELECT MAX(ApproximateNumberOfMessagesVisible) FROM SCHEMA("AWS/SQS", QueueName) WHERE QueueName = 'other'`,
      false,
    ],
    ["of another service", 'SELECT MAX(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)', false],
  ])("H47: an alarm by a Metrics Insights query %s", (_name, query, watched) => {
    const config = queuePath();
    body(config, dlq).name = "work-dlq";
    const alarm = body(config, depth);
    for (const name of ["metric_name", "namespace", "statistic", "period", "dimensions"]) delete alarm[name];
    alarm.metric_query = [{ id: "e", expression: query, period: 60, return_data: true }];
    expect(named(config, "H47")).toEqual(watched ? [] : [dlq]);
  });

  test("H86: a FIFO topic of the configuration is no action", () => {
    const fifo = (fifo_topic: Body): Config =>
      made(
        queuePath,
        { [depth]: { alarm_actions: [ref("aws_sns_topic.oncall.arn")] } },
        resource("aws_sns_topic", "oncall", { name: "oncall.fifo", ...fifo_topic }),
      );
    expect(named(fifo({ fifo_topic: true }), "H86")).toEqual([depth]);
    expect(named(fifo({ fifo_topic: ref("var.fifo") }), "H86")).toEqual([]);
  });

  test("H86: an alarm whose actions are switched off tells nobody", () => {
    const muted = made(queuePath, { [depth]: { actions_enabled: false } });
    const [found] = judged(muted).filter(({ id }) => id === "H86");
    expect(found?.address).toBe(depth);
    expect(found?.message).toContain("its actions_enabled is false");
    expect(found?.fix).toContain("actions_enabled = true");
    expect(named(made(queuePath, { [depth]: { actions_enabled: ref("var.on") } }), "H86")).toEqual([]);
    const composite = (values: Body): string[] =>
      named(
        all(
          made(queuePath, { [depth]: { actions_enabled: false } }),
          resource("aws_cloudwatch_composite_alarm", "all", {
            alarm_name: "all",
            alarm_rule: `ALARM("${ref(`${depth}.alarm_name`)}")`,
            alarm_actions: [arn("sns", "oncall")],
            ...values,
          }),
        ),
        "H86",
      );
    expect(composite({})).toEqual([]);
    expect(composite({ actions_enabled: false })).toEqual([depth]);
  });

  test("H86: a rule that takes its change of state tells somebody", () => {
    const ruled = (pattern: Json, values: Body = {}, targeted = true): string[] => {
      const config = all(
        queuePath(),
        resource("aws_cloudwatch_event_rule", "alarms", {
          name: "alarms",
          event_pattern: encoded(pattern),
          ...values,
        }),
        targeted
          ? resource("aws_cloudwatch_event_target", "alarms", {
              rule: ref("aws_cloudwatch_event_rule.alarms.name"),
              arn: arn("sns", "oncall"),
            })
          : { resource: {}, data: {} },
      );
      delete body(config, depth).alarm_actions;
      return named(config, "H86");
    };
    const change = { source: ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"] };
    expect(ruled(change)).toEqual([]);
    expect(ruled({ ...change, detail: { alarmName: ["work_dlq-depth"], state: { value: ["ALARM"] } } })).toEqual([]);
    expect(ruled({ ...change, detail: { alarmName: ["another"] } })).toEqual([depth]);
    expect(ruled({ ...change, detail: { state: { value: ["OK"] } } })).toEqual([depth]);
    expect(ruled({ source: ["shop"] })).toEqual([depth]);
    expect(ruled(change, { state: "DISABLED" })).toEqual([depth]);
    expect(ruled(change, {}, false)).toEqual([depth]);
  });
});

describe("H72: who listens to a topic", () => {
  const oncall = "aws_sns_topic.oncall";
  /** A topic that only an alarm publishes to. */
  const alarmed = (...more: readonly Config[]): Config =>
    made(
      queuePath,
      { "aws_cloudwatch_metric_alarm.work_dlq_depth": { alarm_actions: [ref(`${oncall}.arn`)] } },
      resource("aws_sns_topic", "oncall", { name: "oncall" }),
      ...more,
    );

  test("what an alarm publishes to a topic without subscriber is gone", () => {
    expect(named(alarmed(), "H72")).toEqual([oncall]);
    expect(judged(alarmed()).find(({ id }) => id === "H72")?.message).toContain("work_dlq_depth publishes there");
  });

  test("something that is not read and names the topic may listen", () => {
    const chat = resource("aws_chatbot_slack_channel_configuration", "oncall", {
      configuration_name: "oncall",
      iam_role_arn: "arn:aws:iam::111122223333:role/chat",
      slack_channel_id: "C1",
      slack_team_id: "T1",
      sns_topic_arns: [ref(`${work}.arn`), ref(`${oncall}.arn`)],
    });
    expect(named(alarmed(chat), "H72")).toEqual([]);
  });
});

test("H27: without concurrency nothing is tried", () => {
  const config = made(eventPath, { [mailer]: { reserved_concurrent_executions: 0 } });
  delete body(config, invoke).destination_config;
  const message = judged(config).find(({ id }) => id === "H27")?.message;
  expect(message).toContain("are lost without a try");
  expect(message).not.toMatch(/tries|21600|3600/);
});

test("H23: a filter on a mapping that is off deletes nothing", () => {
  const filtered = (enabled: boolean): string[] => {
    const pattern = { filter_criteria: [{ filter: [{ pattern: encoded({ body: { kind: ["a"] } }) }] }] };
    const config = made(queuePath, { [mapping]: { ...pattern, enabled } });
    return named(
      all(config, resource("aws_lambda_event_source_mapping", "second", { ...body(queuePath(), mapping) })),
      "H23",
    );
  };
  expect(filtered(true)).toEqual([mapping]);
  expect(filtered(false)).toEqual([]);
});

test("H89 is not said beside H32, which says that both nets are one", () => {
  const letter = (queue: string): Body => ({ dead_letter_config: [{ target_arn: ref(`aws_sqs_queue.${queue}.arn`) }] });
  const one = made(eventPath, { [mailer]: letter("mailer_failed") });
  expect([named(one, "H32"), named(one, "H89")]).toEqual([[mailer], []]);
  const two = made(eventPath, { [mailer]: letter("letters") }, net("letters"));
  expect([named(two, "H32"), named(two, "H89")]).toEqual([[], [mailer]]);
});
