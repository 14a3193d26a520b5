/** What a rule is: one row. */
import { type Change, type Fix, waysOf, wordsOf } from "./fix.ts";
import type { Subjects, View } from "./view.ts";

/** Error: AWS rejects it, or it certainly loses events. Warning: likely loss, blocking or repetition. Advice: taste. */
export type Severity = "error" | "warning" | "advice";

export const severities: readonly Severity[] = ["error", "warning", "advice"];

/** What a rule found. */
export interface Verdict {
  /** Where to change something. */
  readonly address: string;
  /** Ids of edges and addresses of nodes by which the path is found; the address itself by default. */
  readonly at?: readonly string[];
  /** The witness: the figures of this configuration. */
  readonly message: string;
  /** What to change, and to what value. */
  readonly fix: Fix;
}

/** A verdict with its fix in words, and as changes. */
export interface Found {
  readonly address: string;
  readonly at: readonly string[];
  readonly message: string;
  readonly fix: string;
  /** Ways to mend it, each a list of changes to make together; none where someone has to choose. */
  readonly changes: readonly (readonly Change[])[];
}

interface RowOf<K extends keyof Subjects> {
  /** H-number. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** What it applies to. */
  readonly on: K;
  /** The page that says so. */
  readonly see: string;
  /** Undefined, or none: nothing to find. */
  readonly judge: (subject: Subjects[K], view: View) => Verdict | readonly Verdict[] | undefined;
}

/** A rule, whatever it applies to. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly on: keyof Subjects;
  readonly see: string;
  readonly run: (view: View) => readonly Found[];
}

/** Makes a row. */
export function rule<K extends keyof Subjects>({ judge, ...row }: RowOf<K>): Rule {
  return {
    ...row,
    run: (view) =>
      view.all(row.on).flatMap((subject) => {
        const given = judge(subject, view);
        return given === undefined ? [] : isVerdict(given) ? found(given) : given.map(found);
      }),
  };
}

function isVerdict(given: Verdict | readonly Verdict[]): given is Verdict {
  return !Array.isArray(given);
}

function found({ address, at, message, fix }: Verdict): Found {
  return { address, at: at ?? [], message, fix: wordsOf(fix, address), changes: waysOf(fix) };
}

/** A time as a message shows it: seconds, and the larger unit where that is easier to read. */
export function shown(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3600],
  ] as const;
  const unit = units.find(([, size]) => seconds >= size);
  if (unit === undefined) return `${seconds} s`;
  const many = Math.round((seconds / unit[1]) * 10) / 10;
  return `${seconds} s (${many} ${unit[0]})`;
}

const guide = "https://docs.aws.amazon.com";

/** Pages of AWS that rules refer to. */
export const pages = {
  sqs: `${guide}/lambda/latest/dg/services-sqs-configure.html`,
  sqsErrors: `${guide}/lambda/latest/dg/services-sqs-errorhandling.html`,
  sqsScaling: `${guide}/lambda/latest/dg/services-sqs-scaling.html`,
  sqsParameters: `${guide}/lambda/latest/dg/services-sqs-parameters.html`,
  filters: `${guide}/lambda/latest/dg/invocation-eventfiltering.html`,
  async: `${guide}/lambda/latest/dg/invocation-async-error-handling.html`,
  asyncRecords: `${guide}/lambda/latest/dg/invocation-async-retain-records.html`,
  asyncSettings: `${guide}/lambda/latest/dg/invocation-async-configuring.html`,
  loop: `${guide}/lambda/latest/dg/invocation-recursion.html`,
  metrics: `${guide}/lambda/latest/dg/monitoring-metrics-types.html`,
  kinesis: `${guide}/lambda/latest/dg/with-kinesis.html`,
  kinesisParameters: `${guide}/lambda/latest/dg/services-kinesis-parameters.html`,
  kinesisFailures: `${guide}/lambda/latest/dg/kinesis-on-failure-destination.html`,
  kinesisPartial: `${guide}/lambda/latest/dg/services-kinesis-batchfailurereporting.html`,
  kinesisWindows: `${guide}/lambda/latest/dg/services-kinesis-windows.html`,
  dynamodb: `${guide}/lambda/latest/dg/with-ddb.html`,
  deadLetterQueues: `${guide}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html`,
  retention: `${guide}/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html`,
  rulesRetry: `${guide}/eventbridge/latest/userguide/eb-rule-retry-policy.html`,
  rulesDeadLetter: `${guide}/eventbridge/latest/userguide/eb-rule-dlq.html`,
  rulesTrouble: `${guide}/eventbridge/latest/userguide/eb-troubleshooting.html`,
  schedulerTargets: `${guide}/scheduler/latest/UserGuide/managing-targets-templated.html`,
  rulesQuotas: `${guide}/eventbridge/latest/userguide/eb-quota.html`,
  sns: `${guide}/sns/latest/dg/sns-dead-letter-queues.html`,
  snsFifo: `${guide}/sns/latest/dg/fifo-message-delivery.html`,
  snsDeadLetter: `${guide}/sns/latest/dg/sns-configure-dead-letter-queue.html`,
  s3Notifications: `${guide}/AmazonS3/latest/userguide/EventNotifications.html`,
  alarms: `${guide}/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html`,
} as const;
