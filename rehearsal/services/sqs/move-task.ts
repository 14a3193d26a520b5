/** Message-move tasks: a dead-letter queue's messages go back to where they came from (R123). */

import { formatDuration } from "../../duration.ts";
import { afterTheEnd, BadScenario } from "../../errors.ts";
import type { Redrive } from "../../scenario/scenario.ts";
import type { World } from "../../world.ts";
import type { Message, MessageQueue } from "./message.ts";

/** R123. */
const fastestPerSecond = 500;
const longestTaskMs = 36 * 3_600_000;

export class MoveTasks {
  readonly #world: World;
  /** The task that each queue's messages are taken by now. */
  readonly #active = new Map<string, Redrive>();

  constructor(world: World) {
    this.#world = world;
  }

  #queueAt(address: string | undefined): MessageQueue | undefined {
    return address === undefined ? undefined : this.#world.services.get(address)?.queue;
  }

  /** @param lastMs the latest virtual time of the run. */
  plan(redrives: readonly Redrive[], lastMs: number): void {
    const { kernel } = this.#world;
    for (const [index, redrive] of redrives.entries()) {
      this.#check(redrive);
      if (redrive.atMs > lastMs) throw afterTheEnd(redrive.place, redrive.atMs, lastMs);
      const other = redrives.slice(0, index).find(({ from, atMs }) => from === redrive.from && atMs === redrive.atMs);
      if (other !== undefined) throw twoTasks(redrive, other);
      kernel.at(redrive.atMs, () => this.#start(redrive));
    }
  }

  /** R123: the source has to be a dead-letter queue of another SQS queue; of a function, topic or rule it is not. */
  #check(redrive: Redrive): void {
    const world = this.#world;
    const from = this.#queueAt(redrive.from);
    if (from === undefined) {
      throw new BadScenario(`${redrive.place}.from: ${redrive.from} is not a queue of the topology`);
    }
    const to = this.#queueAt(redrive.to);
    if (to !== undefined && to.node.fifo.value !== from.node.fifo.value && !world.deviates("redrive.any-type")) {
      const type = (queue: MessageQueue): string => (queue.node.fifo.value ? "FIFO" : "standard");
      throw new BadScenario(
        `${redrive.place}.to: ${to.address} is ${type(to)} and ${from.address} is ${type(from)}: a message-move task ` +
          "goes between queues of one type (R119, R123)",
      );
    }
    const feeds = world.graph.edges.some((edge) => edge.kind === "redrive" && edge.to === redrive.from);
    if (!feeds && !world.deviates("move.any-queue")) {
      throw new BadScenario(
        `${redrive.place}.from: ${redrive.from} is not the dead-letter queue of another queue, and a message-move task ` +
          "takes no other (R123)",
      );
    }
  }

  /** R123: a queue has one active task at a time, and AWS refuses another. */
  #start(redrive: Redrive): void {
    const active = this.#active.get(redrive.from);
    if (active !== undefined) throw twoTasks(redrive, active);
    this.#active.set(redrive.from, redrive);
    this.#run(redrive, this.#world.kernel.now);
  }

  #run(redrive: Redrive, startedAt: number): void {
    const world = this.#world;
    const { kernel } = world;
    const queue = this.#queueAt(redrive.from);
    if (queue === undefined) return;
    const answersAt = this.#answersAt(redrive);
    if (answersAt > kernel.now) {
      kernel.at(answersAt, () => this.#run(redrive, startedAt));
      return;
    }
    const rate = world.deviates("move.unlimited")
      ? Number.POSITIVE_INFINITY
      : Math.min(redrive.perSecond ?? fastestPerSecond, fastestPerSecond);
    const messages = queue.takeForMove(rate);
    for (const message of messages) this.#move(message, redrive, queue);
    if (messages.length === 0 || messages.length < rate || kernel.now - startedAt >= longestTaskMs) {
      this.#active.delete(redrive.from);
      return;
    }
    kernel.after(1_000, () => this.#run(redrive, startedAt));
  }

  /** When all queues of a task answer: now, or once the outage of one of them is over. */
  #answersAt({ from, to }: Redrive): number {
    const { graph, faults, kernel } = this.#world;
    const origins = graph.edges.filter((edge) => edge.kind === "redrive" && edge.to === from).map((edge) => edge.from);
    const ends = to === undefined ? origins : [to];
    return Math.max(...[from, ...ends].map((address) => faults.availableAt(address, kernel.now)));
  }

  #move(message: Message, redrive: Redrive, from: MessageQueue): void {
    const world = this.#world;
    const target = redrive.to ?? this.#origin(message, from.address);
    const queue = this.#queueAt(target);
    if (queue === undefined) throw new BadScenario(`${redrive.place}.to: ${target ?? "the source"} is not a queue`);
    const row = world.log.prepare(message.cargo);
    queue.moveBack(message);
    world.log.delivery(row, world.kernel.now, queue.address, "redrive", message.text, message.attributes);
  }

  /** The queue that moved it here. */
  #origin(message: Message, address: string): string | undefined {
    const sources = this.#world.graph.edges.filter((edge) => edge.kind === "redrive" && edge.to === address);
    const own = sources.find((edge) => this.#world.nodeAt(edge.from)?.arn === message.deadLetterSource);
    return (own ?? sources[0])?.from;
  }
}

function twoTasks(later: Redrive, earlier: Redrive): BadScenario {
  return new BadScenario(
    `${later.place}.at: the task of ${earlier.place} still moves the messages of ${later.from} at ` +
      `${formatDuration(later.atMs)}, and a queue has one message-move task at a time (R123)`,
  );
}
