/** A range of a stream's records with its own count of attempts: a batch, what a split made of one, or what is left. */
import type { Ended } from "../../functions/invocation.ts";
import type { World } from "../../world.ts";
import type { StreamRecord } from "../streams/stream-record.ts";
import type { LaneOwner } from "./lane-owner.ts";

export interface Range {
  records: readonly StreamRecord[];
  /** Function errors, which the retry quota is for (R93). */
  errors: number;
  /** Waits after errors and throttles alike (R105). */
  waits: number;
  invocations: number;
  requestId: string;
  last: Ended | undefined;
}

/** A new range: nothing has been tried. */
export function range(records: readonly StreamRecord[]): Range {
  return { records, errors: 0, waits: 0, invocations: 0, requestId: "", last: undefined };
}

/** R95, R96: children begin at 0; the smaller half is first. The one that is tried first stands last. */
export function split({ settings, deviates }: World, whole: Range): readonly [Range, Range] {
  const { records } = whole;
  const share = deviates("stream.larger-half-first")
    ? Math.ceil(records.length / 2)
    : Math.floor(records.length * settings.use("stream.splitPoint"));
  const middle = Math.min(Math.max(1, share), records.length - 1);
  const left = range(records.slice(0, middle));
  const right = range(records.slice(middle));
  for (const half of [left, right]) {
    if (deviates("stream.split-keeps-count")) {
      half.errors = whole.errors;
      half.invocations = whole.invocations;
    }
  }
  return deviates("stream.right-half-first") ? [left, right] : [right, left];
}

/**
 * Takes from the front what is too old: silently what the stream forgot, with a record what the mapping gives up. What
 * remains is a new range.
 */
export function trim({ kernel, deviates }: World, mapping: LaneOwner, current: Range, maximumAgeMs: number): void {
  const { now } = kernel;
  const { stream } = mapping;
  const before = current.records.length;
  let gone = 0;
  for (const record of current.records) {
    if (record.arrivedAt + stream.retentionMs > now) break;
    stream.forget(record);
    gone += 1;
  }
  if (gone > 0) current.records = current.records.slice(gone);
  let old = 0;
  for (const record of current.records) {
    if (record.arrivedAt + maximumAgeMs > now) break;
    old += 1;
  }
  if (old > 0) {
    // R104: only what has expired; the rest is still delivered.
    const count = deviates("stream.whole-batch-expires") ? current.records.length : old;
    // R103: 1 even where it was too old on arrival.
    const invocations = Math.max(1, current.invocations);
    mapping.discard(current.records.slice(0, count), "RecordAgeExceeded", { ...current, invocations });
    current.records = current.records.slice(count);
  }
  if (current.records.length < before && current.records.length > 0) Object.assign(current, range(current.records));
}
