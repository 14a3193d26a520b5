/** How long SNS waits before it tries again (R48). */
import type { World } from "../../world.ts";

/**
 * R48: 3 at once, 2 after 1 s each, 10 from 1 s to 20 s, then 100,000 every 20 s. AWS sums it up as "100,015 times, over
 * 23 days": the tries are what is played, and the last of them comes after 23 days and 3.6 hours.
 */
const immediateTries = 3;
const earlyRetries = 2;
/** 1,000 × 20^(n/9), rounded. */
const growingDelaysMs = [1_000, 1_395, 1_946, 2_714, 3_786, 5_282, 7_368, 10_278, 14_337, 20_000] as const;
const tries = 100_015;
const longestDelayMs = 20_000;

/** Milliseconds before retry n (from 1) of a delivery; undefined: there is none. */
export function retryDelayMs({ settings, random, deviates }: World, retry: number): number | undefined {
  if (retry >= tries || (deviates("topic.no-retries") && retry > 0)) return undefined;
  const full = fullDelayMs(retry);
  const jitter = settings.peek("sns.jitter");
  if (full === 0 || jitter === 0) return full;
  settings.use("sns.jitter");
  return Math.round(full * (1 - jitter * random("sns.jitter").fraction()));
}

function fullDelayMs(retry: number): number {
  if (retry < immediateTries) return 0;
  const growing = retry - immediateTries - earlyRetries;
  if (growing < 0) return 1_000;
  return growingDelaysMs[growing] ?? longestDelayMs;
}
