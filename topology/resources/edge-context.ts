/** What the rows that make edges work with. */
import { type Resource, rowOf, Unknown, type Value } from "../configuration.ts";
import type { DestinationEdge, Edge, Encryption, Node, Permission } from "../graph.ts";
import { functionNameOf } from "../identity.ts";
import { type Lookup, qualifierIn } from "./lookup.ts";
import { externalOf, type NodeContext, outsideOf } from "./nodes.ts";
import type { Behalf, Need, Node as Needed, Permissions } from "./permissions.ts";
import { Reader } from "./reader.ts";
import { assumers } from "./trust.ts";

/** Where an edge leads. */
export interface End {
  /** Null: not known before it is applied. */
  readonly address: string | null;
  readonly qualifier: string | null;
  /** The qualifier as it is written there: null where none is, so that AWS takes `$LATEST`. */
  readonly asked: string | null;
  readonly node: Node | undefined;
}

export class EdgeContext {
  readonly edges: Edge[] = [];
  readonly nodes: Map<string, Node>;
  readonly base: NodeContext;
  readonly permissions: Permissions;
  readonly lookup: Lookup;

  constructor(nodes: Map<string, Node>, base: NodeContext, permissions: Permissions) {
    this.nodes = nodes;
    this.base = base;
    this.permissions = permissions;
    this.lookup = base.lookup;
  }

  read(resource: Resource): Reader {
    return new Reader(resource, this.base.assume);
  }

  /** What a value leads to, with a node for it where there was none. Undefined: the value is not set. */
  end(value: Value | undefined, from: Resource, attribute: string): End | undefined {
    const target = this.lookup.target(value, from);
    if (target === undefined) return undefined;
    if (target.kind === "unknown") {
      this.base.assume({
        name: `${from.address}.${attribute}`,
        value: "an end that is not known",
        why: whyUnknown(target.references),
      });
      return { address: null, qualifier: null, asked: null, node: undefined };
    }
    if (target.kind === "arn") return this.named(target.arn, from);
    const { outsideArn } = target.resource;
    if (outsideArn !== undefined)
      return { ...this.named(outsideArn, from), qualifier: target.qualifier, asked: target.qualifier };
    return this.inside(target.resource, target.qualifier);
  }

  /** A node by its name in AWS, where a value is no ARN. */
  private named(name: string, from: Resource): End {
    const resource = name.startsWith("arn:") ? undefined : this.lookup.named("function", functionNameOf(name), from);
    if (resource !== undefined) return this.inside(resource, qualifierIn(name));
    if (/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\/default$/.test(name)) return this.defaultBus();
    return this.outside(name);
  }

  defaultBus(): End {
    return { address: "default", qualifier: null, asked: null, node: this.nodes.get("default") };
  }

  /** A node outside the configuration. */
  outside(name: string): End {
    const node = this.nodes.get(name) ?? outsideOf(name);
    this.nodes.set(name, node);
    return { address: name, qualifier: null, asked: null, node };
  }

  private inside(resource: Resource, qualifier: string | null): End {
    if (resource.mode === "data") {
      this.base.assume({
        name: resource.address,
        value: "named by its data source",
        why: "outside the configuration, and its ARN is not known without a call to AWS",
      });
    }
    const node = this.nodes.get(resource.address) ?? externalOf(resource, this.base);
    this.nodes.set(resource.address, node);
    const own = qualifier ?? (node.kind === "function" ? "$LATEST" : null);
    return { address: resource.address, qualifier: own, asked: qualifier, node };
  }

  resource(address: string | null): Resource | undefined {
    return address === null ? undefined : this.lookup.byAddress.get(address);
  }

  /** What a permission is needed on: a resource, or what its ARN names outside. */
  needed(end: End): Needed | undefined {
    if (end.address === null) return undefined;
    const resource = this.resource(end.address);
    // The default bus is in the graph by its name.
    return resource === undefined ? { arn: end.node?.arn ?? end.address, address: end.address } : { resource };
  }

  /**
   * A service's permission on an end, with that on the key that it is encrypted with.
   *
   * @param source on whose behalf the service asks
   * @param from what names the end
   */
  serviceMay(service: string, actions: readonly string[], end: End, source: Behalf, from: Resource): Permission[] {
    const resource = this.needed(end);
    if (resource === undefined) return [unknownEnd(service, actions)];
    const need: Need = { actions, resource, source, qualifier: end.asked };
    return [this.permissions.ofService(service, need), ...this.key(end, { service }, actions, from, source)];
  }

  /** Whether anything writes a policy of a resource, known or not. */
  hasPolicy(resource: Resource): boolean {
    const policies = this.permissions.store.ofResource(resource, undefined);
    return policies.some(({ statements, unknown }) => statements.length > 0 || unknown.length > 0);
  }

  /** The permission of an account as such on an end in another account. */
  accountMay(accountId: string, actions: readonly string[], end: End): Permission[] {
    const resource = this.needed(end);
    return [
      resource === undefined
        ? unknownEnd(accountId, actions)
        : this.permissions.ofAccount(accountId, { actions, resource }),
    ];
  }

  /**
   * Whether the service that a resource stands for may assume the role that it names: one permission where that is not
   * so, or not known, else none.
   *
   * @param source on whose behalf, where it is not the resource itself
   */
  trust(role: Value | undefined, from: Resource, source: Resource = from): Permission[] {
    const service = rowOf(assumers, from.type);
    if (service === undefined) return [];
    // What Lambda and SNS give as aws:SourceArn is not documented; a target's own ARN is that of where it leads.
    const known = /^aws_(?:scheduler_schedule|cloudwatch_event_rule)$/.test(source.type) ? source : undefined;
    const permission = this.permissions.ofTrust(role, service, known, from);
    return permission === undefined ? [] : [permission];
  }

  /**
   * A role's permission on an end, with that on the key that it is encrypted with, and the role's trust in the service
   * that assumes it.
   *
   * @param source on whose behalf the service assumes the role, where it is not `from`
   */
  roleMay(
    role: Value | undefined,
    actions: readonly string[],
    end: End,
    from: Resource,
    objectPrefix?: string,
    source?: Resource,
  ): Permission[] {
    return [...this.allowed(role, actions, end, from, objectPrefix), ...this.trust(role, from, source)];
  }

  private allowed(
    role: Value | undefined,
    actions: readonly string[],
    end: End,
    from: Resource,
    objectPrefix: string | undefined,
  ): Permission[] {
    const resource = this.needed(end);
    if (resource === undefined) return [unknownEnd(`the role of ${from.address}`, actions)];
    // Lambda needs to list a bucket to write records to it (R22): apart, since that alone is often forgotten.
    if (actions.includes("s3:PutObject")) {
      const list = this.permissions.ofRole(role, { actions: ["s3:ListBucket"], resource }, from);
      const put = { actions, resource, ...(objectPrefix === undefined ? {} : { objectPrefix }) };
      return [this.permissions.ofRole(role, put, from), list, ...this.key(end, { role }, actions, from)];
    }
    return [
      this.permissions.ofRole(role, { actions, resource, qualifier: end.asked }, from),
      ...this.key(end, { role }, actions, from),
    ];
  }

  private key(
    end: End,
    who: { service: string } | { role: Value | undefined },
    actions: readonly string[],
    from: Resource,
    source?: Behalf,
  ): Permission[] {
    const encryption = encryptionOf(end.node);
    const permission =
      encryption === undefined
        ? undefined
        : this.permissions.ofKey(encryption, who, keyActions(actions), from, source, actions[0]?.split(":")[0]);
    return permission === undefined ? [] : [permission];
  }

  add(edge: Edge): void {
    this.edges.push(edge);
  }

  /** A role's permission to send to a failure or success destination; `undefined` actions: AWS has no such destination. */
  destination(
    kind: DestinationEdge["kind"],
    of: DestinationEdge["of"],
    place: {
      readonly holder: Resource;
      readonly id: string;
      readonly from: string;
      readonly fromQualifier: string | null;
    },
    end: End,
    permissions: readonly Permission[],
  ): void {
    this.add({
      kind,
      of,
      id: place.id,
      address: place.holder.address,
      location: place.holder.location,
      from: place.from,
      fromQualifier: place.fromQualifier,
      to: end.address,
      qualifier: end.qualifier,
      permissions,
    });
  }
}

function whyUnknown(references: readonly string[]): string {
  const isOutside = references.length > 0 && references.every((one) => /(?:^|\.)data\./.test(one));
  return isOutside ? `${references.join(", ")}: outside the configuration` : "not known before it is applied";
}

function unknownEnd(principal: string, actions: readonly string[]): Permission {
  return {
    principal,
    actions,
    resource: "unknown",
    state: "unknown",
    why: "the end is not known before it is applied",
    grantedBy: [],
  };
}

/**
 * What the key of a queue, topic, stream or bucket is needed for: readers decrypt, who writes gets a data key, and SQS and
 * SNS decrypt it too.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
function keyActions(actions: readonly string[]): readonly string[] {
  if (actions.some((one) => /:(?:ReceiveMessage|GetRecords|SubscribeToShard)$/.test(one))) return ["kms:Decrypt"];
  if (actions.some((one) => /^(?:s3|kinesis):/.test(one))) return ["kms:GenerateDataKey"];
  return ["kms:GenerateDataKey", "kms:Decrypt"];
}

function encryptionOf(node: Node | undefined): Encryption | undefined {
  return node !== undefined && "encryption" in node ? node.encryption : undefined;
}

/** What a role needs to hand a record to a destination (R22). */
export function destinationActions(end: End): readonly string[] {
  const service = end.node?.kind === "external" ? serviceOfArn(end.node.arn) : end.node?.kind;
  return rowOf(destinationRows, service ?? "") ?? ["unknown"];
}

/** By kind of node, and by the service of an ARN. */
const destinationRows: Readonly<Record<string, readonly string[]>> = {
  queue: ["sqs:SendMessage"],
  sqs: ["sqs:SendMessage"],
  topic: ["sns:Publish"],
  sns: ["sns:Publish"],
  bucket: ["s3:PutObject"],
  s3: ["s3:PutObject"],
  function: ["lambda:InvokeFunction"],
  lambda: ["lambda:InvokeFunction"],
  bus: ["events:PutEvents"],
  events: ["events:PutEvents"],
};

function serviceOfArn(arn: string): string {
  return arn.startsWith("arn:") ? (arn.split(":")[2] ?? "") : "";
}

/** Whether a value is there, known or not. */
export function isSet(value: Value | undefined): value is Value {
  return value instanceof Unknown || (value !== undefined && value !== null && value !== "");
}
