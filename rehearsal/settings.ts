/**
 * Figures that AWS does not document, each with a default and the range in which it may be changed (field `settings` of
 * a scenario). A run lists under `assumptions` those that it used.
 */
import { formatDuration } from "./duration.ts";

interface Figure {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: "ms" | "fraction" | "count" | "bytes";
  /** Why this default. */
  readonly why: string;
}

/** By name. "Rn" is rule n of the failure semantics. */
export const figures = {
  "stream.retryDelay": {
    default: 500,
    min: 100,
    max: 5_000,
    unit: "ms",
    why: "not documented by AWS; fits 8 invocations seen within a record age of 60 s and 11 within 375 s (R105)",
  },
  "stream.retryDelayLimit": {
    default: 120_000,
    min: 10_000,
    max: 300_000,
    unit: "ms",
    why: "not documented by AWS (R105)",
  },
  "stream.splitPoint": {
    default: 0.5,
    min: 0.01,
    max: 0.99,
    unit: "fraction",
    why: "not documented by AWS; the smaller half first gives the 6, 3, 1 that was seen (R96)",
  },
  "stream.onDemandShards": {
    default: 4,
    min: 1,
    max: 200,
    unit: "count",
    why: "an on-demand stream begins with 4 shards and splits them by traffic",
  },
  "table.shards": {
    default: 1,
    min: 1,
    max: 100,
    unit: "count",
    why: "DynamoDB does not tell how many shards it makes",
  },
  "sqs.throttleDelay": {
    default: 1_000,
    min: 100,
    max: 30_000,
    unit: "ms",
    why: "not documented by AWS: a poller tries a throttled batch again, and lets go at the visibility timeout (R64)",
  },
  "sqs.leastVisibility": {
    default: 1_000,
    min: 100,
    max: 30_000,
    unit: "ms",
    why: "of a queue with a visibility timeout of 0 a mapping could receive a message without end at one moment; AWS does not say how soon its pollers come back (R59)",
  },
  "sqs.leastVisibilityLimit": {
    default: 60_000,
    min: 1_000,
    max: 43_200_000,
    unit: "ms",
    why: "from the 100th receive on, what is never hidden is received ever more slowly, at last after this time: a rehearsal could be of nothing else (R59)",
  },
  "sqs.errorBackoff": {
    default: 0.5,
    min: 0.1,
    max: 1,
    unit: "fraction",
    why: "AWS lowers a mapping's concurrency after errors and does not say by how much (R63)",
  },
  "sqs.idleConcurrency": {
    default: 5,
    min: 2,
    max: 5,
    unit: "count",
    why: "an idle mapping may drop to 2 concurrent batches (R71)",
  },
  "sqs.lowTrafficWait": {
    default: 0,
    min: 0,
    max: 20_000,
    unit: "ms",
    why: "with little traffic and a window AWS may wait up to 20 s (R55)",
  },
  "sqs.provisionedGrowth": {
    default: 1_000,
    min: 100,
    max: 1_000,
    unit: "count",
    why: "concurrent invocations that provisioned pollers add a minute (R74)",
  },
  "mapping.duplicates": {
    default: 0,
    min: 0,
    max: 1,
    unit: "fraction",
    why: "delivery is at least once, and AWS does not say how often more (R3)",
  },
  "mapping.recordOverhead": {
    default: 600,
    min: 100,
    max: 4_000,
    unit: "bytes",
    why: "what the description of a record adds to its content in the 6 MB of an invocation (R55, R90)",
  },
  "async.throttleBase": {
    default: 2,
    min: 1.1,
    max: 4,
    unit: "count",
    why: "the wait grows exponentially from 1 s to 5 min; AWS does not say by which factor (R11)",
  },
  "async.duplicates": {
    default: 0,
    min: 0,
    max: 1,
    unit: "fraction",
    why: "the queue is eventually consistent, and AWS does not say how often an event comes twice (R33)",
  },
  "eventbridge.retryDelay": {
    default: 1_000,
    min: 100,
    max: 60_000,
    unit: "ms",
    why: "AWS documents exponential backoff with jitter and no figures (R34)",
  },
  "eventbridge.retryDelayLimit": {
    default: 600_000,
    min: 60_000,
    max: 3_600_000,
    unit: "ms",
    why: "AWS documents exponential backoff with jitter and no figures (R34)",
  },
  "eventbridge.jitter": {
    default: 0.5,
    min: 0,
    max: 1,
    unit: "fraction",
    why: "AWS documents jitter and no figures (R34)",
  },
  "sns.jitter": { default: 0, min: 0, max: 1, unit: "fraction", why: "AWS documents jitter and no figures (R48)" },
  "account.concurrency": {
    default: 1_000,
    min: 10,
    max: 1_000_000,
    unit: "count",
    why: "the quota of an account is 1,000 concurrent executions until it is raised",
  },
  "recursion.limit": {
    default: 16,
    min: 2,
    max: 100,
    unit: "count",
    why: "AWS stops a loop after approximately 16 invocations (R32)",
  },
  "send.limit": {
    default: 1_000_000,
    min: 1_000,
    max: 100_000_000,
    unit: "count",
    why: "entries of send that a generator may make for one time: one that never moves on would never end",
  },
  "loop.limit": {
    default: 100,
    min: 16,
    max: 1_000_000,
    unit: "count",
    why: "a loop that AWS does not detect is cut after so many rounds of an event, so that a rehearsal ends",
  },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof figures;

export function isFigure(name: string): name is FigureName {
  return Object.hasOwn(figures, name);
}

/** Why what goes round in a loop is given up: the run then lists the limit. */
export function cutLoop(settings: Settings): string {
  return `loop.limit: a loop that AWS does not detect, cut after ${settings.use("loop.limit")} rounds`;
}

/** An assumption as results list it. */
export interface Assumption {
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

/** The figures of one run, and which of them it used. */
export class Settings {
  readonly #values: Readonly<Partial<Record<FigureName, number>>>;
  readonly #used = new Map<string, Assumption>();

  constructor(values: Readonly<Partial<Record<FigureName, number>>> = {}) {
    this.#values = values;
  }

  /** The figure, without noting that it was used: for figures that only matter once they change something. */
  peek(name: FigureName): number {
    return this.#values[name] ?? figures[name].default;
  }

  /** The figure; the run then lists it. */
  use(name: FigureName): number {
    const value = this.peek(name);
    if (!this.#used.has(name)) this.#used.set(name, { name, value: this.#text(name, value), why: figures[name].why });
    return value;
  }

  /** Notes something else that the run had to assume. */
  assume(name: string, value: string, why: string): void {
    if (!this.#used.has(name)) this.#used.set(name, { name, value, why });
  }

  /** What was used, in order of name. */
  used(): readonly Assumption[] {
    return [...this.#used.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #text(name: FigureName, value: number): string {
    if (name === "stream.retryDelay") {
      return `${formatDuration(value)}, doubling, at most ${formatDuration(this.peek("stream.retryDelayLimit"))}`;
    }
    if (name === "eventbridge.retryDelay") {
      const [most, jitter] = [this.peek("eventbridge.retryDelayLimit"), this.peek("eventbridge.jitter") * 100];
      return `${formatDuration(value)}, doubling, at most ${formatDuration(most)}, less up to ${jitter} %`;
    }
    if (name === "sqs.leastVisibility") {
      const most = Math.max(value, this.peek("sqs.leastVisibilityLimit"));
      return `${formatDuration(value)}; from the 100th receive of a message on doubling, at most ${formatDuration(most)}`;
    }
    if (name === "sqs.throttleDelay") return `${formatDuration(value)}, doubling, until the visibility timeout`;
    if (name === "stream.splitPoint") return value === 0.5 ? "the smaller half first" : `after ${value} of the batch`;
    return figures[name].unit === "ms" ? formatDuration(value) : String(value);
  }
}
