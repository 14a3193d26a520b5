/**
 * Invariants over random batches, outcomes, interleavings and deadlines. The handlers end in an order that fast-check's
 * scheduler chooses, and the deadline comes somewhere among them; nothing waits for a real clock.
 */
import * as fc from "fast-check";
import { queue } from "../../handlers/patterns/index.ts";
import { context, event, FIFO, failedIds, STANDARD } from "./support/events.ts";
import { noSettings, responds } from "./support/settings.ts";

const TIMEOUT_MS = 1000;

/** Some hundred invocations take a second or two, on a busy machine much longer. */
jest.setTimeout(60_000);

/** How the handler of a message behaves, when its turn to end comes. */
type Behaviour = "succeeds" | "rejects" | "throws" | "throws undefined" | "hangs" | "has no JSON";

const batches = fc
  .array(
    fc.record({
      behaviour: fc.constantFrom<Behaviour[]>(
        "succeeds",
        "succeeds",
        "succeeds",
        "rejects",
        "throws",
        "throws undefined",
        "hangs",
        "has no JSON",
      ),
      group: fc.constantFrom("g", "h", "i"),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) => list.map((message, index) => ({ ...message, id: `m${index}` })));

const runs = fc.record({
  messages: batches,
  fifo: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 6 }),
  /** Where the deadline stands among the ends of the handlers. */
  deadline: fc.boolean(),
  scheduler: fc.scheduler(),
});

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(console, "error").mockImplementation(() => {});
  responds("partial");
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  noSettings();
});

/** What was seen of one invocation. */
async function play({
  messages,
  fifo,
  concurrency,
  deadline,
  scheduler,
}: typeof runs extends fc.Arbitrary<infer T> ? T : never) {
  const started: string[] = [];
  const succeeded = new Set<string>();
  const running = new Map<string, string>();
  const overlaps: string[] = [];
  const startedAfterDeadline: string[] = [];
  let mostAtOnce = 0;
  const of = new Map(messages.map((message) => [message.id, message]));

  const handler = queue<{ id: string }>({ concurrency }, async ({ id }, { signal }) => {
    const { behaviour, group } = of.get(id) ?? { behaviour: "hangs", group: "" };
    started.push(id);
    if (signal.aborted) startedAfterDeadline.push(id);
    if ([...running.values()].includes(group)) overlaps.push(id);
    running.set(id, group);
    mostAtOnce = Math.max(mostAtOnce, running.size);
    if (behaviour === "hangs") await new Promise(() => {});
    if (behaviour !== "throws") await scheduler.schedule(Promise.resolve(), id);
    running.delete(id);
    if (behaviour === "throws undefined") throw undefined;
    if (behaviour !== "succeeds") throw new Error(id);
    succeeded.add(id);
  });

  const answer = handler(
    event(
      messages.map(({ id, behaviour, group }) => ({ id, group, body: behaviour === "has no JSON" ? "{" : { id } })),
      fifo ? FIFO : STANDARD,
    ),
    context(TIMEOUT_MS),
  ).then((response) => ({ failed: failedIds(response) ?? [], inTime: new Set(succeeded) }));
  if (deadline) void scheduler.schedule(Promise.resolve(), "deadline").then(() => jest.advanceTimersByTime(TIMEOUT_MS));
  // One end after the other, and after each all that follows from it.
  const playOut = async () => {
    await jest.advanceTimersByTimeAsync(0);
    while (scheduler.count() > 0) {
      await scheduler.waitNext(1);
      await jest.advanceTimersByTimeAsync(0);
    }
  };
  await playOut();
  await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
  const { failed, inTime } = await answer;
  await playOut();
  return { started, inTime, succeeded, overlaps, startedAfterDeadline, mostAtOnce, failed };
}

test("no failure is acknowledged, no success in time comes back, order and concurrency are kept", async () => {
  const seen = { late: 0, held: 0, full: 0 };
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      const ids = run.messages.map(({ id }) => id);
      const result = await play(run);
      const { failed, inTime, started } = result;
      const acknowledged = ids.filter((id) => !failed.includes(id));

      // The response: ids of the event, each once, in its order.
      expect(failed).toEqual(ids.filter((id) => failed.includes(id)));
      // What is acknowledged had succeeded before the answer, and what had succeeded is acknowledged.
      expect(acknowledged.filter((id) => !inTime.has(id))).toEqual([]);
      expect(failed.filter((id) => inTime.has(id))).toEqual([]);
      // Each message is handled at most once, and nothing starts when it is too late.
      expect(new Set(started).size).toBe(started.length);
      expect(result.startedAfterDeadline).toEqual([]);
      expect(result.mostAtOnce).toBeLessThanOrEqual(run.concurrency);
      seen.full += result.mostAtOnce === run.concurrency ? 1 : 0;
      seen.late += result.succeeded.size > inTime.size ? 1 : 0;

      if (run.fifo) {
        expect(result.overlaps).toEqual([]);
        for (const group of ["g", "h", "i"]) {
          const inGroup = run.messages.filter((message) => message.group === group).map(({ id }) => id);
          // From the first failure of a group on, all of it is in the response: the order of the rest is kept.
          const firstFailure = inGroup.findIndex((id) => failed.includes(id));
          if (firstFailure >= 0) expect(inGroup.slice(firstFailure).every((id) => failed.includes(id))).toBe(true);
          // In the order of the event, with no gap before what was started.
          const startedHere = started.filter((id) => inGroup.includes(id));
          const couldStart = inGroup.filter(
            (id) => run.messages.find((message) => message.id === id)?.behaviour !== "has no JSON",
          );
          expect(startedHere).toEqual(couldStart.slice(0, startedHere.length));
          seen.held += startedHere.length < couldStart.length ? 1 : 0;
        }
      }
    }),
    { numRuns: 200 },
  );
  // The runs were not all alike: the property had something to hold for.
  expect(seen.late).toBeGreaterThan(0);
  expect(seen.held).toBeGreaterThan(0);
  expect(seen.full).toBeGreaterThan(0);
});

test("two invocations in one environment do not mix, however they interleave", async () => {
  await fc.assert(
    fc.asyncProperty(batches, batches, fc.scheduler(), async (ours, theirs, scheduler) => {
      const handler = queue<{ fails: boolean }>(async ({ fails }) => {
        await scheduler.schedule(Promise.resolve());
        if (fails) throw new Error("boom");
      });
      const invoke = (list: typeof ours) =>
        handler(event(list.map(({ id, behaviour }) => ({ id, body: { fails: behaviour !== "succeeds" } }))));
      const expected = (list: typeof ours) =>
        list.filter(({ behaviour }) => behaviour !== "succeeds").map(({ id }) => id);
      const answers = Promise.all([invoke(ours), invoke(theirs)]);
      await scheduler.waitFor(answers);
      const [mine, others] = await answers;
      expect(failedIds(mine)).toEqual(expected(ours));
      expect(failedIds(others)).toEqual(expected(theirs));
    }),
  );
});
