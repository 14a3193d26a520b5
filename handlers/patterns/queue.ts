import { BatchFailedError, DecodeError, OptionError, type Refuse, refusal, toError } from "./errors.ts";
import { log } from "./log.ts";
import { acknowledgeFor, checked, type DeleteAndThrow } from "./respond.ts";
import { run } from "./run.ts";
import { settingsOf } from "./settings.ts";
import { attemptOf, readBatch, sqs } from "./sources.ts";
import type { BatchResponse, LambdaContext, QueueEvent, QueueRecord } from "./sqs-event.ts";

/** What a message handler gets beside the payload. */
export interface QueueContext {
  /** The message as Lambda delivered it. */
  readonly record: QueueRecord;
  /**
   * Aborted when the function's deadline is near (see {@link queue}), for all messages of the batch at once; its reason
   * is a `DeadlineError`. Pass it on to whatever takes one: a message that is not finished then comes back.
   */
  readonly signal: AbortSignal;
  /**
   * How often the message has been received, this time included; 1 at first, and where the event does not say. A
   * receive is not always a failure: throttled invocations count too (R61).
   */
  readonly attempt: number;
}

/**
 * Handles one message: to return is to succeed, to throw is to fail. What it returns is not looked at, except that a
 * response for a whole batch is refused.
 */
export type MessageHandler<T> = (payload: T, context: QueueContext) => unknown;

/** Makes the payload from the body of a message. */
export type Decode<T> = (body: string, record: QueueRecord) => T;

/** How {@link queue} works through a batch. */
export interface QueueOptions<T> {
  /**
   * How many messages of a batch may be under way at once; on a FIFO queue, how many message groups. An integer from 1.
   *
   * @defaultValue 10
   */
  readonly concurrency?: number | undefined;
  /**
   * Makes the payload from the body. When it throws, that message alone fails, with a `DecodeError` that has the name
   * of what was thrown and nothing of its text, which may quote the body.
   *
   * @defaultValue `JSON.parse`
   */
  readonly decode?: Decode<T> | undefined;
  /**
   * How the failures are told where the environment variable HOLDFAST does not say: `"partial"` for a mapping that is
   * known to have ReportBatchItemFailures, `deleteAndThrow(client)` for any. With `deleteAndThrow` the function can
   * also do what HOLDFAST asks for by `"delete-and-throw"`.
   *
   * @defaultValue none: a batch with a failure fails as a whole, and the error says why
   */
  readonly response?: "partial" | DeleteAndThrow | undefined;
}

/** A Lambda handler for an SQS event source mapping. */
export type QueueHandler = (event: QueueEvent, context?: LambdaContext) => Promise<BatchResponse | undefined>;

const refuse: Refuse = refusal(
  OptionError,
  'options: concurrency (integer from 1), decode (function), response ("partial" or deleteAndThrow(client))',
);

const parseJson = (body: string) => JSON.parse(body);

function decodeBody<T>(record: QueueRecord, decode: Decode<T>): T {
  try {
    return decode(record.body, record);
  } catch (error) {
    throw new DecodeError(`body of ${record.body?.length} characters: ${toError(error).name}`);
  }
}

/**
 * Makes a Lambda handler for an SQS event source mapping of a function that handles one message.
 *
 * - Messages of a standard queue run in parallel, up to `concurrency`. On a FIFO queue message groups do; within a
 *   group one message follows the other, and after a failure the rest of the group is left for the next time (R84).
 * - A message that fails does not disturb the others. The poller is told of the failures in the way that the
 *   environment variable HOLDFAST or the option `response` names; every failure is logged by `console.error`, without
 *   body or payload.
 * - Shortly before the function's timeout (a tenth of the time, mostly from 100 ms to 5 s) `signal` is aborted, nothing more is
 *   started, and the answer is given: what has succeeded by then is done with, all else comes back.
 * - Whatever leaves doubt about which messages failed makes the invocation fail, so that none is deleted: `EventError`
 *   for an event that is not of SQS or whose records have no ids of their own, `SettingsError` for HOLDFAST.
 *
 * @typeParam T what `decode` makes of a body. Nothing checks that `JSON.parse` did.
 * @throws {OptionError} at once, for an option that is unknown or out of range.
 * @example
 * export const handler = queue<Payment>(async (payment, { signal }) => {
 *   await charge(payment, { signal });
 * });
 */
export function queue<T = unknown>(handler: MessageHandler<T>): QueueHandler;
export function queue<T = unknown>(options: QueueOptions<T>, handler: MessageHandler<T>): QueueHandler;
export function queue<T>(...given: [MessageHandler<T>] | [QueueOptions<T>, MessageHandler<T>]): QueueHandler {
  const [options, handle]: readonly [QueueOptions<T>, MessageHandler<T>] = given.length === 1 ? [{}, ...given] : given;
  const { concurrency = 10, decode = parseJson, response, ...others } = options;
  // Who calls from JavaScript learns of a mistake at the cold start, and not from a message that is lost.
  for (const name in others) refuse("option", name);
  if (!Number.isInteger(concurrency) || concurrency < 1) refuse("concurrency", concurrency);
  if (typeof decode !== "function") refuse("decode", decode);
  if (response !== undefined && response !== "partial" && response?.style !== "delete-and-throw") {
    refuse("response", response);
  }
  if (typeof handle !== "function") refuse("handler", handle);

  return async (event, context) => {
    const batch = readBatch(sqs, event);
    const { arn, items, group } = batch;
    const acknowledge = acknowledgeFor(batch, settingsOf(arn), response);
    const outcomes = await run(
      items,
      {
        concurrency,
        group,
        remainingMs: context?.getRemainingTimeInMillis?.(),
        late: (outcome) => log(arn, outcome, " too late"),
      },
      ({ record }, signal) => handle(decodeBody(record, decode), { record, signal, attempt: attemptOf(record) }),
    );

    const failures = outcomes.filter(({ state }) => state !== "done");
    for (const failure of failures) log(arn, failure);
    if (!acknowledge) return checked(sqs.respond(failures.map(({ record }) => record.id)), failures);
    if (failures.length === 0) return undefined;
    throw new BatchFailedError(failures, items.length, arn, await acknowledge(outcomes, context));
  };
}
