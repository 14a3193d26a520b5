/**
 * `npm run synth:hcl [-- FOLDER]`: writes every stack as formatted HCL, by default to `synth/`, which is committed so that
 * a pull request shows what a change of the code does to the infrastructure. Needs Terraform for the formatting.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tidy } from "./hcl.ts";

const target = process.argv[2] ?? "synth";
const outdir = mkdtempSync(join(tmpdir(), "holdfast-hcl-"));
try {
  const { HOLDFAST_AWS_ENDPOINT: _, ...environment } = process.env; // An emulator's address is no part of what is reviewed.
  execFileSync(process.execPath, ["--import", "tsx", "main.ts"], {
    env: { ...environment, CDKTF_OUTDIR: outdir, SYNTH_HCL_OUTPUT: "true" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  rmSync(target, { recursive: true, force: true });
  for (const stack of readdirSync(join(outdir, "stacks")).toSorted()) {
    const file = join(target, stack, "cdk.tf");
    mkdirSync(join(target, stack), { recursive: true });
    writeFileSync(file, tidy(readFileSync(join(outdir, "stacks", stack, "cdk.tf"), "utf8")));
    console.log(file);
  }
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
