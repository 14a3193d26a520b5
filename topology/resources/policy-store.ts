/** Every policy of a configuration by whose it is: roles, their boundaries, and what has a policy of its own. */
import { type Resource, text, Unknown, unknownText, type Value } from "../configuration.ts";
import { managedPolicy, managedPolicyName } from "../iam/managed-policies.ts";
import { type Policies, parsePolicy, type Statement } from "../iam/policy.ts";
import { functionNameOf } from "../identity.ts";
import { isKeyType } from "./keys.ts";
import { type Lookup, qualifierIn, type Target } from "./lookup.ts";
import { qualifierOf } from "./subjects.ts";
import { contentOf } from "./whole-policy.ts";

/** Policies while they are gathered. */
interface Gathered {
  readonly statements: Statement[];
  readonly unknown: string[];
}

/** A policy that is all that its owner has: of several that say other things, one is there. */
interface Whole extends Gathered {
  /** Undefined: not known. */
  readonly content: string | undefined;
  /** Addresses of the resources that write it. */
  readonly by: string[];
}

/** What may be the policies of a resource. */
export interface Alternative extends Policies {
  /** Addresses of the resources that write this one; empty where there is no other. */
  readonly by: readonly string[];
}

export class PolicyStore {
  private readonly roles = new Map<string, Gathered>();
  private readonly boundaries = new Map<string, Gathered>();
  /** What adds to the policy of a resource: permissions, grants. */
  private readonly resources = new Map<string, Gathered>();
  /** Policies that replace each other, by the address of whose they are. */
  private readonly wholes = new Map<string, Whole[]>();
  /** Policies of roles that are not known: they may be anyone's. */
  private readonly anyones: string[] = [];
  /** By type of resource: policies of which it is not known whose they are. */
  private readonly ownerless = new Map<string, string[]>();
  /** Why AWS refuses policies, by the address of what they were for. */
  private readonly refused = new Map<string, string[]>();
  /** Policies that an account gives all its log groups. */
  private readonly logGroups: Gathered = none();
  /** Keys that have a policy of their own. */
  private readonly withPolicy = new Set<string>();
  /** What has a policy by a resource of its own, by address. */
  private readonly writtenBeside = new Set<string>();
  /** Policies that resources of their own give a role: its address, and the name or the ARN. */
  private readonly roleParts = new Set<string>();
  private readonly lookup: Lookup;

  constructor(lookup: Lookup) {
    this.lookup = lookup;
  }

  /** The policies of a role, by its address. */
  ofRole(address: string): Policies {
    const { statements, unknown } = this.roles.get(address) ?? none();
    return { statements, unknown: [...unknown, ...this.anyones] };
  }

  boundaryOf(address: string): Policies | undefined {
    return this.boundaries.get(address);
  }

  /** What may be the policies of a resource of the configuration: one, unless several resources write all of it. */
  ofResource(resource: Resource, qualifier: string | null | undefined): readonly [Alternative, ...Alternative[]] {
    const [first, ...more] = this.wholes.get(resource.address) ?? [];
    const shared = this.shared(resource, qualifier);
    if (first === undefined) return [{ ...shared, by: [] }];
    const beside = ({ statements, unknown, by }: Whole): Alternative => ({
      statements: [...statements, ...shared.statements],
      unknown: [...unknown, ...shared.unknown],
      by: more.length === 0 ? [] : by,
    });
    return [beside(first), ...more.map(beside)];
  }

  /** What holds whichever policy a resource has. */
  private shared(resource: Resource, qualifier: string | null | undefined): Policies {
    const own = this.resources.get(policyKey(resource, qualifier)) ?? none();
    const perhaps = this.ownerless.get(resource.type) ?? [];
    const policies = { statements: own.statements, unknown: [...own.unknown, ...perhaps] };
    if (!isKeyType(resource.type) || this.withPolicy.has(resource.address)) return policies;
    // A key without a policy of its own gets this one.
    const given = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${unknownText(["data.aws_caller_identity.own.account_id"])}:root` },
      Action: "kms:*",
      Resource: "*",
    };
    const statements = parsePolicy(JSON.stringify({ Statement: [given] }), resource.address) ?? [];
    return { statements: [...policies.statements, ...statements], unknown: policies.unknown };
  }

  /** What may write to log groups: their account's policies say it, which others may add to. */
  ofLogGroups(): Policies {
    const why = "the account may have policies for log groups outside the configuration";
    return { statements: this.logGroups.statements, unknown: [...this.logGroups.unknown, why] };
  }

  addLogPolicy(policy: Value | undefined, by: Resource): void {
    this.addTo(new Map([["", this.logGroups]]), "", policy, by);
  }

  /** Adds the policy of a role. */
  addRolePolicy(role: Value | undefined, policy: Value | undefined, by: Resource, boundary = false): void {
    const found = this.role(role, by);
    if (found === undefined) {
      if (this.lookup.target(role, by)?.kind === "unknown")
        this.anyones.push(`it is not known which role ${by.address} belongs to`);
      return;
    }
    this.addTo(boundary ? this.boundaries : this.roles, found.address, policy, by);
  }

  /** Remembers what a resource of its own gives a role: an inline policy by its name, another by its ARN. */
  addRolePart(role: Value | undefined, part: Value | undefined, by: Resource): void {
    const found = this.role(role, by);
    if (found !== undefined && typeof part === "string") this.roleParts.add(`${found.address} ${part}`);
  }

  isRolePart(role: Resource, part: Value | undefined): boolean {
    return typeof part === "string" && this.roleParts.has(`${role.address} ${part}`);
  }

  /** Adds a managed policy, of AWS's or of the configuration, to a role. */
  addManagedPolicy(role: Value | undefined, arn: Value | undefined, by: Resource, boundary = false): void {
    const target = this.lookup.target(arn, by);
    const name = target?.kind === "arn" ? managedPolicyName(target.arn) : dataPolicyName(target);
    const managed = name === undefined ? undefined : managedPolicy(name);
    if (managed !== undefined) this.addRolePolicy(role, managed, by, boundary);
    else if (target?.kind === "resource" && target.resource.type === "aws_iam_policy")
      this.addRolePolicy(role, target.resource.values.policy ?? new Unknown(), target.resource, boundary);
    else this.addRolePolicy(role, new Unknown(), by, boundary);
  }

  /** Adds all of a resource's policy: what another resource writes as all of it says the same, or is there instead. */
  addWholePolicy(owner: Resource | undefined, policy: Value | undefined, by: Resource): void {
    if (owner === undefined) return;
    if (owner !== by) this.writtenBeside.add(owner.address);
    if (policy === undefined || policy === null || policy === "") return;
    this.withPolicy.add(owner.address);
    const wholes = this.wholes.get(owner.address) ?? [];
    this.wholes.set(owner.address, wholes);
    const content = contentOf(policy);
    const same = wholes.find((one) => content !== undefined && one.content === content);
    const whole: Whole = same ?? { ...none(), content, by: [] };
    if (same === undefined) wholes.push(whole);
    whole.by.push(by.address);
    this.addTo(new Map([["", whole]]), "", policy, by);
  }

  /** Adds to what is the policy of a resource: a permission, or a grant beside it. */
  addStatement(owner: Resource, statement: object, by: Resource, qualifier?: string | null): void {
    this.addTo(this.resources, policyKey(owner, qualifier), JSON.stringify({ Statement: [statement] }), by);
  }

  isWrittenBeside({ address }: Resource): boolean {
    return this.writtenBeside.has(address);
  }

  /** A policy that may be any resource's of some types, where it is not known whose it is. */
  addOwnerless(types: readonly string[], owner: Value | undefined, by: Resource): void {
    if (this.lookup.target(owner, by)?.kind !== "unknown") return;
    for (const type of types) {
      const why = `it is not known which ${type} ${by.address} belongs to`;
      this.ownerless.set(type, [...(this.ownerless.get(type) ?? []), why]);
    }
  }

  /** Says that something grants what is not known. */
  addUnknown(owner: Resource, why: string, qualifier?: string | null): void {
    const key = policyKey(owner, qualifier);
    const policies = this.resources.get(key) ?? none();
    this.resources.set(key, policies);
    policies.unknown.push(why);
  }

  /** Remembers a policy that AWS refuses, so that what is missing for it can be explained. */
  addRefused(owner: Resource, why: string): void {
    this.refused.set(owner.address, [...this.refusedOf(owner.address), why]);
  }

  refusedOf(address: string): readonly string[] {
    return this.refused.get(address) ?? [];
  }

  private addTo(map: Map<string, Gathered>, key: string, policy: Value | undefined, by: Resource): void {
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

  private role(value: Value | undefined, from: Resource): Resource | undefined {
    const target = this.lookup.target(value, from);
    if (target?.kind === "resource") return target.resource;
    return this.lookup.named("role", (target?.kind === "arn" ? target.arn : "").split("/").at(-1) ?? "", from);
  }

  bucket(value: Value | undefined, from: Resource): Resource | undefined {
    return this.find(value, from) ?? this.lookup.named("bucket", text(value) ?? "", from);
  }

  /** A key by its ARN or id. */
  key(value: Value | undefined, from: Resource): Resource | undefined {
    return this.find(value, from) ?? this.lookup.named("key", text(value) ?? "", from);
  }

  function(value: Value | undefined, from: Resource): { resource: Resource | undefined; qualifier: string | null } {
    const target = this.lookup.target(value, from);
    if (target?.kind === "resource") return { resource: target.resource, qualifier: target.qualifier };
    const name = text(value) ?? "";
    return { resource: this.lookup.named("function", functionNameOf(name), from), qualifier: qualifierIn(name) };
  }

  bus(value: Value | undefined, from: Resource): Resource | undefined {
    return this.find(value, from) ?? this.lookup.named("bus", text(value) ?? "", from);
  }
}

function none(): Gathered {
  return { statements: [], unknown: [] };
}

/** A function has a policy for each of its aliases and versions. */
function policyKey(resource: Resource, qualifier: string | null | undefined): string {
  const own = qualifierOf(qualifier);
  return own === undefined ? resource.address : `${resource.address}:${own}`;
}

/** `data "aws_iam_policy" { name = "AmazonSQSFullAccess" }`, or by its ARN. */
function dataPolicyName(target: Target | undefined): string | undefined {
  if (target?.kind !== "resource" || target.resource.mode !== "data") return undefined;
  const { name, arn } = target.resource.values;
  return text(name) ?? managedPolicyName(text(arn) ?? "");
}
