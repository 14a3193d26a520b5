/** `npm run bench`: runs each file of `bench/` in turn, never two at once, and fails when one of them misses its target. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = readdirSync(join(root, "bench"), { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => entry.name)
  .toSorted();

const missed = files.filter((file) => {
  console.log(`\nbench/${file}`);
  const args = ["--import", "tsx", join(root, "bench", file)];
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status !== 0;
});

if (files.length === 0) throw new Error("bench/ holds no benchmark");
if (missed.length > 0) {
  console.error(`\nFailed or missed a target: ${missed.join(", ")}`);
  process.exitCode = 1;
}
