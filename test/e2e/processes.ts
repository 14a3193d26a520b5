/**
 * Child processes that never outlive the run: each is the head of a process group, so that what it started (Terraform's
 * provider, a function's worker) ends with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** A program to run. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Where all that it prints is added. */
  readonly log: string;
}

/** A command ended with another exit code than 0, or not in time. */
class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

const alive = new Set<ChildProcess>();
let over = false;
const GRACE_SECONDS = 5;
/** A frame of a progress display. */
const SPINNER = /^[\u2800-\u28ff]\s/;

/** Starts a command that runs until it is stopped. */
export function start(
  { program, args, cwd, env, log }: Command,
  heard: (text: string) => void = () => {},
): ChildProcess {
  if (over) throw new CommandFailed(`${program} ${args.join(" ")}: not started, the run is over`);
  appendFileSync(log, `\n$ ${[program, ...args].join(" ")}\n`);
  const child = spawn(program, [...args], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  alive.add(child);
  child.once("close", () => alive.delete(child));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      appendFileSync(log, stripVTControlCharacters(text));
      heard(text);
    });
  }
  return child;
}

/**
 * Runs a command to its end and returns what it printed, without colours.
 * @throws {CommandFailed} with the end of what it printed, when its exit code is not 0 or `seconds` are over.
 */
export async function finish(command: Command, seconds: number): Promise<string> {
  let printed = "";
  const child = start(command, (text) => {
    printed += text;
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void stop(child);
  }, seconds * 1000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const text = stripVTControlCharacters(printed);
    if (code === 0 && !late) return text;
    const how = late ? `was stopped after ${seconds} s` : `ended with ${code ?? "a signal"}`;
    const lines = text.split("\n").filter((line) => line.trim() !== "" && !SPINNER.test(line));
    const end = lines.slice(-60).join("\n");
    throw new CommandFailed(`${command.program} ${command.args.join(" ")} ${how}:\n${end}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a process, which is asked first, and then all that it started and that is still there. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return signalGroup(child, "SIGKILL");
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  signalGroup(child, "SIGTERM");
  const kill = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_SECONDS * 1000);
  await ended;
  clearTimeout(kill);
  signalGroup(child, "SIGKILL");
}

/** Ends every process that is still running, for good: none is started any more. */
export async function stopAll(): Promise<void> {
  over = true;
  await Promise.all([...alive].map(stop));
}

/** The same when there is no time to wait. */
export function killAll(): void {
  for (const child of alive) signalGroup(child, "SIGKILL");
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone, which is what was wanted.
  }
}
