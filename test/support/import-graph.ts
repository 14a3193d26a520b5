/** Which of the product's own files imports which, types included: read from the sources, nothing of them is run. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Paths from the root of the repository, with `/`. */
export type Sources = ReadonlyMap<string, string>;
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** What the package calls its own entry points (`paths` of tsconfig.json). */
const ownNames: Readonly<Record<string, string>> = {
  "holdfast/modules": "modules/index.ts",
  "holdfast/handlers": "handlers/patterns/index.ts",
  "holdfast/rehearsal": "rehearsal/index.ts",
};

const root = join(__dirname, "..", "..");

/** The TypeScript files of folders. @throws where a folder has none: then nothing would be looked at. */
export function readSources(folders: readonly string[]): Sources {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
    if (files.length === 0) throw new Error(`${folder}/ has no TypeScript files`);
    for (const file of files) sources.set(file, readFileSync(join(root, file), "utf8"));
  }
  return sources;
}

/**
 * Every text that names a file of ours, `"./x.ts"` or `"holdfast/x"`, counts as an import of it, in whatever statement it
 * stands (`import`, `export from`, `import()`, `import type`): the style allows no other form, and nothing is overlooked.
 * @throws where it names a file that is not there: then the text was misread.
 */
export function importGraph(sources: Sources): ImportGraph {
  const graph = new Map<string, Set<string>>();
  for (const [file, source] of sources) {
    const imports = new Set<string>();
    for (const [, relative, name] of source.matchAll(
      /"(\.{1,2}\/[^"\n]*\.ts)"|(?:from|import\() ?"(holdfast\/[^"\n]+)"/g,
    )) {
      const path = relative === undefined ? ownNames[name ?? ""] : normalize(join(dirname(file), relative));
      const target = path?.replaceAll("\\", "/");
      if (target === undefined || !(sources.has(target) || existsSync(join(root, target)))) {
        throw new Error(`${file} imports ${relative ?? name}, which is not there`);
      }
      if (target !== file) imports.add(target);
    }
    graph.set(file, imports);
  }
  return graph;
}

/**
 * The imports that tie circles: what is left of a graph once all files are taken away, again and again, that import
 * nothing of it or are imported by nothing of it. Sorted, as `a → b`.
 */
export function circles(graph: ImportGraph): string[] {
  const left = new Map([...graph].map(([file, imports]) => [file, new Set(imports)]));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    const imported = new Set([...left.values()].flatMap((imports) => [...imports]));
    for (const [file, imports] of left) {
      for (const one of imports) if (!left.has(one)) imports.delete(one);
      if (imports.size === 0 || !imported.has(file)) left.delete(file);
    }
  }
  return [...left].flatMap(([file, imports]) => [...imports].map((one) => `${file} → ${one}`)).toSorted();
}

/** The imports that lead where a part may not look, as `a → b`. @param reaches what each part may import, besides itself. */
export function trespasses(graph: ImportGraph, reaches: Readonly<Record<string, readonly string[]>>): string[] {
  const parts = Object.keys(reaches);
  const partOf = (file: string): string | undefined => parts.find((part) => file.startsWith(`${part}/`));
  return [...graph].flatMap(([file, imports]) => {
    const from = partOf(file);
    if (from === undefined) return [`${file} belongs to no part`];
    const allowed = new Set<string | undefined>([from, ...(reaches[from] ?? [])]);
    return [...imports].filter((one) => !allowed.has(partOf(one))).map((one) => `${file} → ${one}`);
  });
}
