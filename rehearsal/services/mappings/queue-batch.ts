/** A batch of messages on its way to a function, and a message as the function sees it. */
import type { CargoLoad } from "../../functions/invocation.ts";
import type { Message } from "../sqs/message.ts";

/** The queue of a batch. */
interface MessageNames {
  /** The message's id, made when it is asked for. */
  idOf(message: Message): string;
}

export interface QueueBatch {
  messages: readonly Message[];
  /** Of each message, of the receive that this batch is of. */
  receipts: readonly number[];
  loads: readonly CargoLoad[];
  /** When the first of them is visible again. */
  readonly deadline: number;
  throttles: number;
}

/** What was received together. */
export function batchOf(queue: MessageNames, messages: readonly Message[]): QueueBatch {
  if (messages.length > 1) for (const message of messages) message.together = true;
  return {
    messages,
    receipts: messages.map((message) => message.receipt),
    loads: messages.map((message) => new MessageLoad(queue, message)),
    deadline: Math.min(...messages.map((message) => message.hiddenUntil)),
    throttles: 0,
  };
}

/** R59: what the queue has removed while its batch waited is not handed over any more. @returns whether any is left. */
export function stillThere(batch: QueueBatch): boolean {
  const { messages, receipts, loads } = batch;
  if (messages.some(({ state }) => state === "gone")) {
    const there = (_: unknown, index: number): boolean => messages[index]!.state !== "gone";
    batch.receipts = receipts.filter(there);
    batch.loads = loads.filter(there);
    batch.messages = messages.filter(there);
  }
  return batch.messages.length > 0;
}

class MessageLoad implements CargoLoad {
  readonly #queue: MessageNames;
  readonly #message: Message;

  constructor(queue: MessageNames, message: Message) {
    this.#queue = queue;
    this.#message = message;
  }

  get cargo(): Message["cargo"] {
    return this.#message.cargo;
  }

  get text(): string {
    return this.#message.text;
  }

  get identifier(): string {
    return this.#queue.idOf(this.#message);
  }
}
