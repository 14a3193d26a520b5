/**
 * What the policies that AWS manages allow, as far as event paths need it: of the services that take, hold or hand over
 * events, and of keys. One that is not here is not known, and never taken for a missing permission.
 *
 * Compared one by one with https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 * (`…/reference/NAME.html`).
 */

/** Actions, or all but some; on every resource where none is named. */
interface Allowed {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  readonly condition?: object;
}

const logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const tracing = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSampling*"];
const tableStreams = [
  "dynamodb:DescribeStream",
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:ListStreams",
];
const buses = ["events:*", "schemas:*", "scheduler:*", "pipes:*"];

function only(...actions: readonly string[]): readonly Allowed[] {
  return [{ actions }];
}

/** By name. */
const rows: Readonly<Record<string, readonly Allowed[]>> = {
  // Of functions.
  AWSLambdaBasicExecutionRole: only(...logs),
  AWSLambdaVPCAccessExecutionRole: only(
    ...logs,
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ),
  AWSLambdaENIManagementAccess: only("ec2:*NetworkInterface*", "ec2:*ssignPrivateIpAddresses"),
  AWSLambdaSQSQueueExecutionRole: only(...logs, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
  AWSLambdaKinesisExecutionRole: only(
    ...logs,
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
  ),
  AWSLambdaDynamoDBExecutionRole: only(...logs, ...tableStreams),
  "AWSLambdaInvocation-DynamoDB": only("lambda:InvokeFunction", ...tableStreams),
  AWSLambdaMSKExecutionRole: only(
    ...logs,
    "kafka:DescribeCluster",
    "kafka:DescribeClusterV2",
    "kafka:GetBootstrapBrokers",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
  ),
  AWSLambdaExecute: [
    { actions: ["logs:*"], resources: ["arn:aws:logs:*:*:*"] },
    { actions: ["s3:GetObject", "s3:PutObject"], resources: ["arn:aws:s3:::*"] },
  ],
  AWSLambdaRole: only("lambda:InvokeFunction"),
  AWSLambda_FullAccess: only("lambda:*", "logs:DescribeLogGroups", "kms:DescribeKey", "kms:ListAliases"),
  AWSLambda_ReadOnlyAccess: only("lambda:Get*", "lambda:List*", "kms:ListAliases"),
  AWSXRayDaemonWriteAccess: only(...tracing),
  AWSXrayWriteOnlyAccess: only(...tracing),
  CloudWatchLambdaInsightsExecutionRolePolicy: [
    { actions: ["logs:CreateLogGroup"] },
    {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: ["arn:aws:logs:*:*:log-group:/aws/lambda-insights:*"],
    },
  ],
  AmazonS3ObjectLambdaExecutionRolePolicy: only(...logs, "s3-object-lambda:WriteGetObjectResponse"),
  // Of services, whole or to look at. To look at a queue is not to receive from it.
  AmazonSQSFullAccess: only("sqs:*"),
  AmazonSQSReadOnlyAccess: only(
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListDeadLetterSourceQueues",
    "sqs:ListQueues",
    "sqs:ListMessageMoveTasks",
  ),
  AmazonSNSFullAccess: only("sns:*"),
  AmazonSNSReadOnlyAccess: only("sns:GetTopicAttributes", "sns:List*"),
  AmazonKinesisFullAccess: only("kinesis:*"),
  AmazonKinesisReadOnlyAccess: only("kinesis:Get*", "kinesis:List*", "kinesis:Describe*"),
  AmazonKinesisFirehoseFullAccess: only("firehose:*"),
  // What they allow of other services is read and set up: it sends, reads and invokes nothing there.
  AmazonDynamoDBFullAccess: only("dynamodb:*", "kinesis:ListStreams", "kinesis:DescribeStream*"),
  AmazonDynamoDBFullAccess_v2: only("dynamodb:*", "kinesis:ListStreams", "kinesis:DescribeStream*"),
  AmazonDynamoDBReadOnlyAccess: only(
    "dynamodb:BatchGetItem",
    "dynamodb:Describe*",
    "dynamodb:List*",
    "dynamodb:GetItem",
    "dynamodb:GetResourcePolicy",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "kinesis:ListStreams",
    "kinesis:DescribeStream*",
  ),
  AmazonS3FullAccess: only("s3:*", "s3-object-lambda:*"),
  AmazonS3ReadOnlyAccess: only(
    "s3:Get*",
    "s3:List*",
    "s3:Describe*",
    "s3-object-lambda:Get*",
    "s3-object-lambda:List*",
  ),
  AmazonSSMFullAccess: only("ssm:*", "logs:*", "ec2messages:*"),
  AmazonSSMReadOnlyAccess: only("ssm:Describe*", "ssm:Get*", "ssm:List*"),
  AWSKeyManagementServicePowerUser: only("kms:Describe*", "kms:GenerateRandom", "kms:Get*", "kms:List*"),
  SecretsManagerReadWrite: [
    { actions: ["secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys", "lambda:ListFunctions"] },
    { actions: ["lambda:InvokeFunction"], resources: ["arn:aws:lambda:*:*:function:SecretsManager*"] },
  ],
  // Of EventBridge and what its rules start.
  AmazonEventBridgeFullAccess: only(...buses),
  CloudWatchEventsFullAccess: only(...buses),
  AmazonEventBridgeSchedulerFullAccess: only("scheduler:*"),
  CloudWatchEventsInvocationAccess: only("kinesis:PutRecord"),
  AWSStepFunctionsFullAccess: only("states:*"),
  AWSAppSyncInvokeFullAccess: only("appsync:GraphQL"),
  AWSBatchServiceEventTargetRole: only("batch:SubmitJob"),
  AmazonEC2ContainerServiceEventsRole: [
    { actions: ["ecs:RunTask"] },
    {
      actions: ["iam:PassRole"],
      condition: { StringLike: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
  ],
  CloudWatchLogsFullAccess: only("logs:*"),
  CloudWatchFullAccess: only("cloudwatch:*", "logs:*", "sns:*"),
  CloudWatchFullAccessV2: only("cloudwatch:*", "logs:*", "sns:CreateTopic", "sns:List*", "sns:Subscribe", "xray:*"),
  // Of everything.
  AdministratorAccess: only("*"),
  PowerUserAccess: [{ notActions: ["iam:*", "organizations:*", "account:*"] }],
};

/** The JSON of a policy that AWS manages, undefined where it is not known here. */
export function managedPolicy(name: string): string | undefined {
  if (!Object.hasOwn(rows, name)) return undefined;
  const statements = (rows[name] ?? []).map(({ actions, notActions, resources = ["*"], condition }) => ({
    Effect: "Allow",
    ...(actions === undefined ? { NotAction: notActions } : { Action: actions }),
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The name of a policy that AWS manages, undefined for an ARN of any other. */
export function managedPolicyName(arn: string): string | undefined {
  return /^arn:[^:]+:iam::aws:policy\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]+)$/.exec(arn)?.[1];
}
