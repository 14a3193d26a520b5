/** An end that the rehearsal does not play: what reaches it is with somebody else. */
import type { ExternalNode } from "../../topology/graph.ts";
import type { World } from "../world.ts";
import { overfull, type Refusal } from "./content.ts";
import type { Handover } from "./handover.ts";
import type { Service } from "./service.ts";

export class External implements Service {
  readonly node: ExternalNode;
  readonly #world: World;

  constructor(world: World, node: ExternalNode) {
    this.#world = world;
    this.node = node;
  }

  get address(): string {
    return this.node.address;
  }

  /** A failure is retained there; an event on its path stays there until the end of the run. */
  take({ cargo, content }: Handover): Refusal | undefined {
    const { address, service } = this.node;
    const refused = service === "sqs" ? overfull(address, content.attributes) : undefined;
    if (refused !== undefined && !this.#world.deviates("queue.any-attributes")) return refused;
    if (cargo.role === "result" && cargo.entries === undefined) cargo.end();
    else if (cargo.inNet) {
      this.#world.settings.assume(address, "keeps what reaches it", `${service}: an endpoint that is not rehearsed`);
      cargo.keptAt(address);
      cargo.end();
    } else {
      this.#world.settings.assume(address, "what reaches it stays pending", `${service}: an end that is not rehearsed`);
      cargo.bind(address, null);
    }
    return undefined;
  }
}
