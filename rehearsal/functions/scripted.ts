/** Functions by script: at each invocation the first rule that matches decides. */
import type { JsonValue } from "../../topology/graph.ts";
import type { Answer, Call, FunctionResult, Runner } from "./runner.ts";

/** A rule of a script, in milliseconds. */
export interface OutcomeRule {
  readonly when?: { readonly contains: string } | undefined;
  readonly then:
    | "timeout"
    | "throttle"
    | "crash"
    | { readonly fail: { readonly errorType: string; readonly errorMessage: string } }
    | { readonly succeed: JsonValue }
    | { readonly reportFailures: { readonly contains: string } };
  /** The rule is used up after so many invocations. */
  readonly times?: number | undefined;
  readonly takesMs: number;
}

/** How long an invocation runs where nothing says it. */
export const defaultTakesMs = 100;

/** Runs the functions of a scenario that have `outcomes`. */
export class ScriptedRunner implements Runner {
  readonly #scripts: ReadonlyMap<string, readonly { readonly rule: OutcomeRule; left: number }[]>;

  constructor(scripts: Readonly<Record<string, readonly OutcomeRule[]>>) {
    this.#scripts = new Map(
      Object.entries(scripts).map(([address, rules]) => [
        address,
        rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY })),
      ]),
    );
  }

  knows(functionAddress: string): boolean {
    return this.#scripts.has(functionAddress);
  }

  invoke(call: Call): Answer {
    for (const step of this.#scripts.get(call.function) ?? []) {
      const { when } = step.rule;
      if (step.left === 0) continue;
      if (when !== undefined && !call.loads.some((load) => load.text.includes(when.contains))) continue;
      step.left -= 1;
      return answer(step.rule, call);
    }
    return { kind: "ends", afterMs: defaultTakesMs, result: { kind: "success", value: undefined } };
  }
}

function answer(rule: OutcomeRule, call: Call): Answer {
  const { then, takesMs } = rule;
  if (then === "throttle") return { kind: "throttled" };
  if (then === "timeout") return { kind: "ends", afterMs: call.timeoutMs, result: { kind: "timeout" } };
  return { kind: "ends", afterMs: takesMs, result: result(then, call) };
}

function result(then: Exclude<OutcomeRule["then"], "timeout" | "throttle">, call: Call): FunctionResult {
  if (then === "crash") return { kind: "crash" };
  if ("fail" in then) return { kind: "error", ...then.fail };
  if ("succeed" in then) return { kind: "success", value: then.succeed };
  const text = then.reportFailures.contains;
  const reported = call.loads.filter((load) => load.text.includes(text));
  const batchItemFailures = reported.map((load) => ({ itemIdentifier: load.identifier }));
  return {
    kind: "success",
    value: call.windowState === undefined ? { batchItemFailures } : { batchItemFailures, state: call.windowState },
  };
}
