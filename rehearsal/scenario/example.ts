/** An event that a pattern matches, made from the pattern: for scenarios that nobody wrote. */

import type { EventPattern, JsonValue } from "../../topology/graph.ts";
import { isJsonList, isJsonObject } from "../../topology/json.ts";

type Mutable = { [key: string]: JsonValue };

/** The least that matches `pattern`, added to `base`. What the pattern only excludes is left as it is, or made up. */
export function exampleOf(pattern: EventPattern, base: Readonly<Record<string, JsonValue>> = {}): Mutable {
  const made: Mutable = { ...base };
  for (const [key, wanted] of Object.entries(pattern)) {
    if (key === "$or" && isJsonList(wanted)) {
      const [first] = wanted;
      if (isJsonObject(first)) Object.assign(made, exampleOf(first, made));
    } else if (isJsonList(wanted)) {
      const value = leaf(wanted);
      if (value === undefined) delete made[key];
      else made[key] = value;
    } else if (isJsonObject(wanted)) {
      const inner = made[key];
      made[key] = exampleOf(wanted, isJsonObject(inner) ? inner : {});
    }
  }
  return made;
}

/** A value that satisfies the first condition; undefined: the field has to be absent. */
function leaf(conditions: readonly JsonValue[]): JsonValue | undefined {
  const plain = conditions.find((condition) => !isJsonObject(condition));
  if (plain !== undefined) return plain;
  const [condition] = conditions;
  if (!isJsonObject(condition)) return "";
  const [operator = "", operand = null] = Object.entries(condition)[0] ?? [];
  switch (operator) {
    case "exists":
      return operand === true ? "present" : undefined;
    case "anything-but":
      return typeof operand === "number" || (isJsonList(operand) && typeof operand[0] === "number")
        ? 7_919
        : "something else";
    case "numeric":
      return number(operand);
    case "cidr":
      return text(operand).split("/")[0] ?? "";
    case "wildcard":
      return text(operand)
        .replaceAll(/(?<!\\)\*/g, "")
        .replaceAll("\\", "");
    default:
      return isJsonObject(operand) ? text(operand["equals-ignore-case"]) : operand;
  }
}

/** A number between the bounds of a `numeric` condition. */
function number(operand: JsonValue): number {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const list = isJsonList(operand) ? operand : [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    const limit = Number(list[index + 1]);
    const comparison = text(list[index]);
    if (comparison === "=") return limit;
    if (comparison.startsWith(">")) low = Math.max(low, limit);
    else high = Math.min(high, limit);
  }
  if (Number.isFinite(low) && Number.isFinite(high)) return (low + high) / 2;
  if (Number.isFinite(low)) return low + 1;
  return Number.isFinite(high) ? high - 1 : 0;
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
