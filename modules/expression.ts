import { Fn, ref, Token } from "cdktf";

/**
 * Whether a text is, or holds, a Terraform expression: a token of cdktf or a plain `"${var.name}"`. Its value is then not
 * known at synth.
 */
export const isExpression = (text: string): boolean => Token.isUnresolved(text) || text.includes("${");

/** An interpolation in a text that somebody wrote by hand, without braces inside. */
const interpolation = /\$\{([^{}]+)\}/;

/**
 * A text as a function of Terraform takes it. cdktf escapes a plain `"${var.name}"` inside `Fn.*`, which would then be
 * taken literally; as a reference it is not.
 */
export function asArgument(text: string): string {
  if (Token.isUnresolved(text) || !text.includes("${")) return text;
  const pieces = text
    .split(interpolation)
    .map((piece, index) => (index % 2 === 1 ? Token.asString(ref(piece)) : piece));
  const said = pieces.filter((piece) => piece !== "");
  return said.length === 1 ? (said[0] ?? "") : Fn.join("", said);
}
