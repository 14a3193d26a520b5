/** Delivery with retries, as EventBridge, Scheduler and SNS do it: attempts until a service takes what it is given. */
import type { Cargo } from "../accounting/cargo.ts";
import type { World } from "../world.ts";
import type { Refusal } from "./content.ts";

/** What a delivery came to when it was given up. */
export interface GivenUp {
  readonly refusal: Refusal;
  /** Retries that were made. */
  readonly retries: number;
  /** Which limit ended them; undefined: it was not retried (R36, R49). */
  readonly exhausted: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds" | undefined;
}

export interface DeliveryPlan {
  readonly cargo: Cargo;
  readonly attempt: () => Refusal | undefined;
  /** Milliseconds before retry n (from 1); undefined: there is none. */
  readonly delayMs: (retry: number) => number | undefined;
  /** Counted from the first attempt. */
  readonly maximumAgeMs: number;
  readonly givenUp: (outcome: GivenUp) => void;
  /** Called before each wait. */
  readonly waits: () => void;
  /** Called at the end, after what was given up has gone where it goes. */
  readonly ended?: () => void;
  /** Called for each attempt. */
  readonly attempted?: (retry: boolean) => void;
}

/** Delivers now, and again after retriable refusals. */
export function deliver(world: World, plan: DeliveryPlan): void {
  const startedAt = world.kernel.now;
  const giveUp = (outcome: GivenUp): void => {
    plan.givenUp(outcome);
    plan.ended?.();
  };
  const attempt = (retries: number): void => {
    plan.attempted?.(retries > 0);
    const refusal = plan.attempt();
    if (refusal === undefined) return plan.ended?.();
    if (!refusal.retriable && !world.deviates("delivery.retries-everything")) {
      giveUp({ refusal, retries, exhausted: undefined });
      return;
    }
    const delayMs = plan.delayMs(retries + 1);
    if (delayMs === undefined) {
      giveUp({ refusal, retries, exhausted: "MaximumRetryAttempts" });
      return;
    }
    plan.waits();
    const { now } = world.kernel;
    const end = startedAt + plan.maximumAgeMs;
    if (now + delayMs < end) world.kernel.after(delayMs, () => attempt(retries + 1));
    else {
      const exhausted = "MaximumEventAgeInSeconds";
      world.kernel.at(Math.max(end, now), () => giveUp({ refusal, retries, exhausted }));
    }
  };
  attempt(0);
}
