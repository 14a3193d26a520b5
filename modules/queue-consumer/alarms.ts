import type { AlarmRow } from "../alarms/alarm.ts";

/** What the alarms of a queue consumer look at. */
export interface WatchedQueues {
  readonly queueName: string;
  readonly deadLetterQueueName: string;
  /** Seconds. */
  readonly oldestMessageAge: number;
  readonly redriveCommand: string;
}

/** A message stands in the dead-letter queue. Depth, since a redrive-in does not count as sent (R121). */
export const deadLetterDepth = ({ deadLetterQueueName, redriveCommand }: WatchedQueues): AlarmRow => ({
  part: "dead_letter_depth",
  namespace: "AWS/SQS",
  metric: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadLetterQueueName },
  threshold: 1,
  description: `Messages failed as often as they may and wait in the dead-letter queue. Find and mend the cause, then send them back: ${redriveCommand}`,
});

/** The queue is not being emptied: the latency of an asynchronous path is the age of its messages (B1). */
export const oldestMessageAge = ({ queueName, oldestMessageAge: threshold }: WatchedQueues): AlarmRow => ({
  part: "oldest_message_age",
  namespace: "AWS/SQS",
  metric: "ApproximateAgeOfOldestMessage",
  dimensions: { QueueName: queueName },
  threshold,
  description:
    "The oldest message is older than one that failed at each receive would be: the function is throttled, disabled or too slow for what arrives, or a message group is blocked. What reaches the queue's retention is lost.",
});
