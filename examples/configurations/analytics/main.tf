# Streams into functions, with roles whose policies are documents merged from shared ones.
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
  region = "ap-southeast-2"
}

variable "name" {
  type    = string
  default = "clickstream"
}

variable "shards" {
  type    = number
  default = 4
}

resource "aws_kinesis_stream" "this" {
  name             = var.name
  shard_count      = var.shards
  retention_period = 24
}

resource "aws_dynamodb_table" "sessions" {
  name             = "${var.name}-sessions"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "session"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "session"
    type = "S"
  }
}

resource "aws_sqs_queue" "failures" {
  name = "${var.name}-failures"
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "failures" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]
  }
}

data "aws_iam_policy_document" "kinesis" {
  source_policy_documents = [
    data.aws_iam_policy_document.logs.json,
    data.aws_iam_policy_document.failures.json,
  ]

  statement {
    actions   = ["kinesis:Describe*", "kinesis:Get*", "kinesis:List*"]
    resources = [aws_kinesis_stream.this.arn]
  }
}

data "aws_iam_policy_document" "table" {
  source_policy_documents = [data.aws_iam_policy_document.logs.json]

  statement {
    actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    resources = ["${aws_dynamodb_table.sessions.arn}/stream/*"]
  }
}

locals {
  functions = {
    sessionise = { policy = data.aws_iam_policy_document.kinesis.json, reserved = 3 }
    rollup     = { policy = data.aws_iam_policy_document.table.json, reserved = -1 }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.functions
  name     = "${var.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "this" {
  for_each = local.functions
  name     = "${var.name}-${each.key}"
  policy   = each.value.policy
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = local.functions
  role       = aws_iam_role.this[each.key].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

resource "aws_lambda_function" "this" {
  for_each                       = local.functions
  function_name                  = "${var.name}-${each.key}"
  role                           = aws_iam_role.this[each.key].arn
  filename                       = "code.zip"
  handler                        = "index.handler"
  runtime                        = "python3.13"
  timeout                        = 60
  reserved_concurrent_executions = each.value.reserved
}

resource "aws_lambda_event_source_mapping" "clicks" {
  event_source_arn                   = aws_kinesis_stream.this.arn
  function_name                      = aws_lambda_function.this["sessionise"].arn
  starting_position                  = "LATEST"
  batch_size                         = 500
  maximum_batching_window_in_seconds = 5
  parallelization_factor             = 2
  maximum_retry_attempts             = 3
  bisect_batch_on_function_error     = true

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.failures.arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "sessions" {
  event_source_arn  = aws_dynamodb_table.sessions.stream_arn
  function_name     = aws_lambda_function.this["rollup"].arn
  starting_position = "TRIM_HORIZON"

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["REMOVE"] })
    }
  }
}
