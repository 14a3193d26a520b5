/** Targets of rules and schedules that AWS refuses, and that Terraform lets pass: H99. */
import { targetFault } from "../../topology/target-faults.ts";
import { kindOf } from "../ends.ts";
import { pages, type Rule, rule } from "../rule.ts";

export const targetRules: readonly Rule[] = [
  rule({
    id: "H99",
    severity: "error",
    title: "a target that AWS does not have, or not without parameters",
    on: "target",
    see: pages.schedulerTargets,
    judge({ edge, from, to }) {
      const fault = to === undefined ? undefined : targetFault(edge, from, to, kindOf(to));
      if (fault === undefined) return undefined;
      return {
        address: edge.address,
        at: [edge.id],
        message: `${fault.what}: nothing of ${edge.from} ever arrives there`,
        fix: fault.right,
      };
    },
  }),
];
