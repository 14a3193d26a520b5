import { EventError, type Failure } from "./errors.ts";
import type { Outcome } from "./run.ts";
import type { SourceSettings } from "./settings.ts";
import type { Batch, Item } from "./sources.ts";
import type { BatchResponse, LambdaContext, QueueRecord } from "./sqs-event.ts";

/**
 * Acknowledges what is done of a batch of which something failed, as far as it can, and says what becomes of it. Never
 * rejects.
 */
export type Acknowledge = (
  outcomes: readonly Outcome<Item<QueueRecord>>[],
  context: LambdaContext | undefined,
) => string | Promise<string>;

/** Deletes messages by itself, before the function fails. Made by `deleteAndThrow`. */
export interface DeleteAndThrow {
  readonly style: "delete-and-throw";
  /**
   * Called before any message is handled.
   *
   * @throws EventError or SettingsError when this batch could not be deleted by hand.
   */
  readonly prepare: (batch: Batch<QueueRecord>, queueUrl: unknown) => Acknowledge;
}

/** What the error of a function that fails for its whole batch says of the reason, and of what to do about it. */
const WHOLE_BATCH = "the whole batch comes back";
const NO_CLIENT = `${WHOLE_BATCH}: HOLDFAST says delete-and-throw; set response to deleteAndThrow(new SQS()) of holdfast/handlers`;
const NOT_KNOWN = `${WHOLE_BATCH}: HOLDFAST says nothing; set response to deleteAndThrow(new SQS()), or to "partial" if the mapping has ReportBatchItemFailures`;

/**
 * The response, if it names each failure once and nothing else.
 *
 * An id that is empty or unknown makes the poller bring back the whole batch (R69); a failure that is missing is
 * deleted (R70). So whatever is odd here becomes an error, which deletes nothing.
 */
export function checked(response: BatchResponse, failures: readonly Failure[]): BatchResponse {
  const missing = new Set(failures.map(({ record }) => record.id));
  if (!response.batchItemFailures.every((item) => missing.delete(item.itemIdentifier)) || missing.size > 0) {
    throw new EventError("the response does not fit the failures");
  }
  return response;
}

/**
 * Chooses, before any message is handled, how failures are told: by a partial response where this is undefined, else by
 * an error, thrown after what is returned here has acknowledged the successes. What the infrastructure says wins, since
 * it knows the mapping:
 *
 * | HOLDFAST         | option         | with a failure                  |
 * |------------------|----------------|---------------------------------|
 * | partial          | any            | returns the ids of the failures |
 * | delete-and-throw | deleteAndThrow | deletes the rest, then fails    |
 * | delete-and-throw | other          | fails, and says what is missing |
 * | throw            | any            | fails                           |
 * | absent           | deleteAndThrow | deletes the rest, then fails    |
 * | absent           | "partial"      | returns the ids of the failures |
 * | absent           | none           | fails, and says what is missing |
 */
export function acknowledgeFor(
  batch: Batch<QueueRecord>,
  { response, queueUrl }: SourceSettings,
  option: "partial" | DeleteAndThrow | undefined,
): Acknowledge | undefined {
  if (response === "throw") return () => WHOLE_BATCH;
  if ((response ?? option) === "partial") return undefined;
  if (typeof option === "object") return option.prepare(batch, queueUrl);
  return () => (response === undefined ? NOT_KNOWN : NO_CLIENT);
}
