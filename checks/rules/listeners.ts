/** What only hands on what it gets, and whom it finds: H72. */
import { type BusNode, type Edge, unknownBus } from "../../topology/graph.ts";
import { pages, type Rule, rule, type Verdict } from "../rule.ts";
import { known, type View } from "../view.ts";

export const listenerRules: readonly Rule[] = [
  rule({
    id: "H72",
    severity: "warning",
    title: "failures or alarms go to a topic that nothing subscribes to, or failures to a bus without rule and archive",
    on: "node",
    see: pages.sns,
    judge(node, view) {
      if (node.kind === "bus") return unheard(node, view);
      if (node.kind !== "topic") return undefined;
      const topic = node;
      const failures = view.into(topic.address).filter(({ kind }) => kind === "on-failure" || kind === "dead-letter");
      const alarms = view.graph.alarms.filter(({ alarmActions }) => alarmActions?.includes(topic.address) === true);
      const [user] = [...failures, ...alarms];
      // A chat or a pager that is not read may be what listens.
      if (view.graph.notUnderstood.some(({ names }) => names?.includes(topic.address) === true)) return undefined;
      if (user === undefined || view.from(topic.address, "subscription").length > 0) return undefined;
      return {
        address: topic.address,
        at: failures.flatMap((edge) => view.placesOf(edge)),
        message: `nothing in the configuration subscribes to it: what ${user.address} publishes there is gone`,
        fix: "an aws_sns_topic_subscription; acknowledge it where someone subscribes by hand",
      };
    },
  }),
];

/** A bus of the configuration that takes failures, and from which nothing here takes them. */
function unheard(bus: BusNode, view: View): Verdict | undefined {
  const [failure] = view.into(bus.address).filter(({ kind }) => kind === "on-failure");
  if (failure === undefined || bus.archives.length > 0 || bus.address === "default") return undefined;
  if (view.graph.notUnderstood.some(({ names }) => names?.includes(bus.address) === true)) return undefined;
  const rules = view.graph.edges.filter(({ kind }) => kind === "rule");
  const takes = ({ from, to }: Edge): boolean => {
    const taker = view.nodeOf("rule", to);
    if (from !== bus.address || taker === undefined) return from === unknownBus;
    return known(taker.enabled) !== false && view.from(taker.address, "target").length > 0;
  };
  if (rules.some(takes)) return undefined;
  return {
    address: bus.address,
    at: view.placesOf(failure),
    message: `no rule and no archive in the configuration takes anything from it: what ${failure.address} puts there is gone`,
    fix: "an aws_cloudwatch_event_rule with a target, or an aws_cloudwatch_event_archive; acknowledge it where others have rules on it",
  };
}
