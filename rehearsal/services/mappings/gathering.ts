/** A batch that is gathered during its mapping's window (R55): from its first message on, until it is full. */
import type { Timer } from "../../kernel/kernel.ts";
import type { World } from "../../world.ts";
import { invocationLimitBytes } from "../content.ts";
import { carriedBytes, type Message } from "../sqs/message.ts";
import type { Queue } from "../sqs/queue.ts";
import type { Reception } from "./reception.ts";

/** The mapping. */
interface Gatherer {
  readonly queue: Queue;
  readonly fn: { readonly timeoutMs: number };
  /** There may be something to receive. */
  pump(): void;
}

export class Gathering {
  readonly #world: World;
  readonly #mapping: Gatherer;
  readonly #reception: Reception;
  readonly #start: (messages: readonly Message[]) => void;
  #gathered: Message[] = [];
  #bytes = 0;
  #timer: Timer | undefined;

  /** @param start takes what was gathered. */
  constructor(world: World, mapping: Gatherer, reception: Reception, start: (messages: readonly Message[]) => void) {
    this.#world = world;
    this.#mapping = mapping;
    this.#reception = reception;
    this.#start = start;
  }

  /** Whether nothing has been gathered. */
  get empty(): boolean {
    return this.#gathered.length === 0;
  }

  /** Gathers until the batch is full or its window over. @returns whether there may be more to do at once. */
  gather(): boolean {
    const { kernel, settings, deviates } = this.#world;
    const { queue } = this.#mapping;
    const { batchSize } = this.#reception;
    const room = batchSize - this.#gathered.length;
    const more = this.#reception.receive(room, invocationLimitBytes - this.#bytes);
    if (more.length === 0) {
      const waits = this.#gathered.length > 0 && queue.available > 0;
      // What comes next does not fit in any more.
      if (waits) this.#close();
      return waits;
    }
    const full = this.#gathered.length + more.length >= batchSize || (more.length < room && queue.available > 0);
    if (this.#gathered.length === 0 && !full) {
      this.#timer = kernel.after(deviates("mapping.window-ignored") ? 0 : this.#waitMs(), () => this.#close());
    }
    const overhead = settings.peek("mapping.recordOverhead");
    for (const message of more) {
      this.#gathered.push(message);
      this.#bytes += carriedBytes(message) + overhead;
    }
    if (full) this.#close();
    return full;
  }

  /** A longer wait than the window leaves the function its time before the messages are seen again. */
  #waitMs(): number {
    const { settings } = this.#world;
    const { windowMs, visibilityMs } = this.#reception;
    if (settings.peek("sqs.lowTrafficWait") === 0) return windowMs;
    const longest = visibilityMs - this.#mapping.fn.timeoutMs;
    return Math.max(Math.min(settings.use("sqs.lowTrafficWait"), longest), windowMs);
  }

  #close(): void {
    if (this.#timer !== undefined) this.#world.kernel.cancel(this.#timer);
    this.#timer = undefined;
    const messages = this.#gathered.filter(({ state }) => state !== "gone");
    this.#gathered = [];
    this.#bytes = 0;
    if (messages.length > 0) this.#start(messages);
    this.#mapping.pump();
  }
}
