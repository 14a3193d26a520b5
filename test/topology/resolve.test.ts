import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readBlocks } from "../../topology/sources/terraform/hcl-blocks.ts";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { describeWithTerraform } from "../support/terraform.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), text);
  }
}

describeWithTerraform("a directory of Terraform files", (terraform) => {
  test("is resolved with its modules, aliases and data sources, runs nothing, and stays as it was", async () => {
    const touched = join(place, "touched");
    write({
      "modules/queue/main.tf": `
        variable "name" { type = string }
        variable "settings" { type = object({ retention = optional(number), max = number }) }
        data "aws_caller_identity" "this" {}
        resource "aws_sqs_queue" "dlq" {
          count = 1
          name  = "\${var.name}-dlq"
        }
        resource "aws_sqs_queue" "this" {
          name                      = var.name
          message_retention_seconds = var.settings.retention
          redrive_policy            = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq[0].arn, maxReceiveCount = var.settings.max })
          lifecycle {
            precondition {
              condition     = data.aws_caller_identity.this.account_id == "444455556666"
              error_message = "another account"
            }
          }
        }
        data "aws_iam_policy_document" "this" {
          statement {
            actions   = ["sqs:SendMessage"]
            resources = ["\${aws_sqs_queue.this.arn}"]
            principals {
              type        = "AWS"
              identifiers = ["arn:aws:iam::\${data.aws_caller_identity.this.account_id}:root"]
            }
          }
        }
        resource "aws_sqs_queue_policy" "this" {
          queue_url = aws_sqs_queue.this.url
          policy    = data.aws_iam_policy_document.this.json
        }
        output "arn" { value = aws_sqs_queue.this.arn }
      `,
      "live/main.tf": `
        terraform {
          required_providers {
            aws = { source = "hashicorp/aws" }
          }
          backend "s3" {
            bucket = "state"
            key    = "live"
            region = "eu-west-1"
          }
        }
        provider "aws" {
          region = var.region
          assume_role {
            role_arn = "arn:aws:iam::444455556666:role/deploy"
          }
        }
        provider "aws" {
          alias  = "replica"
          region = "us-east-1"
        }
        variable "region" { default = "eu-central-1" }
        module "queue" {
          source   = "../modules/queue"
          for_each = { mails = { max = 3 }, pays = { max = 7, retention = 400000 } }
          name     = each.key
          settings = each.value
        }
        resource "aws_sns_topic" "far" {
          provider = aws.replica
          name     = "far"
        }
        resource "terraform_data" "runs" {
          provisioner "local-exec" {
            command = "touch ${touched}"
          }
        }
      `,
    });
    const before = readdirSync(place, { recursive: true });
    const resolved = await resolveWithTerraform(join(place, "live"), { env: terraform.env });
    expect(readdirSync(place, { recursive: true })).toEqual(before);
    expect(existsSync(touched)).toBe(false);
    expect(resolved.providers).toEqual({
      aws: { region: "eu-central-1", accountId: null },
      "aws.replica": { region: "us-east-1", accountId: null },
    });
    const find = (address: string) => resolved.resources.find((one) => one.address === address);
    expect(find('module.queue["pays"].aws_sqs_queue.this')?.values).toMatchObject({
      name: "pays",
      arn: "arn:aws:sqs:eu-central-1:000000000000:pays",
      message_retention_seconds: 400_000,
      visibility_timeout_seconds: 30,
      redrive_policy: '{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:pays-dlq","maxReceiveCount":7}',
      policy: null,
    });
    expect(find('module.queue["mails"].aws_sqs_queue_policy.this')?.values.policy).toContain(
      "arn:aws:iam::000000000000:root",
    );
    expect(find("aws_sns_topic.far")).toMatchObject({
      provider: "aws.replica",
      location: { file: "main.tf", line: 29 },
    });
    expect(find('module.queue["mails"].aws_sqs_queue.dlq[0]')?.location?.file).toBe("../modules/queue/main.tf");
    expect(await resolveWithTerraform(join(place, "live"), { env: terraform.env })).toEqual(resolved);
  }, 300_000);
});

describe("blocks of HCL", () => {
  test("are found among comments, heredocs and templates", () => {
    const source = `
# resource "a" "commented" {}
/* resource "b" "commented" {} */
resource "aws_sqs_queue" "one" { name = "}" }
resource aws_sqs_queue two {
  policy = <<-EOT
    resource "not" "this" { }
  EOT
  name = "x\${join("}", ["{", "\\"}"])}y"
  tags = {
    a = "b" // }
  }
  dynamic "block" {
    for_each = [1]
  }
}
module "m" { source = "./m" }
`;
    const blocks = readBlocks(source);
    expect(blocks.map(({ type, labels, line }) => `${type} ${labels.join(" ")} ${line}`)).toEqual([
      "resource aws_sqs_queue one 4",
      "resource aws_sqs_queue two 5",
      "module m 17",
    ]);
    expect([...(blocks[1]?.attributes.keys() ?? [])]).toEqual(["policy", "name", "tags"]);
    expect(blocks[1]?.blocks.map(({ type, labels }) => [type, labels])).toEqual([["dynamic", ["block"]]]);
  });
});
