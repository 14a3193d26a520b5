/** JSON as `terraform show -json` prints it, of a plan or of a state: told apart and checked. */
import { basename, dirname, resolve } from "node:path";
import {
  byAddress,
  type Configuration,
  isBlock,
  type Resource,
  UnreadableSource,
  type Values,
} from "../configuration.ts";
import { fromJson } from "./expressions/functions.ts";
import { isJson, type Json, list, parseFile } from "./json.ts";
import { outsideArn, planResources } from "./plan.ts";

/** The major version of both formats that is read here: minor versions only add. */
const readableMajor = "1";

/**
 * Reads the JSON of a plan or of a state.
 * @param shown the path as the user wrote it
 * @throws {UnreadableSource} where it is something else.
 */
export function readShown(source: string, shown: string): Configuration {
  const root = parse(source, shown);
  const what = kindOf(root);
  if (what === "raw") throw new UnreadableSource(`${shown}: a raw state file; give what terraform show -json prints`);
  const version = root.format_version;
  if (what === undefined || typeof version !== "string") {
    throw new UnreadableSource(
      `${shown}: JSON, but neither a plan nor a state: no planned_values and no values with a format_version; give what terraform show -json prints`,
    );
  }
  if (version.split(".")[0] !== readableMajor) {
    throw new UnreadableSource(
      `${shown}: format_version ${version} of a ${what}; this version of holdfast reads ${readableMajor}.x`,
    );
  }
  const file = resolve(shown);
  const place = { stack: basename(file).replace(/\.json$/, ""), directory: dirname(file) };
  // Since 1.5 terraform plan -out writes a plan also where it fails, with what it had come to.
  if (what === "plan" && root.errored === true) {
    throw new UnreadableSource(
      `${shown}: a plan that failed, so that it has not all of the configuration; give one that terraform plan made without an error`,
    );
  }
  if (what === "plan") return { ...place, ...planResources(root), notRead: [], isPlan: true };
  const values = isJson(root.values) ? root.values.root_module : undefined;
  return { ...place, resources: stateResources(values).toSorted(byAddress), providers: {}, notRead: [] };
}

function parse(source: string, shown: string): Json {
  const root = parseFile(source, shown, "; give what terraform show -json prints");
  if (isJson(root)) return root;
  throw new UnreadableSource(`${shown}: JSON, but not an object; give what terraform show -json prints`);
}

function kindOf(root: Json): "plan" | "state" | "raw" | undefined {
  if (isJson(root.planned_values) || Array.isArray(root.resource_changes)) return "plan";
  if (typeof root.lineage === "string" && Array.isArray(root.resources)) return "raw";
  const onlyVersion = Object.keys(root).every((key) =>
    ["format_version", "terraform_version", "values", "checks"].includes(key),
  );
  return typeof root.format_version === "string" && (isJson(root.values) || onlyVersion) ? "state" : undefined;
}

function stateResources(module: unknown): Resource[] {
  if (!isJson(module)) return [];
  const own = list(module.resources).map((one): Resource => {
    const values = fromJson(one.values);
    return {
      address: String(one.address),
      mode: one.mode === "data" ? "data" : "managed",
      type: String(one.type),
      values: isBlock(values) ? withoutZeros(values) : {},
      configured: null,
      provider: null,
      location: null,
      ...outsideArn(one.mode, one.values),
    };
  });
  return [...own, ...list(module.child_modules).flatMap(stateResources)];
}

/** A state writes empty texts for what nothing set. */
function withoutZeros(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === "" ? null : value]));
}
