import { times } from "./figures.ts";

/**
 * A length of time, made by {@link seconds}, {@link minutes}, {@link hours} or {@link days}, so that no figure of a
 * construct is without its unit.
 */
export interface Duration {
  /** Seconds; a number or, where it was made from a Terraform expression, a token for one. */
  readonly inSeconds: number;
}

/**
 * A duration of so many seconds.
 * @param count a number, or a Terraform expression as a number (`variable.numberValue`)
 */
export const seconds = (count: number): Duration => ({ inSeconds: count });

// What is no number is kept as it is for the construct to refuse: `60 * "2"` would be 120 without a word.
const scaled = (unit: number, count: number): Duration => ({
  inSeconds: typeof count === "number" ? times(unit, count) : count,
});

/** A duration of so many minutes; see {@link seconds}. */
export const minutes = (count: number): Duration => scaled(60, count);

/** A duration of so many hours; see {@link seconds}. */
export const hours = (count: number): Duration => scaled(3600, count);

/** A duration of so many days; see {@link seconds}. */
export const days = (count: number): Duration => scaled(86_400, count);
