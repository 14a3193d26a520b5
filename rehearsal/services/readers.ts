/** The event source mappings of a queue or stream of which too little is known to play them. */
import { permissionOf } from "../../topology/graph.ts";
import { UnknownReached } from "../errors.ts";
import type { World } from "../world.ts";
import { edgesOf } from "./edges.ts";

export class Readers {
  readonly #problem: string | undefined;

  constructor(world: World, address: string) {
    for (const edge of edgesOf(world, address, "mapping")) {
      if (!edge.settings.enabled.value) continue;
      if (edge.to === null) {
        this.#problem = `${edge.id}: an event reaches it, and its function is not known before it is applied`;
      } else if (world.nodeAt(edge.to) === undefined) {
        this.#problem = `${edge.id}: an event reaches it, and ${edge.to} is nothing that can be rehearsed`;
      } else if (permissionOf(edge) === "unknown" && !world.deviates("permissions.ignored")) {
        const lacking = edge.permissions.find(({ state }) => state === "unknown");
        const what = lacking === undefined ? "" : `: ${lacking.principal} needs ${lacking.actions.join(", ")}`;
        this.#problem =
          `${edge.id}: an event reaches it, and its permission is not known before it is applied${what}` +
          (typeof lacking?.why === "string" ? ` (${lacking.why})` : "");
      }
    }
  }

  /**
   * Something has come that they would read.
   * @throws {UnknownReached} where what they do with it is not known.
   */
  check(): void {
    if (this.#problem !== undefined) throw new UnknownReached(this.#problem);
  }
}
