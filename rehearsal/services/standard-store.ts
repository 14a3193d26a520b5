/**
 * What is visible in a standard queue. Without message groups: in order of arrival. With groups: fair (R78), the group
 * with the fewest messages in flight goes first, so that a noisy one cannot hold up the others.
 */
import { Deque } from "../kernel/deque.ts";
import type { Message } from "./message.ts";

/** What a queue keeps its visible messages in. */
export interface Store {
  /** A message has become visible (again). */
  add(message: Message): void;
  /** Takes the next message that may be received; undefined: none. */
  take(): Message | undefined;
  /** A message that was taken is not in flight any more. It may have become visible again by `add`, or be gone. */
  settled(message: Message): void;
  /** How many could be taken now; at least 1 where there are any. */
  readonly available: number;
}

interface Group {
  readonly messages: Deque<Message>;
  inFlight: number;
}

export class StandardStore implements Store {
  readonly #fair: boolean;
  readonly #groups = new Map<string, Group>();
  #available = 0;

  /** @param fair false: in order of arrival, whatever the group. */
  constructor(fair: boolean) {
    this.#fair = fair;
  }

  get available(): number {
    return this.#available;
  }

  #group(message: Message): Group {
    const key = this.#fair ? (message.groupId ?? "") : "";
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { messages: new Deque(), inFlight: 0 };
      this.#groups.set(key, group);
    }
    return group;
  }

  add(message: Message): void {
    this.#group(message).messages.push(message);
    this.#available += 1;
  }

  take(): Message | undefined {
    for (;;) {
      const group = this.#next();
      const message = group?.messages.shift();
      if (group === undefined || message === undefined) return undefined;
      this.#available -= 1;
      if (message.state !== "visible") continue;
      group.inFlight += 1;
      return message;
    }
  }

  /** Of the groups that have messages, that with the fewest in flight, the oldest message deciding. */
  #next(): Group | undefined {
    let best: Group | undefined;
    for (const group of this.#groups.values()) {
      if (group.messages.length === 0) continue;
      const rank = group.messages.at(0)!.order;
      const bestRank = best === undefined ? 0 : best.messages.at(0)!.order;
      if (
        best === undefined ||
        group.inFlight < best.inFlight ||
        (group.inFlight === best.inFlight && rank < bestRank)
      ) {
        best = group;
      }
    }
    return best;
  }

  settled(message: Message): void {
    const group = this.#group(message);
    group.inFlight -= 1;
    if (group.inFlight === 0 && group.messages.length === 0)
      this.#groups.delete(this.#fair ? (message.groupId ?? "") : "");
  }
}
