/** Every hazard: the rules that a configuration can show, and where the others are seen. */

import type { Rule } from "./rule.ts";
import { asyncRules } from "./rules/async.ts";
import { concurrencyRules } from "./rules/concurrency.ts";
import { eventRules } from "./rules/events.ts";
import { listenerRules } from "./rules/listeners.ts";
import { queueRules } from "./rules/queues.ts";
import { redriveRules } from "./rules/redrives.ts";
import { refusalRules } from "./rules/refusals.ts";
import { streamRules } from "./rules/streams.ts";
import { targetRules } from "./rules/targets.ts";

/** Rules in order of their number. */
export const rules: readonly Rule[] = [
  ...queueRules,
  ...redriveRules,
  ...concurrencyRules,
  ...asyncRules,
  ...listenerRules,
  ...eventRules,
  ...streamRules,
  ...refusalRules,
  ...targetRules,
].toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));

/** A hazard that no configuration shows. */
export interface Unchecked {
  readonly id: string;
  readonly title: string;
  /** `played`: a rehearsal shows it. `code`: a matter of the handler. `operation`: of what an operator does. */
  readonly seen: "played" | "code" | "operation";
  readonly why: string;
}

export const unchecked: readonly Unchecked[] = [
  {
    id: "H17",
    title: "batch size × time per message exceeds the function's timeout",
    seen: "played",
    why: "how long a message takes is not in the configuration",
  },
  {
    id: "H19",
    title: "partial responses asked for, and a handler that throws or answers with wrong ids",
    seen: "code",
    why: "holdfast/handlers answers with the ids of its own batch alone, and never throws half-way",
  },
  {
    id: "H20",
    title: "partial responses of a FIFO queue without stopping at the first failure",
    seen: "code",
    why: "holdfast/handlers stops a group at its first failure",
  },
  {
    id: "H33",
    title: "an SNS destination with payloads near 256 KB",
    seen: "played",
    why: "the size of payloads is not in the configuration",
  },
  {
    id: "H48",
    title: "redrive by a message-move task of a queue that no queue feeds",
    seen: "operation",
    why: "SQS moves only what a redrive policy brought; other nets are sent back by their records",
  },
  {
    id: "H49",
    title: "redrive without a rate into a function with little concurrency",
    seen: "operation",
    why: "the rate is chosen when the messages are sent back",
  },
  {
    id: "H58",
    title: "splitting or partial responses with a handler that is not idempotent",
    seen: "code",
    why: "records that succeeded are handled again; holdfast/handlers has idempotent() for that",
  },
  {
    id: "H61",
    title: "several batches per shard where strict order is assumed",
    seen: "code",
    why: "order is kept by partition key alone; what the handler assumes is not in the configuration",
  },
  {
    id: "H66",
    title: "a partial response of a stream with the highest failed id, or a wrong one",
    seen: "code",
    why: "the lowest sequence number counts; holdfast/handlers answers with it",
  },
  {
    id: "H69",
    title: "a consumer of failure records that expects fields that may be missing",
    seen: "code",
    why: "responseContext is missing when the age was exceeded, functionError is null for a bad partial response",
  },
];
