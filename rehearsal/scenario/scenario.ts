/** Scenarios as a rehearsal plays them: checked, times in milliseconds. */
import type { Fault } from "../functions/faults.ts";
import type { OutcomeRule } from "../functions/scripted.ts";
import type { FigureName } from "../settings.ts";

/** A message-move task that empties a dead-letter queue (R123). */
export interface Redrive {
  readonly atMs: number;
  /** Address of the dead-letter queue. */
  readonly from: string;
  /** Address of the queue that gets them; undefined: that which they came from. */
  readonly to: string | undefined;
  /** Messages a second, 1–500. */
  readonly perSecond: number | undefined;
  /** Where in the scenario it stands, for messages. */
  readonly place: string;
}

/** One entry of `send`, not checked yet, and where it stands. */
export interface RawSend {
  readonly value: unknown;
  readonly place: string;
}

export interface Scenario {
  readonly name: string;
  readonly seed: number;
  /** Undefined: until nothing can change any more. */
  readonly untilMs: number | undefined;
  readonly functions: Readonly<Record<string, readonly OutcomeRule[]>>;
  /** In order of time. */
  readonly send: Iterable<RawSend>;
  readonly faults: readonly Fault[];
  readonly redrives: readonly Redrive[];
  readonly settings: Readonly<Partial<Record<FigureName, number>>>;
}
