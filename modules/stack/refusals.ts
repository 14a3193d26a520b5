/**
 * Refusals: what a construct does not accept, found at synth, all of a stack at once.
 *
 * A construct never throws for a value that is out of range: it builds what it was told and adds its refusals to the
 * construct tree, so that one synth names every mistake of a stack, each with construct path, value, range and what to
 * do. What is a Terraform expression is not looked at: its value is not known here.
 */
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { isExpression } from "../expression.ts";

/** One row of a construct's table of refusals: looks at the props and says what is wrong, or nothing. */
export type Refusal<Props> = (props: Props) => string | undefined;

/** Adds the refusals of a construct to the validations that synth runs. */
export function refuse<Props>(construct: Construct, rows: readonly Refusal<Props>[], props: Props): void {
  construct.node.addValidation({
    validate: () => rows.map((row) => row(props)).filter((problem) => problem !== undefined),
  });
}

/** How a value is shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value);
}

/** What a figure may be. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
  /** Appended to the figures: `" s"`, `" messages"`. */
  readonly unit?: string;
  /** What to do instead, and where the limit comes from. */
  readonly advice: string;
}

/** Refuses a figure that is no whole number within the range; passes over `undefined` and expressions. */
export function outOfRange(prop: string, value: number | undefined, range: Range): string | undefined {
  if (value === undefined || (typeof value === "number" && Token.isUnresolved(value))) return undefined;
  if (Number.isInteger(value) && value >= range.minimum && value <= range.maximum) return undefined;
  const unit = range.unit ?? "";
  const allowed = `a whole number from ${range.minimum} to ${range.maximum}${unit}`;
  return `${prop} is ${shown(value)}${typeof value === "number" ? unit : ""}; it must be ${allowed}. ${range.advice}`;
}

/** Refuses a duration that was not made by `seconds()` and its like, or that is out of range. */
export function durationOutOfRange(prop: string, value: unknown, range: Omit<Range, "unit">): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || !("inSeconds" in value) || typeof value.inSeconds !== "number") {
    return `${prop} is ${shown(value)}; it must be a duration, for instance seconds(30).`;
  }
  return outOfRange(prop, value.inSeconds, { ...range, unit: " s" });
}

/** Refuses a value that is none of the words; passes over `undefined` and expressions. */
export function noneOf(
  prop: string,
  value: unknown,
  words: readonly (string | number)[],
  advice: string,
): string | undefined {
  if (
    value === undefined ||
    (typeof value === "string" ? isExpression(value) : Token.isUnresolved(value)) ||
    words.some((word) => word === value)
  )
    return undefined;
  return `${prop} is ${shown(value)}; it must be one of ${words.map(shown).join(", ")}. ${advice}`;
}

/**
 * Refuses keys that a props object does not have: a caller without type checks would otherwise have them ignored in
 * silence.
 * @param known every key, and for a key that belongs elsewhere what to do instead
 */
export function unknownKeys(
  where: string,
  value: unknown,
  known: Readonly<Record<string, true>>,
  elsewhere: Readonly<Record<string, string>> = {},
): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(known, key));
  if (unknown.length === 0) return undefined;
  const advice = unknown.map((key) => elsewhere[key]).find((text) => text !== undefined);
  const what = `${where === "" ? "" : `${where}: `}unknown ${unknown.length === 1 ? "prop" : "props"} ${unknown.join(", ")}`;
  return `${what}. ${advice ?? `Known are ${Object.keys(known).toSorted().join(", ")}.`}`;
}
