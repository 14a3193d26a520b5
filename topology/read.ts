/** Any source to graphs: a directory, a plan, a state, the stacks of the last synth. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Configuration, UnreadableSource } from "./configuration.ts";
import type { Graph } from "./graph.ts";
import { graphOf } from "./resources/graph-of.ts";
import { isJson, parseFile } from "./sources/json.ts";
import { readShown } from "./sources/show.ts";
import { callsModules, readSynthesized } from "./sources/synth.ts";
import type { TerraformOptions } from "./sources/terraform/process.ts";
import { resolveWithTerraform } from "./sources/terraform/resolve.ts";
import { isConfigurationFile } from "./sources/terraform/scan.ts";

/** A source that was read. */
export interface ReadSource {
  readonly graph: Graph;
  /** Where acknowledgements for it stand by default: beside the configuration. */
  readonly directory: string;
  /** What would tell more than this source, where it tells little; one line. */
  readonly advice?: string;
}

/**
 * Reads a Terraform configuration as graphs of event paths: one, or one for each stack of a synth, in order of name.
 *
 * @param source a directory with `cdk.tf.json`, the output folder of a synth, a directory of `*.tf` files, or a file as
 *   `terraform show -json` prints it; left out: the output folder of the project in the working directory
 * @throws {UnreadableSource} where it cannot be used: one line that says what and where
 */
export async function readTopology(source?: string, options: TerraformOptions = {}): Promise<ReadSource[]> {
  const configurations = source === undefined ? await lastSynth(options) : await configurationsOf(source, options);
  return configurations.map((one) => {
    const graph = graphOf(one);
    const advice = one.isPlan === true ? adviceOn(source ?? graph.stack, graph) : undefined;
    return { graph, directory: one.directory, ...(advice === undefined ? {} : { advice }) };
  });
}

/**
 * What to read instead of a plan of which at least half of the edges lead to an end that it does not show: of what goes
 * through `each.value`, locals or functions a plan has nothing but the names of what they are made from, and Terraform
 * resolves it in the directory.
 */
export function adviceOn(source: string, { edges }: Graph): string | undefined {
  const unknown = edges.filter(({ to }) => to === null).length;
  if (unknown === 0 || unknown * 2 < edges.length) return undefined;
  return `${source}: ${unknown} of ${edges.length} ends are not known in this plan; the directory that it was made in tells more: give that instead`;
}

/** The output folder that `cdktf.json` names, in the working directory. */
async function lastSynth(options: TerraformOptions): Promise<Configuration[]> {
  const settings: unknown = existsSync("cdktf.json") ? readJson("cdktf.json") : {};
  const output = isJson(settings) && typeof settings.output === "string" ? settings.output : "cdktf.out";
  if (existsSync(output)) return await configurationsOf(output, options);
  throw new UnreadableSource(
    `${output}: no synthesized stacks there; synthesize first, or name a source: a directory, or a file of terraform show -json`,
  );
}

async function configurationsOf(source: string, options: TerraformOptions): Promise<Configuration[]> {
  const stats = statSync(source, { throwIfNoEntry: false });
  if (stats === undefined) throw new UnreadableSource(`${source}: no such file or directory`);
  if (!stats.isDirectory()) return [await ofFile(source, options)];
  const files = entriesOf(source).filter(isConfigurationFile);
  if (files.length === 1 && files[0] === "cdk.tf.json") return [await ofFile(join(source, "cdk.tf.json"), options)];
  if (files.length > 0) return [await resolveWithTerraform(source, options)];
  const stacks = stacksOf(source);
  if (stacks.length > 0)
    return (await Promise.all(stacks.map(async (one) => await configurationsOf(one, options)))).flat();
  throw new UnreadableSource(
    `${source}: no Terraform there: neither *.tf nor *.tf.json files, nor the stacks of a synth; name a directory that has them, or a file of terraform show -json`,
  );
}

async function ofFile(file: string, options: TerraformOptions): Promise<Configuration> {
  const text = readText(file);
  if (!file.endsWith(".tf.json")) {
    if (file.endsWith(".tf")) throw new UnreadableSource(`${file}: one file of a configuration; name its directory`);
    return readShown(text, file);
  }
  const path = resolve(file);
  const root = parseFile(text, file, "");
  if (callsModules(root)) return await resolveWithTerraform(join(path, ".."), options);
  return readSynthesized(text, path, stackName(root) ?? basename(join(path, "..")));
}

/** What the synth calls the stack. */
function stackName(root: unknown): string | undefined {
  const comment = isJson(root) ? root["//"] : undefined;
  const metadata = isJson(comment) ? comment.metadata : undefined;
  return isJson(metadata) && typeof metadata.stackName === "string" ? metadata.stackName : undefined;
}

/** The stacks that the manifest of a synth lists, else every directory below `stacks`. */
function stacksOf(folder: string): string[] {
  const manifest = join(folder, "manifest.json");
  const listed: unknown = existsSync(manifest) ? readJson(manifest) : undefined;
  const stacks = isJson(listed) && isJson(listed.stacks) ? Object.entries(listed.stacks) : undefined;
  if (stacks !== undefined) {
    return stacks
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, stack]) =>
        join(
          folder,
          isJson(stack) && typeof stack.workingDirectory === "string" ? stack.workingDirectory : join("stacks", name),
        ),
      );
  }
  const parent = existsSync(join(folder, "stacks")) ? join(folder, "stacks") : folder;
  if (basename(resolve(parent)) !== "stacks") return [];
  return entriesOf(parent)
    .map((name) => join(parent, name))
    .filter((one) => existsSync(join(one, "cdk.tf.json")) || existsSync(join(one, "cdk.tf")));
}

function entriesOf(directory: string): string[] {
  return readdirSync(directory).toSorted();
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UnreadableSource(`${file}: cannot be read: ${messageOf(error)}`);
  }
}

function readJson(file: string): unknown {
  return parseFile(readText(file), file, "");
}

function messageOf(error: unknown): string {
  return isJson(error) || error instanceof Error ? String(error.message) : String(error);
}
