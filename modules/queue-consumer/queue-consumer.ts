import type { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import type { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import type { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy/index.js";
import type { SqsQueueRedrivePolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-policy/index.js";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { noCode } from "../code/code.ts";
import { writeAcknowledgements } from "../stack/acknowledge.ts";
import { claim } from "../stack/claims.ts";
import { defaultName } from "../stack/naming.ts";
import { refuse } from "../stack/refusals.ts";
import { wellFormed } from "../stack/shapes.ts";
import { type QueueFigures, queueFigures } from "./figures.ts";
import { makeOutput, refuseForeignQueue, warnOfUnfinished } from "./outputs.ts";
import {
  allowRedrive,
  attachRedrive,
  handlerSettings,
  makeAlarms,
  makeConsumer,
  makeDeadLetterQueue,
  makeMapping,
  makeQueue,
  redriveCommandOf,
} from "./parts.ts";
import { type QueueConsumerProps, queueConsumerProps } from "./props.ts";
import { ofStreams, queueConsumerRefusals } from "./refusals.ts";

/**
 * SQS → Lambda: a queue, its dead-letter queue, the function that consumes it, and the permissions and alarms between
 * them. A message that fails is retried alone; one that fails `maxReceiveCount` times stands in the dead-letter queue and
 * somebody is told.
 *
 * A prop may be a Terraform expression; figures that derive from it then are expressions too. Values that AWS would
 * reject are errors at synth, all of a stack at once.
 *
 * @throws BundleError | ZipError when the code cannot be built or read
 */
export class QueueConsumer extends Construct {
  /** The queue; `undefined` where it exists already. */
  readonly queue: SqsQueue | undefined;
  /** The dead-letter queue; `undefined` where an existing queue has its own. */
  readonly deadLetterQueue: SqsQueue | undefined;
  /** Lets the queue, and no other, use the dead-letter queue. */
  readonly redriveAllowPolicy: SqsQueueRedriveAllowPolicy | undefined;
  /** The redrive policy that was attached to an existing queue. */
  readonly redrivePolicy: SqsQueueRedrivePolicy | undefined;
  /** The function; `undefined` with `existing()`. */
  readonly function: LambdaFunction | undefined;
  /** The function's role; `undefined` with `existing()`. */
  readonly role: IamRole | undefined;
  /** What the function may do. */
  readonly rolePolicy: IamRolePolicy;
  /** The function's log group; `undefined` with `existing()`. */
  readonly logGroup: CloudwatchLogGroup | undefined;
  /** The event source mapping between queue and function. */
  readonly mapping: LambdaEventSourceMapping;
  /** Fires when a message stands in the dead-letter queue; `undefined` with `alarms: "none"`. */
  readonly deadLetterDepthAlarm: CloudwatchMetricAlarm | undefined;
  /** Fires when the queue is not being emptied; `undefined` with `alarms: "none"`. */
  readonly oldestMessageAgeAlarm: CloudwatchMetricAlarm | undefined;

  /** ARN of the queue, made or existing. */
  readonly queueArn: string;
  /** URL of the queue, made or existing: where senders send. */
  readonly queueUrl: string;
  /** ARN of the dead-letter queue, made or existing. */
  readonly deadLetterQueueArn: string;
  /** ARN of the function, made or existing. */
  readonly functionArn: string;
  /** The AWS command that sends the messages of the dead-letter queue back to their queue. */
  readonly redriveCommand: string;
  /** The figures of the path: what was derived, and what it was derived from. */
  readonly figures: QueueFigures;
  /** What the handler is told in the environment variable `HOLDFAST`; an existing function needs it there. */
  readonly handlerSettings: string;

  constructor(scope: Construct, id: string, said: QueueConsumerProps) {
    super(scope, id);
    writeAcknowledgements(TerraformStack.of(this));
    const sound = wellFormed("", said, queueConsumerProps, { required: ["code"], elsewhere: ofStreams });
    const props = { code: noCode, ...sound.props };
    const name = props.name ?? defaultName(this);
    refuse(this, sound.problems, queueConsumerRefusals, { ...props, name });
    claim(this, "the name", name);
    refuseForeignQueue(this, props);
    this.figures = queueFigures(props);
    const plan = { owner: this, name, props, figures: this.figures };

    const deadLetterQueue = makeDeadLetterQueue(plan);
    const queue = makeQueue(plan, deadLetterQueue);
    this.deadLetterQueue = deadLetterQueue.made;
    this.deadLetterQueueArn = deadLetterQueue.arn;
    this.queue = queue.made;
    this.queueArn = queue.arn;
    this.queueUrl = queue.url;
    this.redriveAllowPolicy = allowRedrive(plan, queue, deadLetterQueue);
    this.redrivePolicy = attachRedrive(plan, queue, deadLetterQueue, this.redriveAllowPolicy);

    this.handlerSettings = handlerSettings(plan, queue);
    const consumer = makeConsumer(plan, queue, this.handlerSettings);
    this.function = consumer.function;
    this.functionArn = consumer.arn;
    this.role = consumer.role;
    this.rolePolicy = consumer.rolePolicy;
    this.logGroup = consumer.logGroup;
    this.mapping = makeMapping(plan, queue, consumer, [this.redriveAllowPolicy, this.redrivePolicy]);

    this.redriveCommand = redriveCommandOf(this, deadLetterQueue);
    const alarms = makeAlarms(plan, queue, deadLetterQueue, this.redriveCommand);
    this.deadLetterDepthAlarm = alarms.depth;
    this.oldestMessageAgeAlarm = alarms.age;

    const rows = [
      { part: "queue_arn", value: this.queueArn, description: "ARN of the queue." },
      { part: "queue_url", value: this.queueUrl, description: "URL of the queue: where senders send." },
      { part: "dead_letter_queue_arn", value: this.deadLetterQueueArn, description: "ARN of the dead-letter queue." },
      { part: "function_arn", value: this.functionArn, description: "ARN of the function." },
      {
        part: "redrive_command",
        value: this.redriveCommand,
        description:
          "Sends the messages of the dead-letter queue back to their queue. Run it when the cause is mended.",
      },
    ];
    for (const row of rows) makeOutput(this, row);
    warnOfUnfinished(this, props, alarms.depth !== undefined);
  }
}
