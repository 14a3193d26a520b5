/** What pollers may take of a function's concurrency: H4, H12 to H15, H62. */
import type { FunctionNode, MappingEdge, Setting } from "../../topology/graph.ts";
import { isFifo } from "../ends.ts";
import { type Change, type Fix, set, without } from "../fix.ts";
import { pages, type Rule, rule } from "../rule.ts";
import { known, type View } from "../view.ts";

/** A mapping of a queue begins with five concurrent batches (R71). */
const initialBatches = 5;
/** The least maximum concurrency that AWS takes (R72). */
const leastMaximum = 2;

/** Mappings of a function that are on, but for one. */
function others(mapping: MappingEdge, view: View): MappingEdge[] {
  const fn = view.nodeOf("function", mapping.to);
  return (fn === undefined ? [] : view.mappingsOf(fn)).filter((one) => one.id !== mapping.id && view.isOn(one));
}

/** The mappings that are on and have a limit. */
function limiting(mappings: readonly MappingEdge[], view: View): MappingEdge[] {
  return mappings.filter((one) => view.isOn(one) && (known(one.settings.maximumConcurrency) ?? null) !== null);
}

/** What the pollers of a queue take: their limit, or the batches that they begin with; 0 where it is not known. */
function ofQueue({ source, settings }: MappingEdge): number {
  if (source !== "sqs") return 0;
  const [maximum, pollers] = [known(settings.maximumConcurrency), known(settings.provisionedPollers)];
  return maximum === undefined || pollers !== null ? (maximum ?? 0) : (maximum ?? initialBatches);
}

/** The batches of a Kinesis stream at once; 0 where they are not known. */
function ofStream({ from, settings }: MappingEdge, view: View): number {
  const shards = known(view.nodeOf("stream", from)?.shardCount ?? notKnown) ?? 0;
  return shards * (known(settings.parallelizationFactor) ?? 0);
}

/** What a mapping takes of its function's concurrency, as far as it is known: all of them share what is reserved. */
function taken(mapping: MappingEdge, view: View): number {
  return ofQueue(mapping) + ofStream(mapping, view);
}

const notKnown: Setting<number | null> = { value: null, from: "unknown" };

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/**
 * Reserved concurrency for a mapping, as if it were on, and for every other one of its function: what serves one and
 * not the rest would only bring the next finding.
 */
function forAll(fn: FunctionNode, mapping: MappingEdge, view: View): Change[] {
  const all = [mapping, ...others(mapping, view)];
  const needed = sumOf(all.map((one) => taken(one, view)));
  return [set(fn.address, "reserved_concurrent_executions", needed)];
}

/** A limit to a queue's mapping that leaves the other mappings theirs, where so much concurrency is left. */
function within(reserved: number, mapping: MappingEdge, view: View): Change[] | undefined {
  const left = reserved - sumOf(others(mapping, view).map((one) => taken(one, view)));
  return left < leastMaximum ? undefined : [set(mapping.address, "scaling_config.maximum_concurrency", left)];
}

function either(...ways: readonly (Change[] | undefined)[]): Fix {
  return { either: ways.flatMap((one) => (one === undefined ? [] : [one])) };
}

/** What comes on top of a mapping's own share. */
function beside(more: number): string {
  return more === 0 ? "" : `, beside ${more} of its other mappings`;
}

export const concurrencyRules: readonly Rule[] = [
  rule({
    id: "H4",
    severity: "warning",
    title: "reserved concurrency below the pollers' first five batches",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping, fn, queue }, view) {
      const reserved = fn === undefined ? undefined : known(fn.reservedConcurrentExecutions);
      const { maximumConcurrency, provisionedPollers } = mapping.settings;
      if (fn === undefined || reserved === undefined || reserved === null || reserved === 0) return undefined;
      const more = sumOf(others(mapping, view).map((one) => taken(one, view)));
      if (reserved >= initialBatches + more || !view.isOn(mapping)) return undefined;
      if (known(maximumConcurrency) !== null || known(provisionedPollers) !== null) return undefined;
      const begin =
        isFifo(queue) === true
          ? `may begin with: a batch for each message group`
          : `begin with: ${initialBatches} batches`;
      return {
        address: fn.address,
        at: [mapping.id],
        message: `reserved concurrency ${reserved} is below what the pollers of ${mapping.address} ${begin}${beside(more)}; throttled receives count towards maxReceiveCount`,
        fix: either(within(reserved, mapping, view), forAll(fn, mapping, view)),
      };
    },
  }),
  rule({
    id: "H12",
    severity: "warning",
    title: "maximum concurrency above reserved concurrency",
    on: "queueMapping",
    see: pages.sqsScaling,
    judge({ mapping, fn }, view) {
      const [maximum, reserved] = [
        known(mapping.settings.maximumConcurrency),
        fn === undefined ? undefined : known(fn.reservedConcurrentExecutions),
      ];
      if (fn === undefined || maximum === undefined || maximum === null) return undefined;
      if (reserved === undefined || reserved === null || reserved === 0 || maximum <= reserved) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `maximum_concurrency ${maximum} is above the reserved concurrency of ${fn.address}, ${reserved}: receives are throttled as if it was not set`,
        fix: either(within(reserved, mapping, view), forAll(fn, mapping, view)),
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
      if (reserved === undefined || reserved === null) return undefined;
      const mappings = limiting(view.mappingsOf(fn), view);
      const limits = mappings.flatMap(({ settings }) => known(settings.maximumConcurrency) ?? []);
      const sum = sumOf(limits);
      // One that is above it alone is H12's, and none is left where nothing is reserved (H26).
      if (sum <= reserved || limits.some((one) => one > reserved)) return undefined;
      const [first] = mappings;
      const share = Math.floor(reserved / limits.length);
      return {
        address: fn.address,
        at: mappings.map(({ id }) => id),
        message: `maximum_concurrency of its ${limits.length} mappings is ${limits.join(" + ")} = ${sum}, above its reserved concurrency ${reserved}`,
        fix: either(
          first === undefined ? undefined : forAll(fn, first, view),
          share < leastMaximum
            ? undefined
            : mappings.map(({ address }) => set(address, "scaling_config.maximum_concurrency", share)),
        ),
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
      if (isFifo(queue) !== false || fn === undefined) return undefined;
      const { maximumConcurrency, provisionedPollers } = mapping.settings;
      if (known(fn.reservedConcurrentExecutions) !== null) return undefined;
      if (known(maximumConcurrency) !== null || known(provisionedPollers) !== null) return undefined;
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
      const [maximum, pollers] = [known(maximumConcurrency) ?? null, known(provisionedPollers) ?? null];
      if (maximum === null || pollers === null) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `maximum_concurrency ${maximum} and provisioned pollers (${pollers.minimumPollers} to ${pollers.maximumPollers}) exclude each other: AWS refuses the mapping`,
        fix: either(
          [without(mapping.address, "provisioned_poller_config")],
          [without(mapping.address, "scaling_config")],
        ),
      };
    },
  }),
  rule({
    id: "H62",
    severity: "warning",
    title: "more shards than reserved concurrency",
    on: "streamMapping",
    see: pages.kinesis,
    judge({ mapping, stream, fn }, view) {
      const reserved = fn === undefined ? undefined : known(fn.reservedConcurrentExecutions);
      const shards = stream?.kind === "stream" ? known(stream.shardCount) : undefined;
      const factor = known(mapping.settings.parallelizationFactor);
      if (fn === undefined || reserved === undefined || reserved === null || reserved === 0) return undefined;
      if (shards === undefined || shards === null || factor === undefined || !view.isOn(mapping)) return undefined;
      const batches = shards * factor;
      const more = sumOf(others(mapping, view).map((one) => taken(one, view)));
      if (batches + more <= reserved) return undefined;
      return {
        address: mapping.address,
        at: [mapping.id],
        message: `${shards} shard(s) × parallelization factor ${factor} = ${batches} batches at once${beside(more)}, above the reserved concurrency of ${fn.address}, ${reserved}: throttles raise the iterator age`,
        fix: forAll(fn, mapping, view),
      };
    },
  }),
];
