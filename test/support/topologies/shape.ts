/** What a random topology is made of: a configuration, how often it stands there, in which modules, in which forms. */
import { type Arbitrary, array, boolean, constantFrom, nat, record } from "fast-check";
import { type Config, cleanPaths } from "../configurations.ts";
import { twins } from "../twins.ts";

/** What stands in topologies: each clean path, and everything that the twins hold, right and wrong. */
export const clean: readonly (readonly [name: string, make: () => Config])[] = Object.entries(cleanPaths);
export const parts: readonly (readonly [name: string, make: () => Config])[] = [
  ...clean,
  ...twins.flatMap(({ id, shows, repaired }): (readonly [string, () => Config])[] => [
    [`${id} shown`, shows],
    [`${id} repaired`, repaired],
  ]),
];

export const repeats = ["once", "count", "condition", "each"] as const;
export const places = ["root", "module", "modules", "counted modules"] as const;
export const policies = ["document", "encoded", "attached", "in the role", "managed by AWS"] as const;
export const accesses = ["document", "encoded", "in the queue"] as const;

export interface Shape {
  /** Which of {@link parts}. */
  readonly part: number;
  readonly repeat: (typeof repeats)[number];
  /** How many, for `count` and `for_each`; a condition is true where it is not 0. */
  readonly many: number;
  readonly place: (typeof places)[number];
  /** How many modules deep queues that keep failures stand, each with inputs and outputs. */
  readonly nested: number;
  /** Whether what refers to nothing stands there once, whatever is repeated. */
  readonly shared: boolean;
  /** How roles come by their permissions. */
  readonly policy: (typeof policies)[number];
  /** How queues come by their policies. */
  readonly access: (typeof accesses)[number];
  /** Whether nested blocks are dynamic. */
  readonly dynamic: boolean;
  /** Whether the figures come from variables and maps of objects. */
  readonly figures: boolean;
}

/** The least of each: what a counterexample is brought down to. */
export const least = {
  repeat: "once",
  many: 1,
  place: "root",
  nested: 0,
  shared: false,
  policy: "document",
  access: "document",
  dynamic: false,
  figures: false,
} as const satisfies Partial<Shape>;

const rest = {
  repeat: constantFrom(...repeats),
  many: nat(3),
  place: constantFrom(...places),
  nested: nat(2),
  shared: boolean(),
  policy: constantFrom(...policies),
  access: constantFrom(...accesses),
  dynamic: boolean(),
  figures: boolean(),
};

/** Topologies of one Terraform run, half of them clean paths, which have what every form is about. */
export function shapes(many: number): Arbitrary<Shape[]> {
  const half = { minLength: Math.ceil(many / 2), maxLength: Math.ceil(many / 2) };
  return record({
    ordered: array(record({ part: nat(clean.length - 1), ...rest }), half),
    any: array(record({ part: nat(parts.length - 1), ...rest }), half),
  }).map(({ ordered, any }) => [...ordered, ...any]);
}

/** The shapes that are one step simpler. */
export function simpler(shape: Shape): Shape[] {
  const steps = Object.entries(least)
    .filter(([name, value]) => Object.entries(shape).some(([own, is]) => own === name && is !== value))
    .map(([name, value]): Shape => Object.assign({}, shape, { [name]: value }));
  return shape.many > 2 ? [...steps, { ...shape, many: 2 }] : steps;
}
