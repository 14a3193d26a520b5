import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { TerraformStack, Testing } from "cdktf";
import { bundle } from "holdfast/modules";

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "holdfast-"));
  mkdirSync(join(project, "node_modules"));
  writeFileSync(join(project, "package.json"), "{}");
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(project, { recursive: true });
});

const hashOf = (entry: string): string => {
  const code = bundle(join(project, entry));
  if (code.kind !== "archive") throw new Error("a bundle is an archive");
  return code.bind(new TerraformStack(Testing.app(), "stack")).sourceCodeHash;
};

/** Lets time pass for the cache, whose fingerprints count only for files that have been at rest. */
const rest = (): void => {
  const now = Date.now();
  jest.spyOn(Date, "now").mockReturnValue(now + 60_000);
};

test("a change within one process is noticed, also one that keeps size and modification time", async () => {
  const file = join(project, "entry.ts");
  // A whole second, since setting a time back loses its fractions.
  const write = (text: string): void => {
    writeFileSync(file, text);
    utimesSync(file, 1_000_000_000, 1_000_000_000);
  };
  write("export const handler = () => 1;");
  const { size, mtime } = statSync(file);
  rest();
  const first = hashOf("entry.ts");
  expect(hashOf("entry.ts")).toBe(first);

  await wait(50); // Longer than a tick of a file system's clock.
  write("export const handler = () => 2;");
  expect(statSync(file)).toMatchObject({ size, mtime });
  const second = hashOf("entry.ts");
  expect(second).not.toBe(first);

  await wait(50);
  write("export const handler = () => 1;");
  expect(hashOf("entry.ts")).toBe(first);
});

test("a link that leads elsewhere than before is noticed", async () => {
  writeFileSync(join(project, "one.ts"), "export const answer = 1;");
  writeFileSync(join(project, "two.ts"), "export const answer = 2;");
  symlinkSync("one.ts", join(project, "answer.ts"));
  writeFileSync(
    join(project, "entry.ts"),
    'import { answer } from "./answer.ts"; export const handler = () => answer;',
  );
  rest();
  const first = hashOf("entry.ts");
  rmSync(join(project, "answer.ts"));
  symlinkSync("two.ts", join(project, "answer.ts"));
  expect(hashOf("entry.ts")).not.toBe(first);
});

test("a file that comes to shadow an import is noticed", async () => {
  mkdirSync(join(project, "answer"));
  writeFileSync(join(project, "answer", "index.ts"), "export const answer = 1;");
  writeFileSync(join(project, "entry.ts"), 'import { answer } from "./answer"; export const handler = () => answer;');
  rest();
  const first = hashOf("entry.ts");
  await wait(50);
  writeFileSync(join(project, "answer.ts"), "export const answer = 2;");
  expect(readdirSync(project)).toContain("answer.ts");
  expect(hashOf("entry.ts")).not.toBe(first);
});
