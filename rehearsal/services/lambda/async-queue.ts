/**
 * The queue behind a function's asynchronous invocations (R7–R33).
 *
 * accepted → invoked → success: on-success destination
 *                    → function error: again after 1 min, 2 min, while attempts and age last (R8, R10, R15)
 *                    → throttled, or Lambda unavailable: again after 1 s, doubling to 5 min, while age lasts (R11)
 *                    → given up: on-failure destination and dead-letter queue, both (R24)
 */
import type { AsyncSettings } from "../../../topology/graph.ts";
import { Cargo } from "../../accounting/cargo.ts";
import type { CargoLoad, Ended, Invocable, InvocationResult } from "../../functions/invocation.ts";
import { grown } from "../../kernel/arithmetic.ts";
import {
  type AsyncCondition,
  type AsyncInvocation,
  asyncObjectKey,
  asyncRecord,
  deadLetterAttributes,
} from "../../records/async-record.ts";
import { cutLoop } from "../../settings.ts";
import type { World } from "../../world.ts";
import { bytesOf, type Content, jsonContent, type Refusal } from "../content.ts";
import { edgesOf } from "../edges.ts";
import { giveToNet } from "../net.ts";

/** R7: 1 MB since October 2025. */
const payloadLimitBytes = 1_048_576;
/** R11. */
const throttleDelayMs = 1_000;
const throttleDelayLimitMs = 300_000;
/** R10: a minute more before each retry. */
const retryDelayMs = 60_000;

/** An event in the queue. */
export interface AsyncEvent extends AsyncInvocation {
  readonly cargo: Cargo;
  readonly content: Content;
  readonly load: CargoLoad;
  readonly requestId: string;
  readonly qualifier: string;
  readonly from: string;
  readonly acceptedAt: number;
  /** Function errors, which retries are counted by (R8). */
  errors: number;
  /** Invocations that reached the function. */
  invoked: number;
  throttles: number;
  last: Ended | undefined;
}

export class AsyncQueue {
  readonly #world: World;
  readonly #fn: Invocable;

  constructor(world: World, fn: Invocable) {
    this.#world = world;
    this.#fn = fn;
  }

  /** The settings under the qualifier that was invoked (R19); a qualifier without any has AWS's defaults. */
  #settings(
    qualifier: string,
  ): Pick<AsyncSettings, "qualifier"> & { readonly retries: number; readonly ageMs: number } {
    const wanted = this.#world.deviates("async.qualifier-ignored") ? "$LATEST" : qualifier;
    const found = this.#fn.node.asyncSettings.find((settings) => settings.qualifier === wanted);
    return {
      qualifier: wanted,
      retries: found?.maximumRetryAttempts.value ?? 2,
      ageMs: (found?.maximumEventAgeInSeconds.value ?? 21_600) * 1_000,
    };
  }

  /** Takes an event: 202 to whoever sent it, who hears no more of it (R1). */
  accept(cargo: Cargo, content: Content, qualifier: string, from: string): Refusal | undefined {
    const world = this.#world;
    const { kernel } = world;
    if (world.deviates("async.source-sees-throttles") && world.faults.throttled(this.#fn.address, kernel.now)) {
      return { code: "INTERNAL_ERROR", message: "Rate exceeded", retriable: true, rule: "R1" };
    }
    const text = JSON.stringify(content.payload());
    const limit = world.deviates("async.payload-256-kb") ? 262_144 : payloadLimitBytes;
    if (bytesOf(text) > limit) {
      const message = `${bytesOf(text)} bytes for an asynchronous invocation of ${this.#fn.address}, at most ${limit}`;
      return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R7" };
    }
    cargo.bind(this.#fn.address, this.#fn.address);
    this.#fn.metrics.AsyncEventsReceived += 1;
    if (cargo.comesTo(this.#fn.address) > world.settings.peek("loop.limit")) {
      kernel.after(0, () => this.#cut(cargo));
      return undefined;
    }
    this.#start(cargo, content, text, qualifier, from);
    const duplicates = world.settings.peek("async.duplicates");
    if (duplicates > 0 && !world.deviates("async.exactly-once")) {
      // R33: the queue is eventually consistent.
      if (world.random("async.duplicates").fraction() < world.settings.use("async.duplicates")) {
        this.#start(cargo.fork(), content, text, qualifier, from);
      }
    }
    return undefined;
  }

  #start(cargo: Cargo, content: Content, text: string, qualifier: string, from: string): void {
    const event: AsyncEvent = {
      cargo,
      content,
      load: { cargo, text, identifier: "" },
      requestId: this.#world.random("requestId").uuid(),
      qualifier,
      from,
      acceptedAt: this.#world.kernel.now,
      errors: 0,
      invoked: 0,
      throttles: 0,
      last: undefined,
    };
    this.#world.kernel.after(0, () => this.#attempt(event));
  }

  #attempt(event: AsyncEvent): void {
    const world = this.#world;
    const fn = this.#fn;
    // Before all else: what gives the event up might give it to this function once more.
    if (fn.recursive([event.load])) {
      this.giveUp(event, "RecursiveInvocationsDropped", "R32: stopped by recursive loop detection");
      return;
    }
    // R17: no concurrency at all: not even tried.
    if (fn.stopped && !world.deviates("async.zero-concurrency-retries")) {
      const condition = world.deviates("async.zero-concurrency-exhausts")
        ? "RetriesExhausted"
        : "ZeroReservedConcurrency";
      this.giveUp(event, condition, "R17: reserved concurrency is 0");
      return;
    }
    const requestId = world.deviates("async.request-id-per-attempt")
      ? world.random("requestId").uuid()
      : event.requestId;
    fn.invoke(
      { requestId, source: event.from, loads: [event.load], payload: event.content.payload, batch: false },
      (result) => this.#answered(event, result),
    );
  }

  /** A loop that AWS does not detect ends here, past all nets: they are part of the loop. */
  #cut(cargo: Cargo): void {
    this.#fn.metrics.AsyncEventsDropped += 1;
    cargo.lose("dropped", cutLoop(this.#world.settings));
    cargo.end();
  }

  #answered(event: AsyncEvent, result: InvocationResult): void {
    if (result.kind === "throttled") {
      this.#throttled(event);
      return;
    }
    event.invoked += 1;
    event.last = result;
    if (result.kind === "success") this.#succeeded(event);
    else this.#failed(event);
  }

  /** R8, R10, R15: function errors use up attempts; the next wait must fit into the age. */
  #failed(event: AsyncEvent): void {
    const world = this.#world;
    const { kernel } = world;
    const { retries, ageMs } = this.#settings(event.qualifier);
    event.errors += 1;
    if (event.errors > retries && !world.deviates("async.retries-unbounded")) {
      this.giveUp(event, "RetriesExhausted", `R16: given up after ${event.errors} attempts`);
      return;
    }
    const delayMs = retryDelayMs * (world.deviates("async.retry-delay-flat") ? 1 : event.errors);
    const until = event.acceptedAt + ageMs;
    const ahead = world.deviates("async.no-look-ahead") ? kernel.now : kernel.now + delayMs;
    if (ahead >= until && !world.deviates("async.age-ignored")) {
      this.giveUp(event, "EventAgeExceeded", `R15: the next retry would be past the maximum age of ${ageMs / 1_000} s`);
      return;
    }
    kernel.after(delayMs, () => this.#attempt(event));
  }

  /** R11: throttles are bounded by the age alone; the wait ends early when the event's age does. */
  #throttled(event: AsyncEvent): void {
    const world = this.#world;
    const { kernel, settings } = world;
    const { ageMs } = this.#settings(event.qualifier);
    if (world.deviates("async.throttle-counts")) {
      this.#failed(event);
      return;
    }
    const factor = world.deviates("async.throttle-delay-flat") ? 1 : settings.use("async.throttleBase");
    const delayMs = Math.round(grown(throttleDelayMs, factor, event.throttles, throttleDelayLimitMs));
    event.throttles += 1;
    const until = event.acceptedAt + ageMs;
    if (
      world.deviates("async.age-needs-attempt") ||
      world.deviates("async.age-ignored") ||
      kernel.now + delayMs < until
    ) {
      kernel.after(delayMs, () => this.#attempt(event));
      return;
    }
    kernel.at(Math.max(until, kernel.now), () =>
      this.giveUp(
        event,
        "EventAgeExceeded",
        `R11: throttled, or Lambda unavailable, until the maximum age of ${ageMs / 1_000} s`,
      ),
    );
  }

  #succeeded(event: AsyncEvent): void {
    const { cargo } = event;
    cargo.succeeded(this.#fn.address);
    const { qualifier } = this.#settings(event.qualifier);
    const edges = edgesOf(this.#world, this.#fn.address, "on-success").filter(
      (edge) => edge.of === "function" && edge.fromQualifier === qualifier,
    );
    for (const edge of edges) this.#toDestination(event, edge, "on-success-destination", "Success");
    cargo.end();
  }

  /** R16, R17, R24, R25: to the on-failure destination and to the dead-letter queue; else it is gone. */
  giveUp(event: AsyncEvent, condition: AsyncCondition, why: string): void {
    const world = this.#world;
    const { cargo } = event;
    const { metrics } = this.#fn;
    const { qualifier } = this.#settings(event.qualifier);
    const failures = edgesOf(world, this.#fn.address, "on-failure").filter(
      (edge) => edge.of === "function" && edge.fromQualifier === qualifier,
    );
    // R26: the dead-letter queue is the function's, whatever version was invoked.
    const letters = edgesOf(world, this.#fn.address, "dead-letter").filter(
      (edge) =>
        edge.of === "function" && (!world.deviates("async.dead-letter-of-latest") || event.qualifier === "$LATEST"),
    );
    if (!(world.deviates("metrics.only-lost-dropped") && failures.length + letters.length > 0)) {
      metrics.AsyncEventsDropped += 1;
    }
    cargo.lose(condition === "EventAgeExceeded" ? "expired" : "dropped", why);
    for (const edge of failures) this.#toDestination(event, edge, "on-failure-destination", condition);
    for (const edge of world.deviates("async.one-net") && failures.length > 0 ? [] : letters) {
      const copy = cargo.fork();
      copy.toNet();
      copy.chain = this.#fn.chainAfter([event.load]);
      const attributes = deadLetterAttributes(this.#fn.node, event);
      const content = world.deviates("dead-letter.record-body")
        ? jsonContent(() => asyncRecord(world, this.#fn.node, event, condition))
        : { ...event.content, text: () => event.load.text, attributes };
      const refusal = giveToNet(world, edge, "function-dead-letter", copy, content, {
        from: this.#fn.address,
        standardOnly: true,
      });
      if (refusal !== undefined) {
        if (!world.deviates("async.net-failures-uncounted")) metrics.DeadLetterErrors += 1;
        copy.lose("dropped", `R25: ${refusal.message}`);
        copy.end();
      }
    }
    cargo.end();
  }

  /**
   * R21: buckets are for failures only. R32: what was stopped as a loop does not go to a function for which it would be one too.
   */
  #refused(edge: Parameters<typeof giveToNet>[1], condition: AsyncCondition, copy: Cargo): Refusal | undefined {
    const target = edge.to === null ? undefined : this.#world.services.get(edge.to);
    if (condition === "Success" && target?.node.kind === "bucket") {
      return { code: "INVALID_PARAMETER", message: `${edge.to} takes failures only`, retriable: false, rule: "R21" };
    }
    if (condition !== "RecursiveInvocationsDropped" || target === undefined) return undefined;
    if (target.wouldLoop?.([{ cargo: copy }]) !== true) return undefined;
    const message = `${target.address} is part of the loop that was stopped`;
    return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R32" };
  }

  #toDestination(
    event: AsyncEvent,
    edge: Parameters<typeof giveToNet>[1],
    via: "on-failure-destination" | "on-success-destination",
    condition: AsyncCondition,
  ): void {
    const world = this.#world;
    const { cargo } = event;
    const chain = this.#fn.chainAfter([event.load]);
    const copy = via === "on-success-destination" ? cargo.result(edge.id, chain) : Cargo.record([cargo], chain);
    const record = (): ReturnType<typeof asyncRecord> => asyncRecord(world, this.#fn.node, event, condition);
    const refusal =
      this.#refused(edge, condition, copy) ??
      giveToNet(world, edge, via, copy, jsonContent(record), {
        from: this.#fn.address,
        standardOnly: !world.deviates("async.fifo-destination"),
        payloadDropped: () => {
          const { requestPayload: _request, responsePayload: _response, ...rest } = record();
          return jsonContent(() => rest);
        },
        detailType: `Lambda Function Invocation Result - ${condition === "Success" ? "Success" : "Failure"}`,
        objectKey: () => asyncObjectKey(world, this.#fn.node),
      });
    if (refusal === undefined) return;
    if (!world.deviates("async.net-failures-uncounted")) this.#fn.metrics.DestinationDeliveryFailures += 1;
    copy.lose("dropped", `${refusal.rule}: ${refusal.message}`);
    copy.end();
  }
}
