/**
 * What random worlds contain and what happens in them, so that their generator cannot rot to triviality: of each feature
 * the least share of runs that must have it, about half of what was seen.
 */
import type { Via } from "../../../rehearsal/result/log.ts";
import { mayLoseNothing } from "./accountants.ts";
import type { Played } from "./judge.ts";

interface Feature {
  readonly holds: (played: Played) => boolean;
  /** Share of all runs, 0–1. */
  readonly floor: number;
}

const outcome = (name: string, floor: number): Feature => ({
  holds: ({ result }) => result.events.some((row) => row.outcome === name),
  floor,
});
const via = (name: Via, floor: number): Feature => ({
  holds: ({ result }) => result.deliveries.some((row) => row.via === name),
  floor,
});
const invoked = (name: string, floor: number): Feature => ({
  holds: ({ result }) => result.invocations.some((row) => row.outcome === name),
  floor,
});
/** Something arrived at a place of this kind. */
const sentTo = (prefix: string, floor: number): Feature => ({
  holds: ({ items }) => items.some(({ to }) => to.startsWith(prefix)),
  floor,
});
/** A function that was invoked from such a place. */
const from = (matches: (source: string, played: Played) => boolean, floor: number): Feature => ({
  holds: (played) => played.result.invocations.some(({ source }) => matches(source, played)),
  floor,
});

type Mapping = Extract<ReturnType<Played["world"]["graph"]["build"]>["edges"][number], { kind: "mapping" }>;

/** A mapping that was set so read something. */
const read = (matches: (settings: Mapping["settings"]) => boolean, floor: number): Feature => ({
  holds: ({ world, result }) =>
    world.graph
      .build()
      .edges.some(
        (edge) =>
          edge.kind === "mapping" &&
          matches(edge.settings) &&
          result.invocations.some((row) => row.source === edge.from && row.function === edge.to),
      ),
  floor,
});

export const features: Readonly<Record<string, Feature>> = {
  "nothing may be lost": { holds: mayLoseNothing, floor: 0.4 },
  "an event is processed": outcome("processed", 0.4),
  "an event is retained": outcome("retained", 0.26),
  "an event is pending": outcome("pending", 0.11),
  "an event expires": outcome("expired", 0.02),
  "an event is dropped": outcome("dropped", 0.07),
  "an event is filtered": outcome("filtered", 0.12),
  "an event is unmatched": outcome("unmatched", 0.14),
  "an event is processed and retained too": {
    holds: ({ result }) => result.events.some((row) => row.retainedToo === true),
    floor: 0.04,
  },
  "an event has several consumers": {
    holds: ({ result }) => new Set(result.events.map(({ id }) => id)).size < result.events.length,
    floor: 0.18,
  },
  "a function has several sources": {
    holds: ({ result }) => {
      const pairs = new Set(result.invocations.map((row) => `${row.function} ${row.source}`));
      return new Set(result.invocations.map((row) => row.function)).size < pairs.size;
    },
    floor: 0.2,
  },
  "functions share a queue": {
    holds: ({ atlas, items }) =>
      items.some(({ to }) => atlas.at(to).kind === "queue" && atlas.at(to).readers.length > 1),
    floor: 0.02,
  },
  "functions share a stream": {
    holds: ({ atlas, items }) =>
      items.some(({ to }) => atlas.at(to).kind === "stream" && atlas.at(to).readers.length > 1),
    floor: 0.03,
  },
  "a net is shared by several ways": {
    holds: ({ result }) => {
      const ways = new Set(result.deliveries.map((row) => `${row.to} ${row.via}`));
      return new Set(result.deliveries.map((row) => row.to)).size < ways.size;
    },
    floor: 0.05,
  },
  "a dead-letter queue is consumed": from((source) => source.startsWith("aws_sqs_queue.net"), 0.07),
  "something is sent to a queue": sentTo("aws_sqs_queue", 0.18),
  "something is sent to a stream": sentTo("aws_kinesis_stream", 0.07),
  "something is sent to a table": sentTo("aws_dynamodb_table", 0.07),
  "something is sent to a topic": sentTo("aws_sns_topic", 0.13),
  "something is sent to a bus": sentTo("aws_cloudwatch_event_bus", 0.12),
  "something is sent to a bucket": sentTo("aws_s3_bucket", 0.07),
  "something is sent to a function": sentTo("aws_lambda_function", 0.3),
  "a rule on a schedule fires": sentTo("aws_cloudwatch_event_rule", 0.03),
  "a schedule fires": sentTo("aws_scheduler_schedule", 0.03),
  "a FIFO queue feeds a function": from((source, { atlas }) => atlas.ordered.get(source)?.fifo === true, 0.08),
  "a topic feeds a function": from((source) => source.startsWith("aws_sns_topic"), 0.05),
  "a rule feeds a function": from((source) => source.startsWith("aws_cloudwatch_event_rule"), 0.08),
  "a function feeds a function": from((source) => source.startsWith("aws_lambda_function"), 0.3),
  "an on-failure destination gets something": via("on-failure-destination", 0.22),
  "an on-success destination gets something": via("on-success-destination", 0.14),
  "a function's dead-letter queue gets something": via("function-dead-letter", 0.12),
  "a target's dead-letter queue gets something": via("target-dead-letter", 0.02),
  "a subscription's dead-letter queue gets something": via("subscription-dead-letter", 0.008),
  "a redrive policy moves something": via("redrive-policy", 0.09),
  "an invocation fails": invoked("error", 0.23),
  "an invocation times out": invoked("timeout", 0.15),
  "an invocation is throttled": invoked("throttled", 0.23),
  "an invocation succeeds in part": invoked("partial", 0.008),
  "a batching window gathers": read(
    ({ maximumBatchingWindowInSeconds }) => maximumBatchingWindowInSeconds.value > 0,
    0.02,
  ),
  "a tumbling window is open": read(({ tumblingWindowInSeconds }) => tumblingWindowInSeconds.value > 0, 0.03),
  "a batch may be split": read(({ bisectBatchOnFunctionError }) => bisectBatchOnFunctionError.value, 0.06),
  "a shard has several lanes": read(({ parallelizationFactor }) => parallelizationFactor.value > 1, 0.02),
  "a mapping filters": read(({ filterCriteria }) => filterCriteria.value.length > 0, 0.03),
  "a mapping has a maximum concurrency": read(({ maximumConcurrency }) => maximumConcurrency.value !== null, 0.02),
  "a mapping has provisioned pollers": read(({ provisionedPollers }) => provisionedPollers.value !== null, 0.03),
  "a function has no concurrency": {
    holds: ({ world }) => world.form.functions.some(({ reserved }) => reserved === 0),
    floor: 0.1,
  },
  "the account has little concurrency": { holds: ({ world }) => world.form.account < 100, floor: 0.12 },
  "events come twice": { holds: ({ world }) => world.form.duplicates > 0, floor: 0.13 },
  "the run is cut off": {
    holds: ({ world }) => !world.form.safe && world.form.until !== undefined,
    floor: 0.07,
  },
  "a service does not answer": {
    holds: ({ atlas }) => atlas.faults.some(({ kind }) => kind === "unavailable"),
    floor: 0.15,
  },
  "a message-move task moves something": via("redrive", 0.012),
  "a message-move task brings something elsewhere": {
    holds: ({ result, atlas }) =>
      result.deliveries.some(({ via: how, to }) => how === "redrive" && atlas.movedElsewhere.has(to)),
    floor: 0.007,
  },
  "an archive keeps the record of a failure": {
    holds: ({ result }) =>
      result.deliveries.some(
        ({ via: how, to }) => how === "archive" && to.startsWith("aws_cloudwatch_event_archive.net"),
      ),
    floor: 0.025,
  },
  "a filter stands beside another way to its function": {
    holds: ({ items, atlas, world }) =>
      items.some(({ to: topic }) =>
        world.graph
          .build()
          .edges.some(
            (edge) =>
              edge.kind === "mapping" &&
              edge.settings.filterCriteria.value.length > 0 &&
              atlas.at(topic).kind === "topic" &&
              [edge.from, edge.to].every((end) => atlas.at(topic).ways.some(({ to }) => to === end)),
          ),
      ),
    floor: 0.004,
  },
  "an archive keeps something": via("archive", 0.07),
  "an archive's retention is over": {
    holds: ({ result, atlas }) =>
      result.deliveries.some(
        ({ via: how, to, at }) => how === "archive" && at + (atlas.archives.get(to) ?? 0) <= result.endedAt,
      ),
    floor: 0.001,
  },
  "a stream forgets what a net leads to": {
    holds: ({ result }) => result.events.some(({ why }) => why?.startsWith("R107") === true),
    floor: 0.0005,
  },
  "a queue hides nothing": {
    holds: ({ result }) => result.assumptions.some(({ name }) => name === "sqs.leastVisibility"),
    floor: 0.04,
  },
  "a net refuses for size": {
    holds: ({ result }) => result.events.some(({ why }) => /bytes for aws_sqs_queue\.net/.test(why ?? "")),
    floor: 0.004,
  },
  "a net's retention is over": {
    holds: ({ result }) => result.events.some(({ why }) => /^R59: .*aws_sqs_queue\.net/.test(why ?? "")),
    floor: 0.012,
  },
  "a target is given something else than the event": {
    holds: ({ world, result }) =>
      world.graph
        .build()
        .edges.some(
          (edge) =>
            edge.kind === "target" &&
            edge.input.kind !== "event" &&
            result.invocations.some((row) => row.source === edge.from || row.source === edge.to),
        ),
    floor: 0.08,
  },
  "an alias is invoked": {
    holds: ({ world, result }) =>
      world.graph
        .build()
        .edges.some(
          (edge) =>
            "qualifier" in edge &&
            edge.qualifier === "live" &&
            result.invocations.some((row) => row.source === edge.from && row.function === edge.to),
        ),
    floor: 0.04,
  },
  "one way of an event is lost and another not": {
    holds: ({ result }) => result.events.some(({ lostToo }) => lostToo === true),
    floor: 0.008,
  },
  "a payload is near a limit": { holds: ({ items }) => items.some(({ padding }) => padding > 100_000), floor: 0.02 },
  "a promise answers": {
    holds: ({ seen, world }) => seen.some(({ function: address }) => world.behaviours.get(address)?.later === true),
    floor: 0.25,
  },
};

/** How often each feature was seen. */
export class Shares {
  runs = 0;
  readonly #seen = new Map<string, number>();
  /** Of the runs in which nothing may be lost, how many there were and how many ended events in a net. */
  safe = 0;
  inNets = 0;

  note(played: Played): void {
    this.runs += 1;
    for (const [name, { holds }] of Object.entries(features)) {
      if (holds(played)) this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1);
    }
    if (!mayLoseNothing(played)) return;
    this.safe += 1;
    if (played.result.events.some((row) => row.outcome === "retained")) this.inNets += 1;
  }

  /** The share of a feature, 0–1. */
  of(name: string): number {
    return (this.#seen.get(name) ?? 0) / Math.max(1, this.runs);
  }
}
