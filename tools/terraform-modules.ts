/**
 * `npm run terraform:modules [-- FOLDER]`: writes the plain modules, by default to `terraform/`, which is committed. Needs
 * Terraform for the formatting.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { App } from "cdktf";
import { type Block, blocks, formatted } from "./hcl.ts";
import { fifoInputs, type Input, standardInputs } from "./terraform-modules/inputs.ts";
import { QueueConsumerModule } from "./terraform-modules/module-stack.ts";
import { readme, refusals, variables, versions } from "./terraform-modules/render.ts";

interface PlainModule {
  readonly name: string;
  readonly kind: "standard" | "fifo";
  readonly inputs: readonly Input[];
  readonly summary: string;
  readonly example: string;
}

const modules: readonly PlainModule[] = [
  {
    name: "queue-consumer",
    kind: "standard",
    inputs: standardInputs,
    summary:
      "SQS → Lambda: a queue, its dead-letter queue, the function that consumes it, and the permissions and alarms between\nthem. A message that fails is retried alone; one that fails `max_receive_count` times stands in the dead-letter queue,\nand an alarm tells the topic that you name in `notify`.",
    example: `module "payments" {
  source   = "./terraform/queue-consumer"
  name     = "payments"
  filename = "pay.zip"
  timeout  = 30
  notify   = aws_sns_topic.incidents.arn
}
`,
  },
  {
    name: "queue-consumer-fifo",
    kind: "fifo",
    inputs: fifoInputs,
    summary:
      "SQS FIFO → Lambda: a FIFO queue, its FIFO dead-letter queue, the function that consumes it, and the permissions and\nalarms between them. The messages of a group are processed in order; one that fails holds back its group, and no other,\nuntil it succeeds or stands in the dead-letter queue.",
    example: `module "shipments" {
  source   = "./terraform/queue-consumer-fifo"
  name     = "shipments"
  filename = "ship.zip"
  timeout  = 30
  notify   = aws_sns_topic.incidents.arn
}
`,
  },
];

const target = process.argv[2] ?? "terraform";
const app = new App();
for (const { name, kind, inputs, summary, example } of modules) {
  const stack = new QueueConsumerModule(app, name, kind);
  stack.runAllValidations();
  const all = blocks(formatted(stack.toHclTerraform().hcl));
  const outputs = all.filter((block) => block.kind === "output");
  // A module has neither a provider nor a backend: whoever calls it has both.
  const parts = all.filter(({ kind: block }) => block === "resource" || block === "data");
  const folder = join(target, name);
  const files = {
    "main.tf": formatted(joined(parts)),
    "variables.tf": formatted(variables(inputs)),
    "outputs.tf": formatted(joined(outputs)),
    "versions.tf": formatted(versions),
    "tests/refusals.tftest.hcl": formatted(refusals(inputs)),
    "README.md": readme({ name, summary, example, outputs: outputs.map(described) }, inputs),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  console.log(folder);
}

function joined(all: readonly Block[]): string {
  return `${all.map(({ text }) => text).join("\n\n")}\n`;
}

/** Name and description of an output block. */
function described({ text }: Block): { name: string; description: string } {
  const name = /^output "([^"]+)"/.exec(text)?.[1];
  const description = /^\s*description\s*=\s*"(.*)"$/m.exec(text)?.[1];
  if (name === undefined || description === undefined)
    throw new Error(`an output without name or description:\n${text}`);
  return { name, description };
}
