/** Queues and their mappings: H1 to H25, and what belongs with them. */
import { type Edge, permissionOf, type Setting } from "../../topology/graph.ts";
import { isFifo } from "../ends.ts";
import { allow, type Change, type Fix, set, without } from "../fix.ts";
import { pages, type Rule, rule, shown, type Verdict } from "../rule.ts";
import { known, type QueueMapping, type View } from "../view.ts";
import { longestAgeSeconds, retryPolicy } from "./deliveries.ts";
import {
  mostReceives,
  queueFigures,
  recommendedFactor,
  recommendedReceives,
  wantedVisibility,
} from "./queue-figures.ts";

/** More messages than that in a batch need a batching window, and a FIFO queue gives no more (R54, R79). */
const batchWithoutWindow = 10;

/** Timeout and window of a mapping with the visibility of its queue, where all are known. */
function times({ mapping, queue, fn }: QueueMapping) {
  const visibility = known(queue.visibilityTimeout);
  const timeout = fn === undefined ? undefined : known(fn.timeout);
  const window = known(mapping.settings.maximumBatchingWindowInSeconds);
  return visibility === undefined || timeout === undefined || window === undefined
    ? undefined
    : { visibility, timeout, window };
}

/** Whether a mapping asks for partial responses; undefined: not known. */
function partial({ mapping }: QueueMapping): boolean | undefined {
  return known(mapping.settings.functionResponseTypes)?.includes("ReportBatchItemFailures");
}

/** What an answer of a mapping's handler must be; where it is another one, asking for partial responses is no use. */
export const answers = "and a handler that answers with batchItemFailures";

/** A visibility timeout that serves every mapping of a queue. */
function longerVisibility({ queue }: QueueMapping, view: View): Fix {
  const visibility = wantedVisibility(queue, view);
  const changes = visibility === undefined ? undefined : queueFigures(queue, { visibility }, view);
  return changes ?? `visibility_timeout_seconds = ${visibility}, and a retention that leaves time for every receive`;
}

/** What Holdfast's own handlers answer for a source, from the function's environment; undefined: another handler. */
export function handlerResponse(
  environment: Readonly<Record<string, string | null>>,
  sourceArn: string,
): string | undefined {
  try {
    const settings: unknown = JSON.parse(environment.HOLDFAST ?? "null");
    const sources = property(settings, "sources");
    const response = property(property(sources, sourceArn), "response");
    return sources === undefined ? undefined : typeof response === "string" ? response : "partial";
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** A queue that several read: mappings that are on, and pipes. */
function readers(address: string, view: View) {
  return view.consumers(address).filter(({ kind }) => kind === "pipe" || kind === "mapping");
}

export const queueRules: readonly Rule[] = [
  rule({
    id: "H1",
    severity: "error",
    title: "visibility timeout below the function's timeout",
    on: "queueMapping",
    see: pages.sqs,
    judge(subject, view) {
      const given = times(subject);
      if (given === undefined || given.visibility >= given.timeout) return undefined;
      return {
        address: subject.queue.address,
        at: [subject.mapping.id],
        message: `visibility timeout ${given.visibility} s is below the timeout of ${subject.fn?.address}, ${given.timeout} s: AWS refuses the mapping, or messages are handled twice`,
        fix: longerVisibility(subject, view),
      };
    },
  }),
  rule({
    id: "H2",
    severity: "warning",
    title: "visibility timeout below six times the function's timeout",
    on: "queueMapping",
    see: pages.sqs,
    judge(subject, view) {
      const given = times(subject);
      if (given === undefined || given.visibility < given.timeout) return undefined;
      const wanted = recommendedFactor * given.timeout + given.window;
      if (given.visibility >= wanted) return undefined;
      const sum = `${recommendedFactor} × ${given.timeout} s${given.window > 0 ? ` + ${given.window} s` : ""} = ${wanted} s`;
      return {
        address: subject.queue.address,
        at: [subject.mapping.id],
        message: `visibility timeout ${given.visibility} s is below ${sum}`,
        fix: longerVisibility(subject, view),
      };
    },
  }),
  rule({
    id: "H3",
    severity: "warning",
    title: "receive count below five",
    on: "queueMapping",
    see: pages.sqs,
    judge({ mapping, queue, redrive }, view) {
      const count = redrive === undefined ? undefined : known(redrive.settings.maxReceiveCount);
      if (count === undefined || count >= recommendedReceives) return undefined;
      return {
        address: redrive?.address ?? queue.address,
        at: [mapping.id],
        message: `maxReceiveCount ${count}: a throttled receive counts too, so that a healthy message is in the dead-letter queue after ${count === 1 ? "one throttle or crash" : `${count} of them`}`,
        fix: queueFigures(queue, { receives: recommendedReceives }, view) ?? `maxReceiveCount = ${recommendedReceives}`,
      };
    },
  }),
  rule({
    id: "H5",
    severity: "warning",
    title: "batching window and timeout exceed the visibility timeout",
    on: "queueMapping",
    see: pages.sqs,
    judge(subject, view) {
      const given = times(subject);
      if (given === undefined || given.window === 0 || given.window + given.timeout <= given.visibility)
        return undefined;
      const { visibility, timeout, window } = given;
      return {
        address: subject.queue.address,
        at: [subject.mapping.id],
        message: `window ${window} s + timeout ${timeout} s = ${window + timeout} s exceeds the visibility timeout ${visibility} s: Lambda uses ${window + timeout + 30} s instead`,
        fix: longerVisibility(subject, view),
      };
    },
  }),
  rule({
    id: "H6",
    severity: "warning",
    title: "no dead-letter queue",
    on: "queueMapping",
    see: pages.deadLetterQueues,
    judge({ mapping, queue, redrive }) {
      if (redrive !== undefined) return undefined;
      const retention = known(queue.messageRetentionPeriod);
      return {
        address: queue.address,
        at: [mapping.id],
        message: `no redrive policy: a message that always fails is tried until the queue's retention${retention === undefined ? "" : `, ${shown(retention)}`}, and then lost`,
        fix: `redrive_policy = jsonencode({ deadLetterTargetArn = …, maxReceiveCount = ${recommendedReceives} })`,
      };
    },
  }),
  rule({
    id: "H9",
    severity: "warning",
    title: "the function's asynchronous net does not serve a queue",
    on: "queueMapping",
    see: pages.sqsErrors,
    judge({ mapping, queue, fn, redrive }, view) {
      // What is also invoked asynchronously has use for its net: H6 says what the queue lacks.
      if (redrive !== undefined || fn === undefined || view.asyncInto(fn.address).length > 0) return undefined;
      const [net] = [...view.from(fn.address, "dead-letter"), ...view.from(fn.address, "on-failure")];
      if (net === undefined) return undefined;
      return {
        address: net.address,
        at: [mapping.id],
        message: `${net.kind === "dead-letter" ? "the function's dead-letter queue" : "its on-failure destination"} ${net.to ?? ""} takes nothing that comes from ${queue.address}: a mapping invokes synchronously, and the queue has no redrive policy`,
        fix: `a redrive_policy on ${queue.address}`,
      };
    },
  }),
  rule({
    id: "H16",
    severity: "error",
    title: "batch size that the queue does not allow",
    on: "queueMapping",
    see: pages.sqsParameters,
    judge({ mapping, queue }, view) {
      const [size, window] = [
        known(mapping.settings.batchSize),
        known(mapping.settings.maximumBatchingWindowInSeconds),
      ];
      const fifo = isFifo(queue);
      const at = { address: mapping.address, at: [mapping.id] };
      const tooLarge = size !== undefined && size > batchWithoutWindow;
      if (fifo !== true) {
        if (!tooLarge || window !== 0) return [];
        return {
          ...at,
          message: `batch_size ${size} without a batching window: AWS refuses more than ${batchWithoutWindow}`,
          fix: {
            either: [
              ...windowed(mapping.address, queue, view),
              [set(mapping.address, "batch_size", batchWithoutWindow)],
            ],
          },
        };
      }
      const found: Verdict[] = [];
      if (tooLarge) {
        found.push({
          ...at,
          message: `batch_size ${size} on a FIFO queue: AWS allows ${batchWithoutWindow}`,
          fix: [set(mapping.address, "batch_size", batchWithoutWindow)],
        });
      }
      if (window !== undefined && window > 0) {
        found.push({
          ...at,
          message: `a batching window of ${window} s on a FIFO queue: AWS allows none`,
          fix: [without(mapping.address, "maximum_batching_window_in_seconds")],
        });
      }
      return found;
    },
  }),
  rule({
    id: "H18",
    severity: "warning",
    title: "the handler reports failures that the mapping does not ask for",
    on: "queueMapping",
    see: pages.sqsErrors,
    judge(subject) {
      const { mapping, queue, fn } = subject;
      const environment = fn === undefined ? undefined : known(fn.environment);
      if (
        environment === undefined ||
        partial(subject) !== false ||
        handlerResponse(environment, queue.arn) !== "partial"
      )
        return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message:
          "the handler answers with batchItemFailures (HOLDFAST: response partial) and the mapping does not ask for them: what failed is deleted",
        fix: [set(mapping.address, "function_response_types", ["ReportBatchItemFailures"])],
      };
    },
  }),
  rule({
    id: "H22",
    severity: "warning",
    title: "one message group for everything",
    on: "target",
    see: pages.sqsScaling,
    judge({ edge, from, to }) {
      const group = known(edge.messageGroupId) ?? null;
      if (to === undefined || isFifo(to) !== true || group === null) return undefined;
      // A path into the event gives each its own group.
      if (group.startsWith("$.")) return undefined;
      // What fires by a clock fires once at a time.
      if (from?.kind !== "rule" || from.eventPattern.value === null) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `every event goes into the message group ${JSON.stringify(group)} of ${to.address}: one batch at a time, and one failure blocks all`,
        fix: 'a path into the event as message_group_id, for instance "$.detail.orderId"',
      };
    },
  }),
  rule({
    id: "H23",
    severity: "warning",
    title: "a filter on a queue with other readers",
    on: "queueMapping",
    see: pages.filters,
    judge({ mapping, queue }, view) {
      const filters = known(mapping.settings.filterCriteria) ?? [];
      const other = readers(queue.address, view).find(({ id }) => id !== mapping.id);
      if (filters.length === 0 || other === undefined || !view.isOn(mapping)) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `messages that its ${filters.length} filter(s) pass over are deleted from ${queue.address}, and never reach ${other.address}`,
        fix: "a queue of its own for each reader, fed by a topic or bus that filters",
      };
    },
  }),
  rule({
    id: "H24",
    severity: "advice",
    title: "partial responses, and nothing that shows failures",
    on: "queueMapping",
    see: pages.sqsErrors,
    judge(subject, view) {
      const { mapping, queue } = subject;
      if (partial(subject) !== true || !view.isOn(mapping)) return undefined;
      const watched =
        view.alarms(queue.address, "ApproximateAgeOfOldestMessage", "NumberOfMessagesDeleted").length > 0 ||
        view.alarms(mapping.address, "FailedInvokeEventCount").length > 0;
      if (watched) return undefined;
      return {
        address: queue.address,
        at: [mapping.id],
        message:
          "with partial responses the metric Errors stays 0, and no alarm watches the age of the oldest message or FailedInvokeEventCount",
        fix: `an alarm on ApproximateAgeOfOldestMessage of ${queue.address}`,
      };
    },
  }),
  rule({
    id: "H25",
    severity: "warning",
    title: "a function that may write to the queue that triggers it",
    on: "queueMapping",
    see: pages.loop,
    judge({ mapping, queue, fn }, view) {
      if (fn === undefined || !fn.mayWriteTo.includes(queue.address) || !view.isOn(mapping)) return undefined;
      const drops = known(fn.recursiveLoop) !== "Allow";
      return {
        address: fn.address,
        at: [mapping.id],
        message: `its role may send to ${queue.address}, which triggers it: ${drops ? "Lambda drops the message after some 16 rounds" : "a message may go round without end (recursive loop Allow)"}`,
        fix: `no sqs:SendMessage on ${queue.address} for ${fn.role ?? "its role"}`,
      };
    },
  }),
  rule({
    id: "H74",
    severity: "advice",
    title: "one failure repeats the whole batch of a queue",
    on: "queueMapping",
    see: pages.sqsErrors,
    judge(subject) {
      const size = known(subject.mapping.settings.batchSize);
      if (partial(subject) !== false || size === undefined || size === 1) return undefined;
      const environment = subject.fn === undefined ? undefined : known(subject.fn.environment);
      const response = environment === undefined ? undefined : handlerResponse(environment, subject.queue.arn);
      if (response !== undefined) return undefined;
      return {
        address: subject.mapping.address,
        at: [subject.mapping.id],
        message: `batch_size ${size} without ReportBatchItemFailures: one failure brings all ${size} back`,
        fix: {
          either: [[set(subject.mapping.address, "function_response_types", ["ReportBatchItemFailures"])]],
          and: answers,
        },
      };
    },
  }),
  rule({
    id: "H75",
    severity: "warning",
    title: "several readers of one queue",
    on: "queue",
    see: pages.sqs,
    judge(queue, view) {
      const found = readers(queue.address, view);
      if (found.length < 2) return undefined;
      return {
        address: queue.address,
        message: `${found.map(({ address }) => address).join(" and ")} share its messages: each message reaches only one of them`,
        fix: "a queue of its own for each, subscribed to one topic or bus",
      };
    },
  }),
  rule({
    id: "H79",
    severity: "error",
    title: "settings of streams on a queue's mapping",
    on: "queueMapping",
    see: pages.sqsParameters,
    judge({ mapping }, view) {
      const { settings } = mapping;
      const streamOnly = [
        ...(view.from(mapping.id, "on-failure").length > 0 ? ["destination_config"] : []),
        ...(settings.bisectBatchOnFunctionError.value ? ["bisect_batch_on_function_error"] : []),
        ...(settings.startingPosition.value === null ? [] : ["starting_position"]),
        ...(settings.parallelizationFactor.value > 1 ? ["parallelization_factor"] : []),
        ...(settings.maximumRetryAttempts.value > 0 ? ["maximum_retry_attempts"] : []),
        ...(settings.maximumRecordAgeInSeconds.value > 0 ? ["maximum_record_age_in_seconds"] : []),
        ...(settings.tumblingWindowInSeconds.value > 0 ? ["tumbling_window_in_seconds"] : []),
      ];
      if (streamOnly.length === 0) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `${streamOnly.join(", ")}: for streams only, AWS refuses the mapping of a queue with it`,
        fix: {
          either: [streamOnly.map((name) => without(mapping.address, name))],
          and: "for failures of a queue end by its redrive policy",
        },
      };
    },
  }),
  rule({
    id: "H83",
    severity: "error",
    title: "the function's role may not read the source",
    on: "edge",
    see: pages.sqs,
    judge(edge) {
      if (edge.kind !== "mapping" || permissionOf(edge) !== "missing") return undefined;
      const lacking = edge.permissions.find(({ state }) => state === "missing");
      if (lacking === undefined) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `${lacking.why ?? "a permission is missing"}: AWS refuses the mapping of ${edge.from}, or its pollers stop`,
        fix: allow(lacking),
      };
    },
  }),
  rule({
    id: "H93",
    severity: "error",
    title: "a figure out of AWS's range that Terraform lets pass",
    on: "edge",
    see: pages.sqsParameters,
    judge: (edge, view) =>
      rangesOf(edge).flatMap(({ name, setting, least, most, instead }) => {
        const value = known(setting);
        if (value === undefined || (value >= least && value <= most)) return [];
        const right = value < least ? instead : most;
        // What the provider sends where nothing is written.
        const unset = setting.from === "default" ? " (it is not set in retry_policy, and the provider sends that)" : "";
        return {
          address: edge.address,
          at: [edge.id],
          message: `${name} ${value}${unset} is out of the range ${least} to ${most}: AWS refuses it`,
          fix: inRange(edge, name, right, view) ?? `${name} = ${right}`,
        };
      }),
  }),
];

/** The way to a batching window: the visibility timeout grows with it (R57). */
function windowed(mapping: string, queue: QueueMapping["queue"], view: View): Change[][] {
  const leastWindow = 1;
  const visibility = wantedVisibility(queue, view);
  const given = known(queue.visibilityTimeout) ?? 0;
  const longer =
    visibility === undefined || visibility + leastWindow <= given
      ? []
      : queueFigures(queue, { visibility: visibility + leastWindow }, view);
  const window = set(mapping, "maximum_batching_window_in_seconds", leastWindow);
  return longer === undefined ? [] : [[window, ...longer]];
}

/** The changes that bring a figure into its range, and keep what hangs together with it. */
function inRange(edge: Edge, name: string, right: number, view: View): Change[] | undefined {
  if (edge.kind === "target") return retryPolicy(edge, { age: right }, view);
  if (edge.kind !== "redrive") return [set(edge.address, name, right)];
  const queue = view.nodeOf("queue", edge.from);
  return queue === undefined ? undefined : queueFigures(queue, { receives: right }, view);
}

interface Range {
  /** Of the attribute, too, where it stands by itself. */
  readonly name: string;
  readonly setting: Setting<number>;
  readonly least: number;
  readonly most: number;
  /** What would be right where the value is below the range. */
  readonly instead: number;
}

/** Ranges of AWS that the provider does not check (R34, R54, R55, R60, R87). */
function rangesOf(edge: Edge): Range[] {
  if (edge.kind === "redrive") {
    const { maxReceiveCount: setting } = edge.settings;
    return [{ name: "maxReceiveCount", setting, least: 1, most: mostReceives, instead: recommendedReceives }];
  }
  if (edge.kind === "target") {
    const { maximumEventAgeInSeconds: setting } = edge.settings;
    const most = longestAgeSeconds;
    return [{ name: "maximum_event_age_in_seconds", setting, least: 60, most, instead: most }];
  }
  if (edge.kind !== "mapping") return [];
  const { batchSize, maximumBatchingWindowInSeconds } = edge.settings;
  const usual = edge.source === "sqs" ? 10 : 100;
  return [
    { name: "batch_size", setting: batchSize, least: 1, most: 10_000, instead: usual },
    {
      name: "maximum_batching_window_in_seconds",
      setting: maximumBatchingWindowInSeconds,
      least: 0,
      most: 300,
      instead: 0,
    },
  ];
}
