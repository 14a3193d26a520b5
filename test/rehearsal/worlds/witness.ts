/**
 * The functions of a random world, which write down what they were called with and what they answered: a record of the
 * run that owes nothing to the engine's accounts.
 */
import type { Answer, Call, Runner } from "../../../rehearsal/functions/runner.ts";
import { type OutcomeRule, ScriptedRunner } from "../../../rehearsal/functions/scripted.ts";
import type { JsonValue } from "../../../topology/graph.ts";
import type { Does, WorldForm } from "./plan.ts";

type Form = WorldForm["functions"][number]["behaviour"];
/** How a function behaves. One that is there for failures may take everything: `never` poisoned. */
export type Behaviour = Omit<Form, "poison"> & { readonly poison: Form["poison"] | "never" };

/** What marks an item in whatever carries it: through JSON in JSON, and keys of objects. */
export function mark(id: string, does: Does): string {
  return `~${id}~!${does}`;
}

/** One call that reached a function. */
export interface Seen {
  /** The virtual time of the call. */
  readonly at: number;
  readonly function: string;
  readonly requestId: string;
  /** Ids of the items, one a load; undefined where the content names none (a schedule's). */
  readonly ids: readonly (string | undefined)[];
  /** How the items fared, if its mapping asks for partial responses, and if not. */
  readonly fared: { readonly asked: readonly boolean[]; readonly notAsked: readonly boolean[] };
  /** Of each load, whether it is a record of an item's failure, and not the item itself (or a result of it). */
  readonly records: readonly boolean[];
}

/** A record has a condition other than `Success`; its quotes may be those of JSON in JSON. */
const failureRecord = /condition\\*":\\*"(?!Success)\w/;

const malformed: readonly JsonValue[] = [
  { batchItemFailures: [{ itemIdentifier: "nobody" }] },
  { batchItemFailures: [{ ItemIdentifier: "x" }] },
  { batchItemFailures: "all" },
  [1],
  "failed",
];

const boom = { errorType: "Error", errorMessage: "boom" };

export class Witness implements Runner {
  /** In the order of the calls. */
  readonly seen: Seen[] = [];
  readonly #behaviours: ReadonlyMap<string, Behaviour>;
  readonly #scripts: ScriptedRunner;
  readonly #now: () => number;
  readonly #failures = new Map<string, number>();
  #malformed = 0;

  /** @param now the virtual time, as whoever watches the kernel has it. */
  constructor(behaviours: ReadonlyMap<string, Behaviour>, now: () => number) {
    this.#now = now;
    this.#behaviours = behaviours;
    const scripts: Record<string, readonly OutcomeRule[]> = {};
    for (const [address, behaviour] of behaviours) if (behaviour.scripted) scripts[address] = script(behaviour);
    this.#scripts = new ScriptedRunner(scripts);
  }

  knows(address: string): boolean {
    return this.#behaviours.has(address);
  }

  invoke(call: Call): Answer | Promise<Answer> {
    const behaviour = this.#behaviours.get(call.function);
    if (behaviour === undefined) throw new Error(`no behaviour for ${call.function}`);
    const answer = behaviour.scripted ? this.#scripts.invoke(call) : this.#decide(call, behaviour);
    if (answer.kind !== "throttled") this.#note(call, answer);
    return behaviour.later ? Promise.resolve(answer) : answer;
  }

  #note(call: Call, answer: Answer): void {
    const { loads, requestId, windowState } = call;
    const none = loads.map(() => false);
    const ids = loads.map(({ text }) => /~(\w+)~/.exec(text)?.[1]);
    const batch = loads.length > 0 && loads[0]?.identifier !== "";
    let fared: Seen["fared"] = { asked: none, notAsked: none };
    if (answer.kind === "ends" && answer.result.kind === "success" && answer.afterMs <= call.timeoutMs) {
      const all = loads.map(() => true);
      const { value } = answer.result;
      if (!batch) fared = { asked: all, notAsked: all };
      else if (windowState === undefined || value === undefined || hasState(value)) {
        const named = failuresIn(
          value,
          loads.map(({ identifier }) => identifier),
        );
        if (named === undefined) fared = { asked: none, notAsked: all };
        else fared = { asked: named.map((bad) => !bad), notAsked: named.map((bad) => !bad) };
      }
    }
    const records = loads.map(({ text }) => failureRecord.test(text));
    this.seen.push({ at: this.#now(), function: call.function, requestId, ids, fared, records });
  }

  /** Whether this is one of the first `most` times that the function refuses the item. */
  #refuses(address: string, text: string, most: number): boolean {
    const key = `${address} ${/~(\w+)~/.exec(text)?.[1]}`;
    const before = this.#failures.get(key) ?? 0;
    if (before >= most) return false;
    this.#failures.set(key, before + 1);
    return true;
  }

  #decide(call: Call, behaviour: Behaviour): Answer {
    const { loads, windowState } = call;
    const { flaky, takesMs, poison } = behaviour;
    if (poison === "never") return { kind: "ends", afterMs: takesMs, result: { kind: "success", value: undefined } };
    const batch = loads.length > 0 && loads[0]?.identifier !== "";
    const first = (text: string, word: Does): boolean =>
      text.includes(`!${word}`) && this.#refuses(call.function, text, flaky);
    if (loads.some(({ text }) => first(text, "throttled"))) return { kind: "throttled" };
    if (loads.some(({ text }) => first(text, "slow"))) {
      return { kind: "ends", afterMs: call.timeoutMs + 500, result: { kind: "success", value: undefined } };
    }
    const bad = loads.filter(
      ({ text }) =>
        text.includes("!poison") || first(text, "flaky") || (behaviour.failsFires && text.includes("Scheduled Event")),
    );
    const ends = (value: JsonValue | undefined): Answer => ({
      kind: "ends",
      afterMs: takesMs,
      result: { kind: "success", value },
    });
    if (bad.length === 0) {
      if (windowState !== undefined) return ends(behaviour.returns === "nothing" ? undefined : { state: windowState });
      return ends(returned[behaviour.returns]);
    }
    if (batch && poison === "report") {
      const batchItemFailures = bad.map(({ identifier }) => ({ itemIdentifier: identifier }));
      return ends({ batchItemFailures, ...(windowState === undefined ? {} : { state: windowState }) });
    }
    if (batch && poison === "malformed") {
      this.#malformed += 1;
      return ends(malformed[this.#malformed % malformed.length]);
    }
    switch (poison) {
      case "never-ends":
        return { kind: "running", onEnd: () => {} };
      case "crash":
      case "timeout":
        return { kind: "ends", afterMs: takesMs, result: { kind: poison } };
      case "error":
      case "report":
      case "malformed":
        return { kind: "ends", afterMs: takesMs, result: { kind: "error", ...boom } };
    }
  }
}

const returned: Readonly<Record<Behaviour["returns"], JsonValue | undefined>> = {
  nothing: undefined,
  null: null,
  text: "done",
  "empty-list": [],
  object: { ok: true },
};

function script({ poison, flaky, takesMs, failsFires }: Behaviour): OutcomeRule[] {
  const failing = poison === "timeout" || poison === "crash" ? poison : { fail: boom };
  return [
    { when: { contains: "!throttled" }, then: "throttle", times: flaky, takesMs },
    { when: { contains: "!slow" }, then: "timeout", times: flaky, takesMs },
    { when: { contains: "!flaky" }, then: { fail: boom }, times: flaky, takesMs },
    {
      when: { contains: "!poison" },
      then: poison === "report" ? { reportFailures: { contains: "!poison" } } : failing,
      takesMs,
    },
    ...(failsFires ? [{ when: { contains: "Scheduled Event" }, then: { fail: boom }, takesMs } as const] : []),
    { then: { succeed: { state: {} } }, takesMs },
  ];
}

function hasState(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && "state" in value;
}

/** Which items a response names as failed (R68, R69, R100, R101); undefined: it is none that AWS understands. */
function failuresIn(value: JsonValue | undefined, identifiers: readonly string[]): readonly boolean[] | undefined {
  const none = identifiers.map(() => false);
  if (value === undefined || value === null || value === "") return none;
  if (Array.isArray(value)) return value.length === 0 ? none : undefined;
  if (typeof value !== "object") return undefined;
  const failures: unknown = Reflect.get(value, "batchItemFailures") ?? [];
  if (!Array.isArray(failures)) return undefined;
  const named = failures.map((one: unknown) =>
    typeof one === "object" && one !== null ? Reflect.get(one, "itemIdentifier") : undefined,
  );
  if (named.some((name) => !identifiers.includes(String(name)))) return undefined;
  return identifiers.map((identifier) => named.includes(identifier));
}
