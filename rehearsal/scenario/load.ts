/**
 * Generated load, for scenarios that are modules: each gives entries of `send` in order of time, made one by one.
 *
 * What is random is drawn from a generator with the seed that is given: the same call gives the same load.
 */

import { parseDuration } from "../duration.ts";
import { BadScenario } from "../errors.ts";
import { logarithm } from "../kernel/arithmetic.ts";
import { Random } from "../kernel/random.ts";

/** An entry of `send`; `at` and `to` are set by the generator, the list by `make`. */
export type Generated = { readonly at: string; readonly to: string } & Readonly<Record<string, unknown>>;

/** Makes the list of an entry: `(n) => ({ records: [{ id: `r${n}`, data: { n } }] })`. `n` counts from 0. */
export type Make = (n: number) => Readonly<Record<string, unknown>>;

export interface LoadOptions {
  readonly to: string;
  /** Default `0s`. */
  readonly from?: string;
  /** For how long. */
  readonly for: string;
  readonly make: Make;
}

function ms(text: string, name: string): number {
  const value = parseDuration(text);
  if (value === undefined)
    throw new BadScenario(`${name}: ${JSON.stringify(text)} is no duration, such as 500ms or 2h`);
  return value;
}

/** One entry every so often. */
export function* every(interval: string, options: LoadOptions): Generator<Generated> {
  const step = ms(interval, "every");
  if (step <= 0) throw new BadScenario("every: the interval has to be longer than 0ms");
  const from = ms(options.from ?? "0s", "from");
  const end = from + ms(options.for, "for");
  for (let n = 0, at = from; at < end; n += 1, at += step) yield { at: `${at}ms`, to: options.to, ...options.make(n) };
}

/** Arrivals that know nothing of each other: exponential gaps, `perSecond` on average. */
export function* poissonArrivals(
  options: LoadOptions & { readonly perSecond: number; readonly seed?: number },
): Generator<Generated> {
  if (!(options.perSecond > 0)) throw new BadScenario("poissonArrivals: perSecond has to be above 0");
  const random = new Random(options.seed ?? 1, "poissonArrivals");
  const from = ms(options.from ?? "0s", "from");
  const end = from + ms(options.for, "for");
  let at = from;
  for (let n = 0; ; n += 1) {
    at += (-logarithm(1 - random.fraction()) / options.perSecond) * 1_000;
    if (at >= end) return;
    yield { at: `${Math.floor(at)}ms`, to: options.to, ...options.make(n) };
  }
}

/** Every so often `size` entries at once. */
export function* bursts(
  options: LoadOptions & { readonly every: string; readonly size: number },
): Generator<Generated> {
  const step = ms(options.every, "every");
  if (step <= 0) throw new BadScenario("bursts: the interval has to be longer than 0ms");
  const from = ms(options.from ?? "0s", "from");
  const end = from + ms(options.for, "for");
  let n = 0;
  for (let at = from; at < end; at += step) {
    for (let member = 0; member < options.size; member += 1, n += 1) {
      yield { at: `${at}ms`, to: options.to, ...options.make(n) };
    }
  }
}

/** Several loads as one, in order of time. */
export function* together(...loads: readonly Iterable<Generated>[]): Generator<Generated> {
  const heads: { readonly iterator: Iterator<Generated>; entry: Generated; at: number }[] = [];
  for (const load of loads) {
    const iterator = load[Symbol.iterator]();
    const first = iterator.next();
    if (first.done !== true) heads.push({ iterator, entry: first.value, at: ms(first.value.at, "at") });
  }
  while (heads.length > 0) {
    const best = heads.reduce((earliest, head) => (head.at < earliest.at ? head : earliest));
    yield best.entry;
    const next = best.iterator.next();
    if (next.done === true) heads.splice(heads.indexOf(best), 1);
    else {
      best.entry = next.value;
      best.at = ms(next.value.at, "at");
    }
  }
}
