/** Faults planted into the engine for as long as a test needs them: each accountant has to notice its own. */
import { Accounting } from "../../../rehearsal/accounting/accounting.ts";
import { Cargo } from "../../../rehearsal/accounting/cargo.ts";
import type { Item } from "../../../rehearsal/accounting/entry.ts";
import type { EventRow } from "../../../rehearsal/accounting/rows.ts";
import type { DeviationName } from "../../../rehearsal/deviations.ts";
import { Heap } from "../../../rehearsal/kernel/heap.ts";
import { Log } from "../../../rehearsal/result/log.ts";
import { LambdaFunction } from "../../../rehearsal/services/lambda/function.ts";
import { StreamMapping } from "../../../rehearsal/services/mappings/stream-mapping.ts";
import { Queue } from "../../../rehearsal/services/sqs/queue.ts";

/** Replaces a method until the function that is given back is called. */
function replace<T extends object, K extends keyof T>(of: T, name: K, by: (original: T[K]) => T[K]): () => void {
  const original = of[name];
  of[name] = by(original);
  return () => {
    of[name] = original;
  };
}

export interface Planted {
  /** The accountant that has to notice. */
  readonly accountant: string;
  readonly title: string;
  readonly deviation?: DeviationName;
  /** Plants it, and gives what takes it out. */
  readonly plant?: () => () => void;
}

export const planted: readonly Planted[] = [
  {
    accountant: "oneOutcomePerConsumer",
    title: "of several consumers the last has no row",
    plant: () =>
      replace(
        Log.prototype,
        "closed",
        (original) =>
          function closed(this: Log, item: Item, rows: readonly EventRow[]) {
            original.call(this, item, rows.length > 1 ? rows.slice(0, -1) : rows);
          },
      ),
  },
  {
    accountant: "oneOutcomePerConsumer",
    title: "an event is told twice",
    plant: () =>
      replace(
        Log.prototype,
        "closed",
        (original) =>
          function closed(this: Log, item: Item, rows: readonly EventRow[]) {
            original.call(this, item, [...rows, ...rows]);
          },
      ),
  },
  {
    accountant: "oneOutcomePerConsumer",
    title: "a queue swallows a message",
    plant: () =>
      replace(
        Queue.prototype,
        "send",
        (original) =>
          function send(this: Queue, cargo, content) {
            if (!content.text().includes("x1~")) return original.call(this, cargo, content);
            cargo.end();
            return undefined;
          },
      ),
  },
  {
    accountant: "outcomesAreTrue",
    title: "no attempt is counted",
    plant: () => replace(Cargo.prototype, "attempted", () => () => {}),
  },
  { accountant: "outcomesAreTrue", title: "partial responses never count", deviation: "mapping.partial-ignored" },
  {
    accountant: "totalsAddUp",
    title: "what is processed counts twice",
    plant: () =>
      replace(
        Log.prototype,
        "processed",
        (original) =>
          function processed(this: Log, item, entry) {
            original.call(this, item, entry);
            this.totals.processed += 1;
          },
      ),
  },
  {
    accountant: "totalsAddUp",
    title: "an event is reserved for nothing",
    plant: () =>
      replace(
        Accounting.prototype,
        "send",
        (original) =>
          function send(this: Accounting, id, to) {
            this.reserve();
            return original.call(this, id, to);
          },
      ),
  },
  { accountant: "totalsAddUp", title: "throttles count as invocations", deviation: "metrics.throttle-counts" },
  {
    accountant: "nothingAfterLoss",
    title: "a batch that was given up is tried once more",
    plant: () =>
      replace(
        StreamMapping.prototype,
        "discard",
        (original) =>
          function discard(this: StreamMapping, records, condition, state) {
            original.call(this, records, condition, state);
            const invocation = {
              requestId: "again",
              source: this.stream.address,
              loads: records,
              payload: () => null,
              batch: true,
            };
            // Once at once, and once more when that has ended.
            this.fn.invoke(invocation, () => this.fn.invoke(invocation, () => {}));
          },
      ),
  },
  {
    accountant: "nothingAfterLoss",
    title: "whatever fails is tried once more, beside all accounts",
    plant: () =>
      replace(
        LambdaFunction.prototype,
        "invoke",
        (original) =>
          function invoke(this: LambdaFunction, invocation, done) {
            original.call(this, invocation, (result) => {
              done(result);
              if (result.kind === "success" || result.kind === "throttled") return;
              original.call(this, invocation, () => original.call(this, invocation, () => {}));
            });
          },
      ),
  },
  { accountant: "orderIsKept", title: "batches of one group at once", deviation: "fifo.groups-in-parallel" },
  { accountant: "orderIsKept", title: "lanes ignore keys", deviation: "stream.lanes-ignore-keys" },
  { accountant: "orderIsKept", title: "the right half of a split first", deviation: "stream.right-half-first" },
  { accountant: "nothingIsLost", title: "failed messages are deleted", deviation: "mapping.failed-deleted" },
  { accountant: "nothingIsLost", title: "throttled messages are deleted", deviation: "mapping.throttled-deleted" },
  { accountant: "nothingIsLost", title: "targets have no dead-letter queue", deviation: "rule.no-dead-letter" },
  { accountant: "nothingIsLost", title: "subscriptions have no dead-letter queue", deviation: "topic.no-dead-letter" },
  {
    accountant: "nothingIsLost",
    title: "queues and streams forget",
    plant: () => replace(Cargo.prototype, "rest", () => () => {}),
  },
  {
    accountant: "nothingIsLost",
    title: "archives keep no records of failures",
    plant: () =>
      replace(
        Cargo.prototype,
        "archivedAt",
        (original) =>
          function archivedAt(this: Cargo, where, until) {
            if (!this.inNet) original.call(this, where, until);
          },
      ),
  },
  {
    accountant: "nothingIsLost",
    title: "a filter deletes what another way brought to its function",
    plant: () => {
      const own = Object.getOwnPropertyDescriptor(Cargo.prototype, "tried");
      if (own === undefined) throw new Error("cargo is not asked whether it was tried");
      Object.defineProperty(Cargo.prototype, "tried", {
        ...own,
        get(this: Cargo) {
          return (this.entries ?? []).some(({ attempts }) => attempts > 0);
        },
      });
      return () => void Object.defineProperty(Cargo.prototype, "tried", own);
    },
  },
  {
    accountant: "nothingIsLost",
    title: "one consumer's success is said to be another's",
    plant: () =>
      replace(
        Cargo.prototype,
        "succeeded",
        (original) =>
          function succeeded(this: Cargo, address) {
            original.call(this, address);
            const others = (this.entries ?? []).flatMap(({ item }) => item.entries);
            if (this.role === "event") for (const other of others) if (other.successes === 0) other.succeed(0, 0);
          },
      ),
  },
  {
    accountant: "whatIsKeptIsThere",
    title: "a net that refuses what is too large is said to keep it",
    plant: () =>
      replace(
        Queue.prototype,
        "send",
        (original) =>
          function send(this: Queue, cargo, content) {
            const refusal = original.call(this, cargo, content);
            if (refusal?.rule !== "R59" || !cargo.inNet) return refusal;
            cargo.rest(this.address);
            return undefined;
          },
      ),
  },
  {
    accountant: "whatIsKeptIsThere",
    title: "pointers outlive what they point to",
    plant: () => replace(Cargo.prototype, "pointsTo", () => () => {}),
  },
  {
    accountant: "whatIsKeptIsThere",
    title: "archives keep for ever",
    plant: () =>
      replace(
        Accounting.prototype,
        "close",
        (original) =>
          function close(this: Accounting, item) {
            item.archives = item.archives?.map((keep) => ({ ...keep, until: Number.POSITIVE_INFINITY }));
            original.call(this, item);
          },
      ),
  },
  {
    accountant: "timeRunsOn",
    title: "the heap gives what came last",
    plant: () => {
      const heaps = new WeakMap<object, unknown[]>();
      const listOf = (heap: object): unknown[] => {
        const list = heaps.get(heap) ?? [];
        heaps.set(heap, list);
        return list;
      };
      const restore = [
        replace(
          Heap.prototype,
          "push",
          () =>
            function push(this: object, value: unknown) {
              listOf(this).push(value);
            },
        ),
        replace(
          Heap.prototype,
          "pop",
          () =>
            function pop(this: object) {
              return listOf(this).pop();
            },
        ),
        replace(
          Heap.prototype,
          "peek",
          () =>
            function peek(this: object) {
              return listOf(this).at(-1);
            },
        ),
      ];
      return () => {
        for (const one of restore) one();
      };
    },
  },
];
