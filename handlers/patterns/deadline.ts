/**
 * How long before the function's end its answer is due: a tenth of what remains at the start, at least 100 ms (a call to
 * SQS) and 0.25 ms per record (each failure is logged, and the smallest functions have a small part of a processor), at
 * most 5 s, and never more than half. A function with 1 s gets 0.9 s of it, one with 900 s gets 895 s.
 */
export function reserveMs(remainingMs: number, records: number): number {
  return Math.min(Math.max(remainingMs / 10, 100, records / 4), 5000, remainingMs / 2);
}
