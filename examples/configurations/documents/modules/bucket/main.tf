variable "name" {
  type = string
}

variable "function" {
  type = string
}

variable "suffixes" {
  type = list(string)
}

resource "aws_s3_bucket" "this" {
  bucket = var.name
}

resource "aws_s3_bucket_notification" "this" {
  bucket = aws_s3_bucket.this.id

  dynamic "lambda_function" {
    for_each = var.suffixes
    content {
      lambda_function_arn = var.function
      events              = ["s3:ObjectCreated:*"]
      filter_suffix       = lambda_function.value
    }
  }
}

output "arn" {
  value = aws_s3_bucket.this.arn
}
