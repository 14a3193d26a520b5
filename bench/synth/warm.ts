/**
 * A process of its own for one warm synth: `node --import tsx bench/synth/warm.ts <outdir> <zip|bundle> <file>…`.
 * Prints how many milliseconds of processor time the synth took. Loading modules is not counted: with it both ways would
 * look alike.
 */
import { bundle, QueueConsumer, zip } from "holdfast/modules";
import { processorTime } from "../support/paired.ts";
import { synthesize } from "./stack.ts";

const [outdir = "", kind = "", ...files] = process.argv.slice(2);
const ms = processorTime(() =>
  synthesize(outdir, (stack) => {
    for (const [index, file] of files.entries()) {
      const code = kind === "zip" ? zip(file, { handler: "index.handler", runtime: "nodejs22.x" }) : bundle(file);
      new QueueConsumer(stack, `consumer_${index}`, { code });
    }
  }),
);
process.stdout.write(`${ms}\n`);
