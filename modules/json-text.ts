import { Fn, ref, Token } from "cdktf";
import { asArgument, isExpression } from "./expression.ts";

/**
 * A value as JSON text for an attribute. Where it holds a Terraform expression, the text is put together by Terraform:
 * what is known is written here, character by character as JSON has it, and each expression by Terraform's own
 * `jsonencode`. (A `JSON.stringify` over an expression is invalid HCL; `jsonencode` over the whole loses `null` and reads
 * the backslashes of texts.)
 */
export function jsonText(value: unknown): string {
  const pieces = joined(piecesOf(value));
  const [only] = pieces;
  // `%{` begins a directive in any string of Terraform's.
  if (pieces.length === 1 && only?.kind === "text") return only.text.replace(/%(?=\{)/g, "%%");
  return Token.asString(
    Fn.join(
      "",
      pieces.map((piece) => (piece.kind === "text" ? quoted(piece.text) : Token.asString(Fn.jsonencode(piece.value)))),
    ),
  );
}

/**
 * A text as a string of Terraform's language in which nothing is interpolated, handed over as a reference so that cdktf
 * writes it as it stands: what it does to strings itself (`Fn.rawString` too) loses backslashes.
 */
function quoted(known: string): string {
  const escaped = known
    .replace(/[\\"]/g, "\\$&")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/[$%](?=\{)/g, "$&$&");
  return Token.asString(ref(`"${escaped}"`));
}

/** A piece of the text: known, or an expression that Terraform encodes. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "expression"; readonly value: unknown };

const text = (known: string): Piece => ({ kind: "text", text: known });

function piecesOf(value: unknown): Piece[] {
  if (typeof value === "string") {
    return isExpression(value) ? [{ kind: "expression", value: asArgument(value) }] : [text(JSON.stringify(value))];
  }
  if (Token.isUnresolved(value)) return [{ kind: "expression", value }];
  if (Array.isArray(value)) return listed("[", value.map(piecesOf), "]");
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return listed(
      "{",
      entries.map(([key, item]) => [...piecesOf(key), text(":"), ...piecesOf(item)]),
      "}",
    );
  }
  return [text(JSON.stringify(value))];
}

const listed = (open: string, items: readonly Piece[][], close: string): Piece[] => [
  text(open),
  ...items.flatMap((item, index) => (index === 0 ? item : [text(","), ...item])),
  text(close),
];

/** Neighbouring texts as one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last?.kind === "text" && piece.kind === "text") result[result.length - 1] = text(last.text + piece.text);
    else result.push(piece);
  }
  return result;
}
