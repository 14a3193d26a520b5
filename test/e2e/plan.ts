/** Whether Terraform would change anything right after a deployment. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Terraform } from "../support/terraform.ts";
import type { Finding } from "./judge.ts";
import { unreadable } from "./not-shown.ts";

/** A resource that a plan would change. */
export interface Change {
  readonly address: string;
  readonly type: string;
  readonly actions: readonly string[];
  /** The attributes that differ. */
  readonly attributes: readonly string[];
}

interface PlannedChange {
  readonly actions: readonly string[];
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly after_unknown?: unknown;
}

interface PlanJson {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly type: string;
    readonly change: PlannedChange;
  }[];
  readonly output_changes?: Readonly<Record<string, PlannedChange>>;
}

/** Plans in a directory that was initialised, and returns all that would change. */
export async function plannedChanges(
  terraform: Terraform,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly Change[]> {
  const file = "again.tfplan";
  await terraform.run(["plan", "-input=false", "-lock=false", `-out=${file}`], directory, env);
  const { stdout } = await terraform.run(["show", "-json", file], directory, env);
  return changesOf(JSON.parse(stdout) as PlanJson);
}

const still = ({ actions }: PlannedChange): boolean => ["no-op", "read"].includes(actions.join());

export function changesOf({ resource_changes = [], output_changes = {} }: PlanJson): readonly Change[] {
  const resources = resource_changes
    .filter(({ change }) => !still(change))
    .map(({ address, type, change }) => ({ address, type, actions: change.actions, attributes: differences(change) }));
  const outputs = Object.entries(output_changes)
    .filter(([, change]) => !still(change))
    .map(([name, { actions }]) => ({ address: `output.${name}`, type: "output", actions, attributes: ["value"] }));
  return [...resources, ...outputs];
}

function differences({ before, after, after_unknown }: PlannedChange): readonly string[] {
  const unknown = Object.keys(after_unknown instanceof Object ? after_unknown : {});
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {}), ...unknown]);
  return [...names].filter(
    (name) =>
      !isDeepStrictEqual(before?.[name], after?.[name]) || (unknown.includes(name) && after?.[name] === undefined),
  );
}

const shownAs = ({ address, actions, attributes }: Change): string =>
  `${address}: ${actions.join(" and ")} (${attributes.join(", ")})`;

/** Nothing may change, except what the emulator does not tell; and that is a finding of its own. */
export function judgePlan(changes: readonly Change[]): readonly Finding[] {
  const readable: readonly string[] = unreadable.attributes;
  const untold = changes.filter(
    ({ type, actions, attributes }) =>
      type === unreadable.type && actions.join() === "update" && attributes.every((name) => readable.includes(name)),
  );
  const others = changes.filter((change) => !untold.includes(change));
  return [
    {
      id: "plan.no-change",
      what: "after the deployment, a fresh synth and a plan change nothing",
      shown: others.length === 0,
      seen: others.map(shownAs).join("; "),
    },
    {
      id: unreadable.id,
      what: "nor any alarm",
      shown: untold.length === 0,
      seen: untold.map(shownAs).join("; "),
    },
  ];
}

/**
 * Whether a plan of the same state notices one figure that was changed by hand: one that sees nothing proves nothing.
 */
export async function noticesChange(
  terraform: Terraform,
  directory: string,
  copy: string,
  env: NodeJS.ProcessEnv,
): Promise<Finding> {
  cpSync(directory, copy, { recursive: true, verbatimSymlinks: true });
  const file = join(copy, "cdk.tf.json");
  const stack = JSON.parse(readFileSync(file, "utf8")) as {
    resource: { aws_sqs_queue: Record<string, { visibility_timeout_seconds?: number }> };
  };
  const [name, queue] =
    Object.entries(stack.resource.aws_sqs_queue).find(
      ([, { visibility_timeout_seconds }]) => visibility_timeout_seconds,
    ) ?? [];
  if (queue?.visibility_timeout_seconds === undefined) throw new Error(`${file}: no queue has a visibility timeout`);
  queue.visibility_timeout_seconds += 1;
  writeFileSync(file, JSON.stringify(stack));
  const { stdout } = await terraform.run(["plan", "-input=false", "-lock=false", "-json"], copy, env);
  const changed = stdout
    .split("\n")
    .filter((line) => line.includes('"planned_change"'))
    .map((line) => (JSON.parse(line) as { change: { action: string; resource: { addr: string } } }).change)
    .map(({ action, resource }) => `${resource.addr}: ${action}`);
  const address = `aws_sqs_queue.${name}`;
  return {
    id: "plan.notices",
    what: `a plan notices one second more of visibility timeout at ${address}`,
    shown: changed.includes(`${address}: update`),
    seen: changed.join("; "),
  };
}
