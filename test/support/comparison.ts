/** Graphs of one configuration, read from different sources, compared. */
import type { Graph } from "../../topology/graph.ts";
import { isJson, type Json } from "../../topology/sources/json.ts";

/** A graph without what depends on the source alone: places in files, and whether a value that equals the default is set. */
export function comparable(graph: Graph) {
  return {
    nodes: graph.nodes.map(without),
    edges: graph.edges.map(without),
    alarms: graph.alarms.map(without),
    notUnderstood: graph.notUnderstood,
  };
}

function without(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    if (["location", "provider", "accountId", "policies"].includes(key)) return undefined;
    if (isJson(one) && (one.from === "configuration" || one.from === "default") && "value" in one)
      return { value: one.value };
    return typeof one === "string" ? one.replaceAll(/(?<=:)(?:111122223333|000000000000)(?=:)/g, "account") : one;
  });
}

/** What a plan gives is the same, or said to be unknown. */
export function expectSameButUnknown(plan: unknown, known: unknown, at = ""): void {
  if (isJson(plan) && plan.from === "unknown") return;
  if (isJson(plan) && plan.state === "unknown") return;
  if (isJson(plan) && isJson(known) && plan.state === "granted") {
    // A plan may say of a grant that another policy, which is not known yet, was taken not to deny it.
    expect({ at, ...known, why: null }).toEqual({ at, ...plan, why: null });
    return;
  }
  if (Array.isArray(plan) && Array.isArray(known)) {
    expect(`${at} ${plan.length}`).toBe(`${at} ${known.length}`);
    for (const [index, one] of plan.entries()) expectSameButUnknown(one, known[index], `${at}[${index}]`);
  } else if (isJson(plan) && isJson(known)) {
    expect(`${at} ${Object.keys(plan).toSorted().join(" ")}`).toBe(`${at} ${Object.keys(known).toSorted().join(" ")}`);
    expectWrites(plan, known, at);
    for (const [key, one] of Object.entries(plan))
      if (!writes.has(key)) expectSameButUnknown(one, known[key], `${at}.${key}`);
  } else expect({ at, value: plan }).toEqual({ at, value: known });
}

const writes = new Set(["mayWriteTo", "mayPerhapsWriteTo"]);

/** What a function surely may write to is surely or perhaps so in the plan, and nothing in the plan is surer than that. */
function expectWrites(plan: Json, known: Json, at: string): void {
  const [sure, perhaps] = [texts(plan.mayWriteTo), texts(plan.mayPerhapsWriteTo)];
  const [reallySure, reallyPerhaps] = [texts(known.mayWriteTo), texts(known.mayPerhapsWriteTo)];
  const beyond = (some: readonly string[], others: readonly string[]): string[] =>
    some.filter((one) => !others.includes(one)).map((one) => `${at} ${one}`);
  expect(beyond(sure, reallySure)).toEqual([]);
  if (perhaps.includes("any")) return;
  expect(beyond(reallySure, [...sure, ...perhaps])).toEqual([]);
  expect(beyond(reallyPerhaps, perhaps)).toEqual([]);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}
