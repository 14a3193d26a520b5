/**
 * What is visible in a FIFO queue: per message group in order, and of a group nothing while something of it is in
 * flight (R81, R83). Only the first 120,000 messages are looked at for groups that are free (R80).
 */
import { Deque } from "../../kernel/deque.ts";
import { Heap } from "../../kernel/heap.ts";
import type { World } from "../../world.ts";
import type { Message } from "./message.ts";
import type { Store } from "./standard-store.ts";

/** R80. */
const scannedMessages = 120_000;

interface Group {
  readonly id: string;
  /** In order. Messages that are in flight stand at the front no more. */
  readonly messages: Deque<Message>;
  inFlight: number;
  /** Messages that came back while others of their batch are still in flight. */
  returned: Message[];
  /** The batch that is being received now may take several of one group. */
  openTo: number;
}

export class FifoStore implements Store {
  readonly #world: World;
  readonly #groups = new Map<string, Group>();
  readonly #free = new Heap<{ readonly order: number; readonly group: Group }>((a, b) => a.order < b.order);
  readonly #beyond = new Deque<Message>();
  readonly #inside = new Set<Message>();
  #current: Group | undefined;
  #receive = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get available(): number {
    return this.#peek() === undefined ? 0 : 1;
  }

  /** A receive begins: within it one group may give several messages; R82: and several groups. */
  begin(): void {
    this.#receive += 1;
    this.#current = undefined;
  }

  add(message: Message): void {
    if (!this.#inside.has(message)) {
      const scanned = this.#world.deviates("fifo.unbounded-scan") ? Number.POSITIVE_INFINITY : scannedMessages;
      if (this.#inside.size >= scanned) {
        this.#beyond.push(message);
        return;
      }
      this.#inside.add(message);
      const group = this.#group(message);
      group.messages.push(message);
      this.#offer(group);
      return;
    }
    this.#group(message).returned.push(message);
  }

  #group(message: Message): Group {
    const id = message.groupId ?? "";
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = { id, messages: new Deque(), inFlight: 0, returned: [], openTo: 0 };
      this.#groups.set(id, group);
    }
    return group;
  }

  #offer(group: Group): void {
    const head = group.messages.at(0);
    if (head !== undefined && (group.inFlight === 0 || this.#world.deviates("fifo.groups-in-parallel"))) {
      this.#free.push({ order: head.order, group });
    }
  }

  /** The group that comes next, which has a message and nothing in flight. */
  #peek(): Group | undefined {
    for (;;) {
      const next = this.#free.peek();
      if (next === undefined) return undefined;
      const { group, order } = next;
      const head = group.messages.at(0);
      const parallel = this.#world.deviates("fifo.groups-in-parallel");
      if (
        head !== undefined &&
        head.order === order &&
        head.state === "visible" &&
        (group.inFlight === 0 || parallel)
      ) {
        return group;
      }
      this.#free.pop();
      if (head !== undefined && head.state === "gone") {
        group.messages.shift();
        this.#offer(group);
      }
    }
  }

  take(): Message | undefined {
    const current = this.#current;
    if (current !== undefined && current.openTo === this.#receive) {
      const message = this.#pull(current);
      if (message !== undefined) return message;
      if (this.#world.deviates("fifo.one-group-a-batch")) return undefined;
    }
    const group = this.#peek();
    if (group === undefined) return undefined;
    this.#free.pop();
    group.openTo = this.#receive;
    this.#current = group;
    return this.#pull(group);
  }

  #pull(group: Group): Message | undefined {
    for (;;) {
      const message = group.messages.shift();
      if (message === undefined) return undefined;
      if (message.state !== "visible") continue;
      group.inFlight += 1;
      if (this.#world.deviates("fifo.groups-in-parallel")) this.#offer(group);
      return message;
    }
  }

  settled(message: Message): void {
    const group = this.#group(message);
    group.inFlight -= 1;
    if (message.state === "gone") this.#leave(message);
    if (group.inFlight > 0) return;
    if (group.returned.length > 0) {
      const back = group.returned.filter((one) => one.state === "visible").toSorted((a, b) => a.order - b.order);
      group.returned = [];
      group.messages.unshift(...back);
    }
    if (group.messages.length === 0) this.#groups.delete(group.id);
    else this.#offer(group);
  }

  /** A message is gone: the next one beyond the scanned part moves into it. */
  #leave(message: Message): void {
    this.#inside.delete(message);
    for (;;) {
      const next = this.#beyond.shift();
      if (next === undefined) return;
      if (next.state === "gone") continue;
      this.#inside.add(next);
      const group = this.#group(next);
      group.messages.push(next);
      this.#offer(group);
      return;
    }
  }

  /** Whether messages of the group wait. */
  waiting(groupId: string): boolean {
    return (this.#groups.get(groupId)?.messages.length ?? 0) > 0;
  }

  /** A message that is not in flight is gone: it expired. */
  dropped(message: Message): void {
    if (this.#inside.has(message)) this.#leave(message);
  }
}
