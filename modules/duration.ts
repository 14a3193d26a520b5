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

/** A duration of so many minutes; see {@link seconds}. */
export const minutes = (count: number): Duration => ({ inSeconds: times(60, count) });

/** A duration of so many hours; see {@link seconds}. */
export const hours = (count: number): Duration => ({ inSeconds: times(3600, count) });

/** A duration of so many days; see {@link seconds}. */
export const days = (count: number): Duration => ({ inSeconds: times(86_400, count) });
