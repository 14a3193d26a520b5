/** What the policies of a configuration say of the permissions that its edges need. */
import { type Configuration, hasUnknown, type Resource, referencesIn, text, type Value } from "../configuration.ts";
import type { Encryption, Permission } from "../graph.ts";
import { judge, type Reason, type Verdict } from "../iam/judge.ts";
import { matchesWildcard, type Subject } from "../iam/match.ts";
import type { Policies } from "../iam/policy.ts";
import type { Principal } from "../iam/request.ts";
import { nameOf } from "../identity.ts";
import { isKeyType } from "./keys.ts";
import type { Lookup } from "./lookup.ts";
import { gatherPolicies } from "./policy-rows.ts";
import type { Alternative, PolicyStore } from "./policy-store.ts";
import { accountOf, type Node, subjectOf } from "./subjects.ts";
import { assumeRole, sourcesOf, trustOf } from "./trust.ts";

export type { Node } from "./subjects.ts";

/** A permission that an edge needs. */
export interface Need {
  readonly actions: readonly string[];
  readonly resource: Node;
  /** On whose behalf a service asks. */
  readonly source?: Behalf;
  readonly qualifier?: string | null;
  /** Where in a bucket objects are put; undefined: anywhere. */
  readonly objectPrefix?: string;
  /** The service (`sqs`) through which a key is used. */
  readonly via?: string;
  /** Condition keys of the request, in lower case. */
  readonly keys?: Readonly<Record<string, Node | string>>;
}

/** On whose behalf a service asks; "unknown": that is not known before it is applied. */
export type Behalf = Node | "unknown";

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

export class Permissions {
  /** Every policy of the configuration. */
  readonly store: PolicyStore;
  private readonly lookup: Lookup;
  private readonly configuration: Configuration;

  constructor(configuration: Configuration, lookup: Lookup) {
    this.configuration = configuration;
    this.lookup = lookup;
    this.store = gatherPolicies(configuration, lookup);
  }

  /** What a service (`events.amazonaws.com`) may do: the policy of the resource says it. */
  ofService(service: string, need: Need): Permission {
    const base = { principal: service, actions: need.actions, resource: addressOf(need.resource) };
    const refused = this.store.refusedOf(base.resource).map((one) => ` (${one})`);
    const why = (actions: string): string =>
      `no policy of ${base.resource} allows ${actions} to ${service}${refused.join("")}`;
    return this.permission(base, need, { kind: "service", name: service }, {}, why);
  }

  /** What an account as such may do on what belongs to another: the policy of that says it. */
  ofAccount(accountId: string, need: Need): Permission {
    const base = { principal: accountId, actions: need.actions, resource: addressOf(need.resource) };
    const why = (actions: string): string => `no policy of ${base.resource} allows ${actions} to account ${accountId}`;
    return this.permission(base, need, { kind: "account", accountId }, {}, why);
  }

  /**
   * Whether a role's trust policy lets a service assume it. Undefined where it does, or where the role is not one of the
   * configuration: {@link ofRole} says that.
   *
   * @param source on whose behalf; undefined where AWS does not say what the service gives as `aws:SourceArn`
   */
  ofTrust(
    role: Value | undefined,
    service: string,
    source: Resource | undefined,
    from: Resource,
  ): Permission | undefined {
    const named = this.roleOf(role, from);
    if (named?.mode !== "managed") return undefined;
    const base = { principal: service, actions: [assumeRole], resource: named.address };
    const theirs = trustOf(named);
    const judged = sourcesOf(source, this.configuration).map((one) =>
      judge({
        request: {
          principal: { kind: "service", name: service },
          action: assumeRole,
          resource: subjectOf({ resource: named }, this.configuration),
          source: one,
        },
        mine: undefined,
        theirs,
        boundary: undefined,
        isKey: false,
      }),
    );
    const [first] = judged;
    if (first === undefined || (first.state === "granted" && first.reason === null)) return undefined;
    const { state, reason } = first;
    if (state === "granted")
      return {
        ...base,
        state,
        why: assumption(first.reason ?? { kind: "accounts" }, service, named.address),
        grantedBy: first.by,
      };
    if (state === "missing" && judged.every((one) => one.state === "missing")) {
      const denied = reason?.kind === "denied" ? " (it denies that)" : "";
      const why = `the trust policy of ${named.address} does not let ${service} assume the role${denied}`;
      return { ...base, state, why, grantedBy: [] };
    }
    const detail = reason?.kind === "policy" ? ` (${reason.why})` : "";
    const why = `whether the trust policy of ${named.address} lets ${service} assume the role is not known${detail}`;
    return { ...base, state: "unknown", why, grantedBy: [] };
  }

  /** The role that a value names. */
  private roleOf(role: Value | undefined, from: Resource): Resource | undefined {
    const target = this.lookup.target(role, from);
    if (target === undefined || target.kind === "unknown") return undefined;
    if (target.kind === "resource") return target.resource;
    return this.lookup.named("role", target.arn.split("/").at(-1) ?? "", from);
  }

  /** What a role may do: its own policies say it, or the resource's, and none denies it. */
  ofRole(role: Value | undefined, need: Need, from: Resource): Permission {
    const target = this.lookup.target(role, from);
    const base = { actions: need.actions, resource: addressOf(need.resource) };
    if (target === undefined || target.kind === "unknown") {
      const principal = `the role of ${from.address}`;
      return { ...base, principal, state: "unknown", why: "the role is not known before it is applied", grantedBy: [] };
    }
    const named = this.roleOf(role, from);
    if (named === undefined || named.mode === "data") {
      const principal = named?.address ?? (target.kind === "arn" ? target.arn : "");
      const why = `the policies of ${principal} are outside the configuration`;
      return { ...base, principal, state: "unknown", why, grantedBy: [] };
    }
    const boundary = this.store.boundaryOf(named.address);
    const principal: Principal = {
      kind: "role",
      subject: subjectOf({ resource: named }, this.configuration),
      accountId: accountOf(named, this.configuration),
      bounded: boundary !== undefined,
    };
    return this.permission(
      { ...base, principal: named.address },
      need,
      principal,
      { mine: this.store.ofRole(named.address), ...(boundary === undefined ? {} : { boundary }) },
      (actions) => `no policy of ${named.address} allows ${actions} on ${base.resource}`,
    );
  }

  /** What may be the policies of a resource; of one outside the configuration they are not known. */
  private policiesOf(node: Node, qualifier: string | null | undefined): readonly [Alternative, ...Alternative[]] {
    if (isLogGroup(node)) return [{ ...this.store.ofLogGroups(), by: [] }];
    if ("resource" in node && node.resource.mode === "managed") return this.store.ofResource(node.resource, qualifier);
    // What these services have is governed by roles alone.
    if (!("resource" in node) && /^arn:[^:]+:(?:ecs|batch|states|firehose|codepipeline|iam):/.test(node.arn))
      return [{ statements: [], unknown: [], by: [] }];
    const why = `${addressOf(node)} is outside the configuration, and so is its policy`;
    return [{ statements: [], unknown: [why], by: [] }];
  }

  /** The key that something is encrypted with must admit who reads or writes there. */
  ofKey(
    encryption: Encryption,
    principal: { service: string } | { role: Value | undefined },
    actions: readonly string[],
    from: Resource,
    source?: Behalf,
    via?: string,
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
      ...(via === undefined ? {} : { via }),
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
    const own = named?.mode === "managed" ? this.store.ofRole(named.address) : undefined;
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
    const isWhole = own !== undefined && own.unknown.length === 0;
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
    const start = nameStart(pattern);
    return sinks.filter(({ action, resource }) => writing.has(action) && mayBeginWith(start, resource));
  }

  /** What all policies that count say of the actions of a need. */
  private permission(
    base: { principal: string; actions: readonly string[]; resource: string },
    need: Need,
    principal: Principal,
    { mine, boundary }: { readonly mine?: Policies; readonly boundary?: Policies },
    nothing: (actions: string) => string,
  ): Permission {
    const theirs = this.policiesOf(need.resource, need.qualifier);
    const subject = (node: Node): Subject => subjectOf(node, this.configuration);
    const keys = Object.entries(need.keys ?? {}).map(([key, one]) => [
      key,
      typeof one === "string" ? one : subject(one),
    ]);
    const verdicts = need.actions.map((action) => {
      const request = {
        principal,
        action,
        resource: subjectOf(need.resource, this.configuration, action, need),
        source: need.source === undefined || need.source === "unknown" ? need.source : subject(need.source),
        keys: Object.fromEntries(keys),
        ...(need.via === undefined ? {} : { via: need.via }),
      };
      const under = (one: Alternative): Verdict =>
        judge({ request, mine, theirs: one, boundary, isKey: isKey(need.resource) });
      const [first, ...more] = theirs;
      const writers = theirs.flatMap(({ by }) => by);
      const disagreement = `${writers.toSorted().join(" and ")} each write the whole policy of ${base.resource} and do not agree on ${action}: which one is there depends on the order of the apply`;
      return { ...whichever([under(first), ...more.map(under)], disagreement), action };
    });
    const why = ({ action, reason }: Verdict & { action: string }): string | null =>
      reason === null ? null : sentence(reason, base.principal, base.resource, action);
    const refused = verdicts.find(({ state, reason }) => state === "missing" && reason !== null);
    if (refused !== undefined) return { ...base, state: "missing", why: why(refused), grantedBy: [] };
    const lacking = verdicts.filter(({ state }) => state === "missing").map(({ action }) => action);
    if (lacking.length > 0 && this.configuration.isPart === true) {
      const absent = `${nothing(lacking.join(", "))} in the plan, which is one of a part of the configuration`;
      return { ...base, state: "unknown", why: absent, grantedBy: [] };
    }
    if (lacking.length > 0) return { ...base, state: "missing", why: nothing(lacking.join(", ")), grantedBy: [] };
    const doubtful = verdicts.find(({ state }) => state === "unknown");
    if (doubtful !== undefined) {
      const otherwise = `what is allowed on ${base.resource} is not known`;
      return { ...base, state: "unknown", why: why(doubtful) ?? otherwise, grantedBy: [] };
    }
    const granted = new Set(verdicts.flatMap(({ by }) => by));
    const assuming = verdicts.find(({ reason }) => reason !== null);
    const assumed = assuming?.reason ?? null;
    return {
      ...base,
      state: "granted",
      why: assumed === null ? null : assumption(assumed, base.principal, base.resource),
      grantedBy: [...granted].toSorted(),
    };
  }
}

/** What is so whichever of several policies is there. */
function whichever(verdicts: readonly [Verdict, ...Verdict[]], why: string): Verdict {
  const [first] = verdicts;
  if (verdicts.some(({ state }) => state !== first.state))
    return { state: "unknown", reason: { kind: "policy", why }, by: [] };
  // What one refuses and another does not mention is not there; what is granted rests on what any of them assumes.
  const isBare = first.state === "missing";
  const told = verdicts.find(({ reason }) => (reason === null) === isBare) ?? first;
  return { ...told, by: [...new Set(verdicts.flatMap(({ by }) => by))] };
}

/** What a pattern says for sure of how the name of what it matches begins. */
function nameStart(pattern: string): string {
  const [scheme, , , , , ...name] = pattern.replaceAll(/\u27e8[^\u27e9]*\u27e9/g, "*").split(":");
  return scheme === "arn" ? (/^[^*?$]*/.exec(name.join(":"))?.[0] ?? "") : "";
}

/** Whether a pattern with this beginning may match a resource, or something inside it: only for those to look at closely. */
function mayBeginWith(start: string, resource: Resource): boolean {
  if (start === "" || nameOf(resource) === undefined) return true;
  const own = (text(resource.values.arn) ?? "").split(":").slice(5).join(":");
  return own.startsWith(start) || start.startsWith(`${own}/`);
}

/** Why a permission is missing, or not known. */
function sentence(reason: Reason, principal: string, resource: string, action: string): string {
  switch (reason.kind) {
    case "denied":
      return `${reason.by.join(", ")} denies ${action}`;
    case "may deny":
    case "may allow":
      return `what ${reason.by.join(", ")} says of ${action} is not known`;
    case "not delegated":
      return `the policy of ${resource} admits neither ${principal} nor what policies of its account allow: ${action}`;
    case "other account":
      return `${resource} is in another account, and its policy admits neither ${principal} nor its account: ${action}`;
    case "not bounded":
      return `the permissions boundary of ${principal} does not allow ${action} on ${resource}`;
    case "accounts":
      return `in which account or Region ${principal} and ${resource} are is not known, and a policy tells them apart`;
    case "policy":
      return reason.why;
    default:
      return reason satisfies never;
  }
}

/** What a granted permission rests on. */
function assumption(reason: Reason, principal: string, resource: string): string {
  return reason.kind === "policy"
    ? `assuming that no policy denies it: ${reason.why}`
    : `assuming that ${principal} and ${resource} are in the account and Region that the policies name, which nothing tells`;
}

function isKey(node: Node): boolean {
  if ("resource" in node) return isKeyType(node.resource.type);
  return /^(?:arn:[^:]+:kms:|alias\/)/.test(node.arn);
}

function isLogGroup(node: Node): boolean {
  return "resource" in node ? node.resource.type === "aws_cloudwatch_log_group" : /^arn:[^:]+:logs:/.test(node.arn);
}

function addressOf(node: Node): string {
  return "resource" in node ? node.resource.address : (node.address ?? node.arn);
}
