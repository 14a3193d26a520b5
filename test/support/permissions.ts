/** What the policies of a configuration say of an edge, and of the permissions in it. */

import type { Graph, Permission } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { all, type Body, body, type Config, queuePath, type Typed } from "./configurations.ts";

export const account = "111122223333";

/** The graph of a configuration whose account is known, or of which nothing tells the account. */
export function graphWith(config: Config, accountId: string | null = account, more: readonly object[] = []): Graph {
  const own = { region: "eu-west-1", ...(accountId === null ? {} : { allowed_account_ids: [accountId] }) };
  const text = JSON.stringify({ terraform: {}, provider: { aws: [own, ...more] }, ...config });
  return graphOf(readSynthesized(text, "/nowhere/cdk.tf.json", "test"));
}

export function permissions(config: Config, id: string): readonly Permission[] {
  return graphWith(config).edges.find((edge) => edge.id === id)?.permissions ?? [];
}

export function states(config: Config, id: string): string[] {
  return permissions(config, id).map(({ state }) => state);
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** A queue that a role of these statements reads. */
export function reader(statements: readonly object[], queue: Body = {}, resource: Typed = {}): Config {
  const config = all(queuePath(), { resource, data: {} });
  body(config, "aws_iam_role_policy.worker").policy = policy(...statements);
  Object.assign(body(config, "aws_sqs_queue.work"), queue);
  return config;
}

/** The states of what the mapping of that queue needs. */
export function mapping(statements: readonly object[], queue: Body = {}, resource: Typed = {}): string[] {
  return states(reader(statements, queue, resource), "aws_lambda_event_source_mapping.work");
}
