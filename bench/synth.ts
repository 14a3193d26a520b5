/**
 * `node --import tsx bench/synth.ts`: what Holdfast's constructs cost at synth.
 *
 * 50 QueueConsumers against the same resources written with the provider's own classes, in one process, in turn. Before
 * anything is measured both are synthesized once and compared resource by resource: without that the figure would mean
 * nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { QueueConsumer, zip } from "holdfast/modules";
import { paired, processorTime } from "./support/paired.ts";
import { report } from "./support/report.ts";
import { assertEqualSyntheses } from "./synth/equal.ts";
import { handWrittenConsumer } from "./synth/hand-written.ts";
import { synthesize } from "./synth/stack.ts";

const consumers = 50;
const pairs = 15;
const warmUps = 3;
const target = 3;

const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
try {
  const zipFile = join(folder, "handler.zip");
  writeFileSync(
    zipFile,
    zipSync({ "index.mjs": new TextEncoder().encode("export const handler = () => undefined;\n") }),
  );
  const ids = Array.from({ length: consumers }, (_, index) => `consumer_${index}`);
  const [ours, theirs] = [join(folder, "holdfast"), join(folder, "provider")];
  const holdfast = () =>
    synthesize(ours, (stack) => {
      for (const id of ids) {
        new QueueConsumer(stack, id, { code: zip(zipFile, { handler: "index.handler", runtime: "nodejs22.x" }) });
      }
    });
  const provider = () =>
    synthesize(theirs, (stack) => {
      for (const id of ids) handWrittenConsumer(stack, id, zipFile);
    });

  holdfast();
  provider();
  const equal = assertEqualSyntheses(ours, theirs);
  console.log(`${equal} elements of the two stacks are equal.`);

  const result = await paired(
    pairs,
    warmUps,
    () => processorTime(holdfast),
    () => processorTime(provider),
  );
  report("Synth", [{ what: `${consumers} QueueConsumers`, against: "provider's classes", result, target }]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
