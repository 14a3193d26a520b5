import { setMaxListeners } from "node:events";
import { reserveMs } from "./deadline.ts";
import { DeadlineError, GroupHeldError, HandlerError, toError } from "./errors.ts";

/** What became of one record. Only what is `done` may be acknowledged. */
export interface Outcome<R> {
  readonly record: R;
  /** `unfinished`: was running when the deadline came; `unstarted`: never ran. */
  readonly state: "done" | "failed" | "unfinished" | "unstarted";
  /** Why it is not done. */
  readonly error?: Error | undefined;
}

/** How a batch is worked through. */
export interface Policy<R> {
  /** How many records may be under way at once, from 1. */
  readonly concurrency: number;
  /** The group within which order is kept. Without it each record stands alone. */
  readonly group?: ((record: R) => unknown) | undefined;
  /** How long the invocation may still run. Without it there is no deadline. */
  readonly remainingMs: number | undefined;
  /** Told what came of a record after the answer was given, when nothing can be changed any more. */
  readonly late?: (outcome: Outcome<R>) => void;
}

/** One list per group: in the order of the event within a group, and by first record among groups. */
function lanesOf<R, C extends { readonly record: R }>(
  cells: readonly C[],
  group: Policy<R>["group"],
): IterableIterator<readonly C[]> {
  const lanes = new Map<unknown, C[]>();
  for (const cell of cells) {
    const key = group ? group(cell.record) : cell;
    const lane = lanes.get(key);
    if (lane) lane.push(cell);
    else lanes.set(key, [cell]);
  }
  return lanes.values();
}

/**
 * Handles the records and says what became of each, in the order given. It never rejects for what a handler does.
 *
 * Workers take one group after the other. Within a group records run one at a time, and its first failure ends it:
 * what comes after would overtake the failed record (R84). Everything lives in this call, since one environment may
 * serve several invocations at once.
 *
 * At the deadline, {@link reserveMs} before the end, the handlers' signal is aborted and nothing more is started; one
 * turn of the event loop later, so that what ends at once when aborted counts as it ended, the outcomes are final.
 * Its timer is not unref'ed, on purpose: when nothing else is pending the Node runtime answers `null` for a promise
 * that never settles, and SQS's poller takes `null` for a success of the whole batch (R68). The clock is read as well,
 * since a busy event loop keeps timers from firing.
 */
export async function run<R>(
  records: readonly R[],
  { concurrency, group, remainingMs = Infinity, late }: Policy<R>,
  handle: (record: R, signal: AbortSignal) => unknown,
): Promise<readonly Outcome<R>[]> {
  const workMs = remainingMs - reserveMs(remainingMs, records.length);
  const endsAt = Date.now() + workMs;
  const controller = new AbortController();
  const { signal } = controller;
  // All handlers share it: that more than ten listen is no leak, and nothing that Node should warn of.
  setMaxListeners(0, signal);
  const expire = () => controller.abort(new DeadlineError(`not finished in ${workMs} ms`));
  // A timer with a longer delay than 2³¹ − 1 ms would fire at once.
  const timer = workMs < 2_147_483_648 ? setTimeout(expire, workMs) : undefined;

  type Cell = { -readonly [field in keyof Outcome<R>]: Outcome<R>[field] };
  const cells = records.map((record): Cell => ({ record, state: "unstarted" }));
  // One iterator for all workers: who asks next gets the next group.
  const lanes = lanesOf<R, Cell>(cells, group);
  let closed = false;

  const work = async (): Promise<void> => {
    for (const lane of lanes) {
      let failed: Error | undefined;
      for (const cell of lane) {
        if (failed) {
          cell.error = new GroupHeldError("one before it in its group failed");
          continue;
        }
        if (Date.now() >= endsAt) expire();
        if (signal.aborted) return;
        cell.state = "unfinished";
        try {
          // A result says nothing, with one exception: who returns this has wrapped a handler of batches.
          if ("batchItemFailures" in Object(await handle(cell.record, signal))) {
            throw new HandlerError("returned batchItemFailures: wrap a handler of one message");
          }
        } catch (error) {
          failed = toError(error);
        }
        const state = failed ? "failed" : "done";
        if (closed) {
          late?.({ ...cell, state, error: failed });
          return;
        }
        cell.state = state;
        cell.error = failed;
      }
    }
  };

  // Before the first record starts, for that one may keep the loop busy until the deadline.
  const passed = new Promise((resolve) => signal.addEventListener("abort", () => setImmediate(resolve)));
  await Promise.race([passed, Promise.all(cells.slice(0, concurrency).map(work))]);
  clearTimeout(timer);
  closed = true;
  for (const cell of cells) if (cell.state !== "done") cell.error ??= signal.reason;
  return cells;
}
