/** How a mapping receives from its queue: how much at a time, and for how long that is hidden then. */
import type { MappingEdge } from "../../../topology/graph.ts";
import { grown } from "../../kernel/arithmetic.ts";
import type { World } from "../../world.ts";
import { invocationLimitBytes } from "../content.ts";
import type { Message } from "../sqs/message.ts";
import type { HidingTime, Queue } from "../sqs/queue.ts";

/** R58. */
const extraVisibilityMs = 30_000;
/** Receives of a message that is never hidden until they come more slowly. */
const promptReceives = 100;

export class Reception {
  /** How many messages a batch has at most. */
  readonly batchSize: number;
  /** For how long a batch is gathered. */
  readonly windowMs: number;
  /** For how long what is received is hidden. */
  readonly visibilityMs: number;
  readonly #world: World;
  readonly #queue: Queue;
  readonly #hiding: number | HidingTime;

  /** @param timeoutMs of the function. */
  constructor(world: World, settings: MappingEdge["settings"], queue: Queue, timeoutMs: number) {
    this.#world = world;
    this.#queue = queue;
    const { batchSize, maximumBatchingWindowInSeconds } = settings;
    // R79: a FIFO queue's batches have at most 10 messages and no window.
    const small = queue.node.fifo.value && !world.deviates("fifo.large-batches");
    const size = small ? Math.min(10, batchSize.value) : batchSize.value;
    this.batchSize = world.deviates("mapping.one-message") ? 1 : size;
    this.windowMs = small ? 0 : maximumBatchingWindowInSeconds.value * 1_000;
    const own = queue.node.visibilityTimeout.value * 1_000;
    const unhidden = own === 0 && this.windowMs === 0;
    this.visibilityMs = unhidden ? world.settings.peek("sqs.leastVisibility") : this.#visibility(own, timeoutMs);
    this.#hiding = unhidden ? (messages) => this.#unhidden(messages) : this.visibilityMs;
  }

  /** R58: with a window that does not fit in, Lambda hides its messages for longer than the queue says. */
  #visibility(own: number, timeoutMs: number): number {
    const needed = this.windowMs + timeoutMs;
    if (this.windowMs === 0 || needed <= own || this.#world.deviates("mapping.queue-visibility")) return own;
    return needed + extraVisibilityMs;
  }

  /**
   * What the queue does not hide at all is received again after a while, so that time moves on: by the newest of it,
   * and later and later, since else a run could be of nothing else.
   */
  #unhidden(messages: readonly Message[]): number {
    const { settings } = this.#world;
    const least = settings.use("sqs.leastVisibility");
    const late = Math.min(...messages.map(({ receives }) => receives)) - promptReceives;
    if (late <= 0) return least;
    return Math.round(grown(least, 2, late, Math.max(least, settings.peek("sqs.leastVisibilityLimit"))));
  }

  /** Receives what a batch has room for. */
  receive(room = this.batchSize, bytes = invocationLimitBytes): Message[] {
    return this.#queue.receive(room, this.#hiding, bytes);
  }
}
