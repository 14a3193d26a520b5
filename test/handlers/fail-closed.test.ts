/** Whatever leaves doubt about which messages failed makes the invocation fail: then none is deleted (R62). */
import {
  deleteAndThrow,
  EventError,
  type QueueEvent,
  type QueueRecord,
  queue,
  SettingsError,
} from "../../handlers/patterns/index.ts";
import { checked } from "../../handlers/patterns/respond.ts";
import { sqs } from "../../handlers/patterns/sources.ts";
import { event, FIFO, failedIds, record, STANDARD } from "./support/events.ts";
import { holdfast, noSettings, responds } from "./support/settings.ts";

const handled = jest.fn();
const handler = queue(() => {
  handled();
});

beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation(() => {});
  handled.mockReset();
  responds("partial");
});

afterEach(() => {
  jest.restoreAllMocks();
  noSettings();
});

const changed = (change: Readonly<Record<string, unknown>>): QueueRecord => ({ ...record({ id: "b" }), ...change });

/** Settings of the queue. */
const entry = (value: unknown) => ({ sources: { [STANDARD]: value } });

const response = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

const failing = () => Promise.reject(new Error("boom"));

const decode = () => undefined;

describe("an event that is not of SQS, or whose messages cannot be told apart", () => {
  const events: [string, unknown, string][] = [
    ["nothing", undefined, "eventSourceARN is undefined"],
    ["null", null, "eventSourceARN is undefined"],
    ["a test event of the console", { key1: "value1" }, "eventSourceARN is undefined"],
    ["no records", { Records: [] }, "eventSourceARN is undefined"],
    ["records that are no list", { Records: { eventSourceARN: STANDARD } }, "eventSourceARN is undefined"],
    ["records that are text", { Records: "abc" }, "eventSourceARN is undefined"],
    ["an EventBridge event", { source: "shop", detail: {} }, "eventSourceARN is undefined"],
    [
      "a Kinesis event",
      { Records: [{ eventSource: "aws:kinesis", eventSourceARN: "arn:aws:kinesis:eu-west-1:111122223333:stream/s" }] },
      'eventSource is "aws:kinesis"',
    ],
    ["an SNS event", { Records: [{ EventSource: "aws:sns", Sns: {} }] }, "eventSourceARN is undefined"],
    ["a record without a queue", { Records: [changed({ eventSourceARN: "" })] }, 'eventSourceARN is ""'],
    ["a second record that is not of SQS", { Records: [record({ id: "a" }), changed({ eventSource: "x" })] }, '"x"'],
    ["records of two queues", { Records: [record({ id: "a" }), changed({ eventSourceARN: FIFO })] }, "of one queue"],
    ["a record that is null", { Records: [record({ id: "a" }), null] }, "eventSource is undefined"],
    ["no messageId", { Records: [record({ id: "a" }), changed({ messageId: undefined })] }, "messageId is undefined"],
    ["an empty messageId", { Records: [record({ id: "a" }), changed({ messageId: "" })] }, 'messageId is ""'],
    ["a messageId that is a number", { Records: [changed({ messageId: 7 })] }, "messageId is 7"],
    ["one messageId for two", event(["a", "b", "a"]), 'messageId is "a"'],
    ["a FIFO message without a group", event(["a"], FIFO), "MessageGroupId is undefined"],
    ["a FIFO message of an empty group", event([{ id: "a", group: "" }], FIFO), 'MessageGroupId is ""'],
  ];
  test.each(events)("%s: fails before anything is handled", async (_, given, says) => {
    const answer = handler(given as QueueEvent);
    await expect(answer).rejects.toThrow(EventError);
    await expect(answer).rejects.toThrow(says);
    await expect(answer).rejects.toThrow("an SQS event has Records of one queue");
    expect(handled).not.toHaveBeenCalled();
  });

  test.each([undefined, "", 5])("a receipt handle of %p, where messages are deleted by hand", async (receiptHandle) => {
    noSettings();
    const deleteMessageBatch = jest.fn(async () => ({}));
    const deleting = queue({ response: deleteAndThrow({ deleteMessageBatch }) }, () => {
      handled();
      throw new Error("boom");
    });
    const odd = { Records: [record({ id: "a" }), changed({ receiptHandle })] };
    await expect(deleting(odd)).rejects.toThrow(EventError);
    await expect(deleting(odd)).rejects.toThrow("receiptHandle of b");
    expect(handled).not.toHaveBeenCalled();
    expect(deleteMessageBatch).not.toHaveBeenCalled();
    responds("partial");
    expect(failedIds(await deleting(odd))).toEqual(["a", "b"]);
  });
});

describe("settings that cannot be understood", () => {
  test.each([
    ["no JSON", "{ not JSON: secret", "unreadable: 18 characters"],
    ["a list", "[]", "unreadable: 2 characters"],
    ["a number", "5", "unreadable: 1 characters"],
    ["null", "null", "unreadable: 4 characters"],
    ["sources that are a text", '{"sources":"secret"}', "unreadable: 20 characters"],
    ["sources that are a list", '{"sources":[]}', "unreadable: 14 characters"],
    ["an empty text", "", "unreadable: 0 characters"],
    ["null", "null", "unreadable: 4 characters"],
    ["an unknown response", entry({ response: "batch" }), 'is "batch"'],
    ["a response of another case", entry({ response: "Partial" }), 'is "Partial"'],
    ["a response that is true", entry({ response: true }), "is true"],
    ["a response that is null", entry({ response: null }), "is null"],
    ["an entry without a response", entry({ timeout: 30 }), "is undefined"],
    ["an entry that is null", entry(null), "is undefined"],
    ["an entry that is a string", entry("throw"), "is undefined"],
    ["an entry that is a list", entry(["partial"]), "is undefined"],
  ])("%s: fails before anything is handled", async (_, value, says) => {
    holdfast(value);
    const optimist = queue({ response: "partial" }, () => {
      handled();
    });
    const answer = optimist(event(["a"]));
    await expect(answer).rejects.toThrow(SettingsError);
    await expect(answer).rejects.toThrow(says);
    await expect(answer).rejects.toThrow('"response":"partial|delete-and-throw|throw"');
    await expect(answer).rejects.not.toThrow("secret");
    expect(handled).not.toHaveBeenCalled();
  });

  test.each([
    ["no sources", {}],
    ["settings of other parts", { idempotency: { table: "t" } }],
    ["settings of another queue", { sources: { [FIFO]: { response: "partial" } } }],
    ["broken settings of another queue", { sources: { [FIFO]: { response: "?" } } }],
  ])("%s are none for this queue: the code's word counts", async (_, value) => {
    holdfast(value);
    await expect(queue(failing)(event(["a"]))).rejects.toThrow("HOLDFAST says nothing");
    expect(failedIds(await queue({ response: "partial" }, failing)(event(["a"])))).toEqual(["a"]);
  });

  test("are read again when they change, and after they were broken", async () => {
    const fails = queue(failing);
    expect(failedIds(await fails(event(["a"])))).toEqual(["a"]);
    responds("throw");
    await expect(fails(event(["a"]))).rejects.toThrow("the whole batch comes back");
    holdfast("{");
    await expect(fails(event(["a"]))).rejects.toThrow(SettingsError);
    await expect(fails(event(["a"]))).rejects.toThrow(SettingsError);
    responds("partial");
    expect(failedIds(await fails(event(["a"])))).toEqual(["a"]);
  });

  test("are parsed once as long as they stay the same", async () => {
    holdfast({ sources: { [STANDARD]: { response: "partial" } }, once: 1 });
    const parse = jest.spyOn(JSON, "parse");
    const idle = queue({ decode }, () => {});
    for (let n = 0; n < 3; n++) await idle(event(["a"]));
    expect(parse).toHaveBeenCalledTimes(1);
  });
});

describe("the response is held against the failures before it is given", () => {
  const failures = [{ record: { id: "a" } }, { record: { id: "b" } }];
  test.each([
    ["a failure that is missing", response("a")],
    ["none at all", response()],
    ["an id that is not a failure's", response("a", "b", "c")],
    ["an id in the place of another", response("a", "c")],
    ["an empty id", response("a", "")],
    ["an id that stands twice", response("a", "b", "b")],
  ])("%s is an error", (_, odd) => {
    expect(() => checked(odd, failures)).toThrow(EventError);
  });

  test("a response that fits is given", () => {
    expect(checked(response("a", "b"), failures)).toEqual(response("a", "b"));
  });

  test.each([
    ["forgets a failure", response("a")],
    ["is empty", response()],
    ["names a success", response("a", "b", "c")],
  ])("one that %s never reaches the poller", async (_, odd) => {
    jest.spyOn(sqs, "respond").mockReturnValue(odd);
    const fails = queue<{ id: string }>(({ id }) => (id === "c" ? undefined : failing()));
    await expect(fails(event(["a", "b", "c"]))).rejects.toThrow(EventError);
  });

  test("what a handler does to its record does not change it", async () => {
    const spiteful = queue<{ id: string }>(({ id }, { record: mine }) => {
      mine.messageId = "";
      mine.eventSourceARN = "";
      if (id === "b") throw new Error("boom");
    });
    expect(failedIds(await spiteful(event(["a", "b"])))).toEqual(["b"]);
  });
});
