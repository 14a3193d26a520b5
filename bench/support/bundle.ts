/** Bundles a handler with `bundle()`, so that what is measured is what is deployed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { strFromU8, unzipSync } from "fflate";
import { bundle as bundleOf } from "../../modules/index.ts";

/**
 * @param contents a module that imports from `holdfast/handlers`.
 * @param root the folder of this repository.
 */
export function bundle(contents: string, root: string): string {
  const folder = mkdtempSync(join(root, "bench", ".bundle-"));
  try {
    const entry = join(folder, "entry.ts");
    writeFileSync(entry, contents);
    const app = new App({ outdir: join(folder, "out") });
    const { filename } = bundleOf(entry).bind(new TerraformStack(app, "bench"));
    app.synth();
    const zip = readFileSync(join(folder, "out", "stacks", "bench", filename));
    return strFromU8(unzipSync(zip)["index.mjs"] ?? new Uint8Array());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The least that a user can write. */
export const MINIMAL = `
import { queue } from "holdfast/handlers";
export const handler = queue(async () => {});
`;
