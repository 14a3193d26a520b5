/**
 * Reads and judges plans with 2,000 resources: `node --import tsx bench/topology.ts`.
 *
 * Limits: 2 s and 300 MB for each shape, in a process of its own that starts cold.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { check } from "../checks/check.ts";
import { all, type Config, cleanPaths, prefixed } from "../test/support/configurations.ts";
import { planJson } from "../test/support/plan.ts";
import { enumerated } from "../topology/paths.ts";
import { graphOf } from "../topology/resources/graph-of.ts";
import { readShown } from "../topology/sources/show.ts";

const wantedResources = 2000;
const limitSeconds = 2;
const limitMegabytes = 300;

/** Buckets that send everything to the default bus, and rules there with a queue each. */
function bucketsAndRules(pattern: (rule: number) => object): Config {
  const buckets = 300;
  const rules = 600;
  const named = <T>(many: number, of: (index: number) => T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: many }, (_, index) => [`n${index}`, of(index)]));
  return {
    resource: {
      aws_s3_bucket: named(buckets, (index) => ({ bucket: `bucket-${index}` })),
      aws_s3_bucket_notification: named(buckets, (index) => ({
        bucket: `\${aws_s3_bucket.n${index}.id}`,
        eventbridge: true,
      })),
      aws_cloudwatch_event_rule: named(rules, (index) => ({
        name: `rule-${index}`,
        event_pattern: JSON.stringify(pattern(index)),
      })),
      aws_cloudwatch_event_target: named(rules, (index) => ({
        rule: `\${aws_cloudwatch_event_rule.n${index}.name}`,
        arn: "${aws_sqs_queue.all.arn}",
      })),
      aws_sqs_queue: { all: { name: "all" } },
    },
    data: {},
  };
}

function everyKind(): Config {
  const kinds = Object.values(cleanPaths);
  const each = kinds.map((kind) => count(kind()));
  const rounds = Math.ceil(wantedResources / each.reduce((sum, one) => sum + one, 0));
  return all(
    ...Array.from({ length: rounds }, (_, round) =>
      kinds.map((kind, index) => prefixed(kind(), `r${round}k${index}`)),
    ).flat(),
  );
}

const shapes: Readonly<Record<string, () => Config>> = {
  "every kind of path": everyKind,
  "300 buckets × 600 rules of something else": () => bucketsAndRules(() => ({ source: ["shop"] })),
  "300 buckets × 600 rules of one bucket each": () =>
    bucketsAndRules((rule) => ({ source: ["aws.s3"], detail: { bucket: { name: [`bucket-${rule % 300}`] } } })),
  "300 buckets × 600 rules of all of them": () => bucketsAndRules(() => ({ source: ["aws.s3"] })),
};

const [shape] = process.argv.slice(2);
if (shape === undefined) {
  const self = fileURLToPath(import.meta.url);
  for (const name of Object.keys(shapes)) {
    const { status } = spawnSync(process.execPath, ["--import", "tsx", self, name], { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
} else measure(shape, shapes[shape]?.() ?? everyKind());

function measure(name: string, config: Config): void {
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
  const { paths, shortened } = enumerated(graph);
  const rows: readonly (readonly [string, string])[] = [
    ["resources", `${count(config)} (${(plan.length / 1e6).toFixed(1)} MB of JSON)`],
    ["nodes and edges", `${graph.nodes.length} and ${graph.edges.length}`],
    ["paths", `${paths.length}${shortened ? " (shortened)" : ""}`],
    ["findings", String(findings.length)],
    ["reading", `${(read - start).toFixed(0)} ms`],
    ["graph and permissions", `${(built - read).toFixed(0)} ms`],
    ["rules", `${(end - built).toFixed(0)} ms`],
    ["together", `${seconds.toFixed(2)} s (limit ${limitSeconds} s)`],
    ["memory of the process", `${megabytes.toFixed(0)} MB (limit ${limitMegabytes} MB)`],
  ];
  process.stdout.write(`${name}\n`);
  for (const [title, value] of rows) process.stdout.write(`  ${title.padEnd(24)}${value}\n`);
  if (seconds > limitSeconds || megabytes > limitMegabytes) process.exitCode = 1;
}

function count({ resource }: { readonly resource: Readonly<Record<string, object>> }): number {
  return Object.values(resource).reduce((sum, named) => sum + Object.keys(named).length, 0);
}
