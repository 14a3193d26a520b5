/** Many topologies in one configuration, read in four forms by one run of Terraform each, and judged one by one. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Configuration } from "../../../topology/configuration.ts";
import { graphOf } from "../../../topology/resources/graph-of.ts";
import { readShown } from "../../../topology/sources/show.ts";
import { readSynthesized } from "../../../topology/sources/synth.ts";
import { resolveWithTerraform } from "../../../topology/sources/terraform/resolve.ts";
import { comparable, expectSameButUnknown } from "../comparison.ts";
import type { Terraform } from "../terraform.ts";
import { topology } from "./build.ts";
import { flat, hclFiles, synthesizedText, together } from "./modules.ts";
import { parts, type Shape, simpler } from "./shape.ts";
import { stateOf } from "./state.ts";

export const forms = ["json", "hcl", "plan", "state"] as const;
export type Form = (typeof forms)[number];

/** What the reader of each form gave. */
export type Read = Readonly<Record<Form, Configuration>> & { readonly addresses: ReadonlyMap<string, string> };

/** A topology of which a form has another graph than its JSON. */
export interface Difference {
  readonly shape: Shape;
  readonly form: Form;
  readonly message: string;
}

type Comparable = ReturnType<typeof comparable>;

/** Reads topologies, named t0, t1 … by their place in the list, in all four forms. */
export async function readAll(shapes: readonly Shape[], place: string, terraform: Terraform): Promise<Read> {
  const root = together(shapes.map((shape, at) => topology(shape, `t${at}`)));
  const directory = mkdtempSync(join(place, "batch-"));
  for (const [file, text] of hclFiles(root)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  const made = flat(root);
  const json = readSynthesized(synthesizedText(made), join(directory, "cdk.tf.json"), "test");
  const before = readdirSync(directory);
  const hcl = await resolveWithTerraform(directory, { env: terraform.env });
  expect(readdirSync(directory)).toEqual(before);
  await terraform.run(["init", "-input=false", "-backend=false"], directory);
  const plan = async (): Promise<string> => {
    await terraform.run(["plan", "-input=false", "-out=plan.out"], directory);
    return (await terraform.run(["show", "-json", "plan.out"], directory)).stdout;
  };
  const [shown, state] = await Promise.all([plan(), stateOf(hcl, directory, terraform)]);
  return {
    json,
    hcl,
    plan: readShown(shown, "plan.json"),
    state: readShown(state, "state.json"),
    addresses: made.addresses,
  };
}

/** The topologies that differ: each form against the JSON, of a plan only what it knows. */
export function differences(
  shapes: readonly Shape[],
  read: Read,
  compared: readonly Form[] = ["hcl", "plan", "state"],
): Difference[] {
  const json = judged(read.json, read.addresses).graphs;
  const found: Difference[] = [];
  for (const form of compared) {
    const { graphs, assumed } = judged(read[form]);
    for (const name of new Set([...json.keys(), ...graphs.keys()])) {
      const [known, other] = [json.get(name) ?? none, graphs.get(name) ?? none];
      const shape = shapes[Number(name.slice(1))];
      try {
        if (form === "plan") expectSameButUnknown(other, known, assumed);
        else expect(other).toEqual(known);
      } catch (error) {
        if (shape === undefined) throw error;
        found.push({ shape, form, message: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return found;
}

/** Graphs by topology, and the names of what was assumed for them. */
interface Judged {
  readonly graphs: ReadonlyMap<string, Comparable>;
  readonly assumed: readonly string[];
}

const kept = new WeakMap<Configuration, Judged>();

function judged(configuration: Configuration, addresses: ReadonlyMap<string, string> = new Map()): Judged {
  const known = kept.get(configuration);
  if (known !== undefined) return known;
  const graph = graphOf(configuration);
  const graphs = split(inModules(comparable(graph), addresses));
  const made = { graphs, assumed: graph.assumptions.map(({ name }) => name) };
  kept.set(configuration, made);
  return made;
}

/**
 * The simplest shape that still differs in the same form: all that are one step simpler are judged in one run.
 * @param judge what differs of these
 */
export async function shrunk(
  found: Difference,
  judge: (candidates: readonly Shape[]) => Promise<readonly Difference[]>,
): Promise<Difference> {
  let simplest = found;
  for (;;) {
    const candidates = simpler(simplest.shape);
    const next =
      candidates.length === 0 ? undefined : (await judge(candidates)).find(({ form }) => form === found.form);
    if (next === undefined) return simplest;
    simplest = next;
  }
}

/** A difference for a reader: what differs where, and the files that show it. */
export function told({ shape, form, message }: Difference): string {
  const files = [...hclFiles(together([topology(shape, "t0")]))].map(([name, text]) => `# ${name}\n${text}`);
  return `${form} differs: ${parts[shape.part]?.[0]} as ${JSON.stringify(shape)}\n${message}\n${files.join("\n")}`;
}

const none: Comparable = { nodes: [], edges: [], alarms: [], notUnderstood: [] };

/** The same graph, with the addresses that its resources have inside modules. */
function inModules(graph: Comparable, addresses: ReadonlyMap<string, string>): Comparable {
  return JSON.parse(JSON.stringify(graph), (_key, one: unknown) =>
    typeof one === "string"
      ? one.replaceAll(
          /(?<![\w.:/"-])(?:data\.)?aws_[a-z0-9_]+\.[\w-]+/g,
          (address) => addresses.get(address) ?? address,
        )
      : one,
  );
}

/** The parts of a graph by topology, in an order that does not come from where they stand. */
function split(graph: Comparable): Map<string, Comparable> {
  const made = new Map<string, Record<keyof Comparable, unknown[]>>();
  for (const part of ["nodes", "edges", "alarms", "notUnderstood"] as const) {
    for (const one of graph[part]) {
      const { id, address } = one as { readonly id?: string; readonly address?: string };
      const name = /(?:^|\.)(t\d+)(?=[_.[])/.exec(id ?? address ?? "")?.[1] ?? "";
      const own = made.get(name) ?? { nodes: [], edges: [], alarms: [], notUnderstood: [] };
      made.set(name, own);
      own[part].push(ordered(one));
    }
  }
  return new Map(
    [...made].map(([name, own]) => [
      name,
      JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(own).map(([part, list]) => [part, sorted(list)])))),
    ]),
  );
}

/** Lists of addresses by their text: their order is that of the addresses, which modules change. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return list.every((one) => typeof one === "string") ? list.toSorted() : list.map(ordered);
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, ordered(one)]));
}

function sorted(list: readonly unknown[]): unknown[] {
  const key = (one: unknown): string => {
    const { id, address } = one as { readonly id?: string; readonly address?: string };
    return id ?? address ?? "";
  };
  return list.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
