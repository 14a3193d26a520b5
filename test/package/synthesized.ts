import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { unzipSync } from "fflate";
import { run } from "./commands.ts";

/** A function as the project's stacks have it. */
interface SynthesizedFunction {
  readonly filename: string;
  readonly environment: { readonly variables: Readonly<Record<string, string>> };
}

/** A synthesized stack, without cdktf's metadata. */
export interface Synthesized {
  readonly resource: { readonly aws_lambda_function: Readonly<Record<string, SynthesizedFunction>> };
}

const stackFolder = (project: string, stack: string): string => join(project, "cdktf.out", "stacks", stack);

/** Reads a stack that the project has synthesized. */
export function readStack(project: string, stack: string): Synthesized {
  const text = readFileSync(join(stackFolder(project, stack), "cdk.tf.json"), "utf8");
  return JSON.parse(text, (key, value: unknown) => (key === "//" ? undefined : value)) as Synthesized;
}

/** The files in the archive of a stack's function. */
export function archiveOf(project: string, stack: string, name: string): Readonly<Record<string, Uint8Array>> {
  const filename = readStack(project, stack).resource.aws_lambda_function[name]?.filename;
  if (filename === undefined) throw new Error(`${stack} has no function ${name}`);
  return unzipSync(readFileSync(join(stackFolder(project, stack), filename)));
}

/** Writes files into a new folder, as Lambda unpacks an archive. */
export function unpack(files: Readonly<Record<string, Uint8Array>>, folder: string): void {
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/** Loads a handler in a Node of its own, with what the construct tells it, and gives it an event. */
export async function invoke(
  file: string,
  event: { readonly Records: readonly { readonly eventSourceARN: string }[] },
): Promise<unknown> {
  const sources = { [event.Records[0]?.eventSourceARN ?? ""]: { response: "partial", timeout: 20 } };
  const script = `
    process.env.HOLDFAST = ${JSON.stringify(JSON.stringify({ sources }))};
    const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
    const context = { getRemainingTimeInMillis: () => 20_000 };
    process.stdout.write(JSON.stringify(await handler(${JSON.stringify(event)}, context)));`;
  return JSON.parse(await run(dirname(file), process.execPath, "--input-type=module", "--eval", script));
}
