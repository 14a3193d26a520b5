/** Asynchronous invocation and its destinations: H26 to H39, H72, and what belongs with them. */
import {
  type DestinationEdge,
  type Edge,
  type EventPattern,
  type JsonValue,
  permissionOf,
} from "../../topology/graph.ts";
import { pages, type Rule, rule } from "../rule.ts";
import { type AsyncUse, known } from "../view.ts";

/** Ages below which throttles alone use an event up, where little concurrency is reserved: a busy quarter of an hour. */
const shortAgeSeconds = 900;
const lowConcurrency = 5;
/** Waits before the first and the second retry (R10); an event is given up when the next one would pass its age (R15). */
const retryWaits = [60, 120] as const;

function shownQualifier({ fn, qualifier }: AsyncUse): string {
  return qualifier === "$LATEST" ? fn.address : `${fn.address} (${qualifier})`;
}

function sourcesOf({ sources }: AsyncUse): string {
  return [...new Set(sources.map(({ from }) => from))].join(", ");
}

/** Texts under a key of a pattern, wherever it stands. */
function textsUnder(pattern: JsonValue, key: string): string[] {
  if (Array.isArray(pattern)) return pattern.flatMap((one) => textsUnder(one, key));
  if (typeof pattern !== "object" || pattern === null) return [];
  return Object.entries(pattern).flatMap(([name, value]) => {
    const own =
      name === key && Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
    return own.concat(textsUnder(value, key));
  });
}

/** Whether a pattern may match the events that Lambda puts on a bus for a destination (R28). */
function mayMatchResults(pattern: EventPattern): boolean {
  const { source } = pattern;
  const listed = Array.isArray(source) ? source : undefined;
  return (
    listed === undefined || listed.some((one) => typeof one !== "string" || one === "lambda" || one === "aws.lambda")
  );
}

function isFailure(edge: DestinationEdge): boolean {
  return edge.kind !== "on-success";
}

export const asyncRules: readonly Rule[] = [
  rule({
    id: "H26",
    severity: "error",
    title: "reserved concurrency 0",
    on: "function",
    see: pages.asyncRecords,
    judge(fn, view) {
      if (known(fn.reservedConcurrentExecutions) !== 0) return undefined;
      const feeding = view
        .into(fn.address)
        .filter(({ kind }) => ["target", "subscription", "notification", "mapping"].includes(kind));
      const [first] = feeding;
      if (first === undefined) return undefined;
      return {
        address: fn.address,
        at: [first.id],
        message: `reserved concurrency 0: nothing of ${[...new Set(feeding.map(({ from }) => from))].join(", ")} is ever handled; asynchronous events go to the failure net without a try`,
        fix: "no reserved_concurrent_executions, or 5 or more; enabled = false on a mapping to pause it",
      };
    },
  }),
  rule({
    id: "H27",
    severity: "warning",
    title: "no net for asynchronous failures",
    on: "asyncUse",
    see: pages.asyncRecords,
    judge(use) {
      if (use.onFailure !== undefined || use.deadLetter !== undefined) return undefined;
      const [retries, age] = [
        use.settings?.maximumRetryAttempts.value ?? 2,
        use.settings?.maximumEventAgeInSeconds.value ?? 21_600,
      ];
      return {
        address: use.fn.address,
        at: use.sources.map(({ id }) => id),
        message: `events of ${sourcesOf(use)} are lost after ${retries + 1} tries or ${age} s: ${shownQualifier(use)} has neither on-failure destination nor dead-letter queue`,
        fix: "aws_lambda_function_event_invoke_config with destination_config { on_failure { destination = … } }",
      };
    },
  }),
  rule({
    id: "H28",
    severity: "error",
    title: "a FIFO queue or topic as destination",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge, to }) {
      if (edge.of !== "function" || (to?.kind !== "queue" && to?.kind !== "topic") || !to.fifo.value) return undefined;
      return {
        address: edge.address,
        at: [edge.from],
        message: `${to.address} is FIFO: Lambda cannot deliver to it, and every record is lost`,
        fix: `a standard ${to.kind}`,
      };
    },
  }),
  rule({
    id: "H29",
    severity: "warning",
    title: "the function's role may not write to its destination",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge, fn }) {
      if (edge.of !== "function" && edge.of !== "mapping") return undefined;
      const lacking = edge.permissions.find(
        ({ state, actions }) => state === "missing" && !actions.includes("s3:ListBucket"),
      );
      if (lacking === undefined) return undefined;
      return {
        address: edge.address,
        at: [edge.from, fn?.address ?? ""],
        message: `${lacking.why ?? "a permission is missing"}: what should go to ${edge.to ?? "it"} is lost, and only ${edge.kind === "dead-letter" ? "DeadLetterErrors" : "DestinationDeliveryFailures"} shows it`,
        fix: `${lacking.actions.join(", ")} on ${lacking.resource} for ${lacking.principal}`,
      };
    },
  }),
  rule({
    id: "H30",
    severity: "warning",
    title: "an event age that leaves no time for its retries",
    on: "asyncUse",
    see: pages.asyncSettings,
    judge(use) {
      const [retries, age] = [
        use.settings && known(use.settings.maximumRetryAttempts),
        use.settings && known(use.settings.maximumEventAgeInSeconds),
      ];
      if (retries === undefined || age === undefined) return undefined;
      const waits = retryWaits.slice(0, retries);
      const possible = waits.filter(
        (_, index) => age > waits.slice(0, index + 1).reduce((sum, one) => sum + one, 0),
      ).length;
      if (possible >= waits.length) return undefined;
      const needed = waits.reduce((sum: number, one) => sum + one, 0);
      return {
        address: use.settings?.address ?? use.fn.address,
        at: use.sources.map(({ id }) => id),
        message: `maximum event age ${age} s leaves time for ${possible} of ${retries} retries: Lambda waits ${waits.join(" s and ")} s before them, and gives up when the next wait would pass the age`,
        fix: `maximum_event_age_in_seconds = ${Math.max(3600, needed * 2)}, or maximum_retry_attempts = ${possible}`,
      };
    },
  }),
  rule({
    id: "H31",
    severity: "warning",
    title: "a short event age with little reserved concurrency",
    on: "asyncUse",
    see: pages.async,
    judge(use) {
      const reserved = known(use.fn.reservedConcurrentExecutions);
      const age = use.settings && known(use.settings.maximumEventAgeInSeconds);
      if (reserved === undefined || reserved === null || age === undefined || reserved === 0) return undefined;
      if (reserved > lowConcurrency || age >= shortAgeSeconds) return undefined;
      return {
        address: use.settings?.address ?? use.fn.address,
        at: use.sources.map(({ id }) => id),
        message: `with reserved concurrency ${reserved} and a maximum event age of ${age} s, events that are throttled age out without a try`,
        fix: "maximum_event_age_in_seconds = 21600, or more reserved concurrency",
      };
    },
  }),
  rule({
    id: "H32",
    severity: "warning",
    title: "dead-letter queue and on-failure destination are one queue",
    on: "function",
    see: pages.asyncRecords,
    judge(fn, view) {
      const [letter] = view.from(fn.address, "dead-letter");
      const same = view.from(fn.address, "on-failure").find(({ to }) => to !== null && to === letter?.to);
      if (same === undefined) return undefined;
      return {
        address: fn.address,
        message: `every failed event comes twice to ${same.to ?? "it"}, in two shapes: as dead letter and as on-failure record`,
        fix: "no dead_letter_config",
      };
    },
  }),
  rule({
    id: "H34",
    severity: "warning",
    title: "settings under another qualifier than the one invoked",
    on: "asyncUse",
    see: pages.asyncRecords,
    judge(use, view) {
      if (use.settings?.address !== undefined && use.settings.address !== null) return undefined;
      const other = use.fn.asyncSettings.find(
        ({ address, qualifier }) => address !== null && qualifier !== use.qualifier,
      );
      const usedToo = view.all("asyncUse").some(({ fn, qualifier }) => fn === use.fn && qualifier === other?.qualifier);
      if (other === undefined || usedToo) return undefined;
      return {
        address: other.address ?? use.fn.address,
        at: use.sources.map(({ id }) => id),
        message: `it is for qualifier ${other.qualifier}, and ${sourcesOf(use)} invokes ${use.qualifier}: neither its retries nor its destinations apply`,
        fix: use.qualifier === "$LATEST" ? "no qualifier" : `qualifier = "${use.qualifier}"`,
      };
    },
  }),
  rule({
    id: "H35",
    severity: "warning",
    title: "two resources set one qualifier's asynchronous settings",
    on: "function",
    see: pages.asyncSettings,
    judge(fn) {
      const set = fn.asyncSettings.filter(({ address }) => address !== null);
      const twice = set.find((one, index) => set.findIndex(({ qualifier }) => qualifier === one.qualifier) !== index);
      if (twice === undefined) return undefined;
      const both = set.filter(({ qualifier }) => qualifier === twice.qualifier).map(({ address }) => address ?? "");
      return {
        address: twice.address ?? fn.address,
        at: [fn.address],
        message: `${both.join(" and ")} both write all settings of ${fn.address}, qualifier ${twice.qualifier}: the later one resets the other's`,
        fix: "one of them",
      };
    },
  }),
  rule({
    id: "H36",
    severity: "warning",
    title: "an S3 destination without s3:ListBucket",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge, to, fn }) {
      const lacking = edge.permissions.find(
        ({ state, actions }) => state === "missing" && actions.includes("s3:ListBucket"),
      );
      if (lacking === undefined) return undefined;
      return {
        address: edge.address,
        at: [edge.from, fn?.address ?? ""],
        message: `${lacking.why ?? "a permission is missing"}: Lambda needs s3:ListBucket on ${to?.address ?? "the bucket"} beside s3:PutObject`,
        fix: `s3:ListBucket on ${lacking.resource} for ${lacking.principal}, with s3:ResourceAccount as a condition`,
      };
    },
  }),
  rule({
    id: "H37",
    severity: "warning",
    title: "a function that gets its own failures",
    on: "function",
    see: pages.loop,
    judge(fn, view) {
      const own = [...view.from(fn.address, "on-failure"), ...view.from(fn.address, "dead-letter")];
      const lanes = view
        .mappingsOf(fn)
        .flatMap(({ id, from }): Edge[] => [view.from(id, "on-failure"), view.from(from, "redrive")].flat());
      const back = [...own, ...lanes].find(
        ({ to }) => to === fn.address || view.mappingsOf(fn).some(({ from }) => from === to),
      );
      if (back === undefined) return undefined;
      return {
        address: back.address,
        at: [fn.address],
        message: `what ${fn.address} fails on comes back to it through ${back.to ?? "it"}: a poison record goes round until Lambda's loop detection drops it`,
        fix: "a net that another function, or nobody, consumes",
      };
    },
  }),
  rule({
    id: "H38",
    severity: "warning",
    title: 'a rule on source "aws.lambda" alone',
    on: "rule",
    see: pages.asyncRecords,
    judge(found, view) {
      const pattern = known(found.eventPattern);
      const sources = pattern === undefined || pattern === null ? [] : textsUnder(pattern, "source");
      if (pattern === undefined || pattern === null || !sources.includes("aws.lambda") || sources.includes("lambda"))
        return undefined;
      const types = textsUnder(pattern, "detail-type");
      if (types.length > 0 && !types.some((one) => one.startsWith("Lambda Function Invocation Result")))
        return undefined;
      return {
        address: found.address,
        at: view.from(found.address, "target").map(({ id }) => id),
        message:
          'records of Lambda destinations were seen with the source "lambda", although the documentation says "aws.lambda": the rule may match none',
        fix: 'source = ["lambda", "aws.lambda"]',
      };
    },
  }),
  rule({
    id: "H39",
    severity: "warning",
    title: "results that trigger the function again",
    on: "function",
    see: pages.loop,
    judge(fn, view) {
      const results = [...view.from(fn.address, "on-success"), ...view.from(fn.address, "on-failure")];
      for (const edge of results) {
        const bus = edge.to === "default" ? "default" : view.nodeOf("bus", edge.to)?.address;
        const rules =
          bus === undefined ? [] : view.from(bus, "rule").flatMap(({ to }) => view.nodeOf("rule", to) ?? []);
        const again = rules.find((one) => {
          const pattern = known(one.eventPattern);
          const matches = pattern !== undefined && pattern !== null && mayMatchResults(pattern);
          return matches && view.from(one.address, "target").some(({ to }) => to === fn.address);
        });
        if (again !== undefined) {
          return {
            address: again.address,
            at: [fn.address],
            message: `it may match the results that ${fn.address} puts on ${edge.to ?? "the bus"}, and triggers it with them: EventBridge is not in Lambda's loop detection`,
            fix: "a source in its event_pattern that is not Lambda's",
          };
        }
      }
      return undefined;
    },
  }),
  rule({
    id: "H70",
    severity: "warning",
    title: "a condition spelled as the other kind of invocation spells it",
    on: "rule",
    see: pages.asyncRecords,
    judge(found, view) {
      const pattern = known(found.eventPattern);
      const wrong =
        pattern === undefined || pattern === null
          ? []
          : textsUnder(pattern, "condition").filter((one) => streamConditions.has(one));
      const [first] = wrong;
      if (first === undefined) return undefined;
      return {
        address: found.address,
        at: view.from(found.address, "target").map(({ id }) => id),
        message: `condition "${first}" is what streams write; an asynchronous record, which alone comes over a bus, says "${streamConditions.get(first)}"`,
        fix: `condition = ["${streamConditions.get(first)}"]`,
      };
    },
  }),
  rule({
    id: "H72",
    severity: "warning",
    title: "a topic that nothing subscribes to",
    on: "topic",
    see: pages.sns,
    judge(topic, view) {
      const failures = view.into(topic.address).filter(({ kind }) => kind === "on-failure" || kind === "dead-letter");
      const alarms = view.graph.alarms.filter(({ alarmActions }) => alarmActions?.includes(topic.address) === true);
      const [user] = [...failures, ...alarms];
      if (user === undefined || view.from(topic.address, "subscription").length > 0) return undefined;
      return {
        address: topic.address,
        at: failures.map(({ from }) => from),
        message: `nothing in the configuration subscribes to it: what ${user.address} publishes there is gone`,
        fix: "an aws_sns_topic_subscription; acknowledge it where someone subscribes by hand",
      };
    },
  }),
  rule({
    id: "H89",
    severity: "advice",
    title: "dead-letter queue and on-failure destination both",
    on: "function",
    see: pages.asyncRecords,
    judge(fn, view) {
      const [letter] = view.from(fn.address, "dead-letter");
      const destination = view.from(fn.address, "on-failure").find(({ to }) => to !== letter?.to);
      if (letter === undefined || destination === undefined) return undefined;
      return {
        address: fn.address,
        message: `each failed event goes to both: ${letter.to ?? "not known"} and ${destination.to ?? "not known"}`,
        fix: "the on-failure destination alone, whose record says what went wrong",
      };
    },
  }),
  rule({
    id: "H90",
    severity: "advice",
    title: "on-success records that nobody reads",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge, to }, view) {
      if (isFailure(edge) || to?.kind !== "queue" || view.consumers(to.address).length > 0) return undefined;
      return {
        address: edge.address,
        at: [edge.from],
        message: `nothing in the configuration consumes ${to.address}: the records cost, and expire`,
        fix: "a consumer, or no on_success",
      };
    },
  }),
  rule({
    id: "H92",
    severity: "error",
    title: "a destination that AWS does not have",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge, to }) {
      if (edge.of !== "function" || to === undefined) return undefined;
      const wrong =
        (edge.kind === "on-success" && to.kind === "bucket") ||
        (edge.kind === "dead-letter" && to.kind !== "queue" && to.kind !== "topic" && to.kind !== "external") ||
        ["stream", "table", "rule", "schedule"].includes(to.kind);
      if (!wrong || permissionOf(edge) === "unknown") return undefined;
      return {
        address: edge.address,
        at: [edge.from],
        message: `${to.address}, a ${to.kind}, cannot be the ${edge.kind === "dead-letter" ? "dead-letter queue" : `${edge.kind} destination`} of a function`,
        fix:
          edge.kind === "dead-letter"
            ? "a standard queue or topic"
            : "a standard queue, a standard topic, a function or a bus; S3 on failure alone",
      };
    },
  }),
];

/** What streams write, and what asynchronous invocation says instead (R14, R15, R102). */
const streamConditions = new Map([
  ["RetryAttemptsExhausted", "RetriesExhausted"],
  ["RecordAgeExceeded", "EventAgeExceeded"],
]);
