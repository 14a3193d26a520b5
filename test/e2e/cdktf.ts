/** CDKTF's command line, and the stack that it deploys. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./ministack.ts";
import { finish } from "./processes.ts";

/** The example in its local environment. */
export const STACK = "shop-local";

/** Installs cdktf-cli beside this file, unless what is there is from this lock file. */
export async function installCdktf({ root, env, log }: Place): Promise<"installed" | "present"> {
  const folder = join(root, "test", "e2e");
  const marker = join(folder, "node_modules", ".holdfast-installed");
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return "present";
  await finish({ program: "npm", args: ["ci", "--prefix", folder], cwd: root, env, log }, 240);
  writeFileSync(marker, lock);
  return "installed";
}

/**
 * Runs a cdktf command in the project, and returns what it printed.
 * @throws {CommandFailed}
 */
export async function cdktf(args: readonly string[], { root, env, log }: Place, seconds: number): Promise<string> {
  const program = join(root, "test", "e2e", "node_modules", ".bin", "cdktf");
  return finish({ program, args, cwd: root, env, log }, seconds);
}
