/** An invocation as a service asks for it, and a function as the services see it that invoke it. */
import type { FunctionNode, JsonValue } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/cargo.ts";
import type { Chain } from "../accounting/chain.ts";
import type { FunctionResult, Load } from "./runner.ts";

/** A record, message or event with the account that it belongs to. */
export interface CargoLoad extends Load {
  readonly cargo: Cargo;
}

/** An invocation that a service asks for. */
export interface Invocation {
  readonly requestId: string;
  /** Address of what the event comes from. */
  readonly source: string;
  readonly loads: readonly CargoLoad[];
  readonly payload: () => JsonValue;
  readonly windowState?: JsonValue | undefined;
  /** Whether the response may name items that failed. */
  readonly batch: boolean;
  /** Whether the mapping asks for such responses. Default false. */
  readonly asked?: boolean;
}

/** What a function that was reached came to, or that it was not: it was throttled, or Lambda did not answer. */
export type InvocationResult = FunctionResult | { readonly kind: "throttled" };

/** How an invocation that reached the function ended. */
export type Ended = Exclude<InvocationResult, { kind: "throttled" }>;

/** What AWS counts of a function. */
export interface FunctionMetrics {
  Invocations: number;
  Errors: number;
  Throttles: number;
  AsyncEventsReceived: number;
  AsyncEventsDropped: number;
  DestinationDeliveryFailures: number;
  DeadLetterErrors: number;
  RecursiveInvocationsDropped: number;
}

/** A function, to the asynchronous queue and the mappings that invoke it. */
export interface Invocable {
  readonly node: FunctionNode;
  readonly address: string;
  readonly metrics: FunctionMetrics;
  readonly timeoutMs: number;
  /** Reserved concurrency of 0: the function is switched off (R17). */
  readonly stopped: boolean;
  /** The chain that an invocation by `loads` continues: one more of this function (R32). */
  chainAfter(loads: readonly CargoLoad[]): Chain;
  /** Whether AWS's loop detection stops this invocation (R32): then it is counted. */
  recursive(loads: readonly CargoLoad[]): boolean;
  /** Invokes the function. `done` is called when it is known what became of it: at once where it was throttled. */
  invoke(invocation: Invocation, done: (result: InvocationResult) => void): void;
}
