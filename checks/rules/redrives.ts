/** Queues and their dead-letter queues: H7, H8, H10, H11, H21, H71, H84. */
import { permissionOf } from "../../topology/graph.ts";
import { differs, isFifo, kindOf } from "../ends.ts";
import { allow, type Change, without } from "../fix.ts";
import { pages, type Rule, rule, shown } from "../rule.ts";
import { known, type Redrive, type View } from "../view.ts";
import { longestRetention, mostReceives, queueFigures, recommendedReceives } from "./queue-figures.ts";

export const redriveRules: readonly Rule[] = [
  rule({
    id: "H7",
    severity: "error",
    title: "a dead-letter queue of the other type, or none",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue, to }) {
      if (to === undefined) return undefined;
      const [kind, own, theirs] = [kindOf(to), isFifo(queue), isFifo(to)];
      if (kind !== "queue") {
        if (kind === "external") return undefined;
        return {
          address: edge.address,
          at: [queue.address],
          message: `${to.address}, a ${kind}, cannot be the dead-letter queue of ${queue.address}: AWS refuses that`,
          fix: own === undefined ? "a queue" : `a ${type(own)} queue`,
        };
      }
      if (own === undefined || theirs === undefined || own === theirs) return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message: `${queue.address} is ${type(own)} and its dead-letter queue ${to.address} is ${type(theirs)}: AWS refuses that`,
        fix: `a ${type(own)} queue as dead-letter queue${own ? " (fifo_queue = true, and a name that ends in .fifo)" : ""}`,
      };
    },
  }),
  rule({
    id: "H8",
    severity: "warning",
    title: "dead-letter queue in another account or Region",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue, to }) {
      if (to === undefined) return undefined;
      if (!differs(queue.region, to.region) && !differs(queue.accountId, to.accountId)) return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message: `${queue.address} is in ${place(queue)} and its dead-letter queue ${to.address} in ${place(to)}`,
        fix: "a dead-letter queue in the account and Region of its source",
      };
    },
  }),
  rule({
    id: "H10",
    severity: "warning",
    title: "dead-letter queue keeps messages no longer than its source",
    on: "redrive",
    see: pages.retention,
    judge(subject, view) {
      const { queue, to } = subject;
      // FIFO: the time counts anew from the move (R120).
      if (to?.kind !== "queue" || isFifo(to) !== false || isFifo(queue) !== false) return undefined;
      const [own, theirs] = [known(queue.messageRetentionPeriod), known(to.messageRetentionPeriod)];
      if (own === undefined || theirs === undefined || theirs > own) return undefined;
      return {
        address: to.address,
        at: [queue.address],
        message: `retention ${shown(theirs)} is not above the ${shown(own)} of its source ${queue.address}: a message keeps its age when it moves, and may arrive nearly expired`,
        fix: longerRetention(subject, own, view) ?? "a dead-letter queue of its own, with a longer retention",
      };
    },
  }),
  rule({
    id: "H11",
    severity: "warning",
    title: "messages expire before they reach the dead-letter queue",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue }, view) {
      const [count, visibility, retention] = [
        known(edge.settings.maxReceiveCount),
        known(queue.visibilityTimeout),
        known(queue.messageRetentionPeriod),
      ];
      if (count === undefined || visibility === undefined || retention === undefined || count * visibility <= retention)
        return undefined;
      return {
        address: queue.address,
        message: `maxReceiveCount ${count} × visibility timeout ${visibility} s = ${shown(count * visibility)} exceeds the retention ${shown(retention)}`,
        fix: queueFigures(queue, {}, view) ?? "a longer retention, or fewer receives",
      };
    },
  }),
  rule({
    id: "H21",
    severity: "advice",
    title: "a FIFO queue with a dead-letter queue",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue }) {
      if (isFifo(queue) !== true) return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message:
          "a message that moves to the dead-letter queue lets the later ones of its group pass: order is broken there",
        fix: "acknowledge it where later messages do not depend on earlier ones",
      };
    },
  }),
  rule({
    id: "H71",
    severity: "warning",
    title: "a dead-letter queue with a receive count of its own that is used up on arrival",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, to }, view) {
      const own = known(edge.settings.maxReceiveCount);
      const next = to?.kind === "queue" ? view.from(to.address, "redrive")[0] : undefined;
      const theirs = next === undefined ? undefined : known(next.settings.maxReceiveCount);
      if (to?.kind !== "queue" || next === undefined || own === undefined || theirs === undefined || theirs > own)
        return undefined;
      const receives = own + recommendedReceives;
      const raised = receives > mostReceives ? undefined : queueFigures(to, { receives }, view);
      // Without a redrive policy, messages that a consumer fails on would stay until they expire.
      const consumed = view.consumers(to.address).length > 0 || view.from(to.address, "mapping").length > 0;
      return {
        address: next.address,
        at: [edge.from],
        message: `a message comes from ${edge.from} with ${own} receives on its count, and the maxReceiveCount here is ${theirs}: it may move on at once`,
        fix:
          raised === undefined && consumed
            ? `a maxReceiveCount of ${edge.from} below ${theirs}`
            : {
                either: [
                  ...(raised === undefined ? [] : [raised]),
                  ...(consumed ? [] : [[without(next.address, "redrive_policy")]]),
                ],
              },
      };
    },
  }),
  rule({
    id: "H84",
    severity: "error",
    title: "the dead-letter queue does not allow its source",
    on: "redrive",
    see: pages.deadLetterQueues,
    judge({ edge, queue }) {
      const lacking = edge.permissions.find(({ state }) => state === "missing");
      if (lacking === undefined || permissionOf(edge) !== "missing") return undefined;
      return {
        address: edge.address,
        at: [queue.address],
        message: `${lacking.why ?? "not allowed"}: messages cannot move to it`,
        fix: allow(lacking),
      };
    },
  }),
];

/** Retentions with which a dead-letter queue outlives its source: the source's shorter where it has the longest. */
function longerRetention({ queue, to }: Redrive, own: number, view: View): Change[] | undefined {
  if (to?.kind !== "queue") return undefined;
  const [shortest, longest] = [longestRetention(queue, view), longestRetention(to, view)];
  if (shortest === undefined || longest === undefined) return undefined;
  const source = own < longest ? [] : queueFigures(queue, { retention: shortest }, view);
  const target = queueFigures(to, { retention: longest }, view);
  return source === undefined || target === undefined ? undefined : [...target, ...source];
}

function place(node: { readonly region: string | null; readonly accountId: string | null }): string {
  return [node.accountId, node.region].filter((one) => one !== null).join(", ");
}

function type(fifo: boolean): string {
  return fifo ? "FIFO" : "standard";
}
