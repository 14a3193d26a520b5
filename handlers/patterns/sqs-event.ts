/**
 * What Lambda hands to a function for an SQS event source mapping, and what it understands as the answer. The names are
 * AWS's; the interfaces are structurally those of `@types/aws-lambda`, so that either may stand for the other.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */

/** One message attribute, as the producer set it. */
export interface QueueMessageAttribute {
  stringValue?: string | undefined;
  /** Base64. */
  binaryValue?: string | undefined;
  /** Reserved by AWS. */
  stringListValues?: string[] | undefined;
  /** Reserved by AWS. */
  binaryListValues?: string[] | undefined;
  /** `String`, `Number` or `Binary`, with an optional suffix of the producer's own: `Number.int`. */
  dataType: string;
}

/** What SQS knows about a message. Every value is text; times are epoch milliseconds. */
export interface QueueRecordAttributes {
  AWSTraceHeader?: string | undefined;
  /** How often the message has been received, this time included: `"1"` at first. A receive is not a failure (R61). */
  ApproximateReceiveCount: string;
  SentTimestamp: string;
  SenderId: string;
  ApproximateFirstReceiveTimestamp: string;
  /** FIFO queues only. */
  SequenceNumber?: string | undefined;
  /** Always there on a FIFO queue. On a standard queue it only asks for fairness between groups, not for order (R78). */
  MessageGroupId?: string | undefined;
  /** FIFO queues only. */
  MessageDeduplicationId?: string | undefined;
  /** Set when the message stands in a dead-letter queue. */
  DeadLetterQueueSourceArn?: string | undefined;
}

/** One message of the batch. */
export interface QueueRecord {
  messageId: string;
  /** Names this receive of the message: with it the message can be deleted or its visibility changed. */
  receiptHandle: string;
  body: string;
  attributes: QueueRecordAttributes;
  messageAttributes: { [name: string]: QueueMessageAttribute };
  md5OfBody: string;
  md5OfMessageAttributes?: string;
  /** `aws:sqs` */
  eventSource: string;
  /** ARN of the queue. */
  eventSourceARN: string;
  awsRegion: string;
}

/** The event of one invocation: a batch of 1 to 10,000 messages of one queue (R54; FIFO: 1 to 10, R79). */
export interface QueueEvent {
  Records: QueueRecord[];
}

/** What the handler needs of Lambda's context object. */
export interface LambdaContext {
  /** Milliseconds until Lambda ends the invocation. Without it (a test) there is no deadline. */
  getRemainingTimeInMillis?(): number;
}

/** The partial batch response: the messages named are kept, all others are deleted (R70). */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}
