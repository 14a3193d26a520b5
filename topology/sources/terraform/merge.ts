/**
 * Values of the two runs put together.
 *
 * The first run (a plan) has the provider's defaults, and does not know what comes from other resources. The second (an
 * apply of overridden resources) knows references, `jsonencode` and policy documents, but not the provider's defaults,
 * and holds stand-ins where nothing is set. So: the first run's values, and what it does not know from the second.
 */

import type { Provider, Values } from "../../configuration.ts";
import { Unknown, unknownText, type Value } from "../../configuration.ts";
import { hasIdentity, identityOf, nameFrom } from "../../identity.ts";
import type { OutputTree } from "./scan.ts";
import type { StandInValues } from "./test-file.ts";

/** A number that no configuration holds: where it comes back, nothing set the attribute. */
const standInNumber = -987_654_321;

type Json = { readonly [key: string]: unknown };

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const arnPrefix = "arn:aws:holdfast:us-east-1:000000000000:";

/** The stand-ins of one configuration: which text stands for which attribute. */
export class StandIns {
  private readonly meaning = new Map<string, string>();
  /** References whose stand-ins must look like ARNs. */
  private readonly arns = new Set<string>();
  private count = 0;

  /** Values for one instance: what AWS would give it, and stand-ins for every other attribute that it may compute. */
  for(
    address: string,
    type: string,
    values: Values,
    provider: Provider | undefined,
    attributes: Readonly<Record<string, unknown>>,
    isOpen: (attribute: string) => boolean,
  ): Record<string, string | number> {
    const identity = identityOf({ address, type, values }, provider);
    const made: Record<string, string | number> = {};
    this.count += 1;
    for (const [name, schema] of Object.entries(attributes)) {
      if (!isJson(schema) || schema.computed !== true || !isOpen(name)) continue;
      if (schema.type === "number") made[name] = standInNumber;
      if (schema.type !== "string") continue;
      const known = hasIdentity(type) || name === "arn" ? identity[name] : undefined;
      made[name] = known ?? this.text(`${address}.${name}`, name);
    }
    return made;
  }

  /** Texts for what a data source would read, by its schema. */
  forData(
    address: string,
    type: string,
    provider: Provider | undefined,
    attributes: Readonly<Record<string, unknown>>,
  ): Record<string, string> {
    const identity = identityOf({ address, type, values: {} }, provider);
    this.count += 1;
    const made: Record<string, string> = {};
    for (const [name, schema] of Object.entries(attributes)) {
      if (!isJson(schema) || schema.computed !== true || schema.type !== "string") continue;
      const known = hasIdentity(type) || name === "arn" ? identity[name] : undefined;
      made[name] = known ?? this.text(`${address}.${name}`, name);
    }
    return made;
  }

  /** Texts for the outputs of another state, by the parts that are used. */
  forOutputs(address: string, used: OutputTree): StandInValues {
    this.count += 1;
    const fill = (tree: OutputTree, path: string): StandInValues =>
      Object.fromEntries(
        [...tree].map(([name, inner]) => {
          const own = `${path}.${name}`;
          return [name, inner.size > 0 ? fill(inner, own) : this.text(own, name, own)];
        }),
      );
    return fill(used, address);
  }

  private text(reference: string, attribute: string, unique = attribute): string {
    const name = nameFrom(unique).toLowerCase().replaceAll("_", "-");
    const plain = `hf-${this.count}-${name}-end`;
    const standIn = this.arns.has(reference) || /(?:^|_)arn$/.test(attribute) ? arnPrefix + plain : plain;
    this.meaning.set(standIn, reference);
    return standIn;
  }

  /** Whether a text holds a stand-in. */
  holds(value: unknown): boolean {
    return typeof value === "string" && /hf-\d+-/.test(value);
  }

  /** Makes ARNs of the stand-ins that Terraform refuses in a message; false where there is none that could be one. */
  correct(message: string): boolean {
    const refused = [...this.meaning].filter(
      ([standIn, reference]) =>
        !this.arns.has(reference) && !standIn.startsWith(arnPrefix) && message.includes(standIn),
    );
    for (const [, reference] of refused) this.arns.add(reference);
    return refused.length > 0;
  }

  /** A value of the second run: stand-ins become the references that they stand for; `own` is the attribute's own. */
  read(value: unknown, own: string): Value {
    if (typeof value === "string") return this.readText(value, own);
    if (typeof value === "number") return value === standInNumber ? null : value;
    if (typeof value === "boolean" || value === null || value === undefined) return value ?? null;
    if (Array.isArray(value)) return value.map((one: unknown) => this.read(one, own));
    return isJson(value)
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.read(one, own)]))
      : null;
  }

  private readText(value: string, own: string): Value {
    const whole = this.meaning.get(value);
    if (whole !== undefined) return whole === own ? null : new Unknown([whole], true);
    if (!this.holds(value)) return value;
    return value.replaceAll(/(?:arn:aws:holdfast:us-east-1:000000000000:)?hf-\d+-[a-z0-9-]*?-end/g, (standIn) => {
      const reference = this.meaning.get(standIn);
      return reference === undefined ? standIn : unknownText([reference]);
    });
  }
}

/** Puts the runs' values together: `after` and `unknown` of the plan, `second` of the state. */
export function merge(after: unknown, unknown: unknown, second: unknown, standIns: StandIns, own: string): Value {
  if (unknown === true) return dropMocks(standIns.read(second, own), after);
  if (Array.isArray(after)) {
    const others: readonly unknown[] = Array.isArray(second) ? second : [];
    const marks: readonly unknown[] = Array.isArray(unknown) ? unknown : [];
    const sameOrder = others.length === after.length;
    return after.map((one: unknown, index) =>
      merge(one, marks[index], sameOrder ? others[index] : undefined, standIns, own),
    );
  }
  if (isJson(after)) {
    const others: Json = isJson(second) ? second : {};
    const marks: Json = isJson(unknown) ? unknown : {};
    const names = new Set([...Object.keys(after), ...Object.keys(marks)]);
    return Object.fromEntries(
      [...names].map((name) => [
        name,
        merge(after[name], marks[name], others[name], standIns, own === "" ? "" : `${own}.${name}`),
      ]),
    );
  }
  if (standIns.holds(after)) return standIns.read(after, own);
  if (standIns.holds(second)) return standIns.read(second, own);
  return typeof after === "string" || typeof after === "number" || typeof after === "boolean" ? after : null;
}

/** Of an attribute that nothing sets, Terraform's mocks give empty lists and `false`: not set. */
function dropMocks(value: Value, after: unknown): Value {
  if (value === false && after === undefined) return null;
  return value;
}
