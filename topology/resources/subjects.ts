/** What policies are compared with: resources of a configuration, and ARNs outside it, in the forms that policies name. */
import { type Configuration, type Resource, text } from "../configuration.ts";
import { type Subject, unknownName, unknownPlace } from "../iam/match.ts";
import { nameOf } from "../identity.ts";

/** Which part of a resource is meant. */
export interface Form {
  /** An alias or a version of a function; none for the function itself, `$LATEST` where a caller names it so. */
  readonly qualifier?: string | null | undefined;
  /** Where in a bucket objects are put; undefined: anywhere. */
  readonly objectPrefix?: string | undefined;
}

/** The alias or version that a qualifier names; undefined for the function itself. */
export function qualifierOf(qualifier: string | null | undefined): string | undefined {
  return qualifier === null || qualifier === "$LATEST" || qualifier === "" ? undefined : qualifier;
}

/** A resource of the configuration, or an ARN outside it, with the address that it has in the graph. */
export type Node = { readonly resource: Resource } | { readonly arn: string; readonly address?: string };

/**
 * What a pattern is compared with.
 *
 * @param action which form of the resource it concerns: the stream of a table, the objects of a bucket
 * @param form which part of it is meant: an alias or version of a function, where in a bucket objects are put
 */
export function subjectOf(node: Node, configuration: Configuration, action?: string, form: Form = {}): Subject {
  if (!("resource" in node)) {
    const [, , , region = "", account = ""] = node.arn.split(":");
    return {
      address: node.arn,
      arns: formsOf(node.arn, action, form),
      nameKnown: true,
      accountId: text(account) ?? null,
      region: text(region) ?? null,
      provider: null,
    };
  }
  const { resource } = node;
  const { provider: name, values } = resource;
  const provider = configuration.providers[name ?? "aws"];
  const arn = text(values.arn) ?? "";
  const fromState = name === null;
  const isStream =
    action !== undefined && /^dynamodb:(?:GetRecords|GetShardIterator|DescribeStream|ListStreams)$/.test(action);
  const plain = isStream ? (text(values.stream_arn) ?? `${arn}/stream/${unknownName}`) : arn;
  const accountId = accountOf(resource, configuration);
  const region = fromState ? (text(arn.split(":")[3]) ?? null) : (provider?.region ?? null);
  const marked = fromState ? plain : markName(markPlace(plain, region, accountId), resource.type, isStream);
  return {
    address: resource.address,
    arns: [...new Set([plain, marked])].flatMap((one) => formsOf(one, action, form)),
    derived: isStream || isObjectAction(action) || isQualified(action, form),
    nameKnown: nameOf(resource) !== undefined,
    accountId,
    region,
    provider: name,
  };
}

/** Whose a resource is, null where nothing tells. */
export function accountOf(resource: Resource, configuration: Configuration): string | null {
  const provider = configuration.providers[resource.provider ?? "aws"];
  if (resource.provider !== null) return provider?.accountId ?? null;
  return accountIn(resource) ?? provider?.accountId ?? onlyAccount(configuration);
}

function accountIn({ values }: Resource): string | undefined {
  return text((text(values.arn) ?? "").split(":")[4]);
}

const onlyAccounts = new WeakMap<Configuration, string | null>();

/** A bucket's ARN has no account, and a state no provider: it is that of all the roles, where they are of one. */
function onlyAccount(configuration: Configuration): string | null {
  const known = onlyAccounts.get(configuration);
  if (known !== undefined) return known;
  const roles = configuration.resources.filter(({ type, mode }) => type === "aws_iam_role" && mode === "managed");
  const accounts = new Set(roles.map(accountIn));
  const [only] = accounts;
  const found = accounts.size === 1 ? (only ?? null) : null;
  onlyAccounts.set(configuration, found);
  return found;
}

/** A Region and an account that are stand-ins are marked as not known; an S3 ARN has neither. */
function markPlace(arn: string, region: string | null, accountId: string | null): string {
  return arn
    .split(":")
    .map((part, index) =>
      part !== "" && ((index === 3 && region === null) || (index === 4 && accountId === null)) ? unknownPlace : part,
    )
    .join(":");
}

/** What AWS adds to the name: the time at which a stream was enabled, or a consumer registered. */
function markName(arn: string, type: string, isStream: boolean): string {
  if (isStream) return arn.replace(/\/stream\/.*$/, `/stream/${unknownName}`);
  // The time of a consumer's registration, or the revision of a definition.
  const isNumbered = /^aws_(?:kinesis_stream_consumer|ecs_task_definition|batch_job_definition)$/.test(type);
  return isNumbered ? arn.replace(/:\d+$/, `:${unknownName}`) : arn;
}

/** The forms in which policies name a resource for an action. */
function formsOf(arn: string, action: string | undefined, form: Form): string[] {
  // Each alias and version is a resource of its own: its function's plain ARN does not stand for it.
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
  if (isQualified(action, form))
    return [/:function:[^:]+$/.test(arn) ? `${arn}:${qualifierOf(form.qualifier) ?? ""}` : arn];
  // Whether a policy has to name it so too where a caller does, AWS does not say.
  if (action?.startsWith("lambda:Invoke") === true && form.qualifier === "$LATEST") return [arn, `${arn}:$LATEST`];
  const { objectPrefix: prefix } = form;
  // What is written to a log group is a stream of it; its own ARN may end in `:*`.
  if (action?.startsWith("logs:") === true) return [`${arn.replace(/:\*$/, "")}:log-stream:x`];
  if (!isObjectAction(action)) return [arn];
  return prefix === undefined ? [`${arn}/aws/lambda/async/x`, `${arn}/*`] : [`${arn}/${prefix}x`];
}

function isQualified(action: string | undefined, { qualifier }: Form): boolean {
  return action?.startsWith("lambda:Invoke") === true && qualifierOf(qualifier) !== undefined;
}

function isObjectAction(action: string | undefined): boolean {
  return action !== undefined && /^s3:(?:Put|Get|Delete)Object/.test(action);
}
