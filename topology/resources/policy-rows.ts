/** What each resource that holds a policy adds to the policies of a configuration: one row per type. */
import {
  blocks,
  type Configuration,
  isList,
  members,
  type Resource,
  rowOf,
  text,
  Unknown,
  unknownText,
  type Value,
  type Values,
} from "../configuration.ts";
import { keyTypes } from "./keys.ts";
import type { Lookup } from "./lookup.ts";
import { PolicyStore } from "./policy-store.ts";
import { qualifierOf } from "./subjects.ts";
import { writesOwnPolicy } from "./whole-policy.ts";

type Row = (store: PolicyStore, resource: Resource) => void;

/**
 * A resource that holds the policy of another.
 * @param types what the other may be
 * @param owner the attribute that names it
 */
const policyFor =
  (
    types: readonly string[],
    owner: string,
    find: (store: PolicyStore, value: Value | undefined, from: Resource) => Resource | undefined,
  ): Row =>
  (store, resource) => {
    const { [owner]: value, policy } = resource.values;
    store.addOwnerless(types, value, resource);
    store.addWholePolicy(find(store, value, resource), policy ?? new Unknown(), resource);
  };

/**
 * Types that have their policy as an attribute. After a refresh a state has there, too, what a resource of its own has
 * written: it is that resource's.
 */
const ownPolicy: Row = (store, resource) => {
  if (writesOwnPolicy(resource) || !store.isWrittenBeside(resource))
    store.addWholePolicy(resource, resource.values.policy, resource);
};

/** Whether the configuration sets an attribute; a state does not tell. */
function isConfigured({ configured }: Resource, attribute: string): boolean {
  return configured?.has(attribute) === true;
}

/**
 * A grant is a statement for one principal, on one key. A constraint tells by the encryption context, which is not known
 * here.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
function grantOf({ values }: Resource, operations: readonly Value[]): object {
  const isConstrained = blocks(values, "constraints").length > 0 || values.constraints instanceof Unknown;
  return {
    Effect: "Allow",
    Principal: { AWS: asPattern(values.grantee_principal ?? null) },
    Action: operations.map((one) => `kms:${text(one) ?? ""}`),
    Resource: "*",
    ...(isConstrained ? { Condition: { StringEquals: { "kms:EncryptionContext": "constrained" } } } : {}),
  };
}

/** What each policy resource adds. */
const policyRows: Readonly<Record<string, Row>> = {
  aws_iam_role(store, resource) {
    const role = text(resource.values.arn) ?? "";
    const isRepeated = (attribute: string, part: Value | undefined): boolean =>
      !isConfigured(resource, attribute) && store.isRolePart(resource, part);
    for (const inline of blocks(resource.values, "inline_policy"))
      if (!isRepeated("inline_policy", inline.name)) store.addRolePolicy(role, inline.policy, resource);
    if (members(resource.values.inline_policy).some((one) => one instanceof Unknown))
      store.addRolePolicy(role, new Unknown(), resource);
    const managed = resource.values.managed_policy_arns;
    for (const arn of members(managed))
      if (!isRepeated("managed_policy_arns", arn)) store.addManagedPolicy(role, arn, resource);
    const boundary = resource.values.permissions_boundary;
    if (boundary !== undefined && boundary !== null && boundary !== "")
      store.addManagedPolicy(role, boundary, resource, true);
  },
  aws_iam_role_policy(store, resource) {
    const { role, name, policy } = resource.values;
    store.addRolePart(role, name, resource);
    store.addRolePolicy(role, policy ?? new Unknown(), resource);
  },
  aws_iam_role_policy_attachment(store, resource) {
    const { role, policy_arn: arn } = resource.values;
    store.addRolePart(role, arn, resource);
    store.addManagedPolicy(role, arn, resource);
  },
  aws_iam_role_policy_attachments_exclusive(store, resource) {
    const { policy_arns: arns } = resource.values;
    for (const arn of members(arns)) {
      store.addRolePart(resource.values.role_name, arn, resource);
      store.addManagedPolicy(resource.values.role_name, arn, resource);
    }
  },
  aws_iam_policy_attachment(store, resource) {
    const { roles, policy_arn: arn } = resource.values;
    for (const role of members(roles)) {
      store.addRolePart(role, arn, resource);
      store.addManagedPolicy(role, arn, resource);
    }
  },
  aws_sqs_queue: ownPolicy,
  aws_sqs_queue_policy: policyFor(["aws_sqs_queue"], "queue_url", (store, ...of) => store.find(...of)),
  aws_sns_topic: ownPolicy,
  aws_sns_topic_policy: policyFor(["aws_sns_topic"], "arn", (store, ...of) => store.find(...of)),
  aws_s3_bucket: ownPolicy,
  aws_s3_bucket_policy: policyFor(["aws_s3_bucket"], "bucket", (store, ...of) => store.bucket(...of)),
  aws_cloudwatch_event_bus_policy: policyFor(["aws_cloudwatch_event_bus"], "event_bus_name", (store, ...of) =>
    store.bus(...of),
  ),
  aws_cloudwatch_event_permission(store, resource) {
    const { values } = resource;
    store.addOwnerless(["aws_cloudwatch_event_bus"], values.event_bus_name, resource);
    const bus = store.bus(values.event_bus_name, resource);
    if (bus !== undefined) store.addStatement(bus, busStatement(values), resource);
  },
  aws_kms_key: ownPolicy,
  aws_kms_external_key: ownPolicy,
  aws_kms_replica_key: ownPolicy,
  aws_kms_replica_external_key: ownPolicy,
  aws_kms_key_policy: policyFor(keyTypes, "key_id", (store, ...of) => store.key(...of)),
  aws_kms_grant(store, resource) {
    const { values } = resource;
    store.addOwnerless(keyTypes, values.key_id, resource);
    const key = store.key(values.key_id, resource);
    if (key === undefined) return;
    const { operations } = values;
    if (values.grantee_principal instanceof Unknown && values.grantee_principal.references.length === 0)
      store.addUnknown(key, `whom ${resource.address} admits is not known before it is applied`);
    else if (!isList(operations) || operations.some((one) => one instanceof Unknown))
      store.addUnknown(key, `what ${resource.address} allows is not known before it is applied`);
    else store.addStatement(key, grantOf(resource, operations), resource);
  },
  aws_cloudwatch_log_resource_policy: (store, resource) =>
    store.addLogPolicy(resource.values.policy_document ?? new Unknown(), resource),
  aws_lambda_permission(store, resource) {
    const { values } = resource;
    const { resource: owner, qualifier } = store.function(values.function_name, resource);
    store.addOwnerless(["aws_lambda_function"], values.function_name, resource);
    if (owner === undefined) return;
    const at = text(values.qualifier) ?? qualifier;
    // "We currently do not support adding policies for $LATEST", says AddPermission.
    if (at === "$LATEST") {
      store.addRefused(owner, `${resource.address} is for $LATEST, to which AWS adds no policy`);
      return;
    }
    if (values.principal instanceof Unknown || values.qualifier instanceof Unknown) {
      store.addUnknown(owner, `what ${resource.address} allows is not known before it is applied`, at);
      return;
    }
    const conditions = [
      ["ArnLike", "AWS:SourceArn", values.source_arn],
      ["StringEquals", "AWS:SourceAccount", values.source_account],
      ["StringEquals", "aws:PrincipalOrgID", values.principal_org_id],
      ["StringEquals", "lambda:EventSourceToken", values.event_source_token],
    ] as const;
    const given = conditions.flatMap(([operator, key, value]) =>
      value === undefined || value === null || value === "" || value === false ? [] : [{ operator, key, value }],
    );
    const tests: Record<string, Record<string, string>> = {};
    for (const { operator, key, value } of given) tests[operator] = { ...tests[operator], [key]: asPattern(value) };
    const principal = text(values.principal) ?? "";
    const statement = {
      Effect: "Allow",
      Action: text(values.action) ?? "lambda:InvokeFunction",
      Resource: functionArn(owner, at),
      Principal:
        principal === "*" ? "*" : /amazonaws\.com/.test(principal) ? { Service: principal } : { AWS: principal },
      Condition: tests,
    };
    store.addStatement(owner, statement, resource, at);
  },
};

/** Types that have policies as attributes, which resources of their own may write as well. */
const holding: ReadonlySet<string> = new Set([
  "aws_iam_role",
  "aws_sqs_queue",
  "aws_sns_topic",
  "aws_s3_bucket",
  ...keyTypes,
]);

/** Every policy of a configuration, by whose it is. */
export function gatherPolicies({ resources }: Configuration, lookup: Lookup): PolicyStore {
  const store = new PolicyStore(lookup);
  const managed = resources.filter(({ mode }) => mode === "managed");
  const holders = managed.filter(({ type }) => holding.has(type));
  // What holds a policy of its own comes last, when it is known what is written beside it.
  for (const resource of [...managed.filter(({ type }) => !holding.has(type)), ...holders])
    rowOf(policyRows, resource.type)?.(store, resource);
  return store;
}

/** The resource of a function's permission: the function, or its alias or version. */
function functionArn({ values }: Resource, qualifier: string | null): string {
  const [own, at] = [text(values.arn), qualifierOf(qualifier)];
  return own === undefined ? "*" : at === undefined ? own : `${own}:${at}`;
}

/**
 * What a permission adds to the policy of a bus: an account, or everyone (of an organization).
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
 */
function busStatement(values: Values): object {
  const principal = asPattern(values.principal ?? null);
  const tests = blocks(values, "condition").map(({ type, key, value }) => [
    asPattern(type ?? null),
    { [asPattern(key ?? null)]: asPattern(value ?? null) },
  ]);
  return {
    Effect: "Allow",
    Principal: principal === "*" ? "*" : { AWS: principal },
    Action: isSet(values.action) ? asPattern(values.action) : "events:PutEvents",
    Resource: "*",
    Condition: Object.fromEntries(tests),
  };
}

function isSet(value: Value | undefined): value is Value {
  return value !== undefined && value !== null && value !== "";
}

/** A value as a policy would hold it: what it was made from, where it is not known. */
function asPattern(value: Value): string {
  return value instanceof Unknown ? unknownText(value.references) : (text(value) ?? "");
}
