import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Construct } from "constructs";

/**
 * Where a path that a user wrote leads: relative ones start at the folder of `cdktf.json`, as cdktf's own assets do, else
 * at the working directory.
 */
export function resolveUserPath(scope: Construct, path: string): string {
  if (isAbsolute(path)) return path;
  const cdktfJson: unknown = scope.node.tryGetContext("cdktfJsonPath");
  return resolve(typeof cdktfJson === "string" ? dirname(cdktfJson) : process.cwd(), path);
}

/** The nearest folder above a file that has a package.json, else the file's own folder. */
export function packageRoot(file: string): string {
  const own = dirname(file);
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return own;
  }
}
