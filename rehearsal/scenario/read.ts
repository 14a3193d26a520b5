/** Reads a scenario: checks its form and its addresses, and says in one line what is wrong and where. */
import type { Graph, NodeKind } from "../../topology/graph.ts";
import { parseDuration } from "../duration.ts";
import { BadScenario, firstLine, readable } from "../errors.ts";
import type { Fault } from "../functions/faults.ts";
import { type FigureName, figures, isFigure } from "../settings.ts";
import { wrongType } from "./form.ts";
import { noSuchAddress } from "./nearest.ts";
import type { RawSend, Scenario } from "./scenario.ts";
import { firstIssue, scenarioForm } from "./schema.ts";

/**
 * @param value the scenario as JSON, or as a module exports it.
 * @param file how messages name it.
 * @param elsewhere whether addresses are together in another stack, and not in this one: what the scenario says of them
 *   is passed over.
 * @throws {BadScenario}
 */
export function readScenario(
  value: unknown,
  graph: Graph,
  file: string,
  elsewhere: (...addresses: readonly string[]) => boolean = () => false,
): Scenario {
  const strange = strangeKind(value);
  if (strange !== undefined) {
    throw new BadScenario(`${file}: ${strange} stands where a plain object with functions, send and faults must stand`);
  }
  // What JavaScript keeps for itself would be passed over as if it were not there.
  for (const part of ["functions", "settings"] as const) {
    if (!readable(file, () => namesPrototype(value, part))) continue;
    throw new BadScenario(`${file}: ${part}: no such ${part === "functions" ? "function" : "setting"} __proto__`);
  }
  const parsed = readable(file, () => scenarioForm.safeParse(value, { error: wrongType }));
  if (!parsed.success) {
    const { place, message } = firstIssue(parsed.error);
    throw new BadScenario(`${file}: ${place === "" ? "" : `${place}: `}${message}`);
  }
  const { data } = parsed;
  const functions = Object.fromEntries(Object.entries(data.functions ?? {}).filter(([address]) => !elsewhere(address)));
  const known = new Map(graph.nodes.map((node) => [node.address, node]));
  const ofKind = (kind: NodeKind): string[] =>
    graph.nodes.filter((node) => node.kind === kind).map((node) => node.address);
  for (const address of Object.keys(functions)) {
    if (known.get(address)?.kind === "function") continue;
    throw new BadScenario(`${file}: functions: ${noSuchAddress(address, ofKind("function"), "function")}`);
  }
  const faults: Fault[] = (data.faults ?? []).flatMap((fault, index) => {
    const place = `${file}: faults[${index}]`;
    const kind = (["throttle", "fail", "unavailable"] as const).find((name) => fault[name] !== undefined) ?? "fail";
    const address = fault[kind] ?? "";
    if (elsewhere(address)) return [];
    const fits = known.get(address);
    if (fits === undefined || (kind !== "unavailable" && fits.kind !== "function")) {
      const wanted = kind === "unavailable" ? [...known.keys()] : ofKind("function");
      const what = kind === "unavailable" ? "address" : "function";
      throw new BadScenario(`${place}.${kind}: ${noSuchAddress(address, wanted, what)}`);
    }
    return { kind, address, fromMs: fault.at, toMs: fault.at + fault.for };
  });
  const redrives = (data.redrives ?? []).flatMap((redrive, index) => {
    const place = `${file}: redrives[${index}]`;
    const { from, to = from } = redrive;
    if (elsewhere(from, to)) return [];
    if (elsewhere(from) || elsewhere(to)) {
      throw new BadScenario(`${place}: ${from} and ${to} are in different stacks; each stack is played for itself`);
    }
    for (const name of ["from", "to"] as const) {
      const address = redrive[name];
      if (address === undefined || known.get(address)?.kind === "queue") continue;
      throw new BadScenario(`${place}.${name}: ${noSuchAddress(address, ofKind("queue"), "queue")}`);
    }
    return { atMs: redrive.at, from: redrive.from, to: redrive.to, perSecond: redrive.perSecond, place };
  });
  const settings = Object.entries(data.settings ?? {}).filter((entry): entry is [FigureName, number] =>
    isFigure(entry[0]),
  );
  return {
    name: data.name ?? file.replace(/^.*[/\\]/, "").replace(/\.\w+$/, ""),
    seed: data.seed ?? 1,
    untilMs: data.until,
    functions: Object.fromEntries(
      Object.entries(functions).flatMap(([address, { outcomes }]) =>
        outcomes === undefined ? [] : [[address, outcomes]],
      ),
    ),
    send: passing(
      placed(data.send ?? [], file, data.settings?.["send.limit"] ?? figures["send.limit"].default),
      elsewhere,
    ),
    faults,
    redrives,
    settings: Object.fromEntries(settings),
  };
}

/** What an object is that is no plain one: a promise, a map, something of a class. */
function strangeKind(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of a plain object has none itself, whatever realm the object is of.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  const maker: unknown = Reflect.get(value, "constructor");
  return typeof maker === "function" && maker.name !== "" ? `an object of the class ${maker.name}` : "another object";
}

function namesPrototype(value: unknown, part: "functions" | "settings"): boolean {
  const given: unknown = typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined;
  return typeof given === "object" && given !== null && Object.hasOwn(given, "__proto__");
}

/** The entries but for those to other stacks. Places stay: they are counted before. */
function passing(sends: Iterable<RawSend>, elsewhere: (...addresses: readonly string[]) => boolean): Iterable<RawSend> {
  const isOwn = ({ value }: RawSend): boolean => {
    const to: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "to") : undefined;
    return typeof to !== "string" || !elsewhere(to);
  };
  if (Array.isArray(sends)) return sends.filter(isOwn);
  return {
    *[Symbol.iterator]() {
      for (const one of sends) if (isOwn(one)) yield one;
    },
  };
}

/**
 * The entries of `send` with their places; a list is put in order of time, what is generated has to be.
 * @param most how many may be generated for one time.
 */
function placed(send: Iterable<unknown>, file: string, most: number): Iterable<RawSend> {
  if (!Array.isArray(send)) {
    return {
      *[Symbol.iterator]() {
        let index = 0;
        // Compared as times: "0s" and "0ms" are one. What goes back in time has not moved on either.
        let [at, atMs, since]: readonly [unknown, number, number] = [undefined, -1, 0];
        let tooMany: BadScenario | undefined;
        try {
          for (const value of send) {
            const time: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "at") : undefined;
            if (time !== at) {
              const ms = typeof time === "string" ? (parseDuration(time) ?? -1) : -1;
              [at, atMs, since] = ms > atMs ? [time, ms, index] : [time, atMs, since];
            }
            if (index - since >= most) throw (tooMany = endless(`${file}: send[${index}]`, time, most));
            yield { value, place: `${file}: send[${index}]` };
            index += 1;
          }
        } catch (error) {
          if (error === tooMany) throw error;
          throw new BadScenario(`${file}: send[${index}]: what generates it failed: ${firstLine(error)}`);
        }
      },
    };
  }
  return send.map((value: unknown, index) => ({ value, place: `${file}: send[${index}]` }));
}

function endless(place: string, at: unknown, most: number): BadScenario {
  return new BadScenario(
    `${place}: more than ${most} entries at ${String(at)}; let what generates them move on or end, let an entry hold ` +
      'several items, or raise "send.limit" in settings',
  );
}
