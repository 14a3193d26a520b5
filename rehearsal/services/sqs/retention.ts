/** When the messages of a queue expire (R59). */
import { Deque } from "../../kernel/deque.ts";
import { Heap } from "../../kernel/heap.ts";
import type { Timer } from "../../kernel/kernel.ts";
import type { World } from "../../world.ts";
import type { Message } from "./message.ts";

/** What the queue does. */
interface Ends {
  /** A message's time is over: it is gone from now on. */
  readonly expired: (message: Message) => void;
  /** All whose time is over have been told of. */
  readonly done: () => void;
}

export class Retention {
  readonly #world: World;
  readonly #retentionMs: number;
  readonly #ends: Ends;
  /** Messages in order of expiry; those that do not fit in (moved here with an older time) stand in `#early`. */
  readonly #aging = new Deque<Message>();
  readonly #early = new Heap<Message>((a, b) => a.enqueuedAt < b.enqueuedAt);
  #latestEnqueued = 0;
  #expiry: Timer | undefined;

  constructor(world: World, retentionMs: number, ends: Ends) {
    this.#world = world;
    this.#retentionMs = retentionMs;
    this.#ends = ends;
  }

  /** A message stands in the queue from now on, until its state is `gone`. */
  add(message: Message): void {
    if (message.enqueuedAt >= this.#latestEnqueued) {
      this.#latestEnqueued = message.enqueuedAt;
      this.#aging.push(message);
    } else this.#early.push(message);
    this.#plan();
  }

  #oldest(): Message | undefined {
    while (this.#aging.length > 0 && this.#aging.at(0)?.state === "gone") this.#aging.shift();
    while (this.#early.peek()?.state === "gone") this.#early.pop();
    const [late, early] = [this.#aging.at(0), this.#early.peek()];
    if (late === undefined || early === undefined) return late ?? early;
    return early.enqueuedAt <= late.enqueuedAt ? early : late;
  }

  /** One timer, for the oldest message. It is quiet: as long as somebody consumes, something else goes on. */
  #plan(): void {
    const { kernel } = this.#world;
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    const at = Math.max(oldest.enqueuedAt + this.#retentionMs, kernel.now);
    if (this.#expiry?.run !== undefined) {
      if (this.#expiry.at <= at) return;
      kernel.cancel(this.#expiry);
    }
    this.#expiry = kernel.at(at, () => this.#expire(), true);
  }

  #expire(): void {
    const { kernel, deviates } = this.#world;
    const keeps = deviates("queue.keeps-for-ever");
    this.#expiry = undefined;
    for (;;) {
      const oldest = this.#oldest();
      if (keeps || oldest === undefined || oldest.enqueuedAt + this.#retentionMs > kernel.now) break;
      this.#ends.expired(oldest);
    }
    if (!keeps) this.#plan();
    this.#ends.done();
  }
}
