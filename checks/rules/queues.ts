/** Queues and their mappings: H1 to H25, and what belongs with them. */
import { type Edge, permissionOf, type Setting } from "../../topology/graph.ts";
import { pages, type Rule, rule, shown } from "../rule.ts";
import { known, type QueueMapping, type View } from "../view.ts";

/** AWS recommends a visibility timeout of six times the function's timeout, plus the batching window (R57). */
const recommendedFactor = 6;
/** AWS recommends at least five receives, since throttled ones count too (R60, R61). */
const recommendedReceives = 5;
/** A mapping of a queue begins with five concurrent batches (R71). */
const initialBatches = 5;

/** Timeout and window of a mapping with the visibility of its queue, where all are known. */
function times({ mapping, queue, fn }: QueueMapping) {
  const visibility = known(queue.visibilityTimeout);
  const timeout = fn === undefined ? undefined : known(fn.timeout);
  const window = known(mapping.settings.maximumBatchingWindowInSeconds);
  return visibility === undefined || timeout === undefined || window === undefined
    ? undefined
    : { visibility, timeout, window };
}

function partial({ mapping }: QueueMapping): boolean {
  return known(mapping.settings.functionResponseTypes)?.includes("ReportBatchItemFailures") ?? true;
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
  return view
    .consumers(address)
    .filter((edge) => edge.kind === "pipe" || (edge.kind === "mapping" && known(edge.settings.enabled) !== false));
}

export const queueRules: readonly Rule[] = [
  rule({
    id: "H1",
    severity: "error",
    title: "visibility timeout below the function's timeout",
    on: "queueMapping",
    see: pages.sqs,
    judge(subject) {
      const given = times(subject);
      if (given === undefined || given.visibility >= given.timeout) return undefined;
      const wanted = recommendedFactor * given.timeout + given.window;
      return {
        address: subject.queue.address,
        at: [subject.mapping.id],
        message: `visibility timeout ${given.visibility} s is below the timeout of ${subject.fn?.address}, ${given.timeout} s: AWS refuses the mapping, or messages are handled twice`,
        fix: `visibility_timeout_seconds = ${wanted}`,
      };
    },
  }),
  rule({
    id: "H2",
    severity: "warning",
    title: "visibility timeout below six times the function's timeout",
    on: "queueMapping",
    see: pages.sqs,
    judge(subject) {
      const given = times(subject);
      if (given === undefined || given.visibility < given.timeout) return undefined;
      const wanted = recommendedFactor * given.timeout + given.window;
      if (given.visibility >= wanted) return undefined;
      const sum = `${recommendedFactor} × ${given.timeout} s${given.window > 0 ? ` + ${given.window} s` : ""} = ${wanted} s`;
      return {
        address: subject.queue.address,
        at: [subject.mapping.id],
        message: `visibility timeout ${given.visibility} s is below ${sum}`,
        fix: `visibility_timeout_seconds = ${wanted}`,
      };
    },
  }),
  rule({
    id: "H3",
    severity: "warning",
    title: "receive count below five",
    on: "queueMapping",
    see: pages.sqs,
    judge({ mapping, queue, redrive }) {
      const count = redrive === undefined ? undefined : known(redrive.settings.maxReceiveCount);
      if (count === undefined || count >= recommendedReceives) return undefined;
      return {
        address: redrive?.address ?? queue.address,
        at: [mapping.id],
        message: `maxReceiveCount ${count}: a throttled receive counts too, so that a healthy message is in the dead-letter queue after ${count === 1 ? "one throttle or crash" : `${count} of them`}`,
        fix: `maxReceiveCount = ${recommendedReceives}`,
      };
    },
  }),
  rule({
    id: "H4",
    severity: "warning",
    title: "reserved concurrency below the pollers' first five batches",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping, fn, queue }) {
      const reserved = fn === undefined ? undefined : known(fn.reservedConcurrentExecutions);
      const { maximumConcurrency, provisionedPollers } = mapping.settings;
      if (reserved === undefined || reserved === null || reserved === 0 || reserved >= initialBatches) return undefined;
      if (maximumConcurrency.value !== null || provisionedPollers.value !== null) return undefined;
      return {
        address: fn?.address ?? queue.address,
        at: [mapping.id],
        message: `reserved concurrency ${reserved} is below the ${initialBatches} batches that the pollers of ${mapping.address} begin with: throttled receives count towards maxReceiveCount`,
        fix: `scaling_config { maximum_concurrency = ${Math.max(2, reserved)} } in ${mapping.address}, or reserved_concurrent_executions = ${initialBatches} or more`,
      };
    },
  }),
  rule({
    id: "H5",
    severity: "warning",
    title: "batching window and timeout exceed the visibility timeout",
    on: "queueMapping",
    see: pages.sqs,
    judge(subject) {
      const given = times(subject);
      if (given === undefined || given.window === 0 || given.window + given.timeout <= given.visibility)
        return undefined;
      const { visibility, timeout, window } = given;
      return {
        address: subject.queue.address,
        at: [subject.mapping.id],
        message: `window ${window} s + timeout ${timeout} s = ${window + timeout} s exceeds the visibility timeout ${visibility} s: Lambda uses ${window + timeout + 30} s instead`,
        fix: `visibility_timeout_seconds = ${recommendedFactor * timeout + window}`,
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
      return {
        address: queue.address,
        at: [mapping.id],
        message: `no redrive policy: a message that always fails is tried until the queue's retention, ${shown(queue.messageRetentionPeriod.value)}, and then lost`,
        fix: `redrive_policy = jsonencode({ deadLetterTargetArn = …, maxReceiveCount = ${recommendedReceives} })`,
      };
    },
  }),
  rule({
    id: "H7",
    severity: "error",
    title: "dead-letter queue of the other type",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue, to }) {
      if (to?.kind !== "queue" || to.fifo.value === queue.fifo.value) return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message: `${queue.address} is ${type(queue.fifo.value)} and its dead-letter queue ${to.address} is ${type(to.fifo.value)}: AWS refuses that`,
        fix: `${to.address}: fifo_queue = ${queue.fifo.value}`,
      };
    },
  }),
  rule({
    id: "H8",
    severity: "warning",
    title: "dead-letter queue in another account or Region",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue, to }) {
      if (to === undefined) return undefined;
      if (!differs(queue.region, to.region) && !differs(queue.accountId, to.accountId)) return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message: `${queue.address} is in ${place(queue)} and its dead-letter queue ${to.address} in ${place(to)}`,
        fix: "a dead-letter queue in the account and Region of its source",
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
      if (redrive !== undefined || fn === undefined) return undefined;
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
    id: "H10",
    severity: "warning",
    title: "dead-letter queue keeps messages no longer than its source",
    on: "redrive",
    see: pages.retention,
    judge({ queue, to }) {
      if (to?.kind !== "queue" || to.fifo.value || queue.fifo.value) return undefined;
      const [own, theirs] = [known(queue.messageRetentionPeriod), known(to.messageRetentionPeriod)];
      if (own === undefined || theirs === undefined || theirs > own) return undefined;
      return {
        address: to.address,
        at: [queue.address],
        message: `retention ${shown(theirs)} is not above the source's ${shown(own)}: a message keeps its age when it moves, and may arrive nearly expired`,
        fix: "message_retention_seconds = 1209600",
      };
    },
  }),
  rule({
    id: "H11",
    severity: "warning",
    title: "messages expire before they reach the dead-letter queue",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue }) {
      const [count, visibility, retention] = [
        known(edge.settings.maxReceiveCount),
        known(queue.visibilityTimeout),
        known(queue.messageRetentionPeriod),
      ];
      if (count === undefined || visibility === undefined || retention === undefined || count * visibility <= retention)
        return undefined;
      return {
        address: queue.address,
        message: `maxReceiveCount ${count} × visibility timeout ${visibility} s = ${shown(count * visibility)} exceeds the retention ${shown(retention)}`,
        fix: `maxReceiveCount = ${Math.max(1, Math.floor(retention / 2 / visibility))}, or message_retention_seconds = ${Math.min(1_209_600, 2 * count * visibility)}`,
      };
    },
  }),
  rule({
    id: "H12",
    severity: "warning",
    title: "maximum concurrency above reserved concurrency",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping, fn }) {
      const [maximum, reserved] = [
        known(mapping.settings.maximumConcurrency),
        fn === undefined ? undefined : known(fn.reservedConcurrentExecutions),
      ];
      if (maximum === undefined || maximum === null || reserved === undefined || reserved === null || reserved === 0)
        return undefined;
      if (maximum <= reserved) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `maximum_concurrency ${maximum} is above the reserved concurrency of ${fn?.address}, ${reserved}: receives are throttled as if it was not set`,
        fix: `maximum_concurrency = ${Math.max(2, reserved)}`,
      };
    },
  }),
  rule({
    id: "H13",
    severity: "warning",
    title: "mappings of one function exceed its reserved concurrency together",
    on: "function",
    see: pages.sqsScaling,
    judge(fn, view) {
      const reserved = known(fn.reservedConcurrentExecutions);
      if (reserved === undefined || reserved === null || reserved === 0) return undefined;
      const limits = view.mappingsOf(fn).flatMap(({ settings }) => known(settings.maximumConcurrency) ?? []);
      const sum = limits.reduce((all, one) => all + one, 0);
      if (limits.length < 2 || sum <= reserved || limits.some((one) => one > reserved)) return undefined;
      return {
        address: fn.address,
        message: `maximum_concurrency of its ${limits.length} mappings is ${limits.join(" + ")} = ${sum}, above its reserved concurrency ${reserved}`,
        fix: `reserved_concurrent_executions = ${sum}`,
      };
    },
  }),
  rule({
    id: "H14",
    severity: "advice",
    title: "no limit to the concurrency that a queue may take",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping, queue, fn }) {
      if (queue.fifo.value || fn === undefined) return undefined;
      const { maximumConcurrency, provisionedPollers } = mapping.settings;
      if (fn.reservedConcurrentExecutions.value !== null || fn.reservedConcurrentExecutions.from === "unknown")
        return undefined;
      if (maximumConcurrency.from !== "default" || provisionedPollers.from !== "default") return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message:
          "neither maximum_concurrency nor reserved concurrency: a spike may take up to 1,250 of the account's concurrent executions",
        fix: "scaling_config { maximum_concurrency = … }",
      };
    },
  }),
  rule({
    id: "H15",
    severity: "error",
    title: "maximum concurrency together with provisioned pollers",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping }) {
      const { maximumConcurrency, provisionedPollers } = mapping.settings;
      if (maximumConcurrency.value === null || provisionedPollers.value === null) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `maximum_concurrency ${maximumConcurrency.value} and provisioned pollers (${provisionedPollers.value.minimumPollers} to ${provisionedPollers.value.maximumPollers}) exclude each other: AWS refuses the mapping`,
        fix: "one of the two",
      };
    },
  }),
  rule({
    id: "H16",
    severity: "error",
    title: "batch size that the queue does not allow",
    on: "queueMapping",
    see: pages.sqsParameters,
    judge({ mapping, queue }) {
      const [size, window] = [
        known(mapping.settings.batchSize),
        known(mapping.settings.maximumBatchingWindowInSeconds),
      ];
      if (size === undefined || window === undefined) return undefined;
      const at = { address: mapping.address, at: [mapping.id] };
      if (queue.fifo.value && size > 10) {
        return { ...at, message: `batch_size ${size} on a FIFO queue: AWS allows 10`, fix: "batch_size = 10" };
      }
      if (queue.fifo.value && window > 0) {
        return {
          ...at,
          message: `a batching window of ${window} s on a FIFO queue: AWS allows none`,
          fix: "no maximum_batching_window_in_seconds",
        };
      }
      if (queue.fifo.value || size <= 10 || window > 0) return undefined;
      return {
        ...at,
        message: `batch_size ${size} without a batching window: AWS refuses more than 10`,
        fix: "maximum_batching_window_in_seconds = 1",
      };
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
      if (environment === undefined || partial(subject) || handlerResponse(environment, queue.arn) !== "partial")
        return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message:
          "the handler answers with batchItemFailures (HOLDFAST: response partial) and the mapping does not ask for them: what failed is deleted",
        fix: 'function_response_types = ["ReportBatchItemFailures"]',
      };
    },
  }),
  rule({
    id: "H21",
    severity: "advice",
    title: "a FIFO queue with a dead-letter queue",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue }) {
      if (!queue.fifo.value) return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message:
          "a message that moves to the dead-letter queue lets the later ones of its group pass: order is broken there",
        fix: "acknowledge it where later messages do not depend on earlier ones",
      };
    },
  }),
  rule({
    id: "H22",
    severity: "warning",
    title: "one message group for everything",
    on: "target",
    see: pages.sqsScaling,
    judge({ edge, to }) {
      if (to?.kind !== "queue" || !to.fifo.value || edge.messageGroupId === null || edge.messageGroupId.startsWith("$"))
        return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `every event goes into the message group ${JSON.stringify(edge.messageGroupId)} of ${to.address}: one batch at a time, and one failure blocks all`,
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
      if (filters.length === 0 || other === undefined) return undefined;
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
      if (!partial(subject)) return undefined;
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
    judge({ mapping, queue, fn }) {
      if (fn === undefined || !fn.mayWriteTo.includes(queue.address)) return undefined;
      return {
        address: fn.address,
        at: [mapping.id],
        message: `its role may send to ${queue.address}, which triggers it: Lambda drops the message after some 16 rounds (recursive loop ${fn.recursiveLoop.value})`,
        fix: `no sqs:SendMessage on ${queue.address} for ${fn.role ?? "its role"}`,
      };
    },
  }),
  rule({
    id: "H71",
    severity: "warning",
    title: "a dead-letter queue with a receive count of its own that is used up on arrival",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, to }, view) {
      const own = known(edge.settings.maxReceiveCount);
      const next = to?.kind === "queue" ? view.from(to.address, "redrive")[0] : undefined;
      const theirs = next === undefined ? undefined : known(next.settings.maxReceiveCount);
      if (own === undefined || theirs === undefined || theirs > own) return undefined;
      return {
        address: next?.address ?? edge.address,
        at: [edge.from],
        message: `a message comes with ${own} receives on its count, and its maxReceiveCount is ${theirs}: it may move on at once`,
        fix: `maxReceiveCount = ${own + 5}, or no redrive policy on a dead-letter queue`,
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
      if (partial(subject) || size === undefined || size === 1) return undefined;
      const environment = subject.fn === undefined ? undefined : known(subject.fn.environment);
      const response = environment === undefined ? undefined : handlerResponse(environment, subject.queue.arn);
      if (response !== undefined) return undefined;
      return {
        address: subject.mapping.address,
        at: [subject.mapping.id],
        message: `batch_size ${size} without ReportBatchItemFailures: one failure brings all ${size} back`,
        fix: 'function_response_types = ["ReportBatchItemFailures"], and a handler that answers with batchItemFailures',
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
      const set = [
        ...(view.from(mapping.id, "on-failure").length > 0 ? ["destination_config"] : []),
        ...(settings.bisectBatchOnFunctionError.value ? ["bisect_batch_on_function_error"] : []),
        ...(settings.startingPosition.value === null ? [] : ["starting_position"]),
        ...(settings.parallelizationFactor.value > 1 ? ["parallelization_factor"] : []),
        ...(settings.maximumRetryAttempts.value > 0 ? ["maximum_retry_attempts"] : []),
        ...(settings.maximumRecordAgeInSeconds.value > 0 ? ["maximum_record_age_in_seconds"] : []),
        ...(settings.tumblingWindowInSeconds.value > 0 ? ["tumbling_window_in_seconds"] : []),
      ];
      if (set.length === 0) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `${set.join(", ")}: for streams only, AWS refuses the mapping of a queue with it`,
        fix: "remove it; failures of a queue end by its redrive policy",
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
      return {
        address: edge.address,
        at: [edge.id],
        message: `${lacking?.why ?? "a permission is missing"}: AWS refuses the mapping of ${edge.from}, or its pollers stop`,
        fix: `${lacking?.actions.join(", ") ?? ""} on ${lacking?.resource ?? edge.from} for ${lacking?.principal ?? "the role"}`,
      };
    },
  }),
  rule({
    id: "H93",
    severity: "error",
    title: "a figure out of AWS's range that Terraform lets pass",
    on: "edge",
    see: pages.sqsParameters,
    judge: (edge) =>
      rangesOf(edge).flatMap(({ name, setting, least, most }) => {
        const value = known(setting);
        if (value === undefined || (value >= least && value <= most)) return [];
        return {
          address: edge.address,
          at: [edge.id],
          message: `${name} ${value} is out of the range ${least} to ${most}: AWS refuses it`,
          fix: `${name} = ${value < least ? least : most}`,
        };
      }),
  }),
  rule({
    id: "H84",
    severity: "error",
    title: "the dead-letter queue does not allow its source",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue }) {
      if (permissionOf(edge) !== "missing") return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message: `${edge.permissions.find(({ state }) => state === "missing")?.why ?? "not allowed"}: messages cannot move to it`,
        fix: `the ARN of ${queue.address} in sourceQueueArns of its redrive allow policy`,
      };
    },
  }),
];

function place(node: { readonly region: string | null; readonly accountId: string | null }): string {
  return [node.accountId, node.region].filter((one) => one !== null).join(", ");
}

function type(fifo: boolean): string {
  return fifo ? "FIFO" : "standard";
}

/** Whether two places are known, and not the same. */
function differs(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

interface Range {
  readonly name: string;
  readonly setting: Setting<number>;
  readonly least: number;
  readonly most: number;
}

/** Ranges of AWS that the provider does not check (R34, R54, R55, R60). */
function rangesOf(edge: Edge): Range[] {
  if (edge.kind === "redrive")
    return [{ name: "maxReceiveCount", setting: edge.settings.maxReceiveCount, least: 1, most: 1000 }];
  if (edge.kind === "target") {
    return [
      {
        name: "maximum_event_age_in_seconds",
        setting: edge.settings.maximumEventAgeInSeconds,
        least: 60,
        most: 86_400,
      },
    ];
  }
  if (edge.kind !== "mapping") return [];
  return [
    { name: "batch_size", setting: edge.settings.batchSize, least: 1, most: 10_000 },
    {
      name: "maximum_batching_window_in_seconds",
      setting: edge.settings.maximumBatchingWindowInSeconds,
      least: 0,
      most: 300,
    },
  ];
}
