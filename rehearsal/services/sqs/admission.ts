/** What a queue takes, and by what a FIFO queue tells duplicates. */
import { createHash } from "node:crypto";
import type { QueueNode } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import type { World } from "../../world.ts";
import { type Content, messageBytes, overfull, type Refusal } from "../content.ts";
import { Deduplication } from "../deduplication.ts";

export class Admission {
  readonly #world: World;
  readonly #node: QueueNode;
  readonly #fifo: boolean;
  readonly #deduplication = new Deduplication<Cargo>();

  constructor(world: World, node: QueueNode) {
    this.#world = world;
    this.#node = node;
    this.#fifo = node.fifo.value;
  }

  /** Why SQS would not take a message: its size, its attributes, or what a FIFO queue needs of it. */
  refuses(text: string, { attributes, groupId }: Content, deduplicationId: string | undefined): Refusal | undefined {
    const { address, maximumMessageSize } = this.#node;
    const size = messageBytes(text, attributes);
    const limit = maximumMessageSize.value;
    if (size > limit && !this.#world.deviates("queue.unlimited-size")) {
      return refusal("R59", `${size} bytes for ${address}, at most ${limit}`);
    }
    const tooMany = this.#world.deviates("queue.any-attributes") ? undefined : overfull(address, attributes);
    if (tooMany !== undefined || !this.#fifo) return tooMany;
    if (groupId === undefined) return refusal("R81", `a message without group for ${address}, which is FIFO`);
    if (deduplicationId !== undefined) return undefined;
    const what = "which is FIFO and takes no digest for it";
    return refusal("R81", `a message without deduplication id for ${address}, ${what}`);
  }

  /** R86: a FIFO queue's alone: what was given, or, where it takes the content for it, its digest. */
  deduplicationId(given: string | undefined, text: string): string | undefined {
    if (!this.#fifo) return undefined;
    if (given !== undefined || !this.#node.contentBasedDeduplication.value) return given;
    return createHash("sha256").update(text).digest("hex");
  }

  /**
   * R86: whether a FIFO queue has taken the same less than five minutes ago. If not, it is remembered. If so, the cargo
   * is told for what it is removed: a failure of the same event that still stands there stands for both from then on.
   */
  repeats(id: string | undefined, groupId: string | undefined, cargo: Cargo): boolean {
    if (!this.#fifo || id === undefined || this.#world.deviates("fifo.no-deduplication")) return false;
    const key = this.#node.deduplicationScope.value === "messageGroup" ? `${groupId ?? ""}\0${id}` : id;
    const first = this.#deduplication.first(key, cargo, this.#world.kernel.now)?.what;
    if (first === undefined) return false;
    const isSame =
      cargo.inNet &&
      first.inNet &&
      first.role === cargo.role &&
      cargo.items.every((item) => first.items.includes(item)) &&
      first.standsFor(cargo, this.#node.address);
    cargo.removedFor = isSame ? "same" : "other";
    return true;
  }
}

function refusal(rule: string, message: string): Refusal {
  return { code: "INVALID_PARAMETER", message, retriable: false, rule };
}
