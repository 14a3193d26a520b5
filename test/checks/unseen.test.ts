/** Alarms that find no data, or none that goes as far: by Region, dimensions, unit, and what a function reads. */
import type { Finding } from "../../checks/check.ts";
import { check } from "../../checks/check.ts";
import type { Graph } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import {
  all,
  type Body,
  body,
  type Config,
  encoded,
  prefixed,
  queuePath,
  ref,
  streamPath,
  synthesized,
  tablePath,
} from "../support/configurations.ts";
import { found, judged, made, named } from "../support/judged.ts";
import { clicker, clicks, dlq, orders, resource, stream, work } from "../support/parts.ts";

const depth = "aws_cloudwatch_metric_alarm.work_dlq_depth";

/** The graph of a configuration with a second provider, in a Region that may not be known. */
function elsewhere(config: Config, region: string | null = "us-east-1"): Graph {
  const text = JSON.parse(synthesized(config)) as { provider: { aws: object[] } };
  text.provider.aws.push({ alias: "there", ...(region === null ? { region: ref("var.region") } : { region }) });
  return graphOf(readSynthesized(JSON.stringify(text), "/nowhere/cdk.tf.json", "test"));
}

const there = { provider: "aws.there" };
const unwatched = (one: Graph): Finding[] => check(one).filter(({ id }) => id === "H47");

describe("the Region", () => {
  test("an alarm sees the metrics of its own alone", () => {
    const [finding, ...more] = unwatched(elsewhere(made(queuePath, { [depth]: there })));
    expect(more).toEqual([]);
    expect([finding?.address, finding?.message]).toEqual([
      dlq,
      `${depth} watches it and never sounds: it is in us-east-1, and the metrics of ${dlq} are in eu-west-1`,
    ]);
    expect(unwatched(elsewhere(made(queuePath, { [depth]: there }), "eu-west-1"))).toEqual([]);
    expect(unwatched(elsewhere(made(queuePath, { [depth]: there }), null))).toEqual([]);
  });

  test("of two queues of one name it watches the one beside it", () => {
    const twin = (alarmed: boolean): Config => {
      const config = queuePath();
      const other = {
        ...body(config, work),
        ...there,
        redrive_policy: encoded({ deadLetterTargetArn: ref("aws_sqs_queue.other_dlq.arn"), maxReceiveCount: 5 }),
      };
      return all(
        config,
        resource("aws_sqs_queue", "other", other),
        resource("aws_sqs_queue", "other_dlq", { ...body(config, dlq), ...there }),
        ...(alarmed
          ? [resource("aws_cloudwatch_metric_alarm", "other_dlq_depth", { ...body(config, depth), ...there })]
          : []),
      );
    };
    const one = elsewhere(twin(false));
    expect(one.alarms.find(({ address }) => address === depth)?.watches).toEqual([dlq]);
    expect(unwatched(one).map(({ address, message }) => [address, message])).toEqual([
      ["aws_sqs_queue.other_dlq", "failures wait here, and neither an alarm nor a consumer notices them"],
    ]);
    expect(unwatched(elsewhere(twin(true)))).toEqual([]);
    expect(unwatched(elsewhere(twin(false), null))).toEqual([]);
  });

  test("in a state the ARNs tell it", () => {
    const arns = (region: string): Readonly<Record<string, object>> => ({
      "aws_sqs_queue.q": {
        name: "q",
        arn: "arn:aws:sqs:eu-west-1:111122223333:q",
        redrive_policy: JSON.stringify({
          deadLetterTargetArn: "arn:aws:sqs:eu-west-1:111122223333:d",
          maxReceiveCount: 5,
        }),
      },
      "aws_sqs_queue.d": {
        name: "d",
        arn: "arn:aws:sqs:eu-west-1:111122223333:d",
        message_retention_seconds: 1_209_600,
      },
      "aws_lambda_function.f": { function_name: "f", arn: "arn:aws:lambda:eu-west-1:111122223333:function:f" },
      "aws_lambda_event_source_mapping.m": {
        uuid: "m",
        event_source_arn: "arn:aws:sqs:eu-west-1:111122223333:q",
        function_name: "f",
      },
      "aws_cloudwatch_metric_alarm.a": {
        alarm_name: "a",
        arn: `arn:aws:cloudwatch:${region}:111122223333:alarm:a`,
        namespace: "AWS/SQS",
        metric_name: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: "d" },
        statistic: "Maximum",
        unit: "",
        threshold: 1,
        comparison_operator: "GreaterThanOrEqualToThreshold",
        alarm_actions: ["arn:aws:sns:eu-west-1:111122223333:t"],
      },
    });
    const state = (region: string): Graph => {
      const resources = Object.entries(arns(region)).map(([address, values]) => {
        const [type, name] = address.split(".");
        return { address, mode: "managed", type, name, values };
      });
      const text = JSON.stringify({ format_version: "1.0", values: { root_module: { resources } } });
      return graphOf(readShown(text, "state.json"));
    };
    expect(unwatched(state("us-east-1")).map(({ address }) => address)).toEqual(["aws_sqs_queue.d"]);
    expect(unwatched(state("eu-west-1"))).toEqual([]);
  });
});

test.each<[string, Body, boolean]>([
  ["of a function's alias", { FunctionName: ref(`${clicker}.function_name`), Resource: "clicker:live" }, true],
  ["of a mapping of it", { FunctionName: ref(`${clicker}.function_name`), EventSourceMappingUUID: "u" }, true],
  ["of a stage", { FunctionName: ref(`${clicker}.function_name`), Stage: "prod" }, false],
])("an alarm on the iterator age %s", (_name, dimensions, sees) => {
  const config = made(streamPath, { "aws_cloudwatch_metric_alarm.clicks_age": { dimensions } });
  expect(named(config, "H67")).toEqual(sees ? [] : [clicks]);
});

test("a Metrics Insights query holds to more than dimensions", () => {
  const query = (where: string): string[] => {
    const config = queuePath();
    const {
      metric_name: _metric,
      namespace: _namespace,
      dimensions: _own,
      statistic: _of,
      ...given
    } = body(config, depth);
    const { period, ...rest } = given;
    const expression = `SELECT MAX(ApproximateNumberOfMessagesVisible) FROM SCHEMA("AWS/SQS", QueueName) WHERE ${where}`;
    config.resource.aws_cloudwatch_metric_alarm = {
      ...config.resource.aws_cloudwatch_metric_alarm,
      work_dlq_depth: { ...rest, metric_query: [{ id: "q", expression, period: period ?? 60, return_data: true }] },
    };
    return named(config, "H47");
  };
  expect(query("QueueName = 'work_dlq'")).toEqual([]);
  expect(query("QueueName = 'work_dlq' AND AWS.AccountId = '111122223333'")).toEqual([]);
  expect(query("QueueName = 'work_dlq' AND tag.team = 'shop'")).toEqual([]);
  expect(query("QueueName = 'work_dlq' AND Stage = 'prod'")).toEqual([dlq]);
  expect(query("QueueName = 'another'")).toEqual([dlq]);
});

describe("the iterator age of a function", () => {
  const hour = 3_600_000;
  const age = "aws_cloudwatch_metric_alarm.clicks_age";
  const exceeds = { statistic: "Maximum", comparison_operator: "GreaterThanThreshold" };
  const late = (config: Config): Finding | undefined => found(config, "H67")[0];

  test.each<[string, Body, boolean]>([
    ["reached", { threshold: 48 * hour }, true],
    ["past what the stream keeps", { threshold: 48 * hour + 1 }, false],
    ["exceeded", { ...exceeds, threshold: 48 * hour - 1 }, true],
    ["exceeded, past what the stream keeps", { ...exceeds, threshold: 48 * hour }, false],
    ["in milliseconds", { unit: "Milliseconds" }, true],
    ["in seconds", { unit: "Seconds" }, false],
  ])("that is to be %s", (_name, values, sounds) => {
    const finding = late(made(streamPath, { [age]: values }));
    if (sounds) expect(finding).toBeUndefined();
    else expect(finding?.message).toContain(`nothing tells when ${stream} is read late: ${age} never sounds, for its `);
  });

  test("is as long as the longest that it reads, and not known where one is not", () => {
    const config = (threshold: number, hours: number | string): Config => {
      const one = made(streamPath, { [age]: { threshold } });
      return all(
        one,
        resource("aws_kinesis_stream", "more", { name: "more", shard_count: 2, retention_period: hours }),
        resource("aws_lambda_event_source_mapping", "more", {
          ...body(one, clicks),
          event_source_arn: ref("aws_kinesis_stream.more.arn"),
        }),
      );
    };
    const clicked = (one: Config): boolean => named(one, "H67").includes(clicks);
    expect(clicked(config(72 * hour, 72))).toBe(false);
    expect(clicked(config(72 * hour + 1, 72))).toBe(true);
    expect(clicked(config(48 * hour + 1, 24))).toBe(true);
    expect(clicked(config(8760 * hour, ref("var.hours")))).toBe(false);
    expect(late(config(72 * hour + 1, 72))?.message).toContain(
      `its threshold ${72 * hour + 1} ms is above the retention 72 h of what the function reads`,
    );
  });

  test("of a table's stream is a day at most, and of a queue there is none", () => {
    const projector = (threshold: number): string[] =>
      named(made(tablePath, { "aws_cloudwatch_metric_alarm.orders_age": { threshold } }), "H67");
    expect(projector(24 * hour)).toEqual([]);
    expect(projector(24 * hour + 1)).toEqual([orders]);
    // The queue that the function reads as well has no iterator.
    const queued = all(made(streamPath, { [age]: { threshold: 48 * hour + 1 } }), prefixed(queuePath(), "own"));
    body(queued, "aws_lambda_event_source_mapping.own_work").function_name = ref(`${clicker}.arn`);
    expect(judged(queued).some(({ id, address }) => id === "H67" && address === clicks)).toBe(true);
  });

  test("of a stream, on the stream: hours are milliseconds", () => {
    const ofStream = (threshold: number): string[] =>
      named(
        made(streamPath, {
          [age]: {
            ...exceeds,
            namespace: "AWS/Kinesis",
            metric_name: "GetRecords.IteratorAgeMilliseconds",
            dimensions: { StreamName: ref(`${stream}.name`) },
            threshold,
          },
        }),
        "H67",
      );
    expect(ofStream(hour)).toEqual([]);
    expect(ofStream(48 * hour - 1)).toEqual([]);
    expect(ofStream(48 * hour)).toEqual([clicks]);
  });
});
