/** The events that Lambda puts on a bus for a destination, and whether a rule's pattern may match them (R28). */
import type { EventPattern, FunctionNode, JsonValue } from "../../topology/graph.ts";
import { isJsonList, isJsonObject } from "../../topology/json.ts";
import { BadPattern, matches } from "../../topology/patterns/pattern.ts";

/** The source as it was recorded, and as it is documented. */
type Source = "lambda" | "aws.lambda";
type Result = "Success" | "Failure";

/** Conditions of a record; the third is not documented (R14, R15, R18, R29). */
const conditions: Readonly<Record<Result, readonly string[]>> = {
  Success: ["Success"],
  Failure: ["RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"],
};

/** What depends on the invocation: a pattern may ask anything of it. */
const open = [
  "id",
  "time",
  "detail.timestamp",
  "detail.requestContext.requestId",
  "detail.requestContext.approximateInvokeCount",
  "detail.requestPayload",
  "detail.responseContext",
  "detail.responsePayload",
];

/** Whose results, as far as a pattern may ask; undefined: any function's. */
interface From {
  readonly fn: FunctionNode;
  readonly qualifier: string;
  readonly busArn: string;
}

/** Whether a pattern may match results of a kind, with that source. A pattern that AWS would refuse matches none. */
export function mayMatchResult(pattern: EventPattern, source: Source, result: Result, from?: From): boolean {
  const unknown = new Set([
    ...open,
    ...(from?.fn.accountId ? [] : ["account"]),
    ...(from?.fn.region ? [] : ["region"]),
    ...(from === undefined ? ["resources", "detail.requestContext.functionArn"] : []),
  ]);
  const asked = withoutOpen(pattern, unknown, "");
  try {
    return conditions[result].some((condition) => matches(asked, event(source, result, condition, from)));
  } catch (error) {
    if (error instanceof BadPattern) return false;
    throw error;
  }
}

function event(source: Source, result: Result, condition: string, from: From | undefined): JsonValue {
  const functionArn = `${from?.fn.arn}:${from?.qualifier}`;
  return {
    version: "0",
    "detail-type": `Lambda Function Invocation Result - ${result}`,
    source,
    account: from?.fn.accountId ?? "",
    region: from?.fn.region ?? "",
    resources: [from?.busArn ?? "", functionArn],
    detail: { version: "1.0", requestContext: { functionArn, condition } },
  };
}

/** A pattern without what it asks of fields that are not known beforehand. */
function withoutOpen(pattern: EventPattern, unknown: ReadonlySet<string>, path: string): EventPattern {
  return Object.fromEntries(
    Object.entries(pattern).flatMap(([key, wanted]): [string, JsonValue][] => {
      if (key === "$or" && isJsonList(wanted)) {
        return [[key, wanted.map((one) => (isJsonObject(one) ? withoutOpen(one, unknown, path) : one))]];
      }
      const place = path === "" ? key : `${path}.${key}`;
      if (unknown.has(place)) return [];
      return [[key, isJsonObject(wanted) ? withoutOpen(wanted, unknown, place) : wanted]];
    }),
  );
}
