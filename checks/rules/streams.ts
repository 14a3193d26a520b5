/** Mappings of Kinesis streams and DynamoDB tables: H51 to H68, and what belongs with them. */
import { isFifo, kindOf } from "../ends.ts";
import { set, without } from "../fix.ts";
import { pages, type Rule, rule, shown } from "../rule.ts";
import { known, type StreamMapping } from "../view.ts";
import { answers, handlerResponse } from "./queues.ts";
import {
  leastRetentionSeconds,
  limits,
  longestAgeSeconds,
  recommendedAge,
  recommendedRetries,
  retriesWithin,
  retrySeconds,
  streamFigures,
  timeoutOf,
} from "./stream-figures.ts";

/** Long enough to notice a failure record after a weekend and to read the data that it points to. */
const triageHours = 72;
/** Readers of a shard of a DynamoDB stream, and of a global table's (R89). */
const readersOfShard = 2;
const readersOfGlobalTable = 1;
/** Filters of a mapping by default, and at most (R65). */
const filterQuota = 5;
const filterMaximum = 10;

function at({ mapping }: StreamMapping) {
  return { address: mapping.address, at: [mapping.id] };
}

/** Kinds that a stream's failures cannot go to, named so that no unknown service is taken for one (R106). */
const refusedKinds: ReadonlySet<string> = new Set(["function", "bus", "stream", "table", "rule", "schedule"]);

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
        fix: streamFigures(subject, { retries: recommendedRetries, age: recommendedAge(subject) }),
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
        fix: streamFigures(subject, { retries: recommendedRetries, age: given.age }),
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
        fix: streamFigures(subject, { retries: given.retries, age: Math.floor(retention / 2) }),
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
      const counted = known(subject.mapping.settings.metrics)?.includes("EventCount");
      const seen =
        counted === undefined ? "nothing keeps" : counted ? "only DroppedEventCount counts" : "nothing counts";
      return {
        ...at(subject),
        message: `records that are given up vanish: ${seen} them`,
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
      const { destination, retention, stream } = subject;
      const kind = destination === undefined ? undefined : kindOf(destination);
      if (destination === undefined || (kind !== "queue" && kind !== "topic")) return undefined;
      if (retention === undefined || retention >= triageHours * 3600) return undefined;
      return {
        ...at(subject),
        message: `the record in ${destination.address} only points to the data, and the stream keeps that for ${shown(retention)}, less than ${triageHours} h to look into it`,
        fix: {
          either: stream?.kind === "stream" ? [[set(stream.address, "retention_period", triageHours)]] : [],
          or: "an S3 bucket as on-failure destination, whose record holds the payload",
        },
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
      const kind = kindOf(destination);
      const fifo = isFifo(destination) === true;
      if (!fifo && !refusedKinds.has(kind)) return undefined;
      return {
        ...at(subject),
        message: `${destination.address}, ${fifo ? `a FIFO ${kind}` : `a ${kind}`}: the on-failure destination of a stream is a standard queue, a standard topic or a bucket`,
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
          fix: {
            either: [[without(subject.mapping.address, "bisect_batch_on_function_error")]],
            or: "a larger batch_size",
          },
        };
      }
      if (given.retries !== -1 || given.age !== -1) return undefined;
      return {
        ...at(subject),
        message:
          "splitting isolates the poison record, and the batch of one is then retried without limit: it blocks the shard all the same",
        fix: streamFigures(subject, { retries: recommendedRetries, age: recommendedAge(subject) }),
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
      const timeout = timeoutOf(subject);
      if (given === undefined || timeout === undefined || given.retries < 1 || given.age === -1) return undefined;
      const needed = Math.ceil(retrySeconds(given.retries, timeout));
      if (needed <= given.age) return undefined;
      const fitting = retriesWithin(given.age, timeout);
      // A record age must stay below what the stream keeps, or H53 takes its place.
      const longest = Math.min(longestAgeSeconds + 1, subject.retention ?? leastRetentionSeconds);
      const ways = [
        ...(fitting > 0 ? [[set(subject.mapping.address, "maximum_retry_attempts", fitting)]] : []),
        ...(needed < longest ? [[set(subject.mapping.address, "maximum_record_age_in_seconds", needed)]] : []),
      ];
      return {
        ...at(subject),
        message: `${given.retries} retries of a batch that times out take (${given.retries} + 1) × ${timeout} s and the waits between, ${shown(needed)}: longer than the record age ${shown(given.age)}`,
        fix: { either: ways.length > 0 ? ways : [[set(subject.mapping.address, "maximum_retry_attempts", 0)]] },
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
        fix: {
          either: [
            [set(subject.mapping.address, "maximum_batching_window_in_seconds", Math.floor(given.age / 10))],
            [set(subject.mapping.address, "maximum_record_age_in_seconds", window * 10)],
          ],
        },
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
        fix: [set(subject.mapping.address, "starting_position", "TRIM_HORIZON")],
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
      if (fn === undefined || !view.isOn(mapping)) return undefined;
      const watched = [
        [fn.address, "IteratorAge"],
        [stream?.address ?? "", "GetRecords.IteratorAgeMilliseconds"],
      ] as const;
      if (watched.some(([address, metric]) => view.alarms(address, metric).length > 0)) return undefined;
      const [silent] = watched.flatMap(([address, metric]) =>
        view
          .watchers(address, metric)
          .map((alarm) => `: ${alarm.address} never sounds, for ${view.whySilent(alarm, address)}`),
      );
      return {
        ...at(subject),
        message: `nothing tells when ${mapping.from} is read late${silent ?? ""}`,
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
        fix: [set(subject.mapping.address, "metrics_config.metrics", ["EventCount"])],
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
        fix: {
          either: [[set(subject.mapping.address, "function_response_types", ["ReportBatchItemFailures"])]],
          and: answers,
        },
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
        fix: streamFigures(subject, { retries: given.retries, age: recommendedAge(subject) }),
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
        fix: streamFigures(subject, { retries: recommendedRetries, age: recommendedAge(subject) }),
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
        fix: "enabled = true, or no mapping where the pause is for good",
      };
    },
  }),
];
