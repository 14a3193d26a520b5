import type { Duration } from "../duration.ts";
import { isExpression } from "../expression.ts";
import { choice, duration, object, shapeOf, text } from "../stack/shapes.ts";

/** What has to be known of a queue that this stack does not make. */
export interface ExistingQueueOptions {
  /** The queue's visibility timeout: at least the function's timeout, which AWS checks (R56); better six times it (R57). */
  readonly visibilityTimeout: Duration;
  /**
   * Where messages go that fail too often.
   *
   * The ARN of the dead-letter queue that the queue's own redrive policy names; or `"attach"`: the construct makes a
   * dead-letter queue and writes the queue's redrive policy. That replaces one that the queue may have, so it is never
   * done unasked.
   */
  readonly deadLetterQueue: "attach" | (string & {});
  /**
   * Whether it is a FIFO queue.
   * @default read from the ARN; required where the ARN is a Terraform expression
   */
  readonly fifo?: boolean;
  /**
   * How long the queue keeps a message.
   * @default 4 days, as AWS's default is
   */
  readonly retention?: Duration;
  /**
   * The queue's URL.
   * @default derived from the ARN
   */
  readonly url?: string;
}

/** A queue that exists already; made by {@link existingQueue}. */
export interface ExistingQueue extends ExistingQueueOptions {
  readonly arn: string;
}

/** What {@link ExistingQueue} looks like, for callers without type checks. */
export const existingQueueShape = object<keyof ExistingQueue>(
  {
    arn: text,
    visibilityTimeout: duration,
    deadLetterQueue: shapeOf(
      'the ARN of the dead-letter queue that the queue\'s redrive policy names, or "attach" to have one made',
      (value) => typeof value === "string",
    ),
    fifo: choice,
    retention: duration,
    url: text,
  },
  ["arn", "visibilityTimeout", "deadLetterQueue"],
  "existingQueue(arn, { visibilityTimeout, deadLetterQueue })",
  "existingQueue()",
);

/**
 * A queue that something else makes: another stack, a module, another resource of this stack.
 * @param arn its ARN; may be a Terraform expression
 */
export const existingQueue = (arn: string, options: ExistingQueueOptions): ExistingQueue => ({ ...options, arn });

/** Whether the queue is FIFO, as far as that is known. AWS has the names of FIFO queues end with `.fifo`. */
export function isFifo(queue: ExistingQueue): boolean | undefined {
  if (queue.fifo !== undefined) return queue.fifo;
  return isExpression(queue.arn) ? undefined : queue.arn.endsWith(".fifo");
}
