variable "tenant" {
  type = string
}

module "bucket" {
  source   = "../bucket"
  name     = "documents-${var.tenant}"
  function = aws_lambda_alias.live.arn
  suffixes = [".pdf", ".docx"]
}

resource "aws_lambda_function" "extract" {
  function_name = "extract-${var.tenant}"
  role          = aws_iam_role.extract.arn
  package_type  = "Image"
  image_uri     = "111122223333.dkr.ecr.eu-north-1.amazonaws.com/extract:1"
  timeout       = 120
  publish       = true

  dead_letter_config {
    target_arn = aws_sns_topic.failed.arn
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.extract.function_name
  function_version = aws_lambda_function.extract.version
}

resource "aws_lambda_function_event_invoke_config" "extract" {
  function_name                = aws_lambda_function.extract.function_name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 3600
}

resource "aws_lambda_permission" "bucket" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.extract.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "s3.amazonaws.com"
  source_arn    = module.bucket.arn
}

resource "aws_sns_topic" "failed" {
  name = "extract-${var.tenant}-failed"
}

resource "aws_iam_role" "extract" {
  name = "extract-${var.tenant}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })

  inline_policy {
    name = "publish"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = ["sns:Publish"], Resource = [aws_sns_topic.failed.arn] }]
    })
  }
}
