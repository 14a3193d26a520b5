/** Addresses of the clean configurations, and one resource more beside them. */
import type { Body, Config } from "./configurations.ts";

export const work = "aws_sqs_queue.work";
export const dlq = "aws_sqs_queue.work_dlq";
export const worker = "aws_lambda_function.worker";
export const mapping = "aws_lambda_event_source_mapping.work";
export const clicks = "aws_lambda_event_source_mapping.clicks";
export const clicker = "aws_lambda_function.clicker";
export const stream = "aws_kinesis_stream.clicks";
export const orders = "aws_lambda_event_source_mapping.orders";
export const rule = "aws_cloudwatch_event_rule.placed";
export const target = "aws_cloudwatch_event_target.placed";
export const mailer = "aws_lambda_function.mailer";
export const invoke = "aws_lambda_function_event_invoke_config.mailer";
export const nightly = "aws_scheduler_schedule.nightly";
export const news = "aws_sns_topic_subscription.news";
export const photos = "aws_s3_bucket_notification.photos";

/** A configuration of one resource. */
export function resource(type: string, name: string, values: Body): Config {
  return { resource: { [type]: { [name]: values } }, data: {} };
}

/** The ARN of something outside the configuration. */
export function arn(service: string, name: string): string {
  return `arn:aws:${service}:eu-west-1:111122223333:${name}`;
}
