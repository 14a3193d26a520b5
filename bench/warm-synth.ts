/**
 * `node --import tsx bench/warm-synth.ts`: what it costs to bundle from sources that have not changed.
 *
 * A synth whose bundles are in the cache against the same synth with ready zip files of the same bytes. Each synth is
 * the first of a process of its own, as `cdktf synth` has it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { paired } from "./support/paired.ts";
import { type Measured, report } from "./support/report.ts";

const pairs = 11;
const warmUps = 1;
const target = 1.3;

/** The sources of the benchmark's functions: the smallest, and one with hundreds of inputs. */
const sources = {
  "without the SDK": `import { queue } from "holdfast/handlers";
export const handler = queue<{ id: string }>(({ id }) => console.info(id));
`,
  "with an SDK client": `import { SQS } from "@aws-sdk/client-sqs";
import { deleteAndThrow, queue } from "holdfast/handlers";
export const handler = queue<{ id: string }>({ response: deleteAndThrow(new SQS()) }, ({ id }) => console.info(id));
`,
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Inside the repository, where imports resolve as a project's own do, and in a folder that git ignores.
const folder = join(root, "cdktf.out", "bench");

function synth(kind: "bundle" | "zip", files: readonly string[]): number {
  const child = join(root, "bench", "synth", "warm.ts");
  const args = ["--import", "tsx", child, join(folder, kind), kind, ...files];
  return Number(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }));
}

/** The zip files that a synth put beside its stack, in the order of the functions. */
function zipsOf(count: number): string[] {
  const assets = join(folder, "bundle", "stacks", "shop", "assets");
  const found = readdirSync(assets, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".zip"));
  return Array.from({ length: count }, (_, index) => {
    const made = found.find((name) => name.endsWith(`/handler-${index}.zip`));
    if (made === undefined) throw new Error(`the synth made no zip file of handler-${index}`);
    const ready = join(folder, `ready-${index}.zip`);
    copyFileSync(join(assets, made), ready);
    return ready;
  });
}

const cases = [
  { count: 2, what: "without the SDK" },
  { count: 10, what: "without the SDK" },
  { count: 10, what: "with an SDK client" },
] as const;

try {
  const rows: Measured[] = [];
  for (const { count, what } of cases) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const entries = Array.from({ length: count }, (_, index) => join(folder, `handler-${index}.ts`));
    for (const [index, entry] of entries.entries()) writeFileSync(entry, `// Function ${index}\n${sources[what]}`);
    synth("bundle", entries);
    const zips = zipsOf(count);
    const result = await paired(
      pairs,
      warmUps,
      () => synth("bundle", entries),
      () => synth("zip", zips),
    );
    rows.push({ what: `${count} bundles ${what}`, against: "ready zip files", result, target });
  }
  report("Warm synth", rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
