/** The test files by which Terraform is made to resolve a configuration without calling AWS. */
import { standInRegion } from "../../identity.ts";
import type { DeclaredProvider } from "./scan.ts";

/** Values that stand for what AWS would give a resource or data source. */
export interface Override {
  readonly target: string;
  readonly mode: "managed" | "data";
  readonly values: StandInValues;
}

/** A text or number for each attribute, or an object of such. */
export interface StandInValues {
  readonly [attribute: string]: string | number | StandInValues;
}

/** Text of a test file with one run. */
export function testFile(
  command: "plan" | "apply",
  providers: readonly DeclaredProvider[],
  mocked: readonly string[],
  overrides: readonly Override[],
): string {
  return [
    ...providers.map(provider),
    ...mocked.map((name) => `mock_provider ${quote(name)} {}\n`),
    ...overrides.map(override),
    `run "holdfast" {\n  command = ${command}\n}\n`,
  ].join("\n");
}

function provider({ name, alias, region }: DeclaredProvider): string {
  return `provider ${quote(name)} {
${alias === undefined ? "" : `  alias                       = ${quote(alias)}\n`}  region                      = ${quote(region ?? standInRegion)}
  access_key                  = "none"
  secret_key                  = "none"
  max_retries                 = 1
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
`;
}

function override({ target, mode, values }: Override): string {
  return `override_${mode === "data" ? "data" : "resource"} {\n  target = ${target}\n  values = ${object(values, "  ")}\n}\n`;
}

function object(values: StandInValues, indent: string): string {
  const lines = Object.entries(values).map(([name, value]) => {
    const text = typeof value === "number" ? value : typeof value === "string" ? quote(value) : undefined;
    return `${indent}  ${quote(name)} = ${text ?? object(typeof value === "object" ? value : {}, `${indent}  `)}\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** A text as an HCL literal. */
function quote(value: string): string {
  return JSON.stringify(value).replaceAll(/([$%])\{/g, "$1$1{");
}
