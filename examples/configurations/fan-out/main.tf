# One topic to several queues, encrypted, with filters: what the public SNS and SQS modules give together.
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
  region = "us-west-2"
}

variable "subscribers" {
  type = map(object({
    filter = optional(map(list(string)))
    raw    = optional(bool, true)
  }))
  default = {
    billing   = { filter = { kind = ["paid", "refunded"] } }
    search    = { raw = false }
    warehouse = {}
  }
}

resource "aws_kms_key" "queues" {
  description = "Queues that SNS sends to"
  policy      = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Owner"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }

  statement {
    sid       = "Topic"
    actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic" "orders" {
  name = "orders"
}

resource "aws_sqs_queue" "this" {
  for_each          = var.subscribers
  name              = "orders-${each.key}"
  kms_master_key_id = each.key == "warehouse" ? "alias/aws/sqs" : aws_kms_key.queues.arn
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn
    maxReceiveCount     = 4
  })
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = var.subscribers
  name     = "orders-${each.key}-dlq"
}

data "aws_iam_policy_document" "queue" {
  for_each = var.subscribers

  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.this[each.key].arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.orders.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each  = var.subscribers
  queue_url = aws_sqs_queue.this[each.key].id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_sns_topic_subscription" "this" {
  for_each             = var.subscribers
  topic_arn            = aws_sns_topic.orders.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.this[each.key].arn
  raw_message_delivery = each.value.raw
  filter_policy        = each.value.filter == null ? null : jsonencode(each.value.filter)
}

resource "aws_sns_topic_subscription" "ops" {
  topic_arn = aws_sns_topic.orders.arn
  protocol  = "email"
  endpoint  = "ops@example.com"
}
