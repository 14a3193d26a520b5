/** What is not known, or stands outside, is refused by nobody: each beside a neighbour that is. */
import { type Body, type Config, encoded, eventPath, queuePath, ref, topicPath } from "../support/configurations.ts";
import { judged, made, named } from "../support/judged.ts";
import { arn, news, target, work } from "../support/parts.ts";

const depth = "aws_cloudwatch_metric_alarm.undelivered_depth";

describe("H94: a FIFO topic's subscription", () => {
  const subscribed = (values: Body): Config =>
    made(topicPath, {
      [news]: {
        topic_arn: arn("sns", "news.fifo"),
        endpoint: arn("sqs", "theirs.fifo"),
        redrive_policy: encoded({ deadLetterTargetArn: arn("sqs", "dlq.fifo") }),
        ...values,
      },
    });

  test.each<[string, Body, string[]]>([
    ["by a protocol that is not known", { protocol: ref("var.protocol") }, []],
    ["by a queue", { protocol: "sqs" }, []],
    ["by a function", { protocol: "lambda", endpoint: arn("lambda", "function:theirs") }, [news]],
    ["by mail", { protocol: "email", endpoint: "someone@example.com" }, [news]],
  ])("%s", (_name, values, refused) => expect(named(subscribed(values), "H94")).toEqual(refused));
});

describe("H7: a dead-letter queue", () => {
  test.each<[string, string, string[]]>([
    ["that is not known", ref("var.dlq"), []],
    ["of a service that is not read", arn("mq", "broker:theirs"), []],
    ["that is a queue outside", arn("sqs", "theirs"), []],
    ["that is a topic", arn("sns", "theirs"), [work]],
  ])("%s", (_name, to, refused) => {
    const config = made(queuePath, {
      [work]: { redrive_policy: encoded({ deadLetterTargetArn: to, maxReceiveCount: 5 }) },
    });
    expect(named(config, "H7")).toEqual(refused);
  });
});

describe("H86: an alarm's action that a rule sends to as well", () => {
  test.each<[string, string, boolean]>([
    ["of a service that is not read", arn("ssm-incidents", "response-plan/theirs"), false],
    ["a queue", arn("sqs", "theirs"), true],
  ])("%s", (_name, action, refused) => {
    const config = made(eventPath, { [target]: { arn: action }, [depth]: { alarm_actions: [action] } });
    const found = judged(config).filter(({ id, address }) => id === "H86" && address === depth);
    expect(found.map(({ message }) => message)).toEqual(
      refused ? [expect.stringContaining(`would tell ${action}, a queue`)] : [],
    );
  });
});
