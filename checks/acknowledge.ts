/** Acknowledgements: findings that someone has looked at and lives with, each with its reason. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { UnreadableSource } from "../topology/configuration.ts";
import type { Finding } from "./check.ts";

const schema = z.strictObject({
  acknowledge: z.array(
    z.strictObject({
      id: z.string().regex(/^H\d+$/, "an id such as H21"),
      address: z.string().min(1),
      reason: z.string().trim().min(1, "a reason"),
      construct: z.string().min(1).optional(),
    }),
  ),
});

const form = 'the form is { "acknowledge": [ { "id": "H21", "address": "…", "reason": "…" } ] }';

/** One entry. `construct`: the path of the construct that wrote it; none where a person did. */
export type Acknowledgement = z.infer<typeof schema>["acknowledge"][number];

/**
 * Reads `holdfast.json`.
 * @throws {UnreadableSource} where it is not of the form `{ "acknowledge": [ { "id", "address", "reason" } ] }`
 */
export function readAcknowledgements(file: string): Acknowledgement[] {
  let read = false;
  let parsed: unknown;
  try {
    const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    read = true;
    parsed = JSON.parse(text);
  } catch (error) {
    const message =
      typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
    const what = read ? "not JSON" : "cannot be read";
    throw new UnreadableSource(`${file}: ${what}: ${message.replaceAll(/\s+/g, " ")}${read ? `; ${form}` : ""}`);
  }
  const result = schema.safeParse(parsed);
  if (result.success) return result.data.acknowledge;
  const [first] = result.error.issues;
  const place = first?.path.map((one) => (typeof one === "number" ? `[${one}]` : `.${String(one)}`)).join("") ?? "";
  throw new UnreadableSource(
    `${file}: ${place.replace(/^\./, "") || "root"}: ${first?.message ?? "not valid"}; ${form}`,
  );
}

/** Marks the findings that are acknowledged. */
export function acknowledge(findings: readonly Finding[], given: readonly Acknowledgement[]): Finding[] {
  return findings.map((finding) => {
    const acknowledged = given.find((one) => matches(one, finding))?.reason ?? null;
    return Object.assign({}, finding, { acknowledged });
  });
}

/**
 * What matches none of these findings: it hides what it no longer means.
 *
 * Entries that one construct wrote for one id and reason are one decision: it writes one for each of its resources, since
 * it does not know which of them a finding is about. What a person wrote stands for itself, whatever its reason.
 */
export function unmatched(findings: readonly Finding[], given: readonly Acknowledgement[]): Acknowledgement[] {
  const used = new Set(given.filter((one) => findings.some((finding) => matches(one, finding))).map(decision));
  const left = new Map<string, Acknowledgement>();
  for (const one of given) {
    const key = decision(one);
    if (!used.has(key) && !left.has(key)) left.set(key, one);
  }
  return [...left.values()];
}

const matches = (one: Acknowledgement, finding: Finding): boolean =>
  one.id === finding.id && one.address === finding.address;

const decision = ({ id, address, reason, construct }: Acknowledgement): string =>
  JSON.stringify(construct === undefined ? [id, address, reason] : [id, reason, { construct }]);
