/**
 * How fast a rehearsal is: `node --expose-gc --import tsx bench/rehearsal.ts [--quick]`.
 *
 * - One million scripted records through 10 shards: batch 100, split on error, 2 retries, 1,000 records a virtual
 *   second, 1 % poison; and the same with ten and a hundred times fewer, to show that the cost is linear.
 * - A shard that an infinite retry blocks for seven days.
 * - Beside them the time that the same would take on AWS, which is the virtual time. Other simulators that could be
 *   asked the same do not run here: the nearest one needs Node 24 and is not on the npm registry.
 *
 * Ends with status 1 where a total is wrong or a budget is exceeded.
 */
import { performance } from "node:perf_hooks";
import { rehearse } from "../rehearsal/rehearse.ts";
import { every } from "../rehearsal/scenario/load.ts";
import { readScenario } from "../rehearsal/scenario/read.ts";
import { GraphBuilder } from "../test/support/graphs.ts";

const recordsPerSecond = 1_000;
const poisonEvery = 100;
/** Budgets: seconds and bytes for the million, milliseconds for the week. */
const millionSeconds = 10;
const millionBytes = 1_073_741_824;
const weekMs = 50;

interface Figures {
  readonly records: number;
  readonly seconds: number;
  /** Of this process: what counts where others use the machine too. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly virtualSeconds: number;
  readonly invocations: number;
}

function check(condition: boolean, text: string): void {
  if (condition) return;
  process.exitCode = 1;
  console.error(`WRONG: ${text}`);
}

async function stream(records: number): Promise<Figures> {
  const g = new GraphBuilder("bench");
  const clicks = g.stream("clicks", { shardCount: 10, retentionPeriodHours: 168 });
  const fn = g.fn("clicks");
  const failures = g.queue("failures", { messageRetentionPeriod: 1_209_600 });
  const mapping = g.mapping(clicks, fn, { batchSize: 100, bisectBatchOnFunctionError: true, maximumRetryAttempts: 2 });
  g.destination("on-failure", "mapping", mapping, failures);
  const graph = g.build();
  const poison = (n: number): boolean => n % poisonEvery === 37;
  const load = every("1s", {
    to: clicks,
    for: `${records / recordsPerSecond}s`,
    make: (second) => ({
      records: Array.from({ length: recordsPerSecond }, (_, offset) => {
        const n = second * recordsPerSecond + offset;
        return { id: `r${n}`, data: poison(n) ? `poison ${n}` : `record ${n}` };
      }),
    }),
  });
  const then = { fail: { errorType: "Error", errorMessage: "poison" } };
  const functions = { [fn]: { outcomes: [{ when: { contains: "poison" }, then }] } };
  const scenario = readScenario({ name: "load", functions, send: load }, graph, "bench");
  globalThis.gc?.();
  let peakBytes = 0;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const progress = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  };
  const rehearsal = await rehearse(graph, scenario, { events: "failed", progress });
  let characters = 0;
  for (const piece of rehearsal.json()) characters += piece.length;
  progress();
  const seconds = (performance.now() - begun) / 1_000;
  const cpuSeconds = cpuMs(cpu) / 1_000;
  const { totals, endedAt } = rehearsal.head;
  const expected = records / poisonEvery;
  check(
    totals.sent === records && totals.entries === records,
    `${totals.sent} sent, ${totals.entries} entries of ${records}`,
  );
  check(totals.retained === expected, `${totals.retained} retained of ${expected}`);
  check(totals.processed === records - expected, `${totals.processed} processed of ${records - expected}`);
  check(rehearsal.resources[failures]?.visible === expected, "the failure queue does not hold every poison record");
  check(characters > 0, "no result");
  const invocations = rehearsal.resources[fn]?.Invocations ?? 0;
  rehearsal.close();
  return { records, seconds, cpuSeconds, peakBytes, virtualSeconds: endedAt / 1_000, invocations };
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

async function blockedWeek(): Promise<{ readonly ms: number; readonly cpuMs: number; readonly steps: number }> {
  const g = new GraphBuilder("bench");
  const clicks = g.stream("clicks", { retentionPeriodHours: 168 });
  const fn = g.fn("clicks");
  g.mapping(clicks, fn);
  const graph = g.build();
  const functions = { [fn]: { outcomes: [{ then: "crash" }] } };
  const send = [{ at: "0s", to: clicks, records: [{ id: "r1", data: "poison" }] }];
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const rehearsal = await rehearse(graph, readScenario({ functions, send }, graph, "bench"));
  const ms = performance.now() - begun;
  const used = cpuMs(cpu);
  check(rehearsal.head.endedAt === 7 * 86_400_000, `ended at ${rehearsal.head.endedAt}`);
  check(rehearsal.head.totals.expired === 1, "the record did not expire");
  rehearsal.close();
  return { ms, cpuMs: used, steps: rehearsal.steps };
}

const quick = process.argv.includes("--quick");
for (let warm = 0; warm < 3; warm += 1) await blockedWeek();
// The median of several: in one so short a compilation beside it is half of what is measured.
const weeks = [];
for (let count = 0; count < 5; count += 1) weeks.push(await blockedWeek());
const week = weeks.toSorted((a, b) => a.cpuMs - b.cpuMs)[2]!;
console.log(
  `a shard blocked for 7 days: ${week.ms.toFixed(1)} ms (${week.cpuMs.toFixed(1)} ms of CPU), ${week.steps} events`,
);
check(week.cpuMs < weekMs, `a blocked week took ${week.cpuMs} ms of CPU, at most ${weekMs}`);

const runs: Figures[] = [];
for (const records of quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]) {
  const run = await stream(records);
  runs.push(run);
  const { seconds, cpuSeconds, peakBytes, virtualSeconds, invocations } = run;
  console.log(
    `${records} records: ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s of CPU, ` +
      `${((cpuSeconds / records) * 1e6).toFixed(1)} µs a record), ` +
      `${(peakBytes / 1_048_576).toFixed(0)} MiB, ${invocations} invocations; on AWS ${(virtualSeconds / 60).toFixed(0)} min`,
  );
}
const million = runs.find(({ records }) => records === 1_000_000);
if (million !== undefined) {
  check(
    million.cpuSeconds < millionSeconds,
    `a million records took ${million.cpuSeconds} s of CPU, at most ${millionSeconds}`,
  );
  check(million.peakBytes < millionBytes, `a million records took ${million.peakBytes} bytes, at most ${millionBytes}`);
}
