/**
 * What lets EventBridge reach the target of a rule, or Scheduler that of a schedule: the target's own policy, or the role
 * that the rule's target or the schedule names.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 */
import { type Resource, rowOf, type Value } from "../configuration.ts";
import { type Permission, permissionOf } from "../graph.ts";
import { type EdgeContext, type End, isSet } from "./edge-context.ts";
import type { Behalf, Node as Needed } from "./permissions.ts";
import type { Reader } from "./reader.ts";

interface Row {
  /** What a rule needs; a schedule needs its role for all of them. */
  readonly by: "policy" | "role";
  readonly actions: readonly string[];
  /** What the role needs beside, or instead. */
  readonly role?: (reach: Reach, actions: readonly string[]) => Permission[];
}

/** A target, and what reaches it. */
interface Reach {
  readonly end: End;
  /** The role that the rule's target or the schedule names. */
  readonly role: Value | undefined;
  /** The rule, or the schedule. */
  readonly source: Behalf;
  /** What holds the target. */
  readonly holder: Resource;
  /** The target's attributes. */
  readonly read: Reader;
  readonly context: EdgeContext;
}

const toFunction: Row = { by: "policy", actions: ["lambda:InvokeFunction"] };
const toQueue: Row = { by: "policy", actions: ["sqs:SendMessage"] };
const toTopic: Row = { by: "policy", actions: ["sns:Publish"] };
const toLogs: Row = { by: "policy", actions: ["logs:CreateLogStream", "logs:PutLogEvents"] };
const toStream: Row = { by: "role", actions: ["kinesis:PutRecord"] };
const toFirehose: Row = { by: "role", actions: ["firehose:PutRecord"] };
const toStates: Row = { by: "role", actions: ["states:StartExecution"] };
const toBuild: Row = { by: "role", actions: ["codebuild:StartBuild"] };
const toCodePipeline: Row = { by: "role", actions: ["codepipeline:StartPipelineExecution"] };
const toSageMaker: Row = { by: "role", actions: ["sagemaker:StartPipelineExecution"] };
const toDestination: Row = { by: "role", actions: ["events:InvokeApiDestination"] };
const toBus: Row = { by: "role", actions: ["events:PutEvents"] };
const toTask: Row = { by: "role", actions: ["ecs:RunTask"], role: runTask };
const toJob: Row = { by: "role", actions: ["batch:SubmitJob"], role: submitJob };
const toRedshift: Row = { by: "role", actions: ["redshift-data:ExecuteStatement"], role: executeStatement };

/** By kind of node, by type, and by the service of an ARN outside. What is not here is not judged. */
const rows: Readonly<Record<string, Row>> = {
  function: toFunction,
  lambda: toFunction,
  queue: toQueue,
  sqs: toQueue,
  topic: toTopic,
  sns: toTopic,
  aws_cloudwatch_log_group: toLogs,
  logs: toLogs,
  stream: toStream,
  kinesis: toStream,
  aws_kinesis_firehose_delivery_stream: toFirehose,
  firehose: toFirehose,
  aws_sfn_state_machine: toStates,
  states: toStates,
  aws_codebuild_project: toBuild,
  codebuild: toBuild,
  aws_codepipeline: toCodePipeline,
  codepipeline: toCodePipeline,
  aws_sagemaker_pipeline: toSageMaker,
  aws_cloudwatch_event_api_destination: toDestination,
  bus: toBus,
  events: toBus,
  aws_ecs_cluster: toTask,
  ecs: toTask,
  aws_batch_job_queue: toJob,
  batch: toJob,
  aws_redshift_cluster: toRedshift,
  aws_redshiftserverless_workgroup: toRedshift,
  redshift: toRedshift,
  "redshift-serverless": toRedshift,
};

function kindOf({ node }: End): string {
  if (node?.kind !== "external") return node?.kind ?? "";
  return /^arn:[^:]+:events:[^:]*:[^:]*:api-destination\//.test(node.arn)
    ? "aws_cloudwatch_event_api_destination"
    : node.service;
}

function resourceOf(source: Behalf): Resource | undefined {
  return source !== "unknown" && "resource" in source ? source.resource : undefined;
}

/** The permissions of a rule's target. */
export function rulePermissions(reach: Reach): Permission[] {
  const { end, role, source, holder, context } = reach;
  const row = rowOf(rows, kindOf(end));
  if (row === undefined) return [notJudged("events.amazonaws.com", reach)];
  const sender = otherAccount(reach);
  if (row.by === "policy" && isSet(role) && row !== toLogs)
    return sender === undefined ? byRoleOrPolicy(row, reach) : byRole(row, reach);
  if (row.by === "policy") return context.serviceMay("events.amazonaws.com", row.actions, end, source, holder);
  if (isSet(role)) return byRole(row, reach);
  // A bus of the same account needs no role; the policy of one of another account admits the sender's, or not.
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
  if (row === toBus) return sender === undefined ? [] : context.accountMay(sender, row.actions, end);
  return [
    {
      principal: "events.amazonaws.com",
      actions: row.actions,
      resource: end.address ?? "unknown",
      state: "missing",
      why: `${holder.address} has no role_arn, and EventBridge needs a role for ${end.address ?? "its target"}`,
      grantedBy: [],
    },
  ];
}

/** The rule's account, where it is known that the target is in another one. */
function otherAccount({ end, holder, context }: Reach): string | undefined {
  const own = context.base.configuration.providers[holder.provider ?? "aws"]?.accountId ?? null;
  const account = end.node?.accountId ?? null;
  return own === null || account === null || account === own ? undefined : own;
}

/**
 * A target that has a policy of its own takes a role in another account. In the same one AWS advises against it, without
 * saying which of the two then counts: where one of them alone would do, that is said.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
function byRoleOrPolicy(row: Row, reach: Reach): Permission[] {
  const { end, source, holder, context } = reach;
  const policies = context.serviceMay("events.amazonaws.com", row.actions, end, source, holder);
  const roles = byRole(row, reach);
  const [mine, theirs] = [roles, policies].map((permissions) => permissionOf({ permissions }));
  if (mine === "granted" && theirs === "granted") return policies;
  const note = (one: Permission): string =>
    one.state === "granted"
      ? `assuming that EventBridge goes by ${one.principal}, which AWS advises against for a target with a policy of its own`
      : `EventBridge may go by ${one.principal}, or by the target's policy: ${one.why ?? "one of them is not known"}`;
  if (mine === "granted") return roles.map((one) => ({ ...one, why: note(one) }));
  if (theirs === "granted")
    return roles.flatMap((one) => (one.state === "granted" ? [] : [{ ...one, state: "unknown", why: note(one) }]));
  return theirs === "missing" && mine === "unknown" ? roles : policies;
}

/** The permissions of a schedule's target: Scheduler assumes a role for each. */
export function schedulePermissions(reach: Reach): Permission[] {
  const row = rowOf(rows, kindOf(reach.end));
  return row === undefined ? [notJudged("scheduler.amazonaws.com", reach)] : byRole(row, reach);
}

function byRole(row: Row, reach: Reach): Permission[] {
  const { role, end, source, holder, context } = reach;
  return (
    row.role?.(reach, row.actions) ?? context.roleMay(role, row.actions, end, holder, undefined, resourceOf(source))
  );
}

/** What a target of this kind needs differs by what it is told to do, and is not read: never taken for granted. */
function notJudged(service: string, reach: Reach, actions: readonly string[] = ["unknown"]): Permission {
  const { end, role } = reach;
  const who = named(role, reach);
  const principal = who === undefined ? service : "resource" in who ? who.resource.address : who.arn;
  const why =
    end.address === null
      ? "the end is not known before it is applied"
      : `what ${service} needs for a target of the kind ${kindOf(end)} is not judged`;
  return { principal, actions, resource: end.address ?? "unknown", state: "unknown", why, grantedBy: [] };
}

/** What a value names, without a node of the graph for it: events do not end there. Undefined: not set, or not known. */
function named(value: Value | undefined, { holder, context }: Reach): Needed | undefined {
  const target = context.lookup.target(value, holder);
  if (target === undefined || target.kind === "unknown") return undefined;
  return target.kind === "resource" ? { resource: target.resource } : { arn: target.arn };
}

/**
 * A task is run of a definition, in a cluster; its roles are handed to it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
 */
function runTask(reach: Reach, actions: readonly string[]): Permission[] {
  const { role, end, source, holder, read, context } = reach;
  const blocks = ["ecs_target", "ecs_parameters"].map((name) => read.inside(name).values.task_definition_arn);
  const resource = named(blocks.find(isSet), reach);
  const cluster = context.needed(end);
  if (resource === undefined || cluster === undefined) return [notJudged("ecs.amazonaws.com", reach, actions)];
  const run = context.permissions.ofRole(role, { actions, resource, keys: { "ecs:cluster": cluster } }, holder);
  const { task_role_arn: task, execution_role_arn: execution } = "resource" in resource ? resource.resource.values : {};
  const keys = { "iam:passedtoservice": "ecs-tasks.amazonaws.com" };
  const handed = [task, execution].flatMap((one) => named(one, reach) ?? []);
  return [
    run,
    ...handed.map((one) =>
      context.permissions.ofRole(role, { actions: ["iam:PassRole"], resource: one, keys }, holder),
    ),
    ...context.trust(role, holder, resourceOf(source)),
  ];
}

/** A job is of a definition, in a queue: both must be allowed. A definition that is given by name is not looked up. */
function submitJob(reach: Reach, actions: readonly string[]): Permission[] {
  const { role, end, source, holder, read, context } = reach;
  const queue = context.roleMay(role, actions, end, holder, undefined, resourceOf(source));
  const definition = named(read.inside("batch_target").values.job_definition, reach);
  if (definition === undefined || ("arn" in definition && !definition.arn.startsWith("arn:"))) return queue;
  return [...queue, context.permissions.ofRole(role, { actions, resource: definition }, holder)];
}

/** The role also needs the credentials: a secret, or some that the cluster gives, which is not judged. */
function executeStatement(reach: Reach, actions: readonly string[]): Permission[] {
  const { role, end, source, holder, read, context } = reach;
  const secret = named(read.inside("redshift_target").values.secrets_manager_arn, reach);
  const credentials =
    secret === undefined
      ? notJudged("events.amazonaws.com", reach, ["redshift:GetClusterCredentials"])
      : context.permissions.ofRole(role, { actions: ["secretsmanager:GetSecretValue"], resource: secret }, holder);
  return [...context.roleMay(role, actions, end, holder, undefined, resourceOf(source)), credentials];
}
