/** A plan's JSON as `terraform show -json` would print it for a configuration in which everything is created. */
import { hasIdentity } from "../../topology/identity.ts";
import type { Body, Config, Json, Typed } from "./configurations.ts";

export function planJson(config: Config): string {
  const managed = instances(config.resource, "managed");
  const data = instances(config.data, "data");
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: {
      root_module: { resources: managed.map((one) => ({ ...one.header, values: split(one.body).after })) },
    },
    resource_changes: [...managed, ...data].map(change),
    configuration: {
      provider_config: { aws: { name: "aws", expressions: { region: { constant_value: "eu-west-1" } } } },
      root_module: {
        resources: [...managed, ...data].map(({ header, body }) =>
          Object.assign({ provider_config_key: "aws", expressions: expressions(body) }, header),
        ),
      },
    },
  });
}

function change({ mode, type, header, body }: Instance): object {
  const { after, unknown } = split(body);
  const computed = mode === "data" ? { json: true } : hasIdentity(type) ? { arn: true, id: true } : { id: true };
  const actions = [mode === "data" ? "read" : "create"];
  return { ...header, change: { actions, before: null, after, after_unknown: { ...unknown, ...computed } } };
}

interface Instance {
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly header: { readonly address: string; readonly mode: string; readonly type: string; readonly name: string };
  readonly body: Body;
}

function instances(typed: Typed, mode: "managed" | "data"): Instance[] {
  return Object.entries(typed).flatMap(([type, named]) =>
    Object.entries(named).map(([name, body]) => {
      const address = `${mode === "data" ? "data." : ""}${type}.${name}`;
      return { mode, type, header: { address, mode, type, name }, body };
    }),
  );
}

function references(value: string): string[] {
  return [...value.matchAll(/(?:data\.)?aws_\w+\.\w+\.\w+/g)].map(([one]) => one);
}

function isUnknown(value: Json): boolean {
  return typeof value === "string" && references(value).length > 0;
}

/** What a plan knows of a value, and marks for what it does not. */
function split(body: Body): { after: Record<string, unknown>; unknown: Record<string, unknown> } {
  const [after, unknown]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [key, value] of Object.entries(body)) {
    const [known, marks] = splitValue(value);
    if (known !== undefined) after[key] = known;
    if (marks !== undefined) unknown[key] = marks;
  }
  return { after, unknown };
}

function isBody(value: Json): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function splitValue(value: Json): [unknown, unknown] {
  if (isUnknown(value)) return [undefined, true];
  if (Array.isArray(value)) {
    const parts = value.map(splitValue);
    return [parts.map(([known]) => known ?? null), parts.map(([, marks]) => marks ?? false)];
  }
  if (isBody(value)) {
    const { after, unknown } = split(value);
    return [after, unknown];
  }
  return [typeof value === "string" ? constant(value) : value, undefined];
}

/** `jsonencode` of constants is known. */
function constant(value: string): string {
  const encoded = /^\$\{jsonencode\((.*)\)\}$/s.exec(value)?.[1];
  return encoded === undefined ? value : JSON.stringify(JSON.parse(encoded.replaceAll(/" = /g, '": ')));
}

function expressions(body: Body): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, expression(value)]));
}

function expression(value: Json): unknown {
  const isBlocks = Array.isArray(value) && value.some((one) => typeof one === "object" && one !== null);
  if (isBlocks) return value.map((one) => (isBody(one) ? expressions(one) : one));
  const found = [...new Set(references(JSON.stringify(value)).flatMap((one) => [one, one.replace(/\.\w+$/, "")]))];
  return found.length > 0 ? { references: found } : { constant_value: value };
}
