import { Fn, Token } from "cdktf";

/**
 * A value as JSON text for an attribute. What holds no Terraform expression is written here; else Terraform writes it,
 * since a `JSON.stringify` over an expression is invalid HCL.
 */
export const jsonText = (value: unknown): string =>
  hasExpression(value) ? Fn.jsonencode(value) : JSON.stringify(value);

function hasExpression(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, item]) => Token.isUnresolved(key) || hasExpression(item));
}
