/** What the compiler says to a user's code: this file is checked by `npm run check`, and its values are used below. */
import { SQS } from "@aws-sdk/client-sqs";
import { deleteAndThrow, type QueueRecord, queue } from "../../handlers/patterns/index.ts";
import { event } from "./support/events.ts";
import { noSettings } from "./support/settings.ts";

/** A record, event and context as the common type packages for Lambda declare them, as far as it matters here. */
interface Record {
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes: {
    AWSTraceHeader?: string | undefined;
    ApproximateReceiveCount: string;
    SentTimestamp: string;
    SenderId: string;
    ApproximateFirstReceiveTimestamp: string;
    MessageGroupId?: string | undefined;
  };
  messageAttributes: { [name: string]: { stringValue?: string | undefined; dataType: string } };
  md5OfBody: string;
  md5OfMessageAttributes?: string;
  eventSource: string;
  eventSourceARN: string;
  awsRegion: string;
}
interface Context {
  functionName: string;
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
}
interface Response {
  batchItemFailures: { itemIdentifier: string }[];
}
type Handler = (
  event: { Records: Record[] },
  context: Context,
  callback: (error?: Error | string | null, result?: Response | void) => void,
) => void | Promise<Response | void>;

interface Payment {
  readonly paymentId: string;
}

beforeEach(noSettings);

const handlers: { readonly [name: string]: Handler } = {
  "the payload is unknown, unless it is named": queue((payload) => {
    // @ts-expect-error: of unknown type
    payload?.paymentId satisfies string;
  }),
  "the payload has the named type": queue<Payment>(async ({ paymentId }) => paymentId.length),
  "the payload has the type of the parameter": queue(async (payment: Payment) => payment.paymentId.length),
  "the payload has the type that decode makes": queue({ decode: (body) => Buffer.from(body) }, (payload) =>
    payload.subarray(0, 1),
  ),
  "decode must make what is named": queue<Payment>(
    {
      // @ts-expect-error: a number is no payment
      decode: (body) => body.length,
    },
    () => {},
  ),
  "the client of the SDK fits": queue<Payment>(
    { response: deleteAndThrow(new SQS({ region: "eu-west-1" })) },
    () => {},
  ),
  "the context is typed": queue<Payment>({ concurrency: 5 }, (_, { record, signal, attempt }) => {
    signal.throwIfAborted();
    attempt.toFixed();
    const received: Record = record;
    const back: QueueRecord = received;
    return back;
  }),
};

test.each(Object.entries(handlers))("%s, and the result is a Lambda handler", async (_, handler) => {
  const context = { functionName: "pay", awsRequestId: "1", getRemainingTimeInMillis: () => 3000, done: () => {} };
  await handler(event([{ id: "a", body: { paymentId: "p" } }]), context, () => {});
  expect(handler).toHaveLength(2);
});

test("mistakes are found by the compiler, and at the latest when the module is loaded", () => {
  // @ts-expect-error: misspelt
  expect(() => queue({ concurency: 5 }, () => {})).toThrow("concurency");
  // @ts-expect-error: not a style of the code
  expect(() => queue({ response: "throw" }, () => {})).toThrow("throw");
  // @ts-expect-error: no handler
  expect(() => queue({ concurrency: 5 })).toThrow("handler");
  // @ts-expect-error: a client that cannot delete batches
  expect(() => deleteAndThrow({ deleteMessage: async () => ({}) })).toThrow("deleteMessageBatch");
});
