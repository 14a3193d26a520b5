/** An SQS queue, standard or FIFO: visibility, receive counts, redrive, retention, delay, deduplication. */
import { createHash } from "node:crypto";
import type { QueueNode } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/cargo.ts";
import type { World } from "../world.ts";
import { type Content, invocationLimitBytes, messageBytes, type Refusal } from "./content.ts";
import { Deduplication } from "./deduplication.ts";
import { edgesOf } from "./edges.ts";
import { FifoStore } from "./fifo-store.ts";
import type { Handover } from "./handover.ts";
import type { HeldUp } from "./held-up.ts";
import { carriedBytes, type Message, type MessageQueue, type MovedFrom, type Moves } from "./message.ts";
import { Readers } from "./readers.ts";
import { Redrive } from "./redrive.ts";
import { Retention } from "./retention.ts";
import type { Figures, Mapping, Service } from "./service.ts";
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

export class Queue implements Service, MessageQueue {
  readonly node: QueueNode;
  readonly mappings: QueueReader[] = [];
  readonly queue: MessageQueue = this;
  readonly retentionMs: number;
  readonly #readers: Readers;
  readonly #world: World;
  readonly #store: StandardStore | FifoStore;
  readonly #fifo: boolean;
  readonly #retention: Retention;
  readonly #redrive: Redrive;
  readonly #deduplication = new Deduplication();
  #turn = 0;
  #visible = 0;
  #inFlight = 0;
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
    this.#redrive = new Redrive(world, this, (message) => this.#left(message));
  }

  get address(): string {
    return this.node.address;
  }

  /** How many messages can be received now: at least 1 where there are any. */
  get available(): number {
    return this.#inFlight >= this.#limit() ? 0 : this.#store.available;
  }

  #limit(): number {
    return this.#world.deviates("queue.unlimited-in-flight") ? Number.POSITIVE_INFINITY : inFlightLimit;
  }

  figures(): Figures {
    return {
      visible: this.#visible,
      inFlight: this.#inFlight,
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
    const size = messageBytes(text, content.attributes);
    const limit = this.node.maximumMessageSize.value;
    if (size > limit && !world.deviates("queue.unlimited-size")) {
      const message = `${size} bytes for ${this.address}, at most ${limit}`;
      return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R59" };
    }
    if (this.#fifo && content.groupId === undefined) {
      const message = `a message without group for ${this.address}, which is FIFO`;
      return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R81" };
    }
    const deduplicationId = this.#deduplicationId(content.deduplicationId, text);
    if (this.#fifo && deduplicationId === undefined) {
      const message = `a message without deduplication id for ${this.address}, which is FIFO and takes no digest for it`;
      return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R81" };
    }
    this.#readers.check();
    this.#own(cargo);
    if (this.#fifo && this.#duplicate(deduplicationId, content.groupId)) {
      cargo.lose("filtered", "R86: deduplicated");
      cargo.end();
      return undefined;
    }
    this.#sent += 1;
    this.#enter(
      cargo,
      text,
      content.attributes,
      content.groupId,
      deduplicationId,
      undefined,
      world.kernel.now,
      0,
      undefined,
    );
    const duplicates = world.settings.peek("mapping.duplicates");
    if (duplicates > 0 && !this.#fifo && this.mappings.length > 0 && !world.deviates("mapping.exactly-once")) {
      if (world.random("mapping.duplicates").fraction() < world.settings.use("mapping.duplicates")) {
        this.#enter(
          cargo.fork(),
          text,
          content.attributes,
          content.groupId,
          undefined,
          undefined,
          world.kernel.now,
          0,
          undefined,
        );
      }
    }
    return undefined;
  }

  /** R86: a FIFO queue's alone: what was given, or, where it takes the content for it, its digest. */
  #deduplicationId(given: string | undefined, text: string): string | undefined {
    if (!this.#fifo) return undefined;
    if (given !== undefined || !this.node.contentBasedDeduplication.value) return given;
    return createHash("sha256").update(text).digest("hex");
  }

  /** The account of what stands here: with the consumer, or, where nobody consumes, with none. */
  #own(cargo: Cargo): void {
    const [mapping] = this.mappings;
    if (cargo.role === "result" && cargo.entries === undefined && mapping === undefined) return cargo.end();
    if (mapping === undefined) cargo.bind(this.address, null);
    else if (this.mappings.length === 1) cargo.bind(mapping.fn.address, mapping.fn.address);
    else cargo.bind(this.address, mapping.fn.address);
    if (cargo.inNet) cargo.rest(this.address);
  }

  #duplicate(id: string | undefined, groupId: string | undefined): boolean {
    if (id === undefined || this.#world.deviates("fifo.no-deduplication")) return false;
    const key = this.node.deduplicationScope.value === "messageGroup" ? `${groupId ?? ""}\0${id}` : id;
    return this.#deduplication.repeats(key, this.#world.kernel.now);
  }

  #enter(
    cargo: Cargo,
    text: string,
    attributes: Content["attributes"],
    groupId: string | undefined,
    deduplicationId: string | undefined,
    id: string | undefined,
    enqueuedAt: number,
    receives: number,
    deadLetterSource: string | undefined,
    moves?: Moves,
  ): void {
    const { kernel } = this.#world;
    const message: Message = {
      order: kernel.order(),
      cargo,
      text,
      attributes,
      groupId,
      deduplicationId,
      id,
      enqueuedAt,
      receives,
      firstReceivedAt: 0,
      receipt: 0,
      state: "visible",
      hiddenUntil: 0,
      hiding: undefined,
      moves,
      deadLetterSource,
    };
    this.#retention.add(message);
    const delayMs = deadLetterSource === undefined ? this.node.delaySeconds.value * 1_000 : 0;
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
    if (this.#fifo) for (const mapping of this.mappings) mapping.heldUp.arrived(groupId ?? "");
    // What arrives together is there before anything polls.
    if (this.mappings.length > 0 && !this.#offering) {
      this.#offering = true;
      kernel.after(0, () => {
        this.#offering = false;
        this.offer();
      });
    }
  }
  #offering = false;

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
    while (received.length < count && this.#inFlight < this.#limit()) {
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
          this.#hide([message], waitMs);
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
      this.#hide(received, typeof visibilityMs === "number" ? visibilityMs : visibilityMs(received));
    return received;
  }

  /** What was taken from the store is in flight for a time, and comes back unless something is done with it. */
  #hide(messages: readonly Message[], forMs: number): void {
    const { kernel } = this.#world;
    for (const message of messages) {
      message.receipt += 1;
      message.state = "in-flight";
      message.hiddenUntil = kernel.now + forMs;
    }
    this.#inFlight += messages.length;
    const receipts = messages.map((message) => message.receipt);
    const timer = kernel.after(forMs, () => this.#reappear(messages, receipts));
    const hiding = { timer, left: messages.length };
    for (const message of messages) message.hiding = hiding;
  }

  #reappear(messages: readonly Message[], receipts: readonly number[]): void {
    let any = false;
    for (const [index, message] of messages.entries()) {
      if (message.state !== "in-flight" || message.receipt !== receipts[index]) continue;
      this.#return(message);
      any = true;
    }
    if (any) this.offer();
  }

  /** Once nothing waits for the end of a visibility timeout, it does not keep the run going. */
  #landed(message: Message): void {
    this.#inFlight -= 1;
    const { hiding } = message;
    if (hiding === undefined) return;
    message.hiding = undefined;
    hiding.left -= 1;
    if (hiding.left === 0) this.#world.kernel.cancel(hiding.timer);
  }

  #return(message: Message): void {
    this.#landed(message);
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
      this.#landed(message);
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
    const world = this.#world;
    this.#readers.check();
    const id = from.idOf(message);
    const keeps = !this.#fifo && !world.deviates("redrive.resets-retention");
    const ownId = world.deviates("redrive.keeps-deduplication-id") ? message.deduplicationId : id;
    const deduplicationId = this.#fifo ? ownId : undefined;
    if (this.#fifo && this.#duplicate(deduplicationId, message.groupId)) {
      message.cargo.lose("dropped", "R86: swallowed by deduplication");
      message.cargo.end();
      return;
    }
    if (world.deviates("metrics.moves-are-sent")) this.#sent += 1;
    const enqueuedAt = keeps ? message.enqueuedAt : world.kernel.now;
    this.#enter(
      message.cargo,
      message.text,
      message.attributes,
      message.groupId,
      deduplicationId,
      id,
      enqueuedAt,
      message.receives,
      from.node.arn,
      {
        at: world.kernel.now,
        from: message.moves?.at === world.kernel.now ? [...message.moves.from, from.address] : [from.address],
      },
    );
  }

  #expired(message: Message): void {
    this.#remove(message);
    this.#released(message);
    message.cargo.lose("expired", `R59: the retention of ${this.address} ran out`);
    message.cargo.end();
  }

  /** R123: takes the oldest visible messages out of a dead-letter queue for a message-move task. */
  takeForMove(count: number): Message[] {
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

  /** R123: a message comes back by a message-move task: a new message in all but its content. */
  moveBack(message: Message): void {
    const world = this.#world;
    const { cargo } = message;
    cargo.unrest();
    cargo.inNet = cargo.role === "record" || world.isNet(this.address);
    if (cargo.inNet) cargo.rest(this.address);
    const keeps = world.deviates("move.keeps-message");
    this.#enter(
      cargo,
      message.text,
      message.attributes,
      message.groupId,
      undefined,
      keeps ? message.id : undefined,
      keeps ? message.enqueuedAt : world.kernel.now,
      keeps ? message.receives : 0,
      undefined,
    );
  }
}
