/**
 * Arithmetic for figures that may be Terraform expressions.
 *
 * A number that stands for an expression (a variable, an attribute of a resource) is a token: an ordinary JavaScript
 * number with a meaningless value near -1e298. `6 * token` is a garbage number that Terraform would take without a word,
 * `Math.max(token, 30)` is 30. So every figure that a construct derives goes through these functions: among numbers they
 * calculate, and as soon as one is a token they render the same calculation as a Terraform expression.
 */
import { Fn, Op, Token } from "cdktf";

/** Whether a figure is a number that can be looked at, and no Terraform expression. */
export const isKnown = (figure: number): boolean => !Token.isUnresolved(figure);

/** a × b */
export const times = (a: number, b: number): number =>
  isKnown(a) && isKnown(b) ? a * b : Token.asNumber(Op.mul(a, b));

/** a + b; plain `a` where `b` is 0, so that no expression says `+ 0`. */
export function plus(a: number, b: number): number {
  if (b === 0) return a;
  return isKnown(a) && isKnown(b) ? a + b : Token.asNumber(Op.add(a, b));
}

/** ⌊a ÷ b⌋ */
export const wholeQuotient = (a: number, b: number): number =>
  isKnown(a) && isKnown(b) ? Math.floor(a / b) : Token.asNumber(Fn.floor(Token.asNumber(Op.div(a, b))));

/** The smaller of the two. */
export const smaller = (a: number, b: number): number =>
  isKnown(a) && isKnown(b) ? Math.min(a, b) : Token.asNumber(Fn.min([a, b]));
