import { type ChildProcess, execFile } from "node:child_process";
import { SQS } from "@aws-sdk/client-sqs";
import {
  type BatchDeleteClient,
  deleteAndThrow,
  OptionError,
  queue,
  SettingsError,
} from "../../handlers/patterns/index.ts";
import { queueUrlOf } from "../../handlers/patterns/queue-url.ts";
import { context, event, FIFO, record, STANDARD } from "./support/events.ts";
import { noSettings, responds } from "./support/settings.ts";

beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation(() => {});
  noSettings();
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  noSettings();
});

type Input = Parameters<BatchDeleteClient["deleteMessageBatch"]>[0];
type Output = Awaited<ReturnType<BatchDeleteClient["deleteMessageBatch"]>>;

/** A client that remembers what it was asked, and answers as told. */
function client(answer: (input: Input, call: number) => Output | Promise<Output> = () => ({})) {
  const inputs: Input[] = [];
  return { inputs, deleteMessageBatch: async (input: Input) => answer(input, inputs.push(input)) };
}

const failing =
  (...ids: string[]) =>
  async ({ id }: { id: string }) => {
    if (ids.includes(id)) throw new Error("boom");
  };

const messageOf = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => "did not throw",
    (error: Error) => error.message,
  );

const many = (count: number) => Array.from({ length: count }, (_, n) => `m${n}`);

describe("when a message has failed", () => {
  test("the others are deleted, by their receipt handles, and the error says so", async () => {
    const sqs = client();
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("b", "d"));
    expect(await messageOf(handler(event(["a", "b", "c", "d"])))).toBe(
      `2 of 4 messages of ${STANDARD} failed: b (Error: boom), d (Error: boom); the 2 others were deleted`,
    );
    expect(sqs.inputs).toEqual([
      {
        QueueUrl: "https://sqs.eu-west-1.amazonaws.com/111122223333/payments",
        Entries: [
          { Id: "0", ReceiptHandle: "receipt-of-a" },
          { Id: "1", ReceiptHandle: "receipt-of-c" },
        ],
      },
    ]);
  });

  test("they are deleted ten by ten", async () => {
    const sqs = client();
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("m0"));
    expect(await messageOf(handler(event(many(32))))).toContain("the 31 others were deleted");
    expect(sqs.inputs.map(({ Entries }) => Entries.length)).toEqual([10, 10, 10, 1]);
    const deleted = sqs.inputs.flatMap(({ Entries }) => Entries.map(({ ReceiptHandle }) => ReceiptHandle));
    expect(deleted.toSorted()).toEqual(
      many(32)
        .slice(1)
        .map((id) => `receipt-of-${id}`)
        .toSorted(),
    );
    for (const { Entries } of sqs.inputs) expect(new Set(Entries.map(({ Id }) => Id)).size).toBe(Entries.length);
  });

  test("no call is made when there is nothing to delete", async () => {
    const sqs = client();
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a", "b"));
    expect(await messageOf(handler(event(["a", "b"])))).toContain("; none was left to delete");
    expect(sqs.inputs).toEqual([]);
  });

  test("on a FIFO queue the rest of the group is neither handled nor deleted", async () => {
    const sqs = client();
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a2"));
    const messages = ["a1", "a2", "a3", "b1"].map((id) => ({ id, group: id.slice(0, 1) }));
    expect(await messageOf(handler(event(messages, FIFO)))).toMatch(
      /^2 of 4 .* a2 \(Error: boom\), a3 \(GroupHeldError: /,
    );
    expect(sqs.inputs.flatMap(({ Entries }) => Entries.map(({ ReceiptHandle }) => ReceiptHandle))).toEqual([
      "receipt-of-a1",
      "receipt-of-b1",
    ]);
  });

  test("what a handler does to its record does not decide what is deleted", async () => {
    const sqs = client();
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, async ({ id }, { record: mine }) => {
      mine.receiptHandle = "receipt-of-b";
      if (id === "b") throw new Error("boom");
    });
    await messageOf(handler(event(["a", "b"])));
    expect(sqs.inputs[0]?.Entries).toEqual([{ Id: "0", ReceiptHandle: "receipt-of-a" }]);
  });
});

describe("what could not be deleted", () => {
  test("comes back, and is named with SQS's reason; the call as a whole had succeeded", async () => {
    const sqs = client(({ Entries }) => ({
      Failed: Entries.slice(1, 2).map(({ Id }) => ({ Id, Code: "ReceiptHandleIsInvalid", Message: "expired" })),
    }));
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a"));
    expect(await messageOf(handler(event(["a", "b", "c", "d"])))).toContain(
      "; of the 3 others these could not be deleted, and come back: c (ReceiptHandleIsInvalid: expired)",
    );
  });

  test("an entry that SQS names and we do not know is named all the same", async () => {
    const sqs = client(() => ({ Failed: [{ Id: "99", Code: "InternalError" }] }));
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a"));
    expect(await messageOf(handler(event(["a", "b"])))).toContain("come back: 99 (InternalError: undefined)");
  });

  test.each([
    ["a call that fails", () => Promise.reject(Object.assign(new Error("denied"), { name: "AccessDenied" }))],
    [
      "a call that throws at once",
      () => {
        throw Object.assign(new Error("denied"), { name: "AccessDenied" });
      },
    ],
  ])("%s does not hide the failed messages, nor stop the other calls", async (_, fails) => {
    const sqs = client((_input, call) => (call === 1 ? fails() : {}));
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("m0"));
    const message = await messageOf(handler(event(many(13))));
    expect(message).toContain("1 of 13 messages");
    expect(message).toContain("m0 (Error: boom)");
    expect(message).toContain(
      `of the 12 others these could not be deleted, and come back: ${many(11).slice(1).join(", ")} (AccessDenied: denied)`,
    );
    expect(message).not.toContain("m11");
    expect(sqs.inputs).toHaveLength(2);
  });

  test("an answer that is none is no confirmation", async () => {
    const sqs = client(() => undefined as unknown as Output);
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a"));
    expect(await messageOf(handler(event(["a", "b"])))).toContain("come back: b (TypeError");
  });

  test("a call that hangs is given up in time to tell of the failures", async () => {
    jest.useFakeTimers();
    const sqs = client(() => new Promise<Output>(() => {}));
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a"));
    const message = messageOf(handler(event(["a", "b"]), context(1000)));
    await jest.advanceTimersByTimeAsync(999);
    expect(await message).toContain("a (Error: boom)");
    expect(await message).toContain("come back: b (DeadlineError");
  });

  test("what the deadline left unfinished is failed; what is done is still deleted", async () => {
    jest.useFakeTimers();
    const sqs = client();
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, async ({ id }) => {
      if (id === "b") await new Promise(() => {});
    });
    const message = messageOf(handler(event(["a", "b"]), context(1000)));
    await jest.advanceTimersByTimeAsync(999);
    expect(await message).toContain("1 of 2 messages");
    expect(await message).toContain("b (DeadlineError");
    expect(await message).toContain("the 1 others were deleted");
    expect(sqs.inputs).toHaveLength(1);
  });
});

describe("the URL of the queue", () => {
  const regions: [string, string][] = [
    ["aws", "eu-west-1"],
    ["aws-cn", "cn-north-1"],
    ["aws-us-gov", "us-gov-west-1"],
    ["aws-iso", "us-iso-east-1"],
    ["aws-iso-b", "us-isob-east-1"],
    ["aws-iso-e", "eu-isoe-west-1"],
    ["aws-iso-f", "us-isof-south-1"],
    ["aws-eusc", "eusc-de-east-1"],
  ];
  test.each(regions)("is that of the SDK in %s", (partition, region) => {
    const { endpointProvider } = new SQS({ region }).config;
    const { url } = endpointProvider({ Region: region });
    expect(queueUrlOf(`arn:${partition}:sqs:${region}:111122223333:work.fifo`)).toBe(
      `${url.origin}/111122223333/work.fifo`,
    );
  });

  test.each([
    "arn:aws-mars:sqs:mars-1:111122223333:work",
    "arn:constructor:sqs:eu-west-1:111122223333:work",
    "arn:aws:sns:eu-west-1:111122223333:work",
    "arn:aws:sqs::111122223333:work",
    "arn:aws:sqs:eu-west-1:111122223333:work:more",
    "work",
  ])("is not made up from %s: the invocation fails before anything is handled", async (arn) => {
    const handled = jest.fn();
    const handler = queue({ response: deleteAndThrow(client()) }, () => {
      handled();
    });
    await expect(handler({ Records: [record({ id: "a" }, arn)] })).rejects.toThrow("set queueUrl in HOLDFAST");
    expect(handled).not.toHaveBeenCalled();
  });

  test("comes from HOLDFAST, if it is there", async () => {
    const sqs = client();
    responds("delete-and-throw", { queueUrl: "http://127.0.0.1:9324/000000000000/payments" });
    await messageOf(queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("a"))(event(["a", "b"])));
    expect(sqs.inputs[0]?.QueueUrl).toBe("http://127.0.0.1:9324/000000000000/payments");
  });

  test.each([5, "", "payments"])("that is %p in HOLDFAST is refused before anything is handled", async (queueUrl) => {
    const handled = jest.fn();
    responds("delete-and-throw", { queueUrl });
    const handler = queue({ response: deleteAndThrow(client()) }, () => {
      handled();
    });
    await expect(handler(event(["a"]))).rejects.toThrow(SettingsError);
    expect(handled).not.toHaveBeenCalled();
  });
});

test.each([undefined, null, {}, "sqs", { deleteMessageBatch: true }])("%p is no client", (given) => {
  expect(() => deleteAndThrow(given as never)).toThrow(OptionError);
});

describe("against an SQS API, with the SDK", () => {
  let server: ChildProcess | undefined;
  let sqs: SQS;

  beforeAll(async () => {
    server = execFile(process.execPath, [require.resolve("./support/sqs-server.mjs")]);
    const port = await new Promise<string>((resolve, reject) => {
      server?.stdout?.once("data", resolve);
      server?.once("exit", (code) => reject(new Error(`the SQS server ended with ${code}`)));
    });
    sqs = new SQS({
      endpoint: `http://127.0.0.1:${port.trim()}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
  });

  afterAll(() => {
    sqs?.destroy();
    server?.kill();
  });

  test("only what failed comes back after the visibility timeout", async () => {
    const { QueueUrl } = await sqs.createQueue({ QueueName: "payments", Attributes: { VisibilityTimeout: "1" } });
    await sqs.sendMessageBatch({
      QueueUrl,
      Entries: many(10).map((id) => ({ Id: id, MessageBody: JSON.stringify({ id }) })),
    });
    const receive = async () => {
      const { Messages = [] } = await sqs.receiveMessage({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 3,
        MessageSystemAttributeNames: ["All"],
      });
      return Messages;
    };
    const received = await receive();
    expect(received).toHaveLength(10);
    responds("delete-and-throw", { queueUrl: QueueUrl });
    const handler = queue<{ id: string }>({ response: deleteAndThrow(sqs) }, failing("m3", "m7"));
    const records = received.map(({ MessageId = "", ReceiptHandle = "", Body = "" }) =>
      Object.assign(record({ id: MessageId, body: Body }), { receiptHandle: ReceiptHandle }),
    );
    expect(await messageOf(handler({ Records: records }))).toContain("the 8 others were deleted");
    const again = await receive();
    expect(new Set(again.map(({ Body }) => Body))).toEqual(new Set(['{"id":"m3"}', '{"id":"m7"}']));
    expect(again.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(["2", "2"]);
  }, 15_000);
});
