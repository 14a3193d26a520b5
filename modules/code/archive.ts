import { createHash } from "node:crypto";
import { AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";
import { zipSync } from "fflate";

/** The earliest time that a zip entry can have. Written by local fields, since fflate reads local fields. */
const earliest = new Date(1980, 0, 1);

/** Read and write for the owner, read for all: Lambda runs the code as another user. */
const unixMode = 0o644;

/**
 * A zip file whose bytes depend on nothing but names and contents: entries sorted, times and modes fixed.
 * (cdktf's own archives carry modification times, so that each checkout deploys every function again.)
 */
export function deterministicZip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const attributes = { mtime: earliest, level: 9, os: 3, attrs: unixMode << 16 } as const;
  return zipSync(Object.fromEntries(entries.map(([name, content]) => [name, [content, attributes]])));
}

/** Base64 of the SHA-256, as `source_code_hash` has it. */
export const sourceCodeHash = (content: Uint8Array): string => createHash("sha256").update(content).digest("base64");

/**
 * Copies a file beside the synthesized stack, under a folder named for its content.
 * @returns its path relative to the root module
 */
export function asset(scope: Construct, file: string, content: Uint8Array): string {
  const assetHash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return new TerraformAsset(scope, "code", { path: file, type: AssetType.FILE, assetHash }).path;
}
