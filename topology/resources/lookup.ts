/** Resources found by what others call them: ARN, URL, name. */
import { type Configuration, type Resource, rowOf, text, Unknown, type Value } from "../configuration.ts";
import { functionNameOf, nameOf } from "../identity.ts";

/** What a value refers to. */
export type Target =
  | { readonly kind: "resource"; readonly resource: Resource; readonly qualifier: string | null }
  /** outside the configuration */
  | { readonly kind: "arn"; readonly arn: string }
  | { readonly kind: "unknown"; readonly references: readonly string[] };

/** Texts under which a resource is known, by type. */
const keyRows: Readonly<Record<string, (resource: Resource) => readonly (string | undefined)[]>> = {
  aws_sqs_queue: ({ values }) => [text(values.url), text(values.id)],
  aws_lambda_function: (resource) => [prefixed("function", nameOf(resource))],
  aws_s3_bucket: ({ values }) => [prefixed("bucket", text(values.bucket)), prefixed("bucket", text(values.id))],
  aws_cloudwatch_event_bus: (resource) => [prefixed("bus", nameOf(resource))],
  aws_cloudwatch_event_rule: (resource) => [
    prefixed("rule", ruleKey(resource.values.event_bus_name, nameOf(resource))),
  ],
  aws_iam_role: (resource) => [prefixed("role", nameOf(resource) ?? text(resource.values.id))],
  aws_dynamodb_table: ({ values }) => [text(values.stream_arn)],
  aws_kms_alias: (resource) => [prefixed("key", nameOf(resource))],
  aws_kms_key: keyKeys,
  aws_kms_external_key: keyKeys,
  aws_kms_replica_key: keyKeys,
  aws_kms_replica_external_key: keyKeys,
};

/** Types whose `arn` is that of something else. */
const namesAnother = new Set([
  "aws_cloudwatch_event_target",
  "aws_sns_topic_policy",
  "aws_secretsmanager_secret_version",
]);

/** References to a data source that stand for what it looked up. */
const ownAttribute = /\.(?:id|url|name|key_id|bucket|function_name|(?:\w+_)?arn)$/;

function prefixed(kind: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${kind}:${name}`;
}

/** A key by its id, which some of the types have as `id` alone. */
function keyKeys({ values }: Resource): readonly (string | undefined)[] {
  return [prefixed("key", text(values.key_id)), prefixed("key", text(values.id))];
}

/** A rule's name is unique on its bus. */
function ruleKey(bus: Value | undefined, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${(text(bus) ?? "default").split("/").at(-1)}/${name}`;
}

/** The alias or version in a function's name (`orders:live`) or ARN; null where it has none. */
export function qualifierIn(reference: string): string | null {
  return /:function:[^:]+:(.+)$/.exec(reference)?.[1] ?? /^[^:]+:([^:]+)$/.exec(reference)?.[1] ?? null;
}

export class Lookup {
  readonly byAddress = new Map<string, Resource>();
  private readonly byKey = new Map<string, Resource[]>();
  private readonly byLooseArn = new Map<string, Resource[]>();
  private readonly configuration: Configuration;

  constructor(configuration: Configuration) {
    this.configuration = configuration;
    for (const resource of configuration.resources) {
      this.byAddress.set(resource.address, resource);
      const arn = namesAnother.has(resource.type) ? undefined : text(resource.values.arn);
      if (arn !== undefined) {
        add(this.byKey, arn, resource);
        if (resource.mode === "managed") add(this.byLooseArn, loose(arn), resource);
      }
      if (resource.mode !== "managed") continue;
      for (const key of new Set(rowOf(keyRows, resource.type)?.(resource) ?? []))
        if (key !== undefined) add(this.byKey, key, resource);
    }
  }

  /** What a value refers to; undefined where it says nothing. */
  target(value: Value | undefined, from: Resource): Target | undefined {
    if (value === undefined || value === null || value === "") return undefined;
    if (value instanceof Unknown) return this.byReferences(value.references);
    if (typeof value !== "string") return undefined;
    return this.byText(value, from);
  }

  /** A resource by its name in AWS. */
  named(
    kind: "function" | "bucket" | "bus" | "rule" | "role" | "key",
    name: string,
    from: Resource,
  ): Resource | undefined {
    return closest(this.byKey.get(`${kind}:${name}`), from);
  }

  private byText(value: string, from: Resource): Target {
    const found = closest(this.byKey.get(value), from);
    if (found !== undefined) return this.through(found);
    if (!value.startsWith("arn:")) return { kind: "arn", arn: value };
    const lambda = /^(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+):(.+)$/.exec(value);
    if (lambda !== null) {
      const base = this.byText(lambda[1] ?? "", from);
      if (base.kind === "resource") return { ...base, qualifier: lambda[2] ?? null };
    }
    const similar = this.byLooseArn.get(loose(value))?.filter((one) => this.compatible(one, value));
    const nearest = closest(similar, from);
    return nearest === undefined ? { kind: "arn", arn: value } : this.through(nearest);
  }

  /** Aliases stand for their function or key, stream consumers for themselves. */
  private through(resource: Resource): Target {
    if (resource.type === "aws_kms_alias" && resource.mode === "managed") return this.keyOf(resource);
    if (resource.type !== "aws_lambda_alias") return { kind: "resource", resource, qualifier: null };
    const name = functionNameOf(text(resource.values.function_name) ?? "");
    const base = this.named("function", name, resource);
    return base === undefined
      ? { kind: "arn", arn: text(resource.values.arn) ?? resource.address }
      : { kind: "resource", resource: base, qualifier: nameOf(resource) ?? null };
  }

  /** The key of an alias, which names it by id or ARN. */
  private keyOf(alias: Resource): Target {
    const value = alias.values.target_key_id ?? alias.values.target_key_arn;
    const named = this.named("key", text(value) ?? "", alias);
    if (named !== undefined) return { kind: "resource", resource: named, qualifier: null };
    return this.target(value, alias) ?? { kind: "unknown", references: [`${alias.address}.target_key_id`] };
  }

  /** A reference that stays unknown as a value may still name its resource: `aws_sqs_queue.work.arn`. */
  private byReferences(references: readonly string[]): Target {
    const named = references.flatMap((one) => {
      const address = [one, one.replace(/\.\w+$/, "")].find((candidate) => this.byAddress.has(candidate));
      // A parameter's or secret's value names something else than itself.
      if (/(?:^|\.)data\./.test(one) && !ownAttribute.test(one)) return [];
      return address === undefined ? [] : (this.byAddress.get(address) ?? []);
    });
    const [only] = named;
    if (named.length !== 1 || only === undefined) return { kind: "unknown", references };
    return this.through(only);
  }

  /** Region and account of an ARN that may be the one of a resource whose place the configuration does not tell. */
  private compatible(resource: Resource, arn: string): boolean {
    const provider = this.configuration.providers[resource.provider ?? "aws"];
    const own = (text(resource.values.arn) ?? "").split(":");
    const given = arn.split(":");
    const sameRegion = own[3] === given[3] || (resource.provider !== null && (provider?.region ?? null) === null);
    const sameAccount = own[4] === given[4] || (resource.provider !== null && (provider?.accountId ?? null) === null);
    return sameRegion && sameAccount;
  }
}

/** An ARN without Region and account. */
function loose(arn: string): string {
  const parts = arn.split(":");
  return [parts[2], ...parts.slice(5)].join(":");
}

function add(map: Map<string, Resource[]>, key: string, resource: Resource): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [resource]);
  else if (!known.includes(resource)) known.push(resource);
}

/** Of several of one name (in several Regions), the one of the same provider configuration. */
function closest(found: readonly Resource[] | undefined, from: Resource): Resource | undefined {
  const managed = found?.filter(({ mode }) => mode === "managed") ?? [];
  const own = managed.length > 0 ? managed : (found ?? []);
  return own.find(({ provider }) => provider === from.provider) ?? own[0];
}
