/** Messages that were received: hidden until their visibility timeout ends, unless something is done with them before. */
import type { Kernel } from "../../kernel/kernel.ts";
import type { Message } from "./message.ts";

export class InFlight {
  readonly #kernel: Kernel;
  readonly #reappear: (messages: readonly Message[]) => void;
  #count = 0;

  /** @param reappear what the queue does with messages whose timeout has ended, each of which has to {@link land}. */
  constructor(kernel: Kernel, reappear: (messages: readonly Message[]) => void) {
    this.#kernel = kernel;
    this.#reappear = reappear;
  }

  get count(): number {
    return this.#count;
  }

  /** Messages of one receive are in flight for a time. */
  hide(messages: readonly Message[], forMs: number): void {
    const kernel = this.#kernel;
    for (const message of messages) {
      message.receipt += 1;
      message.state = "in-flight";
      message.hiddenUntil = kernel.now + forMs;
    }
    this.#count += messages.length;
    const receipts = messages.map((message) => message.receipt);
    const timer = kernel.after(forMs, () => {
      const back = messages.filter(({ state, receipt }, index) => state === "in-flight" && receipt === receipts[index]);
      if (back.length > 0) this.#reappear(back);
    });
    const hiding = { timer, left: messages.length };
    for (const message of messages) message.hiding = hiding;
  }

  /** A message is in flight no more. Once nothing waits for the end of a timeout, it does not keep the run going. */
  land(message: Message): void {
    this.#count -= 1;
    const { hiding } = message;
    if (hiding === undefined) return;
    message.hiding = undefined;
    hiding.left -= 1;
    if (hiding.left === 0) this.#kernel.cancel(hiding.timer);
  }
}
