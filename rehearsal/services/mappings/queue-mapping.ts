/**
 * An event source mapping on a queue: Lambda's pollers (R54–R85).
 *
 * receive → invoke → success: delete                          (R62)
 *                  → partial response: delete the others      (R70)
 *                  → function error: visible at the deadline  (R62)
 *                  → throttled: again after 1 s, doubling, until the deadline, then let go (R64)
 */
import type { MappingEdge } from "../../../topology/graph.ts";
import { permissionOf } from "../../../topology/graph.ts";
import type { Ended, Invocable, InvocationResult } from "../../functions/invocation.ts";
import { readResponse } from "../../functions/response.ts";
import { grown } from "../../kernel/arithmetic.ts";
import type { Timer } from "../../kernel/kernel.ts";
import { sqsEvent } from "../../records/events.ts";
import type { World } from "../../world.ts";
import { passesFilters } from "../filters.ts";
import { HeldUp } from "../held-up.ts";
import type { AsyncQueue } from "../lambda/async-queue.ts";
import type { Message } from "../sqs/message.ts";
import type { Queue, QueueReader } from "../sqs/queue.ts";
import { Gathering } from "./gathering.ts";
import { Pollers } from "./pollers.ts";
import { batchOf, type QueueBatch, stillThere } from "./queue-batch.ts";
import { Reception } from "./reception.ts";

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
  readonly #partial: boolean;
  readonly #active: boolean;
  readonly #pollers: Pollers;
  readonly #reception: Reception;
  readonly #gathering: Gathering;
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
    this.#partial = settings.functionResponseTypes.value.includes("ReportBatchItemFailures");
    this.#active =
      settings.enabled.value && (permissionOf(edge) !== "missing" || world.deviates("permissions.ignored"));
    this.#reception = new Reception(world, settings, queue, fn.timeoutMs);
    this.#gathering = new Gathering(world, this, this.#reception, (messages) => this.#start(messages));
    this.#pollers = new Pollers(world, edge.settings, () => this.pump());
    queue.mappings.push(this);
  }

  get address(): string {
    return this.edge.address;
  }

  /** Receives and invokes as much as concurrency and queue allow. */
  pump(): void {
    if (!this.#active || this.#outage()) return;
    if (this.#pollers.idle && this.#gathering.empty && this.queue.available > 0) this.#pollers.wake();
    while (this.#pollers.free && this.queue.available > 0) {
      if (this.#reception.windowMs > 0) {
        if (!this.#gathering.gather()) return;
        continue;
      }
      const messages = this.#reception.receive();
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

  #start(messages: readonly Message[]): void {
    const world = this.#world;
    this.metrics.PolledEventCount += messages.length;
    const { value: filters, from } = this.edge.settings.filterCriteria;
    const wanted =
      filters.length === 0 && from !== "unknown" ? messages : messages.filter((message) => this.#wants(message));
    if (wanted.length === 0) return;
    const source = world.settings;
    if (wanted.length > 1 && source.peek("sqs.lowTrafficWait") > 0) source.use("sqs.lowTrafficWait");
    this.#pollers.begin();
    this.#invoke(batchOf(this.queue, wanted));
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

  #invoke(batch: QueueBatch): void {
    const world = this.#world;
    if (!stillThere(batch)) return this.#finished();
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

  #answered(batch: QueueBatch, result: InvocationResult): void {
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
  #failed(batch: QueueBatch, indexes: readonly number[]): void {
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

  #toAsyncNets(batch: QueueBatch, last: Ended): void {
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
  #throttled(batch: QueueBatch): void {
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
