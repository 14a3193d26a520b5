/** The least whole configuration: a queue with a dead-letter queue, and a function that may read it. */

const allows = (Action: readonly string[], onWhom: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, ...onWhom }] });

/** A trust policy that lets Lambda take the role. */
export const lambdaTrust = allows(["sts:AssumeRole"], { Principal: { Service: "lambda.amazonaws.com" } });

/** As `cdk.tf.json` has it. */
export const workStack = {
  provider: { aws: [{ region: "eu-west-1" }] },
  resource: {
    aws_sqs_queue: {
      work: {
        name: "work",
        redrive_policy: '{"deadLetterTargetArn":"${aws_sqs_queue.letters.arn}","maxReceiveCount":2}',
      },
      letters: { name: "letters", message_retention_seconds: 1_209_600 },
    },
    aws_iam_role: { work: { name: "work", assume_role_policy: lambdaTrust } },
    aws_iam_role_policy: {
      work: {
        role: "${aws_iam_role.work.name}",
        policy: allows(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], { Resource: "*" }),
      },
    },
    aws_lambda_function: {
      work: {
        function_name: "work",
        role: "${aws_iam_role.work.arn}",
        handler: "index.handler",
        runtime: "nodejs22.x",
      },
    },
    aws_lambda_event_source_mapping: {
      work: { event_source_arn: "${aws_sqs_queue.work.arn}", function_name: "${aws_lambda_function.work.arn}" },
    },
  },
};
