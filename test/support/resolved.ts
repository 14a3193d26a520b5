/**
 * A synthesized stack with its expressions evaluated, as far as Terraform and AWS fix their values: ARNs, names, URLs and
 * policy documents. Two resources then refer to the same queue when their values say so, however the reference was written.
 */
import { evaluateAll, referencesIn } from "./expressions.ts";
import { addressesOf, at, type Json, type JsonObject, type Synthesized } from "./synth.ts";

export const account = "111122223333";
export const region = "eu-west-1";

/** A resource as AWS would have it. */
export interface Resource {
  readonly address: string;
  readonly type: string;
  /** The attributes that the stack sets, evaluated. */
  readonly attributes: JsonObject;
  /** ARN, where AWS gives one to the type. */
  readonly arn: string;
  /** What Terraform creates first: what `depends_on` or an expression of the resource's own names. */
  readonly waitsFor: ReadonlySet<string>;
  readonly dependsOn: readonly string[];
}

type Attributes = Readonly<Record<string, string>>;

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");

const arnOf = (service: string, rest: string, global = false): string =>
  `arn:aws:${service}:${global ? "" : region}:${account}:${rest}`;

/** What AWS computes, by type, from what the stack says. */
const computed: Readonly<Record<string, (said: JsonObject) => Attributes>> = {
  aws_sqs_queue: ({ name }) => {
    const url = `https://sqs.${region}.amazonaws.com/${account}/${text(name)}`;
    return { arn: arnOf("sqs", text(name)), url, id: url, name: text(name) };
  },
  aws_lambda_function: ({ function_name: name }) => ({
    arn: arnOf("lambda", `function:${text(name)}`),
    id: text(name),
  }),
  aws_iam_role: ({ name, path }) => ({
    arn: arnOf("iam", `role${text(path) || "/"}${text(name)}`, true),
    id: text(name),
  }),
  aws_cloudwatch_log_group: ({ name }) => ({ arn: arnOf("logs", `log-group:${text(name)}`), id: text(name) }),
  "data.aws_iam_policy_document": (said) => ({ json: policyJson(said) }),
};

/** The JSON that the provider makes of an `aws_iam_policy_document`. */
const policyJson = ({ statement }: JsonObject): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: ((statement ?? []) as readonly JsonObject[]).map(statementJson) });

/** What is not set is `undefined`, which JSON leaves out. */
function statementJson({ sid, effect = "Allow", actions = [], resources, principals, condition }: JsonObject) {
  const named = principals as readonly JsonObject[] | undefined;
  return {
    Sid: sid,
    Effect: effect,
    Action: actions,
    Resource: resources,
    Principal: named && Object.fromEntries(named.map(({ type, identifiers }) => [text(type), identifiers ?? []])),
    Condition: condition,
  };
}

/**
 * The resources of a stack by address, data sources included.
 * @param variables values of the stack's variables
 * @throws Error where an expression refers to what does not exist
 */
export function resolved(stack: Synthesized, variables: Readonly<Record<string, Json>> = {}): Map<string, Resource> {
  const resources = new Map<string, Resource>();
  const extras = new Map<string, Attributes>();

  const resolve = (reference: string): Json => {
    const parts = reference.split(".");
    if (parts[0] === "var") {
      const value = variables[parts[1] ?? ""];
      if (value === undefined) throw new Error(`${reference} has no value here`);
      return value;
    }
    const size = parts[0] === "data" ? 3 : 2;
    const address = parts.slice(0, size).join(".");
    const attribute = parts.slice(size).join(".");
    const resource = visit(address);
    const value = extras.get(address)?.[attribute] ?? resource.attributes[attribute];
    if (value === undefined) throw new Error(`${reference}: ${address} has no such attribute here`);
    return value;
  };

  const visit = (address: string): Resource => {
    const known = resources.get(address);
    if (known !== undefined) return known;
    const { depends_on: waits, ...said } = at(stack, address);
    const dependsOn = (waits ?? []) as readonly string[];
    const attributes = evaluateAll(said, resolve) as JsonObject;
    const type = address.split(".").slice(0, -1).join(".");
    const more = computed[type]?.(attributes) ?? {};
    const resource: Resource = {
      address,
      type,
      attributes,
      arn: more["arn"] ?? "",
      waitsFor: new Set([...dependsOn, ...referencesIn(said)]),
      dependsOn,
    };
    resources.set(address, resource);
    extras.set(address, more);
    return resource;
  };

  for (const address of addressesOf(stack)) visit(address);
  return resources;
}
