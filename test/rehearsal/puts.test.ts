/** What DynamoDB takes of a put, and what of it comes into the table's stream. */
import { GraphBuilder } from "../support/graphs.ts";
import { play, succeeds } from "./play.ts";

function table(): { g: GraphBuilder; orders: string; fn: string } {
  const g = new GraphBuilder();
  const orders = g.table("orders", { rangeKey: "sk" });
  const fn = g.fn("work");
  g.mapping(orders, fn);
  return { g, orders, fn };
}

it.each([
  ["hash key", { sk: "1", other: 1 }, "pk"],
  ["range key", { pk: "1" }, "sk"],
])("an item without the %s is refused, with its place", async (_, item, key) => {
  const { g, orders, fn } = table();
  const send = [
    {
      at: "0s",
      to: orders,
      puts: [
        { id: "a", item: { pk: "1", sk: "1" } },
        { id: "b", item },
      ],
    },
  ];
  await expect(play(g, { functions: { [fn]: succeeds }, send })).rejects.toThrow(
    `scenario.json: send[0].puts[1].item: ${key} is missing: it is part of the key of ${orders}`,
  );
});

it("a put that changes nothing makes no stream record", async () => {
  const { g, orders, fn } = table();
  const item = { pk: "1", sk: "1", list: [1, { a: 2 }] };
  const played = await play(g, {
    functions: { [fn]: succeeds },
    send: [
      { at: "0s", to: orders, puts: [{ id: "a", item }] },
      // The order of attributes is none.
      { at: "1m", to: orders, puts: [{ id: "b", item: { list: [1, { a: 2 }], sk: "1", pk: "1" } }] },
      { at: "2m", to: orders, puts: [{ id: "c", item: { ...item, list: [] } }] },
      { at: "3m", to: orders, puts: [{ id: "d", item }] },
      { at: "3m", to: orders, puts: [{ id: "e", item: { ...item, sk: "2" } }] },
    ],
  });
  const outcome = (id: string): unknown => played.one(id).outcome;
  expect(["a", "b", "c", "d", "e"].map(outcome)).toEqual([
    "processed",
    "unmatched",
    "processed",
    "processed",
    "processed",
  ]);
  expect(played.one("b")).toMatchObject({ consumer: null, attempts: 0 });
});
