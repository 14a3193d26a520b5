/**
 * What every service is to the others, to a scenario and to the result. A service knows the kernel, its settings and its
 * edges; of what stands at their other ends it knows this interface alone.
 */
import type { Node } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/cargo.ts";
import type { EventEnvelope, Refusal } from "./content.ts";
import type { Handover, StreamPut } from "./handover.ts";
import type { MessageQueue } from "./sqs/message.ts";

/** What AWS counts, by its own names. */
export type Figures = Readonly<Record<string, number>>;

/** An event source mapping, as the result tells of it. */
export interface Mapping {
  readonly address: string;
  /** The function that it invokes. */
  readonly fn: { readonly address: string };
  readonly metrics: Figures;
  /** For how long something waited behind a failing batch. */
  readonly heldUp: { total(): number };
}

/** A node of the topology, at work. What is optional is there only where the kind of node has it. */
export interface Service {
  readonly node: Node;
  readonly address: string;
  /**
   * Takes what another service hands over, and from then on says what becomes of it.
   * @returns why it does not take it: then the cargo is still the caller's.
   */
  take(handover: Handover): Refusal | undefined;

  /** Buses and rules: an event is here. Returns why it is not taken: then the cargo is still the caller's. */
  event?(cargo: Cargo, envelope: EventEnvelope): Refusal | undefined;
  /** Schedules and scheduled rules: it fires. */
  fire?(cargo: Cargo): void;
  /** Streams and tables: records arrive together. */
  put?(puts: readonly StreamPut[]): void;
  /** Buckets: an object of so many bytes is created. */
  create?(cargo: Cargo, key: string, size: number): void;

  /** Functions: whether AWS's loop detection would stop an invocation by these (R32). */
  wouldLoop?(loads: readonly { readonly cargo: Cargo }[]): boolean;
  /** Queues: what another queue and a message-move task do with one. */
  readonly queue?: MessageQueue;

  /** Queues and streams: who reads them, in the order in which they were made. */
  readonly mappings?: readonly Mapping[];
  /** What the result lists under `resources`. */
  figures?(): Figures;
  /** The run has ended. */
  settle?(): void;
}
