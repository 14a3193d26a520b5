import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { describeWithTerraform } from "../support/terraform.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const reading = (name: string, source: string): string => `
resource "aws_lambda_event_source_mapping" "${name}" {
  function_name    = aws_lambda_function.f.arn
  event_source_arn = ${source}
}
`;

describeWithTerraform("what Terraform would have to ask for", (terraform) => {
  test("is outside: named by its reference, the same in each run, whatever it is used as", async () => {
    writeFileSync(
      join(place, "main.tf"),
      `
data "aws_ssm_parameter" "queue" { name = "/queue/arn" }
data "aws_ssm_parameter" "policy" { name = "/policy/arn" }
data "aws_sqs_queue" "old" { name = "old" }
data "aws_secretsmanager_secret_version" "name" { secret_id = "x" }
data "terraform_remote_state" "base" {
  backend = "s3"
  config  = { bucket = "b", key = "k", region = "eu-west-1" }
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.r.name
  policy_arn = data.aws_ssm_parameter.policy.value
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
  filename      = "x.zip"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
}
resource "aws_sqs_queue" "named" { name = data.aws_secretsmanager_secret_version.name.secret_string }
${reading("parameter", "data.aws_ssm_parameter.queue.value")}
${reading("remote", 'data.terraform_remote_state.base.outputs.queues["orders"].arn')}
${reading("old", "data.aws_sqs_queue.old.arn")}
`,
    );
    const graph = graphOf(await resolveWithTerraform(place, { env: terraform.env }));
    const ends = Object.fromEntries(graph.edges.map(({ address, from }) => [address.split(".")[1], from]));
    expect(ends).toEqual({
      parameter: "aws_lambda_event_source_mapping.parameter#source",
      remote: "aws_lambda_event_source_mapping.remote#source",
      old: "data.aws_sqs_queue.old",
    });
    expect(graph.assumptions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "aws_lambda_event_source_mapping.parameter.event_source_arn",
          why: "data.aws_ssm_parameter.queue.value: outside the configuration",
        }),
        expect.objectContaining({
          name: "aws_lambda_event_source_mapping.remote.event_source_arn",
          why: "data.terraform_remote_state.base.outputs.queues.orders.arn: outside the configuration",
        }),
        expect.objectContaining({ name: "data.aws_sqs_queue.old", value: "named by its data source" }),
      ]),
    );
    expect(graph.nodes.find(({ address }) => address === "aws_sqs_queue.named")?.name).toBeNull();
    const again = graphOf(await resolveWithTerraform(place, { env: terraform.env }));
    expect(JSON.stringify(again)).toBe(JSON.stringify(graph));
  }, 600_000);

  test("in one line, where a text cannot stand for it", async () => {
    writeFileSync(
      join(place, "main.tf"),
      `
data "terraform_remote_state" "base" {
  backend = "local"
}
resource "aws_sqs_queue" "each" {
  for_each = data.terraform_remote_state.base.outputs.names
  name     = each.key
}
`,
    );
    await expect(resolveWithTerraform(place, { env: terraform.env })).rejects.toThrow(
      /main\.tf:6: Invalid for_each argument: .*outputs of terraform_remote_state are not read.*give a plan/,
    );
  }, 300_000);
});

test("what a data source has looked up is named by its ARN", () => {
  const arn = "arn:aws:sqs:eu-west-1:111122223333:legacy";
  const named = (mode: string, type: string, name: string, values: object) => ({
    address: `${mode === "data" ? "data." : ""}${type}.${name}`,
    mode,
    type,
    name,
    values,
  });
  const resources = [
    named("data", "aws_sqs_queue", "legacy", { name: "legacy", arn, url: "https://sqs/legacy" }),
    named("managed", "aws_lambda_function", "f", { function_name: "f", arn: arn.replace("sqs", "lambda"), role: "r" }),
    named("managed", "aws_lambda_event_source_mapping", "m", { event_source_arn: arn, function_name: "f" }),
  ];
  const state = { format_version: "1.0", values: { root_module: { resources } } };
  const graph = graphOf(readShown(JSON.stringify(state), "state.json"));
  expect(graph.edges.map(({ from }) => from)).toEqual([arn]);
  expect(graph.nodes.map(({ address }) => address)).toEqual(["aws_lambda_function.f", arn]);
});
