import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { skipTests } from "../support/terraform.ts";

/** A command ended with an exit code that is not 0. */
class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

const execute = promisify(execFile);

/** What npm and jest put into the environment of the processes that they start belongs to this project, not to others. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_package_|npm_lifecycle_|npm_config_local_prefix$|JEST_|NODE_ENV$|INIT_CWD$)/.test(name),
  ),
);

/**
 * Runs a command to its end.
 * @returns its standard output
 * @throws CommandFailed with what it said, when it fails
 */
export async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, env: environment, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.split("\n").map((line) => line.slice(0, 500));
    throw new CommandFailed(`${command} ${args.join(" ")} in ${cwd} ended with ${String(code)}:\n${said.join("\n")}`);
  }
}

/** A line on standard error, since these tests take a while. */
export const progress = (line: string): void => {
  process.stderr.write(`test/package: ${line}\n`);
};

/** A `describe` whose tests need a package registry: without one they are skipped with a line that says so, or fail in CI. */
export function describeWithRegistry(name: string, tests: () => void): void {
  if (hasRegistry()) {
    jest.setTimeout(600_000);
    describe(name, tests);
  } else skipTests(name, "no package registry answers");
}

function hasRegistry(): boolean {
  try {
    const args = ["view", "constructs", "version", "--fetch-retries=0", "--fetch-timeout=10000"];
    execFileSync("npm", args, { env: environment, stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}
