/** What AWS refuses when it is asked: a scenario that asks for it cannot be used. */
import { GraphBuilder } from "../support/graphs.ts";
import { plan } from "../support/planned.ts";
import { failsAlways, play, succeeds } from "./play.ts";

describe("what is too large to be put", () => {
  const sending = async (records: readonly object[], maximumRecordSizeKib?: number): Promise<unknown> => {
    const g = new GraphBuilder();
    const stream = g.stream("clicks", maximumRecordSizeKib === undefined ? {} : { maximumRecordSizeKib });
    const fn = g.fn("work");
    g.mapping(stream, fn);
    return (await play(g, { functions: { [fn]: succeeds }, send: [{ at: "1s", to: stream, records }] })).totals;
  };

  it("to a stream: a record of more than 1 MiB, with its partition key, in bytes", async () => {
    const record = (id: string, bytes: number): object => ({ id, partitionKey: "k", data: "x".repeat(bytes - 1) });
    expect(await sending([record("r1", 1_048_576)])).toMatchObject({ processed: 1 });
    await expect(sending([record("r1", 10), record("r2", 1_048_577)])).rejects.toThrow(
      "scenario.json: send[0].records[1].data: 1048577 bytes with the partition key: a record of " +
        "aws_kinesis_stream.clicks has at most 1048576 (max_record_size_in_kib = 1024, which can be up to 10240)",
    );
    await expect(sending([{ id: "r1", data: "漢".repeat(400_000) }])).rejects.toThrow("records[0].data: 1200002 bytes");
    expect(await sending([record("r1", 1_048_577)], 2_048)).toMatchObject({ processed: 1 });
    await expect(sending([record("r1", 12_000_000)], 10_240)).rejects.toThrow("has at most 10485760");
  });

  it("to a stream: what its configuration says, and AWS's 1 MiB where it says nothing", () => {
    const read = (given: object): unknown => {
      const { nodes, assumptions } = plan({ type: "aws_kinesis_stream", name: "clicks", ...given });
      return [nodes.map((node) => (node.kind === "stream" ? node.maximumRecordSizeKib : node.kind)), assumptions];
    };
    const set = { after: { max_record_size_in_kib: 5_000 }, expressions: { max_record_size_in_kib: {} } };
    expect(read(set)).toEqual([[{ value: 5_000, from: "configuration" }], []]);
    // The provider computes it: a plan shows it as not known.
    expect(read({ unknown: { max_record_size_in_kib: true } })).toEqual([[{ value: 1_024, from: "default" }], []]);
  });

  it("to a table: an item of more than 400 KB, with or without a stream", async () => {
    const putting = async (item: object, streamEnabled: boolean): Promise<unknown> => {
      const g = new GraphBuilder();
      const [table, fn] = [g.table("orders", { streamEnabled }), g.fn("work")];
      if (streamEnabled) g.mapping(table, fn);
      const puts = [{ id: "d1", item }];
      return (await play(g, { functions: { [fn]: succeeds }, send: [{ at: "0s", to: table, puts }] })).totals;
    };
    // pk and 1, text and what it holds.
    const text = "x".repeat(409_600 - 3 - 4);
    expect(await putting({ pk: "1", text }, true)).toMatchObject({ processed: 1 });
    for (const streamEnabled of [true, false]) {
      await expect(putting({ pk: "1", text: `${text}x` }, streamEnabled)).rejects.toThrow(
        "scenario.json: send[0].puts[0].item: 409601 bytes: an item of aws_dynamodb_table.orders has at most 409600",
      );
    }
    // A list of 10 numbers of four digits and one of none: 3, and 4 and 2 for each; null, true and a map.
    const rest = { list: [...Array.from({ length: 10 }, () => 1234), 0], none: null, yes: true, map: { a: "b" } };
    const bytes = 4 + 3 + 10 * 4 + 2 + 4 + 1 + 3 + 1 + 3 + 3 + 1 + 2;
    const filled = (more: number): object => ({ pk: "1", text: "x".repeat(409_600 - 7 - bytes + more), ...rest });
    expect(await putting(filled(0), true)).toMatchObject({ processed: 1 });
    await expect(putting(filled(1), true)).rejects.toThrow("409601 bytes");
  });
});

describe("a message-move task", () => {
  const moving = async (...redrives: readonly object[]): Promise<unknown> => {
    const g = new GraphBuilder();
    const [queue, letters, fn] = [g.queue("work"), g.queue("letters"), g.fn("work")];
    g.mapping(queue, fn);
    g.redrive(queue, letters, 1);
    const messages = Array.from({ length: 5 }, (_, index) => ({ id: `m${index}`, body: 1 }));
    const scenario = {
      functions: { [fn]: failsAlways },
      send: [{ at: "0s", to: queue, messages }],
      redrives: redrives.map((one) => ({ from: letters, ...one })),
    };
    return (await play(g, scenario)).deliveries.filter(({ via }) => via === "redrive").map(({ at }) => at);
  };

  it.each([
    [1.5, "1.5 stands where a whole number must stand"],
    [0, "0 is too small: at least 1"],
    [501, "501 is too large: at most 500"],
  ])("moves a whole number of messages a second, from 1 to 500: not %d", async (perSecond, message) => {
    await expect(moving({ at: "60s", perSecond })).rejects.toThrow(`scenario.json: redrives[0].perSecond: ${message}`);
  });

  it("is the only one of its queue, from its beginning to its end", async () => {
    const refused = "scenario.json: redrives[1].at: the task of scenario.json: redrives[0] still moves the messages of";
    const slow = { at: "60s", perSecond: 1 };
    for (const at of ["60s", "64s"]) await expect(moving(slow, { at })).rejects.toThrow(refused);
    await expect(moving({ at: "60s" }, { at: "60s" })).rejects.toThrow(refused);
    // It has found nothing more a second after the fifth.
    expect(await moving(slow, { at: "66s" })).toHaveLength(5);
    expect(await moving({ at: "60s" }, { at: "2h" })).toHaveLength(10);
  });
});
