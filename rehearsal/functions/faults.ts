/** Faults of a scenario: for a time a function is throttled or fails, or a service does not answer. */
import type { FunctionResult } from "./runner.ts";
import { defaultTakesMs } from "./scripted.ts";

export interface Fault {
  readonly kind: "throttle" | "fail" | "unavailable";
  readonly address: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const failure: FunctionResult = { kind: "error", errorType: "Error", errorMessage: "failed by the scenario" };

export class Faults {
  readonly #faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  #holds(kind: Fault["kind"], address: string, now: number): boolean {
    for (const fault of this.#faults) {
      if (fault.kind === kind && fault.address === address && now >= fault.fromMs && now < fault.toMs) return true;
    }
    return false;
  }

  /** Every invocation of the function is throttled now. */
  throttled(address: string, now: number): boolean {
    return this.#holds("throttle", address, now);
  }

  /** Every invocation of the function fails now, and how. */
  failing(address: string, now: number): { readonly takesMs: number; readonly result: FunctionResult } | undefined {
    return this.#holds("fail", address, now) ? { takesMs: defaultTakesMs, result: failure } : undefined;
  }

  /** When the service answers again. `now` where it does. */
  availableAt(address: string, now: number): number {
    let at = now;
    // Faults may overlap, or follow each other at once.
    for (let before = -1; before !== at; ) {
      before = at;
      for (const { kind, address: of, fromMs, toMs } of this.#faults) {
        if (kind === "unavailable" && of === address && at >= fromMs && at < toMs) at = toMs;
      }
    }
    return at;
  }

  /** Requests to the service are answered with an error of its own (5xx) now. */
  unavailable(address: string, now: number): boolean {
    return this.#holds("unavailable", address, now);
  }
}
