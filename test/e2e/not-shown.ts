/** All that a run against MiniStack 1.5.33 cannot show. What is not shown and does not stand here fails the run. */
import type { NotShown } from "./judge.ts";

/** The one kind of change that a plan right after a deployment may hold, since the emulator does not tell all it has. */
export const unreadable = {
  id: "plan.alarms-unchanged",
  type: "aws_cloudwatch_metric_alarm",
  attributes: [
    "actions_enabled",
    "alarm_actions",
    "alarm_description",
    "dimensions",
    "insufficient_data_actions",
    "ok_actions",
    "period",
    "statistic",
    "treat_missing_data",
  ],
} as const;

export const notShown: readonly NotShown[] = [
  {
    id: unreadable.id,
    what: "a plan after a deployment changes no alarm",
    why: "DescribeAlarms in the XML protocol, which the provider speaks, leaves out most of an alarm's settings.",
    elsewhere: "the run reads the alarms in the JSON protocol, which has them all (*.alarms)",
    looksFor: true,
  },
  {
    id: "alarms.fire",
    what: "the alarm on the dead-letter queue goes off when the poison lands there",
    why: "SQS publishes no metrics, and an alarm is evaluated without regard to its dimensions.",
    elsewhere: "test/modules/queue-consumer: metric, dimensions and threshold of each alarm",
    looksFor: true,
  },
  {
    id: "role.needed",
    what: "without its role's policy the function receives nothing",
    why: "Pollers read the queue without asking for the role's permissions.",
    elsewhere: "test/modules/queue-consumer: the statements of the role's policy",
    looksFor: true,
  },
  {
    id: "redrive-allow.enforced",
    what: "no other queue can use the dead-letter queue",
    why: "The redrive-allow policy is stored and not enforced.",
    elsewhere: "test/modules/queue-consumer: the redrive-allow policy names the one queue",
    looksFor: true,
  },
  {
    id: "fifo.groups-in-parallel",
    what: "a message group does not wait for another one's batch",
    why: "The poller of a FIFO queue has one batch in flight at a time, of whatever groups.",
    elsewhere: "AWS's own rule (R80, R81); nothing in the configuration decides it",
    looksFor: false,
  },
];
