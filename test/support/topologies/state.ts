/**
 * A state as it stands after an apply: the resources and data sources of a configuration with the values that AWS would
 * have given, in Terraform's own state file (version 4), printed by `terraform show -json`. There is no AWS here, so
 * that the values are those of the resolved configuration; the printing, and with it the shape, is Terraform's. What
 * resources of their own have set stands on their queue, topic or role a second time, as after a refresh.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAddress } from "../../../topology/address.ts";
import {
  type Configuration,
  isBlock,
  isList,
  Unknown,
  type Value,
  type Values,
} from "../../../topology/configuration.ts";
import { isJson, type Json } from "../../../topology/sources/json.ts";
import type { Terraform } from "../terraform.ts";

/** The state of a configuration, printed in `directory`, where Terraform is initialized. */
export async function stateOf(configuration: Configuration, directory: string, terraform: Terraform): Promise<string> {
  const version = await schemaVersions(directory, terraform);
  const resources = new Map<string, Declared>();
  for (const { address, mode, type, values } of configuration.resources) {
    const { module = "", name = "", key } = parseAddress(address) ?? {};
    const own = `${module} ${mode} ${type} ${name}`;
    const provider = 'provider["registry.terraform.io/hashicorp/aws"]';
    const instances = resources.get(own)?.instances ?? [];
    resources.set(own, { ...(module === "" ? {} : { module }), mode, type, name, provider, instances });
    instances.push({
      ...(key === undefined ? {} : { index_key: key }),
      schema_version: version[mode].get(type) ?? 0,
      attributes: plain({ ...values, ...repeated(address, configuration) }),
      sensitive_attributes: [],
    });
  }
  const file = join(directory, "made.tfstate");
  const header = { version: 4, terraform_version: terraform.version, serial: 1, lineage: "test", outputs: {} };
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...header, resources: [...resources.values()] }));
  return (await terraform.run(["show", "-json", file], directory)).stdout;
}

/** Resources that set an attribute of another, the attribute that names that one, and the one of its own that it is. */
const setters = [
  ["aws_sqs_queue_policy", "aws_sqs_queue", "queue_url", "url", "policy"],
  ["aws_sqs_queue_redrive_policy", "aws_sqs_queue", "queue_url", "url", "redrive_policy"],
  ["aws_sqs_queue_redrive_allow_policy", "aws_sqs_queue", "queue_url", "url", "redrive_allow_policy"],
  ["aws_sns_topic_policy", "aws_sns_topic", "arn", "arn", "policy"],
] as const;

/** What AWS tells of a resource because another one has set it. */
function repeated(address: string, { resources }: Configuration): Values {
  const own = resources.find((one) => one.address === address);
  const found = setters.flatMap(([setter, type, names, key, attribute]) => {
    const by = own?.type === type ? resources.filter((one) => one.type === setter) : [];
    const [first] = by.filter(({ values }) => values[names] === own?.values[key]);
    return first === undefined ? [] : [[attribute, first.values[attribute] ?? null] as const];
  });
  const policies = resources
    .filter(({ type, values }) => type === "aws_iam_role_policy" && own?.type === "aws_iam_role" && isOf(values, own))
    .map(({ values }): Value => ({ name: values["name"] ?? null, policy: values["policy"] ?? null }));
  return { ...Object.fromEntries(found), ...(policies.length === 0 ? {} : { inline_policy: policies }) };
}

/** A role policy names its role by its name. */
function isOf(values: Values, { values: { name } }: { readonly values: Values }): boolean {
  return name !== undefined && values["role"] === name;
}

/** A resource as a state file lists it, with its instances. */
interface Declared {
  readonly module?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly provider: string;
  readonly instances: unknown[];
}

type Versions = { readonly managed: ReadonlyMap<string, number>; readonly data: ReadonlyMap<string, number> };
let known: Promise<Versions> | undefined;

/** Versions of the schemas of each type, which a state must say; the provider is asked once. */
function schemaVersions(directory: string, terraform: Terraform): Promise<Versions> {
  known ??= terraform.run(["providers", "schema", "-json"], directory).then(({ stdout }) => {
    const schemas: unknown = JSON.parse(stdout);
    return { managed: versionsIn(schemas, "resource_schemas"), data: versionsIn(schemas, "data_source_schemas") };
  });
  return known;
}

function versionsIn(schemas: unknown, kind: string): Map<string, number> {
  const providers = isJson(schemas) && isJson(schemas.provider_schemas) ? Object.values(schemas.provider_schemas) : [];
  const types = providers.filter(isJson).flatMap((one) => Object.entries<unknown>(asJson(one[kind])));
  return new Map(types.map(([type, schema]) => [type, isJson(schema) ? Number(schema.version) : 0]));
}

function asJson(value: unknown): Json {
  return isJson(value) ? value : {};
}

function plain(value: Value): unknown {
  if (value instanceof Unknown) return null;
  if (isList(value)) return value.map(plain);
  return isBlock(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])) : value;
}
