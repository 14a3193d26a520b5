/**
 * `npm ci` in a fresh clone, by the npm versions that people have. Registries that lack packages for other platforms
 * make npm write lock files that it later refuses: npm 10 does not notice, npm 11 does.
 *
 * "Clone" is what git would commit now: the files that it tracks or has not been told to ignore, as they are.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeWithRegistry, progress, run } from "./commands.ts";

const root = dirname(dirname(__dirname));

describeWithRegistry("a fresh clone", () => {
  let clone: string;

  beforeAll(async () => {
    clone = mkdtempSync(join(tmpdir(), "holdfast-clone-"));
    const tracked = await run(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard");
    for (const file of tracked.split("\0").filter((name) => name !== "")) {
      if (statSync(join(root, file), { throwIfNoEntry: false })?.isFile() !== true) continue;
      mkdirSync(dirname(join(clone, file)), { recursive: true });
      copyFileSync(join(root, file), join(clone, file));
    }
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  test.each(["10", "11"])("installs with npm %s, which leaves the lock file as it is", async (version) => {
    progress(`npm@${version} ci`);
    const lock = readFileSync(join(clone, "package-lock.json"));
    await run(clone, "npx", "--yes", `npm@${version}`, "ci", "--prefer-offline", "--no-audit", "--no-fund");
    expect(readFileSync(join(clone, "package-lock.json"))).toEqual(lock);
    // prepare has built the package: the command, the entry points, and topology, which the rehearsal is written on.
    expect(readdirSync(join(clone, "dist")).toSorted()).toEqual([
      "cli",
      "handlers",
      "modules",
      "rehearsal",
      "topology",
    ]);
  });

  test("starts with nothing but what it installed", async () => {
    progress("npm start");
    expect(await run(clone, "npm", "start")).toContain("payments");
    expect(readdirSync(join(clone, "cdktf.out", "stacks")).length).toBeGreaterThan(0);
  });
});
