/**
 * Findings as SARIF 2.1.0, for code scanning in a repository.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */

import type { Acknowledgement } from "./acknowledge.ts";
import { rules } from "./catalogue.ts";
import type { Finding } from "./check.ts";
import type { Severity } from "./rule.ts";

/** What one source gave. */
export interface Judged {
  readonly stack: string;
  /** Prefix of the locations' files, relative to where the command runs. */
  readonly directory: string;
  readonly findings: readonly Finding[];
}

/** Acknowledgements that match nothing, and the file that they stand in, relative to where the command runs. */
export interface Unmatched {
  readonly file: string;
  readonly acknowledgements: readonly Acknowledgement[];
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  warning: "warning",
  advice: "note",
};

/** What a notification says is wrong. */
const unmatchedId = "unmatched-acknowledgement";

/**
 * One run over every source. An acknowledgement that matches nothing is about how the command was set up, not about what
 * it looked at: a notification (`toolConfigurationNotifications` of the standard), no result.
 */
export function sarif(judged: readonly Judged[], unmatched: readonly Unmatched[], version: string): object {
  const listed = rules.filter((rule, index) => rules.findIndex(({ id }) => id === rule.id) === index);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "holdfast",
            version,
            rules: listed.map(({ id, title, severity, see }) => ({
              id,
              shortDescription: { text: title },
              helpUri: see,
              defaultConfiguration: { level: levels[severity] },
            })),
            notifications: [{ id: unmatchedId, shortDescription: { text: "An acknowledgement that matches nothing" } }],
          },
        },
        invocations: [
          { executionSuccessful: true, toolConfigurationNotifications: unmatched.flatMap(notificationsOf) },
        ],
        columnKind: "utf16CodeUnits",
        results: judged.flatMap(({ stack, directory, findings }) => {
          const fingerprints = fingerprintsOf(stack, findings);
          return findings.map((one, place) => result(one, stack, directory, listed, fingerprints[place] ?? ""));
        }),
      },
    ],
  };
}

function notificationsOf({ file, acknowledgements }: Unmatched): object[] {
  return acknowledgements.map(({ id, address }) => ({
    descriptor: { id: unmatchedId, index: 0 },
    level: "warning",
    message: { text: `The acknowledgement of ${id} at ${address} matches no finding` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uri("", file) } } }],
  }));
}

/**
 * What tells a finding from every other, and stays when figures change: rule, stack, address, and what it is about where
 * that is not the address. Of findings that are alike in all of this, the second and later ones are counted.
 */
function fingerprintsOf(stack: string, findings: readonly Finding[]): string[] {
  const counts = new Map<string, number>();
  return findings.map(({ id, address, subject }) => {
    const own = `${id}/${stack}/${address}${subject === address ? "" : `/${subject}`}`;
    const before = counts.get(own) ?? 0;
    counts.set(own, before + 1);
    return before === 0 ? own : `${own}/${before + 1}`;
  });
}

function result(
  finding: Finding,
  stack: string,
  directory: string,
  listed: readonly { readonly id: string }[],
  fingerprint: string,
) {
  const { id, severity, address, message, fix, acknowledged, location } = finding;
  const physical =
    location === null
      ? {}
      : {
          physicalLocation: {
            artifactLocation: { uri: uri(directory, location.file) },
            region: { startLine: location.line },
          },
        };
  return {
    ruleId: id,
    ruleIndex: listed.findIndex((rule) => rule.id === id),
    level: levels[severity],
    message: { text: `${address}: ${message}. Change: ${fix}` },
    locations: [{ ...physical, logicalLocations: [{ fullyQualifiedName: `${stack}/${address}`, kind: "resource" }] }],
    partialFingerprints: { "holdfast/v1": fingerprint },
    ...(acknowledged === null
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: acknowledged }] }),
  };
}

/** A relative URI reference, as the schema wants it. */
function uri(directory: string, file: string): string {
  const path = [directory, file].filter((one) => one !== "" && one !== ".").join("/");
  return path.split(/[/\\]/).map(encodeURIComponent).join("/");
}
