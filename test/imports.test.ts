/** The parts of the product depend on each other one way, and no files import each other in a circle. */
import { circles, type ImportGraph, importGraph, readSources, trespasses } from "./support/import-graph.ts";

/** What each part may import of the others. `modules` name entry points of `handlers/functions` by path alone. */
const reaches = {
  cli: ["rehearsal", "checks", "topology"],
  rehearsal: ["topology"],
  checks: ["topology"],
  topology: [],
  modules: [],
  "handlers/functions": ["handlers/patterns"],
  "handlers/patterns": [],
} as const;

const sources = readSources(Object.keys(reaches));

/** The graph with one more line in one file. */
function planted(file: string, line: string): ImportGraph {
  const source = sources.get(file);
  if (source === undefined) throw new Error(`${file} is not there`);
  return importGraph(new Map(sources).set(file, `${line}\n${source}`));
}

it("has no circle of imports, those of types included", () => {
  expect(circles(importGraph(sources))).toEqual([]);
});

it("has imports one way only", () => {
  expect(trespasses(importGraph(sources), reaches)).toEqual([]);
});

it.each([
  ["an import", 'import { build } from "../../build.ts";', "../../build.ts"],
  ["an import of a type", 'import type { World } from "../../build.ts";', "../../build.ts"],
  ["a type that is imported where it is used", 'export type One = import("../../build.ts").One;', "../../build.ts"],
  ["a re-export", 'export * from "../../build.ts";', "../../build.ts"],
  ["an import on several lines", 'import {\n  build,\n} from "../../build.ts";', "../../build.ts"],
])("notices a circle by %s", (_, line) => {
  const found = circles(planted("rehearsal/services/sqs/queue.ts", line));
  expect(found).toContain("rehearsal/services/sqs/queue.ts → rehearsal/build.ts");
  expect(found).toContain("rehearsal/build.ts → rehearsal/services/sqs/queue.ts");
  expect(found.filter((one) => !one.includes("rehearsal/"))).toEqual([]);
});

it.each([
  ["topology/graph.ts", "../modules/index.ts"],
  ["modules/index.ts", "../topology/graph.ts"],
  ["topology/graph.ts", "../checks/check.ts"],
  ["rehearsal/index.ts", "../cli/summary.ts"],
  ["checks/check.ts", "../rehearsal/rehearse.ts"],
  ["modules/index.ts", "../handlers/patterns/index.ts"],
  ["handlers/patterns/index.ts", "../functions/pay.ts"],
  ["handlers/patterns/index.ts", "../../main.ts"],
])("notices %s that imports %s", (file, specifier) => {
  const found = trespasses(planted(file, `import type {} from "${specifier}";`), reaches);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(new RegExp(`^${file} → `));
});

it("notices a part that imports another by the package's own name", () => {
  const found = trespasses(planted("topology/graph.ts", 'import { rehearse } from "holdfast/rehearsal";'), reaches);
  expect(found).toEqual(["topology/graph.ts → rehearsal/index.ts"]);
});

it("reads the imports of every part", () => {
  const graph = importGraph(sources);
  for (const [part, others] of Object.entries(reaches)) {
    const imports = [...graph].filter(([file]) => file.startsWith(`${part}/`)).flatMap(([, all]) => [...all]);
    for (const wanted of [...others, ...(part === "handlers/functions" ? [] : [part])]) {
      expect(imports.some((one) => one.startsWith(`${wanted}/`)) ? "" : `${part} imports nothing of ${wanted}`).toBe(
        "",
      );
    }
  }
});
