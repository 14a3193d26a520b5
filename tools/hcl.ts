/**
 * Makes the HCL that cdktf renders fit to be reviewed. cdktf 0.21 leaves references in quotes, which Terraform warns of,
 * and blocks without space between them; alignment is `terraform fmt`'s part.
 */
import { spawnSync } from "node:child_process";

/** One top-level block, with the comment lines directly above it. */
export interface Block {
  /** `resource`, `data`, `output`, … */
  readonly kind: string;
  readonly text: string;
}

/** A whole string that is one reference: `"${aws_sqs_queue.payments.arn}"`. */
const quotedReference = /"\$\{([a-z][\w-]*(?:\.[\w-]+)+)\}"/g;

/** An attribute that seems to be one expression in quotes: `HOLDFAST = "${jsonencode({ … })}"`. */
const quotedExpression = /^(\s*[\w-]+\s*= )"\$\{(.*)\}"$/gm;

/** Whether the text has no further interpolation, and its braces are closed: then it is an expression of its own. */
function isOneExpression(text: string): boolean {
  let depth = 0;
  for (const character of text.replace(/"(?:[^"\\]|\\.)*"/g, "")) {
    if (character === "{") depth++;
    if (character === "}" && --depth < 0) return false;
  }
  return depth === 0 && !text.includes("${") && !text.includes("\\");
}

/** Formatted HCL, a blank line between blocks, references without quotes. */
export function tidy(hcl: string): string {
  return `${blocks(formatted(hcl))
    .map(({ text }) => text)
    .join("\n\n")}\n`;
}

/** The top-level blocks of formatted HCL: each ends with a brace in the first column. */
export function blocks(hcl: string): Block[] {
  const found: Block[] = [];
  let lines: string[] = [];
  for (const line of hcl.split("\n")) {
    if (lines.length === 0 && line.trim() === "") continue;
    lines.push(line);
    if (line !== "}" && !/^\w.*\{\s*\}$/.test(line)) continue;
    const kind = /^\w+/.exec(lines.find((text) => /^\w/.test(text)) ?? "")?.[0];
    if (kind === undefined) throw new Error(`no block begins in:\n${lines.join("\n")}`);
    found.push({ kind, text: withoutQuotes(lines.join("\n")) });
    lines = [];
  }
  if (lines.length > 0) throw new Error(`a block does not end:\n${lines.join("\n")}`);
  return found;
}

const withoutQuotes = (block: string): string =>
  block
    .replace(/depends_on = \[[^\]]*\]/g, (list) => list.replace(/"([^"]+)"/g, "$1"))
    .replace(quotedReference, "$1")
    .replace(quotedExpression, (line, start: string, expression: string) =>
      isOneExpression(expression) ? `${start}${expression}` : line,
    )
    // cdktf leaves empty lines where it rendered nothing.
    .replace(/\n(\s*\n)+(\s*\})/g, "\n$2");

/**
 * What `terraform fmt` makes of it.
 * @throws Error with Terraform's message where it is no HCL, or where there is no Terraform
 */
export function formatted(hcl: string): string {
  const { status, stdout, stderr, error } = spawnSync("terraform", ["fmt", "-no-color", "-"], {
    input: hcl,
    encoding: "utf8",
  });
  if (error !== undefined) throw new Error(`terraform fmt: ${error.message}; Terraform has to be installed`);
  if (status !== 0) throw new Error(`terraform fmt refuses what was rendered:\n${stderr}`);
  return stdout;
}
