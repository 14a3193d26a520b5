import { EventError, OptionError, SettingsError, show } from "./errors.ts";
import { queueUrlOf } from "./queue-url.ts";
import type { DeleteAndThrow } from "./respond.ts";
import { run } from "./run.ts";

/** The most entries that DeleteMessageBatch takes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html */
const MAX_ENTRIES = 10;

/** How many calls of DeleteMessageBatch are under way at once: a batch of 10,000 messages needs up to 1,000. */
const CALLS_AT_ONCE = 10;

/** What deletion needs of an SQS client. `SQS` of `@aws-sdk/client-sqs` fits. */
export interface BatchDeleteClient {
  deleteMessageBatch(input: {
    QueueUrl: string;
    Entries: { Id: string; ReceiptHandle: string }[];
  }): Promise<{ Failed?: readonly BatchDeleteFailure[] | undefined }>;
}

/** An entry that SQS did not delete. The call as a whole succeeds all the same. */
export interface BatchDeleteFailure {
  Id?: string | undefined;
  Code?: string | undefined;
  Message?: string | undefined;
}

/**
 * The response style of mappings that do not ask for partial responses: when a message has failed, delete those that
 * succeeded, then throw one error that names the failed ones. Only those come back, after the visibility timeout.
 *
 * A message that cannot be deleted, or whose deletion is not confirmed in time, comes back too: the handler sees it
 * again. The error names it. The function's role needs `sqs:DeleteMessage`.
 *
 * @param client such as `new SQS()` of `@aws-sdk/client-sqs`, made once, outside the handler.
 * @throws {OptionError} when the client cannot delete.
 */
export function deleteAndThrow(client: BatchDeleteClient): DeleteAndThrow {
  if (typeof client?.deleteMessageBatch !== "function") {
    throw new OptionError(`deleteAndThrow(): ${show(client)} has no method deleteMessageBatch, as new SQS() has`);
  }
  return {
    style: "delete-and-throw",
    prepare: (batch, configuredUrl) => {
      const queueUrl = configuredUrl ?? queueUrlOf(batch.arn);
      // Not by URL.canParse: the hosts that emulators make (sqs.eu-west-1.127.0.0.1) are none to it.
      if (typeof queueUrl !== "string" || !/^https?:\/\/./.test(queueUrl)) {
        throw new SettingsError(`HOLDFAST: queueUrl of ${batch.arn} is ${show(queueUrl)}, not a URL`);
      }
      // Read before the handlers run: what they do to their records must not decide which message is deleted.
      const handles = new Map(
        batch.items.map(({ id, record }) => {
          const { receiptHandle } = record;
          if (typeof receiptHandle === "string" && receiptHandle !== "") return [id, receiptHandle];
          throw new EventError(`receiptHandle of ${id} is ${show(receiptHandle)}: it could not be deleted`);
        }),
      );
      return async (outcomes, context) => {
        const done = outcomes.flatMap(({ record, state }) => (state === "done" ? [record.id] : []));
        if (done.length === 0) return "none was left to delete";
        const chunks = Array.from({ length: Math.ceil(done.length / MAX_ENTRIES) }, (_, chunk) =>
          done.slice(chunk * MAX_ENTRIES, (chunk + 1) * MAX_ENTRIES),
        );
        const kept: string[] = [];
        // A deadline of its own, within the reserve that the first one left: a call that hangs must not keep the
        // error, and the ids in it, from being told.
        const calls = await run(
          chunks,
          { concurrency: CALLS_AT_ONCE, remainingMs: context?.getRemainingTimeInMillis?.() },
          async (ids) => {
            const { Failed = [] } = await client.deleteMessageBatch({
              QueueUrl: queueUrl,
              Entries: ids.map((id, entry) => ({ Id: String(entry), ReceiptHandle: handles.get(id) ?? "" })),
            });
            for (const { Id, Code, Message } of Failed) kept.push(`${ids[Number(Id)] ?? Id} (${Code}: ${Message})`);
          },
        );
        for (const { record: ids, state, error } of calls) {
          if (state !== "done") kept.push(`${ids.join(", ")} (${error?.name}: ${error?.message})`);
        }
        return kept.length === 0
          ? `the ${done.length} others were deleted`
          : `of the ${done.length} others these could not be deleted, and come back: ${kept.join("; ")}`;
      };
    },
  };
}
