/** `holdfast/modules`: CDKTF constructs in which no failed event vanishes. */
export { BundleError, type BundleOptions, bundle } from "./code/bundle.ts";
export { type Archive, type ArchiveCode, type Code, type ExistingFunction, existing } from "./code/code.ts";
export { ZipError, type ZipOptions, zip } from "./code/zip.ts";
export { type Duration, days, hours, minutes, seconds } from "./duration.ts";
export type { FunctionOverrides } from "./lambda-function/consumer-function.ts";
export type { FunctionProps, PolicyCondition, PolicyStatement, Vpc } from "./lambda-function/props.ts";
export { type ExistingQueue, type ExistingQueueOptions, existingQueue } from "./queue-consumer/existing-queue.ts";
export type { QueueFigures } from "./queue-consumer/figures.ts";
export type {
  FifoOptions,
  FilterPattern,
  ProvisionedPollers,
  QueueConsumerOverrides,
  QueueConsumerProps,
  QueueResponse,
} from "./queue-consumer/props.ts";
export { QueueConsumer } from "./queue-consumer/queue-consumer.ts";
export { acknowledge } from "./stack/acknowledge.ts";
export { configure, type StackSettings } from "./stack/configure.ts";
