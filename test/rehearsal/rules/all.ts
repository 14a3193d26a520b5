/** All tests of rules, by the file in which they stand. */
import { asyncRules } from "./async.ts";
import { deliveryRules } from "./delivery.ts";
import { queuesRules } from "./queues.ts";
import { redriveRules } from "./redrive.ts";
import { streamsRules } from "./streams.ts";
import type { RuleTest } from "./table.ts";
import { topicsRules } from "./topics.ts";

export const ruleTests: Readonly<Record<string, readonly RuleTest[]>> = {
  async: asyncRules,
  delivery: deliveryRules,
  queues: queuesRules,
  redrive: redriveRules,
  streams: streamsRules,
  topics: topicsRules,
};
