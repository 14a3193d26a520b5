/**
 * Refusals: what a construct does not accept, found at synth, all of a stack at once.
 *
 * A construct never throws for a value that is out of range: it builds what it was told and adds its refusals to the
 * construct tree, so that one synth names every mistake of a stack, each with construct path, value, range and what to
 * do. What is a Terraform expression is not looked at: its value is not known here.
 */
import { Token } from "cdktf";
import type { Construct } from "constructs";
import type { Duration } from "../duration.ts";
import { isExpression } from "../expression.ts";

/** One row of a construct's table of refusals: looks at the props and says what is wrong, or nothing. */
export type Refusal<Props> = (props: Props) => string | undefined;

/**
 * Adds the refusals of a construct to the validations that synth runs.
 * @param malformed what is wrong with props of the wrong shape, which `props` then lack
 */
export function refuse<Props>(
  construct: Construct,
  malformed: readonly string[],
  rows: readonly Refusal<Props>[],
  props: Props,
): void {
  construct.node.addValidation({
    validate: () => [...malformed, ...rows.map((row) => row(props)).filter((problem) => problem !== undefined)],
  });
}

/** How a value is shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
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
  if (value === undefined || Token.isUnresolved(value)) return undefined;
  if (Number.isInteger(value) && value >= range.minimum && value <= range.maximum) return undefined;
  const unit = range.unit ?? "";
  const allowed = `a whole number from ${range.minimum} to ${range.maximum}${unit}`;
  return `${prop} is ${shown(value)}${unit}; it must be ${allowed}. ${range.advice}`;
}

/** Refuses a duration that is out of range. */
export const durationOutOfRange = (
  prop: string,
  value: Duration | undefined,
  range: Omit<Range, "unit">,
): string | undefined => outOfRange(prop, value?.inSeconds, { ...range, unit: " s" });

/** Refuses a value that is none of the words; passes over `undefined` and expressions. */
export function noneOf(
  prop: string,
  value: string | number | undefined,
  words: readonly (string | number)[],
  advice: string,
): string | undefined {
  if (value === undefined || words.includes(value)) return undefined;
  if (typeof value === "string" ? isExpression(value) : Token.isUnresolved(value)) return undefined;
  return `${prop} is ${shown(value)}; it must be one of ${words.map(shown).join(", ")}. ${advice}`;
}

/**
 * Refuses keys that a props object does not have: a caller without type checks would otherwise have them ignored in
 * silence.
 * @param known an entry for every key that there is
 * @param elsewhere for a key that belongs to something else, what to do instead
 */
export function unknownKeys(
  where: string,
  value: unknown,
  known: Readonly<Record<string, unknown>>,
  elsewhere: Readonly<Record<string, string>> = {},
): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(known, key));
  if (unknown.length === 0) return undefined;
  const misplaced = unknown.find((key) => Object.hasOwn(elsewhere, key));
  const what = `${where === "" ? "" : `${where}: `}unknown ${unknown.length === 1 ? "prop" : "props"} ${unknown.join(", ")}`;
  return `${what}. ${misplaced === undefined ? `Known are ${Object.keys(known).toSorted().join(", ")}.` : elsewhere[misplaced]}`;
}
