/** Lines of the blocks of a JSON file, which `JSON.parse` does not tell. */

/** Path of each object three levels down (`resource.aws_sqs_queue.work`) to its line, counted from 1. */
export function blockLines(source: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const path: string[] = [];
  let line = 1;
  let pending: { key: string; line: number } | undefined;
  const token = /"((?:[^"\\]|\\.)*)"|[{}[\]:,\n]/g;
  let last: { text: string; line: number } | undefined;
  for (const match of source.matchAll(token)) {
    const [whole, string] = match;
    if (whole === "\n") line += 1;
    else if (string !== undefined) last = { text: string, line };
    else if (whole === ":") pending = last === undefined ? undefined : { key: last.text, line: last.line };
    else if (whole === "{" || whole === "[") {
      path.push(pending?.key ?? "");
      // The root object is the first level, without a name.
      if (path.length === 4 && pending !== undefined) lines.set(path.slice(1).join("."), pending.line);
      pending = undefined;
    } else if (whole === "}" || whole === "]") path.pop();
    else pending = undefined;
  }
  return lines;
}
