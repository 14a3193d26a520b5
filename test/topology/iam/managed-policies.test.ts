/** What AWS's own policies allow: their texts, as far as event paths need them. */
import { managedPolicy, managedPolicyName } from "../../../topology/iam/managed-policies.ts";
import { parsePolicy } from "../../../topology/iam/policy.ts";
import { judged, own, role, subject } from "../../support/iam.ts";

const arns: Readonly<Record<string, string>> = {
  sqs: `arn:aws:sqs:eu-west-1:${own}:q`,
  sns: `arn:aws:sns:eu-west-1:${own}:t`,
  kinesis: `arn:aws:kinesis:eu-west-1:${own}:stream/s`,
  dynamodb: `arn:aws:dynamodb:eu-west-1:${own}:table/t`,
  s3: "arn:aws:s3:::b/o",
  events: `arn:aws:events:eu-west-1:${own}:event-bus/b`,
  lambda: `arn:aws:lambda:eu-west-1:${own}:function:f`,
  kms: `arn:aws:kms:eu-west-1:${own}:key/1`,
  states: `arn:aws:states:eu-west-1:${own}:stateMachine:m`,
  firehose: `arn:aws:firehose:eu-west-1:${own}:deliverystream/d`,
  ecs: `arn:aws:ecs:eu-west-1:${own}:task-definition/t:1`,
  iam: `arn:aws:iam::${own}:role/r`,
};
const actions = [
  "sqs:SendMessage",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sns:Publish",
  "kinesis:GetRecords",
  "kinesis:GetShardIterator",
  "kinesis:DescribeStream",
  "kinesis:ListShards",
  "kinesis:SubscribeToShard",
  "kinesis:PutRecord",
  "dynamodb:GetRecords",
  "dynamodb:PutItem",
  "s3:PutObject",
  "s3:ListBucket",
  "events:PutEvents",
  "lambda:InvokeFunction",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "states:StartExecution",
  "firehose:PutRecord",
  "ecs:RunTask",
  "iam:PassRole",
];

/** Of the actions that edges ask for, those that a policy allows. */
function allowed(name: string): string[] {
  const statements = parsePolicy(managedPolicy(name) ?? "", name) ?? [];
  return actions.filter((action) => {
    const arn = arns[action.split(":")[0] ?? ""] ?? "";
    const keys = { "iam:passedtoservice": "ecs-tasks.amazonaws.com" };
    const request = { action, resource: subject("x", arn), principal: role(), keys };
    return judged({ mine: { statements, unknown: [] }, request }).state === "granted";
  });
}

const reads = (service: string): string[] => actions.filter((one) => one.startsWith(`${service}:`));
const stream = ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"];

test.each<readonly [string, readonly string[]]>([
  ["AWSLambdaBasicExecutionRole", []],
  ["AWSLambdaVPCAccessExecutionRole", []],
  ["AWSLambdaENIManagementAccess", []],
  ["AWSLambdaSQSQueueExecutionRole", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]],
  ["AWSLambdaKinesisExecutionRole", [...stream, "kinesis:SubscribeToShard"]],
  ["AWSLambdaDynamoDBExecutionRole", ["dynamodb:GetRecords"]],
  ["AWSLambdaInvocation-DynamoDB", ["dynamodb:GetRecords", "lambda:InvokeFunction"]],
  ["AWSLambdaMSKExecutionRole", []],
  ["AWSLambdaExecute", ["s3:PutObject"]],
  ["AWSLambdaRole", ["lambda:InvokeFunction"]],
  ["AWSLambda_FullAccess", ["lambda:InvokeFunction"]],
  ["AWSLambda_ReadOnlyAccess", []],
  ["AWSXRayDaemonWriteAccess", []],
  ["CloudWatchLambdaInsightsExecutionRolePolicy", []],
  ["CloudWatchLogsFullAccess", []],
  ["CloudWatchFullAccess", ["sns:Publish"]],
  ["CloudWatchFullAccessV2", []],
  ["AmazonSQSFullAccess", reads("sqs")],
  // It does not receive.
  ["AmazonSQSReadOnlyAccess", ["sqs:GetQueueAttributes"]],
  ["AmazonSNSFullAccess", ["sns:Publish"]],
  ["AmazonSNSReadOnlyAccess", []],
  ["AmazonKinesisFullAccess", reads("kinesis")],
  ["AmazonKinesisReadOnlyAccess", stream],
  ["AmazonKinesisFirehoseFullAccess", ["firehose:PutRecord"]],
  ["AmazonDynamoDBFullAccess", ["kinesis:DescribeStream", "dynamodb:GetRecords", "dynamodb:PutItem"]],
  ["AmazonDynamoDBReadOnlyAccess", ["kinesis:DescribeStream"]],
  ["AmazonS3FullAccess", ["s3:PutObject", "s3:ListBucket"]],
  ["AmazonS3ReadOnlyAccess", ["s3:ListBucket"]],
  ["AmazonEventBridgeFullAccess", ["events:PutEvents"]],
  ["CloudWatchEventsFullAccess", ["events:PutEvents"]],
  ["AmazonEventBridgeSchedulerFullAccess", []],
  ["CloudWatchEventsInvocationAccess", ["kinesis:PutRecord"]],
  ["AWSStepFunctionsFullAccess", ["states:StartExecution"]],
  ["AmazonEC2ContainerServiceEventsRole", ["ecs:RunTask", "iam:PassRole"]],
  ["AWSKeyManagementServicePowerUser", []],
  ["SecretsManagerReadWrite", []],
  ["PowerUserAccess", actions.filter((one) => one !== "iam:PassRole")],
  ["AdministratorAccess", actions],
])("%s", (name, expected) => {
  expect(managedPolicy(name)).toBeDefined();
  expect(allowed(name)).toEqual(actions.filter((one) => expected.includes(one)));
});

test.each(["AmazonChimeFullAccess", "constructor", "__proto__", ""])("%j is not known", (name) => {
  expect(managedPolicy(name)).toBeUndefined();
});

test.each([
  ["arn:aws:iam::aws:policy/AmazonSQSFullAccess", "AmazonSQSFullAccess"],
  ["arn:aws:iam::aws:policy/service-role/AWSLambdaRole", "AWSLambdaRole"],
  ["arn:aws-cn:iam::aws:policy/AWSLambdaInvocation-DynamoDB", "AWSLambdaInvocation-DynamoDB"],
  [`arn:aws:iam::${own}:policy/AmazonSQSFullAccess`, undefined],
  ["AmazonSQSFullAccess", undefined],
])("the name in %s", (arn, name) => {
  expect(managedPolicyName(arn)).toBe(name);
});
