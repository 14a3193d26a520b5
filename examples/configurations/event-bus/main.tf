# A bus with rules and targets from nested maps, as the public EventBridge modules take them.
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
  region = "eu-central-1"
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

variable "rules" {
  type = map(object({
    pattern  = optional(any)
    schedule = optional(string)
    targets = list(object({
      name        = string
      function    = string
      dead_letter = optional(bool, false)
      attempts    = optional(number)
      age         = optional(number)
      paths       = optional(map(string))
      template    = optional(string)
    }))
  }))
  default = {
    orders = {
      pattern = { source = ["shop"], detail-type = ["OrderPlaced"] }
      targets = [
        { name = "mail", function = "mail", dead_letter = true, attempts = 20, age = 7200 },
        { name = "audit", function = "audit" },
      ]
    }
    refunds = {
      pattern = { source = ["shop"], detail-type = ["OrderRefunded"] }
      targets = [
        { name = "mail", function = "mail", dead_letter = true, attempts = 0, paths = { id = "$.detail.id" }, template = "{\"refund\": <id>}" },
      ]
    }
  }
}

locals {
  functions = toset(flatten([for rule in var.rules : [for target in rule.targets : target.function]]))
  targets = merge([
    for name, rule in var.rules : {
      for target in rule.targets : "${name}-${target.name}" => merge(target, { rule = name })
    }
  ]...)
}

resource "aws_cloudwatch_event_bus" "this" {
  name = "shop"
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each            = var.rules
  name                = each.key
  event_bus_name      = each.value.schedule == null ? aws_cloudwatch_event_bus.this.name : null
  event_pattern       = each.value.pattern == null ? null : jsonencode(each.value.pattern)
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "this" {
  for_each       = local.targets
  rule           = aws_cloudwatch_event_rule.this[each.value.rule].name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  target_id      = each.value.name
  arn            = aws_lambda_function.this[each.value.function].arn

  dynamic "dead_letter_config" {
    for_each = each.value.dead_letter ? [1] : []
    content {
      arn = aws_sqs_queue.undelivered.arn
    }
  }

  dynamic "retry_policy" {
    for_each = each.value.attempts == null && each.value.age == null ? [] : [1]
    content {
      maximum_retry_attempts       = each.value.attempts
      maximum_event_age_in_seconds = coalesce(each.value.age, 86400)
    }
  }

  dynamic "input_transformer" {
    for_each = each.value.template == null ? [] : [1]
    content {
      input_paths    = each.value.paths
      input_template = each.value.template
    }
  }
}

resource "aws_sqs_queue" "undelivered" {
  name                      = "shop-undelivered"
  message_retention_seconds = 1209600
}

# Written by hand from names, as many configurations do: no reference to the rules.
data "aws_iam_policy_document" "undelivered" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.undelivered.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:events:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:rule/shop/*"]
    }
  }
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  policy    = data.aws_iam_policy_document.undelivered.json
}

resource "aws_iam_role" "this" {
  for_each = local.functions
  name     = "shop-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "this" {
  for_each      = local.functions
  function_name = "shop-${each.key}"
  role          = aws_iam_role.this[each.key].arn
  s3_bucket     = "shop-artifacts"
  s3_key        = "${each.key}.zip"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
}

resource "aws_lambda_permission" "this" {
  for_each      = { for key, target in local.targets : key => target if target.function != "audit" }
  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this[each.value.function].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this[each.value.rule].arn
}
