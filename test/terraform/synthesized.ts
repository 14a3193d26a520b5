import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The two forms in which a stack is synthesized. */
export const forms = { JSON: {}, HCL: { SYNTH_HCL_OUTPUT: "true" } } as const;

/** The folders of the example's stacks, by name, synthesized in one form as `npm start` does. */
export function synthesize(form: keyof typeof forms): Readonly<Record<string, string>> {
  const outdir = mkdtempSync(join(tmpdir(), "holdfast-synth-"));
  execFileSync(process.execPath, ["--import", "tsx", "main.ts"], {
    env: { ...process.env, CDKTF_OUTDIR: outdir, ...forms[form] },
    stdio: ["ignore", "inherit", "pipe"],
  });
  const stacks = join(outdir, "stacks");
  return Object.fromEntries(readdirSync(stacks).map((stack) => [stack, join(stacks, stack)]));
}
