/** How many attributes a message has that a scenario sends. */
import { BadScenario } from "../../rehearsal/errors.ts";
import { GraphBuilder } from "../support/graphs.ts";
import { play } from "./play.ts";

function sent(count: number): ReturnType<typeof play> {
  const g = new GraphBuilder();
  const queue = g.queue("orders");
  const attributes = Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, "x"]));
  const messages = [
    { id: "m1", body: 1 },
    { id: "m2", body: 2, attributes },
  ];
  return play(g, { send: [{ at: "0s", to: queue, messages }] });
}

it("a queue takes ten attributes, and more are refused where they stand", async () => {
  expect((await sent(10)).totals).toMatchObject({ sent: 2, pending: 2 });
  await expect(sent(11)).rejects.toThrow(
    new BadScenario("scenario.json: send[0].messages[1].attributes: 11 of them; aws_sqs_queue.orders takes at most 10"),
  );
});
