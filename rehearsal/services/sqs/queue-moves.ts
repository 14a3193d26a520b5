/** What other queues and message-move tasks do with a queue: messages move in, out, and back. */
import type { QueueNode } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import type { World } from "../../world.ts";
import type { Readers } from "../readers.ts";
import type { Admission } from "./admission.ts";
import { type Message, type MessageQueue, type MovedFrom, renewed } from "./message.ts";

/** The queue itself. */
interface Movable {
  readonly node: QueueNode;
  readonly address: string;
  readonly retentionMs: number;
  /** Takes the oldest visible messages out. */
  takeOut(count: number): readonly Message[];
  /** Opens, or finds, the account of what stands in it from now on. */
  own(cargo: Cargo): void;
  /** A message stands in it from now on. @param sent whether AWS counts it as sent. */
  enter(message: Message, sent: boolean): void;
  /** The functions that read it. */
  readonly consumers: readonly string[];
}

export class QueueMoves implements MessageQueue {
  readonly #world: World;
  readonly #queue: Movable;
  readonly #readers: Readers;
  readonly #admission: Admission;

  constructor(world: World, queue: Movable, readers: Readers, admission: Admission) {
    this.#world = world;
    this.#queue = queue;
    this.#readers = readers;
    this.#admission = admission;
  }

  get node(): QueueNode {
    return this.#queue.node;
  }

  get address(): string {
    return this.#queue.address;
  }

  get retentionMs(): number {
    return this.#queue.retentionMs;
  }

  /** R122: which queues may name this one as their dead-letter queue. */
  admitsFrom(source: QueueNode): boolean {
    if (this.#world.deviates("redrive.allow-ignored")) return true;
    const { redrivePermission, sourceQueues } = this.node.redriveAllowPolicy.value;
    if (redrivePermission === "allowAll") return true;
    if (redrivePermission === "denyAll") return false;
    return sourceQueues.includes(source.address) || sourceQueues.includes(source.arn);
  }

  /**
   * A message moves in from another queue: same id and content, its receive count goes on. A standard queue keeps the
   * time at which it was first enqueued, a FIFO queue does not, and gives it its id for deduplication (R86, R120).
   */
  moveIn(message: Message, from: MovedFrom): void {
    const { kernel, deviates } = this.#world;
    const { now } = kernel;
    const fifo = this.node.fifo.value;
    this.#readers.check();
    const id = from.idOf(message);
    const keeps = !fifo && !deviates("redrive.resets-retention");
    const ownId = deviates("redrive.keeps-deduplication-id") ? message.deduplicationId : id;
    const deduplicationId = fifo ? ownId : undefined;
    if (this.#admission.repeats(deduplicationId, message.groupId, message.cargo)) {
      message.cargo.lose("dropped", "R86: swallowed by deduplication");
      message.cargo.end();
      return;
    }
    const moved: Message = {
      ...renewed(message, kernel.order()),
      id,
      deduplicationId,
      enqueuedAt: keeps ? message.enqueuedAt : now,
      deadLetterSource: from.node.arn,
      moves: { at: now, from: message.moves?.at === now ? [...message.moves.from, from.address] : [from.address] },
    };
    this.#queue.enter(moved, deviates("metrics.moves-are-sent"));
  }

  /** R123: takes the oldest visible messages out of a dead-letter queue for a message-move task. */
  takeForMove(count: number): readonly Message[] {
    return this.#queue.takeOut(count);
  }

  /** R123: a message comes back by a message-move task: a new message in all but its content. */
  moveBack(message: Message): void {
    const { kernel, deviates, isNet } = this.#world;
    const { cargo } = message;
    this.#readers.check();
    cargo.unrest();
    cargo.inNet = cargo.role === "record" || isNet(this.address);
    if (!deviates("move.counts-for-all")) cargo.movedTo(this.#queue.consumers, this.address);
    this.#queue.own(cargo);
    const keeps = deviates("move.keeps-message");
    const back: Message = {
      ...renewed(message, kernel.order()),
      id: keeps ? message.id : undefined,
      deduplicationId: undefined,
      enqueuedAt: keeps ? message.enqueuedAt : kernel.now,
      receives: keeps ? message.receives : 0,
      deadLetterSource: undefined,
      moves: undefined,
    };
    this.#queue.enter(back, false);
  }
}
