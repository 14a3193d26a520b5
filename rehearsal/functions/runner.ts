/**
 * What runs a function: a script of outcomes now, real code where a runner for it is given. A runner may answer later,
 * by a promise: the virtual clock stands still until it has answered.
 */
import type { JsonValue } from "../../topology/graph.ts";

/** One record, message or event of an invocation. */
export interface Load {
  /** Its content as the function reads it: decoded, as text. */
  readonly text: string;
  /** What a partial response names it by: message id or sequence number. */
  readonly identifier: string;
}

/** One invocation, as a runner sees it. */
export interface Call {
  /** The function's address. */
  readonly function: string;
  readonly requestId: string;
  /** Milliseconds after which AWS ends it. */
  readonly timeoutMs: number;
  readonly loads: readonly Load[];
  /** The event that the function gets, made when it is asked for. */
  readonly payload: () => JsonValue;
  /** Whether it is one that tumbling windows make, so that success has to return their state. */
  readonly windowState: JsonValue | undefined;
}

/** How an invocation ended. */
export type FunctionResult =
  /** `value` is what the function returned; undefined: a script that says no more than that it succeeded */
  | { readonly kind: "success"; readonly value: JsonValue | undefined }
  | {
      readonly kind: "error";
      readonly errorType: string;
      readonly errorMessage: string;
      readonly stackTrace?: readonly string[];
    }
  | { readonly kind: "timeout" }
  | { readonly kind: "crash" };

/** What a runner answers. */
export type Answer =
  /** the request never reached the function */
  | { readonly kind: "throttled" }
  /** it runs for so long, and ends so */
  | { readonly kind: "ends"; readonly afterMs: number; readonly result: FunctionResult }
  /** it is running: `onEnd` takes what is to be called when it ends, at whatever virtual time */
  | { readonly kind: "running"; readonly onEnd: (end: (result: FunctionResult) => void) => void };

/** Runs functions. */
export interface Runner {
  /** Whether it can run this function; else the rehearsal cannot be run once an event reaches it. */
  knows(functionAddress: string): boolean;
  invoke(call: Call): Answer | Promise<Answer>;
}
