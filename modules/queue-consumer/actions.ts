/**
 * What a consumer does with its queue: granted to the function's role, and asked of the policy of another account's queue.
 */
export const consumingActions: readonly string[] = [
  // Lambda's pollers act with the function's role (R75); a handler that deletes what succeeded does too.
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  // The handler may shorten or lengthen the wait of its own messages.
  "sqs:ChangeMessageVisibility",
];
