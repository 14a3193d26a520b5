import { deepStrictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Compares two syntheses of the stack, resource by resource.
 *
 * Three things may differ: cdktf's metadata; the folder that an asset is in, which is named for its construct; and prose,
 * of which only the Terraform expressions are compared.
 * @returns how many elements are equal
 * @throws AssertionError that names the first element which is not
 */
export function assertEqualSyntheses(ours: string, theirs: string): number {
  const [a, b] = [elements(ours), elements(theirs)];
  deepStrictEqual([...a.keys()].toSorted(), [...b.keys()].toSorted(), "the two stacks have other elements");
  for (const [address, element] of a) deepStrictEqual(b.get(address), element, `${address} differs`);
  return a.size;
}

function elements(outdir: string): Map<string, unknown> {
  const stack: unknown = JSON.parse(readFileSync(join(outdir, "stacks", "shop", "cdk.tf.json"), "utf8"));
  const { resource, data, output, ...rest } = stack as Record<string, Record<string, unknown>>;
  const found = new Map<string, unknown>();
  for (const [kind, types] of Object.entries({ resource, data })) {
    for (const [type, named] of Object.entries(types ?? {})) {
      for (const [name, element] of Object.entries(named as object)) {
        found.set(`${kind}.${type}.${name}`, comparable(element));
      }
    }
  }
  for (const [name, element] of Object.entries(output ?? {})) found.set(`output.${name}`, comparable(element));
  return found.set("the rest of the stack", comparable(rest));
}

const prose = new Set(["description", "alarm_description"]);

function comparable(value: unknown, key = ""): unknown {
  if (typeof value === "string") {
    if (prose.has(key)) return value.match(/\$\{[^}]*\}/g) ?? [];
    return key === "filename" ? value.replace(/^assets\/.*\//, "assets/") : value;
  }
  if (Array.isArray(value)) return value.map((item) => comparable(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "//")
      .map(([name, item]) => [name, comparable(item, name)]),
  );
}
