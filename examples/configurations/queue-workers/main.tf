# Workers in the style of a service catalogue: one module call per entry of a map of objects.
terraform {
  required_version = ">= 1.7"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

provider "aws" {
  region = var.region
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "environment" {
  type    = string
  default = "staging"
}

variable "workers" {
  description = "What runs, by name."
  type = map(object({
    timeout            = optional(number, 30)
    batch_size         = optional(number, 10)
    max_receive_count  = optional(number, 5)
    visibility_timeout = optional(number)
    reserved           = optional(number)
    partial            = optional(bool, true)
    fifo               = optional(bool, false)
  }))
  default = {
    invoices  = {}
    exports   = { timeout = 300, visibility_timeout = 600, reserved = 2, partial = false }
    ledger    = { fifo = true }
    reminders = { max_receive_count = 1 }
  }
}

module "worker" {
  source   = "./modules/worker"
  for_each = var.workers

  name     = "${var.environment}-${each.key}"
  settings = each.value
  on_call  = aws_sns_topic.on_call.arn
}

resource "aws_sns_topic" "on_call" {
  name = "${var.environment}-on-call"
}
