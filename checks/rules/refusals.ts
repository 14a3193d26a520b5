/** Combinations that AWS refuses, or never delivers over, and that Terraform lets pass: H94 to H98. */
import type { Edge, Node, TargetEdge } from "../../topology/graph.ts";
import { isFifo, kindOf } from "../ends.ts";
import { type Change, type Fix, set, without } from "../fix.ts";
import { pages, type Rule, rule } from "../rule.ts";
import { known, type View } from "../view.ts";

/** What is wrong with one end that is FIFO, or is none, and what would be right. */
interface Mismatch {
  readonly what: string;
  readonly fix: Fix;
}

export const refusalRules: readonly Rule[] = [
  rule({
    id: "H94",
    severity: "error",
    title: "a FIFO end where the other is none",
    on: "edge",
    see: pages.snsFifo,
    judge: (edge, view) =>
      mismatches(edge, view).map(({ what, fix }) => ({
        address: edge.address,
        at: [edge.kind === "dead-letter" ? edge.from : edge.id],
        message: what,
        fix,
      })),
  }),
  rule({
    id: "H95",
    severity: "error",
    title: "a stream's mapping without a starting position that AWS takes",
    on: "streamMapping",
    see: pages.kinesisParameters,
    judge({ mapping }) {
      const { startingPosition, startingPositionTimestamp } = mapping.settings;
      const [position, timestamp] = [known(startingPosition), known(startingPositionTimestamp)];
      const from = { address: mapping.address, at: [mapping.id] };
      const oldest = set(mapping.address, "starting_position", "TRIM_HORIZON");
      if (position === null) {
        return {
          ...from,
          message: "no starting_position: AWS refuses the mapping of a stream without it",
          fix: [oldest],
        };
      }
      if (position !== "AT_TIMESTAMP") return undefined;
      if (mapping.source === "dynamodb") {
        const given = timestamp === null ? [] : [without(mapping.address, "starting_position_timestamp")];
        return {
          ...from,
          message: "starting_position AT_TIMESTAMP: the stream of a table has TRIM_HORIZON and LATEST alone",
          fix: [oldest, ...given],
        };
      }
      if (timestamp !== null) return undefined;
      return {
        ...from,
        message: "starting_position AT_TIMESTAMP without starting_position_timestamp: AWS refuses the mapping",
        fix: { either: [[oldest]], or: "starting_position_timestamp = …" },
      };
    },
  }),
  rule({
    id: "H96",
    severity: "error",
    title: "fewer pollers at most than at least",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping }) {
      const pollers = known(mapping.settings.provisionedPollers) ?? null;
      if (pollers === null || pollers.minimumPollers <= pollers.maximumPollers) return undefined;
      const { minimumPollers: least, maximumPollers: most } = pollers;
      const change = (name: string, value: number): Change[] => [
        set(mapping.address, `provisioned_poller_config.${name}`, value),
      ];
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `minimum_pollers ${least} is above maximum_pollers ${most}: AWS refuses the mapping`,
        fix: {
          either: [change("maximum_pollers", least), ...(most < leastPollers ? [] : [change("minimum_pollers", most)])],
        },
      };
    },
  }),
  rule({
    id: "H97",
    severity: "error",
    title: "a mapping of a table without stream",
    on: "streamMapping",
    see: pages.dynamodb,
    judge({ mapping, stream }) {
      if (stream?.kind !== "table" || known(stream.streamEnabled) !== false) return undefined;
      return {
        address: stream.address,
        at: [mapping.id],
        message: `${mapping.address} reads its stream, and stream_enabled is not true: there is none to read`,
        fix: [
          set(stream.address, "stream_enabled", true),
          ...(known(stream.streamViewType) === null
            ? [set(stream.address, "stream_view_type", "NEW_AND_OLD_IMAGES")]
            : []),
        ],
      };
    },
  }),
  rule({
    id: "H98",
    severity: "error",
    title: "a redrive allow policy that AWS refuses",
    on: "queue",
    see: pages.deadLetterQueues,
    judge(queue) {
      const policy = known(queue.redriveAllowPolicy);
      if (policy === undefined) return undefined;
      const { redrivePermission, sourceQueues } = policy;
      const count = sourceQueues.length;
      const from = { address: queue.address, at: [queue.address] };
      if (redrivePermission !== "byQueue") {
        if (count === 0) return undefined;
        return {
          ...from,
          message: `its redrive allow policy is ${redrivePermission} and names ${count} queue(s): AWS takes names with byQueue alone`,
          fix: `redrivePermission = "byQueue", or no sourceQueueArns`,
        };
      }
      if (count <= mostSourceQueues) return undefined;
      return {
        ...from,
        message: `its redrive allow policy names ${count} queues, at most ${mostSourceQueues}`,
        fix: `redrivePermission = "allowAll", or a dead-letter queue for every ${mostSourceQueues} queues`,
      };
    },
  }),
];

/** R122. */
const mostSourceQueues = 10;

/** The least number of pollers that AWS takes (R74). */
const leastPollers = 2;

function mismatches(edge: Edge, view: View): Mismatch[] {
  const to = view.node(edge.to);
  switch (edge.kind) {
    case "notification":
      return to !== undefined && isFifo(to) === true
        ? [
            {
              what: `${to.address} is a FIFO ${kindOf(to)}: S3 notifies standard ones alone`,
              fix: `a standard ${kindOf(to)}`,
            },
          ]
        : [];
    case "subscription":
      return ofSubscription(edge.protocol, view.node(edge.from), to);
    case "dead-letter":
      if (edge.of === "target") return ofUndelivered(delivered(edge.from, view), to, view);
      return edge.of === "subscription" ? ofLetters(view.node(delivered(edge.from, view)), to) : [];
    case "target":
      return to !== undefined && isFifo(to) === true ? ofTarget(edge, to, view) : [];
    case "rule":
    case "mapping":
    case "pipe":
    case "redrive":
    case "on-failure":
    case "on-success":
      return [];
  }
}

/** From where the edge with an id delivers. */
function delivered(id: string, view: View): string | undefined {
  return view.graph.edges.find((one) => one.id === id)?.from;
}

/** A FIFO topic delivers to queues, a standard one to standard queues. */
function ofSubscription(protocol: string, topic: Node | undefined, to: Node | undefined): Mismatch[] {
  const fifo = topic === undefined ? undefined : isFifo(topic);
  if (fifo === true && protocol !== "sqs" && protocol !== "unknown") {
    return [
      {
        what: `${topic?.address} is FIFO: SNS delivers its messages to queues alone, and refuses a subscription by ${protocol}`,
        fix: "a queue as subscriber, or a standard topic",
      },
    ];
  }
  if (fifo !== false || protocol !== "sqs" || to === undefined || isFifo(to) !== true) return [];
  return [
    {
      what: `${to.address} is FIFO and ${topic?.address} is not: SNS refuses the subscription`,
      fix: "a FIFO topic, or a standard queue",
    },
  ];
}

/** The dead-letter queue of a subscription is of its topic's type (R50). */
function ofLetters(topic: Node | undefined, to: Node | undefined): Mismatch[] {
  if (topic === undefined || to === undefined || kindOf(to) !== "queue") return [];
  const [own, theirs] = [isFifo(topic), isFifo(to)];
  if (own === undefined || theirs === undefined || own === theirs) return [];
  const type = (fifo: boolean): string => (fifo ? "FIFO" : "standard");
  return [
    {
      what: `the dead-letter queue ${to.address} is ${type(theirs)} and the topic ${topic.address} is ${type(own)}: SNS moves nothing there`,
      fix: `a ${type(own)} queue as dead-letter queue`,
    },
  ];
}

/**
 * What cannot be delivered goes to a standard queue. PutTargets answers "SQS FIFO is not supported by Dead Letter
 * Queues", and the ARN that Scheduler takes has no dot in it.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
function ofUndelivered(from: string | undefined, to: Node | undefined, view: View): Mismatch[] {
  if (to === undefined || kindOf(to) !== "queue" || isFifo(to) !== true) return [];
  const [service, source] =
    view.nodeOf("schedule", from) === undefined ? ["EventBridge", "target"] : ["Scheduler", "schedule"];
  return [
    {
      what: `the dead-letter queue ${to.address} is FIFO: ${service} takes a standard queue alone, and refuses the ${source}`,
      fix: "a standard queue as dead-letter queue",
    },
  ];
}

/**
 * A target sends no message without a group into a FIFO queue, and gives it no deduplication id. For a topic it has no
 * parameter that holds a group, and SNS refuses what is published to a FIFO topic without one.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
function ofTarget(edge: TargetEdge, to: Node, view: View): Mismatch[] {
  const isScheduled = view.nodeOf("schedule", edge.from) !== undefined;
  if (kindOf(to) === "topic") {
    return [
      {
        what: `${to.address} is a FIFO topic, and a target has no message group to give it: nothing can be published to it`,
        fix: isScheduled
          ? "a standard topic, or the target arn:aws:scheduler:::aws-sdk:sns:publish with a MessageGroupId in its input"
          : "a standard topic, or a FIFO queue and its message group",
      },
    ];
  }
  const block = isScheduled ? "sqs_parameters" : "sqs_target";
  return [
    ...(known(edge.messageGroupId) === null
      ? [
          {
            what: `${to.address} is FIFO and the target has no message_group_id: nothing can be sent to it`,
            fix: `${block} { message_group_id = … }`,
          },
        ]
      : []),
    ...(to.kind === "queue" && known(to.contentBasedDeduplication) === false
      ? [
          {
            what: `${to.address} is FIFO without content-based deduplication, and a target gives no deduplication id: nothing can be sent to it`,
            fix: [set(to.address, "content_based_deduplication", true)],
          },
        ]
      : []),
  ];
}
