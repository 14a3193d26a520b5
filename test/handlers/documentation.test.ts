import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handler as deleteAndThrow } from "../../examples/handlers/delete-and-throw.ts";
import { handler as existing } from "../../examples/handlers/existing-function.ts";
import { handler as fromATopic } from "../../examples/handlers/from-a-topic.ts";
import { handler as longWork } from "../../examples/handlers/long-work.ts";
import { handler as pay } from "../../examples/handlers/pay.ts";
import { snippetProblems, snippetsOf } from "../support/snippets.ts";
import { event, failedIds, STANDARD } from "./support/events.ts";
import { holdfast, noSettings, responds } from "./support/settings.ts";

const ROOT = join(__dirname, "..", "..");
const DOCUMENT = "docs/handlers/queue.md";

describe("the document", () => {
  test("shows the files that are compiled and run, and no other code", () => {
    expect(snippetProblems(DOCUMENT, ROOT)).toEqual([]);
  });

  test("shows every example", () => {
    const shown = snippetsOf(readFileSync(join(ROOT, DOCUMENT), "utf8")).map(({ file }) => file);
    const examples = readdirSync(join(ROOT, "examples/handlers")).filter((file) => file !== "charge.ts");
    expect(shown.filter((file) => file !== undefined).toSorted()).toEqual(
      examples.map((file) => `examples/handlers/${file}`).toSorted(),
    );
  });
});

const envelope = (id: string, amount: number) => ({
  id,
  body: { Type: "Notification", Message: JSON.stringify({ paymentId: id, amount }) },
});

describe("the examples do what the document says", () => {
  const payments = event([
    { id: "good", body: { paymentId: "p1", amount: 10 } },
    { id: "bad", body: { paymentId: "p2", amount: 0 } },
  ]);
  let logged: jest.SpyInstance<void, unknown[]>;
  beforeEach(() => {
    logged = jest.spyOn(console, "error").mockImplementation(() => {});
    noSettings();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    noSettings();
  });

  test("pay: the settings of the document make it name the failure", async () => {
    holdfast(readFileSync(join(ROOT, "examples/handlers/settings.json"), "utf8"));
    expect(failedIds(await pay(payments))).toEqual(["bad"]);
    expect(logged.mock.calls).toMatchObject([[{ messageId: "bad", error: { name: "RangeError" } }]]);
  });

  test("existing-function: needs no settings", async () => {
    expect(failedIds(await existing(payments))).toEqual(["bad"]);
  });

  test("delete-and-throw: does nothing when nothing failed, and fails when all did", async () => {
    expect(await deleteAndThrow({ Records: payments.Records.slice(0, 1) })).toBeUndefined();
    await expect(deleteAndThrow({ Records: payments.Records.slice(1) })).rejects.toThrow("bad (RangeError");
  });

  test("from-a-topic: the payload is what was published", async () => {
    responds("partial");
    expect(
      failedIds(await fromATopic(event([envelope("a", 1), envelope("b", -1), { id: "c", body: "{}" }], STANDARD))),
    ).toEqual(["b", "c"]);
  });

  test("long-work: stops between two steps when its time is over", async () => {
    responds("partial");
    const body = { payments: [{ paymentId: "p", amount: 1 }] };
    expect(failedIds(await longWork(event([{ id: "a", body }])))).toEqual([]);
    expect(failedIds(await longWork(event([{ id: "a", body }]), { getRemainingTimeInMillis: () => 0 }))).toEqual(["a"]);
  });
});

describe("the checker of documents", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-snippets-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const problems = (markdown: string) => {
    writeFileSync(join(folder, "page.md"), markdown);
    writeFileSync(join(folder, "a.ts"), "const a = 1;\n\nconst b = 2;\n");
    return snippetProblems("page.md", folder);
  };
  const code = "const a = 1;\n\nconst b = 2;\n";

  test.each([
    ["a block that is its file", `<!-- a.ts -->\n\`\`\`ts\n${code}\`\`\`\n`],
    ["with a blank line between", `<!-- a.ts -->\n\n\`\`\`ts\n${code}\`\`\`\n`],
    ["of tildes", `<!-- a.ts -->\n~~~ts\n${code}~~~\n`],
    ["in a list", `- so:\n  <!-- a.ts -->\n  \`\`\`ts\n${code.replaceAll(/^(?=.)/gm, "  ")}  \`\`\`\n`],
    ["a diagram", "```mermaid\nsequenceDiagram\n```\n"],
    ["output", "```text\nerror\n```\n"],
    ["no block", "`code` in a line\n"],
  ])("passes %s", (_, markdown) => {
    expect(problems(markdown)).toEqual([]);
  });

  test.each([
    ["a block without a comment", `\`\`\`ts\n${code}\`\`\`\n`, "page.md:1: no comment names the block's file"],
    ["a block without a language", `\`\`\`\n${code}\`\`\`\n`, "page.md:1: no comment names the block's file"],
    ["a comment that belongs elsewhere", `<!-- a.ts -->\nText.\n\`\`\`ts\n${code}\`\`\`\n`, "page.md:3: no comment"],
    [
      "one comment for two blocks",
      `<!-- a.ts -->\n\`\`\`ts\n${code}\`\`\`\n\n\`\`\`ts\n${code}\`\`\`\n`,
      "page.md:8: no comment",
    ],
    [
      "a block that differs",
      `<!-- a.ts -->\n\`\`\`ts\nconst a = 2;\n\`\`\`\n`,
      "page.md:2: the block differs from a.ts",
    ],
    ["a part of the file", `<!-- a.ts -->\n\`\`\`ts\nconst a = 1;\n\`\`\`\n`, "page.md:2: the block differs from a.ts"],
    ["a file that is not there", `<!-- b.ts -->\n\`\`\`ts\n${code}\`\`\`\n`, "page.md:2: there is no b.ts"],
    ["a block that does not end", `<!-- a.ts -->\n\`\`\`ts\n${code}`, "page.md:2: the block is not closed"],
    [
      "a fence within a longer fence",
      `<!-- a.ts -->\n\`\`\`\`ts\n\`\`\`\n${code}\`\`\`\`\n`,
      "page.md:2: the block differs",
    ],
  ])("finds %s", (_, markdown, problem) => {
    expect(problems(markdown)).toEqual([expect.stringContaining(problem)]);
  });
});
