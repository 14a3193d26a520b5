/** What a queue moves to its dead-letter queue (R60, R119, R122). */
import type { EdgeOf } from "../../../topology/graph.ts";
import type { World } from "../../world.ts";
import { type Content, decode } from "../content.ts";
import { admits, endOf } from "../edges.ts";
import type { Service } from "../service.ts";
import type { Message, MessageQueue, MovedFrom } from "./message.ts";

export class Redrive {
  readonly #world: World;
  readonly #from: MovedFrom & Pick<MessageQueue, "retentionMs">;
  readonly #leave: (message: Message) => void;

  /** @param leave takes a message out of its queue. */
  constructor(world: World, from: MovedFrom & Pick<MessageQueue, "retentionMs">, leave: (message: Message) => void) {
    this.#world = world;
    this.#from = from;
    this.#leave = leave;
  }

  /** For how long the dead-letter queue does not answer: what is to be moved there waits, and is received by nobody. */
  outageMs({ to }: EdgeOf<"redrive">): number {
    const { faults, kernel } = this.#world;
    return to === null ? 0 : faults.availableAt(to, kernel.now) - kernel.now;
  }

  /** R60, R119, R122: moves a message that `take` gave to the dead-letter queue; false where that queue takes none. */
  move(message: Message, edge: EdgeOf<"redrive">): boolean {
    const world = this.#world;
    const target = endOf(world, edge);
    if (target.node.kind === "external") return this.#moveOut(message, edge, target);
    if (admits(world, edge, "R122") !== undefined) return false;
    const { queue } = target;
    if (queue?.admitsFrom(this.#from.node) !== true) return false;
    if (this.#from.node.fifo.value !== queue.node.fifo.value && !world.deviates("redrive.any-type")) return false;
    this.#leave(message);
    if (this.#circles(message, queue)) return true;
    const row = world.log.prepare(message.cargo);
    message.cargo.toNet();
    message.cargo.rest(queue.address);
    queue.moveIn(message, this.#from);
    world.log.delivery(row, world.kernel.now, target.address, "redrive-policy", message.text, message.attributes);
    return true;
  }

  /** A dead-letter queue outside the configuration keeps what it gets. */
  #moveOut(message: Message, edge: EdgeOf<"redrive">, target: Service): boolean {
    const world = this.#world;
    if (admits(world, edge, "R122") !== undefined) return false;
    this.#leave(message);
    const row = world.log.prepare(message.cargo);
    message.cargo.toNet();
    const { cargo, text, attributes } = message;
    const content: Content = { text: () => text, payload: () => decode(text), attributes };
    target.take({ cargo, content, qualifier: "$LATEST", from: this.#from.address });
    world.log.delivery(row, world.kernel.now, target.address, "redrive-policy", message.text, message.attributes);
    return true;
  }

  /**
   * A circle of dead-letter queues, each of which finds the message received too often: it goes round, unread, until the
   * shorter retention ends (R60, R119: the receive count is never lowered, R120: nor the retention begun anew).
   */
  #circles(message: Message, target: MessageQueue): boolean {
    const { kernel } = this.#world;
    const { cargo, moves } = message;
    if (moves === undefined || moves.at !== kernel.now || !moves.from.includes(target.address)) return false;
    cargo.unrest();
    this.#world.settings.assume(
      `${this.#from.address}.circle`,
      `goes round with ${target.address} until its retention ends`,
      "the moves of a message between dead-letter queues that only move it on are not played one by one (R60, R120)",
    );
    const retentionMs = Math.min(this.#from.retentionMs, target.retentionMs);
    kernel.at(Math.max(message.enqueuedAt + retentionMs, kernel.now), () => {
      cargo.lose(
        "expired",
        `R59: it went round between ${this.#from.address} and ${target.address} until its retention ran out`,
      );
      cargo.end();
    });
    return true;
  }
}
