/** Region and account of a node, with stand-ins where the configuration does not tell. */
import type { Node } from "../../topology/graph.ts";

export function placeOf(node: Node): { readonly region: string; readonly account: string } {
  const [, , , region = "", account = ""] = node.arn.split(":");
  return {
    region: node.region ?? (region === "" ? "us-east-1" : region),
    account: node.accountId ?? (account === "" ? "000000000000" : account),
  };
}
