import { readFileSync, statSync } from "node:fs";
import { Fn } from "cdktf";
import { asArgument, isExpression } from "../expression.ts";
import { type Shapes, text, wellFormed } from "../stack/shapes.ts";
import { asset, sourceCodeHash } from "./archive.ts";
import type { ArchiveCode } from "./code.ts";
import { resolveUserPath } from "./project.ts";

/** How to run a ready zip file. */
export interface ZipOptions {
  /** The function's entry point, for instance `"index.handler"` or `"app.lambda_handler"`. */
  readonly handler: string;
  /** A runtime that Lambda knows, for instance `"nodejs22.x"` or `"python3.13"`. */
  readonly runtime: string;
}

const shapes = { file: text, handler: text, runtime: text } satisfies Shapes<keyof ZipOptions | "file">;

/** A zip file could not be read. */
export class ZipError extends Error {
  override readonly name = "ZipError";
}

/**
 * Ready code: a zip file of any runtime, built by something else.
 * @param file path, relative to the folder of cdktf.json; or a Terraform expression for one, which Terraform then reads
 * @throws ZipError (when the construct is made) where the file cannot be read or is no zip file, or an option is missing
 */
export function zip(file: string, options: ZipOptions): ArchiveCode {
  return {
    kind: "archive",
    bind: (scope) => {
      const { problems } = wellFormed("zip()", { ...options, file }, shapes, {
        required: ["file", "handler", "runtime"],
      });
      if (problems.length > 0) throw new ZipError(`${scope.node.path}: ${problems.join(" ")}`);
      if (isExpression(file)) {
        const hash = Fn.filebase64sha256(asArgument(file));
        return { filename: file, sourceCodeHash: hash, ...options, environment: {} };
      }
      const path = resolveUserPath(scope, file);
      const content = readZip(scope.node.path, path);
      return {
        filename: asset(scope, path, content),
        sourceCodeHash: sourceCodeHash(content),
        ...options,
        environment: {},
      };
    },
  };
}

function readZip(where: string, path: string): Buffer {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new ZipError(`${where}: zip("${path}"): there is no such file.`);
  }
  const content = readFileSync(path);
  // "PK": every zip file begins so, an empty one too (APPNOTE.TXT 4.3.7, 4.3.16).
  if (content[0] !== 0x50 || content[1] !== 0x4b) {
    throw new ZipError(`${where}: zip("${path}"): this is no zip file.`);
  }
  if (!hasEnd(content)) throw new ZipError(`${where}: zip("${path}"): this zip file is cut short.`);
  return content;
}

/** Whether the record that ends a zip file is there: 22 bytes, and a comment whose length they give (APPNOTE.TXT 4.3.16). */
function hasEnd(content: Buffer): boolean {
  const at = content.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  return at >= 0 && content.length >= at + 22 && content.length === at + 22 + content.readUInt16LE(at + 20);
}
