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
  rowOf,
  text,
  Unknown,
  unknownText,
  type Value,
} from "../configuration.ts";
import type { Encryption, Permission } from "../graph.ts";
import { decide, type Principal, type Request } from "../iam/decide.ts";
import { managedPolicies, managedPolicyName } from "../iam/managed-policies.ts";
import { type Answer, all, any, matchesWildcard, parsePolicy, type Statement, type Subject } from "../iam/policy.ts";
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
  /** Where in a bucket objects are put; undefined: anywhere. */
  readonly objectPrefix?: string;
}

/** A resource that events may be put into, and what a role needs for that. */
export interface Sink {
  readonly resource: Resource;
  readonly action: string;
}

/** Addresses of the sinks that a role may write to. */
export interface Writes {
  readonly sure: readonly string[];
  /** Those that it may write to if a policy that is not known allows it; `any` where a whole policy is not known. */
  readonly perhaps: readonly string[] | "any";
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
  /** By type of resource: policies of which it is not known whose they are. */
  private readonly ownerless = new Map<string, string[]>();
  /** Keys that have a policy of their own. */
  private readonly withPolicy = new Set<string>();
  private readonly lookup: Lookup;
  private readonly configuration: Configuration;

  constructor(configuration: Configuration, lookup: Lookup) {
    this.configuration = configuration;
    this.lookup = lookup;
    for (const resource of configuration.resources) {
      if (resource.mode === "managed") rowOf(policyRows, resource.type)?.(this, resource);
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
    const principal: Principal = { kind: "service", name: service };
    const policies = this.policiesOf(resource, need.qualifier);
    return this.judge(
      base,
      need,
      principal,
      { theirs: policies },
      (actions) => `no policy of ${base.resource} allows ${actions} to ${service}`,
    );
  }

  /** What a role may do: its own policies say it, or the resource's, and none denies it. */
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
    const boundary = this.boundaries.get(named.address);
    return this.judge(
      { ...base, principal: named.address },
      need,
      principal,
      {
        mine: { statements: own.statements, unknown: [...own.unknown, ...this.anyones] },
        theirs: this.policiesOf(need.resource, need.qualifier),
        ...(boundary === undefined ? {} : { boundary }),
      },
      (actions) => `no policy of ${named.address} allows ${actions} on ${base.resource}`,
    );
  }

  /** The policies of a resource; of one outside the configuration they are not known. */
  private policiesOf(node: Node, qualifier: string | null | undefined): Policies {
    if (!("resource" in node) || node.resource.mode === "data") {
      return { statements: [], unknown: [`${addressOf(node)} is outside the configuration, and so is its policy`] };
    }
    const own = this.resources.get(policyKey(node.resource, qualifier)) ?? none();
    const perhaps = this.ownerless.get(node.resource.type) ?? [];
    const policies = { statements: own.statements, unknown: [...own.unknown, ...perhaps] };
    if (!isKey(node) || this.withPolicy.has(node.resource.address)) return policies;
    // A key without a policy of its own gets this one.
    const given = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${unknownText(["data.aws_caller_identity.own.account_id"])}:root` },
      Action: "kms:*",
      Resource: "*",
    };
    const statements = parsePolicy(JSON.stringify({ Statement: [given] }), node.resource.address) ?? [];
    return { statements: [...policies.statements, ...statements], unknown: policies.unknown };
  }

  /** The key that something is encrypted with must admit who reads or writes there. */
  ofKey(
    encryption: Encryption,
    principal: { service: string } | { role: Value | undefined },
    actions: readonly string[],
    from: Resource,
    source?: Node,
  ): Permission | undefined {
    if (encryption.kind === "unknown") {
      const name = "service" in principal ? principal.service : `the role of ${from.address}`;
      const why = "the key is not known before it is applied";
      return { principal: name, actions, resource: "unknown", state: "unknown", why, grantedBy: [] };
    }
    if (encryption.kind !== "customer-managed") {
      if (encryption.kind !== "aws-managed" || !("service" in principal)) return undefined;
      return {
        principal: principal.service,
        actions,
        resource: encryption.key,
        state: "missing",
        why: `the policy of ${encryption.key} is AWS's own and admits no other service: a customer-managed key is needed`,
        grantedBy: [],
      };
    }
    const found = this.lookup.byAddress.get(encryption.key);
    const resource: Node = found === undefined ? { arn: encryption.key } : { resource: found };
    const need: Need = {
      actions,
      resource,
      ...(source === undefined ? {} : { source }),
    };
    return "service" in principal ? this.ofService(principal.service, need) : this.ofRole(principal.role, need, from);
  }

  /**
   * Which of some resources a role's own policies allow an action on. Only what its statements name is looked at
   * closely: a configuration may have hundreds of roles and hundreds of queues.
   */
  writesOf(from: Resource, sinks: readonly Sink[], byKey: ReadonlyMap<string, Sink>): Writes {
    const { role } = from.values;
    const target = this.lookup.target(role, from);
    const named = target?.kind === "resource" ? target.resource : undefined;
    const own = named?.mode === "managed" ? (this.roles.get(named.address) ?? none()) : undefined;
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
    const judged = [...candidates].map(({ resource, action }) => ({
      address: resource.address,
      state: this.ofRole(role, { actions: [action], resource: { resource } }, from).state,
    }));
    const of = (wanted: Permission["state"]): string[] =>
      judged.flatMap(({ address, state }) => (state === wanted ? [address] : [])).toSorted();
    const isWhole = own !== undefined && own.unknown.length === 0 && this.anyones.length === 0;
    return { sure: of("granted"), perhaps: isWhole ? of("unknown") : "any" };
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
      const named = referencesIn(pattern).flatMap(
        (one) => byKey.get(one) ?? byKey.get(one.replace(/\.\w+$/, "")) ?? [],
      );
      if (named.length > 0) return named;
    }
    if (!hasUnknown(pattern) && !/[*?]/.test(pattern)) {
      // Written by hand, it may be the ARN of a resource whose Region or account is not known.
      const name = pattern.split(/[:/]/).at(-1) ?? "";
      return sinks.filter(({ resource }) => (text(resource.values.arn) ?? "").endsWith(name));
    }
    const writing = new Set(this.writing(actions));
    return sinks.filter(({ action }) => writing.has(action));
  }

  /** What all policies that count say of the actions of a need. */
  private judge(
    base: { principal: string; actions: readonly string[]; resource: string },
    need: Need,
    principal: Principal,
    policies: { readonly mine?: Policies; readonly theirs: Policies; readonly boundary?: Policies },
    missing: (actions: string) => string,
  ): Permission {
    const verdicts = need.actions.map((action) => this.verdict(base, action, need, principal, policies));
    const refused = verdicts.find(({ state, why }) => state === "missing" && why !== null);
    if (refused !== undefined) return { ...base, state: "missing", why: refused.why, grantedBy: [] };
    const lacking = verdicts.filter(({ state }) => state === "missing").map(({ action }) => action);
    if (lacking.length > 0) return { ...base, state: "missing", why: missing(lacking.join(", ")), grantedBy: [] };
    const doubtful = verdicts.find(({ state }) => state === "unknown");
    if (doubtful !== undefined) return { ...base, state: "unknown", why: doubtful.why, grantedBy: [] };
    const granted = new Set(verdicts.flatMap(({ by }) => by));
    return { ...base, state: "granted", why: null, grantedBy: [...granted].toSorted() };
  }

  /** What they say of one action; `why` null where nothing that allows it is there. */
  private verdict(
    { principal: name, resource }: { readonly principal: string; readonly resource: string },
    action: string,
    need: Need,
    principal: Principal,
    { mine, theirs, boundary }: { readonly mine?: Policies; readonly theirs: Policies; readonly boundary?: Policies },
  ): { action: string; state: Permission["state"]; why: string | null; by: readonly string[] } {
    const request: Request = {
      principal,
      action,
      resource: this.subject(need.resource, action, need.objectPrefix),
      source: need.source === undefined ? undefined : this.subject(need.source),
    };
    const own = decide(mine?.statements ?? [], request, "identity");
    const direct = decide(theirs.statements, request, "resource");
    const limit = boundary === undefined ? undefined : decide(boundary.statements, request, "identity");
    const delegated = isKey(need.resource)
      ? orUnknown(decide(theirs.statements, request, "delegation").allow, theirs)
      : "yes";
    const identity = mine === undefined ? "no" : all([orUnknown(own.allow, mine), delegated]);
    const allowed = any([orUnknown(direct.allow, theirs), identity]);
    const bounded = limit === undefined || boundary === undefined ? "yes" : orUnknown(limit.allow, boundary);
    const decisions = [own, direct, ...(limit === undefined ? [] : [limit])];
    const denied = decisions.find(({ deny }) => deny === "yes");
    if (denied !== undefined)
      return { action, state: "missing", why: `${denied.deniedBy.join(", ")} denies ${action}`, by: [] };
    if (allowed === "no") {
      const refuses = mine !== undefined && own.allow === "yes" && delegated === "no";
      const why = `the policy of ${resource} admits neither ${name} nor what policies of its account allow: ${action}`;
      return { action, state: "missing", why: refuses ? why : null, by: [] };
    }
    if (bounded === "no") {
      const why = `the permissions boundary of ${name} does not allow ${action} on ${resource}`;
      return { action, state: "missing", why, by: [] };
    }
    const doubt = decisions.find(({ deny }) => deny === "maybe");
    if (allowed === "yes" && bounded === "yes" && doubt === undefined) {
      return { action, state: "granted", why: null, by: direct.allow === "yes" ? direct.allowedBy : own.allowedBy };
    }
    const sayers = doubt?.deniedBy ?? [own, direct].find(({ allow }) => allow === "maybe")?.allowedBy;
    const says = sayers === undefined ? undefined : `what ${sayers.join(", ")} says of ${action} is not known`;
    const [reason] = [...(mine?.unknown ?? []), ...theirs.unknown, ...(boundary?.unknown ?? [])];
    const why = doubt === undefined ? (reason ?? says) : says;
    return { action, state: "unknown", why: why ?? `what is allowed on ${resource} is not known`, by: [] };
  }

  /** What a pattern is compared with; `action` tells which form of the resource it concerns. */
  private subject(node: Node, action?: string, objectPrefix?: string): Subject {
    if (!("resource" in node))
      return {
        address: node.arn,
        arns: formsOf(node.arn, action, objectPrefix),
        nameKnown: true,
        regionKnown: true,
        accountKnown: true,
      };
    const { resource } = node;
    const arn = text(resource.values.arn) ?? "";
    const provider = this.configuration.providers[resource.provider ?? "aws"];
    const fromState = resource.provider === null;
    const isStream =
      action !== undefined && /^dynamodb:(?:GetRecords|GetShardIterator|DescribeStream|ListStreams)$/.test(action);
    return {
      address: resource.address,
      arns: isStream ? [text(resource.values.stream_arn) ?? `${arn}/stream/x`] : formsOf(arn, action, objectPrefix),
      derived: isStream || isObjectAction(action),
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
    if (owner === undefined) return;
    if (policy !== undefined && policy !== null && policy !== "") this.withPolicy.add(owner.address);
    this.addTo(this.resources, policyKey(owner, qualifier), policy, by);
  }

  /** A policy that may be any resource's of a type, where it is not known whose it is. */
  addOwnerless(type: string, owner: Value | undefined, by: Resource): void {
    if (this.lookup.target(owner, by)?.kind !== "unknown") return;
    const why = `it is not known which ${type} ${by.address} belongs to`;
    this.ownerless.set(type, [...(this.ownerless.get(type) ?? []), why]);
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

/** Nothing that allows it is not known to be so where a policy is not known. */
function orUnknown(answer: Answer, { unknown }: Policies): Answer {
  return answer === "no" && unknown.length > 0 ? "maybe" : answer;
}

function isKey(node: Node): boolean {
  if ("resource" in node) return keyTypes.test(node.resource.type);
  return /^(?:arn:[^:]+:kms:|alias\/)/.test(node.arn);
}

const keyTypes = /^aws_kms_(?:(?:external|replica|replica_external)_)?key$|^aws_kms_alias$/;

function addressOf(node: Node): string {
  return "resource" in node ? node.resource.address : node.arn;
}

/** A function has a policy for each of its aliases and versions. */
function policyKey(resource: Resource, qualifier: string | null | undefined): string {
  const own = qualifier === undefined || qualifier === null || qualifier === "$LATEST" ? "" : `:${qualifier}`;
  return resource.address + own;
}

/** The forms in which policies name a resource for an action. */
function formsOf(arn: string, action: string | undefined, prefix: string | undefined): string[] {
  if (!isObjectAction(action)) return [arn];
  return prefix === undefined ? [`${arn}/aws/lambda/async/x`, `${arn}/*`] : [`${arn}/${prefix}x`];
}

function isObjectAction(action: string | undefined): boolean {
  return action !== undefined && /^s3:(?:Put|Get|Delete)Object/.test(action);
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
    for (const arn of listOrUnknown(managed)) permissions.addManagedPolicy(role, arn, resource);
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
    for (const arn of listOrUnknown(arns)) permissions.addManagedPolicy(resource.values.role_name, arn, resource);
  },
  aws_iam_policy_attachment(permissions, resource) {
    const { roles } = resource.values;
    if (isList(roles))
      for (const role of roles) permissions.addManagedPolicy(role, resource.values.policy_arn, resource);
    else if (roles instanceof Unknown) permissions.addManagedPolicy(roles, resource.values.policy_arn, resource);
  },
  aws_sqs_queue: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_sqs_queue_policy(permissions, resource) {
    permissions.addOwnerless("aws_sqs_queue", resource.values.queue_url, resource);
    permissions.addResourcePolicy(
      permissions.find(resource.values.queue_url, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    );
  },
  aws_sns_topic: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_sns_topic_policy(permissions, resource) {
    permissions.addOwnerless("aws_sns_topic", resource.values.arn, resource);
    permissions.addResourcePolicy(
      permissions.find(resource.values.arn, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    );
  },
  aws_s3_bucket: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_s3_bucket_policy(permissions, resource) {
    permissions.addOwnerless("aws_s3_bucket", resource.values.bucket, resource);
    permissions.addResourcePolicy(
      permissions.bucket(resource.values.bucket, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    );
  },
  aws_cloudwatch_event_bus_policy(permissions, resource) {
    permissions.addOwnerless("aws_cloudwatch_event_bus", resource.values.event_bus_name, resource);
    permissions.addResourcePolicy(
      permissions.bus(resource.values.event_bus_name, resource),
      resource.values.policy ?? new Unknown(),
      resource,
    );
  },
  aws_kms_key: (permissions, resource) => permissions.addResourcePolicy(resource, resource.values.policy, resource),
  aws_kms_key_policy(permissions, resource) {
    permissions.addOwnerless("aws_kms_key", resource.values.key_id, resource);
    const key = permissions.find(resource.values.key_id, resource);
    permissions.addResourcePolicy(key, resource.values.policy ?? new Unknown(), resource);
  },
  aws_lambda_permission(permissions, resource) {
    const { values } = resource;
    const { resource: owner, qualifier } = permissions.function(values.function_name, resource);
    permissions.addOwnerless("aws_lambda_function", values.function_name, resource);
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

/** The members of a list; one that is not known for a list that is not. */
function listOrUnknown(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : value instanceof Unknown ? [value] : [];
}
