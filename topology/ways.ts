/** Every way through a graph from where events come in to where they end. */
import type { EdgeIndex } from "./edge-index.ts";
import type { BucketNode, Edge, Node, RuleNode } from "./graph.ts";
import { isJsonList } from "./json.ts";
import { type KnownPart, mayMatch } from "./patterns/possible.ts";

/** Ways, each a list of edges, in order of their beginnings. */
export interface Ways {
  readonly ways: readonly (readonly Edge[])[];
  /** Whether ways that go on as others do were left out. */
  readonly shortened: boolean;
}

/**
 * Every way from each beginning to a function, to where nothing leads on, or back to where it was. Where there are
 * more than `most`, those that go over an edge that none before them takes, and one from each beginning: a product of
 * sources and rules becomes a sum.
 *
 * A rule that wants nothing of what other buses forward has its way from its own bus: anyone may put events there.
 */
export function waysOf(beginnings: readonly Node[], index: EdgeIndex, most: number): Ways {
  const routes = new Routes(index);
  const found = new Map<string, (readonly Edge[])[]>();
  const covered = new Set<Edge>();
  let many = 0;
  const add = (address: string, way: readonly Edge[]): boolean => {
    const before = found.get(address);
    if (before === undefined) found.set(address, [way]);
    else before.push(way);
    for (const edge of way) covered.add(edge);
    many += 1;
    return many <= most;
  };
  const shortened = (): Ways => ({ ways: fewer(beginnings, routes), shortened: true });
  for (const { address } of beginnings) {
    for (const way of waysFrom(address, routes)) if (!add(address, way)) return shortened();
  }
  for (const { address, kind } of index.nodes.values()) {
    const left = new Set(kind === "bus" ? index.onward(address).filter((edge) => !covered.has(edge)) : []);
    if (left.size === 0) continue;
    for (const way of waysFrom(address, routes)) {
      const [first] = way;
      if (first !== undefined && left.has(first) && !add(address, way)) return shortened();
    }
  }
  return { ways: [...index.nodes.keys()].flatMap((address) => found.get(address) ?? []), shortened: false };
}

/** What S3 sends through EventBridge, as far as the configuration tells. */
function sentBy(bucket: BucketNode): KnownPart {
  const { name, region, accountId } = bucket;
  return {
    source: "aws.s3",
    ...(region === null ? {} : { region }),
    ...(accountId === null ? {} : { account: accountId }),
    detail: name === null ? {} : { bucket: { name } },
  };
}

/** What every event has that a rule takes; undefined: nothing is known of it. */
function wantedBy({ eventPattern, scheduleExpression }: RuleNode): KnownPart | undefined {
  const pattern = eventPattern.value;
  if (pattern === null || scheduleExpression.value !== null) return undefined;
  const known = (["source", "detail-type"] as const).flatMap((field) => {
    const values = Object.hasOwn(pattern, field) ? pattern[field] : undefined;
    const [only, ...others] = isJsonList(values) ? values : [];
    return typeof only === "string" && others.length === 0 ? [[field, only] as const] : [];
  });
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** The edges on from a node, for an event of which something may be known. */
class Routes {
  readonly #index: EdgeIndex;
  /** Edges by bus and by what is known of an event but for the bucket that it is of. */
  readonly #alike = new Map<string, readonly Edge[]>();

  constructor(index: EdgeIndex) {
    this.#index = index;
  }

  on(address: string, event: KnownPart | undefined): readonly Edge[] {
    const edges = this.#index.onward(address);
    if (event === undefined || edges.length === 0) return edges;
    const { detail: _, ...common } = event;
    const key = `${address} ${JSON.stringify(common)}`;
    const alike = this.#alike.get(key) ?? edges.filter((edge) => this.#takes(edge, common));
    this.#alike.set(key, alike);
    return alike.filter((edge) => this.#takes(edge, event));
  }

  /** Whether a rule may want an event; other edges take any. */
  #takes(edge: Edge, event: KnownPart): boolean {
    const rule = edge.kind === "rule" && edge.to !== null ? this.#index.nodes.get(edge.to) : undefined;
    if (rule?.kind !== "rule" || rule.eventPattern.value === null) return true;
    return mayMatch(rule.eventPattern.value, event);
  }

  /**
   * What is known of an event behind an edge: it reaches buses and rules as it was sent, everything else otherwise. What
   * a rule sends on to another bus has the one source and detail type that it wants, where `asWanted` asks for that.
   */
  behind(edge: Edge, event: KnownPart | undefined, asWanted: boolean): KnownPart | undefined {
    const [from, to] = [this.#index.nodes.get(edge.from), this.#index.nodes.get(edge.to ?? "")];
    if (to?.kind !== "bus" && to?.kind !== "rule") return undefined;
    if (from?.kind === "bucket") return sentBy(from);
    if (!asWanted || from?.kind !== "rule" || edge.kind !== "target" || edge.input.kind !== "event") return event;
    const wanted = wantedBy(from);
    return wanted === undefined ? event : { ...event, ...wanted };
  }

  isFunction(address: string): boolean {
    return this.#index.nodes.get(address)?.kind === "function";
  }
}

interface Step {
  readonly at: string;
  readonly taken: readonly Edge[];
  readonly event: KnownPart | undefined;
}

/**
 * Every way on from a node. With `covered`, edges that a way has taken: only ways over edges that none has taken yet,
 * and one where there is no such edge; these go by what is known of a bucket's events alone, so that none is left out.
 */
function* waysFrom(address: string, routes: Routes, covered?: Set<Edge>): Generator<readonly Edge[]> {
  const open: Step[] = [{ at: address, taken: [], event: undefined }];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { at, taken, event } = step;
    const all = routes.isFunction(at) || isBack(address, taken) ? [] : routes.on(at, event);
    if (all.length === 0 && taken.length > 0) yield taken;
    const untaken = covered === undefined ? all : all.filter((edge) => !covered.has(edge));
    for (const edge of (untaken.length === 0 ? all.slice(0, 1) : untaken).toReversed()) {
      covered?.add(edge);
      // An end that is not known has no address: nothing leads on from there.
      const behind = routes.behind(edge, event, covered === undefined);
      open.push({ at: edge.to ?? "", taken: [...taken, edge], event: behind });
    }
  }
}

/** Whether a way has come back to where it was before. */
function isBack(beginning: string, taken: readonly Edge[]): boolean {
  const here = taken.at(-1)?.to;
  if (here === undefined || here === null) return false;
  return here === beginning || taken.slice(0, -1).some(({ to }) => to === here);
}

/** A way over each edge, and at least one from each beginning. */
function fewer(beginnings: readonly Node[], routes: Routes): (readonly Edge[])[] {
  const covered = new Set<Edge>();
  const found = new Map<string, readonly (readonly Edge[])[]>();
  // Buses first, so that the ways on from the default one are told of it, not of the first bucket that sends to it.
  const order = beginnings.toSorted((a, b) => Number(b.kind === "bus") - Number(a.kind === "bus"));
  for (const { address } of order) found.set(address, [...waysFrom(address, routes, covered)]);
  return beginnings.flatMap(({ address }) => found.get(address) ?? []);
}
