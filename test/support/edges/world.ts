/** What the rules about edges look at: the paths of a stack, what they need and what there is. */

import { type Resource, resolved } from "../resolved.ts";
import { dig, type Json, type JsonObject, type Synthesized } from "../synth.ts";
import { type Grant, grantsOf } from "./policies.ts";

/** What a stack cannot say of what it did not make. */
export interface Surroundings {
  /** Values of the stack's variables. */
  readonly variables?: Readonly<Record<string, Json>>;
  /** Queues that exist already, by ARN: their dead-letter queue, unless the stack is to attach one, and their key. */
  readonly queues?: Readonly<Record<string, { readonly deadLetterArn?: string; readonly keyArn?: string }>>;
  /** Functions that exist already, by ARN: the name of their role, and how they answer. */
  readonly functions?: Readonly<Record<string, { readonly roleName: string; readonly response: string }>>;
  /** What the code of functions may do besides, by the name of the role. */
  readonly granted?: readonly { readonly role: string; readonly action: string; readonly resource: string }[];
  /** ARN of the topic that every alarm notifies. */
  readonly notify?: string;
  /** ARNs of queues whose paths are meant to have no alarms. */
  readonly unwatched?: readonly string[];
}

/** One edge that is missing, wrong or that nobody needs. */
export interface Finding {
  readonly edge: "trust" | "permission" | "order" | "redrive" | "response" | "settings" | "alarm" | "superfluous";
  /** The resource that is the poorer for it. */
  readonly at: string;
  /** What is missing, in one sentence. */
  readonly text: string;
  /** Addresses, ARNs and actions that the finding is about. */
  readonly about: readonly string[];
}

/** An event source mapping with both of its ends. */
interface Path {
  readonly mapping: Resource;
  readonly queueArn: string;
  readonly queue: Resource | undefined;
  readonly functionArn: string;
  readonly function: Resource | undefined;
  readonly roleName: string;
  readonly deadLetterArn: string | undefined;
}

export interface World {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly surroundings: Surroundings;
  readonly paths: readonly Path[];
  readonly functions: readonly Resource[];
  readonly grants: readonly Grant[];
  readonly needs: readonly Need[];
}

/** An action that a role needs on a resource. */
export interface Need {
  readonly at: string;
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** Looks at a stack as AWS would. */
export function worldOf(stack: Synthesized, surroundings: Surroundings): World {
  const resources = resolved(stack, surroundings.variables);
  const functions = ofType(resources, "aws_lambda_function");
  const paths = ofType(resources, "aws_lambda_event_source_mapping").map((mapping) =>
    pathOf(mapping, resources, surroundings),
  );
  const needs = [
    ...paths.flatMap((path) => needsOfPath(path, surroundings)),
    ...functions.flatMap(needsOfFunction(resources)),
  ];
  return { resources, surroundings, paths, functions, grants: grantsOf(resources.values()), needs };
}

export const string = (value: Json | undefined): string => (typeof value === "string" ? value : "");

export const ofType = (resources: ReadonlyMap<string, Resource>, type: string): Resource[] =>
  [...resources.values()].filter((resource) => resource.type === type);

export const parsed = (value: Json | undefined): JsonObject =>
  typeof value === "string" ? (JSON.parse(value) as JsonObject) : {};

export const urlOf = (arn: string): string => {
  const [, , , region, account, name] = arn.split(":");
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
};

export const nameOf = (arn: string): string => arn.split(":").at(-1) ?? "";

function pathOf(mapping: Resource, resources: ReadonlyMap<string, Resource>, around: Surroundings): Path {
  const queueArn = string(mapping.attributes["event_source_arn"]);
  const functionArn = string(mapping.attributes["function_name"]);
  const queue = ofType(resources, "aws_sqs_queue").find(({ arn }) => arn === queueArn);
  const made = ofType(resources, "aws_lambda_function").find(({ arn }) => arn === functionArn);
  const role = ofType(resources, "aws_iam_role").find(({ arn }) => arn === made?.attributes["role"]);
  const attached = ofType(resources, "aws_sqs_queue_redrive_policy").find(
    ({ attributes }) => attributes["queue_url"] === urlOf(queueArn),
  );
  const redrive = parsed((queue ?? attached)?.attributes["redrive_policy"]);
  return {
    mapping,
    queueArn,
    queue,
    functionArn,
    function: made,
    roleName: string(role?.attributes["name"]) || (around.functions?.[functionArn]?.roleName ?? ""),
    deadLetterArn: string(redrive["deadLetterTargetArn"]) || around.queues?.[queueArn]?.deadLetterArn,
  };
}

/** What pollers do with the function's role (Lambda guide, "Configuring an Amazon SQS queue", execution role permissions). */
function needsOfPath({ mapping, queueArn, queue, roleName }: Path, around: Surroundings): Need[] {
  const at = mapping.address;
  const key = string(queue?.attributes["kms_master_key_id"]) || around.queues?.[queueArn]?.keyArn;
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  return [
    // The last one for the handler, which may shorten or lengthen its messages' wait: promised by the design.
    ...[...actions, "sqs:ChangeMessageVisibility"].map((action) => ({
      at,
      role: roleName,
      action,
      resource: queueArn,
    })),
    ...(key === undefined ? [] : [{ at, role: roleName, action: "kms:Decrypt", resource: key }]),
  ];
}

/** What a function needs in order to log, trace and sit in a VPC (Lambda guide, "Execution role", "VPC", "X-Ray"). */
const needsOfFunction =
  (resources: ReadonlyMap<string, Resource>) =>
  ({ address: at, attributes }: Resource): Need[] => {
    const role = string(
      ofType(resources, "aws_iam_role").find(({ arn }) => arn === attributes["role"])?.attributes["name"],
    );
    const need = (resource: string, ...actions: string[]): Need[] =>
      actions.map((action) => ({ at, role, action, resource }));
    const group = string(dig(attributes["logging_config"], "log_group"));
    const known = ofType(resources, "aws_cloudwatch_log_group").find(
      (resource) => resource.attributes["name"] === group,
    );
    return [
      ...need(`${known?.arn ?? group}:log-stream:one`, "logs:CreateLogStream", "logs:PutLogEvents"),
      ...(attributes["vpc_config"] === undefined
        ? []
        : need(
            "*",
            ...["CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface"].map(
              (action) => `ec2:${action}`,
            ),
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
          )),
      ...(dig(attributes["tracing_config"], "mode") === "Active"
        ? need("*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")
        : []),
    ];
  };

export function finding(edge: Finding["edge"], at: string, text: string, ...about: string[]): Finding {
  return { edge, at, text, about: [at, ...about] };
}
