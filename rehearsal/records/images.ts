/** What of an item a DynamoDB stream's record shows. */
import type { JsonValue } from "../../topology/graph.ts";
import { isJsonList, isJsonObject, parseJson } from "../../topology/json.ts";
import type { StreamSource } from "./shards.ts";

/** The keys of an item that is put, and, where the stream's view has them, its new image. */
export function imagesOf(node: StreamSource, { text }: { readonly text: string }): Images {
  const parsed = parseJson(text);
  const item = isJsonObject(parsed) ? parsed : {};
  const image = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeValue(value)]));
  const keys = node.kind === "table" ? [node.hashKey.value, node.rangeKey.value ?? ""] : [];
  const view = viewOf(node);
  return {
    Keys: Object.fromEntries(Object.entries(image).filter(([name]) => keys.includes(name))),
    ...(view === "NEW_IMAGE" || view === "NEW_AND_OLD_IMAGES" ? { NewImage: image } : {}),
  };
}

type Images = { readonly Keys: JsonValue; readonly NewImage?: JsonValue };

/** The view type of a table's stream. */
export function viewOf(node: StreamSource): string {
  return node.kind === "table" ? (node.streamViewType.value ?? "NEW_AND_OLD_IMAGES") : "KEYS_ONLY";
}

/** A JSON value as DynamoDB types it. */
function attributeValue(value: JsonValue): JsonValue {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (isJsonList(value)) return { L: value.map((element) => attributeValue(element)) };
  const fields = Object.entries(value).map(([name, inner]) => [name, attributeValue(inner)] as const);
  return { M: Object.fromEntries(fields) };
}
