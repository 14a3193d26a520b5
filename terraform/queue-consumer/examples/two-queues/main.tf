terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  queues = {
    payments = { timeout = 30, maximum_concurrency = null }
    # The bank takes five refunds at a time.
    refunds = { timeout = 120, maximum_concurrency = 5 }
  }
}

# Somebody has to subscribe: a topic keeps nothing.
resource "aws_sns_topic" "incidents" {
  name = "incidents"
}

module "queue" {
  source   = "../.."
  for_each = local.queues

  name                = "shop-${each.key}"
  filename            = "${path.module}/handler.zip"
  timeout             = each.value.timeout
  maximum_concurrency = each.value.maximum_concurrency
  notify              = aws_sns_topic.incidents.arn
  environment         = { KIND = each.key }
  tags                = { Application = "shop" }
}

output "queue_urls" {
  description = "Where senders send."
  value       = { for name, queue in module.queue : name => queue.queue_url }
}

output "redrive_commands" {
  description = "Send the messages of a dead-letter queue back to their queue."
  value       = { for name, queue in module.queue : name => queue.redrive_command }
}
