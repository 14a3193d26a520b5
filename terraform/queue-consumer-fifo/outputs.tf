output "queue_arn" {
  value       = aws_sqs_queue.this.arn
  description = "ARN of the queue."
}

output "queue_url" {
  value       = aws_sqs_queue.this.url
  description = "URL of the queue: where senders send."
}

output "dead_letter_queue_arn" {
  value       = aws_sqs_queue.dead_letter.arn
  description = "ARN of the dead-letter queue."
}

output "function_arn" {
  value       = aws_lambda_function.this.arn
  description = "ARN of the function."
}

output "redrive_command" {
  value       = "aws sqs start-message-move-task --region ${element(split(":", aws_sqs_queue.dead_letter.arn), 3)} --source-arn ${aws_sqs_queue.dead_letter.arn} --max-number-of-messages-per-second 10"
  description = "Sends the messages of the dead-letter queue back to their queue. Run it when the cause is mended."
}

output "queue_name" {
  value       = aws_sqs_queue.this.name
  description = "Name of the queue."
}

output "dead_letter_queue_name" {
  value       = aws_sqs_queue.dead_letter.name
  description = "Name of the dead-letter queue."
}

output "function_name" {
  value       = aws_lambda_function.this.function_name
  description = "Name of the function."
}

output "role_name" {
  value       = aws_iam_role.this.name
  description = "Name of the function's role, to give it what its own code needs."
}
