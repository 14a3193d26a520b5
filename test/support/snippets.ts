/**
 * Keeps what a document shows and what is compiled and run the same: each fenced block stands for a file of the
 * repository, which an HTML comment before the block names.
 *
 *     <!-- examples/handlers/pay.ts -->
 *     ```ts
 *     …the whole file…
 *     ```
 *
 * `<!-- examples/modules/queue-consumers.ts#fifo -->` names the part between the lines `#region fifo` and `#endregion`,
 * for what needs surroundings to run.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is not code, and so has no file: diagrams, and what a program prints. */
const WITHOUT_FILE: ReadonlySet<string> = new Set(["mermaid", "sh", "text"]);

export interface Snippet {
  /** The file that the comment names, from the root of the repository. */
  readonly file: string | undefined;
  /** The first word after the fence; empty where there is none. */
  readonly language: string;
  readonly code: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly closed: boolean;
}

/** The fenced blocks of a document, in its order. */
export function snippetsOf(markdown: string): readonly Snippet[] {
  const snippets: Snippet[] = [];
  const lines = markdown.split("\n");
  let file: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const named = /^\s*<!--\s*(\S+)\s*-->\s*$/.exec(line);
    const opening = /^( *)(`{3,}|~{3,})\s*(\S*)/.exec(line);
    if (opening === null) {
      if (named !== null) file = named[1];
      else if (line.trim() !== "") file = undefined;
      continue;
    }
    const [, indent = "", fence = "", language = ""] = opening;
    const isClosing = (text: string) => text.trim().startsWith(fence) && /^(`+|~+)$/.test(text.trim());
    const length = lines.slice(at + 1).findIndex(isClosing);
    const body = lines.slice(at + 1, length < 0 ? undefined : at + 1 + length);
    const code = body.map((text) => `${text.startsWith(indent) ? text.slice(indent.length) : text}\n`).join("");
    snippets.push({ file, language, code, line: at + 1, closed: length >= 0 });
    file = undefined;
    at += body.length + 1;
  }
  return snippets;
}

/** What is wrong with the fenced blocks of a document, one sentence each; none when all is well. */
export function snippetProblems(document: string, root: string): readonly string[] {
  return snippetsOf(readFileSync(join(root, document), "utf8")).flatMap(({ file, language, code, line, closed }) => {
    const place = `${document}:${line}`;
    if (!closed) return [`${place}: the block is not closed`];
    if (file === undefined) return WITHOUT_FILE.has(language) ? [] : [`${place}: no comment names the block's file`];
    const source = sourceOf(file, root);
    if (source === undefined) return [`${place}: there is no ${file}`];
    return source === code ? [] : [`${place}: the block differs from ${file}`];
  });
}

/** A file, or one region of it; `undefined` where there is none. */
function sourceOf(named: string, root: string): string | undefined {
  const [file = "", region] = named.split("#");
  if (!existsSync(join(root, file))) return undefined;
  const text = readFileSync(join(root, file), "utf8");
  if (region === undefined) return text;
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.trim().replace(/^(\/\/|#) /, "") === `#region ${region}`);
  const length = lines.slice(start + 1).findIndex((line) => line.trim().replace(/^(\/\/|#) /, "") === "#endregion");
  return start < 0 || length < 0 ? undefined : `${lines.slice(start + 1, start + 1 + length).join("\n")}\n`;
}
