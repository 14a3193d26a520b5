/** Requests to judge without a configuration: a role or a service, and a queue, each of a known account. */

import { type Case, judge, type Verdict } from "../../topology/iam/judge.ts";
import type { Subject } from "../../topology/iam/match.ts";
import { type Policies, parsePolicy } from "../../topology/iam/policy.ts";
import type { Principal } from "../../topology/iam/request.ts";

export const own = "111122223333";
export const other = "999999999999";

/** Something of an account. */
export function subject(address: string, arn: string, more: Partial<Subject> = {}): Subject {
  const [, , , region = "", account = ""] = arn.split(":");
  const [accountId, place] = [account === "" ? own : account, region === "" ? null : region];
  return { address, arns: [arn], nameKnown: true, accountId, region: place, provider: null, ...more };
}

export const queueArn = `arn:aws:sqs:eu-west-1:${own}:work`;
export const queue = subject("aws_sqs_queue.work", queueArn);
export const rule = subject("aws_cloudwatch_event_rule.placed", `arn:aws:events:eu-west-1:${own}:rule/shop/placed`);
export const roleArn = `arn:aws:iam::${own}:role/apps/worker`;
export const key = subject("aws_kms_key.k", `arn:aws:kms:eu-west-1:${own}:key/1`);

export function role(more: Partial<Extract<Principal, { kind: "role" }>> = {}): Principal {
  return { kind: "role", subject: subject("aws_iam_role.worker", roleArn), accountId: own, bounded: false, ...more };
}

export const events: Principal = { kind: "service", name: "events.amazonaws.com" };

/** A policy of these statements; a text in their place is why it is not known. */
export function policies(...statements: readonly (object | string)[]): Policies {
  const known = statements.filter((one) => typeof one !== "string");
  const text = JSON.stringify({ Version: "2012-10-17", Statement: known });
  return {
    statements: parsePolicy(text, "a policy") ?? [],
    unknown: statements.filter((one) => typeof one === "string"),
  };
}

/** What a request may lack of a {@link Case}: a role asks to send to the queue, and there is no policy. */
export interface Asked extends Partial<Omit<Case, "request">> {
  readonly request?: Partial<Case["request"]>;
}

export function judged({ request, ...rest }: Asked): Verdict {
  const principal = request?.principal ?? role();
  return judge({
    mine: principal.kind === "role" ? policies() : undefined,
    theirs: policies(),
    boundary: undefined,
    isKey: false,
    ...rest,
    request: { principal, action: "sqs:SendMessage", resource: queue, source: undefined, ...request },
  });
}
