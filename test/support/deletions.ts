/**
 * Everything that can be taken out of a synthesized stack, one thing at a time: each action, principal and resource of each
 * policy statement, each statement, each entry of each `depends_on`, each resource and attribute that stands for an edge.
 *
 * It goes by the form of Terraform's JSON alone and knows nothing of queues.
 */
import type { Json, JsonObject, Synthesized } from "./synth.ts";

/** One deletion, made. */
export interface Deletion {
  readonly kind: "action" | "principal" | "resource pattern" | "statement" | "depends_on" | "resource" | "attribute";
  /** The resource or data source that something was taken from. */
  readonly from: string;
  /** What was taken: an action, an address, an attribute. */
  readonly what: readonly string[];
  readonly stack: Synthesized;
}

/** Types that are nothing but an edge between others: without one, nothing else is left dangling but its dependants. */
const edges = new Set(["aws_iam_role_policy", "aws_sqs_queue_redrive_allow_policy", "aws_sqs_queue_redrive_policy"]);

/** Attributes that stand for an edge. */
const attributes: Readonly<Record<string, readonly string[]>> = {
  aws_sqs_queue: ["redrive_policy"],
  aws_lambda_function: ["environment"],
  aws_lambda_event_source_mapping: ["function_response_types"],
  aws_cloudwatch_metric_alarm: ["dimensions", "alarm_actions", "ok_actions", "treat_missing_data"],
};

/** Every deletion of a stack. */
export function* deletions(stack: Synthesized): Generator<Deletion> {
  for (const [type, byName] of Object.entries(stack.data)) {
    for (const [name, document] of Object.entries(byName)) {
      const from = `data.${type}.${name}`;
      for (const [kind, what, changed] of fromDocument(document)) {
        yield { kind, from, what, stack: replaced(stack, "data", type, name, changed) };
      }
    }
  }
  for (const [type, byName] of Object.entries(stack.resource)) {
    for (const [name, resource] of Object.entries(byName)) {
      const from = `${type}.${name}`;
      for (const [index, address] of strings(resource["depends_on"]).entries()) {
        const left = strings(resource["depends_on"]).toSpliced(index, 1);
        const changed = { ...resource, depends_on: left };
        yield { kind: "depends_on", from, what: [address], stack: replaced(stack, "resource", type, name, changed) };
      }
      for (const attribute of attributes[type] ?? []) {
        if (resource[attribute] === undefined) continue;
        const { [attribute]: _, ...changed } = resource;
        yield { kind: "attribute", from, what: [attribute], stack: replaced(stack, "resource", type, name, changed) };
      }
      if (edges.has(type)) {
        yield { kind: "resource", from, what: [from], stack: replaced(stack, "resource", type, name, undefined) };
      }
    }
  }
}

type Change = readonly [Deletion["kind"], readonly string[], JsonObject];

function* fromDocument(document: JsonObject): Generator<Change> {
  const statements = (document["statement"] ?? []) as readonly JsonObject[];
  for (const [index, statement] of statements.entries()) {
    const actions = strings(statement["actions"]);
    const changed = (other: JsonObject): JsonObject => ({ ...document, statement: statements.with(index, other) });
    yield ["statement", actions, { ...document, statement: statements.toSpliced(index, 1) }];
    for (const [at, action] of actions.entries()) {
      yield ["action", [action], changed({ ...statement, actions: actions.toSpliced(at, 1) })];
    }
    for (const at of strings(statement["resources"]).keys()) {
      yield [
        "resource pattern",
        actions,
        changed({ ...statement, resources: strings(statement["resources"]).toSpliced(at, 1) }),
      ];
    }
    for (const at of ((statement["principals"] ?? []) as readonly Json[]).keys()) {
      yield [
        "principal",
        actions,
        changed({ ...statement, principals: (statement["principals"] as readonly Json[]).toSpliced(at, 1) }),
      ];
    }
  }
}

const strings = (value: Json | undefined): readonly string[] => (value ?? []) as readonly string[];

/** The stack with another block at one place, or with none there. */
function replaced(
  stack: Synthesized,
  part: "resource" | "data",
  type: string,
  name: string,
  block: JsonObject | undefined,
): Synthesized {
  const { [name]: _, ...others } = stack[part][type] ?? {};
  const blocks = block === undefined ? others : { ...others, [name]: block };
  return { ...stack, [part]: { ...stack[part], [type]: blocks } };
}
