/** A Lambda function: its concurrency, its invocations and its metrics. */
import type { FunctionNode } from "../../../topology/graph.ts";
import type { Chain } from "../../accounting/chain.ts";
import { UnknownReached } from "../../errors.ts";
import type {
  CargoLoad,
  FunctionMetrics,
  Invocable,
  Invocation,
  InvocationResult,
} from "../../functions/invocation.ts";
import { outcomeOf, readResponse } from "../../functions/response.ts";
import type { Answer, FunctionResult } from "../../functions/runner.ts";
import type { World } from "../../world.ts";
import type { Refusal } from "../content.ts";
import type { Handover } from "../handover.ts";
import type { Figures, Service } from "../service.ts";
import { AsyncQueue } from "./async-queue.ts";

export class LambdaFunction implements Service, Invocable {
  readonly node: FunctionNode;
  readonly metrics: FunctionMetrics = {
    Invocations: 0,
    Errors: 0,
    Throttles: 0,
    AsyncEventsReceived: 0,
    AsyncEventsDropped: 0,
    DestinationDeliveryFailures: 0,
    DeadLetterErrors: 0,
    RecursiveInvocationsDropped: 0,
  };
  readonly asynchronous: AsyncQueue;
  readonly #world: World;
  #running = 0;
  /** Invocations that have reached the function and not ended. */
  readonly #open = new Set<Invocation>();

  constructor(world: World, node: FunctionNode) {
    this.#world = world;
    this.node = node;
    this.asynchronous = new AsyncQueue(world, this);
  }

  get address(): string {
    return this.node.address;
  }

  figures(): Figures {
    return { ...this.metrics };
  }

  /** What reaches a function from a service, and no mapping, is an asynchronous invocation. */
  take({ cargo, content, qualifier, from }: Handover): Refusal | undefined {
    return this.asynchronous.accept(cargo, content, qualifier, from);
  }

  get timeoutMs(): number {
    return this.node.timeout.value * 1_000;
  }

  /** Reserved concurrency of 0: the function is switched off (R17). */
  get stopped(): boolean {
    return this.node.reservedConcurrentExecutions.value === 0;
  }

  /** The chain that an invocation by `loads` continues: one more of this function (R32). */
  chainAfter(loads: readonly CargoLoad[]): Chain {
    const chain = new Map<string, number>();
    for (const { cargo } of loads) {
      for (const [address, count] of cargo.chain ?? []) chain.set(address, Math.max(count, chain.get(address) ?? 0));
    }
    return chain.set(this.address, (chain.get(this.address) ?? 0) + 1);
  }

  /** Whether AWS's loop detection would stop an invocation by these (R32). */
  wouldLoop(loads: readonly Pick<CargoLoad, "cargo">[]): boolean {
    if (this.node.recursiveLoop.value === "Allow" || this.#world.deviates("recursion.undetected")) return false;
    let longest = 0;
    for (const { cargo } of loads) {
      const { chain } = cargo;
      if (chain !== undefined) longest = Math.max(longest, chain.get(this.address) ?? 0);
    }
    return longest >= 2 && longest >= this.#world.settings.use("recursion.limit");
  }

  /** Whether AWS's loop detection stops this invocation (R32): then it is counted. */
  recursive(loads: readonly CargoLoad[]): boolean {
    if (!this.wouldLoop(loads)) return false;
    this.metrics.RecursiveInvocationsDropped += 1;
    return true;
  }

  /**
   * Invokes the function. `done` is called when it is known what became of it: at once where it was throttled, or where
   * Lambda does not answer.
   * @throws {UnknownReached} where there is nothing that could run it.
   */
  invoke(invocation: Invocation, done: (result: InvocationResult) => void): void {
    const world = this.#world;
    const { kernel, faults } = world;
    const { address } = this;
    const order = kernel.order();
    const at = kernel.now;
    if (!world.runner.knows(address)) {
      throw new UnknownReached(
        `${address}: an event reaches it, and nothing says how it behaves: give it outcomes in the scenario ` +
          `("functions": { "${address}": { "outcomes": [] } } always succeeds)`,
      );
    }
    // R11, R92: what Lambda itself answers with an error is like a throttle, of which nobody counts or lists anything.
    if (faults.unavailable(address, at)) return done({ kind: "throttled" });
    if (faults.throttled(address, at) || !this.#enter()) return this.#throttled(invocation, at, order, done);
    const failing = faults.failing(address, at);
    const answer: Answer | Promise<Answer> = failing
      ? { kind: "ends", afterMs: failing.takesMs, result: failing.result }
      : world.runner.invoke({
          function: address,
          requestId: invocation.requestId,
          timeoutMs: this.timeoutMs,
          loads: invocation.loads,
          payload: invocation.payload,
          windowState: invocation.windowState,
        });
    kernel.answer(answer, (known) => {
      if (known.kind === "throttled") {
        this.#leave();
        this.#throttled(invocation, at, order, done);
        return;
      }
      this.metrics.Invocations += 1;
      this.#open.add(invocation);
      for (const { cargo } of invocation.loads) {
        cargo.attempted();
        cargo.hold();
        if (world.several) cargo.takenBy(address);
      }
      if (known.kind === "ends") {
        const late = known.afterMs > this.timeoutMs;
        kernel.after(Math.min(known.afterMs, this.timeoutMs), () =>
          this.#ended(invocation, at, order, late ? { kind: "timeout" } : known.result, done),
        );
        return;
      }
      let open = true;
      const end = (result: FunctionResult): void => {
        if (!open) return;
        open = false;
        kernel.cancel(timeout);
        this.#ended(invocation, at, order, result, done);
      };
      const timeout = kernel.after(this.timeoutMs, () => end({ kind: "timeout" }));
      known.onEnd(end);
    });
  }

  /** Takes a place for one execution: of the reserved ones, else of the account's unreserved ones. */
  #enter(): boolean {
    const reserved = this.node.reservedConcurrentExecutions.value;
    if (reserved !== null) {
      if (this.#running >= reserved) return false;
    } else if (!this.#world.unreserved.enter()) return false;
    this.#running += 1;
    return true;
  }

  #leave(): void {
    this.#running -= 1;
    if (this.node.reservedConcurrentExecutions.value === null) this.#world.unreserved.leave();
  }

  #throttled(invocation: Invocation, at: number, order: number, done: (result: InvocationResult) => void): void {
    this.metrics.Throttles += 1;
    if (this.#world.deviates("metrics.throttle-counts")) {
      this.metrics.Invocations += 1;
      this.metrics.Errors += 1;
    }
    this.#world.log.invocation(this.address, invocation, at, order, "throttled", 0);
    done({ kind: "throttled" });
  }

  #ended(
    invocation: Invocation,
    at: number,
    order: number,
    result: FunctionResult,
    done: (result: InvocationResult) => void,
  ): void {
    const { log, kernel } = this.#world;
    this.#leave();
    this.#open.delete(invocation);
    if (result.kind !== "success") this.metrics.Errors += 1;
    log.invocation(this.address, invocation, at, order, this.#outcome(invocation, result), kernel.now - at);
    done(result);
    for (const { cargo } of invocation.loads) cargo.release();
  }

  /** The run has ended. An invocation has its outcome when it ends: what is still running is no attempt yet. */
  settle(): void {
    const { settings } = this.#world;
    const count = this.#open.size;
    if (count === 0) return;
    this.metrics.Invocations -= count;
    for (const { loads } of this.#open) for (const { cargo } of loads) cargo.unattempted();
    const what = `${count} of its invocations ${count === 1 ? "was" : "were"} running when the run ended`;
    const why = "an invocation counts, and is listed, once it has ended; until then its events are pending";
    settings.assume(`${this.address}.running`, what, why);
  }

  #outcome(invocation: Invocation, result: FunctionResult): "success" | "error" | "timeout" | "partial" {
    if (result.kind === "timeout") return "timeout";
    if (result.kind !== "success") return "error";
    if (!invocation.batch) return "success";
    const identifiers = (): string[] => invocation.loads.map((load) => load.identifier);
    const response = readResponse(result.value, identifiers, this.#world);
    // R67: what is no such response at all is a plain success to a mapping that asks for none.
    if (invocation.asked !== true && response.kind === "all-failed" && !response.valid) return "success";
    return outcomeOf(response);
  }
}
