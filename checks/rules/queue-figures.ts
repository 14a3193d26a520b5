/**
 * Figures of a queue that hang together: visibility timeout, receive count and retention, and the retention of its
 * dead-letter queue. A fix of one that broke another would be none.
 */
import type { QueueNode, RedriveEdge } from "../../topology/graph.ts";
import { type Change, set } from "../fix.ts";
import { known, type View } from "../view.ts";

/** AWS recommends a visibility timeout of six times the function's timeout, plus the batching window (R57). */
export const recommendedFactor = 6;
/** AWS recommends at least five receives, since throttled ones count too (R60, R61). */
export const recommendedReceives = 5;
/** SQS keeps a message for at most 14 days (R59). */
const longestRetentionSeconds = 1_209_600;
const daySeconds = 86_400;
/** A net that nothing consumes must outlast a long weekend and the triage after it (H50). */
export const triageSeconds = 7 * daySeconds;
/** Of a queue that others follow as dead-letter queues: a week, and a day less for each further one. */
const longestBeforeOthersSeconds = 7 * daySeconds;
/** Receive counts that SQS takes (R60). */
export const mostReceives = 1000;

interface Wanted {
  readonly visibility?: number;
  readonly receives?: number;
  readonly retention?: number;
}

/** The visibility timeout that all mappings of a queue ask for; undefined where no function's timeout is known. */
export function wantedVisibility(queue: QueueNode, view: View): number | undefined {
  const wanted = view.from(queue.address, "mapping").flatMap(({ to, settings }) => {
    const fn = view.nodeOf("function", to);
    const [timeout, window] = [fn && known(fn.timeout), known(settings.maximumBatchingWindowInSeconds)];
    return timeout === undefined || window === undefined ? [] : recommendedFactor * timeout + window;
  });
  return wanted.length === 0 ? undefined : Math.max(...wanted);
}

/**
 * The changes that give a queue some figures, and keep what hangs together with them: messages reach the dead-letter
 * queue before they expire (H11), and find time left there (H10) and receives (H71).
 *
 * Undefined: no such figures exist, for instance where queues are each other's dead-letter queue.
 */
export function queueFigures(queue: QueueNode, wanted: Wanted, view: View): Change[] | undefined {
  const longest = longestRetention(queue, view);
  if (longest === undefined) return undefined;
  const [redrive] = view.from(queue.address, "redrive");
  const given = givenFigures(queue, redrive);
  const visibility = wanted.visibility ?? given.visibility;
  let { receives, retention } = { receives: given.receives, retention: given.retention, ...wanted };
  // What expires too early already is a finding of its own, and mended only where nothing else is wanted.
  const mend = Object.keys(wanted).length === 0 || !expiresEarly(given);
  if (mend && expiresEarly({ visibility, receives, retention })) {
    const needed = (receives ?? 0) * (visibility ?? 0);
    if (needed > longest) {
      receives = Math.floor(longest / (visibility ?? longest));
      retention = longest;
      const asked = wanted.receives ?? recommendedReceives;
      const passed = sourcesOf(queue, view).map((source) => receivesOf(source, view) ?? 0);
      if (receives < asked || passed.some((theirs) => theirs >= (receives ?? 0))) return undefined;
    } else retention = Math.min(longest, 2 * needed);
  }
  const forgets = (seconds: number | undefined): boolean => seconds !== undefined && seconds < triageSeconds;
  if (view.isLeftToWait(queue) && forgets(retention) && !forgets(given.retention)) return undefined;
  const own = [
    ...changed(queue.address, "visibility_timeout_seconds", given.visibility, visibility),
    ...changed(redrive?.address ?? queue.address, "redrive_policy.maxReceiveCount", given.receives, receives),
    ...changed(queue.address, "message_retention_seconds", given.retention, retention),
  ];
  const after = afterwards(queue, redrive, { receives, retention }, given, view);
  return after === undefined ? undefined : [...own, ...after];
}

interface Figures {
  readonly visibility: number | undefined;
  readonly receives: number | undefined;
  readonly retention: number | undefined;
}

/** Whether messages expire before they have been received as often as the redrive policy says (H11). */
function expiresEarly({ visibility, receives, retention }: Figures): boolean {
  return (
    visibility !== undefined && receives !== undefined && retention !== undefined && receives * visibility > retention
  );
}

function receivesOf(queue: QueueNode, view: View): number | undefined {
  const [redrive] = view.from(queue.address, "redrive");
  return redrive === undefined ? undefined : known(redrive.settings.maxReceiveCount);
}

function givenFigures(queue: QueueNode, redrive: RedriveEdge | undefined): Figures {
  return {
    visibility: known(queue.visibilityTimeout),
    receives: redrive === undefined ? undefined : known(redrive.settings.maxReceiveCount),
    retention: known(queue.messageRetentionPeriod),
  };
}

function changed(address: string, attribute: string, given: number | undefined, wanted: number | undefined): Change[] {
  return wanted === undefined || wanted === given ? [] : [set(address, attribute, wanted)];
}

/** What a queue's neighbours need then: its dead-letter queue, and the queues that it is the dead-letter queue of. */
function afterwards(
  queue: QueueNode,
  redrive: RedriveEdge | undefined,
  wanted: { readonly receives: number | undefined; readonly retention: number | undefined },
  given: { readonly receives: number | undefined; readonly retention: number | undefined },
  view: View,
): Change[] | undefined {
  const made: Change[] = [];
  const next = view.nodeOf("queue", redrive?.to);
  if (next !== undefined) {
    const [further] = view.from(next.address, "redrive");
    const [theirs, counted] = [known(next.messageRetentionPeriod), further && known(further.settings.maxReceiveCount)];
    const kept = wanted.retention !== undefined && wanted.retention > (given.retention ?? Number.POSITIVE_INFINITY);
    const longer = kept && theirs !== undefined && theirs <= (wanted.retention ?? 0);
    const raised = wanted.receives !== undefined && wanted.receives > (given.receives ?? 0);
    const more = raised && counted !== undefined && counted <= (wanted.receives ?? 0);
    const longest = longestRetention(next, view);
    const changes =
      (longer && longest !== undefined) || more
        ? queueFigures(
            next,
            {
              ...(longer && longest !== undefined ? { retention: longest } : {}),
              ...(more ? { receives: (wanted.receives ?? 0) + recommendedReceives } : {}),
            },
            view,
          )
        : [];
    if (changes === undefined) return undefined;
    made.push(...changes);
  }
  if (wanted.retention !== undefined && wanted.retention < (given.retention ?? 0)) {
    for (const source of sourcesOf(queue, view)) {
      const theirs = known(source.messageRetentionPeriod);
      const longest = longestRetention(source, view);
      if (theirs === undefined || longest === undefined || theirs < wanted.retention) continue;
      const changes = queueFigures(source, { retention: Math.min(theirs, longest) }, view);
      if (changes === undefined) return undefined;
      made.push(...changes);
    }
  }
  return made;
}

/** The queues that a queue is the dead-letter queue of. */
function sourcesOf(queue: QueueNode, view: View): QueueNode[] {
  return view
    .into(queue.address)
    .flatMap(({ kind, from }) => (kind === "redrive" ? (view.nodeOf("queue", from) ?? []) : []));
}

/** The longest retention that leaves a longer one to each dead-letter queue behind; undefined: they go round, or are too many. */
export function longestRetention(queue: QueueNode, view: View): number | undefined {
  let behind = 0;
  let at: QueueNode | undefined = queue;
  const seen = new Set([queue.address]);
  while (at !== undefined) {
    const next: QueueNode | undefined = view.nodeOf("queue", view.from(at.address, "redrive")[0]?.to);
    if (next === undefined) break;
    if (seen.has(next.address)) return undefined;
    seen.add(next.address);
    behind += 1;
    at = next;
  }
  if (behind === 0) return longestRetentionSeconds;
  const left = longestBeforeOthersSeconds - (behind - 1) * daySeconds;
  return left > 0 ? left : undefined;
}
