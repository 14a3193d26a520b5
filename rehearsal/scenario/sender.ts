/** Sends what a scenario lists, one entry after the other, so that a generated list is never in memory as a whole. */
import type { JsonValue, NodeKind } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/accounting.ts";
import { formatDuration } from "../duration.ts";
import { afterTheEnd, BadScenario } from "../errors.ts";
import { LambdaFunction } from "../functions/function.ts";
import { Bucket } from "../services/bucket.ts";
import { Bus } from "../services/bus.ts";
import { type Attributes, type Content, type EventEnvelope, type Refusal } from "../services/content.ts";
import { consumersOf } from "../services/downstream.ts";
import { placeOf } from "../services/place.ts";
import { Queue } from "../services/queue.ts";
import { Rule } from "../services/rule.ts";
import { Stream } from "../services/stream.ts";
import { Topic } from "../services/topic.ts";
import { isoSeconds, type World } from "../world.ts";
import { wrongType } from "./form.ts";
import { noSuchAddress } from "./nearest.ts";
import type { RawSend } from "./scenario.ts";
import { firstIssue, type ListName, listNames, plainRecords, type Send, sendForm } from "./schema.ts";

/** What may be sent to which kind of node. */
const takes: Readonly<Record<ListName, readonly NodeKind[]>> = {
  records: ["stream"],
  messages: ["queue"],
  events: ["bus"],
  puts: ["table"],
  notifications: ["topic"],
  invocations: ["function"],
  objects: ["bucket"],
  fires: ["rule", "schedule"],
};

interface Planned {
  readonly send: Send;
  readonly place: string;
}

export class Sender {
  readonly #world: World;
  readonly #entries: Iterator<Planned>;
  readonly #ids = new Set<string>();
  #last = 0;
  readonly #lastMs: number;

  /** @param lastMs the latest virtual time of the run. */
  constructor(world: World, entries: Iterable<RawSend>, lastMs: number) {
    this.#world = world;
    this.#lastMs = lastMs;
    this.#entries = this.#ordered(entries)[Symbol.iterator]();
  }

  /** A list is sorted by time; what is generated has to come in order. */
  #ordered(entries: Iterable<RawSend>): Iterable<Planned> {
    const check = (raw: RawSend): Planned => {
      const planned = this.#check(raw);
      if (planned.send.at > this.#lastMs) throw afterTheEnd(planned.place, planned.send.at, this.#lastMs);
      return planned;
    };
    if (Array.isArray(entries)) {
      return entries.map((raw: RawSend) => check(raw)).toSorted((a, b) => a.send.at - b.send.at);
    }
    return {
      *[Symbol.iterator]() {
        for (const raw of entries) yield check(raw);
      },
    };
  }

  /** Plans the first entry; each plans the next. */
  start(): void {
    const next = this.#entries.next();
    if (next.done === true) return;
    const { send, place } = next.value;
    if (send.at < this.#last) {
      throw new BadScenario(
        `${place}.at: ${formatDuration(send.at)} is before ${formatDuration(this.#last)} of the entry before it; ` +
          "what is generated has to be in order of time",
      );
    }
    this.#last = send.at;
    this.#world.kernel.first(send.at, () => {
      this.#deliver(send, place);
      this.start();
    });
  }

  #check({ value, place }: RawSend): Planned {
    const send = plainRecords(value) ?? this.#parsed(value, place);
    const list = listNames.find((name) => send[name] !== undefined) ?? "records";
    const node = this.#world.nodeAt(send.to);
    if (node === undefined && send.to === defaultBus) {
      if (list === "events") return this.#unique(send, list, place);
      throw new BadScenario(`${place}.${list}: ${send.to} is a bus, which takes events`);
    }
    if (node === undefined) {
      const known = this.#world.graph.nodes
        .filter(({ kind }) => takes[list].includes(kind))
        .map(({ address }) => address);
      const all = known.length > 0 ? known : this.#world.graph.nodes.map(({ address }) => address);
      throw new BadScenario(`${place}.to: ${noSuchAddress(send.to, all)}`);
    }
    if (!takes[list].includes(node.kind)) {
      const right = listNames.find((name) => takes[name].includes(node.kind));
      throw new BadScenario(
        `${place}.${list}: ${send.to} is a ${node.kind}${right === undefined ? "" : `, which takes ${right}`}`,
      );
    }
    return this.#unique(send, list, place);
  }

  #unique(send: Send, list: ListName, place: string): Planned {
    const node = this.#world.nodeAt(send.to);
    const items: readonly { readonly id: string; readonly messageGroupId?: string | undefined }[] = send[list] ?? [];
    for (const [index, item] of items.entries()) {
      if (this.#ids.has(item.id))
        throw new BadScenario(
          `${place}.${list}[${index}].id: ${JSON.stringify(item.id)} is there already; ids are unique`,
        );
      this.#ids.add(item.id);
      if (node?.kind === "queue" && node.fifo.value && item.messageGroupId === undefined) {
        throw new BadScenario(`${place}.${list}[${index}].messageGroupId: is missing; ${send.to} is FIFO`);
      }
      if (node?.kind === "topic" && node.fifo.value && item.messageGroupId === undefined) {
        throw new BadScenario(`${place}.${list}[${index}].messageGroupId: is missing; ${send.to} is FIFO`);
      }
    }
    return { send, place };
  }

  #parsed(value: unknown, place: string): Send {
    const parsed = sendForm.safeParse(value, { error: wrongType });
    if (parsed.success) return parsed.data;
    const issue = firstIssue(parsed.error);
    throw new BadScenario(`${place}${issue.place === "" ? "" : `.${issue.place}`}: ${issue.message}`);
  }

  /** All items of one entry arrive together. */
  #deliver(send: Send, place: string): void {
    const world = this.#world;
    const service = world.services.get(send.to);
    const cargo = (id: string): Cargo => world.accounting.send(id, send.to);
    if (service instanceof Stream) {
      this.#toStream(service, send);
      return;
    }
    for (const message of send.messages ?? []) {
      const content: Content = {
        ...textContent(message.body),
        attributes: attributesOf(message.attributes),
        groupId: message.messageGroupId,
        deduplicationId: message.messageDeduplicationId ?? message.id,
      };
      const sent = cargo(message.id);
      if (service instanceof Queue) this.#settle(service.send(sent, content), sent, send.to);
    }
    for (const message of send.notifications ?? []) {
      const content: Content = {
        ...textContent(message.message),
        attributes: attributesOf(message.attributes),
        groupId: message.messageGroupId,
        deduplicationId: message.messageDeduplicationId ?? message.id,
      };
      const sent = cargo(message.id);
      if (service instanceof Topic) this.#settle(service.publish(sent, content), sent, send.to);
    }
    for (const { id, payload, qualifier } of send.invocations ?? []) {
      const content: Content = { text: () => JSON.stringify(payload), payload: () => payload, attributes: {} };
      const sent = cargo(id);
      if (service instanceof LambdaFunction) {
        this.#qualified(service, qualifier, place);
        this.#settle(service.asynchronous.accept(sent, content, qualifier ?? "$LATEST", send.to), sent, send.to);
      }
    }
    for (const event of send.events ?? []) {
      const sent = cargo(event.id);
      if (service instanceof Bus) this.#toBus(service, event, sent);
      // The default bus is always there; a configuration without rules on it does not name it.
      else sent.end();
    }
    for (const { id, key, size } of send.objects ?? []) {
      if (service instanceof Bucket) service.create(cargo(id), key, size ?? 1);
    }
    for (const { id } of send.fires ?? []) {
      if (service instanceof Rule) service.fire(cargo(id));
    }
  }

  #qualified(fn: LambdaFunction, qualifier: string | undefined, place: string): void {
    if (qualifier === undefined || /^(?:\$LATEST|\d+)$/.test(qualifier)) return;
    const aliases = fn.node.aliases.map(({ name }) => name);
    if (!aliases.includes(qualifier))
      throw new BadScenario(`${place}: ${noSuchAddress(qualifier, aliases, `alias of ${fn.address}`)}`);
  }

  #toStream(stream: Stream, send: Send): void {
    const { accounting } = this.#world;
    const { node } = stream;
    const records = (send.records ?? []).map(({ id, partitionKey, data }) => ({
      cargo: { id, item: accounting.reserve() },
      text: textOf(data),
      key: partitionKey ?? id,
    }));
    const puts = (send.puts ?? []).map(({ id, item }) => ({
      cargo: { id, item: accounting.reserve() },
      text: JSON.stringify(item),
      key: node.kind === "table" ? JSON.stringify([item[node.hashKey.value], item[node.rangeKey.value ?? ""]]) : id,
    }));
    stream.put(records.length > 0 ? records : puts);
  }

  #toBus(
    bus: Bus,
    event: { readonly id: string; readonly source: string; readonly detailType: string; readonly detail: JsonValue },
    cargo: Cargo,
  ): void {
    const world = this.#world;
    const envelope: EventEnvelope = {
      version: "0",
      id: world.random("eventbridge.id").uuid(),
      "detail-type": event.detailType,
      source: event.source,
      ...placeOf(bus.node),
      time: isoSeconds(world.kernel.now),
      resources: [],
      detail: event.detail,
    };
    const refusal = bus.refuses(envelope);
    if (refusal === undefined) bus.take(cargo, envelope);
    else this.#settle(refusal, cargo, bus.address);
  }

  /** What the first service refuses was never accepted: it is lost to its consumers. */
  #settle(refusal: Refusal | undefined, cargo: Cargo, to: string): void {
    if (refusal === undefined) return;
    cargo.bindAll(consumersOf(this.#world, to), to);
    cargo.lose("dropped", `${refusal.rule}: ${refusal.message}`);
    cargo.end();
  }
}

/** What the default event bus is called, whether or not a rule is on it. */
const defaultBus = "default";

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function textContent(value: JsonValue): Pick<Content, "text" | "payload"> {
  const text = textOf(value);
  return { text: () => text, payload: () => value };
}

function attributesOf(given: Readonly<Record<string, string | number | readonly string[]>> | undefined): Attributes {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, value]) => {
      if (typeof value === "number") return [name, { DataType: "Number", StringValue: String(value) }];
      if (typeof value === "string") return [name, { DataType: "String", StringValue: value }];
      return [name, { DataType: "String.Array", StringValue: JSON.stringify(value) }];
    }),
  );
}
