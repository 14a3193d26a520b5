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
    }),
  ),
});

export type Acknowledgement = z.infer<typeof schema>["acknowledge"][number];

/**
 * Reads `holdfast.json`.
 * @throws {UnreadableSource} where it is not of the form `{ "acknowledge": [ { "id", "address", "reason" } ] }`
 */
export function readAcknowledgements(file: string): Acknowledgement[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    const message =
      typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
    throw new UnreadableSource(`${file}: ${message.replaceAll(/\s+/g, " ")}`);
  }
  const result = schema.safeParse(parsed);
  if (result.success) return result.data.acknowledge;
  const [first] = result.error.issues;
  const place = first?.path.map((one) => (typeof one === "number" ? `[${one}]` : `.${String(one)}`)).join("") ?? "";
  throw new UnreadableSource(
    `${file}: ${place.replace(/^\./, "") || "root"}: ${first?.message ?? "not valid"}; the form is { "acknowledge": [ { "id": "H21", "address": "…", "reason": "…" } ] }`,
  );
}

/**
 * Marks what is acknowledged. What matches nothing is given back: it hides what it no longer means.
 *
 * Entries of one id and one reason are one decision: a construct writes one for each of its resources, since it does not
 * know which of them a finding is about.
 */
export function acknowledge(
  findings: readonly Finding[],
  given: readonly Acknowledgement[],
): { readonly findings: Finding[]; readonly unmatched: Acknowledgement[] } {
  const matches = (one: Acknowledgement, finding: Finding): boolean =>
    one.id === finding.id && one.address === finding.address;
  return {
    findings: findings.map((finding) => {
      const acknowledged = given.find((one) => matches(one, finding))?.reason ?? null;
      return Object.assign({}, finding, { acknowledged });
    }),
    unmatched: oneOfEachDecision(
      given.filter(
        (one) =>
          !given.some((other) => sameDecision(one, other) && findings.some((finding) => matches(other, finding))),
      ),
    ),
  };
}

const sameDecision = (one: Acknowledgement, other: Acknowledgement): boolean =>
  one.id === other.id && one.reason === other.reason;

const oneOfEachDecision = (entries: readonly Acknowledgement[]): Acknowledgement[] =>
  entries.filter((one, index) => entries.findIndex((other) => sameDecision(one, other)) === index);
