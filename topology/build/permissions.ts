/**
 * The permissions of a configuration: every policy of roles, queues, topics, functions, buses, buckets and keys, in each
 * of the forms that Terraform has for them, and what they say of one edge.
 */
import {
  blocks,
  type Configuration,
  hasUnknown,
  isList,
  type Resource,
  referencesIn,
  text,
  Unknown,
  unknownText,
  type Value,
} from "../configuration.ts";
import type { Encryption, Permission } from "../graph.ts";
import { type Decision, decide, type Principal, type Request } from "../iam/decide.ts";
import { managedPolicies, managedPolicyName } from "../iam/managed-policies.ts";
import { matchesWildcard, parsePolicy, type Statement, type Subject } from "../iam/policy.ts";
import { functionNameOf, nameOf } from "../identity.ts";
import type { Lookup } from "./lookup.ts";

/** The statements that are known of one principal or resource, and what is not known. */
interface Policies {
  readonly statements: Statement[];
  /** Why more may be allowed than the statements say. */
  readonly unknown: string[];
}

/** A permission that an edge needs. */
export interface Need {
  readonly actions: readonly string[];
  readonly resource: Node;
  /** On whose behalf a service asks. */
  readonly source?: Node;
  readonly qualifier?: string | null;
}

/** A resource that events may be put into, and what a role needs for that. */
export interface Sink {
  readonly resource: Resource;
  readonly action: string;
}

/** What a role needs to put something where paths begin, by kind of node. */
export const writeActions = {
  queue: "sqs:SendMessage",
  topic: "sns:Publish",
  stream: "kinesis:PutRecord",
  table: "dynamodb:PutItem",
  bus: "events:PutEvents",
  bucket: "s3:PutObject",
} as const;

/** A resource of the configuration, or an ARN outside it. */
export type Node = { readonly resource: Resource } | { readonly arn: string };

export class Permissions {
  private readonly roles = new Map<string, Policies>();
  private readonly boundaries = new Map<string, Policies>();
  private readonly resources = new Map<string, Policies>();
  /** Policies of roles that are not known: they may be anyone's. */
  private readonly anyones: string[] = [];
  private readonly lookup: Lookup;
  private readonly configuration: Configuration;

  constructor(configuration: Configuration, lookup: Lookup) {
    this.configuration = configuration;
    this.lookup = lookup;
    for (const resource of configuration.resources) {
      if (resource.mode === "managed") policyRows[resource.type]?.(this, resource);
    }
  }

  /** What a service (`events.amazonaws.com`) may do: the policy of the resource says it. */
  ofService(service: string, need: Need): Permission {
    const { resource } = need;
    const base = { principal: service, actions: need.actions, resource: addressOf(resource) };
    if (!("resource" in resource)) {
      return {
        ...base,
        state: "unknown",
        why: `${resource.arn} is outside the configuration, and so is its policy`,
        grantedBy: [],
      };
    }
    if (resource.resource.mode === "data") {
      const why = `${resource.resource.address} is outside the configuration, and so is its policy`;
      return { ...base, state: "unknown", why, grantedBy: [] };
    }
    const policies = this.resources.get(policyKey(resource.resource, need.qualifier)) ?? none();
    const principal: Principal = { kind: "service", name: service };
    return this.judge(
      base,
      need,
      principal,
      policies,
      "resource",
      (actions) => `no policy of ${base.resource} allows ${actions} to ${service}`,
    );
  }

  /** What a role may do: its own policies say it, or the resource's. */
  ofRole(role: Value | undefined, need: Need, from: Resource): Permission {
    const target = this.lookup.target(role, from);
    const base = { actions: need.actions, resource: addressOf(need.resource) };
    if (target === undefined || target.kind === "unknown") {
      const principal = `the role of ${from.address}`;
      return { ...base, principal, state: "unknown", why: "the role is not known before it is applied", grantedBy: [] };
    }
    const named =
      target.kind === "arn" ? this.lookup.named("role", target.arn.split("/").at(-1) ?? "", from) : target.resource;
    if (named === undefined || named.mode === "data") {
      const principal = named?.address ?? (target.kind === "arn" ? target.arn : "");
      return {
        ...base,
        principal,
        state: "unknown",
        why: `the policies of ${principal} are outside the configuration`,
        grantedBy: [],
      };
    }
    const principal: Principal = {
      kind: "role",
      subject: this.subject({ resource: named }),
      accountId: this.configuration.providers[named.provider ?? "aws"]?.accountId ?? null,
    };
    const own = this.roles.get(named.address) ?? none();
    const policies = { statements: own.statements, unknown: [...own.unknown, ...this.anyones] };
    const missing = (actions: string): string => `no policy of ${named.address} allows ${actions} on ${base.resource}`;
    const decided = this.judge({ ...base, principal: named.address }, need, principal, policies, "identity", missing);
    const bounded = this.bounded(decided, need, principal, named);
    if (bounded.state === "granted" || !("resource" in need.resource)) return bounded;
    const theirs = this.resources.get(policyKey(need.resource.resource, need.qualifier));
    if (theirs === undefined) return bounded;
    const other = this.judge({ ...base, principal: named.address }, need, principal, theirs, "resource", missing);
    return other.state === "granted" ? other : bounded;
  }

  /** The key that something is encrypted with must admit who reads or writes there. */
  ofKey(
    encryption: Encryption,
    principal: { service: string } | { role: Value | undefined },
    from: Resource,
    source?: Node,
  ): Permission | undefined {
    if (encryption.kind !== "customer-managed") {
      if (encryption.kind !== "aws-managed" || !("service" in principal)) return undefined;
      return {
        principal: principal.service,
        actions: ["kms:GenerateDataKey", "kms:Decrypt"],
        resource: encryption.key,
        state: "missing",
        why: `the policy of ${encryption.key} is AWS's own and admits no other service: a customer-managed key is needed`,
        grantedBy: [],
      };
    }
    const found = this.lookup.byAddress.get(encryption.key);
    const resource: Node = found === undefined ? { arn: encryption.key } : { resource: found };
    const need: Need = {
      actions: ["kms:GenerateDataKey", "kms:Decrypt"],
      resource,
      ...(source === undefined ? {} : { source }),
    };
    return "service" in principal ? this.ofService(principal.service, need) : this.ofRole(principal.role, need, from);
  }

  /**
   * Which of some resources a role's own policies allow an action on, for sure. Only what its statements name is looked
   * at closely: a configuration may have hundreds of roles and hundreds of queues.
   */
  mayWriteTo(from: Resource, sinks: readonly Sink[], byKey: ReadonlyMap<string, Sink>): string[] {
    const { role } = from.values;
    const target = this.lookup.target(role, from);
    const named = target?.kind === "resource" ? target.resource : undefined;
    const own = named === undefined ? undefined : this.roles.get(named.address);
    const candidates = new Set<Sink>();
    for (const { effect, actions, resources, notActions, notResources } of own?.statements ?? []) {
      if (effect !== "Allow") continue;
      const isOpen =
        actions === undefined || resources === undefined || notActions !== undefined || notResources !== undefined;
      if (isOpen) for (const sink of sinks) candidates.add(sink);
      else if (this.writing(actions).length > 0) {
        for (const pattern of resources)
          for (const sink of this.sinksOf(pattern, actions, sinks, byKey)) candidates.add(sink);
      }
    }
    return [...candidates]
      .filter(
        ({ resource, action }) =>
          this.ofRole(role, { actions: [action], resource: { resource } }, from).state === "granted",
      )
      .map(({ resource }) => resource.address)
      .toSorted();
  }

  /** The writing actions that some patterns match. */
  private writing(patterns: readonly string[]): string[] {
    return Object.values(writeActions).filter((action) =>
      patterns.some((one) => matchesWildcard(one.toLowerCase(), action.toLowerCase())),
    );
  }

  private sinksOf(
    pattern: string,
    actions: readonly string[],
    sinks: readonly Sink[],
    byKey: ReadonlyMap<string, Sink>,
  ): readonly Sink[] {
    const exact = byKey.get(pattern.replace(/\/\*$/, ""));
    if (exact !== undefined) return [exact];
    if (hasUnknown(pattern)) {
      const named = referencesIn(pattern).flatMap((one) => [one, one.replace(/\.\w+$/, "")]);
      return named.flatMap((one) => byKey.get(one) ?? []);
    }
    if (!/[*?]/.test(pattern)) {
      // Written by hand, it may be the ARN of a resource whose Region or account is not known.
      const name = pattern.split(/[:/]/).at(-1) ?? "";
      return sinks.filter(({ resource }) => (text(resource.values.arn) ?? "").endsWith(name));
    }
    const writing = new Set(this.writing(actions));
    return sinks.filter(({ action }) => writing.has(action));
  }

  private judge(
    base: { principal: string; actions: readonly string[]; resource: string },
    need: Need,
    principal: Principal,
    policies: Policies,
    kind: "identity" | "resource",
    missing: (actions: string) => string,
  ): Permission {
    const request = (action: string): Request => ({
      principal,
      action,
      resource: this.subject(need.resource, action),
      source: need.source === undefined ? undefined : this.subject(need.source),
    });
    const decisions = need.actions.map((action) => ({
      action,
      decision: decide(policies.statements, request(action), kind),
    }));
    const lacking = decisions.filter(({ decision }) => decision.kind === "none" || decision.kind === "deny");
    const denied = lacking.find(({ decision }) => decision.kind === "deny");
    if (denied !== undefined) {
      return { ...base, state: "missing", why: `${sayers(denied.decision)} denies ${denied.action}`, grantedBy: [] };
    }
    const doubtful = decisions.find(({ decision }) => decision.kind === "unknown");
    if (lacking.length > 0) {
      const [unknown] = policies.unknown;
      if (unknown !== undefined) return { ...base, state: "unknown", why: unknown, grantedBy: [] };
      const actions = lacking.map(({ action }) => action).join(", ");
      return { ...base, state: "missing", why: missing(actions), grantedBy: [] };
    }
    if (doubtful !== undefined) {
      return {
        ...base,
        state: "unknown",
        why: `what ${sayers(doubtful.decision)} says of ${doubtful.action} is not known`,
        grantedBy: [],
      };
    }
    const granted = new Set(decisions.flatMap(({ decision }) => (decision.kind === "allow" ? decision.by : [])));
    return { ...base, state: "granted", why: null, grantedBy: [...granted].toSorted() };
  }

  /** A permissions boundary must allow it too. */
  private bounded(permission: Permission, need: Need, principal: Principal, role: Resource): Permission {
    const boundary = this.boundaries.get(role.address);
    if (boundary === undefined || permission.state === "missing") return permission;
    const { principal: name, actions, resource } = permission;
    const limit = this.judge(
      { principal: name, actions, resource },
      need,
      principal,
      boundary,
      "identity",
      (lacking) => `the permissions boundary of ${name} does not allow ${lacking} on ${resource}`,
    );
    return limit.state === "granted" ? permission : limit;
  }

  /** What a pattern is compared with; `action` tells which form of the resource it concerns. */
  private subject(node: Node, action?: string): Subject {
    if (!("resource" in node))
      return { address: node.arn, arns: [node.arn], nameKnown: true, regionKnown: true, accountKnown: true };
    const { resource } = node;
    const arn = text(resource.values.arn) ?? "";
    const provider = this.configuration.providers[resource.provider ?? "aws"];
    const fromState = resource.provider === null;
    const isStream =
      action !== undefined && /^dynamodb:(?:GetRecords|GetShardIterator|DescribeStream|ListStreams)$/.test(action);
    return {
      address: resource.address,
      arns: isStream ? [text(resource.values.stream_arn) ?? `${arn}/stream/x`] : formsOf(resource.type, arn, action),
      nameKnown: nameOf(resource) !== undefined,
      regionKnown: fromState || (provider?.region ?? null) !== null,
      accountKnown: fromState || (provider?.accountId ?? null) !== null,
    };
  }

  /** Adds the policy of a role. */
  addRolePolicy(role: Value | undefined, policy: Value | undefined, by: Resource, boundary = false): void {
    const target = this.lookup.target(role, by);
    const name = target?.kind === "arn" ? target.arn : undefined;
    const found =
      target?.kind === "resource" ? target.resource : this.lookup.named("role", name?.split("/").at(-1) ?? "", by);
    if (found === undefined) {
      if (target?.kind === "unknown") this.anyones.push(`it is not known which role ${by.address} belongs to`);
      return;
    }
    this.addTo(boundary ? this.boundaries : this.roles, found.address, policy, by);
  }

  /** Adds a managed policy, of AWS's or of the configuration, to a role. */
  addManagedPolicy(role: Value | undefined, arn: Value | undefined, by: Resource, boundary = false): void {
    const target = this.lookup.target(arn, by);
    const name = target?.kind === "arn" ? managedPolicyName(target.arn) : dataPolicyName(target);
    const actions = name === undefined ? undefined : managedPolicies[name];
    if (actions !== undefined) {
      this.addRolePolicy(
        role,
        JSON.stringify({ Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] }),
        by,
        boundary,
      );
    } else if (target?.kind === "resource" && target.resource.type === "aws_iam_policy") {
      this.addRolePolicy(role, target.resource.values.policy ?? new Unknown(), target.resource, boundary);
    } else this.addRolePolicy(role, new Unknown(), by, boundary);
  }

  /** Adds the policy of a resource. */
  addResourcePolicy(
    owner: Resource | undefined,
    policy: Value | undefined,
    by: Resource,
    qualifier?: string | null,
  ): void {
    if (owner !== undefined) this.addTo(this.resources, policyKey(owner, qualifier), policy, by);
  }

  /** Says that something grants what is not known. */
  addUnknown(owner: Resource, why: string, qualifier?: string | null): void {
    const key = policyKey(owner, qualifier);
    const policies = this.resources.get(key) ?? none();
    this.resources.set(key, policies);
    policies.unknown.push(why);
  }

  private addTo(map: Map<string, Policies>, key: string, policy: Value | undefined, by: Resource): void {
    if (policy === undefined || policy === null || policy === "") return;
    const policies = map.get(key) ?? none();
    map.set(key, policies);
    const statements = typeof policy === "string" ? parsePolicy(policy, by.address) : undefined;
    if (statements === undefined)
      policies.unknown.push(`the policy of ${by.address} is not known before it is applied`);
    else policies.statements.push(...statements);
  }

  find(value: Value | undefined, from: Resource): Resource | undefined {
    const target = this.lookup.target(value, from);
    return target?.kind === "resource" ? target.resource : undefined;
  }

  bucket(value: Value | undefined, from: Resource): Resource | undefined {
    return this.find(value, from) ?? this.lookup.named("bucket", text(value) ?? "", from);
  }

  function(value: Value | undefined, from: Resource): { resource: Resource | undefined; qualifier: string | null } {
    const target = this.lookup.target(value, from);
    if (target?.kind === "resource") return { resource: target.resource, qualifier: target.qualifier };
    return { resource: this.lookup.named("function", functionNameOf(text(value) ?? ""), from), qualifier: null };
  }

  bus(value: Value | undefined, from: Resource): Resource | undefined {
    return this.find(value, from) ?? this.lookup.named("bus", text(value) ?? "", from);
  }
}

function none(): Policies {
  return { statements: [], unknown: [] };
}

function sayers(decision: Decision): string {
  return "by" in decision ? decision.by.join(", ") : "nothing";
}

function addressOf(node: Node): string {
  return "resource" in node ? node.resource.address : node.arn;
}

/** A function has a policy for each of its aliases and versions. */
function policyKey(resource: Resource, qualifier: string | null | undefined): string {
  const own = qualifier === undefined || qualifier === null || qualifier === "$LATEST" ? "" : `:${qualifier}`;
  return resource.address + own;
}

/** The forms in which policies name a resource for an action. */
function formsOf(type: string, arn: string, action: string | undefined): string[] {
  if (type === "aws_s3_bucket" && action !== undefined && /^s3:(?:Put|Get|Delete)Object/.test(action)) {
    return [`${arn}/aws/lambda/async/x`, `${arn}/*`];
  }
  return [arn];
}

/** `data "aws_iam_policy" { name = "AmazonSQSFullAccess" }`. */
function dataPolicyName(target: ReturnType<Lookup["target"]>): string | undefined {
  if (target?.kind !== "resource" || target.resource.mode !== "data") return undefined;
  return text(target.resource.values.name);
}

/** What each policy resource adds. */
const policyRows: Readonly<Record<string, (permissions: Permissions, resource: Resource) => void>> = {
  aws_iam_role(permissions, resource) {
    const role = text(resource.values.arn) ?? "";
    for (const inline of blocks(resource.values, "inline_policy"))
      permissions.addRolePolicy(role, inline.policy, resource);
    const managed = resource.values.managed_policy_arns;
    if (isList(managed)) for (const arn of managed) permissions.addManagedPolicy(role, arn, resource);
    const boundary = resource.values.permissions_boundary;
    if (boundary !== undefined && boundary !== null && boundary !== "")
      permissions.addManagedPolicy(role, boundary, resource, true);
  },
  aws_iam_role_policy: (permissions, resource) =>
    permissions.addRolePolicy(resource.values.role, resource.values.policy ?? new Unknown(), resource),
  aws_iam_role_policy_attachment: (permissions, resource) =>
    permissions.addManagedPolicy(resource.values.role, resource.values.policy_arn, resource),
  aws_iam_role_policy_attachments_exclusive(permissions, resource) {
    const { policy_arns: arns } = resource.values;
    if (isList(arns)) for (const arn of arns) permissions.addManagedPolicy(resource.values.role_name, arn, resource);
  },
  aws_iam_policy_attachment(permissions, resource) {
    const { roles } = resource.values;
    if (isList(roles))
      for (const role of roles) permissions.addManagedPolicy(role, resource.values.policy_arn, resource);
    else if (roles instanceof Unknown) permissions.addManagedPolicy(roles, resource.values.policy_arn, resource);
  },
  aws_sqs_queue: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_sqs_queue_policy: (permissions, resource) =>
    permissions.addResourcePolicy(
      permissions.find(resource.values.queue_url, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    ),
  aws_sns_topic: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_sns_topic_policy: (permissions, resource) =>
    permissions.addResourcePolicy(
      permissions.find(resource.values.arn, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    ),
  aws_s3_bucket: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_s3_bucket_policy: (permissions, resource) =>
    permissions.addResourcePolicy(
      permissions.bucket(resource.values.bucket, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    ),
  aws_cloudwatch_event_bus_policy: (permissions, resource) =>
    permissions.addResourcePolicy(
      permissions.bus(resource.values.event_bus_name, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    ),
  aws_kms_key: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_kms_key_policy(permissions, resource) {
    const key = permissions.find(resource.values.key_id, resource);
    permissions.addResourcePolicy(key, resource.values.policy ?? new Unknown(), resource);
  },
  aws_lambda_permission(permissions, resource) {
    const { values } = resource;
    const { resource: owner, qualifier } = permissions.function(values.function_name, resource);
    if (owner === undefined) return;
    const at = text(values.qualifier) ?? qualifier;
    if (values.principal instanceof Unknown || values.qualifier instanceof Unknown) {
      permissions.addUnknown(owner, `what ${resource.address} allows is not known before it is applied`, at);
      return;
    }
    const conditions = [
      ["ArnLike", "AWS:SourceArn", values.source_arn],
      ["StringEquals", "AWS:SourceAccount", values.source_account],
    ] as const;
    const given = conditions.flatMap(([operator, key, value]) =>
      value === undefined || value === null || value === "" ? [] : [[operator, { [key]: asPattern(value) }]],
    );
    const principal = text(values.principal) ?? "";
    const statement = {
      Effect: "Allow",
      Action: text(values.action) ?? "lambda:InvokeFunction",
      Resource: text(owner.values.arn) ?? "*",
      Principal:
        principal === "*" ? "*" : /amazonaws\.com/.test(principal) ? { Service: principal } : { AWS: principal },
      Condition: Object.fromEntries(given),
    };
    permissions.addResourcePolicy(owner, JSON.stringify({ Statement: [statement] }), resource, at);
  },
};

/** A value as a policy would hold it: what it was made from, where it is not known. */
function asPattern(value: Value): string {
  return value instanceof Unknown ? unknownText(value.references) : (text(value) ?? "");
}
