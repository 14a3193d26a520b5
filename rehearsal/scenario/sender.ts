/** Sends what a scenario lists, one entry after the other, so that a generated list is never in memory as a whole. */
import { isDeepStrictEqual } from "node:util";
import type { JsonValue, Node, NodeKind, TableNode } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/cargo.ts";
import { formatDuration } from "../duration.ts";
import { afterTheEnd, BadScenario, readable } from "../errors.ts";
import { isoSeconds } from "../kernel/time.ts";
import {
  type Attributes,
  type Content,
  type EventEnvelope,
  queueAttributeLimit,
  type Refusal,
} from "../services/content.ts";
import { consumersOf } from "../services/downstream.ts";
import type { StreamPut, Waiting } from "../services/handover.ts";
import { placeOf } from "../services/place.ts";
import type { Service } from "../services/service.ts";
import type { World } from "../world.ts";
import { wrongType } from "./form.ts";
import { noSuchAddress } from "./nearest.ts";
import { checkItemSize, checkRecordSize } from "./put-sizes.ts";
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

type SentRecord = NonNullable<Send["records"]>[number];
type SentItem = NonNullable<Send["puts"]>[number];
type SentEvent = NonNullable<Send["events"]>[number];
type SentMessage = NonNullable<Send["messages" | "notifications"]>[number];

/** The account of an event that is sent, by its id. */
type CargoOf = (id: string) => Cargo;

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
      const planned = readable(raw.place, () => this.#check(raw));
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
    for (let index = 0; index < items.length; index += 1) {
      const item = items[index]!;
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
    if (list === "messages") checkAttributes(send, place);
    if (node?.kind === "table") checkKeys(node, send, place);
    return { send, place };
  }

  #parsed(value: unknown, place: string): Send {
    const parsed = sendForm.safeParse(value, { error: wrongType });
    if (parsed.success) return parsed.data;
    const issue = firstIssue(parsed.error);
    throw new BadScenario(`${place}${issue.place === "" ? "" : `.${issue.place}`}: ${issue.message}`);
  }

  /** Sends an entry now, or, while its service does not answer, once it does: who sends tries until it is taken. */
  #deliver(send: Send, place: string): void {
    const { accounting, faults, kernel, settings } = this.#world;
    const { to } = send;
    const answersAt = faults.availableAt(to, kernel.now);
    if (answersAt <= kernel.now) return this.#arrive(send, place, (id) => accounting.send(id, to), undefined);
    settings.assume(
      `${to}.unavailable`,
      "what the scenario sends there is sent again until it is taken",
      "whether a sender does so, and for how long, is its own: AWS's clients give up after three attempts by default",
    );
    const sent = new Map<string, Cargo>();
    for (const name of listNames) for (const { id } of send[name] ?? []) sent.set(id, accounting.send(id, to));
    const cargoOf = (id: string): Cargo => sent.get(id) ?? accounting.send(id, to);
    kernel.first(answersAt, () => this.#arrive(send, place, cargoOf, cargoOf));
  }

  /**
   * All items of one entry arrive together. That the service takes them has been checked.
   * @param waited accounts of records that are open already; undefined: they wait for one.
   */
  #arrive(send: Send, place: string, cargoOf: CargoOf, waited: CargoOf | undefined): void {
    const { services } = this.#world;
    const { to } = send;
    const service = services.get(to);
    if (service === undefined) {
      // The default bus is always there; a configuration without rules on it does not name it.
      for (const { id } of send.events ?? []) cargoOf(id).end();
      return;
    }
    const { node } = service;
    if (send.records !== undefined) {
      const puts = send.records.map((record) => this.#record(record, waited));
      if (node.kind === "stream")
        for (const [at, { text, key }] of puts.entries())
          checkRecordSize(node, text, key, `${place}.records[${at}].data`);
      service.put?.(puts);
    }
    if (send.puts !== undefined) {
      const changes: StreamPut[] = [];
      for (const [at, put] of send.puts.entries()) {
        if (node.kind === "table") checkItemSize(node, put.item, JSON.stringify(put.item), `${place}.puts[${at}].item`);
        if (this.#changes(node, put)) changes.push(this.#item(node, put, waited));
        else cargoOf(put.id).end();
      }
      service.put?.(changes);
    }
    for (const message of send.messages ?? []) {
      this.#hand(service, cargoOf(message.id), messageContent(message, message.body));
    }
    for (const notification of send.notifications ?? []) {
      this.#hand(service, cargoOf(notification.id), messageContent(notification, notification.message));
    }
    for (const { id, payload, qualifier } of send.invocations ?? []) {
      this.#qualified(node, qualifier, place);
      const content: Content = { text: () => JSON.stringify(payload), payload: () => payload, attributes: {} };
      this.#hand(service, cargoOf(id), content, qualifier);
    }
    for (const event of send.events ?? []) {
      const cargo = cargoOf(event.id);
      this.#settle(service.event?.(cargo, this.#envelope(node, event)), cargo, to);
    }
    for (const { id, key, size } of send.objects ?? []) service.create?.(cargoOf(id), key, size ?? 1);
    for (const { id } of send.fires ?? []) service.fire?.(cargoOf(id));
  }

  /** What a service takes from a scenario in the form in which it takes it from other services. */
  #hand(service: Service, cargo: Cargo, content: Content, qualifier = "$LATEST"): void {
    const { address } = service;
    this.#settle(service.take({ cargo, content, qualifier, from: address }), cargo, address);
  }

  #qualified(node: Node, qualifier: string | undefined, place: string): void {
    if (qualifier === undefined || /^(?:\$LATEST|\d+)$/.test(qualifier)) return;
    const aliases = node.kind === "function" ? node.aliases.map(({ name }) => name) : [];
    if (!aliases.includes(qualifier))
      throw new BadScenario(`${place}: ${noSuchAddress(qualifier, aliases, `alias of ${node.address}`)}`);
  }

  #record({ id, partitionKey, data }: SentRecord, waited: CargoOf | undefined): StreamPut {
    return { cargo: waited?.(id) ?? this.#waiting(id), text: textOf(data), key: partitionKey ?? id };
  }

  /** Whether a put changes its table: one that does not makes no stream record. */
  #changes(node: Node, { item }: SentItem): boolean {
    if (node.kind !== "table" || !node.streamEnabled.value) return true;
    const key = `${node.address} ${keyOf(node, item)}`;
    if (isDeepStrictEqual(this.#items.get(key), item)) return false;
    this.#items.set(key, item);
    return true;
  }
  readonly #items = new Map<string, SentItem["item"]>();

  #item(node: Node, { id, item }: SentItem, waited: CargoOf | undefined): StreamPut {
    const key = node.kind === "table" ? keyOf(node, item) : id;
    return { cargo: waited?.(id) ?? this.#waiting(id), text: JSON.stringify(item), key };
  }

  #waiting(id: string): Waiting {
    return { id, item: this.#world.accounting.reserve() };
  }

  #envelope(node: Node, { source, detailType, detail }: SentEvent): EventEnvelope {
    const { random, kernel } = this.#world;
    return {
      version: "0",
      id: random("eventbridge.id").uuid(),
      "detail-type": detailType,
      source,
      ...placeOf(node),
      time: isoSeconds(kernel.now),
      resources: [],
      detail,
    };
  }

  /** What the first service refuses was never accepted: it is lost to its consumers. */
  #settle(refusal: Refusal | undefined, cargo: Cargo, to: string): void {
    if (refusal === undefined) return;
    cargo.bindAll(consumersOf(this.#world, to), to);
    cargo.lose("dropped", `${refusal.rule}: ${refusal.message}`);
    cargo.end();
  }
}

function keyOf({ hashKey, rangeKey }: TableNode, item: SentItem["item"]): string {
  return JSON.stringify([item[hashKey.value], item[rangeKey.value ?? ""]]);
}

/** DynamoDB refuses an item without the table's key. Of a key that the configuration does not tell it is not known. */
function checkKeys({ address, hashKey, rangeKey }: TableNode, send: Send, place: string): void {
  for (const [index, { item }] of (send.puts ?? []).entries()) {
    for (const { value, from } of [hashKey, rangeKey]) {
      if (value === null || from !== "configuration" || item[value] !== undefined) continue;
      throw new BadScenario(`${place}.puts[${index}].item: ${value} is missing: it is part of the key of ${address}`);
    }
  }
}

/** SQS refuses a message with more than ten attributes. */
function checkAttributes({ to, messages = [] }: Send, place: string): void {
  for (const [index, { attributes = {} }] of messages.entries()) {
    const count = Object.keys(attributes).length;
    if (count <= queueAttributeLimit) continue;
    throw new BadScenario(
      `${place}.messages[${index}].attributes: ${count} of them; ${to} takes at most ${queueAttributeLimit}`,
    );
  }
}

/** What the default event bus is called, whether or not a rule is on it. */
const defaultBus = "default";

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The content of a message or notification. */
function messageContent(sent: SentMessage, body: JsonValue): Content {
  const text = textOf(body);
  return {
    text: () => text,
    payload: () => body,
    attributes: attributesOf(sent.attributes),
    groupId: sent.messageGroupId,
    deduplicationId: sent.messageDeduplicationId ?? sent.id,
  };
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
