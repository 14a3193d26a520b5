/**
 * Whether a pattern may match an event of which only a part is known: of an object that S3 will send, its source and its
 * bucket are.
 */
import type { EventPattern, JsonValue } from "../graph.ts";
import { isJsonList, isJsonObject, type JsonObject } from "../json.ts";
import { BadPattern, matches } from "./pattern.ts";

/** What is known of an event: a field that is not here may hold anything, or be missing. */
export type KnownPart = { readonly [key: string]: JsonValue };

/** False only where no event with these fields can match. A pattern that AWS would refuse may match. */
export function mayMatch(pattern: EventPattern, known: KnownPart): boolean {
  try {
    return objectMayMatch(pattern, known);
  } catch (error) {
    if (error instanceof BadPattern) return true;
    throw error;
  }
}

function objectMayMatch(pattern: JsonObject, known: JsonObject): boolean {
  return Object.keys(pattern).every((key) => {
    const wanted = pattern[key];
    if (wanted === undefined) return true;
    if (key === "$or" && isJsonList(wanted)) {
      return wanted.some((branch) => !isJsonObject(branch) || objectMayMatch(branch, known));
    }
    const value = Object.hasOwn(known, key) ? known[key] : undefined;
    if (value === undefined) return true;
    // Of an object only some fields are known; of anything else all is.
    if (isJsonObject(wanted) && isJsonObject(value)) return objectMayMatch(wanted, value);
    return matches({ [key]: wanted }, { [key]: value });
  });
}
