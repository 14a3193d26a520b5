/** What Kinesis and DynamoDB refuse for its size when it is put: it never comes into a stream. */
import type { JsonValue, StreamNode, TableNode } from "../../topology/graph.ts";
import { BadScenario } from "../errors.ts";
import { bytesOf } from "../services/content.ts";

/** Bytes of an item with the names of its attributes (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). */
const itemLimitBytes = 400 * 1_024;

/**
 * Kinesis counts the data before base64, and the partition key.
 * @param place of the record's data in the scenario.
 * @throws {BadScenario}
 */
export function checkRecordSize(
  { address, maximumRecordSizeKib }: StreamNode,
  text: string,
  key: string,
  place: string,
): void {
  const limit = maximumRecordSizeKib.value * 1_024;
  // No character has more than three bytes for each unit of its length.
  if ((text.length + key.length) * 3 <= limit) return;
  const bytes = bytesOf(text) + bytesOf(key);
  if (bytes <= limit) return;
  throw new BadScenario(
    `${place}: ${bytes} bytes with the partition key: a record of ${address} has at most ${limit} ` +
      `(max_record_size_in_kib = ${maximumRecordSizeKib.value}, which can be up to 10240)`,
  );
}

/**
 * @param item with its JSON text.
 * @param place of the item in the scenario.
 * @throws {BadScenario}
 */
export function checkItemSize({ address }: TableNode, item: JsonValue, text: string, place: string): void {
  // What DynamoDB counts is at most twice what JSON writes.
  if (text.length * 6 <= itemLimitBytes) return;
  const bytes = itemBytes(item);
  if (bytes <= itemLimitBytes) return;
  throw new BadScenario(`${place}: ${bytes} bytes: an item of ${address} has at most ${itemLimitBytes} (400 KB)`);
}

/**
 * Names and values in UTF-8, three bytes more for a list or map and one for each of its members, and of a number one
 * byte for two digits (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 * The item itself is no map.
 */
function itemBytes(item: JsonValue): number {
  return valueBytes(item) - (isObject(item) ? 3 + Object.keys(item).length : 0);
}

function valueBytes(value: JsonValue): number {
  if (typeof value === "string") return bytesOf(value);
  if (typeof value === "number") {
    const digits = String(value).replace(/e.*$/, "").replaceAll(/\D/g, "").replace(/^0+/, "").replace(/0+$/, "");
    return Math.ceil(digits.length / 2) + 1;
  }
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + valueBytes(one) + 1, 3);
  if (!isObject(value)) return 1;
  return Object.entries(value).reduce((sum, [name, one]) => sum + bytesOf(name) + valueBytes(one) + 1, 3);
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
