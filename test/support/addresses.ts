/** State addresses of stacks, as a file that people read and as a comparison that names each one that changed. */
import { addressesOf, type Synthesized } from "./synth.ts";

/** Addresses by stack. */
export type Addresses = Readonly<Record<string, readonly string[]>>;

/** What Terraform keeps of a stack by name: its resources and its outputs, sorted. Data sources are read anew each time. */
export function stateAddresses(stack: Synthesized): string[] {
  const resources = addressesOf(stack).filter((address) => !address.startsWith("data."));
  return [...resources, ...Object.keys(stack.output).map((name) => `output.${name}`)].toSorted();
}

/** One stack's name at the beginning of a line, its addresses below, indented. */
export const written = (addresses: Addresses): string =>
  Object.keys(addresses)
    .toSorted()
    .map((stack) => `${stack}\n${(addresses[stack] ?? []).map((address) => `  ${address}\n`).join("")}`)
    .join("\n");

/** Reads what {@link written} wrote. */
export function read(text: string): Addresses {
  const addresses: Record<string, string[]> = {};
  let stack: string[] = [];
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    if (line.startsWith("  ")) stack.push(line.trim());
    else addresses[line] = stack = [];
  }
  return addresses;
}

/** What a deployment would do because of addresses, one line for each that changed. */
export function changes(before: Addresses, after: Addresses): string[] {
  const stacks = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  const absentFrom = (from: Addresses, of: Addresses, stack: string): readonly string[] =>
    (of[stack] ?? []).filter((address) => !(from[stack] ?? []).includes(address));
  return stacks.flatMap((stack) =>
    absentFrom(after, before, stack)
      .map((address) => `${stack}: ${address} is gone; Terraform would destroy it`)
      .concat(
        absentFrom(before, after, stack).map((address) => `${stack}: ${address} is new; Terraform would create it`),
      ),
  );
}
