/**
 * What AWS would do and the emulator may not: looked for in each run, so that not-shown.ts cannot go stale unnoticed.
 * They leave the deployment damaged, and so come last before it is destroyed.
 */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { alarms, dropRolePolicies, type Endpoint } from "./aws.ts";
import type { Finding } from "./judge.ts";
import type { Path } from "./paths.ts";
import { NotInTime, until } from "./poll.ts";
import { read, url } from "./traffic.ts";

/** The poison has been standing in the dead-letter queue for as long as the plans took. */
export async function alarmsFire(paths: readonly Path[], endpoint: Endpoint): Promise<Finding> {
  const all = await alarms(endpoint);
  const states = paths.map(({ function: name }) => {
    const alarm = all.find(({ AlarmName }) => AlarmName === `${name}-dead-letter-depth`);
    return `${alarm?.AlarmName}: ${alarm?.StateValue}`;
  });
  return {
    id: "alarms.fire",
    what: "the alarms on the dead-letter queues' depth went off",
    shown: states.every((state) => state.endsWith(": ALARM")),
    seen: states.join(", "),
  };
}

/** On AWS, CreateQueue refuses a dead-letter queue that does not allow the new one as its source. */
export async function redriveAllowEnforced(path: Path, sqs: SQSClient): Promise<Finding> {
  const QueueUrl = await url(sqs, path.deadLetterQueue);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1 });
  let refusal: unknown;
  try {
    const stranger = await sqs.send(new CreateQueueCommand({ QueueName: "stranger", Attributes: { RedrivePolicy } }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: stranger.QueueUrl }));
  } catch (error) {
    refusal = error;
  }
  return {
    id: "redrive-allow.enforced",
    what: `a queue of another name cannot use ${path.deadLetterQueue}`,
    shown: refusal !== undefined,
    seen: "it can",
  };
}

const LOOK_SECONDS = 5;

/** On AWS the pollers act with the function's role, so that without its policy nothing is received. */
export async function roleNeeded(path: Path, sqs: SQSClient, endpoint: Endpoint): Promise<Finding> {
  await dropRolePolicies(endpoint, path.function);
  const id = `${path.name}-without-policy`;
  const MessageBody = JSON.stringify({ [path.idField]: id });
  await sqs.send(new SendMessageCommand({ QueueUrl: await url(sqs, path.queue), MessageBody }));
  const processed = await until(id, LOOK_SECONDS, async () =>
    (await read(endpoint, path)).processed.includes(id) ? true : undefined,
  ).catch((error: unknown) => {
    if (error instanceof NotInTime) return false;
    throw error;
  });
  return {
    id: "role.needed",
    what: "without its role's policy the function receives nothing",
    shown: !processed,
    seen: "it received and processed a message",
  };
}
