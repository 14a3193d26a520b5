/**
 * EventBridge rules and Scheduler schedules: what brings an event to targets (R34–R47).
 *
 * A target that takes the event (a function's asynchronous queue answers 202) ends the delivery (R35). One that does
 * not answer is tried again; one that refuses is not (R36). Given up: to the target's dead-letter queue (R39–R41).
 */
import type { RuleNode, ScheduleNode, TargetEdge } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import { grown } from "../../kernel/arithmetic.ts";
import { isoSeconds } from "../../kernel/time.ts";
import type { World } from "../../world.ts";
import {
  type Attributes,
  type Content,
  type EventEnvelope,
  jsonContent,
  type Refusal,
  stringAttribute,
} from "../content.ts";
import { deliver, type GivenUp } from "../delivery.ts";
import { consumersOf, waitsFor } from "../downstream.ts";
import { admits, edgesOf, endOf, handOver, netsOf } from "../edges.ts";
import { giveToNet } from "../net.ts";
import { elsewhere, placeOf } from "../place.ts";
import type { Figures, Service } from "../service.ts";
import { type Attempt, contentOf, knownEvent, ungrouped } from "./target-content.ts";
import { refusesTarget } from "./target-refusals.ts";

export class Rule implements Service {
  readonly node: RuleNode | ScheduleNode;
  readonly #world: World;
  readonly metrics = {
    Invocations: 0,
    InvocationAttempts: 0,
    SuccessfulInvocationAttempts: 0,
    RetryInvocationAttempts: 0,
    FailedInvocations: 0,
    InvocationsSentToDlq: 0,
    InvocationsFailedToBeSentToDlq: 0,
  };

  constructor(world: World, node: RuleNode | ScheduleNode) {
    this.#world = world;
    this.node = node;
  }

  get address(): string {
    return this.node.address;
  }

  figures(): Figures {
    return { ...this.metrics };
  }

  /** Only a bus brings events to a rule. */
  take(): Refusal {
    return { code: "INVALID_PARAMETER", message: `${this.address} takes no events`, retriable: false, rule: "R42" };
  }

  /** A schedule, or a scheduled rule, fires. */
  fire(cargo: Cargo): void {
    const { now } = this.#world.kernel;
    const { region, account } = placeOf(this.node);
    const envelope: EventEnvelope = {
      version: "0",
      id: this.#world.random("eventbridge.id").uuid(),
      "detail-type": "Scheduled Event",
      source: this.node.kind === "schedule" ? "aws.scheduler" : "aws.events",
      account,
      time: isoSeconds(now),
      region,
      resources: [this.node.arn],
      // Scheduler has a text there, as events that functions and topics were given show.
      detail: this.node.kind === "schedule" ? "{}" : {},
    };
    this.event(cargo, envelope);
  }

  /** Delivers an event to every target. The cargo goes on with them, or ends. */
  event(cargo: Cargo, envelope: EventEnvelope): undefined {
    const { faults, kernel } = this.#world;
    const answersAt = faults.availableAt(this.address, kernel.now);
    if (answersAt > kernel.now) {
      kernel.at(answersAt, () => this.event(cargo, envelope));
      return;
    }
    const targets = this.node.enabled.value ? edgesOf(this.#world, this.address, "target") : [];
    if (targets.length === 0) {
      for (const item of cargo.items) item.endedAt = this.#world.kernel.now;
      if (cargo.inNet) cargo.lose("dropped", "H72: the rule has no target");
      cargo.end();
      return;
    }
    const cargoes = targets.map((_, index) => (index === 0 ? cargo : cargo.branch()));
    for (const [index, edge] of targets.entries()) this.#deliver(edge, cargoes[index]!, envelope);
  }

  #deliver(edge: TargetEdge, cargo: Cargo, envelope: EventEnvelope): void {
    const world = this.#world;
    const { metrics } = this;
    const firedAt = world.kernel.now;
    const end = endOf(world, edge);
    let attempt = this.#attempt(edge, end, envelope, firedAt);
    metrics.Invocations += 1;
    const unlimited = world.deviates("rule.no-retry-policy");
    const limit = unlimited ? 185 : edge.settings.maximumRetryAttempts.value;
    deliver(world, {
      cargo,
      attempt: () => {
        attempt = this.#attempt(edge, end, envelope, firedAt, attempt.number + 1);
        const qualifier = edge.qualifier ?? "$LATEST";
        const refusal =
          refusesTarget(world, attempt) ??
          admits(world, edge, "R36") ??
          this.#thirdHop(edge) ??
          handOver(world, end, { cargo, content: contentOf(world, attempt), qualifier, from: this.address });
        if (refusal === undefined) metrics.SuccessfulInvocationAttempts += 1;
        return refusal;
      },
      attempted: (retry) => {
        metrics.InvocationAttempts += 1;
        if (retry) metrics.RetryInvocationAttempts += 1;
      },
      delayMs: (retry) => (retry > limit ? undefined : this.#delayMs(retry)),
      maximumAgeMs: (unlimited ? 86_400 : edge.settings.maximumEventAgeInSeconds.value) * 1_000,
      givenUp: (outcome) => this.#givenUp(cargo, attempt, outcome),
      waits: () => waitsFor(world, cargo, edge.to),
    });
  }

  #attempt(edge: TargetEdge, { node: end }: Service, envelope: EventEnvelope, firedAt: number, number = 0): Attempt {
    let id: string | undefined;
    const executionId = (): string => (id ??= this.#world.random("schedule.execution").uuid());
    return { edge, source: this.node, end, envelope, firedAt, number, executionId };
  }

  /** R34: exponential, with jitter; AWS documents no figures. */
  #delayMs(retry: number): number {
    const { settings, random } = this.#world;
    const full = grown(
      settings.use("eventbridge.retryDelay"),
      2,
      retry - 1,
      settings.peek("eventbridge.retryDelayLimit"),
    );
    return Math.round(full * (1 - settings.peek("eventbridge.jitter") * random("eventbridge.jitter").fraction()));
  }

  /** R45: an event crosses from one account or Region to another once; a bus in a third refuses it. */
  #thirdHop(edge: TargetEdge): ReturnType<typeof admits> {
    const world = this.#world;
    const target = edge.to === null ? undefined : world.nodeAt(edge.to);
    if (target?.kind !== "bus" || world.deviates("bus.any-hops")) return undefined;
    const bus = world.graph.edges.find((other) => other.kind === "rule" && other.to === this.address);
    const own = bus === undefined ? undefined : world.nodeAt(bus.from);
    if (own === undefined || placeOf(own).account === placeOf(target).account) return undefined;
    const cameFrom = world.graph.edges.some((other) => {
      if (other.kind !== "target" || other.to !== own.address) return false;
      const rule = world.nodeAt(other.from);
      return rule !== undefined && placeOf(rule).account !== placeOf(own).account;
    });
    if (!cameFrom) return undefined;
    const message = `${target.address} is in a third account`;
    return { code: "THIRD_ACCOUNT_HOP_DETECTED", message, retriable: false, rule: "R45" };
  }

  /** R36, R37, R39–R41, R47: to the target's dead-letter queue, or gone. */
  #givenUp(cargo: Cargo, attempt: Attempt, outcome: GivenUp): void {
    const { edge } = attempt;
    const world = this.#world;
    const { metrics } = this;
    metrics.FailedInvocations += 1;
    const { refusal, exhausted } = outcome;
    // An on-success record that nobody gets has no account.
    if (cargo.role === "event")
      cargo.bindAll(consumersOf(world, edge.to, knownEvent(world, attempt)), edge.to ?? edge.id);
    const why =
      exhausted === undefined ? `${refusal.rule}: ${refusal.message}` : `R34: ${exhausted} reached, ${refusal.message}`;
    cargo.lose(exhausted === "MaximumEventAgeInSeconds" ? "expired" : "dropped", why);
    const [net] = world.deviates("rule.no-dead-letter") ? [] : netsOf(world, edge.id, "target", "dead-letter");
    if (net !== undefined) {
      const copy = cargo.toCatch();
      const attributes = this.#attributes(attempt, outcome);
      const away = world.deviates("rule.dead-letter-anywhere")
        ? undefined
        : elsewhere(world.nodeAt(net.to ?? ""), this.node, "Region");
      const failed: ReturnType<typeof giveToNet> =
        away !== undefined
          ? { code: "INVALID_PARAMETER", message: away, retriable: false, rule: "R39" }
          : giveToNet(
              world,
              net,
              "target-dead-letter",
              copy,
              { ...this.#letter(attempt), attributes },
              { from: this.address, standardOnly: true },
            );
      if (failed === undefined) metrics.InvocationsSentToDlq += 1;
      else {
        metrics.InvocationsFailedToBeSentToDlq += 1;
        copy.lose("dropped", `R40: ${failed.message}`);
        copy.end();
      }
    }
    cargo.end();
  }

  /** R41: the event as it was, whatever the target would have been given of it; Scheduler has only what it gives. */
  #letter(attempt: Attempt): Content {
    const content = ungrouped(this.#world, attempt);
    return this.node.kind === "schedule" ? content : { ...content, ...jsonContent(() => attempt.envelope) };
  }

  #attributes({ edge, firedAt, executionId }: Attempt, outcome: GivenUp): Attributes {
    const world = this.#world;
    if (world.deviates("rule.bare-dead-letter")) return {};
    const { refusal, retries, exhausted } = outcome;
    const schedule = this.node.kind === "schedule";
    const target = world.nodeAt(edge.to ?? "")?.arn ?? "";
    const condition: Attributes =
      exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: stringAttribute(exhausted) };
    const common: Attributes = {
      ERROR_CODE: stringAttribute(world.deviates("rule.unknown-error-code") ? "UNKNOWN" : refusal.code),
      ERROR_MESSAGE: stringAttribute(refusal.message),
      ...condition,
      RETRY_ATTEMPTS: stringAttribute(String(retries)),
      TARGET_ARN: stringAttribute(target),
    };
    if (!schedule) return { RULE_ARN: stringAttribute(this.node.arn), ...common };
    return {
      ...common,
      EXECUTION_ID: stringAttribute(executionId()),
      IS_PAYLOAD_TRUNCATED: stringAttribute("false"),
      SCHEDULE_ARN: stringAttribute(this.node.arn),
      SCHEDULED_TIME: stringAttribute(isoSeconds(firedAt)),
    };
  }
}
