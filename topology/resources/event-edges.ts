/** Edges of EventBridge: rules and their targets, schedules, pipes. */
import { blocks, hasUnknown, isBlock, type Resource, text, Unknown } from "../configuration.ts";
import type { EventBridgeParameters, Permission, Setting, TargetEdge, TargetInput } from "../graph.ts";
import { identityOf } from "../identity.ts";
import type { EdgeContext, End } from "./edge-context.ts";
import type { Behalf } from "./permissions.ts";
import { type Reader, unknownMark } from "./reader.ts";
import { rulePermissions, schedulePermissions } from "./targets.ts";

export function ruleEdges(resource: Resource, context: EdgeContext): void {
  const rule = ruleOf(resource, context);
  const end = context.end(resource.values.arn, resource, "arn");
  if (end === undefined) return;
  const read = context.read(resource);
  const id = resource.address;
  const from =
    rule?.address ?? `${text(resource.values.event_bus_name) ?? "default"}/${text(resource.values.rule) ?? "unknown"}`;
  if (rule === undefined) context.outside(from);
  const role = resource.values.role_arn;
  const source = rule === undefined ? ruleOutside(resource, context) : { resource: rule };
  context.add({
    kind: "target",
    id,
    address: resource.address,
    location: resource.location,
    from,
    to: end.address,
    qualifier: end.qualifier,
    targetId: text(resource.values.target_id) ?? null,
    permissions: rulePermissions({ end, role, source, holder: resource, read, context }),
    settings: retrySettings(read, sentAsZero),
    input: inputOf(read),
    messageGroupId: parameter(read.inside("sqs_target"), "message_group_id"),
    partitionKey: parameter(read.inside("kinesis_target"), "partition_key_path"),
    eventBridgeParameters: null,
  });
  deadLetters({ id, resource, read, attribute: "dead_letter_config" }, context, (net) =>
    context.serviceMay("events.amazonaws.com", ["sqs:SendMessage"], net, source, resource),
  );
}

/** A rule that is not in the configuration, by what its target names: on whose behalf EventBridge acts. */
function ruleOutside(target: Resource, { base }: EdgeContext): Behalf {
  const { event_bus_name: bus, rule } = target.values;
  if (text(rule) === undefined || bus instanceof Unknown) return "unknown";
  const type = "aws_cloudwatch_event_rule";
  const named = { name: text(rule) ?? "", ...(bus === undefined || bus === null ? {} : { event_bus_name: bus }) };
  const address = `${target.address}.rule`;
  // A state has no providers: the rule is where its target is.
  const [, , , region, accountId] = (text(target.values.arn) ?? "").split(":");
  const there = { region: text(region) ?? null, accountId: text(accountId) ?? null };
  const provider = base.configuration.providers[target.provider ?? "aws"] ?? there;
  const values = { ...identityOf({ address, type, values: named }, provider), ...named };
  return { resource: { ...target, address, type, values, configured: null, location: null } };
}

/**
 * The dead-letter queue of a target.
 * @param attribute the block that names it, for messages
 */
function deadLetters(
  target: { readonly id: string; readonly resource: Resource; readonly read: Reader; readonly attribute: string },
  context: EdgeContext,
  allowed: (net: End) => Permission[],
): void {
  const { id, resource, read, attribute } = target;
  const net = context.end(read.inside("dead_letter_config").values.arn, resource, `${attribute}.arn`);
  if (net === undefined) return;
  const edge = { holder: resource, id: `${id}#dead-letter`, from: id, fromQualifier: null };
  context.destination("dead-letter", "target", edge, net, allowed(net));
}

/** A text that says where, or as what, a target gets the event: one that is known in part is not known. */
function parameter(block: Reader, name: string): Setting<string | null> {
  return block.setting<string | null>(name, null, (value) =>
    typeof value !== "string" || value === "" ? undefined : hasUnknown(value) ? unknownMark : value,
  );
}

function eventParameters(target: Reader): EventBridgeParameters | null {
  const block = target.all("eventbridge_parameters")[0];
  return block === undefined
    ? null
    : { source: parameter(block, "source"), detailType: parameter(block, "detail_type") };
}

interface RetryFigures {
  readonly attempts: number;
  readonly ageSeconds: number;
}

/** R34. */
const awsDefaults: RetryFigures = { attempts: 185, ageSeconds: 86_400 };
/**
 * What a target of a rule has in its `retry_policy` where only the other figure is written: the provider sends both,
 * and 0 for the one that is not set (`expandRetryPolicyParameters` of 5.x, hashicorp/terraform-provider-aws issue 38265).
 * A schedule's block has AWS's defaults in the provider, as its plan shows.
 */
const sentAsZero: RetryFigures = { attempts: 0, ageSeconds: 0 };

/** `inBlock`: the figures that are not set where the block is there. */
function retrySettings(holder: Reader, inBlock: RetryFigures): TargetEdge["settings"] {
  const value = holder.values.retry_policy;
  if (value instanceof Unknown) {
    holder.unknown("retry_policy", `${awsDefaults.attempts} attempts in ${awsDefaults.ageSeconds} s`);
    return {
      maximumRetryAttempts: { value: awsDefaults.attempts, from: "unknown" },
      maximumEventAgeInSeconds: { value: awsDefaults.ageSeconds, from: "unknown" },
    };
  }
  const unset = blocks(holder.values, "retry_policy").length === 0 ? awsDefaults : inBlock;
  const read = holder.inside("retry_policy");
  // A figure that is written and not known yet is AWS's default until it is, not what the provider sends for none.
  const figure = (name: string, absent: number, usual: number): Setting<number> =>
    read.number(name, read.values[name] instanceof Unknown ? usual : absent);
  return {
    maximumRetryAttempts: figure("maximum_retry_attempts", unset.attempts, awsDefaults.attempts),
    maximumEventAgeInSeconds: figure("maximum_event_age_in_seconds", unset.ageSeconds, awsDefaults.ageSeconds),
  };
}

function inputOf(read: Reader): TargetInput {
  const constant = read.text("input", null);
  const path = read.text("input_path", null);
  const transformer = read.all("input_transformer")[0];
  if (transformer !== undefined) {
    const template = transformer.text("input_template", "");
    const { input_paths: paths } = transformer.values;
    const chosen = isBlock(paths) ? Object.values(paths) : [];
    if (template.from === "unknown" || paths instanceof Unknown || chosen.some((one) => one instanceof Unknown))
      return { kind: "unknown" };
    const given = typeof paths === "object" && paths !== null ? Object.entries(paths) : [];
    return {
      kind: "transformer",
      paths: Object.fromEntries(given.map(([name, one]) => [name, typeof one === "string" ? one : ""])),
      template: template.value,
    };
  }
  if (constant.from === "unknown" || path.from === "unknown") return { kind: "unknown" };
  if (constant.value !== null) return { kind: "constant", text: constant.value };
  return path.value === null ? { kind: "event" } : { kind: "path", path: path.value };
}

/** A target names its rule by name, and its bus by name or ARN. */
function ruleOf(target: Resource, context: EdgeContext): Resource | undefined {
  const bus = (text(target.values.event_bus_name) ?? "default").split("/").at(-1) ?? "default";
  const rule = text(target.values.rule);
  if (rule === undefined) return context.permissions.store.find(target.values.rule, target);
  const name = rule.split("/").at(-1) ?? rule;
  return context.lookup.named("rule", `${bus}/${name}`, target);
}

/** A schedule assumes a role for its target and for its dead-letter queue. */
export function scheduleEdges(resource: Resource, context: EdgeContext): void {
  const target = context.read(resource).inside("target");
  const end = context.end(target.values.arn, resource, "target.arn");
  if (end === undefined) return;
  const role = target.values.role_arn;
  const id = `${resource.address}#target`;
  context.add({
    kind: "target",
    id,
    address: resource.address,
    location: resource.location,
    from: resource.address,
    to: end.address,
    qualifier: end.qualifier,
    targetId: null,
    permissions: schedulePermissions({ end, role, source: { resource }, holder: resource, read: target, context }),
    settings: retrySettings(target, awsDefaults),
    input: scheduleInput(target),
    messageGroupId: parameter(target.inside("sqs_parameters"), "message_group_id"),
    partitionKey: parameter(target.inside("kinesis_parameters"), "partition_key"),
    eventBridgeParameters: eventParameters(target),
  });
  deadLetters({ id, resource, read: target, attribute: "target.dead_letter_config" }, context, (net) =>
    context.roleMay(role, ["sqs:SendMessage"], net, resource),
  );
}

function scheduleInput(target: Reader): TargetInput {
  const input = target.text("input", null);
  if (input.from === "unknown") return { kind: "unknown" };
  return input.value === null ? { kind: "event" } : { kind: "constant", text: input.value };
}

/** Named in the graph, not played. */
export function pipeEdges(resource: Resource, context: EdgeContext): void {
  const from = context.end(resource.values.source, resource, "source");
  const to = context.end(resource.values.target, resource, "target");
  if (from?.address === undefined || from.address === null || to === undefined) return;
  context.add({
    kind: "pipe",
    id: resource.address,
    address: resource.address,
    location: resource.location,
    from: from.address,
    to: to.address,
    qualifier: to.qualifier,
    permissions: [],
  });
}
