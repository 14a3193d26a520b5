/**
 * MiniStack, the emulator of AWS that the example is deployed to: found or installed, started on a free port of the
 * loopback interface, and stopped with the run.
 *
 * The one on PATH is used if it has the version for which not-shown.ts was written, else that version is installed into
 * a virtual environment of this working copy.
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { until } from "./poll.ts";
import { finish, start, stop } from "./processes.ts";

/** The version whose gaps are listed in not-shown.ts. */
const MINISTACK_VERSION = "1.5.33";

/** A running emulator. */
export interface Emulator {
  readonly endpoint: string;
  readonly process: ChildProcess;
}

/** Where and with what a command runs. */
export interface Place {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
}

/** Python cannot make the virtual environment that MiniStack needs. */
export class NoPython extends Error {
  override readonly name = "NoPython";
}

/**
 * The program, of the right version.
 * @throws {NoPython} | {CommandFailed}
 */
export async function findMinistack(place: Place): Promise<string> {
  const onPath = (place.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "ministack"));
  const installed = onPath.find(
    (program) => existsSync(program) && versionOf(program, place.env) === MINISTACK_VERSION,
  );
  return installed ?? install(place);
}

/** The version that a `ministack` program belongs to, asked of the Python of its first line. */
function versionOf(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const script = `
import re, subprocess, sys
python = open(sys.argv[1]).readline()[2:].strip()
print(subprocess.check_output([python, "-c", "from importlib.metadata import version; print(version('ministack'))"], text=True))`;
  try {
    return execFileSync("python3", ["-c", script, program], { env, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return undefined;
  }
}

async function install({ root, env, log }: Place): Promise<string> {
  const folder = join(root, "node_modules", ".cache", "holdfast", `ministack-${MINISTACK_VERSION}`);
  const program = join(folder, "bin", "ministack");
  if (existsSync(program)) return program;
  try {
    await finish({ program: "python3", args: ["-m", "venv", "--clear", folder], cwd: root, env, log }, 60);
  } catch (error) {
    throw new NoPython("MiniStack needs Python 3.10 or later with venv (on Debian: apt-get install python3-venv)", {
      cause: error,
    });
  }
  const args = ["-m", "pip", "install", "--disable-pip-version-check", `ministack==${MINISTACK_VERSION}`];
  await finish({ program: join(folder, "bin", "python"), args, cwd: root, env, log }, 120);
  return program;
}

/** Starts the emulator and waits until it answers. */
export async function startMinistack(program: string, { root, env, log }: Place): Promise<Emulator> {
  const port = await freePort();
  // What it unpacks to run goes where the log is, and so away with the run.
  const temporary = join(dirname(log), "ministack");
  mkdirSync(temporary, { recursive: true });
  const child = start({
    program,
    args: [],
    cwd: root,
    log,
    env: {
      ...env,
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      // The default is every interface.
      BIND_HOST: "127.0.0.1",
      // Both would listen on ports of their own.
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await until(`MiniStack at ${endpoint}`, 30, async (seen) => {
      if (child.exitCode !== null) throw new Error(`MiniStack ended with ${child.exitCode}: see ${log}`);
      const answer = await fetch(`${endpoint}/_ministack/ready`).catch(() => undefined);
      seen(answer === undefined ? "no answer" : `status ${answer.status}`);
      return answer?.ok === true ? true : undefined;
    });
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { endpoint, process: child };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return address.port;
}
