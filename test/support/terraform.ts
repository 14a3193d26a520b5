/**
 * Terraform for the tests: found, isolated, and able to install the AWS provider where there is no registry.
 *
 * - Nothing of the user's AWS or Terraform settings reaches it: credentials are dummies, so that no test can touch an
 *   account.
 * - The AWS provider comes from a filesystem mirror when there is one: HOLDFAST_TERRAFORM_MIRROR, or Terraform's own
 *   places, or one found on the machine. Everything else comes from the registry, as does the provider without a mirror.
 * - Where Terraform is missing a test says so in one line and is skipped; with CI set it fails instead.
 */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { arch, homedir, platform } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";

/** Terraform as a test uses it. */
export interface Terraform {
  /** The whole environment of a Terraform process: give it to a tool that starts Terraform itself. */
  readonly env: NodeJS.ProcessEnv;
  /** The version that was found, for instance `1.11.4`. */
  readonly version: string;
  /**
   * Runs Terraform in `cwd`; `env` is added to the environment.
   * @throws {TerraformFailed} when it ends with another exit code than 0 (so also for 2 of `plan -detailed-exitcode`).
   */
  run(args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string }>;
}

/** Terraform ended with an exit code that is not 0. */
class TerraformFailed extends Error {
  override readonly name = "TerraformFailed";
  /** The exit code; undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: readonly string[], cwd: string, exitCode: number | undefined, stdout: string, stderr: string) {
    super(`terraform ${args.join(" ")} in ${cwd} ended with ${exitCode ?? "a signal"}:\n${stderr || stdout}`);
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** A test that needs something which is not here was about to be skipped, and CI allows no such test. */
class SkippedInCi extends Error {
  override readonly name = "SkippedInCi";
}

/** HOLDFAST_TERRAFORM_MIRROR names a place without the AWS provider. */
class NoMirror extends Error {
  override readonly name = "NoMirror";
}

/**
 * Says in one line on stderr why a test is skipped.
 * @throws {SkippedInCi} when the environment variable CI is set: there everything must run.
 */
export function skipOrFail(reason: string): void {
  if (inCi()) throw new SkippedInCi(`${reason}, and CI is set, where nothing may be skipped`);
  process.stderr.write(`skipped: ${reason}\n`);
}

function inCi(): boolean {
  return !["", "0", "false"].includes(process.env.CI ?? "");
}

/**
 * A `describe` whose tests need Terraform: without it they are skipped with a line that says so, or fail in CI. The
 * tests of the file may take two minutes each, since an `init` on a busy machine alone takes longer than jest allows.
 */
export function describeWithTerraform(name: string, tests: (terraform: Terraform) => void): void {
  const found = terraform();
  if (found !== undefined) {
    jest.setTimeout(120_000);
    describe(name, () => tests(found));
    return;
  }
  skipTests(name, "there is no terraform on PATH");
}

/** Stands for the tests of a `describe` that cannot run here: skipped with a line that says why, or failed in CI. */
export function skipTests(name: string, why: string): void {
  const reason = `${name}: ${why}`;
  if (inCi()) test(name, () => skipOrFail(reason));
  else {
    skipOrFail(reason);
    test.skip(reason, () => undefined);
  }
}

const run = promisify(execFile);
let known: { terraform: Terraform | undefined } | undefined;

/** Terraform, or undefined where there is none on PATH. Looked for once in each process. */
export function terraform(): Terraform | undefined {
  known ??= { terraform: find() };
  return known.terraform;
}

function find(): Terraform | undefined {
  const env = isolated();
  let version: string;
  try {
    const answer = execFileSync("terraform", ["version", "-json"], { env, encoding: "utf8", stdio: "pipe" });
    version = /"terraform_version": "([^"]+)"/.exec(answer)?.[1] ?? "unknown";
  } catch (error) {
    if (has(error, "code") && error.code === "ENOENT") return undefined;
    throw error;
  }
  Object.assign(env, cliConfig());
  return {
    env,
    version,
    async run(args, cwd, more = {}) {
      try {
        const { stdout, stderr } = await run("terraform", [...args], { cwd, env: { ...env, ...more }, maxBuffer });
        return { stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) };
      } catch (error) {
        if (!has(error, "stderr") || !has(error, "stdout")) throw error;
        const exitCode = has(error, "code") && typeof error.code === "number" ? error.code : undefined;
        const [stdout, stderr] = [error.stdout, error.stderr].map((text) => stripVTControlCharacters(String(text)));
        throw new TerraformFailed(args, cwd, exitCode, stdout ?? "", stderr ?? "");
      }
    },
  };
}

/** Enough for the plan of a large stack, or for the provider's schemas, 13 MB a time. */
const maxBuffer = 256 * 1024 * 1024;

/** Not `instanceof`: what Node throws is of another realm than a test in jest. */
function has<Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> {
  return typeof value === "object" && value !== null && key in value;
}

/** The process's environment without any setting of Terraform or AWS, and with credentials that open nothing. */
function isolated(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:TF_|AWS_)/.test(name) || name === "AWS_CA_BUNDLE");
  return {
    ...Object.fromEntries(kept),
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
  };
}

/** What tells Terraform where providers come from: the user's own configuration where it does, else ours or none. */
function cliConfig(): NodeJS.ProcessEnv {
  const given = process.env.HOLDFAST_TERRAFORM_MIRROR;
  if (given !== undefined && given !== "") {
    if (holdsProvider(given)) return { TF_CLI_CONFIG_FILE: writeConfig(given) };
    throw new NoMirror(`HOLDFAST_TERRAFORM_MIRROR: ${given} holds no ${PROVIDER} for this machine (${target()})`);
  }
  const users = [process.env.TF_CLI_CONFIG_FILE, join(homedir(), ".terraformrc")].find(
    (file) => file !== undefined && existsSync(file),
  );
  const own = users === undefined ? {} : { TF_CLI_CONFIG_FILE: users };
  if (users !== undefined && readFileSync(users, "utf8").includes("provider_installation")) return own;
  if (IMPLICIT.some(holdsProvider)) return own;
  const mirror = search();
  return mirror === undefined ? own : { TF_CLI_CONFIG_FILE: writeConfig(mirror) };
}

const PROVIDER = join("registry.terraform.io", "hashicorp", "aws");

/** Where Terraform itself looks on every `init`. https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories */
const IMPLICIT = [
  join(homedir(), ".terraform.d", "plugins"),
  join(homedir(), ".local", "share", "terraform", "plugins"),
  "/usr/local/share/terraform/plugins",
  "/usr/share/terraform/plugins",
];

const ARCHITECTURES = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
]);

/** This machine as provider archives name it, for instance `linux_amd64`. */
function target(): string {
  return `${platform()}_${ARCHITECTURES.get(arch()) ?? arch()}`;
}

/** Whether a mirror, packed or unpacked, has the AWS provider in a major version that Holdfast supports. */
function holdsProvider(mirror: string): boolean {
  const supported = /^(?:5\.[1-9]\d\d|6\.\d+)\.\d+$/;
  const packed = new RegExp(`^terraform-provider-aws_(.*)_${target()}\\.zip$`);
  return names(join(mirror, PROVIDER)).some((name) =>
    supported.test(packed.exec(name)?.[1] ?? (existsSync(join(mirror, PROVIDER, name, target())) ? name : "")),
  );
}

/** The entries of a folder; none where it cannot be read. */
function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Folders that hold no mirror, or one that others may write to, and whose providers must therefore not be run. */
const PASSED = new Set(["proc", "sys", "dev", "run", "tmp", "node_modules", ".git", ".terraform", "lost+found"]);
const SEARCH_DEPTH = 4;
const SEARCH_MILLISECONDS = 2_000;

/** The nearest folder to the root that is a mirror: breadth first, a few levels, for two seconds at most. */
function search(): string | undefined {
  const deadline = Date.now() + SEARCH_MILLISECONDS;
  let level = ["/"];
  for (let depth = 0; depth <= SEARCH_DEPTH; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      if (Date.now() > deadline) return undefined;
      for (const name of names(folder)) {
        if (name === "registry.terraform.io") {
          if (holdsProvider(folder) && trusted(folder)) return folder;
        } else if (!PASSED.has(name) && isFolder(join(folder, name))) next.push(join(folder, name));
      }
    }
    level = next;
  }
  return undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A provider is a program that Terraform runs: it must belong to this user or to root, and to no one else's hand. */
function trusted(folder: string): boolean {
  const { uid, mode } = statSync(join(folder, PROVIDER));
  return (uid === 0 || uid === process.getuid?.()) && (mode & 0o002) === 0;
}

/**
 * A configuration that takes the AWS provider from `mirror`, and the others as usual. Named after its content, so that
 * processes that run at once agree, and written under a name of its own first, so that none reads half of it.
 */
function writeConfig(mirror: string): string {
  const provider = "registry.terraform.io/hashicorp/aws";
  const content = `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ["${provider}"]
  }
  direct {
    exclude = ["${provider}"]
  }
}
`;
  const folder = join(process.cwd(), "node_modules", ".cache", "holdfast");
  const file = join(folder, `terraform-${createHash("sha256").update(content).digest("hex").slice(0, 12)}.tfrc`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
