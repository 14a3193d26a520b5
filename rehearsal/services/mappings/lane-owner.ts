/** The mapping that a lane belongs to, as its lanes see it. */
import type { MappingEdge } from "../../../topology/graph.ts";
import type { Invocable } from "../../functions/invocation.ts";
import type { BatchState, StreamCondition } from "../../records/stream-record.ts";
import type { HeldUp } from "../held-up.ts";
import type { Stream } from "../streams/stream.ts";
import type { StreamRecord } from "../streams/stream-record.ts";

export interface LaneOwner {
  readonly edge: MappingEdge;
  readonly stream: Stream;
  readonly fn: Invocable;
  readonly heldUp: HeldUp;
  readonly metrics: { FilteredOutEventCount: number };
  /** Gives up records of a batch. */
  discard(records: readonly StreamRecord[], condition: StreamCondition, state: BatchState): void;
}
