/**
 * What is visible in a standard queue. Without message groups: in order of arrival. With groups: fair (R78), the group
 * with the fewest messages in flight goes first, so that a noisy one cannot hold up the others.
 */
import { Deque } from "../../kernel/deque.ts";
import { Heap } from "../../kernel/heap.ts";
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

/** Where a group stands among the others, as long as it is so. */
interface Place {
  readonly group: Group;
  readonly inFlight: number;
  readonly order: number;
}

function before(a: Place, b: Place): boolean {
  return a.inFlight < b.inFlight || (a.inFlight === b.inFlight && a.order < b.order);
}

export class StandardStore implements Store {
  readonly #fair: boolean;
  readonly #groups = new Map<string, Group>();
  /** Groups with messages, the next to be received from first; with places that they had before. */
  #ranked = new Heap<Place>(before);
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
    const group = this.#group(message);
    group.messages.push(message);
    this.#available += 1;
    if (group.messages.length === 1) this.#rank(group);
  }

  take(): Message | undefined {
    for (;;) {
      const group = this.#next();
      const message = group?.messages.shift();
      if (group === undefined || message === undefined) return undefined;
      this.#available -= 1;
      if (message.state === "visible") group.inFlight += 1;
      this.#rank(group);
      if (message.state === "visible") return message;
    }
  }

  /** A group's place among the others has changed. Its former places stay, and are passed over. */
  #rank(group: Group): void {
    const head = group.messages.at(0);
    if (head === undefined) return;
    if (this.#ranked.size > 4 * this.#groups.size + 64) this.#rebuild();
    else this.#ranked.push({ group, inFlight: group.inFlight, order: head.order });
  }

  #rebuild(): void {
    this.#ranked = new Heap<Place>(before);
    for (const group of this.#groups.values()) {
      const head = group.messages.at(0);
      if (head !== undefined) this.#ranked.push({ group, inFlight: group.inFlight, order: head.order });
    }
  }

  /** Of the groups that have messages, that with the fewest in flight, the oldest message deciding. */
  #next(): Group | undefined {
    for (;;) {
      const first = this.#ranked.peek();
      if (first === undefined) return undefined;
      const { group, inFlight, order } = first;
      if (group.inFlight === inFlight && group.messages.at(0)?.order === order) return group;
      this.#ranked.pop();
    }
  }

  settled(message: Message): void {
    const group = this.#group(message);
    group.inFlight -= 1;
    this.#rank(group);
    if (group.inFlight === 0 && group.messages.length === 0)
      this.#groups.delete(this.#fair ? (message.groupId ?? "") : "");
  }
}
