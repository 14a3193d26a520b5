/** A partition key's shard: the range of MD5 that its digest falls into, as Kinesis documents it. */
import { createHash } from "node:crypto";
import { memberOf } from "../../topology/json.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play } from "./play.ts";

it("is the one whose even part of 128 bits holds the MD5 of the key", async () => {
  const g = new GraphBuilder();
  const stream = g.stream("clicks", { shardCount: 4 });
  const fn = g.fn("clicks");
  const mapping = g.mapping(stream, fn, { batchSize: 1, maximumRetryAttempts: 0 });
  g.destination("on-failure", "mapping", mapping, g.queue("failures"));
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
  const records = keys.map((key) => ({ id: key, partitionKey: key, data: 1 }));
  const played = await play(g, { functions: { [fn]: failsAlways }, send: [{ at: "0s", to: stream, records }] });
  const shards = keys.map((key) => memberOf(memberOf(played.delivered(key)[0]?.body, "KinesisBatchInfo"), "shardId"));
  const expected = keys.map((key) => {
    const digest = BigInt(`0x${createHash("md5").update(key).digest("hex")}`);
    return `shardId-${String((digest * 4n) >> 128n).padStart(12, "0")}`;
  });
  expect(shards).toEqual(expected);
  expect(new Set(expected).size).toBe(4);
});
