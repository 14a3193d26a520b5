/**
 * A directory of Terraform files, resolved by Terraform itself: without credentials, without a call to AWS, on a copy.
 *
 * Run 1 plans: every instance (`count`, `for_each`, modules) with the provider's defaults. Run 2 applies with every
 * managed resource overridden, so that nothing is made, with ARNs made from names: what run 1 could not know, among it
 * policy documents, which the real provider evaluates. Needs Terraform 1.7 or newer.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { parseAddress } from "../../address.ts";
import {
  byAddress,
  type Configuration,
  isBlock,
  type Provider,
  type Resource,
  UnreadableSource,
  type Values,
} from "../../configuration.ts";
import { identityOf } from "../../identity.ts";
import { merge, StandIns } from "./merge.ts";
import {
  type Diagnostic,
  init,
  oneLine,
  providerSchemas,
  runTest,
  selectedProviders,
  stopProcesses,
  type TerraformOptions,
} from "./process.ts";
import { type Call, type DeclaredProvider, type ModuleFiles, scanModule } from "./scan.ts";
import { type Override, testFile } from "./test-file.ts";
import { copyWorkspace, localModules, type Workspace } from "./workspace.ts";

type Json = { readonly [key: string]: unknown };

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const awsProvider = /(?:^|\/)hashicorp\/aws$/;
/** Data sources of the AWS provider that it evaluates without a call. */
const local = new Set([
  "aws_iam_policy_document",
  "aws_region",
  "aws_partition",
  "aws_arn",
  "aws_service",
  "aws_service_principal",
  "aws_default_tags",
]);
/** The data source of Terraform itself: it reads the state of another configuration. */
const remoteState = "terraform_remote_state";

/** Data sources inside repeated modules are known only when they fail; each turn finds one layer of them. */
const maximumTurns = 8;

/**
 * Resolves the Terraform configuration in `directory` (`*.tf` or `*.tf.json`, `cdk.tf.json` too).
 * @throws {UnreadableSource} where Terraform is missing, `init` cannot work, or Terraform refuses the configuration.
 */
export async function resolveWithTerraform(directory: string, options: TerraformOptions = {}): Promise<Configuration> {
  const root = realpathSync(directory);
  const workspace = copyWorkspace(root, localModules(root));
  const release = onInterrupt(() => {
    stopProcesses();
    workspace.remove();
  });
  try {
    const own = { ...options, env: { ...(options.env ?? process.env), TMPDIR: workspace.temporary } };
    await init(workspace.directory, directory, own);
    workspace.disarmModules(installedModules(workspace.directory).values());
    return await new Resolution(resolve(directory), directory, workspace, own).run();
  } finally {
    release();
    workspace.remove();
  }
}

/** Calls `undo` where the process is told to end, and lets it end. Gives what takes that back. */
function onInterrupt(undo: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const release = (): void => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    release();
    undo();
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  return release;
}

/** One module as it stands in the tree of calls. */
interface Placed {
  readonly files: ModuleFiles;
  /** The module's directory relative to the root's. */
  readonly directory: string;
  /** Its provider names to those of the root. */
  readonly providers: ReadonlyMap<string, string>;
  /** Whether each module on the way is called once. */
  readonly single: boolean;
}

class Resolution {
  private readonly testDirectory = `holdfast-${randomBytes(4).toString("hex")}`;
  private readonly standIns = new StandIns();
  private schemas: Json | undefined;
  private readonly tree: Map<string, Placed>;
  private readonly declared: readonly DeclaredProvider[];
  private readonly providers: Record<string, Provider> = {};
  private readonly root: string;
  private readonly shown: string;
  private readonly workspace: Workspace;
  private readonly options: TerraformOptions;

  constructor(root: string, shown: string, workspace: Workspace, options: TerraformOptions) {
    this.root = root;
    this.shown = shown;
    this.workspace = workspace;
    this.options = options;
    this.tree = moduleTree(workspace.directory);
    this.declared = withDefault((this.tree.get("")?.files.providers ?? []).filter(({ name }) => name === "aws"));
    for (const { name, alias, region, accountId } of this.declared) {
      this.providers[alias === undefined ? name : `${name}.${alias}`] = {
        region: region ?? null,
        accountId: accountId ?? null,
      };
    }
  }

  async run(): Promise<Configuration> {
    const selected = await selectedProviders(this.workspace.directory, this.options);
    const mocked = selected.filter((name) => !awsProvider.test(name)).map((name) => basename(name));
    mkdirSync(join(this.workspace.directory, this.testDirectory));
    const { plan, data } = await this.plan(mocked);
    const changes = list(plan.resource_changes).filter((one) => isJson(one.change));
    const schemas = attributeSchemas(plan.provider_schemas, "resource_schemas");
    const overrides = changes
      .filter((one) => one.mode === "managed")
      .map((one) => this.override(one, schemas.get(String(one.type)) ?? {}));
    const state = await this.apply(mocked, [...data, ...overrides]);
    return {
      stack: basename(this.root),
      directory: this.root,
      resources: this.resources(changes, state).toSorted(byAddress),
      providers: this.providers,
      notRead: [],
    };
  }

  /**
   * Run 1, repeated with stand-ins for each data source that turns out to call AWS, and with ARNs for those that the
   * provider refuses.
   */
  private async plan(mocked: readonly string[]): Promise<{ plan: Json; data: readonly Override[] }> {
    const targets = this.knownData();
    for (let turn = 0; turn < maximumTurns; turn += 1) {
      const data: Override[] = [];
      for (const target of targets) data.push(await this.dataOverride(target));
      const { result, errors } = await this.test("plan", mocked, data);
      if (result !== undefined && errors.length === 0) return { plan: result, data };
      const failing = errors.flatMap(({ address }) => {
        const parts = address === undefined ? undefined : parseAddress(address);
        return parts?.mode === "data" && address !== undefined && !targets.includes(address) ? [address] : [];
      });
      targets.push(...new Set(failing));
      const messages = errors.map(({ summary, detail }) => `${summary} ${detail}`).join(" ");
      if (failing.length === 0 && !this.standIns.correct(messages)) throw this.refused(errors);
    }
    throw new UnreadableSource(`${this.shown}: data sources that call AWS are nested too deeply; give a plan instead`);
  }

  private async apply(mocked: readonly string[], overrides: readonly Override[]): Promise<Json> {
    const { result, errors } = await this.test("apply", mocked, overrides);
    if (result === undefined) throw this.refused(errors);
    return result;
  }

  private async test(command: "plan" | "apply", mocked: readonly string[], overrides: readonly Override[]) {
    const text = testFile(command, this.declared, mocked, overrides);
    writeFileSync(join(this.workspace.directory, this.testDirectory, "holdfast.tftest.hcl"), text);
    const kind = command === "plan" ? "test_plan" : "test_state";
    return await runTest(this.workspace.directory, this.testDirectory, kind, this.options);
  }

  private refused(errors: readonly Diagnostic[]): UnreadableSource {
    const [first] = errors;
    if (first === undefined) {
      return new UnreadableSource(`${this.shown}: terraform test gave no plan; Terraform 1.7 or newer is needed`);
    }
    const place = first.place === undefined ? "" : `${first.place}: `;
    const hint = /No value for required variable|required variable/i.test(first.summary)
      ? "; set it in terraform.tfvars or as TF_VAR_…"
      : [...this.tree.values()].some(({ files }) => files.outputs.size > 0)
        ? "; outputs of terraform_remote_state are not read, texts stand for them: give a plan (terraform show -json) instead"
        : "";
    return new UnreadableSource(
      `${this.shown}: Terraform refuses it: ${oneLine(`${place}${first.summary}: ${first.detail}`)}${hint}`,
    );
  }

  /** Data sources of modules that are called once: known before anything runs. */
  private knownData(): string[] {
    return [...this.tree].flatMap(([path, { files, single }]) =>
      files.resources
        .filter(({ mode, type }) => single && mode === "data" && !local.has(type))
        .map(({ type, name }) => `${modulePrefix(path)}data.${type}.${name}`),
    );
  }

  private async dataOverride(address: string): Promise<Override> {
    const { type = "", name = "", modulePath = [] } = parseAddress(address) ?? {};
    if (type === remoteState) {
      const used = this.tree.get(modulePath.join("."))?.files.outputs.get(name) ?? new Map();
      return {
        target: address,
        mode: "data",
        values: { outputs: this.standIns.forOutputs(`${address}.outputs`, used) },
      };
    }
    const { provider } = this.providerOf(address);
    if (type === "aws_caller_identity")
      return { target: address, mode: "data", values: identityOf({ address, type, values: {} }, provider) };
    this.schemas ??= await providerSchemas(this.workspace.directory, this.options);
    const attributes = attributeSchemas(this.schemas, "data_source_schemas").get(type) ?? {};
    return { target: address, mode: "data", values: this.standIns.forData(address, type, provider, attributes) };
  }

  private override(change: Json, attributes: Json): Override {
    const address = String(change.address);
    const { after, after_unknown } = isJson(change.change) ? change.change : {};
    const open: Json = isJson(after_unknown) ? after_unknown : {};
    const known = merge(after, undefined, undefined, this.standIns, "");
    const values = this.standIns.for(
      address,
      String(change.type),
      isBlock(known) ? known : {},
      this.providerOf(address).provider,
      attributes,
      (name) => open[name] === true,
    );
    return { target: address, mode: "managed", values };
  }

  private resources(changes: readonly Json[], state: Json): Resource[] {
    const second = new Map(stateResources(state.root_module).map((one) => [String(one.address), one]));
    const planned = new Set(changes.map((one) => String(one.address)));
    const made = changes.map((one): Resource => {
      const { after, after_unknown } = isJson(one.change) ? one.change : {};
      const address = String(one.address);
      const values = merge(after, after_unknown, second.get(address)?.values, this.standIns, address);
      return this.resource(one, isBlock(values) ? values : {});
    });
    const read = [...second.values()].filter((one) => !planned.has(String(one.address)));
    return [
      ...made,
      ...read.map((one) => {
        const values = this.standIns.read(one.values, "");
        return this.resource(one, isBlock(values) ? values : {});
      }),
    ];
  }

  private resource(one: Json, values: Values): Resource {
    const address = String(one.address);
    const { name, location } = this.providerOf(address);
    return {
      address,
      mode: one.mode === "data" ? "data" : "managed",
      type: String(one.type),
      values,
      configured: null,
      provider: name,
      location,
    };
  }

  /** Which provider configuration of the root makes an instance, and where it is declared. */
  private providerOf(address: string): {
    name: string;
    provider: Provider | undefined;
    location: Resource["location"];
  } {
    const parts = parseAddress(address);
    const module = this.tree.get(parts?.modulePath.join(".") ?? "");
    const declared = module?.files.resources.find(
      (one) => one.mode === parts?.mode && one.type === parts.type && one.name === parts.name,
    );
    const own = declared?.provider ?? parts?.type.split("_")[0] ?? "aws";
    const name = module?.providers.get(own) ?? own;
    const file = declared === undefined ? undefined : join(module?.directory ?? "", declared.file);
    const location = declared?.line === undefined || file === undefined ? null : { file, line: declared.line };
    return { name, provider: this.providers[name], location };
  }
}

/** A run without a provider block of its own would ask for credentials. */
function withDefault(declared: readonly DeclaredProvider[]): DeclaredProvider[] {
  const env = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const own = declared.some(({ alias }) => alias === undefined)
    ? declared
    : [...declared, { name: "aws", alias: undefined, region: undefined, accountId: undefined }];
  return own.map(({ name, alias, region, accountId }) => ({ name, alias, region: region ?? env, accountId }));
}

/** The directory of each module that `init` installed, by the names on the way joined by dots. */
function installedModules(directory: string): Map<string, string> {
  const file = join(directory, ".terraform", "modules", "modules.json");
  const written: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const directories = new Map([["", "."]]);
  for (const { Key, Dir } of isJson(written) ? list(written.Modules) : []) directories.set(String(Key), String(Dir));
  return directories;
}

/** Every module call below the root, by the names on the way joined by dots. */
function moduleTree(directory: string): Map<string, Placed> {
  const tree = new Map<string, Placed>();
  for (const [path, place] of [...installedModules(directory)].toSorted(
    ([a], [b]) => a.split(".").length - b.split(".").length,
  )) {
    const names = path.split(".");
    const parent = path === "" ? undefined : tree.get(names.slice(0, -1).join("."));
    const call = parent?.files.calls.find(({ name }) => name === names.at(-1));
    tree.set(path, {
      files: scanModule(resolve(directory, place)),
      directory: relative(directory, resolve(directory, place)),
      providers: providersOf(parent, call),
      single: path === "" || (parent?.single === true && call?.repeated === false),
    });
  }
  return tree;
}

function providersOf(parent: Placed | undefined, call: Call | undefined): Map<string, string> {
  if (parent === undefined) return new Map();
  const inherited = new Map(parent.providers);
  for (const [to, from] of call?.providers ?? []) inherited.set(to, parent.providers.get(from) ?? from);
  return inherited;
}

function modulePrefix(path: string): string {
  return path === ""
    ? ""
    : path
        .split(".")
        .map((name) => `module.${name}.`)
        .join("");
}

/** A list of objects, whatever stands there. */
function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

function stateResources(module: unknown): Json[] {
  if (!isJson(module)) return [];
  return [...list(module.resources), ...list(module.child_modules).flatMap(stateResources)];
}

/** Attributes of each type, over all providers. */
function attributeSchemas(schemas: unknown, of: "resource_schemas" | "data_source_schemas"): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const provider of Object.values(isJson(schemas) ? schemas : {})) {
    const types = isJson(provider) ? provider[of] : undefined;
    for (const [type, schema] of Object.entries(isJson(types) ? types : {})) {
      const block = isJson(schema) ? schema.block : undefined;
      if (isJson(block) && isJson(block.attributes)) found.set(type, block.attributes);
    }
  }
  return found;
}
