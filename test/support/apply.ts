/** Makes the changes that a finding proposes in the JSON of a configuration, as a user would. */
import type { Change } from "../../checks/fix.ts";
import { all, type Body, body, type Config, encoded, type Json, ref } from "./configurations.ts";

/** A copy of the configuration with the changes made. */
export function applied(config: Config, changes: readonly Change[]): Config {
  const copy = structuredClone(config);
  for (const change of changes) apply(copy, change);
  return copy;
}

function apply(config: Config, change: Change): void {
  if (change.kind === "allow") {
    allow(config, change);
    return;
  }
  const values = body(config, change.address);
  if (change.kind === "remove") {
    if (values[change.attribute] === undefined) throw new Error(`${change.address} has no ${change.attribute}`);
    delete values[change.attribute];
    return;
  }
  const [first = "", ...rest] = change.attribute.split(".");
  values[first] = replaced(values[first], rest, change.value);
}

/** A value with something in it replaced: inside JSON text, or inside a nested block that may not be there yet. */
function replaced(value: Json | undefined, path: readonly string[], wanted: Json): Json {
  const [name, ...rest] = path;
  if (name === undefined) return wanted;
  if (typeof value === "string") return encoded(inside(decoded(value), path, wanted));
  const [block] = isList(value) ? value : [{}];
  return [{ ...asBody(block), [name]: replaced(asBody(block)[name], rest, wanted) }];
}

function inside(value: Json | undefined, [name, ...rest]: readonly string[], wanted: Json): Json {
  return name === undefined ? wanted : { ...asBody(value), [name]: inside(asBody(value)[name], rest, wanted) };
}

/** What `encoded` wrote, or plain JSON. */
function decoded(text: string): Json {
  const written = /^\$\{jsonencode\((.*)\)\}$/s.exec(text)?.[1];
  if (written === undefined) return JSON.parse(text) as Json;
  const quoted = written.replaceAll('" = ', '": ').replaceAll(/(?<=[[:,] ?|^)((?:data\.)?aws_[\w.]+)/g, '"${$1}"');
  return JSON.parse(quoted) as Json;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function asBody(value: Json | undefined): Body {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || isList(value)) throw new Error(`no block: ${JSON.stringify(value)}`);
  return { ...value };
}

type Allow = Extract<Change, { kind: "allow" }>;

function allow(config: Config, change: Allow): void {
  const made = change.actions.includes("redrive")
    ? undefined
    : change.principal.endsWith(".amazonaws.com")
      ? byService(config, change)
      : byRole(change);
  if (made === undefined) {
    redriveAllow(config, change);
    return;
  }
  const merged = all(config, made);
  config.resource = merged.resource;
  config.data = merged.data;
}

function redriveAllow(config: Config, { principal, resource }: Allow): void {
  const policies = Object.values(config.resource.aws_sqs_queue_redrive_allow_policy ?? {});
  const own = policies.find(({ queue_url: url }) => url === ref(`${resource}.url`));
  if (own === undefined) throw new Error(`${resource} has no redrive allow policy`);
  own.redrive_allow_policy = encoded({ redrivePermission: "byQueue", sourceQueueArns: [ref(`${principal}.arn`)] });
}

function byRole({ principal, actions, resource }: Allow): Config {
  const arn = resource.startsWith("aws_dynamodb_table.") ? `${resource}.stream_arn` : `${resource}.arn`;
  const objects = actions.includes("s3:PutObject") ? [`${ref(arn)}/*`] : [ref(arn)];
  return {
    resource: {
      aws_iam_role_policy: {
        proposed: {
          name: "proposed",
          role: ref(`${principal}.name`),
          policy: ref("data.aws_iam_policy_document.proposed.json"),
        },
      },
    },
    data: { aws_iam_policy_document: { proposed: { statement: [{ actions, resources: objects }] } } },
  };
}

function byService(config: Config, { principal, actions, resource, source }: Allow): Config {
  if (source === null) throw new Error(`no source for ${principal} on ${resource}`);
  if (actions.includes("lambda:InvokeFunction")) {
    const permission = {
      function_name: ref(`${resource}.function_name`),
      action: "lambda:InvokeFunction",
      principal,
      source_arn: ref(`${source}.arn`),
    };
    return { resource: { aws_lambda_permission: { proposed: permission } }, data: {} };
  }
  const there = Object.values(config.resource.aws_sqs_queue_policy ?? {}).some(
    ({ queue_url: url }) => url === ref(`${resource}.url`),
  );
  if (there) throw new Error(`${resource} has a policy already: a second would replace it`);
  const statement = {
    actions,
    resources: [ref(`${resource}.arn`)],
    principals: [{ type: "Service", identifiers: [principal] }],
    condition: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [ref(`${source}.arn`)] }],
  };
  return {
    resource: {
      aws_sqs_queue_policy: {
        proposed: {
          queue_url: ref(`${resource}.url`),
          policy: ref("data.aws_iam_policy_document.proposed.json"),
        },
      },
    },
    data: { aws_iam_policy_document: { proposed: { statement: [statement] } } },
  };
}
