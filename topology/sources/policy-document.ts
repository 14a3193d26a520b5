/**
 * `data "aws_iam_policy_document"` as JSON, put together as the provider does it. Parts that are not known stand in the
 * text as {@link unknownText}.
 *
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
 */
import { blocks, isList, text, Unknown, unknownText, type Value, type Values } from "../configuration.ts";
import { asText } from "./expressions/functions.ts";

type Statement = { readonly [key: string]: unknown };

/** The document's JSON; unknown where one of the documents that it is merged from is not known. */
export function policyDocument(values: Values): Value {
  const sources = documents([values.source_json, ...listOf(values.source_policy_documents)]);
  const overrides = documents([values.override_json, ...listOf(values.override_policy_documents)]);
  if (sources === undefined || overrides === undefined) return new Unknown();
  const written = blocks(values, "statement");
  const isAlone = sources.length === 0 && overrides.length === 0;
  if (written.some((one) => isOpen(one) || (one.sid instanceof Unknown && !isAlone))) return new Unknown();
  const merged = [...sources];
  for (const one of [...written.map(statement), ...overrides]) {
    const at = typeof one.Sid === "string" && one.Sid !== "" ? merged.findIndex(({ Sid }) => Sid === one.Sid) : -1;
    if (at < 0) merged.push(one);
    else merged[at] = one;
  }
  return JSON.stringify({ Version: text(values.version) ?? "2012-10-17", Statement: merged });
}

function listOf(value: Value | undefined): readonly (Value | undefined)[] {
  return isList(value) ? value : value === undefined || value === null ? [] : [value];
}

/** Statements of whole documents; undefined where one is not known. */
function documents(sources: readonly (Value | undefined)[]): Statement[] | undefined {
  const made: Statement[] = [];
  for (const source of sources) {
    if (source === undefined || source === null || source === "") continue;
    if (typeof source !== "string") return undefined;
    try {
      const parsed: unknown = JSON.parse(source);
      const own = isRecord(parsed) ? parsed.Statement : undefined;
      made.push(...(Array.isArray(own) ? own : [own]).filter(isRecord));
    } catch {
      return undefined;
    }
  }
  return made;
}

function isRecord(value: unknown): value is Statement {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is not known what a statement does, or to whom. */
function isOpen(block: Values): boolean {
  const named = [...blocks(block, "principals"), ...blocks(block, "not_principals")];
  return block.effect instanceof Unknown || named.some(({ type }) => type instanceof Unknown);
}

function statement(block: Values): Statement {
  const entries: [string, unknown][] = [
    ["Sid", text(block.sid)],
    ["Effect", text(block.effect) ?? "Allow"],
    ["Action", texts(block.actions)],
    ["NotAction", texts(block.not_actions)],
    ["Resource", patterns(block.resources)],
    ["NotResource", patterns(block.not_resources)],
    ["Principal", principals(blocks(block, "principals"))],
    ["NotPrincipal", principals(blocks(block, "not_principals"))],
    ["Condition", conditions(blocks(block, "condition"))],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A list of texts, undefined where it is empty. */
function texts(value: Value | undefined): readonly string[] | undefined {
  if (value instanceof Unknown) return [unknownText(value.references)];
  const made = listOf(value).map((one) => (one instanceof Unknown ? unknownText(one.references) : (asText(one) ?? "")));
  return made.length === 0 ? undefined : made;
}

/** A list in which IAM knows variables: they are written `&{…}`, since `${…}` is Terraform's own. */
function patterns(value: Value | undefined): readonly string[] | undefined {
  return texts(value)?.map((one) => one.replaceAll("&{", "${"));
}

function principals(found: readonly Values[]): unknown {
  if (found.length === 0) return undefined;
  const byType = new Map<string, string[]>();
  for (const one of found) {
    const type = text(one.type) ?? "AWS";
    byType.set(type, [...(byType.get(type) ?? []), ...(patterns(one.identifiers) ?? [])]);
  }
  return byType.get("*") === undefined ? Object.fromEntries(byType) : "*";
}

function conditions(found: readonly Values[]): unknown {
  if (found.length === 0) return undefined;
  const made: Record<string, Record<string, string[]>> = {};
  for (const one of found) {
    const test = text(one.test) ?? "StringEquals";
    const variable = text(one.variable) ?? "";
    const tests = (made[test] ??= {});
    tests[variable] = [...(tests[variable] ?? []), ...(patterns(one.values) ?? [])];
  }
  return made;
}
