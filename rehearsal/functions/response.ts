/** Partial batch responses: what a function's return value asks for. */

import type { JsonValue } from "../../topology/graph.ts";
import { isJsonList, memberOf } from "../../topology/json.ts";
import type { World } from "../world.ts";

/** What a response asks for. */
export type Response =
  | { readonly kind: "all-succeeded" }
  /** everything again: `valid` where the response is well-formed and names every item */
  | { readonly kind: "all-failed"; readonly valid: boolean }
  /** these again, by index in the batch */
  | { readonly kind: "some-failed"; readonly failed: ReadonlySet<number> };

const succeeded: Response = { kind: "all-succeeded" };
const invalid: Response = { kind: "all-failed", valid: false };

/**
 * Reads a response. Full success: nothing, an empty list, text or object, a `batchItemFailures` that is empty or null
 * (R68, R100). Full failure: whatever names an item that the batch does not have (R69, R101).
 */
export function readResponse(
  value: JsonValue | undefined,
  identifiers: () => readonly string[],
  world: Pick<World, "deviates">,
): Response {
  if (value === undefined || value === null) return succeeded;
  if (value === "") return world.deviates("response.empty-text-fails") ? invalid : succeeded;
  if (isJsonList(value)) return value.length === 0 ? succeeded : invalid;
  if (typeof value !== "object") return invalid;
  const failures = memberOf(value, "batchItemFailures");
  if (failures === undefined) return succeeded;
  if (failures === null) return world.deviates("response.null-fails") ? invalid : succeeded;
  if (!isJsonList(failures)) return invalid;
  if (failures.length === 0) return succeeded;
  const known = new Map(identifiers().map((identifier, index) => [identifier, index]));
  const failed = new Set<number>();
  for (const failure of failures) {
    const identifier = memberOf(failure, "itemIdentifier");
    const index = typeof identifier === "string" ? known.get(identifier) : undefined;
    if (index === undefined) {
      if (world.deviates("response.unknown-id-ignored")) continue;
      return invalid;
    }
    failed.add(index);
  }
  if (failed.size === 0) return succeeded;
  return failed.size === known.size ? { kind: "all-failed", valid: true } : { kind: "some-failed", failed };
}

/** How many items a response names, for a mapping that did not ask for partial responses. */
export function outcomeOf(response: Response): "success" | "partial" | "error" {
  switch (response.kind) {
    case "all-succeeded":
      return "success";
    case "some-failed":
      return "partial";
    case "all-failed":
      return "error";
  }
}
