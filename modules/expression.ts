import { Fn, ref, Token } from "cdktf";

/**
 * Whether a text is, or holds, a Terraform expression: a token of cdktf or a plain `"${var.name}"`. Its value is then not
 * known at synth.
 */
export const isExpression = (text: string): boolean => Token.isUnresolved(text) || text.includes("${");

/**
 * A text as a function of Terraform takes it. cdktf escapes a plain `"${var.name}"` inside `Fn.*`, which would then be
 * taken literally; as a reference it is not.
 * @throws Error where an interpolation does not end
 */
export function asArgument(text: string): string {
  if (Token.isUnresolved(text) || !text.includes("${")) return text;
  const pieces = interpolations(text);
  return pieces.length === 1 ? (pieces[0] ?? "") : Fn.join("", pieces);
}

/** The pieces of a text that somebody wrote by hand: what is literal, and each interpolation as a reference. */
function interpolations(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf("${", at);
    if (start !== at) pieces.push(text.slice(at, start < 0 ? undefined : start));
    if (start < 0) break;
    const end = endOf(text, start + 2);
    pieces.push(Token.asString(ref(text.slice(start + 2, end))));
    at = end + 1;
  }
  return pieces;
}

/** Where the brace stands that closes an interpolation: braces within it, and within its strings, are its own. */
function endOf(text: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === "{") depth++;
    else if (!quoted && character === "}" && depth-- === 0) return at;
  }
  throw new Error(
    `${JSON.stringify(text)}: the interpolation that begins at ${from - 2} does not end; close it with "}".`,
  );
}
