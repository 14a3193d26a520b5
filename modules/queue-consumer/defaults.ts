import { functionDefaults } from "../lambda-function/defaults.ts";

/** What a queue consumer gets when nothing is said. */
export const queueConsumerDefaults = {
  ...functionDefaults,
  /** 4 days, as AWS's default is: a weekend and a working day. */
  retentionSeconds: 345_600,
  /** 14 days, the longest that SQS knows: a standard queue's dead letters keep the time at which they were sent (R120). */
  deadLetterRetentionSeconds: 1_209_600,
  /** The fewest receives at which throttles do not send healthy messages away (R60, R73). */
  maxReceiveCount: 5,
  batchSize: 10,
  batchingWindowSeconds: 0,
  /** AWS recommends a visibility timeout of six times the function's timeout plus the batching window (R57). */
  visibilityFactor: 6,
  response: "partial",
  enabled: true,
  protect: false,
  alarms: "paging",
  /** Messages a second: a redrive at full speed would meet the same function with the whole backlog at once (H49). */
  redriveRate: 10,
} as const;
