/** Filters of event source mappings, and SNS filter policies. */

import type { EventPattern, JsonValue, MappingEdge, RuleNode, SubscriptionEdge } from "../../topology/graph.ts";
import { parseJson } from "../../topology/json.ts";
import { BadPattern, matches } from "../../topology/patterns/pattern.ts";
import { UnknownReached } from "../errors.ts";
import type { World } from "../world.ts";
import type { Attributes } from "./content.ts";

/** A record as a filter sees it. */
export type FilterInput =
  | { readonly kind: "sqs"; readonly text: string; readonly attributes: Attributes }
  | { readonly kind: "kinesis"; readonly text: string; readonly partitionKey: string }
  | { readonly kind: "dynamodb"; readonly record: () => JsonValue };

/**
 * Whether an event matches the pattern that stands at `place`.
 * @throws {BadPattern} where AWS takes no such pattern: with the place, and what is wrong.
 */
export function matchesAt(place: string, pattern: EventPattern, event: JsonValue): boolean {
  try {
    return matches(pattern, event);
  } catch (error) {
    if (error instanceof BadPattern) throw new BadPattern(`${place}: ${error.message}`);
    throw error;
  }
}

/**
 * A rule's pattern; null for a scheduled rule, which has none.
 * @throws {UnknownReached} where it is not known.
 */
export function patternOf(rule: RuleNode): RuleNode["eventPattern"]["value"] {
  if (rule.eventPattern.from === "unknown") {
    throw new UnknownReached(`${rule.address}: an event reaches it, and its pattern is not known before it is applied`);
  }
  return rule.eventPattern.value;
}

/** R65, R117: which field of a record holds what the filter looks into. */
const contentField = { sqs: "body", kinesis: "data" } as const;

/**
 * Whether any of a mapping's filters lets a record pass. A pattern on JSON content lets no other content pass, and one
 * on plain text no JSON.
 */
export function passesFilters(edge: MappingEdge, input: FilterInput, world: World): boolean {
  const { value: filters, from } = edge.settings.filterCriteria;
  if (from === "unknown") {
    throw new UnknownReached(`${edge.id}: a record reaches it, and its filters are not known before they are applied`);
  }
  if (filters.length === 0 || world.deviates("filter.ignored")) return true;
  return filters.some((filter) => typeof filter !== "string" && passes(edge.id, filter, input));
}

function passes(place: string, filter: EventPattern, input: FilterInput): boolean {
  if (input.kind === "dynamodb") return matchesAt(place, filter, input.record());
  const field = contentField[input.kind];
  const json = parsed(input.text);
  const wanted = filter[field];
  if (wanted !== undefined) {
    const onJson = !Array.isArray(wanted);
    if (onJson !== (json !== undefined)) return false;
  }
  const record: { [key: string]: JsonValue } = { [field]: json ?? input.text };
  if (input.kind === "kinesis") record.partitionKey = input.partitionKey;
  else {
    record.messageAttributes = Object.fromEntries(
      Object.entries(input.attributes).map(([name, { DataType, StringValue }]) => [
        name,
        { dataType: DataType, stringValue: StringValue },
      ]),
    );
  }
  return matchesAt(place, filter, record);
}

/** The JSON object in a text. */
function parsed(text: string): JsonValue | undefined {
  try {
    const value = parseJson(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a subscription wants a notification: by its attributes, or by its body. */
export function passesPolicy(edge: SubscriptionEdge, message: string, attributes: Attributes): boolean {
  const { filterPolicy, filterPolicyScope } = edge.settings;
  if (filterPolicy.from === "unknown") {
    throw new UnknownReached(
      `${edge.id}: a notification reaches it, and its filter policy is not known before it is applied`,
    );
  }
  if (filterPolicy.value === null) return true;
  if (filterPolicyScope.value === "MessageBody") {
    const body = parsed(message);
    return body !== undefined && matchesAt(edge.id, filterPolicy.value, body);
  }
  return matchesAt(edge.id, filterPolicy.value, attributeValues(attributes));
}

/** Attributes as values: numbers as numbers, arrays as arrays. */
function attributeValues(attributes: Attributes): { readonly [key: string]: JsonValue } {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue }]) => {
      if (DataType.startsWith("Number")) return [name, Number(StringValue)];
      if (DataType === "String.Array") return [name, parseJson(StringValue)];
      return [name, StringValue];
    }),
  );
}
