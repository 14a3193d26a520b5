/** Region and account of a node, with stand-ins where the configuration does not tell. */
import type { Node } from "../../topology/graph.ts";

export function placeOf(node: Node): { readonly region: string; readonly account: string } {
  const [, , , region = "", account = ""] = node.arn.split(":");
  return {
    region: node.region ?? (region === "" ? "us-east-1" : region),
    account: node.accountId ?? (account === "" ? "000000000000" : account),
  };
}

/**
 * Where one node is known to lie, if that is not where another one is known to lie: a dead-letter queue that its service
 * cannot write to (R39, R50). Undefined: in the same place, or not known.
 * @param scope what has to be the same.
 */
export function elsewhere(
  node: Node | undefined,
  from: Node,
  scope: "Region" | "account and Region",
): string | undefined {
  if (node === undefined) return undefined;
  if (node.region !== null && from.region !== null && node.region !== from.region) {
    return `${node.address} is in ${node.region}, not in ${from.region}`;
  }
  if (scope === "Region" || node.accountId === null || from.accountId === null) return undefined;
  if (node.accountId === from.accountId) return undefined;
  return `${node.address} is in account ${node.accountId}, not in ${from.accountId}`;
}
