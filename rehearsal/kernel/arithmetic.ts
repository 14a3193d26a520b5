/**
 * Powers and logarithms that are the same to the last bit everywhere. ECMAScript leaves the precision of `**` and of
 * Math's functions to the implementation; that of `+`, `-`, `*` and `/` is fixed (IEEE 754), so these are made of those. Its
 * constants are fixed too.
 */

/** What a wait of `first` comes to after it has grown `steps` times by `factor`, at most `limit`. */
export function grown(first: number, factor: number, steps: number, limit = Number.POSITIVE_INFINITY): number {
  let value = first;
  for (let step = 0; step < steps && value < limit; step += 1) value *= factor;
  return Math.min(value, limit);
}

/** The natural logarithm of a number with 0 < x ≤ 1, to about 1 in 10¹⁵. */
export function logarithm(x: number): number {
  // x = m / 2^halvings with m around 1: multiplying by 2 is exact.
  let m = x;
  let halvings = 0;
  while (m < Math.SQRT1_2) {
    m *= 2;
    halvings += 1;
  }
  // ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), with |s| < 0.172.
  const s = (m - 1) / (m + 1);
  let sum = 0;
  for (let odd = 23; odd >= 1; odd -= 2) sum = sum * s * s + 1 / odd;
  return 2 * s * sum - halvings * Math.LN2;
}
