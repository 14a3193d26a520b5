/** Objects of a scenario's form, which say what would be right where they do not fit. */
import { z } from "zod";
import { noSuchAddress } from "./nearest.ts";

/** An object with these fields and no others. */
export function form<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys") return noSuchAddress(String(issue.keys[0]), names, "field");
      if (issue.code === "invalid_type")
        return `${shown(issue.input)} stands where an object with ${oneOf(names)} must stand`;
      return undefined;
    },
  });
}

/** What is said of a value of the wrong type where the form says nothing closer. */
export function wrongType(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    const wanted = typeNames[issue.expected] ?? issue.expected;
    return issue.input === undefined
      ? `is missing: ${wanted}`
      : `${shown(issue.input)} stands where ${wanted} must stand`;
  }
  if (issue.code === "too_small") return `${shown(issue.input)} is too small: at least ${issue.minimum}`;
  if (issue.code === "too_big") return `${shown(issue.input)} is too large: at most ${issue.maximum}`;
  return undefined;
}

const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a text",
};

/** A value in a message: short, and without what it holds where it holds much. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
