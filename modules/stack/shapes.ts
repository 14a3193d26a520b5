/**
 * Shapes: what a value has to look like before anything else is asked of it.
 *
 * Types say the same, but a caller in JavaScript, or one who casts, has none. A construct takes from its props only what
 * has the right shape, so that nothing inside it meets what it was not written for; the rest is refused at synth together
 * with all else that is wrong.
 */
import { Token } from "cdktf";
import { shown, unknownKeys } from "./refusals.ts";

/** Says what is wrong with a value, given its place in the props; nothing where its shape is right. */
export type Shape = (at: string, value: unknown) => readonly string[];

/** A shape for each key of an object. */
export type Shapes<Keys extends PropertyKey> = Readonly<Record<Keys, Shape>>;

const mustBe = (at: string, value: unknown, what: string): readonly string[] => [
  `${at} is ${shown(value)}; it must be ${what}.`,
];

/** A value of which something holds; `what` ends the sentence "it must be …". */
export const shapeOf =
  (what: string, holds: (value: unknown) => boolean): Shape =>
  (at, value) =>
    holds(value) ? [] : mustBe(at, value, what);

/** An object with keys of its own; a Map or a Date has none. (By its tag, since a prototype differs between realms.) */
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === "[object Object]";

/** A string, which may be a Terraform expression. */
export const text = shapeOf("a string", (value) => typeof value === "string");

/** A number, which may be a Terraform expression; its range is another matter. */
export const figure = shapeOf("a number", (value) => typeof value === "number");

/** `true` or `false` where it decides what is made, so that no expression will do. */
export const choice = shapeOf("true or false", (value) => typeof value === "boolean");

/** `true`, `false` or a Terraform expression. */
export const flag = shapeOf("true or false", (value) => typeof value === "boolean" || Token.isUnresolved(value));

/** One of some words where it decides what is made, so that no expression will do. */
export const word =
  (words: readonly string[], advice: string): Shape =>
  (at, value) =>
    words.some((known) => known === value)
      ? []
      : [
          Token.isUnresolved(value)
            ? `${at} is a Terraform expression; it decides what is made, so it must be one of ${words.map(shown).join(", ")}.`
            : `${at} is ${shown(value)}; it must be one of ${words.map(shown).join(", ")}. ${advice}`,
        ];

/** What `seconds()` and its like make. */
export const duration: Shape = (at, value) => {
  if (!isRecord(value) || !("inSeconds" in value)) return mustBe(at, value, "a duration, for instance seconds(30)");
  return typeof value.inSeconds === "number"
    ? []
    : [`${at} is made from ${shown(value.inSeconds)}; seconds(), minutes(), hours() and days() take a number.`];
};

/** A list whose items all have a shape. */
export const listOf =
  (item: Shape, what: string): Shape =>
  (at, value) =>
    Array.isArray(value)
      ? value.flatMap((entry: unknown, index) => item(`${at}[${index}]`, entry))
      : mustBe(at, value, `a list of ${what}`);

/** An object of any keys whose values all have a shape; `what` ends the sentence "it must be …". */
export const recordOf =
  (item: Shape, what: string): Shape =>
  (at, value) =>
    isRecord(value) && !isResolvable(value)
      ? Object.entries(value).flatMap(([key, entry]) => item(`${at}.${key}`, entry))
      : mustBe(at, value, what);

/** An object that is no expression as a whole, since keys are added to it; its values may be expressions. */
export const ofKnownKeys =
  (shape: Shape): Shape =>
  (at, value) =>
    Token.isUnresolved(value)
      ? [`${at} is an expression; its keys must be known, and its values may be expressions.`]
      : shape(at, value);

/**
 * An object of certain keys.
 * @param required keys that cannot be left out
 * @param example ends the sentence "it must be …"
 * @param madeBy the function that makes such an object, by which its keys are then named: `existingQueue(): arn`
 */
export function object<Key extends string>(
  shapes: Shapes<Key>,
  required: readonly NoInfer<Key>[],
  example: string,
  madeBy?: string,
): Shape {
  return (at, value) =>
    isRecord(value)
      ? wellFormed<Record<string, unknown>>(madeBy ?? at, value, shapes, {
          required,
          place: madeBy === undefined ? `${at}.` : `${madeBy}: `,
        }).problems
      : mustBe(at, value, example);
}

/** A value that JSON has words for, or that holds expressions; no other, which JSON would leave out or choke on. */
export const json: Shape = (at, value) => jsonProblems(at, value, []);

function jsonProblems(at: string, value: unknown, within: readonly unknown[]): readonly string[] {
  if (within.includes(value)) return [`${at} contains itself; JSON cannot say that.`];
  if (value === null || typeof value === "string" || typeof value === "boolean" || isResolvable(value)) return [];
  if (typeof value === "number" && Number.isFinite(value)) return [];
  const inner = [...within, value];
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown, index) => jsonProblems(`${at}[${index}]`, entry, inner));
  }
  return isRecord(value)
    ? Object.entries(value).flatMap(([key, entry]) => jsonProblems(`${at}.${key}`, entry, inner))
    : mustBe(at, value, "a value that JSON knows");
}

const isResolvable = (value: unknown): boolean => isRecord(value) && typeof value.resolve === "function";

/** What can be taken of some props, and what is wrong with the rest. */
export interface WellFormed<Props> {
  readonly props: Partial<Props>;
  readonly problems: readonly string[];
}

/** What else {@link wellFormed} has to know. */
export interface ShapeOptions {
  /** Keys that cannot be left out. */
  readonly required?: readonly string[];
  /** What the name of a key begins with in messages. */
  readonly place?: string;
  /** For keys that are known to belong to something else, what to do instead. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/**
 * Takes of some props what has the right shape. A key that is `undefined` counts as left out.
 * @param where names the object in messages; `""` in a construct, whose path they get anyway
 */
export function wellFormed<Props extends object>(
  where: string,
  given: Props,
  shapes: Shapes<keyof Props & string>,
  { required = [], place = where === "" ? "" : `${where}: `, elsewhere = {} }: ShapeOptions = {},
): WellFormed<Props> {
  const values: unknown = given;
  if (!isRecord(values))
    return { props: {}, problems: mustBe(`${place}what was passed`, values, "an object of props") };
  const unknown = unknownKeys(where, values, shapes, elsewhere);
  const problems = unknown === undefined ? [] : [unknown];
  const props: Partial<Props> = {};
  for (const key of Object.keys(shapes).filter((name): name is keyof Props & string => Object.hasOwn(shapes, name))) {
    if (values[key] === undefined && !required.includes(key)) continue;
    const wrong = shapes[key](`${place}${key}`, values[key]);
    if (wrong.length === 0) props[key] = given[key];
    else problems.push(...wrong);
  }
  return { props, problems };
}
