/** Durations as scenarios write them: a number with `ms`, `s`, `m`, `h` or `d`. */
const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof units;

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && Object.hasOwn(units, text);
}

/** 100 years: what is longer is a mistake, and has no date. */
const longestMs = 36_500 * units.d;

/** A duration in whole virtual milliseconds, undefined where the text is none, or is longer than 36,500 days. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = match?.[2];
  if (match === null || !isUnit(unit)) return undefined;
  const ms = Math.round(Number(match[1]) * units[unit]);
  return ms <= longestMs ? ms : undefined;
}

/** A duration as it is read best: `500ms`, `1.5s`, `2m`, `4d`. */
export function formatDuration(ms: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((candidate) => ms >= units[candidate]) ?? "ms";
  const rounded = Math.round((ms / units[unit]) * 10) / 10;
  return `${rounded}${unit}`;
}
