/** Handlers as bundles: as `bundle()` deploys them, and as peers are measured. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { buildSync } from "esbuild";
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

/**
 * What `esbuild --minify` alone makes of a handler: how the sizes of other libraries are measured. (`bundle()` also keeps
 * the names of classes and functions, which code may read, and names the source map.)
 */
export function minified(contents: string, root: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: root, loader: "ts" },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    write: false,
  });
  return outputFiles.map(({ text }) => text).join("");
}

/** The least that a user can write. */
export const MINIMAL = `
import { queue } from "holdfast/handlers";
export const handler = queue(async () => {});
`;
