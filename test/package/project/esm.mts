import { DeadlineError, queue } from "holdfast/handlers";
import { bundle, QueueConsumer, type QueueConsumerProps } from "holdfast/modules";

/** From a file that is ESM in a CommonJS project: the same types by another condition of `exports`. */
export const fromEsm = { Consumer: QueueConsumer, queue, DeadlineError };

// @ts-expect-error a duration is no number
export const props: QueueConsumerProps = { code: bundle("src/order.ts"), timeout: 20 };
