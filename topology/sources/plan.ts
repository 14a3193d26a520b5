/**
 * A plan as `terraform show -json` prints it. What is known only after it is applied stands in `after_unknown`; the
 * configuration part of the plan says which references such a value is made from, and no more: of
 * `jsonencode({ deadLetterTargetArn = x.arn, maxReceiveCount = 5 })` it shows `x.arn`, not the 5.
 */
import { parseAddress } from "../address.ts";
import {
  byAddress,
  type Configuration,
  isBlock,
  isList,
  type Provider,
  type Resource,
  rowOf,
  text,
  Unknown,
  unknownText,
  type Value,
  type Values,
} from "../configuration.ts";
import type { Assumption } from "../graph.ts";
import { hasIdentity, identityOf } from "../identity.ts";
import { fromJson } from "./expressions/functions.ts";
import { isJson, type Json, list } from "./json.ts";
import { isDynamic, withoutInlinePolicies } from "./plan-blocks.ts";
import { PlanReferences, referencesIn } from "./plan-references.ts";
import { policyDocument } from "./policy-document.ts";

export function planResources(root: Json): Pick<Configuration, "resources" | "providers" | "assumed" | "isPart"> {
  // A deposed object is what is left of a resource whose replacement failed: it has the address of what replaces it.
  const current = list(root.resource_changes).filter(({ deposed }) => deposed === undefined);
  const changes = new Map(current.map((one) => [String(one.address), one]));
  const prior = isJson(root.prior_state) ? valuesOf(root.prior_state) : [];
  const planned = isJson(root.planned_values) ? moduleResources(root.planned_values.root_module) : [];
  const data = [...changes.values()].filter((one) => one.mode === "data");
  const read = prior.filter((one) => one.mode === "data");
  const found = new Map<string, Json>();
  for (const one of [...read, ...data, ...planned]) found.set(String(one.address), one);

  const references = new PlanReferences(root, [...found.keys()]);
  const providers = planProviders(root, references, [...found.values()]);
  const resources = [...found].map(([address, one]): Resource => {
    const configured = references.configured(address);
    const change = changes.get(address)?.change;
    const after = isJson(change) ? (change.after ?? one.values) : one.values;
    const unknown = isJson(change) ? change.after_unknown : undefined;
    const resolve = (names: readonly string[]): Unknown => references.resolve(names, address);
    const value = fill(after, unknown, configured?.expressions, resolve, "resource");
    return {
      address,
      mode: one.mode === "data" ? "data" : "managed",
      type: String(one.type),
      values: isBlock(value) ? value : {},
      configured: configured === undefined ? null : new Set(Object.keys(configured.expressions)),
      provider: configured?.provider ?? null,
      location: null,
      ...outsideArn(one.mode, after),
    };
  });
  if (root.complete !== false) {
    const { settled, assumed } = settle(resources, providers);
    return { resources: withoutInlinePolicies(settled).toSorted(byAddress), providers, assumed };
  }
  const left = references.unplanned();
  const { settled, assumed } = settle([...resources, ...leftOut(left, references)], providers);
  return {
    resources: withoutInlinePolicies(settled).toSorted(byAddress),
    providers,
    assumed: [...assumed, partAssumed(left)],
    isPart: true,
  };
}

/**
 * What belongs to another resource, and may be left out of a plan that has that one: what permits, catches, consumes or
 * watches there. Where it was taken for missing, a plan of a part would be found fault with for what is not in it.
 */
const belonging = new RegExp(
  `^aws_(?:${[
    "\\w+_polic(?:y|ies)",
    "iam_(?:role_)?policy_attachments?(?:_exclusive)?",
    "kms_grant",
    "lambda_permission",
    "lambda_function_(?:event_invoke|recursion)_config",
    "lambda_event_source_mapping",
    "sns_topic_subscription",
    "cloudwatch_event_(?:archive|permission|rule|target)",
    "cloudwatch_(?:metric|composite)_alarm",
    "s3_bucket_notification",
  ].join("|")})$`,
);

/**
 * Blocks that may be dynamic, of which the configuration part of a plan has nothing: where a block is not there, whether
 * it is one is not known.
 */
const perhapsDynamic: Readonly<Record<string, readonly string[]>> = {
  aws_cloudwatch_event_target: ["dead_letter_config", "retry_policy"],
  aws_cloudwatch_metric_alarm: ["metric_query"],
  aws_lambda_event_source_mapping: ["destination_config", "filter_criteria"],
  aws_lambda_function_event_invoke_config: ["destination_config"],
};

/** What a plan of a part leaves out and belongs to other resources: it is there, and little of it is known. */
function leftOut(addresses: readonly string[], references: PlanReferences): Resource[] {
  return addresses.flatMap((address): Resource[] => {
    const { type = "", mode } = parseAddress(address) ?? {};
    const configured = references.configured(address);
    if (configured === undefined || mode !== "managed" || !belonging.test(type)) return [];
    const { expressions, provider } = configured;
    const values = Object.entries(expressions).map(([name, one]): [string, Value] => [
      name,
      written(one, (names) => references.resolve(names, address)),
    ]);
    const dynamic = (rowOf(perhapsDynamic, type) ?? []).map((name): [string, Value] => [name, new Unknown()]);
    return [
      {
        address,
        mode: "managed",
        type,
        values: Object.fromEntries([...dynamic, ...values]),
        configured: new Set(Object.keys(expressions)),
        provider,
        location: null,
      },
    ];
  });
}

/** What the configuration part says of a value, block by block. */
function written(expression: unknown, resolve: (names: readonly string[]) => Unknown): Value {
  if (Array.isArray(expression)) return expression.map((one) => written(one, resolve));
  if (!isJson(expression) || Object.keys(expression).length === 0) return resolve([]);
  if ("constant_value" in expression) return fromJson(expression.constant_value);
  if (Array.isArray(expression.references)) return resolve(referencesIn(expression));
  return Object.fromEntries(Object.entries(expression).map(([name, one]) => [name, written(one, resolve)]));
}

function partAssumed(left: readonly string[]): Assumption {
  const names = left.length === 0 ? "" : `: without ${left.toSorted().slice(0, 3).join(", ")}`;
  const more = left.length > 3 ? ` and ${left.length - 3} more` : "";
  return {
    name: "the plan",
    value: "a part of the configuration",
    why: `it is not complete (-target, or changes that are deferred)${names}${more}`,
  };
}

/** The ARN that a data source has read. */
export function outsideArn(mode: unknown, values: unknown): { outsideArn?: string } {
  const arn = mode === "data" && isJson(values) ? values.arn : undefined;
  return typeof arn === "string" && arn.startsWith("arn:") ? { outsideArn: arn } : {};
}

function valuesOf(state: Json): Json[] {
  return isJson(state.values) ? moduleResources(state.values.root_module) : [];
}

function moduleResources(module: unknown): Json[] {
  if (!isJson(module)) return [];
  return [...list(module.resources), ...list(module.child_modules).flatMap(moduleResources)];
}

/** Values with an {@link Unknown} wherever the plan does not know and the configuration sets something. */
function fill(
  after: unknown,
  unknown: unknown,
  expression: unknown,
  resolve: (names: readonly string[]) => Unknown,
  place: "resource" | "attribute" | "block",
): Value {
  if (unknown === true) {
    // What nothing sets is AWS's to give. A dynamic block, and what is in it, has no expression.
    if (expression === undefined) return place === "block" ? new Unknown() : null;
    return resolve(referencesIn(expression));
  }
  if (Array.isArray(after) || Array.isArray(unknown)) {
    const [values, marks]: [readonly unknown[], readonly unknown[]] = [
      Array.isArray(after) ? after : [],
      Array.isArray(unknown) ? unknown : [],
    ];
    return Array.from({ length: Math.max(values.length, marks.length) }, (_, index) =>
      fill(values[index], marks[index], elementOf(expression, index), resolve, "block"),
    );
  }
  if (isJson(after) || isJson(unknown)) {
    const [values, marks] = [isJson(after) ? after : {}, isJson(unknown) ? unknown : {}];
    const names = new Set([...Object.keys(values), ...Object.keys(marks)]);
    return Object.fromEntries(
      [...names].map((name) => {
        const dynamic = isDynamic(name) || (place !== "resource" && expression === undefined);
        const inside = dynamic ? "block" : "attribute";
        return [name, fill(values[name], marks[name], memberOf(expression, name), resolve, inside)];
      }),
    );
  }
  return fromJson(after);
}

function isLeaf(expression: unknown): boolean {
  return isJson(expression) && (Array.isArray(expression.references) || "constant_value" in expression);
}

function elementOf(expression: unknown, index: number): unknown {
  return Array.isArray(expression) ? expression[index] : expression;
}

function memberOf(expression: unknown, name: string): unknown {
  return isLeaf(expression) || !isJson(expression) ? expression : expression[name];
}

/** What is known of each provider configuration: Region and account. */
function planProviders(root: Json, references: PlanReferences, found: readonly Json[]): Record<string, Provider> {
  const configuration = isJson(root.configuration) ? root.configuration : {};
  const configs = isJson(configuration.provider_config) ? configuration.provider_config : {};
  const account = found
    .filter((one) => one.type === "aws_caller_identity" && isJson(one.values))
    .map((one) => (isJson(one.values) ? one.values.account_id : undefined))
    .find((one) => typeof one === "string");
  const made: Record<string, Provider> = {};
  for (const [key, config] of Object.entries(configs)) {
    const expressions = isJson(config) && isJson(config.expressions) ? config.expressions : {};
    const region = references.constant(expressions.region);
    const accounts = references.constant(expressions.allowed_account_ids);
    const [only]: readonly unknown[] = Array.isArray(accounts) && accounts.length === 1 ? accounts : [account];
    made[key] = {
      region: typeof region === "string" ? region : null,
      accountId: typeof only === "string" ? only : null,
    };
  }
  return made;
}

/** Attributes that hold JSON: one reference in them does not mean that they are that reference. */
const jsonAttributes = /(?:^|_)(?:policy|policies|pattern|patterns|input|input_template|json)$/;
/** Attributes that are JSON themselves, so that a reference to one is the whole. */
const jsonSources = /\.(?:json|minified_json|policy)$/;

/** Attributes that name another resource, of the services that paths run through. */
const linkAttributes =
  /(?:^|_)(?:arns?|url|role|roles|function_name|bucket|rule|destination|endpoint|event_bus_name|role_name|source|target)$/;
const linkTypes = /^aws_(?:lambda|cloudwatch_event|sqs|sns|s3_bucket|iam|kinesis|dynamodb|scheduler|pipes|kms)_/;
/** Attributes that are maps, which the text that a member of theirs is made from is not. */
const mapAttributes: ReadonlySet<string> = new Set(["dimensions"]);
/** Lists of a policy document, whose elements are patterns. */
const patternAttributes = /^(?:not_)?(?:actions|resources)$|^(?:identifiers|values)$/;

/**
 * Puts what AWS will give (`arn`, `url`, `id`) where a value is one reference to it, and evaluates policy documents
 * that the plan left for the apply.
 *
 * A plan shows of `"${x.arn}/*"` the same as of `x.arn`. An attribute that takes an ARN or a name is taken for what it is
 * made from, and an assumption says so; a pattern of a policy document begins with it, and what follows is not known.
 */
function settle(
  resources: readonly Resource[],
  providers: Readonly<Record<string, Provider>>,
): { settled: Resource[]; assumed: Assumption[] } {
  const assumed: Assumption[] = [];
  let taken = false;
  const byName = new Map(resources.map((one) => [one.address, one]));
  const done = new Map<string, Values>();
  const identities = new Map<string, Readonly<Record<string, string>>>();

  const identity = (resource: Resource): Readonly<Record<string, string>> => {
    const known = identities.get(resource.address);
    if (known !== undefined) return known;
    const provider = providers[resource.provider ?? "aws"];
    // For what refers to itself in the end, as no plan of Terraform's does.
    identities.set(resource.address, identityOf(resource, provider));
    // An alias is called by its function, a consumer by its stream, which the plan may show as a reference alone.
    const values = Object.entries(resource.values).map(([name, value]): [string, Value] => {
      const [only] = value instanceof Unknown && value.exact ? value.references : [];
      return [name, only === undefined || only.startsWith(`${resource.address}.`) ? value : (attribute(only) ?? value)];
    });
    const made = identityOf(Object.assign({}, resource, { values: Object.fromEntries(values) }), provider);
    identities.set(resource.address, made);
    return made;
  };
  const attribute = (reference: string): Value | undefined => {
    const [, address = "", name = ""] = /^(.*)\.(\w+)$/s.exec(reference) ?? [];
    const resource = byName.get(address);
    if (resource === undefined) return undefined;
    if (resource.type === "aws_iam_policy_document" && name.endsWith("json")) return document(resource);
    const own = resource.values[name];
    if (own !== undefined && own !== null && !(own instanceof Unknown)) return own;
    return hasIdentity(resource.type) || name === "arn" ? identity(resource)[name] : undefined;
  };
  const settleValue = (value: Value, name: string, path: string, isLink: boolean): Value => {
    if (value instanceof Unknown) {
      const [only] = value.references;
      if (value.references.length !== 1 || only === undefined || mapAttributes.has(name)) return value;
      if (jsonAttributes.test(name)) return value.exact && jsonSources.test(only) ? (attribute(only) ?? value) : value;
      const counts = isLink && linkAttributes.test(name);
      if (counts && value.exact) taken = true;
      else if (counts && resourceOf(only) !== undefined) assumed.push({ name: path, value: only, why: notShown });
      return value.exact ? (attribute(only) ?? value) : value;
    }
    if (isList(value)) return value.map((one) => settleValue(one, name, path, isLink));
    if (isBlock(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, settleValue(one, key, `${path}.${key}`, isLink)]),
      );
    return value;
  };
  const resourceOf = (reference: string): Resource | undefined =>
    byName.get(reference) ?? byName.get(reference.replace(/\.\w+$/, ""));
  /** Where the ARN of what a pattern is made from is known or made, the pattern begins with it. */
  const patterns = ({ references }: Unknown): Value[] => {
    const begins: Value[] = [];
    const rest: string[] = [];
    for (const one of references) {
      const named = byName.get(one);
      const arn = named === undefined ? attribute(one) : identity(named).arn;
      if (typeof arn === "string" && arn.startsWith("arn:")) begins.push(arn + unknownText([]));
      else rest.push(one);
    }
    if (begins.length > 0 && rest.length === 0) return begins;
    return [...begins, new Unknown(rest.every((one) => ownPlace.test(one)) ? [] : rest)];
  };
  const settlePattern = (value: Value, name: string): Value => {
    if (value instanceof Unknown) return patternAttributes.test(name) ? patterns(value) : value;
    if (isList(value))
      return value.flatMap((one) => {
        const made = settlePattern(one, name);
        return isList(made) ? made : [made];
      });
    return isBlock(value)
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, settlePattern(one, key)]))
      : value;
  };
  const document = (resource: Resource): Value => {
    const json = resource.values.json;
    return text(json) ?? policyDocument(settled(resource));
  };
  const settled = (resource: Resource): Values => {
    const known = done.get(resource.address);
    if (known !== undefined) return known;
    done.set(resource.address, resource.values);
    const isDocument = resource.type === "aws_iam_policy_document";
    const entries = Object.entries(resource.values).map(([name, value]): [string, Value] => [
      name,
      isDocument && name === "statement"
        ? settlePattern(value, name)
        : settleValue(value, name, `${resource.address}.${name}`, linkTypes.test(resource.type)),
    ]);
    const computed = hasIdentity(resource.type) && resource.mode === "managed" ? identity(resource) : {};
    const given = Object.fromEntries(entries.filter(([, value]) => value !== null));
    const values = { ...Object.fromEntries(entries), ...computed, ...given };
    done.set(resource.address, values);
    return values;
  };
  const made = resources.map((one): Resource => {
    const values = settled(one);
    const json = one.type === "aws_iam_policy_document" ? { json: document(one) } : {};
    return Object.assign({}, one, { values: { ...values, ...json } });
  });
  return { settled: made, assumed: taken ? [...assumed, wholeReferences] : assumed };
}

const notShown = "a plan shows what a value is made from, not how";
const wholeReferences: Assumption = {
  name: "references of the plan",
  value: "whatever takes an ARN or a name, and is made from one, is that one",
  why: notShown,
};
/** References to the account, Region and partition that a configuration is for. */
const ownPlace = /\bdata\.aws_(?:caller_identity|region|partition)\./;
