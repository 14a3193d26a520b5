/** An SQS queue, standard or FIFO: visibility, receive counts, redrive, retention, delay, deduplication. */
import type { QueueNode } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import type { World } from "../../world.ts";
import { type Content, invocationLimitBytes, type Refusal } from "../content.ts";
import { edgesOf } from "../edges.ts";
import type { Handover } from "../handover.ts";
import type { HeldUp } from "../held-up.ts";
import { Readers } from "../readers.ts";
import type { Figures, Mapping, Service } from "../service.ts";
import { Admission } from "./admission.ts";
import { FifoStore } from "./fifo-store.ts";
import { InFlight } from "./in-flight.ts";
import { arriving, carriedBytes, type Message, type MessageQueue } from "./message.ts";
import { QueueMoves } from "./queue-moves.ts";
import { Redrive } from "./redrive.ts";
import { Retention } from "./retention.ts";
import { StandardStore } from "./standard-store.ts";

/** R76: messages that may be in flight, standard and FIFO alike. */
const inFlightLimit = 120_000;

/** A mapping, to the queue that it reads. */
export interface QueueReader extends Mapping {
  readonly heldUp: HeldUp;
  /** There may be something to receive. */
  pump(): void;
}

/** Milliseconds for which received messages are hidden. */
export type HidingTime = (received: readonly Message[]) => number;

export class Queue implements Service {
  readonly node: QueueNode;
  readonly mappings: QueueReader[] = [];
  readonly queue: MessageQueue;
  readonly retentionMs: number;
  readonly #readers: Readers;
  readonly #world: World;
  readonly #store: StandardStore | FifoStore;
  readonly #fifo: boolean;
  readonly #retention: Retention;
  readonly #redrive: Redrive;
  readonly #admission: Admission;
  readonly #inFlight: InFlight;
  #offering = false;
  #turn = 0;
  #visible = 0;
  #delayed = 0;
  /** What AWS counts as sent: what was moved here is not (R121). */
  #sent = 0;

  constructor(world: World, node: QueueNode) {
    this.#world = world;
    this.node = node;
    this.#readers = new Readers(world, node.address);
    this.#fifo = node.fifo.value;
    this.#store = this.#fifo ? new FifoStore(world) : new StandardStore(!world.deviates("queue.unfair"));
    this.retentionMs = node.messageRetentionPeriod.value * 1_000;
    this.#retention = new Retention(world, this.retentionMs, {
      expired: (message) => this.#expired(message),
      done: () => this.offer(),
    });
    this.#admission = new Admission(world, node);
    this.#inFlight = new InFlight(world.kernel, (messages) => {
      for (const message of messages) this.#return(message);
      this.offer();
    });
    this.queue = new QueueMoves(world, this, this.#readers, this.#admission);
    this.#redrive = new Redrive(world, this, (message) => this.#left(message));
  }

  get address(): string {
    return this.node.address;
  }

  /** How many messages can be received now: at least 1 where there are any. */
  get available(): number {
    return this.#inFlight.count >= this.#limit() ? 0 : this.#store.available;
  }

  #limit(): number {
    return this.#world.deviates("queue.unlimited-in-flight") ? Number.POSITIVE_INFINITY : inFlightLimit;
  }

  get consumers(): readonly string[] {
    return this.mappings.map(({ fn }) => fn.address);
  }

  figures(): Figures {
    return {
      visible: this.#visible,
      inFlight: this.#inFlight.count,
      delayed: this.#delayed,
      NumberOfMessagesSent: this.#sent,
    };
  }

  take({ cargo, content }: Handover): Refusal | undefined {
    return this.send(cargo, content);
  }

  /** Takes a message. */
  send(cargo: Cargo, content: Content): Refusal | undefined {
    const world = this.#world;
    const text = content.text();
    const deduplicationId = this.#admission.deduplicationId(content.deduplicationId, text);
    const refusal = this.#admission.refuses(text, content, deduplicationId);
    if (refusal !== undefined) return refusal;
    this.#readers.check();
    this.own(cargo);
    if (this.#admission.repeats(deduplicationId, content.groupId, cargo)) {
      cargo.lose("filtered", "R86: deduplicated");
      cargo.end();
      return undefined;
    }
    this.enter(arriving(world.kernel, cargo, text, content, deduplicationId), true);
    const duplicates = world.settings.peek("mapping.duplicates");
    if (duplicates > 0 && !this.#fifo && this.mappings.length > 0 && !world.deviates("mapping.exactly-once")) {
      if (world.random("mapping.duplicates").fraction() < world.settings.use("mapping.duplicates")) {
        this.enter(arriving(world.kernel, cargo.fork(), text, content, undefined), false);
      }
    }
    return undefined;
  }

  /** The account of what stands here: with the consumer, or, where nobody consumes, with none. */
  own(cargo: Cargo): void {
    const [mapping] = this.mappings;
    if (cargo.role === "result" && cargo.entries === undefined && mapping === undefined) {
      // Nobody wants it here. A move task may bring it to somebody yet.
      if (!this.#world.isMovedFrom(this.address)) cargo.end();
      return;
    }
    if (mapping === undefined) cargo.bind(this.address, null);
    else if (this.mappings.length === 1) cargo.bind(mapping.fn.address, mapping.fn.address);
    else cargo.bind(this.address, mapping.fn.address);
    if (cargo.inNet) cargo.rest(this.address);
  }

  /** A message stands here from now on. @param sent whether AWS counts it as sent: what is moved is not (R121). */
  enter(message: Message, sent: boolean): void {
    const { kernel } = this.#world;
    if (sent) this.#sent += 1;
    this.#retention.add(message);
    const delayMs = message.deadLetterSource === undefined ? this.node.delaySeconds.value * 1_000 : 0;
    if (delayMs > 0 && !this.#world.deviates("queue.no-delay")) {
      message.state = "delayed";
      this.#delayed += 1;
      kernel.after(
        delayMs,
        () => {
          if (message.state !== "delayed") return;
          this.#delayed -= 1;
          this.#show(message);
          this.offer();
        },
        this.mappings.length === 0,
      );
      return;
    }
    this.#show(message);
    if (this.#fifo) for (const mapping of this.mappings) mapping.heldUp.arrived(message.groupId ?? "");
    // What arrives together is there before anything polls.
    if (this.mappings.length > 0 && !this.#offering) {
      this.#offering = true;
      kernel.after(0, () => {
        this.#offering = false;
        this.offer();
      });
    }
  }

  #show(message: Message): void {
    message.state = "visible";
    this.#visible += 1;
    this.#store.add(message);
  }

  /** Tells the mappings, in turn, that there may be something to receive. */
  offer(): void {
    const count = this.mappings.length;
    for (let step = 0; step < count; step += 1) {
      this.mappings[(this.#turn + step) % count]!.pump();
    }
    if (count > 1) this.#turn = (this.#turn + 1) % count;
  }

  /** Whether messages of a group wait behind what is in flight (FIFO). */
  waiting(groupId: string): boolean {
    return this.#store instanceof FifoStore && this.#store.waiting(groupId);
  }

  #released(message: Message): void {
    if (this.#fifo) for (const mapping of this.mappings) mapping.heldUp.release(message.groupId ?? "");
  }

  /** The message's id, made when it is asked for. */
  idOf(message: Message): string {
    return (message.id ??= this.#world.random("messageId").uuid());
  }

  /**
   * Receives up to `count` messages of at most `bytes` together, and hides them for `visibilityMs`. One that is larger
   * than a whole invocation is received alone. How long may depend on what is received. A message that would be received once more than its redrive policy allows is moved instead (R60).
   */
  receive(count: number, visibilityMs: number | HidingTime, bytes: number): Message[] {
    const world = this.#world;
    const { kernel } = world;
    const received: Message[] = [];
    const overhead = world.settings.peek("mapping.recordOverhead");
    let size = 0;
    if (this.#store instanceof FifoStore) this.#store.begin();
    const [redrive] = edgesOf(world, this.address, "redrive");
    const maximum = redrive === undefined ? Number.POSITIVE_INFINITY : redrive.settings.maxReceiveCount.value;
    while (received.length < count && this.#inFlight.count < this.#limit()) {
      const message = this.#store.take();
      if (message === undefined) break;
      const weight = carriedBytes(message) + overhead;
      if ((received.length > 0 || bytes < invocationLimitBytes) && size + weight > bytes) {
        this.#store.add(message);
        this.#store.settled(message);
        world.settings.use("mapping.recordOverhead");
        break;
      }
      this.#visible -= 1;
      const over = world.deviates("queue.redrive-late") ? message.receives > maximum : message.receives >= maximum;
      if (redrive !== undefined && over) {
        const waitMs = this.#redrive.outageMs(redrive);
        if (waitMs > 0) {
          this.#inFlight.hide([message], waitMs);
          // What stands behind it in its group does not pass it in this batch either.
          if (this.#store instanceof FifoStore) this.#store.begin();
          continue;
        }
        if (this.#redrive.move(message, redrive)) continue;
      }
      size += weight;
      message.receives += 1;
      if (message.receives === 1) message.firstReceivedAt = kernel.now;
      received.push(message);
    }
    if (received.length > 0)
      this.#inFlight.hide(received, typeof visibilityMs === "number" ? visibilityMs : visibilityMs(received));
    return received;
  }

  #return(message: Message): void {
    this.#inFlight.land(message);
    this.#show(message);
    this.#store.settled(message);
  }

  /** A message becomes visible before its time. */
  release(message: Message, receipt: number): void {
    if (message.state !== "in-flight" || message.receipt !== receipt) return;
    this.#return(message);
    this.offer();
  }

  /** Deletes a message by the receipt of a receive. A FIFO queue refuses one that has run out. */
  delete(message: Message, receipt: number): boolean {
    if (message.state === "gone") return false;
    if (this.#fifo && message.receipt !== receipt) return false;
    if (this.#fifo && message.state !== "in-flight") return false;
    this.#remove(message);
    message.cargo.end();
    return true;
  }

  #remove(message: Message): void {
    const { state } = message;
    message.state = "gone";
    if (state === "in-flight") {
      this.#inFlight.land(message);
      this.#store.settled(message);
    } else {
      if (state === "visible") this.#visible -= 1;
      else this.#delayed -= 1;
      if (this.#store instanceof FifoStore) this.#store.dropped(message);
    }
  }

  /** What the store gave goes elsewhere. */
  #left(message: Message): void {
    message.state = "gone";
    this.#store.settled(message);
    this.#released(message);
  }

  #expired(message: Message): void {
    this.#remove(message);
    this.#released(message);
    if (message.together && !this.#fifo) {
      this.#world.settings.assume(
        `${this.address}.together`,
        "what failed together is received together again",
        "a standard queue has no order, and AWS does not say which messages it gives together: one that expired may " +
          "have failed for another of its batch alone",
      );
    }
    message.cargo.lose("expired", `R59: the retention of ${this.address} ran out`);
    message.cargo.end();
  }

  /** Takes the oldest visible messages out. */
  takeOut(count: number): Message[] {
    const taken: Message[] = [];
    if (this.#store instanceof FifoStore) this.#store.begin();
    while (taken.length < count) {
      const message = this.#store.take();
      if (message === undefined) break;
      this.#visible -= 1;
      message.state = "gone";
      this.#store.settled(message);
      taken.push(message);
    }
    return taken;
  }
}
