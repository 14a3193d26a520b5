import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TerraformVariable } from "cdktf";
import { QueueConsumer, zip } from "../../../modules/index.ts";
import { temporaryFolder, zipFile } from "../../support/fixtures.ts";
import { at, quickly, synthesize, testStack } from "../../support/synth.ts";

const python = { handler: "app.lambda_handler", runtime: "python3.13" };

/** Makes a consumer of this file. */
const make = (file: string) => () =>
  quickly(() => new QueueConsumer(testStack(), "payments", { code: zip(file, python) }));

test("a ready zip file of any runtime is deployed as it is", () => {
  const file = zipFile();
  const stack = synthesize((scope) => new QueueConsumer(scope, "payments", { code: zip(file, python) }));
  expect(at(stack, "aws_lambda_function.payments")).toMatchObject({
    handler: "app.lambda_handler",
    runtime: "python3.13",
    filename: expect.stringMatching(/^assets\/\w+\/[0-9a-f]+\/ready\.zip$/),
    source_code_hash: createHash("sha256").update(readFileSync(file)).digest("base64"),
  });
});

/** The function of a consumer of this file. */
const functionOf = (path: (stack: ReturnType<typeof testStack>) => string) =>
  at(
    synthesize((stack) => new QueueConsumer(stack, "payments", { code: zip(path(stack), python) })),
    "aws_lambda_function.payments",
  );

test("a path that is an expression is read by Terraform", () => {
  const expected = { filename: "${var.file}", source_code_hash: "${filebase64sha256(var.file)}" };
  expect(functionOf((stack) => new TerraformVariable(stack, "file", {}).stringValue)).toMatchObject(expected);
  expect(functionOf(() => "${var.file}")).toMatchObject(expected);
});

test("what is no zip file is refused with its path", () => {
  const folder = temporaryFolder();
  const file = (name: string, content: Uint8Array | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  mkdirSync(join(folder, "folder.zip"));
  const whole = readFileSync(zipFile());
  for (const [path, said] of [
    [join(folder, "absent.zip"), "there is no such file"],
    [join(folder, "folder.zip"), "there is no such file"],
    [file("empty.zip", ""), "this is no zip file"],
    [file("text.zip", "export const handler = 1;"), "this is no zip file"],
    [file("one-byte.zip", "P"), "this is no zip file"],
    [file("cut.zip", whole.subarray(0, whole.length - 5)), "this zip file is cut short"],
    [file("half.zip", whole.subarray(0, 40)), "this zip file is cut short"],
  ] as const) {
    expect(make(path)).toThrow(`shop/payments: zip("${path}"): ${said}.`);
  }
});
