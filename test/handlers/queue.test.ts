import {
  BatchFailedError,
  deleteAndThrow,
  OptionError,
  type QueueOptions,
  queue,
} from "../../handlers/patterns/index.ts";
import { barrier, settled } from "../support/barriers.ts";
import { event, FIFO, failedIds, type Message, record, STANDARD } from "./support/events.ts";
import { noSettings, responds } from "./support/settings.ts";

let logged: jest.SpyInstance<void, unknown[]>;

beforeEach(() => {
  logged = jest.spyOn(console, "error").mockImplementation(() => {});
  responds("partial");
});

afterEach(() => {
  jest.restoreAllMocks();
  noSettings();
});

const idle = () => {};

/** Fails for the ids given. */
const failing =
  (...ids: string[]) =>
  async ({ id }: { id: string }) => {
    if (ids.includes(id)) throw new Error(`no luck with ${id}`);
  };

describe("one message after the other", () => {
  test("gets its payload, its record, a signal and how often it was received", async () => {
    const seen: unknown[] = [];
    const handler = queue<{ n: number }>(async (payload, { record: { messageId }, signal, attempt }) => {
      seen.push({ payload, messageId, aborted: signal.aborted, attempt });
    });
    await handler(
      event([
        { id: "a", body: { n: 1 } },
        { id: "b", body: { n: 2 }, receives: 3 },
      ]),
    );
    expect(seen).toEqual([
      { payload: { n: 1 }, messageId: "a", aborted: false, attempt: 1 },
      { payload: { n: 2 }, messageId: "b", aborted: false, attempt: 3 },
    ]);
  });

  test("attempt is 1 where the event does not say", async () => {
    const attempts: number[] = [];
    const handler = queue((_, { attempt }) => attempts.push(attempt));
    const { attributes, ...bare } = record({ id: "a" });
    await handler({ Records: [bare as typeof bare & { attributes: typeof attributes }] });
    expect(attempts).toEqual([1]);
  });

  test("may be handled without a promise, and its result is not looked at", async () => {
    const handler = queue(() => ({ statusCode: 500 }));
    expect(await handler(event(["a"]))).toEqual({ batchItemFailures: [] });
  });

  test("decode makes the payload, and infers its type", async () => {
    const seen: string[] = [];
    const handler = queue({ decode: (body) => Buffer.from(body, "base64") }, (payload) =>
      seen.push(payload.toString("utf8")),
    );
    await handler(event([{ id: "a", body: Buffer.from("hello").toString("base64") }]));
    expect(seen).toEqual(["hello"]);
  });
});

describe("a message that fails", () => {
  test("is reported, alone, in the order of the event", async () => {
    const first = barrier();
    const handler = queue<{ id: string }>(async ({ id }) => {
      if (id === "a") await first.wait();
      if (id !== "b") throw new Error(id);
    });
    const answer = handler(event(["a", "b", "c"]));
    await settled();
    first.open();
    expect(failedIds(await answer)).toEqual(["a", "c"]);
  });

  const ways: [string, () => unknown][] = [
    ["rejects", () => Promise.reject(new Error("boom"))],
    [
      "throws before it returns a promise",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects with undefined", () => Promise.reject()],
    ["rejects with a string", () => Promise.reject("boom")],
    ["rejects with null", () => Promise.reject(null)],
    [
      "throws what cannot be looked at",
      () => {
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error("hands off");
            },
          },
        );
      },
    ],
    [
      "returns a thenable that rejects",
      // oxlint-disable-next-line unicorn/no-thenable
      () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(new Error("boom")) }),
    ],
    ["returns a response for a whole batch", () => ({ batchItemFailures: [] })],
    ["resolves to a response for a whole batch", async () => ({ batchItemFailures: [{ itemIdentifier: "a" }] })],
  ];
  test.each(ways)("fails when its handler %s, and the other does not", async (_, way) => {
    const handler = queue<{ id: string }>(({ id }) => (id === "a" ? way() : undefined));
    expect(failedIds(await handler(event(["a", "b"])))).toEqual(["a"]);
    expect(logged).toHaveBeenCalledTimes(1);
  });

  test("is told what is wrong when a handler of batches was wrapped", async () => {
    await queue(async () => ({ batchItemFailures: [] }))(event(["a"]));
    expect(logged.mock.calls).toEqual([
      [expect.objectContaining({ error: expect.objectContaining({ name: "HandlerError" }) })],
    ]);
    expect(JSON.stringify(logged.mock.calls)).toContain("batchItemFailures");
  });

  test.each([
    ["a thrown object", { secret: "4111-1111" }, "object"],
    ["a thrown string", "boom", '\\"boom\\"'],
    ["undefined", undefined, "undefined"],
  ])("%s is named, without what an object holds", async (_, thrown, named) => {
    await queue(() => Promise.reject(thrown))(event(["a"]));
    const text = JSON.stringify(logged.mock.calls);
    expect(text).toContain(`threw ${named}`);
    expect(text).not.toContain("4111");
  });

  test("is logged as one object, with nothing of its body", async () => {
    class CardError extends Error {
      override name = "CardError";
      readonly request = { body: "4111-1111" };
    }
    const handler = queue(async () => {
      throw new CardError("declined");
    });
    await handler(event([{ id: "a", body: { card: "4111-1111" }, receives: 2 }]));
    expect(logged.mock.calls).toEqual([
      [
        {
          holdfast: "message failed",
          eventSourceARN: STANDARD,
          messageId: "a",
          attempt: 2,
          error: { name: "CardError", message: "declined", stack: expect.stringContaining("queue.test.ts") },
        },
      ],
    ]);
    expect(JSON.stringify(logged.mock.calls)).not.toContain("4111");
  });

  test("nothing is logged for messages that succeed", async () => {
    await queue(failing())(event(["a", "b"]));
    expect(logged).not.toHaveBeenCalled();
  });
});

describe("a body that cannot be decoded", () => {
  test.each([
    ["by JSON.parse", {}, "card 4111-1111 {"],
    [
      "by decode",
      {
        decode: (body: string) => {
          throw new TypeError(`cannot read ${body}`);
        },
      },
      "card 4111-1111",
    ],
  ] as [string, QueueOptions<unknown>, string][])(
    "%s fails its message alone, and shows nothing of it",
    async (_, options, body) => {
      const handled: string[] = [];
      const handler = queue(options, (_payload, { record: { messageId } }) => handled.push(messageId));
      const messages: Message[] = [{ id: "bad", body }];
      if (options.decode === undefined) messages.push({ id: "good" });
      expect(failedIds(await handler(event(messages)))).toEqual(["bad"]);
      expect(handled).toEqual(messages.length === 1 ? [] : ["good"]);
      const text = JSON.stringify(logged.mock.calls);
      expect(text).toContain("DecodeError");
      expect(text).toContain(`${body.length} characters`);
      expect(text).toContain(options.decode === undefined ? "SyntaxError" : "TypeError");
      expect(text).not.toContain("4111");
    },
  );

  test("the default says the same, and names no text in an error that fails the batch", async () => {
    responds("throw");
    const answer = queue(() => {})(event([{ id: "bad", body: "card 4111-1111 {" }]));
    await expect(answer).rejects.toThrow("bad (DecodeError: body of 16 characters: SyntaxError)");
    await expect(answer).rejects.not.toThrow("4111");
  });
});

describe("how failures are told", () => {
  const client = { deleteMessageBatch: async () => ({}) };
  const byHand = deleteAndThrow(client);
  const rows: [string | undefined, QueueOptions<{ id: string }>["response"], string][] = [
    ["partial", undefined, "returns"],
    ["partial", "partial", "returns"],
    ["partial", byHand, "returns"],
    ["delete-and-throw", byHand, "deletes"],
    ["delete-and-throw", undefined, "says what to import"],
    ["delete-and-throw", "partial", "says what to import"],
    ["throw", undefined, "throws"],
    ["throw", "partial", "throws"],
    ["throw", byHand, "throws"],
    [undefined, byHand, "deletes"],
    [undefined, "partial", "returns"],
    [undefined, undefined, "says what is not known"],
  ];
  describe.each(rows)("HOLDFAST %s", (settings, response, does) => {
    const handler = queue<{ id: string }>({ response }, failing("b"));
    const whenAllIsWell = queue<{ id: string }>({ response }, failing());
    beforeEach(() => (settings === undefined ? noSettings() : responds(settings)));

    test(`and option ${typeof response === "object" ? "deleteAndThrow" : response}: ${does}`, async () => {
      const deleted = jest.spyOn(client, "deleteMessageBatch");
      const answer = handler(event(["a", "b", "c"]));
      if (does === "returns") {
        expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: "b" }] });
      } else {
        await expect(answer).rejects.toThrow(BatchFailedError);
        await expect(answer).rejects.toThrow(`1 of 3 messages of ${STANDARD} failed: b (Error: no luck with b)`);
      }
      if (does !== "returns" && does !== "deletes") await expect(answer).rejects.toThrow("the whole batch comes back");
      if (does === "says what to import") {
        await expect(answer).rejects.toThrow("deleteAndThrow(new SQS()) of holdfast/handlers");
      }
      if (does === "says what is not known") await expect(answer).rejects.toThrow("ReportBatchItemFailures");
      expect(deleted).toHaveBeenCalledTimes(does === "deletes" ? 1 : 0);
    });

    test(`and option ${typeof response === "object" ? "deleteAndThrow" : response}, when nothing failed: leaves it to the poller`, async () => {
      const deleted = jest.spyOn(client, "deleteMessageBatch");
      expect(await whenAllIsWell(event(["a", "b"]))).toEqual(
        does === "returns" ? { batchItemFailures: [] } : undefined,
      );
      expect(deleted).not.toHaveBeenCalled();
    });
  });

  test("an error for the batch holds the errors of the messages, and the runtime prints none of their properties", async () => {
    responds("throw");
    const declined = Object.assign(new Error("declined"), { request: "4111-1111" });
    const answer = queue(() => Promise.reject(declined))(event(["a", "b"]));
    const error = await answer.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toEqual([declined, declined]);
    expect((error as Error).name).toBe("BatchFailedError");
    expect(Object.keys(error as Error)).toEqual(["name"]);
  });
});

describe("FIFO", () => {
  test("a failure holds back the rest of its group, and no other group", async () => {
    const started: string[] = [];
    const handler = queue<{ id: string }>(async ({ id }) => {
      started.push(id);
      if (id === "a2") throw new Error("boom");
    });
    const response = await handler(
      event(
        ["a1", "b1", "a2", "a3", "b2", "a4"].map((id) => ({ id, group: id.slice(0, 1) })),
        FIFO,
      ),
    );
    expect(failedIds(response)).toEqual(["a2", "a3", "a4"]);
    expect(started.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2"]);
    expect(started.filter((id) => id.startsWith("b"))).toEqual(["b1", "b2"]);
    expect(logged.mock.calls.map(([line]) => line)).toMatchObject([
      { holdfast: "message failed", messageId: "a2", error: { name: "Error" } },
      { holdfast: "message unstarted", messageId: "a3", error: { name: "GroupHeldError" } },
      { holdfast: "message unstarted", messageId: "a4", error: { name: "GroupHeldError" } },
    ]);
  });

  test("groups run side by side, up to the concurrency; within one, each waits for the one before", async () => {
    const barriers = Object.fromEntries(["a1", "a2", "b1", "c1"].map((id) => [id, barrier()]));
    const started: string[] = [];
    const handler = queue<{ id: string }>({ concurrency: 2 }, async ({ id }) => {
      started.push(id);
      await barriers[id]?.wait();
    });
    const answer = handler(
      event(
        ["a1", "a2", "b1", "c1"].map((id) => ({ id, group: id.slice(0, 1) })),
        FIFO,
      ),
    );
    await settled();
    expect(started).toEqual(["a1", "b1"]);
    barriers["a1"]?.open();
    await settled();
    expect(started).toEqual(["a1", "b1", "a2"]);
    barriers["b1"]?.open();
    await settled();
    expect(started).toEqual(["a1", "b1", "a2", "c1"]);
    for (const { open } of Object.values(barriers)) open();
    expect(await answer).toEqual({ batchItemFailures: [] });
  });

  test("a message that cannot be decoded holds its group back too", async () => {
    const handler = queue(() => {});
    const messages = [
      { id: "a", group: "g", body: "{" },
      { id: "b", group: "g" },
    ];
    expect(failedIds(await handler(event(messages, FIFO)))).toEqual(["a", "b"]);
  });

  test("on a standard queue a group is no order", async () => {
    const messages = [
      { id: "a", group: "g" },
      { id: "b", group: "g" },
    ];
    expect(failedIds(await queue<{ id: string }>(failing("a"))(event(messages)))).toEqual(["a"]);
  });
});

describe("invocations at the same time", () => {
  test("share nothing: one fails a message, the other succeeds with the same id", async () => {
    const inside = { one: barrier(), two: barrier() };
    const handler = queue<{ of: "one" | "two" }>(async ({ of }) => {
      await inside[of].wait();
      if (of === "one") throw new Error("boom");
    });
    const one = handler(event([{ id: "m", body: { of: "one" } }]));
    await inside.one.arrived;
    const two = handler(event([{ id: "m", body: { of: "two" } }]));
    await inside.two.arrived;
    inside.one.open();
    expect(failedIds(await one)).toEqual(["m"]);
    inside.two.open();
    expect(failedIds(await two)).toEqual([]);
    expect(failedIds(await handler(event([{ id: "n", body: { of: "two" } }])))).toEqual([]);
  });
});

describe("what cannot be wrapped", () => {
  const wrap = queue as unknown as (...given: unknown[]) => unknown;
  test.each([
    ["concurrency 0", [{ concurrency: 0 }, idle], "concurrency is 0;", "integer from 1"],
    ["a fraction", [{ concurrency: 1.5 }, idle], "concurrency is 1.5;", "integer from 1"],
    ["a number in a string", [{ concurrency: "5" }, idle], 'concurrency is "5";', "integer from 1"],
    ["no number", [{ concurrency: Number.NaN }, idle], "concurrency is NaN;", "integer from 1"],
    ["infinity", [{ concurrency: Infinity }, idle], "concurrency is Infinity;", "integer from 1"],
    ["null", [{ concurrency: null }, idle], "concurrency is null;", "integer from 1"],
    ["an unknown option", [{ concurency: 5 }, idle], 'option is "concurency";', "concurrency"],
    ["an unknown option of no value", [{ schema: undefined }, idle], 'option is "schema";', "decode"],
    ["a decoder that is none", [{ decode: "json" }, idle], 'decode is "json";', "function"],
    ["a response style of the settings", [{ response: "throw" }, idle], 'response is "throw";', '"partial"'],
    ["deleteAndThrow without its call", [{ response: deleteAndThrow }, idle], "response is function;", "client"],
    ["an SDK client for a response", [{ response: {} }, idle], "response is object;", "deleteAndThrow(client)"],
    ["options without a handler", [{ concurrency: 5 }], "handler is object;", "options"],
    ["no handler", [{}, undefined], "handler is undefined;", "options"],
    ["a promise of a handler", [Promise.resolve(idle)], "handler is object;", "options"],
  ] as [string, unknown[], string, string][])("%s is refused, with value and range", (_, given, value, right) => {
    expect(() => wrap(...given)).toThrow(OptionError);
    expect(() => wrap(...given)).toThrow(RangeError);
    expect(() => wrap(...given)).toThrow(value);
    expect(() => wrap(...given)).toThrow(right);
  });

  test("an option that is undefined is its default", async () => {
    const running = { now: 0, most: 0 };
    const inside = barrier();
    const wrapped = queue({ concurrency: undefined, decode: undefined, response: undefined }, async () => {
      running.most = Math.max(running.most, ++running.now);
      await inside.wait();
    });
    const answer = wrapped(event(Array.from({ length: 12 }, (_, n) => `m${n}`)));
    await settled();
    expect(running.most).toBe(10);
    inside.open();
    await answer;
  });
});
