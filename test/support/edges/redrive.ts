/** Where messages go that fail too often. */
import type { Resource } from "../resolved.ts";
import type { Json } from "../synth.ts";
import { type Finding, finding, ofType, parsed, urlOf, type World } from "./world.ts";

const isFifo = (arn: string): boolean => arn.endsWith(".fifo");

const kindOf = (arn: string): string => (isFifo(arn) ? "FIFO" : "standard");

export const redriveAllowPolicies = (
  resources: ReadonlyMap<string, Resource>,
  deadLetterArn: string | undefined,
): Resource[] =>
  deadLetterArn === undefined
    ? []
    : ofType(resources, "aws_sqs_queue_redrive_allow_policy").filter(
        ({ attributes }) => attributes["queue_url"] === urlOf(deadLetterArn),
      );

export function redrive({ paths, resources }: World): Finding[] {
  return paths.flatMap(({ queueArn, queue, mapping, deadLetterArn }): Finding[] => {
    const at = queue?.address ?? mapping.address;
    const attached = ofType(resources, "aws_sqs_queue_redrive_policy").find(
      ({ attributes }) => attributes["queue_url"] === urlOf(queueArn),
    );
    const policy = parsed((queue ?? attached)?.attributes["redrive_policy"]);
    if (deadLetterArn === undefined) return [finding("redrive", at, `${queueArn} has no redrive policy`, queueArn)];
    const count = policy["maxReceiveCount"];
    return [
      ...(isFifo(queueArn) === isFifo(deadLetterArn)
        ? []
        : [
            finding(
              "redrive",
              at,
              `the ${kindOf(queueArn)} queue's dead-letter queue is ${kindOf(deadLetterArn)}`,
              deadLetterArn,
            ),
          ]),
      ...((queue ?? attached) === undefined || (typeof count === "number" && count >= 1)
        ? []
        : [finding("redrive", at, "its redrive policy has no maxReceiveCount", queueArn)]),
    ];
  });
}

export function redriveAllow({ paths, resources }: World): Finding[] {
  return paths.flatMap(({ queueArn, deadLetterArn }): Finding[] => {
    const made = ofType(resources, "aws_sqs_queue").find(({ arn }) => arn === deadLetterArn);
    if (made === undefined) return [];
    const policies = redriveAllowPolicies(resources, deadLetterArn).map(({ attributes }) =>
      parsed(attributes["redrive_allow_policy"]),
    );
    const sources = policies.flatMap((policy) =>
      policy["redrivePermission"] === "byQueue" ? ((policy["sourceQueueArns"] ?? []) as readonly Json[]) : ["*"],
    );
    if (!sources.includes(queueArn)) {
      return [finding("redrive", made.address, `does not admit ${queueArn} by a redrive-allow policy`, queueArn)];
    }
    return sources
      .filter((source) => source !== queueArn)
      .map((source) =>
        finding("superfluous", made.address, `admits ${JSON.stringify(source)} too`, JSON.stringify(source)),
      );
  });
}
