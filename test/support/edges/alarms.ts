/** Whether somebody is told. */
import type { Resource } from "../resolved.ts";
import type { Json } from "../synth.ts";
import { type Finding, finding, nameOf, ofType, type World } from "./world.ts";

export function alarms({ paths, resources, surroundings }: World): Finding[] {
  const watched = paths.filter(({ queueArn }) => surroundings.unwatched?.includes(queueArn) !== true);
  const wanted = watched.flatMap(({ mapping, queueArn, deadLetterArn }) => [
    { at: mapping.address, metric: "ApproximateAgeOfOldestMessage", queue: nameOf(queueArn) },
    { at: mapping.address, metric: "ApproximateNumberOfMessagesVisible", queue: nameOf(deadLetterArn ?? "") },
  ]);
  const all = ofType(resources, "aws_cloudwatch_metric_alarm");
  return [
    ...wanted
      .filter(({ metric, queue }) => !all.some((alarm) => watches(alarm, metric, queue)))
      .map(({ at, metric, queue }) =>
        finding("alarm", at, `no alarm watches ${metric} of the queue ${queue}`, metric, queue),
      ),
    ...all
      .filter((alarm) => !wanted.some(({ metric, queue }) => watches(alarm, metric, queue)))
      .map(({ address }) => finding("superfluous", address, "watches nothing of a path", address)),
    ...all.flatMap((alarm) => wrongWith(alarm, surroundings.notify)),
  ];
}

/** What an alarm needs in order to fire, to be heard and to be quiet otherwise. */
function wrongWith({ address, attributes }: Resource, notify: string | undefined): Finding[] {
  const actions = (key: string): readonly Json[] => (attributes[key] ?? []) as readonly Json[];
  const wrong = [
    notify !== undefined && !actions("alarm_actions").includes(notify) ? `alarm_actions lack ${notify}` : "",
    notify !== undefined && !actions("ok_actions").includes(notify) ? `ok_actions lack ${notify}` : "",
    attributes["treat_missing_data"] === "notBreaching" ? "" : "silence would fire it: treat_missing_data",
    attributes["comparison_operator"] === "GreaterThanOrEqualToThreshold"
      ? ""
      : "compares the wrong way: comparison_operator",
    attributes["statistic"] === "Maximum" ? "" : "looks at no maximum: statistic",
    typeof attributes["threshold"] === "number" && attributes["threshold"] >= 1 ? "" : "would always fire: threshold",
  ];
  return wrong.filter((text) => text !== "").map((text) => finding("alarm", address, text, address));
}

/** Whether an alarm can fire for a queue: with a dimension missing or wrong it never does. */
const watches = (alarm: Resource, metric: string, queue: string): boolean =>
  alarm.attributes["namespace"] === "AWS/SQS" &&
  alarm.attributes["metric_name"] === metric &&
  JSON.stringify(alarm.attributes["dimensions"]) === JSON.stringify({ QueueName: queue });
