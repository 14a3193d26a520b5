/** Virtual times as AWS writes times. */

/** Virtual time 0. Fixed, so that the same run gives the same timestamps. */
export const epochMs = Date.UTC(2026, 0, 1);

/** A virtual time as ISO 8601 with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(epochMs + ms).toISOString();
}

/** A virtual time as ISO 8601 to the second. */
export function isoSeconds(ms: number): string {
  return `${isoTime(ms).slice(0, 19)}Z`;
}
