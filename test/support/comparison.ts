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

/**
 * What a plan gives is the same, or said to be unknown: by its origin, by its state, or for where an edge leads by an
 * assumption.
 * @param assumed names of the plan's assumptions
 */
export function expectSameButUnknown(plan: unknown, known: unknown, assumed: readonly string[] = [], at = ""): void {
  if (isJson(plan) && plan.from === "unknown") return;
  if (isJson(plan) && plan.state === "unknown") return;
  if (isJson(plan) && isJson(known) && plan.state === "granted") {
    // A plan may say of a grant that another policy, which is not known yet, was taken not to deny it, and not name what
    // grants it a second time.
    const [own, others] = [texts(plan.grantedBy), texts(known.grantedBy)];
    const shared = others.filter((one) => own.includes(one));
    expect({ at, ...known, why: null, grantedBy: shared }).toEqual({ at, ...plan, why: null });
    expect(`${at} granted by ${own.length > 0}`).toBe(`${at} granted by ${others.length > 0}`);
    return;
  }
  if (isJson(plan) && isJson(known) && plan.to === null && typeof known.to === "string") {
    expectEndNamed(plan, known, assumed, at);
    return;
  }
  if (Array.isArray(plan) && Array.isArray(known)) {
    expect(`${at} ${plan.length}`).toBe(`${at} ${known.length}`);
    for (const [index, one] of plan.entries()) expectSameButUnknown(one, known[index], assumed, `${at}[${index}]`);
  } else if (isJson(plan) && isJson(known)) {
    expect(`${at} ${Object.keys(plan).toSorted().join(" ")}`).toBe(`${at} ${Object.keys(known).toSorted().join(" ")}`);
    expectWrites(plan, known, at);
    for (const [key, one] of Object.entries(plan))
      if (!writes.has(key)) expectSameButUnknown(one, known[key], assumed, `${at}.${key}`);
  } else expect({ at, value: plan }).toEqual({ at, value: known });
}

/** An edge that leads nobody knows where is otherwise the same, an assumption says so, and it needs no known permission. */
function expectEndNamed(plan: Json, known: Json, assumed: readonly string[], at: string): void {
  const named = assumed.some((one) => one.startsWith(`${String(plan.address)}.`));
  expect(`${at} to null, named ${named}`).toBe(`${at} to null, named true`);
  const states = (Array.isArray(plan.permissions) ? plan.permissions : []).map((one: unknown) =>
    isJson(one) ? one.state : one,
  );
  expect({ at, states: states.filter((one) => one !== "unknown") }).toEqual({ at, states: [] });
  const open = { to: null, qualifier: null, permissions: [] };
  expectSameButUnknown({ ...plan, ...open }, { ...known, ...open }, assumed, at);
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
