/** What looks kept or settled and is not: it has to be told as lost. */
import { GraphBuilder } from "../support/graphs.ts";
import { failsAlways, play, succeeds } from "./play.ts";

describe("a message that is older than its dead-letter queue keeps anything", () => {
  const aged = (consumed: boolean, until: object): ReturnType<typeof play> => {
    const g = new GraphBuilder();
    const queue = g.queue("work", { visibilityTimeout: 3_600 });
    const letters = g.queue("letters", { messageRetentionPeriod: 3_600 });
    const fn = g.fn("work");
    const reader = g.fn("letters");
    g.mapping(queue, fn);
    g.redrive(queue, letters, 2);
    if (consumed) g.mapping(letters, reader);
    const send = [{ at: "0s", to: queue, messages: [{ id: "m1", body: 1 }] }];
    return play(g, { functions: { [fn]: failsAlways, [reader]: succeeds }, send, ...until });
  };

  it("is gone on arrival, whenever the run ends", async () => {
    for (const until of [{}, { until: "12h" }]) {
      const played = await aged(false, until);
      expect(played.one("m1")).toMatchObject({ outcome: "expired", endedAt: 7_200_000, attempts: 2 });
      expect(played.one("m1").why).toMatch(/^R59:/);
      expect(played.figures("aws_sqs_queue.letters")).toMatchObject({ visible: 0 });
    }
  });

  it("is not read there any more", async () => {
    const played = await aged(true, {});
    expect(played.one("m1")).toMatchObject({ outcome: "expired", attempts: 2 });
  });
});
