resource "aws_sqs_queue" "dead_letter" {
  message_retention_seconds = 1209600
  name                      = "${var.name}-dead-letter"
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_sqs_queue" "this" {
  message_retention_seconds  = var.retention
  name                       = var.name
  redrive_policy             = jsonencode({ "deadLetterTargetArn" = aws_sqs_queue.dead_letter.arn, "maxReceiveCount" = var.max_receive_count })
  sqs_managed_sse_enabled    = true
  tags                       = var.tags
  visibility_timeout_seconds = ((6 * var.timeout) + var.batching_window)
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  queue_url            = aws_sqs_queue.dead_letter.url
  redrive_allow_policy = jsonencode({ "redrivePermission" = "byQueue", "sourceQueueArns" = [aws_sqs_queue.this.arn] })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

data "aws_iam_policy_document" "assume_role" {
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

resource "aws_iam_role" "this" {
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
  name                 = var.name
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

data "aws_iam_policy_document" "this" {
  statement {
    actions = [
      "logs:CreateLogStream",
      "logs:PutLogEvents"
    ]
    resources = [
      "${aws_cloudwatch_log_group.this.arn}:*"
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
      aws_sqs_queue.this.arn
    ]
    sid = "ConsumeQueue"
  }
}

resource "aws_iam_role_policy" "this" {
  name   = var.name
  policy = data.aws_iam_policy_document.this.json
  role   = aws_iam_role.this.name
}

resource "aws_lambda_function" "this" {
  architectures = [
    var.architecture
  ]
  filename                       = var.filename
  function_name                  = var.name
  handler                        = var.handler
  layers                         = var.layers
  memory_size                    = var.memory_size
  reserved_concurrent_executions = var.reserved_concurrency
  role                           = aws_iam_role.this.arn
  runtime                        = var.runtime
  source_code_hash               = filebase64sha256(var.filename)
  tags                           = var.tags
  timeout                        = var.timeout
  environment {
    variables = merge(var.environment, { "HOLDFAST" = jsonencode({ "sources" = zipmap([aws_sqs_queue.this.arn], [{ "response" = "partial", "timeout" = var.timeout }]) }) })
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }
  tracing_config {
    mode = "PassThrough"
  }
  depends_on = [
    aws_iam_role_policy.this,
  ]
}

resource "aws_lambda_event_source_mapping" "this" {
  batch_size       = var.batch_size
  enabled          = var.enabled
  event_source_arn = aws_sqs_queue.this.arn
  function_name    = aws_lambda_function.this.arn
  function_response_types = [
    "ReportBatchItemFailures"
  ]
  maximum_batching_window_in_seconds = var.batching_window
  tags                               = var.tags
  depends_on = [
    aws_iam_role_policy.this,
    aws_sqs_queue_redrive_allow_policy.dead_letter,
  ]
  dynamic "scaling_config" {
    for_each = var.maximum_concurrency[*]
    content {
      maximum_concurrency = scaling_config.value
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letter_depth" {
  alarm_actions       = var.notify[*]
  alarm_description   = "Messages failed as often as they may and wait in the dead-letter queue. Find and mend the cause, then send them back: aws sqs start-message-move-task --region ${element(split(":", aws_sqs_queue.dead_letter.arn), 3)} --source-arn ${aws_sqs_queue.dead_letter.arn} --max-number-of-messages-per-second 10"
  alarm_name          = "${var.name}-dead-letter-depth"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.dead_letter.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateNumberOfMessagesVisible"
  namespace          = "AWS/SQS"
  ok_actions         = var.notify[*]
  period             = 60
  statistic          = "Maximum"
  tags               = var.tags
  threshold          = 1
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "oldest_message_age" {
  alarm_actions       = var.notify[*]
  alarm_description   = "The oldest message is older than one that failed at each receive would be: the function is throttled, disabled or too slow for what arrives, or a message group is blocked. What reaches the queue's retention is lost."
  alarm_name          = "${var.name}-oldest-message-age"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.this.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateAgeOfOldestMessage"
  namespace          = "AWS/SQS"
  ok_actions         = var.notify[*]
  period             = 60
  statistic          = "Maximum"
  tags               = var.tags
  threshold          = min(((var.max_receive_count * ((6 * var.timeout) + var.batching_window)) + var.batching_window), floor((var.retention / 2)))
  treat_missing_data = "notBreaching"
}
