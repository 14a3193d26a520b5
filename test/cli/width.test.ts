/** Whatever the names, no line is beyond 80 columns, and every address can be read off the output. */
import { stripVTControlCharacters } from "node:util";
import * as fc from "fast-check";
import { checkText, type Judged } from "../../cli/check.ts";
import { columns } from "../../cli/columns.ts";
import { pathsText } from "../../cli/paths.ts";
import { summary } from "../../cli/summary.ts";
import { table, wrap } from "../../cli/table.ts";
import { section, type Terminal } from "../../cli/terminal.ts";
import { rehearse } from "../../rehearsal/rehearse.ts";
import { generatedScenario } from "../../rehearsal/scenario/generated.ts";
import type { Graph } from "../../topology/graph.ts";
import { GraphBuilder } from "../support/graphs.ts";

/** Letters whose columns are known beforehand. */
const widths: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from("abcxyzABC019._-/[]:\"'@()", (letter) => [letter, 1])),
  ü: 1,
  é: 1,
  ж: 1,
  "e\u0301": 1,
  漢: 2,
  字: 2,
  한: 2,
  あ: 2,
  "！": 2,
  "🙂": 2,
  "👩‍👩‍👧": 2,
};
const letters = Object.keys(widths);
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns of a line, by what the letters are known to take; what the program adds is one column a letter. */
function measured(line: string): number {
  return Array.from(graphemes.segment(line), ({ segment }) => widths[segment] ?? 1).reduce((sum, one) => sum + one, 0);
}

const name = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 120 }).map((parts) => parts.join(""));
const words = fc.array(name, { minLength: 1, maxLength: 6 }).map((all) => all.join(" "));
const plain: Terminal = { out: () => {}, err: () => {}, colour: false };

function tooLong(text: string, width = 80): string[] {
  return text.split("\n").filter((line) => measured(line) > width);
}

/** A text without what wrapping adds and takes away. */
const squeezed = (text: string): string => text.replaceAll(/\s/g, "");

test("columns are counted as terminals show them", () => {
  for (const [letter, width] of Object.entries(widths)) expect([letter, columns(letter)]).toEqual([letter, width]);
  expect(columns("a漢e\u0301🙂")).toBe(6);
});

test("wrapped lines fit and lose nothing, and what fits on a line stays whole", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 80 }), fc.constantFrom("", "  ", "    "), (text, width, indent) => {
      const lines = wrap(text, width, indent);
      expect(tooLong(lines.join("\n"), width)).toEqual([]);
      expect(squeezed(lines.join(""))).toBe(squeezed(text));
      for (const word of text.split(" ")) {
        if (measured(word) <= width - indent.length) expect(lines.some((line) => line.includes(word))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("an address is broken between its parts", () => {
  const address = `module.pipeline["acme"].module.bucket.aws_lambda_function_event_invoke_config.extract`;
  const lines = wrap(address, 40);
  expect(lines.slice(0, -1).filter((line) => !/[.\]]$/.test(line))).toEqual([]);
});

test("tables keep their columns, with wide letters too", () => {
  fc.assert(
    fc.property(name, name, (left, right) => {
      const layout = [
        { title: "a", width: 20 },
        { title: "b", width: 30 },
      ];
      const lines = table(layout, [[left, right]]).split("\n");
      expect(tooLong(lines.join("\n"), 52)).toEqual([]);
      // Nothing of the first column reaches into the second.
      expect(measured(lines[1]?.slice(0, lines[1].indexOf(right[0] ?? "", 1)) ?? "")).toBeLessThanOrEqual(52);
    }),
    { numRuns: 100 },
  );
});

function judged(stack: string, address: string): Judged {
  const g = new GraphBuilder(stack);
  const queue = g.queue(address);
  g.mapping(queue, g.fn(address));
  g.redrive(queue, g.queue(`${address}-letters`), 5);
  const graph: Graph = {
    ...g.build(),
    assumptions: [{ name: `${address}.policy`, value: "permission unknown", why: `not known before ${address}` }],
    notUnderstood: [{ address, why: "a type that is not read, but names something on a path" }],
  };
  const finding = (path: number | null) => ({
    id: "H2",
    severity: "warning" as const,
    address,
    subject: address,
    path,
    message: `${address} and ${stack} and much more of it`,
    fix: `${address} = 90`,
    changes: [],
    acknowledged: null,
    location: { file: `modules/${address}/main.tf`, line: 12 },
  });
  return {
    graph,
    directory: "/nowhere",
    findings: [finding(0), finding(null)],
    unmatched: [{ id: "H6", address, reason: "was here once" }],
  };
}

test("paths and findings of any names fit, and give every address", () => {
  fc.assert(
    fc.property(name, name, fc.constantFrom(undefined, 80, 60, 200), (stack, address, width) => {
      const terminal: Terminal = width === undefined ? plain : { ...plain, width };
      const one = judged(stack, address);
      const texts = [pathsText(one.graph, terminal), checkText(one, terminal)];
      for (const text of texts) {
        expect(tooLong(text, Math.min(80, width ?? 80))).toEqual([]);
        expect(squeezed(text)).toContain(squeezed(`${address}: a type that is not read`));
      }
      const check = squeezed(texts[1] ?? "");
      for (const part of [`warning H2 ${address} (modules/${address}/main.tf:12)`, `H6 ${address}`]) {
        expect(check).toContain(squeezed(part));
      }
    }),
    { numRuns: 100 },
  );
});

test("rehearsals of any names fit, and give every address", async () => {
  await fc.assert(
    fc.asyncProperty(name, name, async (stack, address) => {
      const { graph } = judged(stack, address);
      const scenario = generatedScenario(graph);
      if (scenario === undefined) throw new Error("no path to rehearse");
      const rehearsal = await rehearse(graph, scenario);
      const text = summary(rehearsal, plain);
      rehearsal.close();
      expect(tooLong(text)).toEqual([]);
      expect(squeezed(text)).toContain(squeezed(`aws_sqs_queue.${address} → aws_lambda_function.${address}`));
      expect(squeezed(text)).toContain(squeezed(`in aws_sqs_queue.${address}-letters`));
    }),
    { numRuns: 20 },
  );
});

test("colours take no columns", () => {
  const coloured = checkText(judged("shop", "x".repeat(200)), { ...plain, colour: true });
  expect(coloured).toContain("\u001b[");
  expect(tooLong(stripVTControlCharacters(coloured))).toEqual([]);
});

test("a long list is cut, and says where the rest is", () => {
  const lines = section(
    plain,
    "Assumed",
    Array.from({ length: 13 }, (_, index) => `one ${index}`),
  );
  expect(lines).toContain("… and 3 more (--json)");
});
