/**
 * What `queue()` costs beside a handler written by hand: bytes of the minimal bundle, and time per record, measured in
 * one run with the two taking turns, so that a noisy machine disturbs both alike.
 *
 *     node --import tsx bench/handler-bundle.ts
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { BatchResponse, QueueEvent, QueueHandler } from "../handlers/patterns/index.ts";
import { bundle, MINIMAL, minified } from "./support/bundle.ts";

const HAND_WRITTEN = `
export const handler = async (event) => {
  const results = await Promise.allSettled(event.Records.map(async (record) => { JSON.parse(record.body); }));
  const failed = event.Records.filter((_, index) => results[index].status === "rejected");
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
`;

const BATCH_SIZES = [1, 10, 100, 1000, 10_000];
const ROUNDS = 20;
/** Records per round and contender, whatever the batch size. */
const RECORDS_PER_ROUND = 20_000;
const ARN = "arn:aws:sqs:eu-west-1:111122223333:work";

process.env["HOLDFAST"] = JSON.stringify({ sources: { [ARN]: { response: "partial", timeout: 30 } } });

function batch(size: number): QueueEvent {
  return {
    Records: Array.from({ length: size }, (_, n) => ({
      messageId: `059f36b4-87a3-44ab-83d2-${String(n).padStart(12, "0")}`,
      receiptHandle: `receipt-${n}`,
      body: JSON.stringify({ paymentId: `p-${n}`, amount: n }),
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: "1741079411000",
        SenderId: "AROAEXAMPLE:producer",
        ApproximateFirstReceiveTimestamp: "1741079411100",
      },
      messageAttributes: {},
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: ARN,
      awsRegion: "eu-west-1",
    })),
  };
}

const load = async (code: string): Promise<QueueHandler> => {
  // A data URL has no place beside it where a source map could be.
  const source = code.replace(/^\/\/# sourceMappingURL=.*$/m, "");
  const module: { handler: QueueHandler } = await import(
    `data:text/javascript;base64,${Buffer.from(source).toString("base64")}`
  );
  return module.handler;
};

/** Nanoseconds per record of so many invocations, one after the other. */
async function measure(handler: QueueHandler, event: QueueEvent, invocations: number): Promise<number> {
  const start = process.hrtime.bigint();
  for (let n = 0; n < invocations; n++) {
    const end = Date.now() + 30_000;
    const response: BatchResponse | undefined = await handler(event, {
      getRemainingTimeInMillis: () => end - Date.now(),
    });
    if (response?.batchItemFailures.length !== 0) throw new Error("the handlers under measurement must not fail");
  }
  return Number(process.hrtime.bigint() - start) / (invocations * event.Records.length);
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const row = (...cells: (string | number)[]) =>
  console.log(cells.map((cell, n) => (n === 0 ? String(cell).padEnd(28) : String(cell).padStart(14))).join(""));
const ratio = (a: number, b: number) => `${(a / b).toFixed(2)} x`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const code = { queue: bundle(MINIMAL, root), byHand: bundle(HAND_WRITTEN, root) };
const handlers = { queue: await load(code.queue), byHand: await load(code.byHand) };
const gzipped = (text: string) => gzipSync(text, { level: 9 }).length;

/** Bytes, compressed: the limit that the minimal handler keeps. */
const LIMIT = 2500;
const sizes = {
  "esbuild --minify": [minified(HAND_WRITTEN, root), minified(MINIMAL, root)],
  "as deployed": [code.byHand, code.queue],
} as const;

row("minimal bundle, gzip", "by hand", "queue()", "ratio");
for (const [how, [byHand, queue]] of Object.entries(sizes)) {
  row(how, gzipped(byHand), gzipped(queue), ratio(gzipped(queue), gzipped(byHand)));
}
if (gzipped(sizes["esbuild --minify"][1]) >= LIMIT) {
  console.error(`the minimal bundle misses its target, under ${LIMIT} bytes`);
  process.exitCode = 1;
}
console.log();
row("time, median of rounds", "by hand", "queue()", "ratio");
for (const size of BATCH_SIZES) {
  const event = batch(size);
  const invocations = Math.ceil(RECORDS_PER_ROUND / size);
  const times = { queue: [] as number[], byHand: [] as number[] };
  for (let round = -3; round < ROUNDS; round++) {
    for (const name of round % 2 === 0 ? (["queue", "byHand"] as const) : (["byHand", "queue"] as const)) {
      const time = await measure(handlers[name], event, invocations);
      if (round >= 0) times[name].push(time);
    }
  }
  const [queue, byHand] = [median(times.queue), median(times.byHand)];
  row(`batch of ${size}, ns per record`, byHand.toFixed(0), queue.toFixed(0), ratio(queue, byHand));
}
