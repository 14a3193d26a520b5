// For projects whose `lib` is older than AggregateError, as that of `cdktf init` is. Kept in the declarations.
/// <reference lib="es2021.promise" preserve="true" />

/** Text for a value in a message: strings quoted, and what may hold a payload by its type alone. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return Object(value) === value ? typeof value : String(value);
}

/** Throws, naming the place, the value and the rule that it breaks. */
export type Refuse = (place: string, value: unknown) => never;

export function refusal(Kind: new (message: string) => Error, rule: string): Refuse {
  return (place, value) => {
    throw new Kind(`${place} is ${show(value)}; ${rule}`);
  };
}

/** An option that cannot be used. Thrown when the handler is wrapped: at the cold start, and in any test that imports it. */
export class OptionError extends RangeError {
  override name = "OptionError";
}

/** An event that is not the event source's or whose records cannot be told apart (nothing was handled), or an answer that does not fit its event. */
export class EventError extends Error {
  override name = "EventError";
}

/** The environment variable HOLDFAST cannot be used. Nothing was handled. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** The body of a message could not be decoded. The message never holds the body's text. */
export class DecodeError extends Error {
  override name = "DecodeError";
}

/** The function's deadline is near: the reason of the handlers' `signal`, and the error of what was not finished. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** A message that was not started, because one before it in its message group failed. */
export class GroupHeldError extends Error {
  override name = "GroupHeldError";
}

/** A message handler broke its contract: it threw what is no error, or answered for a whole batch. */
export class HandlerError extends Error {
  override name = "HandlerError";
}

/** A message that is not acknowledged, and why. */
export interface Failure {
  readonly record: { readonly id: string };
  readonly error?: Error | undefined;
}

/**
 * Some messages of a batch failed, and the function answers by failing: the one error that names them all.
 *
 * `errors` holds them in the order of the event. The runtime does not print it, which is as well: errors of HTTP clients
 * hold payloads.
 */
export class BatchFailedError extends AggregateError {
  override name = "BatchFailedError";

  constructor(failures: readonly Failure[], total: number, arn: string, consequence: string) {
    const named = failures.map(({ record, error }) => `${record.id} (${error?.name}: ${error?.message})`);
    super(
      failures.map(({ error }) => error),
      `${failures.length} of ${total} messages of ${arn} failed: ${named.join(", ")}; ${consequence}`,
    );
  }
}

/** What was thrown, as an error: by its shape, since it may come from another realm (a `vm` context, jest's sandbox). */
export function toError(thrown: unknown): Error {
  try {
    const error = Object(thrown);
    if (typeof error.name === "string" && typeof error.message === "string") return error;
  } catch {
    // It can be thrown, but not looked at.
  }
  return new HandlerError(`threw ${show(thrown)}, not an Error`);
}
