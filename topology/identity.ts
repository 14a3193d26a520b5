/**
 * What AWS will call a resource that it has not made yet: one row per type.
 *
 * References between resources are compared as ARNs, whichever source they come from. An ARN that AWS has not given yet
 * is made from the name as AWS would make it; Region and account that the configuration does not tell get stand-ins.
 */
import { flag, type Provider, type Resource, rowOf, text, type Values } from "./configuration.ts";

/** Stands for the account id of a provider whose account nothing tells. */
const standInAccount = "000000000000";
/** Stands for the Region of a provider whose Region nothing tells. */
export const standInRegion = "us-east-1";

interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** The resource's name, or a text made from its address. */
  readonly name: string;
  /** Stands for the name of what it belongs to, where that is not known: no other resource has the same. */
  readonly owner: string;
  readonly values: Values;
}
type Row = (place: Place) => Readonly<Record<string, string>>;

/** `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`. */
function arn({ partition, region, account }: Place, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** An ARN without Region. */
function globalArn({ partition, account }: Place, service: string, resource: string): string {
  return `arn:${partition}:${service}::${account}:${resource}`;
}

function lambda(place: Place, functionName: string, qualifier: string): Readonly<Record<string, string>> {
  const own = arn(place, "lambda", `function:${functionName}`);
  const invoke = `arn:${place.partition}:apigateway:${place.region}:lambda:path/2015-03-31/functions`;
  return {
    arn: own,
    qualified_arn: `${own}:${qualifier}`,
    invoke_arn: `${invoke}/${own}/invocations`,
    qualified_invoke_arn: `${invoke}/${own}:${qualifier}/invocations`,
  };
}

function keyIdentity(place: Place): Readonly<Record<string, string>> {
  return { arn: arn(place, "kms", `key/${place.name}`), key_id: place.name, id: place.name };
}

/** A function's name from any of the forms in which the provider takes it. */
export function functionNameOf(reference: string): string {
  const match =
    /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(reference) ?? /^(?:[^:]+:function:)?([^:]+)/.exec(reference);
  return match?.[1] ?? reference;
}

/** The computed attributes of a type that others refer to. */
const rows: Readonly<Record<string, Row>> = {
  aws_sqs_queue: (p) => {
    const url = `https://sqs.${p.region}.amazonaws.com/${p.account}/${p.name}`;
    return { arn: arn(p, "sqs", p.name), url, id: url };
  },
  aws_sns_topic: (p) => ({ arn: arn(p, "sns", p.name), id: arn(p, "sns", p.name) }),
  aws_kinesis_stream: (p) => ({
    arn: arn(p, "kinesis", `stream/${p.name}`),
    id: arn(p, "kinesis", `stream/${p.name}`),
  }),
  aws_kinesis_stream_consumer: (p) => {
    const own = `${text(p.values.stream_arn) ?? arn(p, "kinesis", `stream/${p.owner}`)}/consumer/${p.name}:1`;
    return { arn: own, id: own };
  },
  aws_dynamodb_table: (p) => ({
    arn: arn(p, "dynamodb", `table/${p.name}`),
    stream_arn: arn(p, "dynamodb", `table/${p.name}/stream/2024-01-01T00:00:00.000`),
    id: p.name,
  }),
  aws_s3_bucket: (p) => ({ arn: `arn:${p.partition}:s3:::${p.name}`, id: p.name, bucket: p.name, region: p.region }),
  aws_lambda_function: (p) => {
    // A function that publishes gets a new version at each change; which number it has does not matter here.
    const version = flag(p.values.publish) === true ? "1" : "$LATEST";
    return { ...lambda(p, p.name, version), version, id: p.name };
  },
  aws_lambda_alias: (p) => {
    const own = lambda(p, `${functionNameOf(text(p.values.function_name) ?? p.owner)}:${p.name}`, "");
    return { arn: own.arn ?? "", invoke_arn: own.invoke_arn ?? "", id: own.arn ?? "" };
  },
  aws_cloudwatch_event_bus: (p) => ({ arn: arn(p, "events", `event-bus/${p.name}`), id: p.name }),
  aws_cloudwatch_event_rule: (p) => {
    const bus = text(p.values.event_bus_name)?.split("/").at(-1) ?? "default";
    return {
      arn: arn(p, "events", bus === "default" ? `rule/${p.name}` : `rule/${bus}/${p.name}`),
      id: bus === "default" ? p.name : `${bus}/${p.name}`,
    };
  },
  aws_cloudwatch_event_archive: (p) => ({ arn: arn(p, "events", `archive/${p.name}`), id: p.name }),
  aws_cloudwatch_event_connection: (p) => ({ arn: arn(p, "events", `connection/${p.name}/1`), id: p.name }),
  aws_cloudwatch_event_api_destination: (p) => ({ arn: arn(p, "events", `api-destination/${p.name}/1`), id: p.name }),
  aws_scheduler_schedule: (p) => {
    const group = text(p.values.group_name) ?? "default";
    return { arn: arn(p, "scheduler", `schedule/${group}/${p.name}`), id: `${group}/${p.name}` };
  },
  aws_scheduler_schedule_group: (p) => ({ arn: arn(p, "scheduler", `schedule-group/${p.name}`), id: p.name }),
  aws_pipes_pipe: (p) => ({ arn: arn(p, "pipes", `pipe/${p.name}`), id: p.name }),
  aws_iam_role: (p) => {
    const path = text(p.values.path) ?? "/";
    return { arn: globalArn(p, "iam", `role${path}${p.name}`), id: p.name, unique_id: `AROA${p.name}` };
  },
  aws_iam_policy: (p) => {
    const own = globalArn(p, "iam", `policy${text(p.values.path) ?? "/"}${p.name}`);
    return { arn: own, id: own };
  },
  aws_kms_key: keyIdentity,
  aws_kms_external_key: keyIdentity,
  aws_kms_replica_key: keyIdentity,
  aws_kms_replica_external_key: keyIdentity,
  aws_kms_alias: (p) => ({ arn: arn(p, "kms", p.name), id: p.name }),
  aws_cloudwatch_log_group: (p) => ({ arn: arn(p, "logs", `log-group:${p.name}`), id: p.name }),
  aws_cloudwatch_metric_alarm: (p) => ({ arn: arn(p, "cloudwatch", `alarm:${p.name}`), id: p.name }),
  aws_sfn_state_machine: (p) => ({
    arn: arn(p, "states", `stateMachine:${p.name}`),
    id: arn(p, "states", `stateMachine:${p.name}`),
  }),
  aws_kinesis_firehose_delivery_stream: (p) => ({ arn: arn(p, "firehose", `deliverystream/${p.name}`) }),
  aws_ecs_cluster: (p) => ({ arn: arn(p, "ecs", `cluster/${p.name}`), id: arn(p, "ecs", `cluster/${p.name}`) }),
  aws_ecs_task_definition: (p) => ({ arn: arn(p, "ecs", `task-definition/${p.name}:1`), id: p.name }),
  aws_codebuild_project: (p) => ({ arn: arn(p, "codebuild", `project/${p.name}`), id: p.name }),
  aws_batch_job_queue: (p) => ({ arn: arn(p, "batch", `job-queue/${p.name}`) }),
  aws_batch_job_definition: (p) => ({ arn: arn(p, "batch", `job-definition/${p.name}:1`) }),
  aws_secretsmanager_secret: (p) => ({ arn: arn(p, "secretsmanager", `secret:${p.name}`), id: p.name }),
  aws_ssm_parameter: (p) => ({ arn: arn(p, "ssm", `parameter/${p.name}`), id: p.name }),
  aws_caller_identity: (p) => ({
    account_id: p.account,
    id: p.account,
    arn: globalArn(p, "iam", "root"),
    user_id: p.account,
  }),
};

/** The attribute that holds the name; `name` where it is not listed. */
const nameAttributes: Readonly<Record<string, string>> = {
  aws_lambda_function: "function_name",
  aws_s3_bucket: "bucket",
  aws_ecs_task_definition: "family",
  aws_cloudwatch_metric_alarm: "alarm_name",
};

/** The name that a resource has in AWS, undefined where it is not known (a `name_prefix`, for instance). */
export function nameOf(resource: Pick<Resource, "type" | "values">): string | undefined {
  return text(resource.values[rowOf(nameAttributes, resource.type) ?? "name"]);
}

/** A text that can stand for a name, made from an address. */
export function nameFrom(address: string): string {
  return address.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^-|-$/g, "");
}

/**
 * Attributes that AWS gives a resource and that others refer to (`arn`, `url`, `id` …), made from its name. Of a type
 * that is not listed: a text from its address, so that equal references stay equal.
 */
export function identityOf(
  resource: Pick<Resource, "address" | "type" | "values">,
  provider: Provider | undefined,
): Readonly<Record<string, string>> {
  const region = provider?.region ?? standInRegion;
  const name = nameOf(resource) ?? nameFrom(resource.address);
  const place: Place = {
    partition: region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws",
    region,
    account: provider?.accountId ?? standInAccount,
    name,
    owner: `of-${nameFrom(resource.address)}`,
    values: resource.values,
  };
  const service = resource.type.replace(/^aws_/, "").split("_")[0] ?? "unknown";
  return rowOf(rows, resource.type)?.(place) ?? { arn: arn(place, service, `${resource.type}/${name}`), id: name };
}

/** Whether the types of this table include it. */
export function hasIdentity(type: string): boolean {
  return Object.hasOwn(rows, type);
}
