/**
 * What a QueueConsumer makes, written with the provider's own classes: the yardstick. Addresses and names are those of
 * the construct, so that the two syntheses can be compared resource by resource.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy/index.js";
import { AssetType, Fn, TerraformAsset, type TerraformElement, TerraformOutput, type TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { environment } from "./stack.ts";

/** A queue, its dead-letter queue, function, role, logs, mapping, alarms and outputs. */
export function handWrittenConsumer(scope: TerraformStack, id: string, zipFile: string): void {
  const stack = new Construct(scope, id);
  const name = `shop-${id}`;

  const deadLetterQueue = new SqsQueue(stack, "dead-letter-queue", {
    name: `${name}-dead-letter`,
    sqsManagedSseEnabled: true,
    messageRetentionSeconds: 1_209_600,
  });
  at(deadLetterQueue, `${id}_dead_letter`);
  const queue = new SqsQueue(stack, "queue", {
    name,
    sqsManagedSseEnabled: true,
    visibilityTimeoutSeconds: 180,
    messageRetentionSeconds: 345_600,
    redrivePolicy: Fn.jsonencode({ deadLetterTargetArn: deadLetterQueue.arn, maxReceiveCount: 5 }),
  });
  at(queue, id);
  const allowed = new SqsQueueRedriveAllowPolicy(stack, "redrive-allow-policy", {
    queueUrl: deadLetterQueue.url,
    redriveAllowPolicy: Fn.jsonencode({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
  });
  at(allowed, `${id}_dead_letter`);

  const logGroup = new CloudwatchLogGroup(stack, "logs", { name: `/aws/lambda/${name}`, retentionInDays: 30 });
  at(logGroup, id);
  const assumeRole = new DataAwsIamPolicyDocument(stack, "assume-role", {
    statement: [
      { actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: ["lambda.amazonaws.com"] }] },
    ],
  });
  at(assumeRole, `${id}_assume_role`);
  const role = new IamRole(stack, "role", { name, path: "/", assumeRolePolicy: assumeRole.json });
  at(role, id);
  const document = new DataAwsIamPolicyDocument(stack, "policy", {
    statement: [
      { sid: "WriteLogs", actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [`${logGroup.arn}:*`] },
      {
        sid: "ConsumeQueue",
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
        resources: [queue.arn],
      },
    ],
  });
  at(document, id);
  const rolePolicy = new IamRolePolicy(stack, "role-policy", { name, role: role.name, policy: document.json });
  at(rolePolicy, id);

  const code = new TerraformAsset(stack, "code", { path: zipFile, type: AssetType.FILE });
  const lambda = new LambdaFunction(stack, "function", {
    functionName: name,
    role: role.arn,
    filename: code.path,
    sourceCodeHash: createHash("sha256").update(readFileSync(zipFile)).digest("base64"),
    handler: "index.handler",
    runtime: "nodejs22.x",
    architectures: ["arm64"],
    memorySize: 256,
    timeout: 30,
    environment: {
      variables: {
        HOLDFAST: Fn.jsonencode({ sources: Fn.zipmap([queue.arn], [{ response: "partial", timeout: 30 }]) }),
      },
    },
    loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
    tracingConfig: { mode: "PassThrough" },
    dependsOn: [rolePolicy],
  });
  at(lambda, id);
  const mapping = new LambdaEventSourceMapping(stack, "mapping", {
    eventSourceArn: queue.arn,
    functionName: lambda.arn,
    enabled: true,
    batchSize: 10,
    functionResponseTypes: ["ReportBatchItemFailures"],
    dependsOn: [rolePolicy, allowed],
  });
  at(mapping, id);

  const redrive = `aws sqs start-message-move-task --region ${environment.region} --source-arn ${deadLetterQueue.arn} --max-number-of-messages-per-second 10`;
  const alarm = {
    namespace: "AWS/SQS",
    statistic: "Maximum",
    period: 60,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: "notBreaching",
    alarmActions: [environment.notify],
    okActions: [environment.notify],
  };
  const depth = new CloudwatchMetricAlarm(stack, "depth", {
    ...alarm,
    alarmName: `${name}-dead-letter-depth`,
    alarmDescription: `Messages wait in the dead-letter queue. Send them back with: ${redrive}`,
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: deadLetterQueue.name },
    threshold: 1,
  });
  at(depth, `${id}_dead_letter_depth`);
  const age = new CloudwatchMetricAlarm(stack, "age", {
    ...alarm,
    alarmName: `${name}-oldest-message-age`,
    alarmDescription: "The queue is not being emptied.",
    metricName: "ApproximateAgeOfOldestMessage",
    dimensions: { QueueName: queue.name },
    threshold: 900,
  });
  at(age, `${id}_oldest_message_age`);

  for (const [part, value] of [
    ["queue_arn", queue.arn],
    ["queue_url", queue.url],
    ["dead_letter_queue_arn", deadLetterQueue.arn],
    ["function_arn", lambda.arn],
    ["redrive_command", redrive],
  ] as const) {
    at(new TerraformOutput(stack, part, { value, description: `Of ${id}.` }), `${id}_${part}`);
  }
}

const at = (element: TerraformElement, address: string): void => element.overrideLogicalId(address);
