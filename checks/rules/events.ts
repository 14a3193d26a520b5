/** EventBridge, SNS, Scheduler and S3: H40 to H50, and what belongs with them. */
import { type Alarm, type DestinationEdge, type Edge, permissionOf, type TargetEdge } from "../../topology/graph.ts";
import { mayMatch } from "../../topology/patterns/possible.ts";
import { differs, isFifo, kindOf, kindOfArn } from "../ends.ts";
import { allow, without } from "../fix.ts";
import { pages, type Rule, rule, shown } from "../rule.ts";
import { known, type View } from "../view.ts";
import {
  admission,
  half,
  hasFunctionNet,
  longestAgeSeconds,
  mostAttempts,
  netFor,
  retryPolicy,
  silentNet,
} from "./deliveries.ts";
import { longestRetention, queueFigures, triageSeconds } from "./queue-figures.ts";

/** A shorter age than this does not outlast a minute's throttle of the target (R34). */
const shortAgeSeconds = 60;
/** Targets of a rule by default; the quota can be raised. */
const targetQuota = 5;

function isDelivery(edge: Edge): boolean {
  return edge.kind === "target" || edge.kind === "subscription" || edge.kind === "notification";
}

/** Alarms that show that a queue holds something. */
const depthMetrics = ["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"];

export const eventRules: readonly Rule[] = [
  rule({
    id: "H40",
    severity: "warning",
    title: "a target's dead-letter queue that EventBridge may not write to",
    on: "destination",
    see: pages.rulesDeadLetter,
    judge({ edge }, view) {
      if (edge.of !== "target") return undefined;
      const source = delivering(edge, view)?.from ?? null;
      const scheduled = view.nodeOf("schedule", source) !== undefined;
      const metric = scheduled ? "InvocationsFailedToBeSentToDeadLetterCount" : "InvocationsFailedToBeSentToDlq";
      return silentNet(edge, metric, source);
    },
  }),
  rule({
    id: "H41",
    severity: "warning",
    title: "a subscription's dead-letter queue that SNS may not write to",
    on: "destination",
    see: pages.snsDeadLetter,
    judge: ({ edge }, view) =>
      edge.of === "subscription"
        ? silentNet(edge, "NumberOfNotificationsFailedToRedriveToDlq", delivering(edge, view)?.from ?? null)
        : undefined,
  }),
  rule({
    id: "H42",
    severity: "warning",
    title: "one of the two nets",
    on: "target",
    see: pages.rulesDeadLetter,
    judge: ({ edge, deadLetter }, view) => half(edge, deadLetter, view),
  }),
  rule({
    id: "H42",
    severity: "warning",
    title: "one of the two nets",
    on: "subscription",
    see: pages.sns,
    judge: ({ edge, deadLetter }, view) => half(edge, deadLetter, view),
  }),
  rule({
    id: "H43",
    severity: "warning",
    title: "a retry policy that a short throttle of the target outlasts",
    on: "target",
    see: pages.rulesRetry,
    judge({ edge }, view) {
      const { maximumRetryAttempts, maximumEventAgeInSeconds } = edge.settings;
      const [attempts, age] = [known(maximumRetryAttempts), known(maximumEventAgeInSeconds)];
      const none = attempts === 0;
      // An age that nothing sets is AWS's, or a 0 that it refuses (H93).
      const short = age !== undefined && age <= shortAgeSeconds && maximumEventAgeInSeconds.from !== "default";
      if (!none && !short) return undefined;
      const figures = [
        ...(none
          ? [
              `maximum_retry_attempts ${maximumRetryAttempts.from === "default" ? "is not set in retry_policy, and the provider sends " : ""}0`,
            ]
          : []),
        ...(short ? [`maximum_event_age_in_seconds ${age}`] : []),
      ];
      return {
        address: edge.address,
        at: [edge.id],
        message: `${figures.join(" and ")}: a target that is throttled for a minute loses events`,
        fix: retryPolicy(
          edge,
          { ...(none ? { attempts: mostAttempts } : {}), ...(short ? { age: longestAgeSeconds } : {}) },
          view,
        ),
      };
    },
  }),
  rule({
    id: "H44",
    severity: "error",
    title: "the source may not deliver to its target",
    on: "edge",
    see: pages.rulesTrouble,
    judge(edge) {
      if (!isDelivery(edge) || permissionOf(edge) !== "missing") return undefined;
      const lacking = edge.permissions.find(({ state }) => state === "missing");
      return {
        address: edge.address,
        at: [edge.id],
        message: `${lacking?.why ?? "a permission is missing"}: nothing of ${edge.from} reaches ${edge.to ?? "it"}, without a retry`,
        fix: admission(edge),
      };
    },
  }),
  rule({
    id: "H45",
    severity: "warning",
    title: "the dead-letter queue of a target or subscription in another Region or account",
    on: "destination",
    see: pages.rulesDeadLetter,
    judge({ edge, to }, view) {
      if (edge.of !== "target" && edge.of !== "subscription") return undefined;
      const source = view.node(delivering(edge, view)?.from);
      if (source === undefined || to === undefined) return undefined;
      // R39, R50.
      if (differs(source.region, to.region)) {
        return {
          address: edge.address,
          at: [edge.from],
          message: `${to.address} is in ${to.region} and ${source.address} in ${source.region}`,
          fix: `a standard queue in ${source.region}, the Region of the ${source.kind}`,
        };
      }
      if (edge.of !== "subscription" || !differs(source.accountId, to.accountId)) return undefined;
      return {
        address: edge.address,
        at: [edge.from],
        message: `${to.address} is in account ${to.accountId} and ${source.address} in ${source.accountId}`,
        fix: `a queue in account ${source.accountId}, that of the topic`,
      };
    },
  }),
  rule({
    id: "H46",
    severity: "advice",
    title: "a chain of buses over a third account or Region",
    on: "target",
    see: pages.rulesDeadLetter,
    judge({ edge, to }, view) {
      const first = busOf(edge.from, view);
      const onward =
        to?.kind === "bus" ? view.from(to.address, "rule").flatMap((one) => view.from(one.to ?? "", "target")) : [];
      const third = onward.map((one) => view.node(one.to)).find((node) => node !== undefined && isBus(node));
      if (first === undefined || to === undefined || third === undefined) return undefined;
      const places = [first, to, third].flatMap(({ region, accountId }) =>
        region === null || accountId === null ? [] : `${accountId} ${region}`,
      );
      if (new Set(places).size < 3) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `${first.address} to ${to.address} to ${third.address}: EventBridge passes an event on to one other account or Region, and stops at the third`,
        fix: "a rule from the first bus to the third",
      };
    },
  }),
  rule({
    id: "H47",
    severity: "warning",
    title: "a net that nobody watches",
    on: "netQueue",
    see: pages.deadLetterQueues,
    judge({ queue, incoming }, view) {
      if (view.consumers(queue.address).length > 0 || view.alarms(queue.address, ...depthMetrics).length > 0)
        return undefined;
      const [wrong] = view.watchers(queue.address, "NumberOfMessagesSent");
      const [silent] = view.watchers(queue.address, ...depthMetrics);
      return {
        address: queue.address,
        at: incoming.flatMap((edge) => view.placesOf(edge)),
        message:
          silent !== undefined
            ? `${silent.address} watches it and never sounds: ${view.whySilent(silent, queue.address)}`
            : wrong === undefined
              ? "failures wait here, and neither an alarm nor a consumer notices them"
              : `${wrong.address} watches NumberOfMessagesSent, which does not count what a redrive policy moves here`,
        fix: "an alarm on ApproximateNumberOfMessagesVisible, dimension QueueName, from 1",
      };
    },
  }),
  rule({
    id: "H50",
    severity: "warning",
    title: "a net that forgets before anyone has looked",
    on: "netQueue",
    see: pages.retention,
    judge({ queue, incoming }, view) {
      const retention = known(queue.messageRetentionPeriod);
      if (retention === undefined || retention >= triageSeconds || view.consumers(queue.address).length > 0)
        return undefined;
      const longest = longestRetention(queue, view);
      const changes = longest === undefined ? undefined : queueFigures(queue, { retention: longest }, view);
      return {
        address: queue.address,
        at: incoming.flatMap((edge) => view.placesOf(edge)),
        message: `retention ${shown(retention)} is shorter than a weekend and a few days to look into it (${shown(triageSeconds)})`,
        fix:
          longest === undefined || longest < triageSeconds || changes === undefined
            ? "a retention of two weeks, and no redrive policy of its own"
            : changes,
      };
    },
  }),
  rule({
    id: "H76",
    severity: "warning",
    title: "a target without dead-letter queue",
    on: "target",
    see: pages.rulesDeadLetter,
    judge({ edge, deadLetter, to }, view) {
      if (deadLetter !== undefined || hasFunctionNet(edge, view) === true) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `what cannot be delivered to ${to?.address ?? "the target"} is dropped${patience(edge.settings)}, and at once where a permission is missing`,
        fix: netFor(edge, view),
      };
    },
  }),
  rule({
    id: "H77",
    severity: "warning",
    title: "a subscription without dead-letter queue, other than one that a person reads",
    on: "subscription",
    see: pages.sns,
    judge({ edge, deadLetter }, view) {
      if (deadLetter !== undefined || forPeople.has(edge.protocol)) return undefined;
      if (hasFunctionNet(edge, view) === true) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `what cannot be delivered to ${edge.to ?? "the subscriber"} is dropped, ${droppedWhen(edge.protocol)}`,
        fix: netFor(edge, view),
      };
    },
  }),
  rule({
    id: "H80",
    severity: "warning",
    title: "more targets than the default quota",
    on: "rule",
    see: pages.rulesQuotas,
    judge(found, view) {
      const targets = view.from(found.address, "target");
      if (targets.length <= targetQuota) return undefined;
      return {
        address: found.address,
        at: targets.map(({ id }) => id),
        message: `${targets.length} targets, and ${targetQuota} are allowed by default`,
        fix: "a second rule, or a raised quota",
      };
    },
  }),
  rule({
    id: "H81",
    severity: "error",
    title: "two targets of one rule under one id",
    on: "rule",
    see: pages.rulesTrouble,
    judge(found, view) {
      const targets = view.from(found.address, "target").filter(({ targetId }) => targetId !== null);
      const twice = targets.find(
        (one, index) => targets.findIndex(({ targetId }) => targetId === one.targetId) !== index,
      );
      if (twice === undefined) return undefined;
      const both = targets.filter(({ targetId }) => targetId === twice.targetId).map(({ address }) => address);
      return {
        address: twice.address,
        at: [twice.id],
        message: `${both.join(" and ")} have the target_id ${JSON.stringify(twice.targetId)}: the later one replaces the other`,
        fix: { either: [[without(twice.address, "target_id")]], or: "a target_id of its own for each" },
      };
    },
  }),
  rule({
    id: "H86",
    severity: "warning",
    title: "an alarm that tells nobody",
    on: "alarm",
    see: pages.alarms,
    judge(alarm, view) {
      const { address, alarmActions, watches, metricName, actionsEnabled, permissions } = alarm;
      if (alarmActions === null || watches.length === 0) return undefined;
      const unheard = permissions.find(({ state }) => state === "missing");
      if (unheard !== undefined) {
        const { principal, actions, why } = unheard;
        return {
          address,
          at: watches,
          message: `it watches ${metricName ?? "a metric"} of ${watches.join(", ")}, and whom it should tell does not hear it: ${why ?? `${principal} lacks ${actions.join(", ")}`}`,
          fix: allow(unheard, address),
        };
      }
      const refused = alarmActions.flatMap((action) => refusedAction(action, view) ?? []);
      if (refused.length > 0) {
        return {
          address,
          at: watches,
          message: `it watches ${metricName ?? "a metric"} of ${watches.join(", ")} and would tell ${refused.join(" and ")}`,
          fix: "alarm_actions = [ a standard topic, or a function ]",
        };
      }
      if (alarmActions.length > 0 || isRuled(alarm, view)) return undefined;
      return {
        address,
        at: watches,
        message: `it watches ${metricName ?? "a metric"} of ${watches.join(", ")} and tells nobody: ${actionsEnabled ? "neither it nor a composite alarm that names it has alarm_actions" : "its actions_enabled is false, and no composite alarm that names it has alarm_actions"}`,
        fix: `${actionsEnabled ? "" : "actions_enabled = true, and "}alarm_actions = [ the topic of whoever is on call ]`,
      };
    },
  }),
  rule({
    id: "H87",
    severity: "warning",
    title: "two resources write one owner's settings",
    on: "node",
    see: pages.s3Notifications,
    judge(node, view) {
      const notifications =
        node.kind === "bucket" ? view.from(node.address, "notification").map(({ address }) => address) : [];
      const policies = "policies" in node ? (node.policies ?? []) : [];
      const writers = new Set(notifications);
      const written = writers.size > 1 ? [...writers] : policies;
      if (written.length < 2) return undefined;
      return {
        address: written[1] ?? node.address,
        at: [node.address],
        message: `${written.join(" and ")} each write ${writers.size > 1 ? "all notifications" : "the whole policy"} of ${node.address}: the later one silently replaces the other`,
        fix: "one resource that holds both",
      };
    },
  }),
  rule({
    id: "H88",
    severity: "warning",
    title: "a target in another Region than its rule, or what a bucket notifies in another than its own",
    on: "edge",
    see: pages.rulesTrouble,
    judge(edge, view) {
      if (edge.kind !== "target" && edge.kind !== "notification") return undefined;
      const [from, to] = [view.node(edge.from), view.node(edge.to)];
      if (from === undefined || to === undefined || isBus(to) || !differs(from.region, to.region)) return undefined;
      const [only, fix] =
        edge.kind === "target"
          ? ["only a bus can be a target in another Region", "a bus there as target, with a rule of its own"]
          : ["S3 notifies what is in the Region of the bucket alone", `an end in ${from.region}`];
      return {
        address: edge.address,
        at: [edge.id],
        message: `${from.address} is in ${from.region} and ${to.address} in ${to.region}: ${only}`,
        fix,
      };
    },
  }),
];

/** The target's or subscription's edge that a dead-letter queue is for. */
function delivering(edge: DestinationEdge, view: View): Edge | undefined {
  return view.graph.edges.find(({ id }) => id === edge.from);
}

/** Whether a rule may take an alarm's change of state from the default bus, and does something with it. */
function isRuled({ name }: Alarm, view: View): boolean {
  const event = {
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    detail: { ...(name === null ? {} : { alarmName: name }), state: { value: "ALARM" } },
  };
  return view.from("default", "rule").some(({ to }) => {
    const taking = view.nodeOf("rule", to);
    const pattern = taking === undefined ? undefined : known(taking.eventPattern);
    if (taking === undefined || pattern === null) return false;
    const used = view.from(taking.address, "target").some((one) => view.isOn(one));
    return used && (pattern === undefined || mayMatch(pattern, event));
  });
}

/**
 * Why CloudWatch cannot act on something, undefined: it may. Of what events come to it takes topics and functions alone
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html), and it has no message group
 * to publish with.
 */
function refusedAction(action: string, view: View): string | undefined {
  const node = view.node(action);
  const kind = node === undefined ? kindOfArn(action) : kindOf(node);
  if (kind === "topic") {
    const fifo = node === undefined ? action.endsWith(".fifo") : isFifo(node) === true;
    return fifo ? `${action}, a FIFO topic, to which it can publish nothing without a message group` : undefined;
  }
  return kind === undefined || kind === "function" || kind === "external"
    ? undefined
    : `${action}, a ${kind}, which CloudWatch does not take as an action`;
}

/** How long EventBridge tries, as far as it is known. */
function patience({ maximumRetryAttempts, maximumEventAgeInSeconds }: TargetEdge["settings"]): string {
  const [attempts, age] = [known(maximumRetryAttempts), known(maximumEventAgeInSeconds)];
  return attempts === undefined || age === undefined ? " in the end" : ` after ${attempts} retries or ${shown(age)}`;
}

/** Protocols of what a person reads: what is sent again later helps nobody. */
const forPeople: ReadonlySet<string> = new Set(["email", "email-json", "sms", "application"]);

/**
 * When SNS gives up: of an endpoint that answers over HTTP it tries for 3,600 s at most, of AWS's services for 23 days
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
 */
function droppedWhen(protocol: string): string {
  return protocol === "http" || protocol === "https"
    ? "after an hour of retries at most, and at once where it answers with a 4xx other than 429"
    : "at once where it is deleted or its policy denies";
}

function isBus(node: { readonly kind: string; readonly arn: string }): boolean {
  return node.kind === "bus" || (node.kind === "external" && node.arn.includes(":event-bus/"));
}

/** The bus whose events come to a rule. */
function busOf(ruleAddress: string, view: View) {
  const edge = view.into(ruleAddress).find(({ kind }) => kind === "rule");
  return view.node(edge?.from);
}
