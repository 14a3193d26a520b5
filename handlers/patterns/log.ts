import type { Outcome } from "./run.ts";
import { attemptOf, type Item } from "./sources.ts";
import type { QueueRecord } from "./sqs-event.ts";

/**
 * Logs what became of a message, as one object. Of the error only what is named here: its further properties (an HTTP
 * client's request, say) may hold the payload.
 */
export function log(
  arn: string,
  { record: { id, record }, state, error }: Outcome<Item<QueueRecord>>,
  late = "",
): void {
  const { name, message, stack } = Object(error);
  console.error({
    holdfast: `message ${state}${late}`,
    eventSourceARN: arn,
    messageId: id,
    attempt: attemptOf(record),
    error: error && { name, message, stack },
  });
}
