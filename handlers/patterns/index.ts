/**
 * `holdfast/handlers`: what runs inside a function.
 *
 * Functions that take a handler and give a handler. What is not imported is not bundled, and nothing here has a
 * dependency.
 */
export { type BatchDeleteClient, type BatchDeleteFailure, deleteAndThrow } from "./delete-and-throw.ts";
export {
  BatchFailedError,
  DeadlineError,
  DecodeError,
  EventError,
  GroupHeldError,
  HandlerError,
  OptionError,
  SettingsError,
} from "./errors.ts";
export {
  type Decode,
  type MessageHandler,
  type QueueContext,
  type QueueHandler,
  type QueueOptions,
  queue,
} from "./queue.ts";
export type { DeleteAndThrow } from "./respond.ts";
export type { ResponseStyle } from "./settings.ts";
export type {
  BatchResponse,
  LambdaContext,
  QueueEvent,
  QueueMessageAttribute,
  QueueRecord,
  QueueRecordAttributes,
} from "./sqs-event.ts";
