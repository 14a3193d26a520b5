/** The parts of a plain module that no renderer of cdktf writes well: variables, versions, README. */
import type { Input, Literal } from "./inputs.ts";

/** A value in Terraform's configuration language. */
function literal(value: Literal): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item: Literal) => literal(item)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0
      ? "{}"
      : `{ ${entries.map(([key, item]) => `${quoted(key)} = ${literal(item)}`).join(", ")} }`;
  }
  return String(value);
}

/** A string in which nothing is interpolated. */
const quoted = (text: string): string => JSON.stringify(text).replace(/\$\{/g, "$$${").replace(/%\{/g, "%%{");

/** variables.tf */
export const variables = (inputs: readonly Input[]): string =>
  inputs
    .map((input) => {
      const validations = (input.validations ?? []).map(
        ({ condition, message }) =>
          `\n\n  validation {\n    condition     = ${condition}\n    error_message = ${quoted(message)}\n  }`,
      );
      const fallback = input.default === undefined ? "" : `\n  default     = ${literal(input.default)}`;
      // Nobody can pass null where the default is a value: the default is taken instead.
      const nullable = input.default === null ? "" : "\n  nullable    = false";
      return `variable "${input.name}" {\n  description = ${quoted(input.description)}\n  type        = ${input.type}${fallback}${nullable}${validations.join("")}\n}\n`;
    })
    .join("\n");

/** versions.tf: floors, so that a module pins nobody. */
export const versions = `terraform {
  # Validations that look at more than one variable need 1.9.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0"
    }
  }
}
`;

/**
 * tests/refusals.tftest.hcl: every validation with inputs that it refuses. Each round gives every input the next of its
 * refused values, and each has to be refused. Nothing is created and nothing is asked of AWS.
 */
export function refusals(inputs: readonly Input[]): string {
  const names = inputs.map(({ name }) => name);
  // Terraform does not look at a validation that refers to another input which is refused itself: those come after.
  const alone = inputs.filter((input) => !refersToOthers(input, names));
  const runs = [...rounds(alone), ...rounds(inputs.filter((input) => !alone.includes(input)))].map(
    (given, index) => `run "refuses_${index + 1}" {
  command = plan
  variables {
${given.map(({ name, value }) => `    ${name} = ${literal(value)}`).join("\n")}
  }
  expect_failures = [
${given.map(({ name }) => `    var.${name},`).join("\n")}
  ]
}
`,
  );
  return [preamble, ...runs].join("\n");
}

const refersToOthers = ({ name, validations = [] }: Input, names: readonly string[]): boolean =>
  validations.some(({ condition }) =>
    names.some((other) => other !== name && new RegExp(`var\\.${other}\\b`).test(condition)),
  );

/** Round n has the nth refused value of every input that has so many. */
function rounds(inputs: readonly Input[]): { readonly name: string; readonly value: Literal }[][] {
  const samples = inputs.flatMap(({ name, validations = [] }) =>
    validations.flatMap(({ refused }) => refused).map((value, round) => ({ name, value, round })),
  );
  const count = Math.max(-1, ...samples.map(({ round }) => round)) + 1;
  return Array.from({ length: count }, (_, round) => samples.filter((sample) => sample.round === round));
}

const preamble = `# Every validation of the module, with inputs that it refuses. Needs no credentials: run \`terraform test\`.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name     = "payments"
  filename = "main.tf" # Any file: a plan takes only its hash.
}

run "accepts_the_defaults" {
  command = plan
}
`;

/** What a README says besides its tables. */
export interface ModuleText {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly outputs: readonly { readonly name: string; readonly description: string }[];
}

/** README.md */
export const readme = ({ name, summary, example, outputs }: ModuleText, inputs: readonly Input[]): string => `# ${name}

${summary}

Generated from the construct \`QueueConsumer\`; what it derives and why is in its page, \`docs/modules/queue-consumer.md\`.

\`\`\`hcl
${example.trimEnd()}
\`\`\`

It needs Terraform 1.9 or later and the AWS provider 5.100.0 or later, and holds neither a provider nor a backend, so it
takes \`count\`, \`for_each\` and \`depends_on\`. A whole configuration that calls it twice is in \`examples/two-queues\`.

Not exposed: filters, a VPC, customer-managed keys, existing queues and functions, provisioned pollers, other responses
than partial ones, and \`prevent_destroy\` (Terraform takes no variable there). The construct has them.

## Inputs

| name | what it is | type | default |
|---|---|---|---|
${inputs
  .map(
    ({ name: input, description, type, default: fallback }) =>
      `| \`${input}\` | ${description.replaceAll("|", "\\|")} | \`${type}\` | ${fallback === undefined ? "required" : `\`${literal(fallback)}\``} |`,
  )
  .join("\n")}

## Outputs

| name | what it is |
|---|---|
${outputs.map(({ name: output, description }) => `| \`${output}\` | ${description} |`).join("\n")}
`;
