/** Mappings of Kinesis streams and DynamoDB tables: H51 to H68, and what belongs with them. */
import { pages, type Rule, rule, shown } from "../rule.ts";
import { known, type StreamMapping } from "../view.ts";
import { handlerResponse } from "./queues.ts";

/** Long enough to notice a failure record after a weekend and to read the data that it points to. */
const triageHours = 72;
/** Retries of a batch wait 0.5 s, doubling, at most 120 s: not documented by AWS, measured (R105). */
const firstWaitSeconds = 0.5;
const longestWaitSeconds = 120;
/** Readers of a shard of a DynamoDB stream, and of a global table's (R89). */
const readersOfShard = 2;
const readersOfGlobalTable = 1;
/** Filters of a mapping by default, and at most (R65). */
const filterQuota = 5;
const filterMaximum = 10;

function limits({ mapping }: StreamMapping) {
  const [retries, age] = [
    known(mapping.settings.maximumRetryAttempts),
    known(mapping.settings.maximumRecordAgeInSeconds),
  ];
  return retries === undefined || age === undefined ? undefined : { retries, age };
}

function at({ mapping }: StreamMapping) {
  return { address: mapping.address, at: [mapping.id] };
}

/** How long n retries of a batch that always times out take. */
function retrySeconds(retries: number, timeoutSeconds: number): number {
  const doublings = Math.ceil(Math.log2(longestWaitSeconds / firstWaitSeconds));
  const doubling = Math.min(retries, doublings);
  const waits = firstWaitSeconds * (2 ** doubling - 1) + Math.max(0, retries - doublings) * longestWaitSeconds;
  return (retries + 1) * timeoutSeconds + waits;
}

export const streamRules: readonly Rule[] = [
  rule({
    id: "H51",
    severity: "warning",
    title: "a poison record blocks its shard until it expires",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      if (given === undefined || given.retries !== -1 || given.age !== -1) return undefined;
      const { retention } = subject;
      return {
        ...at(subject),
        message: `retries and record age without limit: a poison record blocks its shard until it expires${retention === undefined ? "" : `, ${shown(retention)}`}`,
        fix: "maximum_retry_attempts = 5 and maximum_record_age_in_seconds of half the retention or less",
      };
    },
  }),
  rule({
    id: "H52",
    severity: "warning",
    title: "a poison record blocks its shard for the whole record age",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      if (given === undefined || given.retries !== -1 || given.age === -1) return undefined;
      return {
        ...at(subject),
        message: `retries without limit: a poison record blocks its shard for maximum_record_age_in_seconds, ${shown(given.age)}`,
        fix: "maximum_retry_attempts = 5",
      };
    },
  }),
  rule({
    id: "H53",
    severity: "warning",
    title: "records expire in the stream before their age is up",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      const { retention } = subject;
      if (given === undefined || retention === undefined || given.age < retention) return undefined;
      return {
        ...at(subject),
        message: `maximum_record_age_in_seconds ${shown(given.age)} is not below the stream's retention ${shown(retention)}: what expires there leaves no failure record`,
        fix: `maximum_record_age_in_seconds = ${Math.max(60, Math.floor(retention / 2))}`,
      };
    },
  }),
  rule({
    id: "H54",
    severity: "warning",
    title: "no on-failure destination",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      if (subject.onFailure !== undefined) return undefined;
      const counted = known(subject.mapping.settings.metrics)?.includes("EventCount") === true;
      return {
        ...at(subject),
        message: `records that are given up vanish: ${counted ? "only DroppedEventCount counts them" : "nothing counts them"}`,
        fix: "destination_config { on_failure { destination_arn = … } }, an S3 bucket keeps the payload too",
      };
    },
  }),
  rule({
    id: "H55",
    severity: "warning",
    title: "failure records that outlive the data they point to",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const { destination, retention } = subject;
      const pointsOnly = destination?.kind === "queue" || destination?.kind === "topic";
      if (!pointsOnly || retention === undefined || retention >= triageHours * 3600) return undefined;
      return {
        ...at(subject),
        message: `the record in ${destination.address} only points to the data, and the stream keeps that for ${shown(retention)}, less than ${triageHours} h to look into it`,
        fix: "an S3 bucket as on-failure destination, whose record holds the payload",
      };
    },
  }),
  rule({
    id: "H56",
    severity: "error",
    title: "a destination that streams do not have",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const { destination } = subject;
      if (destination === undefined) return undefined;
      const fifo = (destination.kind === "queue" || destination.kind === "topic") && destination.fifo.value;
      const wrong = fifo || ["function", "bus", "stream", "table", "rule", "schedule"].includes(destination.kind);
      if (!wrong) return undefined;
      return {
        ...at(subject),
        message: `${destination.address}, ${fifo ? "FIFO" : `a ${destination.kind}`}: the on-failure destination of a stream is a standard queue, a standard topic or a bucket`,
        fix: "an S3 bucket, or a standard queue or topic",
      };
    },
  }),
  rule({
    id: "H57",
    severity: "warning",
    title: "splitting that cannot help",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      const { settings } = subject.mapping;
      if (known(settings.bisectBatchOnFunctionError) !== true || given === undefined) return undefined;
      if (known(settings.batchSize) === 1) {
        return {
          ...at(subject),
          message: "batch_size 1 cannot be split: bisect_batch_on_function_error does nothing",
          fix: "a larger batch_size, or no bisect_batch_on_function_error",
        };
      }
      if (given.retries !== -1 || given.age !== -1) return undefined;
      return {
        ...at(subject),
        message:
          "splitting isolates the poison record, and the batch of one is then retried without limit: it blocks the shard all the same",
        fix: "maximum_retry_attempts = 5",
      };
    },
  }),
  rule({
    id: "H59",
    severity: "warning",
    title: "retries that the record age cuts off",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      const timeout = subject.fn === undefined ? undefined : known(subject.fn.timeout);
      if (given === undefined || timeout === undefined || given.retries === -1 || given.age === -1) return undefined;
      const needed = Math.ceil(retrySeconds(given.retries, timeout));
      if (needed <= given.age) return undefined;
      return {
        ...at(subject),
        message: `${given.retries} retries of a batch that times out take (${given.retries} + 1) × ${timeout} s and the waits between, ${shown(needed)}: longer than the record age ${shown(given.age)}`,
        fix: `maximum_retry_attempts = ${retriesWithin(given.age, timeout)}`,
      };
    },
  }),
  rule({
    id: "H60",
    severity: "warning",
    title: "a batching window near the record age",
    on: "streamMapping",
    see: pages.kinesisParameters,
    judge(subject) {
      const given = limits(subject);
      const window = known(subject.mapping.settings.maximumBatchingWindowInSeconds);
      if (given === undefined || window === undefined || given.age === -1 || window * 2 < given.age) return undefined;
      return {
        ...at(subject),
        message: `records wait up to ${window} s for their batch, and their age is limited to ${given.age} s`,
        fix: `maximum_batching_window_in_seconds = ${Math.floor(given.age / 10)}, or maximum_record_age_in_seconds = ${window * 10}`,
      };
    },
  }),
  rule({
    id: "H62",
    severity: "warning",
    title: "more shards than reserved concurrency",
    on: "streamMapping",
    see: pages.kinesis,
    judge(subject) {
      const { mapping, stream, fn } = subject;
      const reserved = fn === undefined ? undefined : known(fn.reservedConcurrentExecutions);
      const shards = stream?.kind === "stream" ? known(stream.shardCount) : undefined;
      const factor = known(mapping.settings.parallelizationFactor);
      if (
        reserved === undefined ||
        reserved === null ||
        reserved === 0 ||
        shards === undefined ||
        shards === null ||
        factor === undefined
      )
        return undefined;
      if (shards * factor <= reserved) return undefined;
      return {
        ...at(subject),
        message: `${shards} shard(s) × parallelization factor ${factor} = ${shards * factor} batches at once, above the reserved concurrency of ${fn?.address}, ${reserved}: throttles raise the iterator age`,
        fix: `reserved_concurrent_executions = ${shards * factor}`,
      };
    },
  }),
  rule({
    id: "H63",
    severity: "warning",
    title: "starting position LATEST",
    on: "streamMapping",
    see: pages.kinesisParameters,
    judge(subject) {
      if (known(subject.mapping.settings.startingPosition) !== "LATEST") return undefined;
      return {
        ...at(subject),
        message: "LATEST: records that arrive while the mapping is created, or created anew, are never read",
        fix: 'starting_position = "TRIM_HORIZON"',
      };
    },
  }),
  rule({
    id: "H64",
    severity: "warning",
    title: "more readers than a table's stream admits",
    on: "node",
    see: pages.dynamodb,
    judge(node, view) {
      if (node.kind !== "table") return undefined;
      const readers = view.consumers(node.address);
      const allowed = node.replicas.value > 0 ? readersOfGlobalTable : readersOfShard;
      if (readers.length <= allowed) return undefined;
      return {
        address: node.address,
        at: readers.map(({ id }) => id),
        message: `${readers.length} readers (${readers.map(({ address }) => address).join(", ")}) of a stream that admits ${allowed} for each shard${allowed === readersOfGlobalTable ? " of a global table" : ""}: reads are throttled`,
        fix: "one function that passes records on, or a Kinesis stream as the table's destination",
      };
    },
  }),
  rule({
    id: "H65",
    severity: "warning",
    title: "a tumbling window over a stream that reshards itself",
    on: "streamMapping",
    see: pages.kinesisWindows,
    judge(subject) {
      const window = known(subject.mapping.settings.tumblingWindowInSeconds);
      if (
        window === undefined ||
        window === 0 ||
        subject.stream?.kind !== "stream" ||
        subject.stream.streamMode.value !== "ON_DEMAND"
      )
        return undefined;
      return {
        ...at(subject),
        message: `a tumbling window of ${window} s over an on-demand stream: each split or merge of shards closes the window early, and its state starts anew`,
        fix: 'stream_mode = "PROVISIONED", or state in a table',
      };
    },
  }),
  rule({
    id: "H67",
    severity: "advice",
    title: "no alarm on the iterator age",
    on: "streamMapping",
    see: pages.metrics,
    judge(subject, view) {
      const { fn, mapping, stream } = subject;
      if (fn === undefined) return undefined;
      const watched =
        view.alarms(fn.address, "IteratorAge").length > 0 ||
        (stream !== undefined && view.alarms(stream.address, "GetRecords.IteratorAgeMilliseconds").length > 0);
      if (watched) return undefined;
      return {
        ...at(subject),
        message: `nothing tells when ${mapping.from} is read late`,
        fix: `an alarm on IteratorAge of ${fn.address}`,
      };
    },
  }),
  rule({
    id: "H68",
    severity: "advice",
    title: "no counts of dropped records",
    on: "streamMapping",
    see: pages.metrics,
    judge(subject) {
      if (known(subject.mapping.settings.metrics)?.includes("EventCount") !== false) return undefined;
      return {
        ...at(subject),
        message: "the metrics of the mapping are off: DroppedEventCount is not counted",
        fix: 'metrics_config { metrics = ["EventCount"] }',
      };
    },
  }),
  rule({
    id: "H73",
    severity: "warning",
    title: "one failure repeats the whole batch of a stream",
    on: "streamMapping",
    see: pages.kinesisPartial,
    judge(subject) {
      const { settings } = subject.mapping;
      const [size, types] = [known(settings.batchSize), known(settings.functionResponseTypes)];
      if (size === undefined || size === 1 || types === undefined || types.includes("ReportBatchItemFailures"))
        return undefined;
      const environment = subject.fn === undefined ? undefined : known(subject.fn.environment);
      const source = subject.stream?.kind === "table" ? subject.stream.streamArn : subject.stream?.arn;
      const response = environment === undefined ? undefined : handlerResponse(environment, source ?? "");
      if (response !== undefined && response !== "partial") return undefined;
      return {
        ...at(subject),
        message: `batch_size ${size} without ReportBatchItemFailures: what succeeded before the failure is handled again at each retry`,
        fix: 'function_response_types = ["ReportBatchItemFailures"], and a handler that answers with batchItemFailures',
      };
    },
  }),
  rule({
    id: "H78",
    severity: "warning",
    title: "a record age without limit",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      if (given === undefined || given.retries === -1 || given.age !== -1) return undefined;
      return {
        ...at(subject),
        message: `${given.retries} retries bound function errors alone: throttled records wait until they expire in the stream${subject.retention === undefined ? "" : `, ${shown(subject.retention)}`}, and leave no failure record`,
        fix: `maximum_record_age_in_seconds = ${Math.floor((subject.retention ?? 86_400) / 2)}`,
      };
    },
  }),
  rule({
    id: "H82",
    severity: "warning",
    title: "more filters than the default quota",
    on: "edge",
    see: pages.filters,
    judge(edge) {
      if (edge.kind !== "mapping") return undefined;
      const many = edge.settings.filterCriteria.value.length;
      if (many <= filterQuota) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `${many} filters: ${filterQuota} are allowed by default, and ${filterMaximum} at most`,
        fix: "fewer filters, or a raised quota",
      };
    },
  }),
  rule({
    id: "H85",
    severity: "warning",
    title: "an on-failure destination that is never used",
    on: "streamMapping",
    see: pages.kinesisFailures,
    judge(subject) {
      const given = limits(subject);
      if (given === undefined || subject.onFailure === undefined || given.retries !== -1 || given.age !== -1)
        return undefined;
      return {
        ...at(subject),
        message: `with retries and record age without limit nothing is ever given up: ${subject.onFailure.to ?? "the destination"} stays empty while records expire`,
        fix: "maximum_retry_attempts = 5 and a maximum_record_age_in_seconds",
      };
    },
  }),
  rule({
    id: "H91",
    severity: "advice",
    title: "a mapping that is off",
    on: "edge",
    see: pages.kinesisParameters,
    judge(edge) {
      if (edge.kind !== "mapping" || known(edge.settings.enabled) !== false) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `enabled is false: nothing of ${edge.from} is read, and it expires there`,
        fix: "enabled = true",
      };
    },
  }),
];

/** The most retries of a batch that times out which fit into an age. */
function retriesWithin(ageSeconds: number, timeoutSeconds: number): number {
  let retries = 0;
  while (retrySeconds(retries + 1, timeoutSeconds) <= ageSeconds) retries += 1;
  return retries;
}
