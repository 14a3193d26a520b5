/** The kernel's parts: order of events, random numbers, the hash of keys, long lists in files. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { grown, logarithm } from "../../rehearsal/kernel/arithmetic.ts";
import { Deque } from "../../rehearsal/kernel/deque.ts";
import { Kernel, longestRunMs, TimeRanBack } from "../../rehearsal/kernel/kernel.ts";
import { md5Start } from "../../rehearsal/kernel/md5.ts";
import { Random } from "../../rehearsal/kernel/random.ts";
import { Rows } from "../../rehearsal/result/rows.ts";

it("what is planned for one time happens in the order in which it was planned; what arrives comes first", async () => {
  const kernel = new Kernel();
  const seen: string[] = [];
  const note = (text: string) => (): void => void seen.push(text);
  kernel.at(5, note("late"));
  kernel.at(1, note("a"));
  kernel.at(1, note("b"));
  kernel.first(1, note("arrives"));
  kernel.cancel(kernel.at(2, note("cancelled")));
  expect(await kernel.run(undefined)).toBe(5);
  expect(seen).toEqual(["arrives", "a", "b", "late"]);
});

it("a quiet event keeps nothing going; with an end that is given it happens", async () => {
  const seen: number[] = [];
  const planned = (): Kernel => {
    const kernel = new Kernel();
    kernel.at(10, () => seen.push(10));
    kernel.at(20, () => seen.push(20), true);
    return kernel;
  };
  expect(await planned().run(undefined)).toBe(10);
  expect(await planned().run(30)).toBe(30);
  expect(seen).toEqual([10, 10, 20]);
});

it("nothing goes on for longer than 14 days by itself, and nothing is planned in the past", async () => {
  const kernel = new Kernel();
  const again = (): void => void kernel.after(86_400_000, again);
  again();
  expect(await kernel.run(undefined)).toBe(longestRunMs);
  expect(() => kernel.at(0, again)).toThrow(TimeRanBack);
});

function draw(seed: number, name: string): number[] {
  const random = new Random(seed, name);
  return Array.from({ length: 5 }, () => random.uint32());
}

it("random numbers follow the seed and the name, and UUIDs are of version 4", () => {
  expect(draw(1, "a")).toEqual(draw(1, "a"));
  expect(draw(1, "a")).not.toEqual(draw(2, "a"));
  expect(draw(1, "a")).not.toEqual(draw(1, "b"));
  const random = new Random(1, "uuid");
  const ids = Array.from({ length: 1_000 }, () => random.uuid());
  expect(ids.every((id) => /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(1_000);
});

it("the hash of a key is MD5's", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: "binary" })), (key) => {
      expect(md5Start(key)).toBe(createHash("md5").update(key).digest().readUInt32BE(0));
    }),
    { numRuns: 1_000 },
  );
});

it("a deque is a list with two ends", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0 }), fc.constant(-1), fc.constant(-2)), { maxLength: 3_000 }),
      (steps) => {
        const deque = new Deque<number>();
        const list: number[] = [];
        for (const step of steps) {
          if (step >= 0) {
            deque.push(step);
            list.push(step);
          } else if (step === -1) expect(deque.shift()).toBe(list.shift());
          else {
            deque.unshift(7, 8);
            list.unshift(7, 8);
          }
        }
        expect([...deque]).toEqual(list);
        expect(deque.length).toBe(list.length);
        expect(deque.at(1)).toBe(list[1]);
      },
    ),
    { numRuns: 30 },
  );
});

/** Paths of the files that this process has open. */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      return [readlinkSync(join("/proc/self/fd", name))];
    } catch {
      // closed since it was listed
      return [];
    }
  });
}

it("a long list goes to a file, comes back in order of time, and leaves nothing behind", () => {
  const folder = mkdtempSync(join(tmpdir(), "rows-"));
  const rows = new Rows(folder);
  const count = 60_000;
  for (let n = 0; n < count; n += 1)
    rows.push((n * 7_919) % 1_000, n, `${n} ${"ü".repeat(200)}`, n % 2 === 0 ? [n] : null);
  // The file has no name where the system allows it: a run that is killed leaves none behind.
  if (process.platform === "linux") {
    expect(readdirSync(folder)).toEqual([]);
    expect(openFiles().some((path) => path.startsWith(folder))).toBe(true);
  }
  const read = [...rows.read(undefined)].map((row) => Number(row.split(" ")[0]));
  const expected = Array.from({ length: count }, (_, n) => n).toSorted(
    (a, b) => ((a * 7_919) % 1_000) - ((b * 7_919) % 1_000) || a - b,
  );
  expect(read).toEqual(expected);
  expect([...rows.read((item) => item < 100)]).toHaveLength(count - 50);
  rows.close();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

it("rows come back as they were written, of whatever characters and length", () => {
  const long = "𝄞".repeat(3_000_000);
  const texts = [
    "",
    "plain",
    "ü",
    "€",
    "𝄞",
    "\u0000",
    long,
    "after",
    ...Array.from({ length: 400 }, (_, n) => "ü€𝄞".repeat(n)),
  ];
  for (const order of [texts, texts.toReversed()]) {
    const rows = new Rows();
    for (const [index, text] of order.entries()) rows.push(index, 0, text, null);
    expect([...rows.read(undefined)].every((row, index) => row === order[index])).toBe(true);
    expect([...rows.read(undefined)]).toHaveLength(order.length);
    rows.close();
  }
});

it("logarithms and growing waits are those of Math, but for the last bits", () => {
  const numbers = Array.from({ length: 4_096 }, (_, index) => [
    (index + 1) / 4_096,
    (index + 1) / 0x1_0000_0000,
  ]).flat();
  const off = numbers.map((x) => Math.abs(logarithm(x) - Math.log(x)) / Math.max(1, Math.abs(Math.log(x))));
  expect(Math.max(...off)).toBeLessThan(1e-15);
  expect(logarithm(1)).toBe(0);
  expect([0, 1, 2, 10].map((steps) => grown(500, 2, steps, 120_000))).toEqual([500, 1_000, 2_000, 120_000]);
  expect(grown(1_000, 1.5, 4)).toBe(5_062.5);
  expect(grown(1_000, 1, 1_000)).toBe(1_000);
});

it("nothing that a result depends on is computed by functions whose precision is left to the implementation", () => {
  const rough = /Math\.(?!abs|ceil|floor|max|min|round|sign|trunc|imul|clz32|fround|sqrt|LN2|SQRT1_2)\w+|\*\*\s*\w/;
  expect("Math.log(2)").toMatch(rough);
  expect("2 ** n").toMatch(rough);
  const folder = join(__dirname, "..", "..", "rehearsal");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(40);
  for (const file of files) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    const code = lines.filter((line) => !/^\s*(?:\/\*|\*|\/\/)/.test(line));
    expect([file, code.filter((line) => rough.test(line))]).toEqual([file, []]);
  }
});
