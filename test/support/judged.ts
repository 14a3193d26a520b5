/** Configurations with something changed in them, and what the checks say of them. */
import { check, type Finding } from "../../checks/check.ts";
import type { Graph } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { all, type Body, body, type Config, synthesized } from "./configurations.ts";

export function graph(config: Config): Graph {
  return graphOf(readSynthesized(synthesized(config), "/nowhere/cdk.tf.json", "test"));
}

export function judged(config: Config): Finding[] {
  return check(graph(config));
}

/** What one rule finds. */
export function found(config: Config, id: string): Finding[] {
  return judged(config).filter((one) => one.id === id);
}

/** The addresses that a rule names. */
export function named(config: Config, id: string): string[] {
  return found(config, id).map(({ address }) => address);
}

/** A configuration with attributes set at addresses of it, and more beside. */
export function made(base: () => Config, values: Readonly<Record<string, Body>>, ...more: readonly Config[]): Config {
  const config = base();
  for (const [address, attributes] of Object.entries(values)) Object.assign(body(config, address), attributes);
  return all(config, ...more);
}
