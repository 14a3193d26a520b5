import { reserveMs } from "../../handlers/patterns/deadline.ts";
import { queue } from "../../handlers/patterns/index.ts";
import { barrier } from "../support/barriers.ts";
import { context, event, FIFO, failedIds, STANDARD } from "./support/events.ts";
import { noSettings, responds } from "./support/settings.ts";

let logged: jest.SpyInstance<void, unknown[]>;

beforeEach(() => {
  jest.useFakeTimers();
  logged = jest.spyOn(console, "error").mockImplementation(() => {});
  responds("partial");
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  noSettings();
});

const never = new Promise<never>(() => {});

/** One turn of the event loop after the deadline; jest's clock counts it as a millisecond. */
const TURN_MS = 1;
const lines = () => logged.mock.calls.map(([line]) => line);

test.each([
  [900_000, 10, 5000],
  [900_000, 10_000, 5000],
  [30_000, 10, 3000],
  [3000, 10, 300],
  [1000, 10, 100],
  [1000, 400, 100],
  [10_000, 10_000, 2500],
  [3000, 10_000, 1500],
  [300, 10, 100],
  [100, 10, 50],
  [0, 10, 0],
])("with %i ms to go for %i messages the answer is due %i ms before the end", (remaining, messages, reserve) => {
  expect(reserveMs(remaining, messages)).toBe(reserve);
});

describe("shortly before the timeout", () => {
  test("what has finished is acknowledged; what runs or waits comes back, and is told why", async () => {
    const started: string[] = [];
    const handler = queue<{ id: string }>({ concurrency: 2 }, async ({ id }) => {
      started.push(id);
      if (id === "hangs" || id === "hangs-too") await never;
    });
    const answer = handler(event(["done", "hangs", "also-done", "hangs-too", "waits"]), context(1000));
    await jest.advanceTimersByTimeAsync(899);
    expect(logged).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1 + TURN_MS);
    expect(failedIds(await answer)).toEqual(["hangs", "hangs-too", "waits"]);
    expect(started).toEqual(["done", "hangs", "also-done", "hangs-too"]);
    const error = { name: "DeadlineError", message: "not finished in 900 ms", stack: expect.any(String) };
    const message = { eventSourceARN: STANDARD, attempt: 1, error };
    expect(lines()).toEqual([
      { holdfast: "message unfinished", messageId: "hangs", ...message },
      { holdfast: "message unfinished", messageId: "hangs-too", ...message },
      { holdfast: "message unstarted", messageId: "waits", ...message },
    ]);
  });

  test("the signal is aborted, with the deadline as its reason", async () => {
    const reasons: unknown[] = [];
    const handler = queue(async (_, { signal }) => {
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      await never;
    });
    const answer = handler(event(["a"]), context(10_000));
    await jest.advanceTimersByTimeAsync(8999);
    expect(reasons).toEqual([]);
    await jest.advanceTimersByTimeAsync(1 + TURN_MS);
    await answer;
    expect(reasons).toEqual([expect.objectContaining({ name: "DeadlineError" })]);
  });

  test("a handler that ends at once when aborted counts as it ended, and is logged once", async () => {
    const handler = queue<{ id: string }>(
      ({ id }, { signal }) =>
        new Promise<void>((resolve, reject) => {
          signal.addEventListener("abort", () =>
            id === "gives-up" ? reject(new Error("gave up")) : queueMicrotask(resolve),
          );
        }),
    );
    const answer = handler(event(["gives-up", "is-done"]), context(1000));
    await jest.advanceTimersByTimeAsync(900 + TURN_MS);
    expect(failedIds(await answer)).toEqual(["gives-up"]);
    expect(lines()).toMatchObject([
      { holdfast: "message failed", messageId: "gives-up", error: { message: "gave up" } },
    ]);
  });

  test.each(["done", "failed"])("a result that comes later is ignored, and logged: %s", async (how) => {
    const late = barrier();
    const handler = queue(async () => {
      await late.wait();
      if (how === "failed") throw new Error("too bad");
    });
    const answer = handler(event([{ id: "a", receives: 2 }]), context(1000));
    await jest.advanceTimersByTimeAsync(900 + TURN_MS);
    const response = await answer;
    expect(failedIds(response)).toEqual(["a"]);
    logged.mockClear();
    late.open();
    await jest.advanceTimersByTimeAsync(0);
    expect(failedIds(response)).toEqual(["a"]);
    expect(lines()).toMatchObject([
      {
        holdfast: `message ${how} too late`,
        eventSourceARN: STANDARD,
        messageId: "a",
        attempt: 2,
        ...(how === "failed" ? { error: { name: "Error", message: "too bad" } } : {}),
      },
    ]);
  });

  test("nothing is started any more, not even by a late result", async () => {
    const late = barrier();
    const started: string[] = [];
    const handler = queue<{ id: string }>({ concurrency: 1 }, async ({ id }) => {
      started.push(id);
      await late.wait();
    });
    const answer = handler(
      event(
        ["a", "b", "c"].map((id) => ({ id, group: id === "c" ? "h" : "g" })),
        FIFO,
      ),
      context(1000),
    );
    await jest.advanceTimersByTimeAsync(900 + TURN_MS);
    expect(failedIds(await answer)).toEqual(["a", "b", "c"]);
    late.open();
    await jest.advanceTimersByTimeAsync(1000);
    expect(started).toEqual(["a"]);
  });

  test("the clock counts where the event loop is too busy for timers", async () => {
    const started: string[] = [];
    const handler = queue<{ id: string }>({ concurrency: 1 }, ({ id }) => {
      started.push(id);
      jest.setSystemTime(Date.now() + 400);
    });
    expect(failedIds(await handler(event(["a", "b", "c", "d"]), context(1000)))).toEqual(["d"]);
    expect(started).toEqual(["a", "b", "c"]);
  });

  test("a first message that keeps the loop busy until the deadline cannot hide it", async () => {
    const handler = queue<{ id: string }>({ concurrency: 2 }, async ({ id }) => {
      if (id === "a") jest.setSystemTime(Date.now() + 950);
      await never;
    });
    const answered = jest.fn();
    const answer = handler(event(["a", "b"]), context(1000)).then(answered);
    await jest.advanceTimersByTimeAsync(10);
    expect(answered).toHaveBeenCalledWith({ batchItemFailures: [{ itemIdentifier: "a" }, { itemIdentifier: "b" }] });
    await answer;
  });

  test("an invocation that has no time left starts nothing", async () => {
    const handler = queue(() => {
      throw new Error("was started");
    });
    expect(failedIds(await handler(event(["a", "b"]), context(0)))).toEqual(["a", "b"]);
    expect(lines()).toMatchObject([{ holdfast: "message unstarted" }, { holdfast: "message unstarted" }]);
  });
});

describe("the timer", () => {
  test("is gone when the answer is given, so that nothing keeps the runtime", async () => {
    await queue(() => {})(event(["a"]), context(30_000));
    expect(jest.getTimerCount()).toBe(0);
  });

  test("is gone when the batch failed, too", async () => {
    responds("throw");
    await queue(() => Promise.reject(new Error("boom")))(event(["a"]), context(30_000)).catch(() => {});
    expect(jest.getTimerCount()).toBe(0);
  });

  test.each([
    ["no context", undefined],
    ["a context without the method", {}],
    ["a context that does not know", { getRemainingTimeInMillis: () => Number.NaN }],
    ["a context with all the time in the world", { getRemainingTimeInMillis: () => Number.MAX_SAFE_INTEGER }],
  ])("is not needed with %s", async (_, given) => {
    const inside = barrier();
    const answer = queue(() => inside.wait())(event(["a"]), given);
    await jest.advanceTimersByTimeAsync(900_000);
    expect(jest.getTimerCount()).toBe(0);
    inside.open();
    expect(failedIds(await answer)).toEqual([]);
  });
});
