import { Annotations, TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { arnPart } from "../arn.ts";
import { isExpression } from "../expression.ts";
import { jsonText } from "../json-text.ts";
import { settingsFor } from "../stack/configure.ts";
import { address } from "../stack/naming.ts";
import { consumingActions } from "./actions.ts";
import type { QueueConsumerProps } from "./props.ts";

/** What a consumer puts out: a row for each output. */
export interface OutputRow {
  /** Part of the output's name, after the consumer's: `"queue_arn"`. */
  readonly part: string;
  readonly value: string;
  readonly description: string;
}

export function makeOutput(owner: Construct, { part, value, description }: OutputRow): TerraformOutput {
  return address(owner, part, new TerraformOutput(owner, part, { value, description }));
}

/** Says at synth what works but is not finished by the construct. */
export function warnOfUnfinished(owner: Construct, props: QueueConsumerProps, hasAlarms: boolean): void {
  if (hasAlarms && settingsFor(owner).notify === undefined) {
    Annotations.of(owner).addWarning(
      "its alarms notify nobody: say configure(stack, { notify: <ARN of an SNS topic> }).",
    );
  }
  if (props.queue !== undefined) warnOfForeignQueue(owner, props.queue.arn);
}

/** Whether two texts are known, and differ. */
const differ = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && !isExpression(a) && !isExpression(b) && a !== b;

/** Refuses a queue that this stack cannot consume, or whose redrive policy is not this stack's to write. */
export function refuseForeignQueue(owner: Construct, { queue }: Partial<QueueConsumerProps>): void {
  if (queue === undefined) return;
  const { accountId, region } = settingsFor(owner);
  const [account, itsRegion] = [arnPart(queue.arn, "account"), arnPart(queue.arn, "region")];
  const problems: string[] = [];
  if (differ(itsRegion, region)) {
    problems.push(
      `existingQueue(): the queue is in ${itsRegion} and the stack in ${region}; a function consumes queues of its own Region only (R75).`,
    );
  }
  if (queue.deadLetterQueue === "attach" && differ(account, accountId)) {
    problems.push(
      `existingQueue(): deadLetterQueue is "attach", but the queue is in account ${account}; a dead-letter queue stands in its queue's account (R119). Name the one that it has.`,
    );
  }
  owner.node.addValidation({ validate: () => problems });
}

/** A queue of another account has to admit this one by its own policy, which is not this stack's to write. */
function warnOfForeignQueue(owner: Construct, queueArn: string): void {
  const settings = settingsFor(owner);
  const { accountId } = settings;
  const account = arnPart(queueArn, "account");
  if (!differ(account, accountId)) return;
  const statement = makeOutput(owner, {
    part: "queue_policy_statement",
    value: jsonText({
      Effect: "Allow",
      Principal: { AWS: `arn:${settings.partition ?? arnPart(queueArn, "partition")}:iam::${accountId}:root` },
      Action: consumingActions,
      Resource: queueArn,
    }),
    description: "Statement that the queue's policy needs in the account that owns the queue.",
  });
  Annotations.of(owner).addWarning(
    `its queue is in account ${account}, whose queue policy has to admit account ${accountId}: the statement is in the output ${statement.friendlyUniqueId}.`,
  );
}
