/** Configurations as HCL: what someone would have written by hand. */
import type { Body, Config, Json } from "./configurations.ts";

/** Lists of objects are blocks in every type that the fixtures use; everything else is an attribute. */
export function hcl(config: Config): string {
  const part = (keyword: "resource" | "data"): string[] =>
    Object.entries(config[keyword]).flatMap(([type, named]) =>
      Object.entries(named).map(([name, body]) => `${keyword} "${type}" "${name}" {\n${bodyText(body, "  ")}}\n`),
    );
  return [...part("data"), ...part("resource")].join("\n");
}

/** A provider that needs neither credentials nor a network. */
export const providerHcl = `terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
`;

/** A block of attributes alone: of a module, a variable, locals, an output. */
export function settingsHcl(header: string, settings: Readonly<Record<string, Json>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `  ${key} = ${valueText(value)}\n`);
  return `${header} {\n${lines.join("")}}\n`;
}

function bodyText(body: Body, indent: string): string {
  return Object.entries(body)
    .map(([key, value]) => {
      if (key === "dynamic") return dynamicText(value, indent);
      if (!isBlocks(value)) return `${indent}${key} = ${valueText(value)}\n`;
      return value.map((one) => `${indent}${key} {\n${bodyText(one, `${indent}  `)}${indent}}\n`).join("");
    })
    .join("");
}

/** `dynamic` as Terraform's JSON has it: by the name of the block, one or several. */
function dynamicText(value: Json, indent: string): string {
  const named = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return named
    .flatMap(([name, written]) =>
      (Array.isArray(written) ? written : [written]).map(({ content, ...settings }: { [key: string]: Json }) => {
        const inner = `${indent}  `;
        return `${indent}dynamic "${name}" {\n${bodyText({ ...settings, content: [content ?? {}] }, inner)}${indent}}\n`;
      }),
    )
    .join("");
}

function isBlocks(value: Json): value is readonly Body[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "object" && one !== null);
}

function valueText(value: Json): string {
  if (typeof value === "string") return stringText(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)} = ${valueText(one)}`)
      .join(", ")} }`;
  }
  return String(value);
}

/** An expression alone without its template, everything else quoted. */
function stringText(value: string): string {
  if (!value.startsWith("${")) return JSON.stringify(value);
  let depth = 0;
  for (let at = 1; at < value.length; at += 1) {
    if (value[at] === "{") depth += 1;
    if (value[at] === "}") depth -= 1;
    if (depth === 0) return at === value.length - 1 ? value.slice(2, -1) : JSON.stringify(value);
  }
  return JSON.stringify(value);
}
