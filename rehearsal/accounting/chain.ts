/** Chains of invocations, and rounds of loops (R32). */
import type { Item } from "./entry.ts";

/** How often each function was invoked in the chain that led to a cargo. */
export type Chain = ReadonlyMap<string, number>;

/** Several chains as one. */
export function joined(chains: readonly (Chain | undefined)[]): Chain | undefined {
  const known = chains.filter((chain) => chain !== undefined);
  if (known.length < 2) return known[0];
  const all = new Map<string, number>();
  for (const chain of known) {
    for (const [address, count] of chain) all.set(address, Math.max(count, all.get(address) ?? 0));
  }
  return all;
}

/**
 * Events come to a function or bus where they had been: that is one round more of a loop.
 * @returns the most rounds that one of them has made there until now, on all its ways together.
 */
export function roundTo(address: string, items: readonly Item[]): number {
  let most = 0;
  for (const item of items) {
    const rounds = (item.rounds?.get(address) ?? 0) + 1;
    (item.rounds ??= new Map()).set(address, rounds);
    most = Math.max(most, rounds);
  }
  return most;
}
