terraform {
  required_providers {
    aws = {
      version = ">= 5.100.0, < 7.0.0"
      source  = "hashicorp/aws"
    }
  }
  backend "s3" {
    bucket       = "shop-terraform-state-444455556666"
    region       = "eu-central-1"
    key          = "shop-production.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  allowed_account_ids = [
    "444455556666"
  ]
  region = "eu-central-1"
  assume_role {
    role_arn     = "arn:aws:iam::444455556666:role/deploy"
    session_name = "terraform"
  }
  default_tags {
    tags = {
      Application = "shop"
      Environment = "production"
    }
  }
}

resource "aws_sqs_queue" "payments_dead_letter" {
  message_retention_seconds = 1209600
  name                      = "shop-production-payments-dead-letter"
  sqs_managed_sse_enabled   = true
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue" "payments" {
  message_retention_seconds  = 345600
  name                       = "shop-production-payments"
  redrive_policy             = jsonencode({ "deadLetterTargetArn" = aws_sqs_queue.payments_dead_letter.arn, "maxReceiveCount" = 5 })
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 180
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue_redrive_allow_policy" "payments_dead_letter" {
  queue_url            = aws_sqs_queue.payments_dead_letter.url
  redrive_allow_policy = jsonencode({ "redrivePermission" = "byQueue", "sourceQueueArns" = [aws_sqs_queue.payments.arn] })
}

resource "aws_cloudwatch_log_group" "payments" {
  name              = "/aws/lambda/shop-production-payments"
  retention_in_days = 30
}

data "aws_iam_policy_document" "payments_assume_role" {
  statement {
    actions = [
      "sts:AssumeRole"
    ]
    principals {
      identifiers = [
        "lambda.amazonaws.com"
      ]
      type = "Service"
    }
  }
}

resource "aws_iam_role" "payments" {
  assume_role_policy = data.aws_iam_policy_document.payments_assume_role.json
  name               = "shop-production-payments"
  path               = "/"
}

data "aws_iam_policy_document" "payments" {
  statement {
    actions = [
      "logs:CreateLogStream",
      "logs:PutLogEvents"
    ]
    resources = [
      "${aws_cloudwatch_log_group.payments.arn}:*"
    ]
    sid = "WriteLogs"
  }
  statement {
    actions = [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ChangeMessageVisibility"
    ]
    resources = [
      aws_sqs_queue.payments.arn
    ]
    sid = "ConsumeQueue"
  }
}

resource "aws_iam_role_policy" "payments" {
  name   = "shop-production-payments"
  policy = data.aws_iam_policy_document.payments.json
  role   = aws_iam_role.payments.name
}

resource "aws_lambda_function" "payments" {
  architectures = [
    "arm64"
  ]
  filename         = "assets/payments_code_6A267DCC/d6096d4e47e79214/pay.zip"
  function_name    = "shop-production-payments"
  handler          = "index.handler"
  memory_size      = 256
  role             = aws_iam_role.payments.arn
  runtime          = "nodejs22.x"
  source_code_hash = "1gltTkfnkhSWbH/oc6nmNVvr16hxNwR998tMDi5HgzY="
  timeout          = 30
  environment {
    variables = {
      NODE_OPTIONS = "--enable-source-maps"
      HOLDFAST     = jsonencode({ "sources" = zipmap([aws_sqs_queue.payments.arn], [{ "response" = "partial", "timeout" = 30 }]) })
    }
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.payments.name
  }
  tracing_config {
    mode = "PassThrough"
  }
  depends_on = [
    aws_iam_role_policy.payments,
  ]
}

resource "aws_lambda_event_source_mapping" "payments" {
  batch_size       = 10
  enabled          = true
  event_source_arn = aws_sqs_queue.payments.arn
  function_name    = aws_lambda_function.payments.arn
  function_response_types = [
    "ReportBatchItemFailures"
  ]
  depends_on = [
    aws_iam_role_policy.payments,
    aws_sqs_queue_redrive_allow_policy.payments_dead_letter,
  ]
}

resource "aws_cloudwatch_metric_alarm" "payments_dead_letter_depth" {
  alarm_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  alarm_description   = "Messages failed as often as they may and wait in the dead-letter queue. Find and mend the cause, then send them back: aws sqs start-message-move-task --region eu-central-1 --source-arn ${aws_sqs_queue.payments_dead_letter.arn} --max-number-of-messages-per-second 10"
  alarm_name          = "shop-production-payments-dead-letter-depth"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.payments_dead_letter.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateNumberOfMessagesVisible"
  namespace          = "AWS/SQS"
  ok_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  period             = 60
  statistic          = "Maximum"
  threshold          = 1
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "payments_oldest_message_age" {
  alarm_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  alarm_description   = "The oldest message is older than one that failed at each receive would be: the function is throttled, disabled or too slow for what arrives, or a message group is blocked. What reaches the queue's retention is lost."
  alarm_name          = "shop-production-payments-oldest-message-age"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.payments.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateAgeOfOldestMessage"
  namespace          = "AWS/SQS"
  ok_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  period             = 60
  statistic          = "Maximum"
  threshold          = 900
  treat_missing_data = "notBreaching"
}

output "payments_queue_arn" {
  value       = aws_sqs_queue.payments.arn
  description = "ARN of the queue."
}

output "payments_queue_url" {
  value       = aws_sqs_queue.payments.url
  description = "URL of the queue: where senders send."
}

output "payments_dead_letter_queue_arn" {
  value       = aws_sqs_queue.payments_dead_letter.arn
  description = "ARN of the dead-letter queue."
}

output "payments_function_arn" {
  value       = aws_lambda_function.payments.arn
  description = "ARN of the function."
}

output "payments_redrive_command" {
  value       = "aws sqs start-message-move-task --region eu-central-1 --source-arn ${aws_sqs_queue.payments_dead_letter.arn} --max-number-of-messages-per-second 10"
  description = "Sends the messages of the dead-letter queue back to their queue. Run it when the cause is mended."
}

resource "aws_sqs_queue" "shipments_dead_letter" {
  content_based_deduplication = false
  fifo_queue                  = true
  message_retention_seconds   = 1209600
  name                        = "shop-production-shipments-dead-letter.fifo"
  sqs_managed_sse_enabled     = true
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue" "shipments" {
  content_based_deduplication = false
  fifo_queue                  = true
  message_retention_seconds   = 345600
  name                        = "shop-production-shipments.fifo"
  redrive_policy              = jsonencode({ "deadLetterTargetArn" = aws_sqs_queue.shipments_dead_letter.arn, "maxReceiveCount" = 5 })
  sqs_managed_sse_enabled     = true
  visibility_timeout_seconds  = 180
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_sqs_queue_redrive_allow_policy" "shipments_dead_letter" {
  queue_url            = aws_sqs_queue.shipments_dead_letter.url
  redrive_allow_policy = jsonencode({ "redrivePermission" = "byQueue", "sourceQueueArns" = [aws_sqs_queue.shipments.arn] })
}

resource "aws_cloudwatch_log_group" "shipments" {
  name              = "/aws/lambda/shop-production-shipments"
  retention_in_days = 30
}

data "aws_iam_policy_document" "shipments_assume_role" {
  statement {
    actions = [
      "sts:AssumeRole"
    ]
    principals {
      identifiers = [
        "lambda.amazonaws.com"
      ]
      type = "Service"
    }
  }
}

resource "aws_iam_role" "shipments" {
  assume_role_policy = data.aws_iam_policy_document.shipments_assume_role.json
  name               = "shop-production-shipments"
  path               = "/"
}

data "aws_iam_policy_document" "shipments" {
  statement {
    actions = [
      "logs:CreateLogStream",
      "logs:PutLogEvents"
    ]
    resources = [
      "${aws_cloudwatch_log_group.shipments.arn}:*"
    ]
    sid = "WriteLogs"
  }
  statement {
    actions = [
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ChangeMessageVisibility"
    ]
    resources = [
      aws_sqs_queue.shipments.arn
    ]
    sid = "ConsumeQueue"
  }
}

resource "aws_iam_role_policy" "shipments" {
  name   = "shop-production-shipments"
  policy = data.aws_iam_policy_document.shipments.json
  role   = aws_iam_role.shipments.name
}

resource "aws_lambda_function" "shipments" {
  architectures = [
    "arm64"
  ]
  filename         = "assets/shipments_code_917FAC81/2e8e9ebb2b803eda/ship.zip"
  function_name    = "shop-production-shipments"
  handler          = "index.handler"
  memory_size      = 256
  role             = aws_iam_role.shipments.arn
  runtime          = "nodejs22.x"
  source_code_hash = "Lo6euyuAPtrKbIsq7ooJTzmWrQWY3jin5YhaSdDqTSQ="
  timeout          = 30
  environment {
    variables = {
      NODE_OPTIONS = "--enable-source-maps"
      HOLDFAST     = jsonencode({ "sources" = zipmap([aws_sqs_queue.shipments.arn], [{ "response" = "partial", "timeout" = 30 }]) })
    }
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.shipments.name
  }
  tracing_config {
    mode = "PassThrough"
  }
  depends_on = [
    aws_iam_role_policy.shipments,
  ]
}

resource "aws_lambda_event_source_mapping" "shipments" {
  batch_size       = 10
  enabled          = true
  event_source_arn = aws_sqs_queue.shipments.arn
  function_name    = aws_lambda_function.shipments.arn
  function_response_types = [
    "ReportBatchItemFailures"
  ]
  depends_on = [
    aws_iam_role_policy.shipments,
    aws_sqs_queue_redrive_allow_policy.shipments_dead_letter,
  ]
}

resource "aws_cloudwatch_metric_alarm" "shipments_dead_letter_depth" {
  alarm_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  alarm_description   = "Messages failed as often as they may and wait in the dead-letter queue. Find and mend the cause, then send them back: aws sqs start-message-move-task --region eu-central-1 --source-arn ${aws_sqs_queue.shipments_dead_letter.arn} --max-number-of-messages-per-second 10"
  alarm_name          = "shop-production-shipments-dead-letter-depth"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.shipments_dead_letter.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateNumberOfMessagesVisible"
  namespace          = "AWS/SQS"
  ok_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  period             = 60
  statistic          = "Maximum"
  threshold          = 1
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "shipments_oldest_message_age" {
  alarm_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  alarm_description   = "The oldest message is older than one that failed at each receive would be: the function is throttled, disabled or too slow for what arrives, or a message group is blocked. What reaches the queue's retention is lost."
  alarm_name          = "shop-production-shipments-oldest-message-age"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.shipments.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateAgeOfOldestMessage"
  namespace          = "AWS/SQS"
  ok_actions = [
    "arn:aws:sns:eu-central-1:444455556666:incidents"
  ]
  period             = 60
  statistic          = "Maximum"
  threshold          = 900
  treat_missing_data = "notBreaching"
}

output "shipments_queue_arn" {
  value       = aws_sqs_queue.shipments.arn
  description = "ARN of the queue."
}

output "shipments_queue_url" {
  value       = aws_sqs_queue.shipments.url
  description = "URL of the queue: where senders send."
}

output "shipments_dead_letter_queue_arn" {
  value       = aws_sqs_queue.shipments_dead_letter.arn
  description = "ARN of the dead-letter queue."
}

output "shipments_function_arn" {
  value       = aws_lambda_function.shipments.arn
  description = "ARN of the function."
}

output "shipments_redrive_command" {
  value       = "aws sqs start-message-move-task --region eu-central-1 --source-arn ${aws_sqs_queue.shipments_dead_letter.arn} --max-number-of-messages-per-second 10"
  description = "Sends the messages of the dead-letter queue back to their queue. Run it when the cause is mended."
}
