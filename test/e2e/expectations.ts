/** What must be seen of each path once its ten messages have come to their end. */
import { isDeepStrictEqual } from "node:util";
import type { Alarm } from "./aws.ts";
import type { Finding } from "./judge.ts";
import { MAX_RECEIVE_COUNT, type Path } from "./paths.ts";
import { ATTRIBUTES, type Outcome, receivesOf } from "./traffic.ts";

/** How often each of the good messages was processed. */
export function repeatsOf({ log }: Outcome): number {
  return log.processed.length - new Set(log.processed).size;
}

export function judgeTraffic(outcome: Outcome): readonly Finding[] {
  const { path, sent, log, dead, left } = outcome;
  const good = sent.filter(({ poison }) => !poison);
  const poison = sent.find((message) => message.poison);
  const times = good.map(({ id }) => [id, log.processed.filter((processed) => processed === id).length] as const);
  const wrong = times.filter(([, count]) => count !== 1);
  const others = log.processed.filter((id) => good.every((message) => message.id !== id));
  const [message] = dead;
  const tries = log.failed.filter(({ messageId }) => messageId === poison?.messageId).map(({ attempt }) => attempt);
  const expectedTries = Array.from({ length: MAX_RECEIVE_COUNT }, (_, index) => index + 1);
  const ours = Object.keys(ATTRIBUTES);
  return [
    {
      id: `${path.name}.processed-once`,
      what: `the ${good.length} good messages were processed, each once`,
      shown: good.length === 9 && wrong.length === 0 && others.length === 0,
      seen: [...wrong.map(([id, count]) => `${id} ${count} times`), ...others.map((id) => `also ${id}`)].join(", "),
    },
    {
      id: `${path.name}.poison-landed`,
      what: `the poison, and nothing else, stands in ${path.deadLetterQueue}`,
      shown: dead.length === 1 && message?.MessageId === poison?.messageId,
      seen: `${dead.length} messages: ${dead.map(({ Body }) => Body).join(" ")}`,
    },
    {
      id: `${path.name}.poison-tried`,
      what: `the function was tried with the poison ${MAX_RECEIVE_COUNT} times, and each receive was a try`,
      shown: isDeepStrictEqual(tries, expectedTries) && receivesOf(message) === MAX_RECEIVE_COUNT,
      seen: `${receivesOf(message)} receives, failures logged at receive ${tries.join(", ")}`,
    },
    {
      id: `${path.name}.poison-intact`,
      what: "its body, its attributes and its message group are as they were sent",
      shown:
        message?.Body === poison?.body &&
        isDeepStrictEqual(plain(message?.MessageAttributes), plain(ATTRIBUTES)) &&
        message?.Attributes?.MessageGroupId === poison?.group,
      seen: `${message?.Body}; attributes ${Object.keys(message?.MessageAttributes ?? {}).join(", ")} of ${ours.join(", ")}; group ${message?.Attributes?.MessageGroupId}`,
    },
    {
      id: `${path.name}.source-empty`,
      what: `${path.queue} is empty`,
      shown: left === 0,
      seen: `${left} messages visible, in flight or delayed`,
    },
    ...(path.fifo ? [judgeOrder(outcome)] : []),
  ];
}

/** Of each group, what was processed and in which order. */
function judgeOrder({ path, sent, log }: Outcome): Finding {
  const groups = [...new Set(sent.map(({ group }) => group))];
  const expected = groups.map((group) => sent.filter((one) => one.group === group && !one.poison).map(({ id }) => id));
  const seen = expected.map((ids) => log.processed.filter((id) => ids.includes(id)));
  const behind = sent.at(-1)?.id;
  return {
    id: `${path.name}.order`,
    what: `each message group was processed in order, and ${behind} waited until the poison before it had gone`,
    shown: isDeepStrictEqual(seen, expected) && log.processed.at(-1) === behind,
    seen: log.processed.join(", "),
  };
}

type Attributes = Readonly<Record<string, { readonly DataType?: string | undefined }>>;

/** Attributes as data of one kind: the SDK's binary values are of several classes. */
function plain(attributes: Attributes | undefined): unknown {
  return Object.entries(attributes ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const { DataType, StringValue, BinaryValue } = value as Record<string, unknown>;
      return [name, DataType, StringValue ?? Buffer.from(BinaryValue as Uint8Array).toString("base64")];
    });
}

/** Whether the alarms look at the path's queues and tell the topic. */
export function judgeAlarms(path: Path, alarms: readonly Alarm[], topic: string): Finding {
  const expected = [
    `ApproximateAgeOfOldestMessage of ${path.queue}`,
    `ApproximateNumberOfMessagesVisible of ${path.deadLetterQueue}`,
  ];
  const seen = alarms
    .filter(({ AlarmName, AlarmActions }) => AlarmName.startsWith(`${path.function}-`) && AlarmActions.includes(topic))
    .map(({ MetricName, Dimensions }) => `${MetricName} of ${Dimensions.map(({ Value }) => Value).join(" and ")}`)
    .toSorted();
  return {
    id: `${path.name}.alarms`,
    what: "CloudWatch has an alarm on the dead-letter queue's depth and one on the queue's oldest message, for the topic",
    shown: isDeepStrictEqual(seen, expected),
    seen: seen.join(", "),
  };
}
