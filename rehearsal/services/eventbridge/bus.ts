/** An event bus: archives, and rules whose pattern an event matches. */
import type { BusNode } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import { UnknownReached } from "../../errors.ts";
import { cutLoop } from "../../settings.ts";
import type { World } from "../../world.ts";
import { type EventEnvelope, entryBytes, eventLimitBytes, type Refusal } from "../content.ts";
import { admits, edgesOf } from "../edges.ts";
import { matchesAt, patternOf } from "../filters.ts";
import type { Handover } from "../handover.ts";
import type { Service } from "../service.ts";

export class Bus implements Service {
  readonly node: BusNode;
  readonly #world: World;

  constructor(world: World, node: BusNode) {
    this.#world = world;
    this.node = node;
  }

  get address(): string {
    return this.node.address;
  }

  /** Something that has a form as an event is put: from another bus, a bucket, or as a destination. */
  take({ cargo, content, from }: Handover): Refusal | undefined {
    const envelope = content.envelope?.(this.node.arn);
    if (envelope === undefined) {
      return {
        code: "INVALID_PARAMETER",
        message: `${from} gives ${this.address} no event`,
        retriable: false,
        rule: "R42",
      };
    }
    const refusal = this.#refuses(envelope);
    if (refusal !== undefined) return refusal;
    const { kernel, settings } = this.#world;
    if (cargo.comesTo(this.address) > settings.peek("loop.limit")) {
      cargo.bind(this.address, null);
      cargo.lose("dropped", cutLoop(settings));
      cargo.end();
      return undefined;
    }
    kernel.after(0, () => this.#arrived(cargo, envelope));
    return undefined;
  }

  /** Why the bus does not take an event: it is too large for an entry of PutEvents. */
  #refuses(envelope: EventEnvelope): Refusal | undefined {
    const size = entryBytes(envelope);
    if (size <= eventLimitBytes) return undefined;
    const message = `${size} bytes for ${this.address}, at most ${eventLimitBytes}`;
    return { code: "INVALID_PARAMETER", message, retriable: false, rule: "PutEvents" };
  }

  /** An event of the scenario is put. */
  event(cargo: Cargo, envelope: EventEnvelope): Refusal | undefined {
    const refusal = this.#refuses(envelope);
    if (refusal === undefined) this.#arrived(cargo, envelope);
    return refusal;
  }

  /** An event is on the bus: it goes to every rule that wants it. */
  #arrived(cargo: Cargo, envelope: EventEnvelope): void {
    const world = this.#world;
    // R32: AWS's loop detection does not follow events through EventBridge.
    cargo.cross(this.address);
    this.#archive(cargo, envelope);
    const rules: Service[] = [];
    for (const edge of edgesOf(world, this.address, "rule")) {
      const rule = edge.to === null ? undefined : world.services.get(edge.to);
      if (rule?.node.kind !== "rule" || !rule.node.enabled.value) continue;
      const pattern = patternOf(rule.node);
      if (pattern !== null && matchesAt(rule.address, pattern, envelope) && admits(world, edge, "R45") === undefined)
        rules.push(rule);
    }
    if (rules.length === 0) {
      for (const item of cargo.items) item.endedAt = world.kernel.now;
      if (cargo.inNet) cargo.lose("dropped", `H72: no rule of ${this.address} wants it`);
      cargo.end();
      return;
    }
    const cargoes = rules.map((_, index) => (index === 0 ? cargo : cargo.branch()));
    for (const [index, rule] of rules.entries()) rule.event?.(cargoes[index]!, envelope);
  }

  #archive(cargo: Cargo, envelope: EventEnvelope): void {
    // The result of a success is not the event.
    if (cargo.role === "result") return;
    for (const archive of this.node.archives) {
      const { eventPattern } = archive;
      if (eventPattern.from === "unknown") {
        throw new UnknownReached(`${archive.address}: an event reaches it, and its pattern is not known yet`);
      }
      if (eventPattern.value !== null && !matchesAt(archive.address, eventPattern.value, envelope)) continue;
      const { log, kernel } = this.#world;
      const days = archive.retentionDays.value;
      const until = days === 0 ? Number.POSITIVE_INFINITY : kernel.now + days * 86_400_000;
      cargo.archivedAt(archive.address, until);
      log.delivery(log.prepare(cargo), kernel.now, archive.address, "archive", JSON.stringify(envelope), {});
    }
  }
}
