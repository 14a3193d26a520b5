/** What the function is told, and whether the mapping listens to what it answers. */
import type { Resource } from "../resolved.ts";
import { dig, type Json, type JsonObject } from "../synth.ts";
import { type Finding, finding, parsed, urlOf, type World } from "./world.ts";

/** What `HOLDFAST` tells a function of its sources, by ARN. */
const sourcesOf = ({ attributes }: Resource): JsonObject =>
  (parsed(dig(attributes["environment"], "variables", "HOLDFAST"))["sources"] ?? {}) as JsonObject;

const toldOf = (made: Resource, queueArn: string): JsonObject | undefined =>
  sourcesOf(made)[queueArn] as JsonObject | undefined;

export function response({ paths, surroundings }: World): Finding[] {
  return paths.flatMap(({ mapping, functionArn, function: made, queueArn }): Finding[] => {
    const told =
      made === undefined ? surroundings.functions?.[functionArn]?.response : toldOf(made, queueArn)?.["response"];
    const types = (mapping.attributes["function_response_types"] ?? []) as readonly Json[];
    const partial = types.includes("ReportBatchItemFailures");
    if (told === undefined || partial === (told === "partial")) return [];
    const text = partial
      ? `asks for ReportBatchItemFailures, but the function answers ${JSON.stringify(told)}`
      : "does not ask for ReportBatchItemFailures: the failures that the function names would be deleted";
    return [finding("response", mapping.address, text, "function_response_types")];
  });
}

export function settings({ paths, functions }: World): Finding[] {
  const missing = paths.flatMap(({ function: made, queueArn }): Finding[] => {
    if (made === undefined) return [];
    const told = toldOf(made, queueArn);
    if (told === undefined) {
      return [finding("settings", made.address, `HOLDFAST does not name its source ${queueArn}`, "HOLDFAST", queueArn)];
    }
    const wrong = [
      told["timeout"] === made.attributes["timeout"] ? "" : `timeout is ${JSON.stringify(told["timeout"])}`,
      told["response"] === "delete-and-throw" && told["queueUrl"] !== urlOf(queueArn)
        ? "queueUrl is not the queue's"
        : "",
    ];
    return wrong
      .filter((text) => text !== "")
      .map((text) =>
        finding("settings", made.address, `HOLDFAST is wrong for ${queueArn}: ${text}`, "HOLDFAST", queueArn),
      );
  });
  const unknown = functions.flatMap((made) =>
    Object.keys(sourcesOf(made))
      .filter((arn) => !paths.some((path) => path.function === made && path.queueArn === arn))
      .map((arn) =>
        finding("superfluous", made.address, `HOLDFAST names ${arn}, which is no source of it`, "HOLDFAST"),
      ),
  );
  return [...missing, ...unknown];
}
