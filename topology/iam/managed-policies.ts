/**
 * What the AWS-managed policies that are attached to functions allow, as far as event paths need it. One that is not
 * here is not known, and never taken for a missing permission.
 *
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */

const logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/** Name to actions on every resource. */
export const managedPolicies: Readonly<Record<string, readonly string[]>> = {
  AWSLambdaBasicExecutionRole: logs,
  AWSLambdaVPCAccessExecutionRole: [
    ...logs,
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  AWSLambdaSQSQueueExecutionRole: [...logs, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
  AWSLambdaKinesisExecutionRole: [
    ...logs,
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
  ],
  AWSLambdaDynamoDBExecutionRole: [
    ...logs,
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
  ],
  AWSXRayDaemonWriteAccess: ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSampling*"],
  AWSXrayWriteOnlyAccess: ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSampling*"],
  CloudWatchLambdaInsightsExecutionRolePolicy: logs,
  CloudWatchLogsFullAccess: ["logs:*"],
  AmazonSQSFullAccess: ["sqs:*"],
  AmazonSQSReadOnlyAccess: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:List*", "sqs:ReceiveMessage"],
  AmazonSNSFullAccess: ["sns:*"],
  AmazonKinesisFullAccess: ["kinesis:*"],
  AmazonKinesisReadOnlyAccess: ["kinesis:Get*", "kinesis:List*", "kinesis:Describe*"],
  // What it allows of other services is read and set up: it sends, reads and invokes nothing there.
  AmazonDynamoDBFullAccess: ["dynamodb:*"],
  AmazonS3FullAccess: ["s3:*", "s3-object-lambda:*"],
  AmazonS3ReadOnlyAccess: ["s3:Get*", "s3:List*", "s3:Describe*"],
  AmazonEventBridgeFullAccess: ["events:*", "schemas:*", "scheduler:*", "pipes:*"],
  AWSLambda_FullAccess: ["lambda:*", "logs:DescribeLogGroups", "kms:DescribeKey", "kms:ListAliases"],
  AWSLambdaRole: ["lambda:InvokeFunction"],
  AdministratorAccess: ["*"],
};

/** The name of an AWS-managed policy, undefined for an ARN of any other. */
export function managedPolicyName(arn: string): string | undefined {
  return /^arn:[^:]+:iam::aws:policy\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]+)$/.exec(arn)?.[1];
}
