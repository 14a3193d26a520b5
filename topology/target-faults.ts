/**
 * What AWS refuses of a target, when it is made or at every delivery, and Terraform lets pass: nothing ever arrives
 * there. What is not known before it is applied counts as right.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 */
import { hasUnknown } from "./configuration.ts";
import type { JsonValue, Node, NodeKind, Setting, TargetEdge } from "./graph.ts";
import { isJsonObject, parseJson } from "./json.ts";

export interface TargetFault {
  /** What is wrong, of the target or of where it leads. */
  readonly what: string;
  /** What would be right. */
  readonly right: string;
}

/**
 * @param source the rule or schedule; undefined: a rule that is not known.
 * @param kind of the end, where more is known of it than that it is outside.
 */
export function targetFault(
  edge: TargetEdge,
  source: Node | undefined,
  end: Node,
  kind: NodeKind = kindOfEnd(end),
): TargetFault | undefined {
  const isSchedule = source?.kind === "schedule";
  if (kind === "table" || kind === "bucket" || kind === "rule" || kind === "schedule") {
    const service = isSchedule ? "Scheduler" : "EventBridge";
    return {
      what: `${end.address} is a ${kind}, which is no target of ${service}`,
      right: `a function that writes to it, or another target that ${service} has`,
    };
  }
  return isSchedule ? ofSchedule(edge, end, kind) : ofRule(edge, source, end, kind);
}

/** A table or bucket outside the configuration is one by its ARN. */
function kindOfEnd({ kind, address }: Node): NodeKind {
  const service = kind === "external" ? /^arn:[^:]+:(dynamodb|s3):/.exec(address)?.[1] : undefined;
  return service === "dynamodb" ? "table" : service === "s3" ? "bucket" : kind;
}

/**
 * `Input` is valid JSON text: PutTargets refuses any other. With a bus of another account as target it takes none.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
 */
function ofRule(edge: TargetEdge, source: Node | undefined, end: Node, kind: NodeKind): TargetFault | undefined {
  const { input } = edge;
  const accounts = [source?.accountId ?? null, end.accountId];
  if (kind === "bus" && input.kind !== "event" && !accounts.includes(null) && accounts[0] !== accounts[1]) {
    return { what: `${end.address} is a bus of another account, for which a target has no input`, right: "no input" };
  }
  return input.kind === "constant" && isNoJson(input.text) ? noJson(edge) : undefined;
}

/**
 * A bus needs a source, a detail type and an object as detail, a stream a partition key; a function and a bus take JSON.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EventBridgeParameters.html
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 */
function ofSchedule(edge: TargetEdge, end: Node, kind: NodeKind): TargetFault | undefined {
  const { input } = edge;
  if (kind === "stream" && isUnset(edge.partitionKey)) {
    return {
      what: `${edge.address} has no kinesis_parameters, without whose partition key nothing can be put into ${end.address}`,
      right: "kinesis_parameters { partition_key = … } in its target",
    };
  }
  if (kind === "bus") return ofEvent(edge, end);
  return kind === "function" && input.kind === "constant" && isNoJson(settled(input.text)) ? noJson(edge) : undefined;
}

function ofEvent({ address, input, eventBridgeParameters: names }: TargetEdge, end: Node): TargetFault | undefined {
  if (names === null || isUnset(names.source) || isUnset(names.detailType)) {
    return {
      what: `${address} has no eventbridge_parameters, without whose source and detail_type nothing can be put on ${end.address}`,
      right: "eventbridge_parameters { source = …, detail_type = … } in its target",
    };
  }
  if (names.source.from !== "unknown" && names.source.value?.startsWith("aws.") === true) {
    return {
      what: `the source ${names.source.value} of ${address} begins with aws., which only AWS's own services may use`,
      right: "a source of your own in eventbridge_parameters, which the pattern of a rule then names",
    };
  }
  if (input.kind !== "constant") return undefined;
  const text = settled(input.text);
  const detail = jsonOf(text);
  if (isJsonObject(detail) || (detail === undefined && hasUnknown(text))) return undefined;
  return {
    what: `the input of ${address} is no JSON object, as the detail of an event has to be`,
    right: "input = jsonencode({ … })",
  };
}

function noJson({ address }: TargetEdge): TargetFault {
  return { what: `the input of ${address} is no JSON`, right: "input = jsonencode(…)" };
}

function isUnset(setting: Setting<string | null>): boolean {
  return setting.from !== "unknown" && setting.value === null;
}

/** What a schedule's input asks for of the invocation, as something that may stand in and between texts. */
function settled(text: string): string {
  return text.replaceAll(/<aws\.scheduler\.[\w-]+>/g, "1");
}

/** Whether a text is no JSON, for sure. */
function isNoJson(text: string): boolean {
  return jsonOf(text) === undefined && !hasUnknown(text);
}

/** Undefined: it is none. */
function jsonOf(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
