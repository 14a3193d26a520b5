/** How many batches of a queue's mapping may be on their way at a time (R63, R71, R72, R74). */
import type { MappingEdge } from "../../../topology/graph.ts";
import type { Timer } from "../../kernel/kernel.ts";
import type { World } from "../../world.ts";

/** R71. */
const firstConcurrency = 5;
const concurrencyPerMinute = 300;
const highestConcurrency = 1_250;
/** R74: concurrent invocations of one provisioned poller. */
const invocationsPerPoller = 10;

export class Pollers {
  readonly #world: World;
  readonly #settings: MappingEdge["settings"];
  readonly #pump: () => void;
  #inUse = 0;
  /** Concurrency at `#levelAt`; it grows from there while there is something to do. */
  #level: number;
  #levelAt = 0;
  #growth: Timer | undefined;
  #busyUntil = -1;

  /** @param pump is called when there may be one more. */
  constructor(world: World, settings: MappingEdge["settings"], pump: () => void) {
    this.#world = world;
    this.#settings = settings;
    this.#pump = pump;
    this.#level = this.#first();
  }

  /** Whether one more batch may be on its way. */
  get free(): boolean {
    return this.#inUse < this.#concurrency();
  }

  /** Whether no batch is on its way. */
  get idle(): boolean {
    return this.#inUse === 0;
  }

  /** A batch is on its way. */
  begin(): void {
    this.#inUse += 1;
  }

  /** A batch is done with. */
  end(): void {
    this.#inUse -= 1;
    this.#busyUntil = this.#world.kernel.now;
  }

  #first(): number {
    const provisioned = this.#settings.provisionedPollers.value;
    if (provisioned === null || this.#world.deviates("mapping.provisioned-ignored")) return firstConcurrency;
    return provisioned.minimumPollers * invocationsPerPoller;
  }

  #highest(): number {
    const { maximumConcurrency, provisionedPollers } = this.#settings;
    const provisioned = provisionedPollers.value;
    if (provisioned !== null && !this.#world.deviates("mapping.provisioned-ignored")) {
      return provisioned.maximumPollers * invocationsPerPoller;
    }
    if (this.#world.deviates("mapping.maximum-concurrency-ignored")) return highestConcurrency;
    return Math.min(maximumConcurrency.value ?? highestConcurrency, highestConcurrency);
  }

  #growthPerMinute(): number {
    if (this.#world.deviates("mapping.slow-growth")) return 60;
    if (this.#settings.provisionedPollers.value === null) return concurrencyPerMinute;
    return this.#world.settings.use("sqs.provisionedGrowth");
  }

  /** How many batches may be on their way now (R71, R72, R74). */
  #concurrency(): number {
    const added = ((this.#world.kernel.now - this.#levelAt) / 60_000) * this.#growthPerMinute();
    return Math.max(1, Math.min(Math.floor(this.#level + added + 1e-9), this.#highest()));
  }

  /** There is work again after there was none: R71, concurrency begins anew. */
  wake(): void {
    const { kernel, settings } = this.#world;
    const untouched = this.#levelAt === 0 && this.#level === this.#first();
    const idle = settings.peek("sqs.idleConcurrency");
    if (this.#busyUntil === kernel.now) return;
    this.#level = untouched || idle >= this.#first() ? this.#first() : settings.use("sqs.idleConcurrency");
    this.#levelAt = kernel.now;
  }

  /** There is more to do than may be on its way: pumps again once there may be one more. */
  planGrowth(): void {
    if (this.#growth?.run !== undefined || this.#concurrency() >= this.#highest()) return;
    const { kernel } = this.#world;
    const perMs = this.#growthPerMinute() / 60_000;
    const next = this.#levelAt + Math.ceil((this.#concurrency() + 1 - this.#level) / perMs);
    this.#growth = kernel.at(Math.max(next, kernel.now + 1), this.#pump);
  }

  /** R63: after a function error with fewer batches at a time, growing again from there. */
  backOff(): void {
    const { kernel, settings, deviates } = this.#world;
    if (deviates("mapping.no-back-off")) return;
    this.#level = Math.max(1, this.#concurrency() * settings.use("sqs.errorBackoff"));
    this.#levelAt = kernel.now;
  }
}
