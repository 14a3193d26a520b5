import { plus, smaller, times, wholeQuotient } from "../figures.ts";
import { queueConsumerDefaults as defaults } from "./defaults.ts";
import type { QueueConsumerProps } from "./props.ts";

/** The figures of a queue consumer, all in seconds; each may be a Terraform expression. */
export interface QueueFigures {
  readonly timeout: number;
  readonly window: number;
  readonly retention: number;
  readonly visibility: number;
  readonly maxReceiveCount: number;
  /** The age from which the oldest message is worth an alarm. */
  readonly oldestMessageAge: number;
}

/** Derives the figures that hang together. */
export function queueFigures(props: QueueConsumerProps): QueueFigures {
  const timeout = props.timeout?.inSeconds ?? defaults.timeoutSeconds;
  const window = props.batchingWindow?.inSeconds ?? defaults.batchingWindowSeconds;
  const retention = (props.queue?.retention ?? props.retention)?.inSeconds ?? defaults.retentionSeconds;
  const maxReceiveCount = props.maxReceiveCount ?? defaults.maxReceiveCount;
  const visibility =
    props.queue === undefined
      ? plus(times(defaults.visibilityFactor, timeout), window)
      : props.queue.visibilityTimeout.inSeconds;
  return {
    timeout,
    window,
    retention,
    visibility,
    maxReceiveCount,
    // A message that fails each time is this old when it leaves for the dead-letter queue, and what is older is not being
    // received at all. Past half the retention there is too little time left to act.
    oldestMessageAge: smaller(plus(times(maxReceiveCount, visibility), window), wholeQuotient(retention, 2)),
  };
}
