import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import type { Construct } from "constructs";
import { settingsFor } from "../stack/configure.ts";
import { address } from "../stack/naming.ts";

/** One alarm on the failure path: which metric of what, and from which figure on someone is told. */
export interface AlarmRow {
  /** Part of the address and, with dashes, of the name: `"dead_letter_depth"`. */
  readonly part: string;
  readonly namespace: "AWS/SQS";
  readonly metric: string;
  /** All dimensions of the metric: with one missing or wrong an alarm never fires. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Fires when the maximum within a minute reaches this. */
  readonly threshold: number;
  /** What it means and what to do, for whoever is woken by it. */
  readonly description: string;
}

/** Makes an alarm that notifies the stack's topic. */
export function alarm(
  owner: Construct,
  name: string,
  row: AlarmRow,
  tags: Readonly<Record<string, string>> | undefined,
  overrides: Partial<CloudwatchMetricAlarmConfig> | undefined,
): CloudwatchMetricAlarm {
  const { notify } = settingsFor(owner);
  const words = row.part.replaceAll("_", "-");
  return address(
    owner,
    row.part,
    new CloudwatchMetricAlarm(owner, `${words}-alarm`, {
      alarmName: `${name}-${words}`,
      alarmDescription: row.description,
      namespace: row.namespace,
      metricName: row.metric,
      dimensions: { ...row.dimensions },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: row.threshold,
      // A queue that has been idle for six hours sends no metrics: silence is not a failure.
      treatMissingData: "notBreaching",
      ...(notify === undefined ? {} : { alarmActions: [notify], okActions: [notify] }),
      ...(tags === undefined ? {} : { tags: { ...tags } }),
      ...overrides,
    }),
  );
}
