/** JSON of unknown shape, looked at without trust. */

import { UnreadableSource } from "../configuration.ts";

/** Levels of lists and objects in one another: far more than Terraform prints, far less than the stack holds. */
const deepest = 500;

/**
 * Reads a JSON file; a byte order mark is passed over.
 * @param wanted what would be right, to end the message
 * @throws {UnreadableSource} where it is not JSON, or nested too deeply.
 */
export function parseFile(source: string, shown: string, wanted: string): unknown {
  let depth = 0;
  for (const [token] of source.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    if (depth > deepest) throw new UnreadableSource(`${shown}: nested more than ${deepest} levels deep${wanted}`);
  }
  try {
    return JSON.parse(source.replace(/^\uFEFF/, ""));
  } catch (error) {
    const message = error instanceof Error || isJson(error) ? String(error.message) : String(error);
    throw new UnreadableSource(`${shown}: not JSON: ${message.replaceAll(/\s+/g, " ")}${wanted}`);
  }
}

export type Json = { readonly [key: string]: unknown };

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list, whatever stands there. */
export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
