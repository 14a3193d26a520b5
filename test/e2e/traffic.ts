/**
 * Ten messages for each path, one of them poison, and what became of them as seen from outside: in the function's log,
 * in the queue and in the dead-letter queue.
 *
 * On a FIFO queue the poison is the last of its message group, and the tenth message is sent behind it once it has
 * failed: it must wait until the poison has gone, and then be processed. It is not sent earlier, since messages of a
 * group that are received together are counted together, and would reach the dead-letter queue together.
 */
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type Endpoint, type LogLine, logLines } from "./aws.ts";
import type { Path } from "./paths.ts";
import { NotInTime, until } from "./poll.ts";

/** A message that was sent. */
interface Sent {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  readonly poison: boolean;
  readonly messageId: string;
}

/** What a function's log says. */
export interface Log {
  /** What was processed, in the order in which it was. */
  readonly processed: readonly string[];
  /** Which message failed at which receive. */
  readonly failed: readonly { readonly messageId: string; readonly attempt: number }[];
}

/** What became of the ten. */
export interface Outcome {
  readonly path: Path;
  readonly sent: readonly Sent[];
  readonly log: Log;
  /** What stood in the dead-letter queue at the end. */
  readonly dead: readonly Message[];
  /** Messages left in the source queue: visible, in flight or delayed. */
  readonly left: number;
  /** From the first send until nothing changed any more. */
  readonly seconds: number;
}

const COUNTS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** What every message carries, and must still carry in the dead-letter queue: one attribute of each type. */
export const ATTRIBUTES: Readonly<Record<string, MessageAttributeValue>> = {
  correlation: { DataType: "String", StringValue: "e2e ✓" },
  weight: { DataType: "Number", StringValue: "12.5" },
  digest: { DataType: "Binary", BinaryValue: new Uint8Array([0, 127, 255]) },
};

const BOUND_SECONDS = 120;

/** Sends ten messages and watches until all have come to their end, or two minutes are over. */
export async function play(path: Path, sqs: SQSClient, endpoint: Endpoint): Promise<Outcome> {
  const began = Date.now();
  const [queue, deadLetterQueue] = await Promise.all([url(sqs, path.queue), url(sqs, path.deadLetterQueue)]);
  const messages = tenFor(path);
  const last = path.fifo ? messages.slice(9) : [];
  const sent = await send(sqs, queue, path.fifo ? messages.slice(0, 9) : messages);
  if (path.fifo) {
    const poison = sent.find((message) => message.poison)?.messageId;
    await until(`first failure of ${path.name}`, BOUND_SECONDS, async () => {
      const { failed } = await read(endpoint, path);
      return failed.some(({ messageId }) => messageId === poison) ? true : undefined;
    });
    sent.push(...(await send(sqs, queue, last)));
  }

  const good = sent.filter(({ poison }) => !poison).length;
  let log: Log = { processed: [], failed: [] };
  let left = -1;
  const quiet = until(`the end of ${path.name}`, BOUND_SECONDS, async () => {
    log = await read(endpoint, path);
    left = await depth(sqs, queue);
    const dead = await depth(sqs, deadLetterQueue);
    return new Set(log.processed).size >= good && left === 0 && dead > 0 ? true : undefined;
  });
  // Not a failure yet: what is missing is told by the expectations.
  await quiet.catch((error: unknown) => {
    if (!(error instanceof NotInTime)) throw error;
  });
  const seconds = (Date.now() - began) / 1000;
  const { Messages: dead = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetterQueue,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  return { path, sent, log: await read(endpoint, path), dead, left, seconds };
}

type Unsent = Omit<Sent, "messageId">;

/** Standard: the fourth is poison. FIFO: three groups of three, the second ends with the poison, and one more behind it. */
export function tenFor(path: Path): readonly Unsent[] {
  return Array.from({ length: 10 }, (_, index) => {
    const id = `${path.name}-${index + 1}`;
    const poison = index === (path.fifo ? 5 : 3);
    const group = path.fifo ? (["a", "b", "c", "b"] as const)[Math.floor(index / 3)] : undefined;
    return { id, group, poison, body: JSON.stringify({ [path.idField]: id, ...(poison ? { poison } : {}) }) };
  });
}

/** Puts a queue's ten attributes together. */
async function send(sqs: SQSClient, queue: string, messages: readonly Unsent[]): Promise<Sent[]> {
  const { Successful = [], Failed = [] } = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queue,
      Entries: messages.map(({ id, body, group }) => ({
        Id: id,
        MessageBody: body,
        MessageAttributes: ATTRIBUTES,
        ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: id }),
      })),
    }),
  );
  if (Failed.length > 0) throw new Error(`${queue} did not take ${Failed.map(({ Id }) => Id).join(", ")}`);
  const ids = new Map(Successful.map(({ Id, MessageId }) => [Id, MessageId]));
  return messages.map((message) => ({ ...message, messageId: ids.get(message.id) ?? "" }));
}

export async function url(sqs: SQSClient, name: string): Promise<string> {
  return (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl ?? "";
}

async function depth(sqs: SQSClient, queue: string): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: [...COUNTS] });
  const { Attributes = {} } = await sqs.send(command);
  return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

export async function read(endpoint: Endpoint, path: Path): Promise<Log> {
  return readLog(await logLines(endpoint, `/aws/lambda/${path.function}`));
}

/**
 * Reads what the example's handlers print (`processed`) and what Holdfast's handlers log of a failure. An object that is
 * logged arrives as JSON where Lambda's JSON format is in force, and as Node shows an object where it is not.
 */
export function readLog(lines: readonly LogLine[]): Log {
  const processed = lines.flatMap(({ text }) => {
    const id = /\bprocessed["']?: ?["']([^"']+)["']/.exec(text)?.[1];
    return id === undefined ? [] : [id];
  });
  const streams = new Map<string, string>();
  for (const { stream, text } of lines) streams.set(stream, `${streams.get(stream) ?? ""}${text}\n`);
  const failure =
    /\bholdfast["']?:\s*["']message failed["'][\s\S]*?messageId["']?:\s*["']([^"']+)["'][\s\S]*?attempt["']?:\s*(\d+)/g;
  const failed = [...streams.values()].flatMap((text) =>
    [...text.matchAll(failure)].map(([, messageId = "", attempt]) => ({ messageId, attempt: Number(attempt) })),
  );
  return { processed, failed };
}

/** How often the poison was received before it came to the dead-letter queue: our own look at it is one more. */
export function receivesOf(message: Message | undefined): number {
  return Number(message?.Attributes?.ApproximateReceiveCount ?? 0) - (message === undefined ? 0 : 1);
}
