/** Bundles a handler as it is deployed: minified ESM for the Node of the Lambda runtime. */
import { build } from "esbuild";

/**
 * @param contents a module that imports from `holdfast/handlers`.
 * @param root the folder of this repository.
 */
export async function bundle(contents: string, root: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    alias: { "holdfast/handlers": "./handlers/patterns/index.ts" },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    write: false,
    logLevel: "silent",
  });
  return outputFiles.map(({ text }) => text).join("");
}

/** The least that a user can write. */
export const MINIMAL = `
import { queue } from "holdfast/handlers";
export const handler = queue(async () => {});
`;
