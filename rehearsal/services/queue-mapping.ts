/**
 * An event source mapping on a queue: Lambda's pollers (R54–R85).
 *
 * receive → invoke → success: delete                          (R62)
 *                  → partial response: delete the others      (R70)
 *                  → function error: visible at the deadline  (R62)
 *                  → throttled: again after 1 s, doubling, until the deadline, then let go (R64)
 */
import type { MappingEdge } from "../../topology/graph.ts";
import { permissionOf } from "../../topology/graph.ts";
import type { CargoLoad, Ended, Invocable, InvocationResult } from "../functions/invocation.ts";
import { readResponse } from "../functions/response.ts";
import { grown } from "../kernel/arithmetic.ts";
import type { Timer } from "../kernel/kernel.ts";
import { sqsEvent } from "../records/events.ts";
import type { World } from "../world.ts";
import type { AsyncQueue } from "./async-queue.ts";
import { invocationLimitBytes } from "./content.ts";
import { passesFilters } from "./filters.ts";
import { HeldUp } from "./held-up.ts";
import { carriedBytes, type Message } from "./message.ts";
import { Pollers } from "./pollers.ts";
import type { Queue, QueueReader } from "./queue.ts";

/** R58. */
const extraVisibilityMs = 30_000;
/** Receives of a message that is never hidden until they come more slowly. */
const promptReceives = 100;

interface Batch {
  messages: readonly Message[];
  receipts: readonly number[];
  loads: readonly CargoLoad[];
  readonly deadline: number;
  throttles: number;
}

/** What a mapping invokes: its failures never go the way of asynchronous ones, unless a departure from R2 lets them. */
export interface MappedFunction extends Invocable {
  readonly asynchronous: Pick<AsyncQueue, "giveUp">;
}

export class QueueMapping implements QueueReader {
  readonly edge: MappingEdge;
  readonly fn: MappedFunction;
  readonly queue: Queue;
  readonly heldUp: HeldUp;
  readonly #world: World;
  readonly #batchSize: number;
  readonly #windowMs: number;
  readonly #visibilityMs: number;
  /** Whether the queue hides nothing: then what is received again and again comes more and more slowly. */
  readonly #unhidden: boolean;
  readonly #partial: boolean;
  readonly #active: boolean;
  readonly #pollers: Pollers;
  #gathered: Message[] = [];
  #gatheredBytes = 0;
  #gathering: Timer | undefined;
  /** Messages that this mapping gave up, or that AWS counts otherwise. */
  readonly metrics = {
    PolledEventCount: 0,
    FilteredOutEventCount: 0,
    InvokedEventCount: 0,
    FailedInvokeEventCount: 0,
    DeletedEventCount: 0,
  };

  constructor(world: World, edge: MappingEdge, queue: Queue, fn: MappedFunction) {
    this.#world = world;
    this.edge = edge;
    this.queue = queue;
    this.fn = fn;
    this.heldUp = new HeldUp(() => world.kernel.now);
    const { settings } = edge;
    const fifo = queue.node.fifo.value;
    // R79: a FIFO queue's batches have at most 10 messages and no window.
    this.#batchSize =
      fifo && !world.deviates("fifo.large-batches") ? Math.min(10, settings.batchSize.value) : settings.batchSize.value;
    this.#windowMs =
      fifo && !world.deviates("fifo.large-batches") ? 0 : settings.maximumBatchingWindowInSeconds.value * 1_000;
    this.#partial = settings.functionResponseTypes.value.includes("ReportBatchItemFailures");
    this.#active =
      settings.enabled.value && (permissionOf(edge) !== "missing" || world.deviates("permissions.ignored"));
    if (world.deviates("mapping.one-message")) this.#batchSize = 1;
    this.#unhidden = queue.node.visibilityTimeout.value === 0 && this.#windowMs === 0;
    this.#visibilityMs = this.#visibility();
    this.#pollers = new Pollers(world, edge.settings, () => this.pump());
    queue.mappings.push(this);
  }

  get address(): string {
    return this.edge.address;
  }

  /**
   * R58: with a window that does not fit in, Lambda hides its messages for longer than the queue says. What a queue
   * does not hide at all is received again after a while, so that time moves on ({@link #slower}).
   */
  #visibility(): number {
    const own = this.queue.node.visibilityTimeout.value * 1_000;
    if (this.#unhidden) return this.#world.settings.peek("sqs.leastVisibility");
    const needed = this.#windowMs + this.fn.timeoutMs;
    if (this.#windowMs === 0 || needed <= own || this.#world.deviates("mapping.queue-visibility")) return own;
    return needed + extraVisibilityMs;
  }

  /** How long what the queue does not hide is left alone, by the newest of it: else a run could be of nothing else. */
  #slower(messages: readonly Message[]): number {
    const { settings } = this.#world;
    const late = Math.min(...messages.map(({ receives }) => receives)) - promptReceives;
    if (late <= 0) return this.#visibilityMs;
    const most = Math.max(this.#visibilityMs, settings.peek("sqs.leastVisibilityLimit"));
    return Math.round(grown(this.#visibilityMs, 2, late, most));
  }

  /** Receives and invokes as much as concurrency and queue allow. */
  pump(): void {
    if (!this.#active || this.#outage()) return;
    if (this.#pollers.idle && this.#gathered.length === 0 && this.queue.available > 0) this.#pollers.wake();
    while (this.#pollers.free && this.queue.available > 0) {
      if (this.#windowMs > 0) {
        if (!this.#gather()) return;
        continue;
      }
      const hiding = this.#unhidden ? (more: readonly Message[]) => this.#slower(more) : this.#visibilityMs;
      const messages = this.queue.receive(this.#batchSize, hiding, invocationLimitBytes);
      if (messages.length === 0) break;
      this.#start(messages);
    }
    if (this.queue.available > 0) this.#pollers.planGrowth();
  }

  /** Whether the queue does not answer. Then its pollers try again, and have it once it does. */
  #outage(): boolean {
    const { faults, kernel } = this.#world;
    const { address } = this.queue;
    if (!faults.unavailable(address, kernel.now)) return false;
    if (this.#again?.run === undefined && this.queue.available > 0) {
      this.#again = kernel.at(faults.availableAt(address, kernel.now), () => this.pump());
    }
    return true;
  }
  #again: Timer | undefined;

  /** R55: gathers until the batch is full or its window over. @returns whether there may be more to do at once. */
  #gather(): boolean {
    const { kernel, settings } = this.#world;
    const room = this.#batchSize - this.#gathered.length;
    const more = this.queue.receive(room, this.#visibilityMs, invocationLimitBytes - this.#gatheredBytes);
    if (more.length === 0) {
      const waits = this.#gathered.length > 0 && this.queue.available > 0;
      // What comes next does not fit in any more.
      if (waits) this.#close();
      return waits;
    }
    const full =
      this.#gathered.length + more.length >= this.#batchSize || (more.length < room && this.queue.available > 0);
    if (this.#gathered.length === 0 && !full) {
      // A longer wait than the window leaves the function its time before the messages are seen again.
      const longest = this.#visibilityMs - this.fn.timeoutMs;
      const wait =
        settings.peek("sqs.lowTrafficWait") > 0
          ? Math.max(Math.min(settings.use("sqs.lowTrafficWait"), longest), this.#windowMs)
          : this.#windowMs;
      this.#gathering = kernel.after(this.#world.deviates("mapping.window-ignored") ? 0 : wait, () => this.#close());
    }
    const overhead = settings.peek("mapping.recordOverhead");
    for (const message of more) {
      this.#gathered.push(message);
      this.#gatheredBytes += carriedBytes(message) + overhead;
    }
    if (full) this.#close();
    return full;
  }

  #close(): void {
    if (this.#gathering !== undefined) this.#world.kernel.cancel(this.#gathering);
    this.#gathering = undefined;
    const messages = this.#gathered.filter(({ state }) => state !== "gone");
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (messages.length > 0) this.#start(messages);
    this.pump();
  }

  #start(messages: readonly Message[]): void {
    const world = this.#world;
    this.metrics.PolledEventCount += messages.length;
    if (this.#unhidden) this.#world.settings.use("sqs.leastVisibility");
    const { value: filters, from } = this.edge.settings.filterCriteria;
    const wanted =
      filters.length === 0 && from !== "unknown" ? messages : messages.filter((message) => this.#wants(message));
    if (wanted.length === 0) return;
    const source = world.settings;
    if (wanted.length > 1 && source.peek("sqs.lowTrafficWait") > 0) source.use("sqs.lowTrafficWait");
    this.#pollers.begin();
    const batch: Batch = {
      messages: wanted,
      receipts: wanted.map((message) => message.receipt),
      loads: wanted.map((message) => new MessageLoad(this.queue, message)),
      deadline: Math.min(...wanted.map((message) => message.hiddenUntil)),
      throttles: 0,
    };
    this.#invoke(batch);
  }

  /** R65: what the filters do not want is deleted. */
  #wants(message: Message): boolean {
    const world = this.#world;
    if (passesFilters(this.edge, { kind: "sqs", text: message.text, attributes: message.attributes }, world))
      return true;
    this.metrics.FilteredOutEventCount += 1;
    if (world.deviates("filter.keeps-messages")) return false;
    // A filter passes over what is new. What had failed before is deleted by it.
    const failed = message.cargo.inNet || message.cargo.tried;
    message.cargo.lose(failed ? "dropped" : "filtered", `R65: deleted by the filter of ${this.address}`);
    this.queue.delete(message, message.receipt);
    return false;
  }

  /** R59: what the queue has removed while its batch waited is not handed over any more. @returns whether any is left. */
  #stillThere(batch: Batch): boolean {
    const { messages, receipts, loads } = batch;
    if (messages.some(({ state }) => state === "gone")) {
      const there = (_: unknown, index: number): boolean => messages[index]!.state !== "gone";
      batch.receipts = receipts.filter(there);
      batch.loads = loads.filter(there);
      batch.messages = messages.filter(there);
    }
    return batch.messages.length > 0;
  }

  #invoke(batch: Batch): void {
    const world = this.#world;
    if (!this.#stillThere(batch)) return this.#finished();
    if (this.fn.recursive(batch.loads)) {
      // R32: what a queue brought stays to the queue's own redrive policy.
      world.kernel.at(Math.max(batch.deadline, world.kernel.now), () => this.#finished());
      return;
    }
    this.metrics.InvokedEventCount += batch.messages.length;
    this.fn.invoke(
      {
        requestId: world.random("requestId").uuid(),
        source: this.queue.address,
        loads: batch.loads,
        payload: () => sqsEvent(this.queue.node, batch.messages, (message) => this.queue.idOf(message)),
        batch: true,
        asked: this.#partial,
      },
      (result) => this.#answered(batch, result),
    );
  }

  #answered(batch: Batch, result: InvocationResult): void {
    const world = this.#world;
    if (result.kind === "throttled") {
      this.#throttled(batch);
      return;
    }
    if (result.kind !== "success") {
      if (!this.#partial || world.deviates("mapping.partial-scales-down")) this.#pollers.backOff();
      this.#failed(
        batch,
        batch.messages.map((_, index) => index),
      );
      if (world.deviates("mapping.uses-async-nets")) this.#toAsyncNets(batch, result);
      this.#finished();
      return;
    }
    const response = readResponse(result.value, () => batch.loads.map((load) => load.identifier), world);
    const failed = (index: number): boolean =>
      response.kind === "all-failed" || (response.kind === "some-failed" && response.failed.has(index));
    const asked = this.#partial && !world.deviates("mapping.partial-ignored");
    const failures: number[] = [];
    for (const [index, message] of batch.messages.entries()) {
      const bad = failed(index) && (asked || response.kind !== "all-failed" || response.valid);
      if (bad && (asked || world.deviates("mapping.partial-always"))) {
        failures.push(index);
        continue;
      }
      // R67: a partial response that the mapping did not ask for is a success to it: what it names is deleted.
      if (bad) message.cargo.lose("dropped", "R67: reported as failed, and the mapping asks for no partial responses");
      else message.cargo.succeeded(this.fn.address);
      this.heldUp.release(groupOf(message));
      if (this.queue.delete(message, batch.receipts[index]!)) this.metrics.DeletedEventCount += 1;
    }
    this.#failed(batch, failures);
    this.#finished();
  }

  /** R62, R70: nothing is deleted; they come back when their visibility timeout ends. */
  #failed(batch: Batch, indexes: readonly number[]): void {
    this.metrics.FailedInvokeEventCount += indexes.length;
    for (const index of indexes) {
      const message = batch.messages[index]!;
      if (this.queue.node.fifo.value && message.state === "in-flight")
        this.heldUp.fail(groupOf(message), this.queue.waiting(groupOf(message)));
      if (this.#world.deviates("mapping.failed-visible-at-once")) {
        this.queue.release(message, batch.receipts[index]!);
      } else if (this.#world.deviates("mapping.failed-deleted")) {
        message.cargo.lose("dropped", "a departure from R62");
        this.queue.delete(message, batch.receipts[index]!);
      }
    }
  }

  #toAsyncNets(batch: Batch, last: Ended): void {
    for (const load of batch.loads) {
      const content = { text: () => load.text, payload: () => load.text, attributes: {} };
      const { queue, fn } = this;
      const cargo = load.cargo.fork();
      const common = {
        requestId: load.identifier,
        qualifier: "$LATEST",
        from: queue.address,
        acceptedAt: 0,
        errors: 1,
        invoked: 1,
        throttles: 0,
      };
      fn.asynchronous.giveUp({ cargo, content, load, last, ...common }, "RetriesExhausted", "a departure from R2");
    }
  }

  /** R64: the same batch again within its visibility timeout; then it is let go, for the next receive. */
  #throttled(batch: Batch): void {
    const { kernel, settings, deviates } = this.#world;
    if (deviates("mapping.throttled-deleted")) {
      for (const [index, message] of batch.messages.entries()) {
        message.cargo.lose("dropped", "a departure from R64");
        this.queue.delete(message, batch.receipts[index]!);
      }
      return this.#finished();
    }
    const delayMs = grown(settings.use("sqs.throttleDelay"), 2, batch.throttles);
    batch.throttles += 1;
    if (kernel.now + delayMs < batch.deadline && !deviates("mapping.throttled-let-go")) {
      kernel.after(delayMs, () => this.#invoke(batch));
      return;
    }
    if (deviates("mapping.throttles-uncounted")) for (const message of batch.messages) message.receives -= 1;
    kernel.at(Math.max(batch.deadline, kernel.now), () => this.#finished());
  }

  #finished(): void {
    this.#pollers.end();
    this.pump();
    // Another mapping may wait for what this one cannot take.
    if (this.queue.mappings.length > 1) this.queue.offer();
  }
}

function groupOf(message: Message): string {
  return message.groupId ?? "";
}

/** A message as a function sees it. */
class MessageLoad implements CargoLoad {
  readonly #queue: Queue;
  readonly #message: Message;

  constructor(queue: Queue, message: Message) {
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
