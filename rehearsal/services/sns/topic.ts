/** An SNS topic: subscriptions with filter policies, retries and dead-letter queues (R48–R53). */
import { createHash } from "node:crypto";
import type { DestinationEdge, Node, SubscriptionEdge, TopicNode } from "../../../topology/graph.ts";
import type { Cargo } from "../../accounting/cargo.ts";
import { isoTime } from "../../kernel/time.ts";
import { notification } from "../../records/events.ts";
import type { World } from "../../world.ts";
import { type Content, messageBytes, type Refusal, topicLimitBytes } from "../content.ts";
import { Deduplication } from "../deduplication.ts";
import { deliver, type GivenUp } from "../delivery.ts";
import { consumersOf, waitsFor } from "../downstream.ts";
import { admits, edgesOf, endOf, handOver, netsOf } from "../edges.ts";
import { passesPolicy } from "../filters.ts";
import type { Handover } from "../handover.ts";
import { giveToNet } from "../net.ts";
import { elsewhere } from "../place.ts";
import type { Figures, Service } from "../service.ts";
import { GroupOrder } from "./group-order.ts";
import { retryDelayMs } from "./retry-delay.ts";

export class Topic implements Service {
  readonly node: TopicNode;
  readonly #world: World;
  readonly #deduplication = new Deduplication();
  /** By subscription. */
  readonly #orders = new Map<string, GroupOrder>();
  readonly metrics = {
    NumberOfMessagesPublished: 0,
    NumberOfNotificationsDelivered: 0,
    NumberOfNotificationsFailed: 0,
    NumberOfNotificationsFilteredOut: 0,
    NumberOfNotificationsRedrivenToDlq: 0,
    NumberOfNotificationsFailedToRedriveToDlq: 0,
  };

  constructor(world: World, node: TopicNode) {
    this.#world = world;
    this.node = node;
  }

  get address(): string {
    return this.node.address;
  }

  figures(): Figures {
    return { ...this.metrics };
  }

  /** Publishes a message to all subscriptions that want it. */
  take({ cargo, content }: Handover): Refusal | undefined {
    const world = this.#world;
    const message = content.text();
    const size = messageBytes(message, content.attributes);
    if (size > topicLimitBytes && !world.deviates("topic.unlimited")) {
      const text = `${size} bytes for ${this.address}, at most ${topicLimitBytes}`;
      return { code: "INVALID_PARAMETER", message: text, retriable: false, rule: "R27" };
    }
    const deduplicationId = this.#deduplicationId(content.deduplicationId, message);
    const missing = this.#missing(content.groupId, deduplicationId);
    if (missing !== undefined) return missing;
    this.metrics.NumberOfMessagesPublished += 1;
    const subscriptions = edgesOf(world, this.address, "subscription");
    if (subscriptions.length === 0) {
      for (const item of cargo.items) item.endedAt = world.kernel.now;
      if (cargo.inNet) cargo.lose("dropped", `H72: nothing subscribes to ${this.address}`);
      cargo.end();
      return undefined;
    }
    if (this.#duplicate(deduplicationId)) {
      const consumers = new Set(subscriptions.flatMap((edge) => consumersOf(world, edge.to)));
      if (cargo.role === "event") cargo.bindAll([...consumers], this.address);
      cargo.lose("filtered", `R86: deduplicated by ${this.address}`);
      cargo.end();
      return undefined;
    }
    const messageId = world.random("sns.messageId").uuid();
    const cargoes = subscriptions.map((_, index) => (index === 0 ? cargo : cargo.branch()));
    for (const [index, edge] of subscriptions.entries()) {
      this.#toSubscriber(edge, cargoes[index]!, content, message, messageId);
    }
    return undefined;
  }

  /** R86: a FIFO topic's alone: what was given, or, where it takes the content for it, its digest. */
  #deduplicationId(given: string | undefined, message: string): string | undefined {
    if (!this.node.fifo.value) return undefined;
    if (given !== undefined || !this.node.contentBasedDeduplication.value) return given;
    return createHash("sha256").update(message).digest("hex");
  }

  /** A FIFO topic publishes nothing without a message group, and without an id that tells duplicates (SNS, Publish). */
  #missing(groupId: string | undefined, deduplicationId: string | undefined): Refusal | undefined {
    if (!this.node.fifo.value || (groupId !== undefined && deduplicationId !== undefined)) return undefined;
    const message =
      groupId === undefined
        ? `a message without group for ${this.address}, which is FIFO`
        : `a message without deduplication id for ${this.address}, which is FIFO and takes no digest for it`;
    return { code: "INVALID_PARAMETER", message, retriable: false, rule: "R81" };
  }

  /** R86: a FIFO topic accepts a duplicate, and delivers it to nobody. */
  #duplicate(id: string | undefined): boolean {
    if (id === undefined || this.#world.deviates("fifo.no-deduplication")) return false;
    return this.#deduplication.first(id, undefined, this.#world.kernel.now) !== undefined;
  }

  #toSubscriber(edge: SubscriptionEdge, cargo: Cargo, content: Content, message: string, messageId: string): void {
    const world = this.#world;
    if (!world.deviates("topic.policy-ignored") && !passesPolicy(edge, message, content.attributes)) {
      this.metrics.NumberOfNotificationsFilteredOut += 1;
      if (cargo.role === "event" && !cargo.inNet) {
        this.#settle(edge, cargo);
        cargo.lose("filtered", "passed over by the subscription's filter policy");
      } else if (cargo.inNet) cargo.lose("dropped", "H72: passed over by the subscription's filter policy");
      cargo.end();
      return;
    }
    const end = endOf(world, edge);
    const unsubscribable = this.#unsubscribable(edge, end);
    if (unsubscribable !== undefined) {
      // There is no such subscription: nothing is counted, and its dead-letter queue gets nothing.
      this.#settle(edge, cargo);
      cargo.lose("dropped", `R50: ${unsubscribable}`);
      cargo.end();
      return;
    }
    const given = this.#content(edge, end, content, message, messageId);
    // A FIFO topic passes no group to a standard queue (sns/latest/dg/fifo-message-grouping.html): its letters keep it.
    const isGroupless = this.node.fifo.value && end.node.kind === "queue" && !end.node.fifo.value;
    const taken = isGroupless ? { ...given, groupId: undefined } : given;
    const waits = this.#inOrder(edge, content.groupId, (ended) => {
      deliver(world, {
        cargo,
        attempt: () => {
          const refusal =
            admits(world, edge, "R49") ??
            handOver(world, end, { cargo, content: taken, qualifier: edge.qualifier ?? "$LATEST", from: this.address });
          if (refusal === undefined) this.metrics.NumberOfNotificationsDelivered += 1;
          return refusal;
        },
        delayMs: (retry) => retryDelayMs(world, retry),
        maximumAgeMs: Number.POSITIVE_INFINITY,
        givenUp: (outcome) => this.#givenUp(edge, cargo, given, outcome),
        waits: () => waitsFor(world, cargo, edge.to),
        ended,
      });
    });
    if (waits) waitsFor(world, cargo, edge.to);
  }

  /** Begins a delivery: of a FIFO topic, in the order of its message group. @returns whether it has to wait. */
  #inOrder({ id }: SubscriptionEdge, groupId: string | undefined, start: (ended: () => void) => void): boolean {
    const { deviates, settings } = this.#world;
    if (!this.node.fifo.value || groupId === undefined || deviates("topic.any-order")) {
      start(() => undefined);
      return false;
    }
    const order = this.#orders.get(id) ?? new GroupOrder();
    this.#orders.set(id, order);
    if (!order.enter(groupId, start)) return false;
    settings.assume(
      `${id}.order`,
      "what waits behind a delivery of its message group is first tried when that has ended",
      "AWS documents that the order is kept (R48), and not how",
    );
    return true;
  }

  /**
   * Why SNS refuses a subscription: a FIFO topic delivers to queues alone, of either type, and a standard one to no FIFO
   * queue. What is not known of a subscriber is no reason.
   *
   * https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
   */
  #unsubscribable({ protocol }: SubscriptionEdge, { node }: Service): string | undefined {
    if (this.#world.deviates("topic.any-subscriber")) return undefined;
    const isQueue = node.kind === "queue";
    if (!this.node.fifo.value) {
      return isQueue && node.fifo.value ? `${node.address} is FIFO, which ${this.address} is not` : undefined;
    }
    const maybeQueue = isQueue || (node.kind === "external" && (protocol === "sqs" || protocol === "unknown"));
    return maybeQueue ? undefined : `${this.address} is FIFO, and delivers to queues alone: ${node.address} is none`;
  }

  /** To a queue as the envelope or raw, to a function as an event with one record (2.8, R52). */
  #content(edge: SubscriptionEdge, end: Service, content: Content, message: string, messageId: string): Content {
    const world = this.#world;
    const at = world.kernel.now;
    const envelope = (): ReturnType<typeof notification> =>
      notification(this.node.arn, messageId, message, at, content.attributes);
    const { groupId } = content;
    const deduplicationId = content.deduplicationId ?? (this.node.fifo.value ? messageId : undefined);
    if (end.node.kind === "function") {
      return {
        text: () => JSON.stringify(envelope()),
        payload: () => {
          const { MessageAttributes: attributes, ...rest } = envelope();
          return {
            Records: [
              {
                EventSource: "aws:sns",
                EventVersion: "1.0",
                EventSubscriptionArn: `${this.node.arn}:${messageId}`,
                Sns: { ...rest, Timestamp: isoTime(at), MessageAttributes: attributes ?? {} },
              },
            ],
          };
        },
        attributes: {},
        groupId,
        deduplicationId,
      };
    }
    const toQueue = end.node.kind === "queue" || (end.node.kind === "external" && end.node.service === "sqs");
    if (edge.settings.rawMessageDelivery.value && toQueue && !world.deviates("topic.never-raw")) {
      return { ...content, text: () => message, groupId, deduplicationId };
    }
    return {
      ...content,
      text: () => JSON.stringify(envelope()),
      payload: envelope,
      attributes: {},
      groupId,
      deduplicationId,
    };
  }

  #settle(edge: SubscriptionEdge, cargo: Cargo): void {
    // An on-success record that nobody gets has no account.
    if (cargo.role === "event") cargo.bindAll(consumersOf(this.#world, edge.to), edge.to ?? edge.id);
  }

  /** R49–R52: to the subscription's dead-letter queue, or gone. */
  #givenUp(edge: SubscriptionEdge, cargo: Cargo, content: Content, outcome: GivenUp): void {
    const world = this.#world;
    this.metrics.NumberOfNotificationsFailed += 1;
    this.#settle(edge, cargo);
    const { refusal, exhausted } = outcome;
    const why = exhausted === undefined ? `${refusal.rule}: ${refusal.message}` : `R48: ${refusal.message}`;
    const [net] = world.deviates("topic.no-dead-letter") ? [] : netsOf(world, edge.id, "subscription", "dead-letter");
    const copy = net === undefined ? undefined : cargo.toCatch();
    const failed = net === undefined || copy === undefined ? undefined : this.#letter(net, copy, content);
    // R86: that the failure stands there already, by another subscription of the same event, is no loss.
    cargo.lose(copy?.removedFor === "same" ? "filtered" : "dropped", why);
    if (copy?.removedFor === "other")
      copy.lose("dropped", `R86: ${net?.to} passed its dead letter over as a duplicate`);
    if (failed !== undefined) {
      copy?.lose("dropped", `R50: ${failed.message}`);
      copy?.end();
    }
    cargo.end();
  }

  /** R50: to a dead-letter queue. What that passes over as a duplicate it has accepted all the same (R86). */
  #letter(net: DestinationEdge, copy: Cargo, content: Content): Refusal | undefined {
    const world = this.#world;
    const unfit = this.#unfit(world.nodeAt(net.to ?? ""));
    const failed: Refusal | undefined =
      unfit === undefined
        ? giveToNet(world, net, "subscription-dead-letter", copy, content, { from: this.address })
        : { code: "INVALID_PARAMETER", message: unfit, retriable: false, rule: "R50" };
    if (failed === undefined) this.metrics.NumberOfNotificationsRedrivenToDlq += 1;
    else this.metrics.NumberOfNotificationsFailedToRedriveToDlq += 1;
    if (failed?.rule === "R49") {
      world.settings.assume(
        `${net.id}.attributes`,
        "takes no dead letter with more attributes than a queue takes",
        "the dead letter of a raw subscription has the message's (R52), and AWS does not say what becomes of it",
      );
    }
    return failed;
  }

  /** Why SNS does not write to a dead-letter queue. https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
  #unfit(target: Node | undefined): string | undefined {
    if (target?.kind === "queue" && target.fifo.value !== this.node.fifo.value) {
      return `${target.address} is of the other type`;
    }
    if (this.#world.deviates("topic.dead-letter-anywhere")) return undefined;
    return elsewhere(target, this.node, "account and Region");
  }
}
