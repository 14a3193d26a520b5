/** Figures of a stream's mapping that hang together: retries, record age, the function's timeout, the retention. */
import { type Change, set } from "../fix.ts";
import { known, type StreamMapping } from "../view.ts";

/** Retries of a batch wait 0.5 s, doubling, at most 120 s: not documented by AWS, measured (R105). */
const firstWaitSeconds = 0.5;
const longestWaitSeconds = 120;
/** Tries enough for a hiccup, few enough that a poison record is soon out of the way. */
export const recommendedRetries = 5;
/** Half a day, so that what is given up can still be read from a stream that keeps a day. */
const recommendedAgeSeconds = 43_200;
/** The longest record age (R87). */
export const longestAgeSeconds = 604_800;
/** What every stream keeps at least (R89). */
export const leastRetentionSeconds = 86_400;

/** Retries and record age, where both are known; −1: without limit. */
export function limits({ mapping }: StreamMapping) {
  const [retries, age] = [
    known(mapping.settings.maximumRetryAttempts),
    known(mapping.settings.maximumRecordAgeInSeconds),
  ];
  return retries === undefined || age === undefined ? undefined : { retries, age };
}

/** How long n retries of a batch that always times out take. */
export function retrySeconds(retries: number, timeoutSeconds: number): number {
  const doublings = Math.ceil(Math.log2(longestWaitSeconds / firstWaitSeconds));
  const doubling = Math.min(retries, doublings);
  const waits = firstWaitSeconds * (2 ** doubling - 1) + Math.max(0, retries - doublings) * longestWaitSeconds;
  return (retries + 1) * timeoutSeconds + waits;
}

/** The most retries of a batch that times out which fit into an age; 0 where not even one does. */
export function retriesWithin(ageSeconds: number, timeoutSeconds: number): number {
  let retries = 0;
  while (retrySeconds(retries + 1, timeoutSeconds) <= ageSeconds) retries += 1;
  return retries;
}

/** The function's timeout, where it is known. */
export function timeoutOf({ fn }: StreamMapping): number | undefined {
  return fn === undefined ? undefined : known(fn.timeout);
}

/** A record age for a stream: half of what it keeps, at most half a day. */
export function recommendedAge({ retention }: StreamMapping): number {
  return Math.min(recommendedAgeSeconds, Math.floor((retention ?? leastRetentionSeconds) / 2));
}

/** The changes that give a mapping retries and a record age into which these retries fit. */
export function streamFigures(
  subject: StreamMapping,
  wanted: { readonly retries: number; readonly age: number },
): Change[] {
  const { mapping } = subject;
  const timeout = timeoutOf(subject);
  let { retries, age } = wanted;
  if (timeout !== undefined && retries > 0 && age !== -1) {
    retries = Math.min(retries, Math.max(1, retriesWithin(age, timeout)));
    age = Math.max(age, Math.ceil(retrySeconds(retries, timeout)));
  }
  const given = limits(subject);
  return [
    ...(retries === given?.retries ? [] : [set(mapping.address, "maximum_retry_attempts", retries)]),
    ...(age === given?.age ? [] : [set(mapping.address, "maximum_record_age_in_seconds", age)]),
  ];
}
