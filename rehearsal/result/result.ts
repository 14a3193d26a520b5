/** The result of a rehearsal, in the shape that others build on. */
import type { JsonValue } from "../../topology/graph.ts";
import type { EventRow, Outcome } from "../accounting/rows.ts";
import type { Attribute } from "../services/content.ts";
import type { Assumption } from "../settings.ts";
import type { InvocationOutcome, Log, Via } from "./log.ts";

export interface InvocationRow {
  readonly at: number;
  readonly function: string;
  readonly requestId: string;
  readonly source: string;
  readonly events: readonly string[];
  readonly outcome: InvocationOutcome;
  readonly ms: number;
}

export interface DeliveryRow {
  readonly at: number;
  readonly to: string;
  readonly via: Via;
  readonly events: readonly string[];
  readonly body: JsonValue;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Key of the object, in a bucket. */
  readonly key?: string;
}

export interface PathRow {
  readonly source: string;
  readonly consumer: string | null;
  /** Of events that were processed or retained, from being sent to then; null where there are none. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly blockedMs: number;
}

export type Totals = Readonly<Record<Outcome | "sent" | "entries" | "deliveredMoreThanOnce", number>>;

/** Everything but the long lists. */
export interface ResultHead {
  readonly stack: string;
  readonly scenario: string;
  readonly seed: number;
  readonly endedAt: number;
  readonly totals: Totals;
}

export interface RehearsalResult extends ResultHead {
  readonly events: readonly EventRow[];
  readonly invocations: readonly InvocationRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly resources: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly paths: readonly PathRow[];
  readonly assumptions: readonly Assumption[];
}

/** Percentiles by nearest rank. */
export function percentiles(values: Float64Array): PathRow["latencyMs"] {
  if (values.length === 0) return null;
  const sorted = values.toSorted();
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}

/** A rehearsal that has ended. Its long lists may stand in temporary files: close it. */
export class Rehearsal {
  readonly head: ResultHead;
  readonly resources: RehearsalResult["resources"];
  readonly paths: readonly PathRow[];
  readonly assumptions: readonly Assumption[];
  readonly log: Log;
  /** Events of the simulation that happened. */
  readonly steps: number;
  readonly #leftOut: ((item: number) => boolean) | undefined;

  constructor(
    parts: Pick<RehearsalResult, "resources" | "paths" | "assumptions"> & {
      readonly head: ResultHead;
      readonly steps: number;
    },
    log: Log,
    failedOnly: boolean,
  ) {
    this.head = parts.head;
    this.resources = parts.resources;
    this.paths = parts.paths;
    this.assumptions = parts.assumptions;
    this.steps = parts.steps;
    this.log = log;
    this.#leftOut = failedOnly ? log.plain : undefined;
  }

  /** Whether an event ended dropped or expired, or was lost on one of its ways. */
  get lost(): boolean {
    return this.head.totals.dropped > 0 || this.head.totals.expired > 0 || this.log.lostToo > 0;
  }

  /** The result as JSON text, piece by piece. */
  *json(): Generator<string> {
    const { events, invocations, deliveries } = this.log;
    yield `{\n${Object.entries(this.head)
      .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(",\n")}`;
    const lists = { events, invocations, deliveries };
    for (const [name, rows] of Object.entries(lists)) {
      yield `,\n  "${name}": [`;
      let separator = "\n    ";
      for (const row of rows.read(this.#leftOut)) {
        yield separator + row;
        separator = ",\n    ";
      }
      yield separator === "\n    " ? "]" : "\n  ]";
    }
    for (const name of ["resources", "paths", "assumptions"] as const) {
      yield `,\n  "${name}": ${JSON.stringify(this[name], undefined, 2).replaceAll("\n", "\n  ")}`;
    }
    yield "\n}\n";
  }

  /** The whole result in memory. */
  result(): RehearsalResult {
    const result: RehearsalResult = JSON.parse([...this.json()].join(""));
    return result;
  }

  close(): void {
    this.log.close();
  }
}
