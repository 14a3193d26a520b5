import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../../checks/check.ts";
import { pathsOf } from "../../topology/paths.ts";
import { readTopology } from "../../topology/read.ts";

test("our own example has no warning, in any environment", async () => {
  const outdir = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  try {
    const env = { ...process.env, CDKTF_OUTDIR: outdir };
    execFileSync(process.execPath, ["--import", "tsx", "main.ts"], { env, stdio: ["ignore", "ignore", "inherit"] });
    const sources = await readTopology(outdir);
    expect(sources.length).toBeGreaterThan(1);
    for (const { graph } of sources) {
      expect(pathsOf(graph).length).toBeGreaterThan(0);
      expect({ stack: graph.stack, assumptions: graph.assumptions, notUnderstood: graph.notUnderstood }).toEqual({
        stack: graph.stack,
        assumptions: [],
        notUnderstood: [],
      });
      expect(
        check(graph).filter(({ severity, acknowledged }) => severity !== "advice" && acknowledged === null),
      ).toEqual([]);
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}, 60_000);
