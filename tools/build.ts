/**
 * `npm run prepare`: builds `dist/`, what the package ships.
 *
 * ESM and declarations by tsc; beside each entry point a CommonJS twin by esbuild, because a project made by
 * `cdktf init` runs its tests in a jest that loads CommonJS only. On a Node that can require ESM, `import` and
 * `require` give the same class (the `module-sync` condition of package.json).
 */
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });

for (const entry of ["modules", "handlers/patterns", "rehearsal"]) {
  const place = join(root, "dist", entry);
  await build({
    entryPoints: [join(place, "index.js")],
    outfile: join(place, "index.cjs"),
    bundle: true,
    packages: "external",
    format: "cjs",
    platform: "node",
    target: "node20",
  });
}

// Declarations for the twins, one beside each: a `.d.cts` that merely passed on the ESM ones would be an error under
// `module: node16`, where CommonJS cannot import ESM. In both, what tsc leaves as `.ts` becomes what is shipped.
const dist = join(root, "dist");
const relativeSource = /(?<=["'])(\.\.?\/[^"']+)\.ts(?=["'])/g;
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".d.ts")) continue;
  const declarations = readFileSync(join(dist, name), "utf8");
  writeFileSync(join(dist, name), declarations.replaceAll(relativeSource, "$1.js"));
  writeFileSync(join(dist, name.replace(/\.d\.ts$/, ".d.cts")), declarations.replaceAll(relativeSource, "$1.cjs"));
}

// The command is one file, so that it starts fast; the shebang of its source is kept.
await build({
  entryPoints: [join(root, "cli", "holdfast.ts")],
  outfile: join(root, "dist", "cli", "holdfast.js"),
  // Types alone: what runs is commander itself.
  alias: { "@commander-js/extra-typings": "commander" },
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
});
chmodSync(join(root, "dist", "cli", "holdfast.js"), 0o755);
