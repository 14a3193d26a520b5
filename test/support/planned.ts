/** Plans of a few resources, part by part as Terraform prints them. */
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";

export interface Planned {
  readonly mode?: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly after?: object;
  readonly unknown?: object;
  readonly expressions?: object;
}

/** The graph of a plan that makes these. */
export function plan(...resources: readonly Planned[]) {
  return graphOf(readShown(JSON.stringify(planOf(...resources)), "plan.json"));
}

/** A plan that makes these, as Terraform prints it: dynamic blocks have no expressions. */
export function planOf(...resources: readonly Planned[]) {
  const made = resources.map(({ mode = "managed", type, name, after = {}, unknown = {}, expressions = {} }) => ({
    header: { address: `${mode === "data" ? "data." : ""}${type}.${name}`, mode, type, name },
    change: { actions: ["create"], before: null, after: { name, ...after }, after_unknown: { arn: true, ...unknown } },
    expressions,
  }));
  return {
    format_version: "1.2",
    planned_values: {
      root_module: { resources: made.map(({ header, change }) => ({ ...header, values: change.after })) },
    },
    resource_changes: made.map(({ header, change }) => ({ ...header, change })),
    configuration: { root_module: { resources: made.map(({ header, expressions }) => ({ ...header, expressions })) } },
  };
}

/** What a plan shows of `x.arn`, and of every text made from it. */
export const refersTo = (name: string) => ({ references: [`${name}.arn`, name] });
