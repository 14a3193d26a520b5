/**
 * Reads and judges a plan with 2,000 resources: `node --import tsx bench/topology.ts`.
 *
 * Limits: 2 s and 300 MB, in a process of its own that starts cold.
 */
import { check } from "../checks/check.ts";
import { all, cleanPaths, prefixed } from "../test/support/configurations.ts";
import { planJson } from "../test/support/plan.ts";
import { graphOf } from "../topology/build/graph-of.ts";
import { readShown } from "../topology/sources/show.ts";

const wantedResources = 2000;
const limitSeconds = 2;
const limitMegabytes = 300;

const kinds = Object.values(cleanPaths);
const each = kinds.map((kind) => count(kind()));
const rounds = Math.ceil(wantedResources / each.reduce((sum, one) => sum + one, 0));
const config = all(
  ...Array.from({ length: rounds }, (_, round) =>
    kinds.map((kind, index) => prefixed(kind(), `r${round}k${index}`)),
  ).flat(),
);
const plan = planJson(config);

const start = performance.now();
const configuration = readShown(plan, "plan.json");
const read = performance.now();
const graph = graphOf(configuration);
const built = performance.now();
const findings = check(graph);
const end = performance.now();

const seconds = (end - start) / 1000;
const megabytes = process.memoryUsage().rss / 1e6;
const rows: readonly (readonly [string, string])[] = [
  ["resources", `${count(config)} (${(plan.length / 1e6).toFixed(1)} MB of JSON)`],
  ["nodes and edges", `${graph.nodes.length} and ${graph.edges.length}`],
  ["findings", String(findings.length)],
  ["reading", `${(read - start).toFixed(0)} ms`],
  ["graph and permissions", `${(built - read).toFixed(0)} ms`],
  ["rules", `${(end - built).toFixed(0)} ms`],
  ["together", `${seconds.toFixed(2)} s (limit ${limitSeconds} s)`],
  ["memory of the process", `${megabytes.toFixed(0)} MB (limit ${limitMegabytes} MB)`],
];
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(24)}${value}\n`);
if (seconds > limitSeconds || megabytes > limitMegabytes) process.exitCode = 1;

function count({ resource }: { readonly resource: Readonly<Record<string, object>> }): number {
  return Object.values(resource).reduce((sum, named) => sum + Object.keys(named).length, 0);
}
