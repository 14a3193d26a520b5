/** A message of a queue. */
import type { QueueNode } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import type { Kernel, Timer } from "../../kernel/kernel.ts";
import { type Attributes, type Content, messageBytes } from "../content.ts";

/** Moves of one message that happened at one time. */
export interface Moves {
  readonly at: number;
  readonly from: readonly string[];
}

/** What a message adds to an invocation besides its description (R55): its body as JSON text, and its attributes. */
export function carriedBytes({ text, attributes }: Pick<Message, "text" | "attributes">): number {
  return messageBytes(JSON.stringify(text), attributes);
}

export interface Message {
  /** Its rank among the messages of all queues: lower came earlier. */
  readonly order: number;
  readonly cargo: Cargo;
  readonly text: string;
  readonly attributes: Attributes;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  /** Made when it is asked for. */
  id: string | undefined;
  /** When it was put into the queue that it stands in, as its retention counts (R120). */
  readonly enqueuedAt: number;
  receives: number;
  firstReceivedAt: number;
  /** Whether a batch had it together with others. */
  together: boolean;
  /** Grows with each receive: a receipt of an earlier one is stale. */
  receipt: number;
  state: "delayed" | "visible" | "in-flight" | "gone";
  /** Until when it is hidden. */
  hiddenUntil: number;
  /** The end of its visibility timeout, with how many messages of its receive still wait for it. */
  hiding: { timer: Timer; left: number } | undefined;
  /** Where dead-letter queues moved it from, at this one virtual time: a circle of queues makes no progress. */
  readonly moves: Moves | undefined;
  /** ARN of the queue that moved it here. */
  readonly deadLetterSource: string | undefined;
}

/** A message that is sent now. */
export function arriving(
  kernel: Kernel,
  cargo: Cargo,
  text: string,
  { attributes, groupId }: Content,
  deduplicationId: string | undefined,
): Message {
  return {
    order: kernel.order(),
    cargo,
    text,
    attributes,
    groupId,
    deduplicationId,
    id: undefined,
    enqueuedAt: kernel.now,
    receives: 0,
    firstReceivedAt: 0,
    together: false,
    receipt: 0,
    state: "visible",
    hiddenUntil: 0,
    hiding: undefined,
    moves: undefined,
    deadLetterSource: undefined,
  };
}

/** A message that goes to another queue, as if nobody had it there yet. */
export function renewed(message: Message, order: number): Message {
  return {
    ...message,
    order,
    firstReceivedAt: 0,
    together: false,
    receipt: 0,
    state: "visible",
    hiddenUntil: 0,
    hiding: undefined,
  };
}

/** Where a message stood that another queue moves. */
export interface MovedFrom {
  readonly node: QueueNode;
  readonly address: string;
  /** The message's id, made when it is asked for. */
  idOf(message: Message): string;
}

/** A queue, to other queues and to message-move tasks. */
export interface MessageQueue {
  readonly node: QueueNode;
  readonly address: string;
  readonly retentionMs: number;
  /** R122: which queues may name this one as their dead-letter queue. */
  admitsFrom(source: QueueNode): boolean;
  /** A dead-letter queue gets a message. */
  moveIn(message: Message, from: MovedFrom): void;
  /** R123: takes the oldest visible messages out of a dead-letter queue for a message-move task. */
  takeForMove(count: number): readonly Message[];
  /** R123: a message comes back by a message-move task. */
  moveBack(message: Message): void;
}
