/** Terraform as a child process that can reach no account. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UnreadableSource } from "../../configuration.ts";

/** What a child process needs to be started. */
export interface TerraformOptions {
  /** The environment to start from, by default the process's own: Terraform's CLI configuration is found through it. */
  readonly env?: NodeJS.ProcessEnv;
  /** The program, by default `terraform` from PATH. */
  readonly program?: string;
}

/** A diagnostic as `terraform … -json` prints it. */
export interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail: string;
  readonly address: string | undefined;
  readonly place: string | undefined;
}

type Json = { readonly [key: string]: unknown };

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Settings of AWS and Terraform that would lead to an account, or change what the run does. */
const removed = /^(?:AWS_|TF_(?:CLI_ARGS|WORKSPACE|DATA_DIR|LOG|CLOUD|TOKEN|REATTACH|APPEND|INPUT|IN_AUTOMATION))/;

/** The environment of the child: dummy keys, and every AWS endpoint a closed port of this machine. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !removed.test(name) || name === "AWS_CA_BUNDLE");
  return {
    ...Object.fromEntries(kept),
    AWS_ACCESS_KEY_ID: "none",
    AWS_SECRET_ACCESS_KEY: "none",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_INPUT: "0",
  };
}

/**
 * `terraform init` in a copy, without backend.
 * @throws {UnreadableSource} where Terraform is missing, or cannot install what the configuration needs.
 */
export async function init(directory: string, shown: string, options: TerraformOptions): Promise<void> {
  const { code, stdout, stderr } = await run(
    ["init", "-backend=false", "-input=false", "-no-color"],
    directory,
    options,
  );
  if (code === 0) return;
  const message = firstError(`${stderr}\n${stdout}`);
  throw new UnreadableSource(
    `${shown}: terraform init failed: ${message}; run terraform init there to see more, or give a plan (terraform show -json) instead`,
  );
}

/** The providers that `init` chose: `registry.terraform.io/hashicorp/aws` … */
export async function selectedProviders(directory: string, options: TerraformOptions): Promise<string[]> {
  const { stdout } = await run(["version", "-json"], directory, options);
  const answer: unknown = JSON.parse(stdout);
  const selections = isJson(answer) ? answer.provider_selections : undefined;
  return isJson(selections) ? Object.keys(selections) : [];
}

/** The schemas of the providers that `init` chose, by name. */
export async function providerSchemas(directory: string, options: TerraformOptions): Promise<Json> {
  const { stdout } = await run(["providers", "schema", "-json"], directory, options);
  const schemas = parsed(stdout)?.provider_schemas;
  return isJson(schemas) ? schemas : {};
}

/** What one run of a test file gives. */
export interface TestRun {
  /** The plan, or the state, that `-verbose` prints; undefined where the run did not come that far. */
  readonly result: Json | undefined;
  readonly errors: readonly Diagnostic[];
}

/** Runs one test file, and reads the line that holds the plan (`test_plan`) or the state (`test_state`). */
export async function runTest(
  directory: string,
  testDirectory: string,
  kind: "test_plan" | "test_state",
  options: TerraformOptions,
): Promise<TestRun> {
  const file = `${testDirectory}/holdfast.tftest.hcl`;
  const args = ["test", "-json", "-verbose", "-no-color", `-test-directory=${testDirectory}`, `-filter=${file}`];
  const child = launch(args, directory, options);
  child.stderr.resume();
  const ended = new Promise<void>((done, failed) => {
    child.on("error", failed);
    child.on("close", () => done());
  });
  let result: Json | undefined;
  const errors: Diagnostic[] = [];
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const message = parsed(line);
    if (message === undefined) continue;
    const found = message[kind];
    if (message.type === kind && isJson(found)) result = found;
    const diagnostic = readDiagnostic(message.diagnostic);
    if (diagnostic?.severity === "error") errors.push(diagnostic);
  }
  await ended;
  return { result, errors };
}

function parsed(line: string): Json | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isJson(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function readDiagnostic(value: unknown): Diagnostic | undefined {
  if (!isJson(value)) return undefined;
  const { range } = value;
  const start = isJson(range) ? range.start : undefined;
  const line = isJson(start) ? start.line : undefined;
  return {
    severity: String(value.severity),
    summary: String(value.summary),
    detail: typeof value.detail === "string" ? value.detail : "",
    address: typeof value.address === "string" ? value.address : undefined,
    place: isJson(range) ? `${String(range.filename)}:${String(line)}` : undefined,
  };
}

/** Processes that run, each the leader of a group of its own with the providers that it starts. */
const running = new Set<ChildProcess>();

function launch(args: readonly string[], cwd: string, options: TerraformOptions) {
  const child = spawn(options.program ?? "terraform", [...args], {
    cwd,
    env: environment(options.env ?? process.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  running.add(child);
  child.on("close", () => running.delete(child));
  child.on("error", () => running.delete(child));
  return child;
}

/** Ends every process at once, and what it has started: nothing of theirs is worth an orderly end. */
export function stopProcesses(): void {
  for (const child of running) {
    try {
      if (child.pid === undefined || process.platform === "win32") child.kill("SIGKILL");
      else process.kill(-child.pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  }
}

async function run(
  args: readonly string[],
  cwd: string,
  options: TerraformOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return await new Promise((done, failed) => {
    const child = launch(args, cwd, options);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      const program = options.program ?? "terraform";
      failed(
        error.code === "ENOENT"
          ? new UnreadableSource(
              `${program} is not on PATH, and *.tf files are read by Terraform itself: install it (1.7 or newer), or give a plan (terraform show -json)`,
            )
          : new UnreadableSource(`${program} cannot be started: ${error.message}`),
      );
    });
    child.on("close", (code) => {
      done({ code: code ?? 1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** What Terraform says before it says what is wrong. */
const preamble =
  /Terraform encountered problems during initiali[sz]ation|There are some problems with the configuration/;

/** The first error of Terraform's boxed output that says something, as one line. */
function firstError(output: string): string {
  const text = output.replaceAll(/^[│╷╵|] ?/gmu, "");
  const errors = text.split(/^Error: /m).slice(1);
  const first = errors.find((one) => !preamble.test(one)) ?? errors[0] ?? text;
  const [summary = "", ...detail] = first.split(/\n\s*\n/);
  return oneLine([summary, ...detail.slice(0, 2)].join(" ")) || "no message";
}

/** A message on one line, cut where it gets long. */
export function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, " ").trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
