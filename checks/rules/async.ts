/** Asynchronous invocation and its destinations: H26 to H39, and what belongs with them. */
import { type DestinationEdge, type EventPattern, type FunctionNode, type JsonValue } from "../../topology/graph.ts";
import { isJsonList } from "../../topology/json.ts";
import { isFifo, kindOf } from "../ends.ts";
import { allow, type Fix, set, waysOf, without } from "../fix.ts";
import { pages, type Rule, rule } from "../rule.ts";
import { type AsyncUse, known, type View } from "../view.ts";
import { mayMatchResult } from "./results.ts";

/** Ages below which throttles alone use an event up, where little concurrency is reserved: a busy quarter of an hour. */
const shortAgeSeconds = 900;
const lowConcurrency = 5;
/** Waits before the first and the second retry (R10); an event is given up when the next one would pass its age (R15). */
const retryWaits = [60, 120] as const;

/** The longest event age (R9), and one that leaves time for two retries and what delays them. */
const longestAgeSeconds = 21_600;
const ampleAgeSeconds = 3600;

function shownQualifier({ fn, qualifier }: AsyncUse): string {
  return qualifier === "$LATEST" || qualifier === null ? fn.address : `${fn.address} (${qualifier})`;
}

function sourcesOf({ sources }: AsyncUse): string {
  return [...new Set(sources.map(({ from }) => from))].join(", ");
}

/** The list that a pattern has at a path, without branches of `$or`; empty where there is none. */
function listAt(pattern: EventPattern | null | undefined, path: readonly string[]): readonly JsonValue[] {
  let at: JsonValue | undefined = pattern ?? undefined;
  for (const name of path) {
    at = typeof at === "object" && at !== null && !isJsonList(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return isJsonList(at) ? at : [];
}

const results = ["Success", "Failure"] as const;

/** A function's two nets for asynchronous failures that take the same events, and whether the first may go. */
interface BothNets {
  readonly letter: DestinationEdge;
  readonly failure: DestinationEdge;
  readonly at: readonly string[];
  readonly fix: Fix;
}

const listed = new WeakMap<View, ReadonlyMap<FunctionNode, readonly AsyncUse[]>>();

/** Under which qualifiers a function is invoked asynchronously; listed once for all functions. */
function usesOf(fn: FunctionNode, view: View): readonly AsyncUse[] {
  const before = listed.get(view);
  if (before !== undefined) return before.get(fn) ?? [];
  const uses = new Map<FunctionNode, AsyncUse[]>();
  for (const use of view.all("asyncUse")) {
    const own = uses.get(use.fn);
    if (own === undefined) uses.set(use.fn, [use]);
    else own.push(use);
  }
  listed.set(view, uses);
  return uses.get(fn) ?? [];
}

function bothNets(fn: FunctionNode, view: View): BothNets[] {
  const [letter] = view.from(fn.address, "dead-letter");
  const invoked = view.asyncInto(fn.address);
  if (letter === undefined) return [];
  const failures = view
    .from(fn.address, "on-failure")
    .filter(({ fromQualifier }) => invoked.length === 0 || view.asyncInto(fn.address, fromQualifier).length > 0);
  // Without the dead-letter queue, what is invoked under a qualifier without destination would have no net.
  const needed = usesOf(fn, view).some((use) => use.onFailure === undefined);
  return failures.map((failure) => ({
    letter,
    failure,
    at: view.asyncInto(fn.address, failure.fromQualifier).map(({ id }) => id),
    fix: needed
      ? `an on-failure destination under every qualifier of ${fn.address} that is invoked, and no dead_letter_config`
      : [without(fn.address, "dead_letter_config")],
  }));
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
        .filter((edge) => ["target", "subscription", "notification", "mapping"].includes(edge.kind) && view.isOn(edge));
      const [first] = feeding;
      if (first === undefined) return undefined;
      return {
        address: fn.address,
        at: feeding.map(({ id }) => id),
        message: `reserved concurrency 0: nothing of ${[...new Set(feeding.map(({ from }) => from))].join(", ")} is ever handled; asynchronous events go to the failure net without a try`,
        fix: {
          either: [[without(fn.address, "reserved_concurrent_executions")]],
          or: "enabled = false on a mapping to pause it",
        },
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
      const [retries, age] =
        use.settings === undefined
          ? [2, longestAgeSeconds]
          : [known(use.settings.maximumRetryAttempts), known(use.settings.maximumEventAgeInSeconds)];
      const end =
        // R17.
        known(use.fn.reservedConcurrentExecutions) === 0
          ? "without a try, for its reserved concurrency is 0"
          : retries === undefined || age === undefined || use.qualifier === null
            ? "once their retries or their age are used up"
            : `after ${retries + 1} ${retries === 0 ? "try" : "tries"} or ${age} s`;
      return {
        address: use.fn.address,
        at: use.sources.map(({ id }) => id),
        message: `events of ${sourcesOf(use)} are lost ${end}: ${shownQualifier(use)} has neither on-failure destination nor dead-letter queue`,
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
    judge({ edge, to }, view) {
      if (edge.of !== "function" || to === undefined || isFifo(to) !== true) return undefined;
      return {
        address: edge.address,
        at: view.placesOf(edge),
        message: `${to.address} is FIFO: Lambda cannot deliver to it, and every record is lost`,
        fix: `a standard ${kindOf(to)}`,
      };
    },
  }),
  rule({
    id: "H29",
    severity: "warning",
    title: "the function's role may not write to its destination",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge }, view) {
      if (edge.of !== "function" && edge.of !== "mapping") return undefined;
      const lacking = edge.permissions.find(
        ({ state, actions }) => state === "missing" && !actions.includes("s3:ListBucket"),
      );
      if (lacking === undefined) return undefined;
      return {
        address: edge.address,
        at: view.placesOf(edge),
        message: `${lacking.why ?? "a permission is missing"}: what should go to ${edge.to ?? "it"} is lost, and only ${edge.kind === "dead-letter" ? "DeadLetterErrors" : "DestinationDeliveryFailures"} shows it`,
        fix: allow(lacking),
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
      const address = use.settings?.address ?? use.fn.address;
      return {
        address,
        at: use.sources.map(({ id }) => id),
        message: `maximum event age ${age} s leaves time for ${possible} of ${retries} retries: Lambda waits ${waits.join(" s and ")} s before them, and gives up when the next wait would pass the age`,
        fix: {
          either: [
            [set(address, "maximum_event_age_in_seconds", ampleAgeSeconds)],
            [set(address, "maximum_retry_attempts", possible)],
          ],
        },
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
      const address = use.settings?.address ?? use.fn.address;
      return {
        address,
        at: use.sources.map(({ id }) => id),
        message: `with reserved concurrency ${reserved} and a maximum event age of ${age} s, events that are throttled age out without a try`,
        fix: {
          either: [[set(address, "maximum_event_age_in_seconds", longestAgeSeconds)]],
          or: "more reserved concurrency",
        },
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
      const same = bothNets(fn, view).find(({ letter, failure }) => failure.to !== null && failure.to === letter.to);
      if (same === undefined) return undefined;
      return {
        address: fn.address,
        at: same.at,
        message: `every failed event comes twice to ${same.letter.to ?? "it"}, in two shapes: as dead letter and as on-failure record`,
        fix: same.fix,
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
      if (use.qualifier === null || (use.settings?.address ?? null) !== null) return undefined;
      const other = use.fn.asyncSettings.find(
        ({ address, qualifier }) => address !== null && qualifier !== use.qualifier,
      );
      // A qualifier that is not known may be the one that it is for.
      const usedToo = usesOf(use.fn, view).some(
        ({ qualifier }) => qualifier === null || qualifier === other?.qualifier,
      );
      if (other === undefined || usedToo) return undefined;
      const address = other.address ?? use.fn.address;
      return {
        address,
        at: use.sources.map(({ id }) => id),
        message: `it is for qualifier ${other.qualifier}, and ${sourcesOf(use)} invokes ${use.qualifier}: neither its retries nor its destinations apply`,
        fix: [use.qualifier === "$LATEST" ? without(address, "qualifier") : set(address, "qualifier", use.qualifier)],
      };
    },
  }),
  rule({
    id: "H35",
    severity: "warning",
    title: "two resources set one qualifier's asynchronous settings",
    on: "function",
    see: pages.asyncSettings,
    judge(fn, view) {
      const written = fn.asyncSettings.filter(({ address }) => address !== null);
      const twice = written.find(
        (one, index) => written.findIndex(({ qualifier }) => qualifier === one.qualifier) !== index,
      );
      if (twice === undefined) return undefined;
      const both = written.filter(({ qualifier }) => qualifier === twice.qualifier).map(({ address }) => address ?? "");
      return {
        address: twice.address ?? fn.address,
        at: view.asyncInto(fn.address, twice.qualifier).map(({ id }) => id),
        message: `${both.join(" and ")} both write all settings of ${fn.address}, qualifier ${twice.qualifier}: the later one resets the other's`,
        fix: "one resource that holds the settings of both",
      };
    },
  }),
  rule({
    id: "H36",
    severity: "warning",
    title: "an S3 destination without s3:ListBucket",
    on: "destination",
    see: pages.asyncRecords,
    judge({ edge, to }, view) {
      const lacking = edge.permissions.find(
        ({ state, actions }) => state === "missing" && actions.includes("s3:ListBucket"),
      );
      if (lacking === undefined) return undefined;
      return {
        address: edge.address,
        at: view.placesOf(edge),
        message: `${lacking.why ?? "a permission is missing"}: Lambda needs s3:ListBucket on ${to?.address ?? "the bucket"} beside s3:PutObject`,
        fix: { either: waysOf(allow(lacking)), and: "with s3:ResourceAccount as a condition" },
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
      const mappings = view.mappingsOf(fn).filter((one) => view.isOn(one));
      const lanes = mappings.flatMap((mapping) =>
        [...view.from(mapping.id, "on-failure"), ...view.from(mapping.from, "redrive")].map((edge) => ({
          edge,
          at: [mapping.id],
        })),
      );
      const nets = [...own.map((edge) => ({ edge, at: view.placesOf(edge) })), ...lanes];
      const back = nets.find(({ edge: { to } }) => to === fn.address || mappings.some(({ from }) => from === to));
      if (back === undefined) return undefined;
      return {
        address: back.edge.address,
        at: back.at,
        message: `what ${fn.address} fails on comes back to it through ${back.edge.to ?? "it"}: a poison record goes round until Lambda's loop detection drops it`,
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
      const pattern = known(found.eventPattern) ?? null;
      if (pattern === null) return undefined;
      const documented = results.some((result) => mayMatchResult(pattern, "aws.lambda", result));
      const recorded = results.some((result) => mayMatchResult(pattern, "lambda", result));
      if (!documented || recorded) return undefined;
      const sources = listAt(pattern, ["source"]);
      return {
        address: found.address,
        at: view.from(found.address, "target").map(({ id }) => id),
        message:
          'records of Lambda destinations were seen with the source "lambda", although the documentation says "aws.lambda": the rule may match none',
        fix:
          sources.length === 0
            ? '"lambda" beside "aws.lambda" as source'
            : [set(found.address, "event_pattern.source", ["lambda", ...sources])],
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
      return [...view.from(fn.address, "on-success"), ...view.from(fn.address, "on-failure")].flatMap((edge) => {
        const bus = view.nodeOf("bus", edge.to);
        if (bus === undefined) return [];
        const result = edge.kind === "on-success" ? "Success" : "Failure";
        const from = { fn, qualifier: edge.fromQualifier ?? "$LATEST", busArn: bus.arn };
        return view.from(bus.address, "rule").flatMap(({ to }) => {
          const triggering = view.nodeOf("rule", to);
          const pattern = triggering === undefined ? null : (known(triggering.eventPattern) ?? null);
          const [target] = view.from(to ?? "", "target").filter((one) => one.to === fn.address && view.isOn(one));
          if (triggering === undefined || pattern === null || target === undefined) return [];
          const again =
            mayMatchResult(pattern, "lambda", result, from) || mayMatchResult(pattern, "aws.lambda", result, from);
          if (!again) return [];
          return {
            address: triggering.address,
            at: [target.id],
            message: `it matches the ${result === "Success" ? "results" : "failure records"} that ${fn.address} puts on ${bus.address}, and triggers it with them: EventBridge is not in Lambda's loop detection`,
            fix: "a source in its event_pattern that is not Lambda's",
          };
        });
      });
    },
  }),
  rule({
    id: "H70",
    severity: "warning",
    title: "a condition spelled as the other kind of invocation spells it",
    on: "rule",
    see: pages.asyncRecords,
    judge(found, view) {
      const pattern = known(found.eventPattern) ?? null;
      const asked = listAt(pattern, ["detail", "requestContext", "condition"]);
      const wrong = asked.find((one) => typeof one === "string" && streamConditions.has(one));
      if (pattern === null || typeof wrong !== "string") return undefined;
      // With the condition of its own spelling it must be a rule on Lambda's results: others may name theirs so.
      const { detail: _detail, ...envelope } = pattern;
      const ofLambda = results.some(
        (result) => mayMatchResult(envelope, "lambda", result) || mayMatchResult(envelope, "aws.lambda", result),
      );
      if (!ofLambda) return undefined;
      const right = asked.map((one) => (typeof one === "string" ? (streamConditions.get(one) ?? one) : one));
      return {
        address: found.address,
        at: view.from(found.address, "target").map(({ id }) => id),
        message: `condition "${wrong}" is what streams write; an asynchronous record, which alone comes over a bus, says "${streamConditions.get(wrong)}"`,
        fix: [set(found.address, "event_pattern.detail.requestContext.condition", right)],
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
      const both = bothNets(fn, view).find(({ letter, failure }) => failure.to !== letter.to);
      if (both === undefined) return undefined;
      return {
        address: fn.address,
        at: both.at,
        message: `each failed event goes to both: ${both.letter.to ?? "not known"} and ${both.failure.to ?? "not known"}`,
        fix: both.fix,
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
        at: view.placesOf(edge),
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
    judge({ edge, to }, view) {
      if (edge.of === "mapping" || to === undefined) return undefined;
      const kind = kindOf(to);
      if (edge.of !== "function") {
        // A rule's target, a schedule and a subscription have a queue, and nothing else.
        if (kind === "queue" || kind === "external") return undefined;
        return {
          address: edge.address,
          at: [edge.from],
          message: `${to.address}, a ${kind}, cannot be the dead-letter queue of a ${edge.of}`,
          fix: "a queue",
        };
      }
      const wrong =
        (edge.kind === "on-success" && kind === "bucket") ||
        (edge.kind === "dead-letter" && (kind === "bucket" || kind === "function" || kind === "bus")) ||
        ["stream", "table", "rule", "schedule"].includes(kind);
      if (!wrong) return undefined;
      return {
        address: edge.address,
        at: view.placesOf(edge),
        message: `${to.address}, a ${kind}, cannot be the ${edge.kind === "dead-letter" ? "dead-letter queue" : `${edge.kind} destination`} of a function`,
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
