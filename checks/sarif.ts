/**
 * Findings as SARIF 2.1.0, for code scanning in a repository.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */

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

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  warning: "warning",
  advice: "note",
};

/** One run over every source. */
export function sarif(judged: readonly Judged[], version: string): object {
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
          },
        },
        columnKind: "utf16CodeUnits",
        results: judged.flatMap(({ stack, directory, findings }) =>
          findings.map((one) => result(one, stack, directory, listed)),
        ),
      },
    ],
  };
}

function result(finding: Finding, stack: string, directory: string, listed: readonly { readonly id: string }[]) {
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
    partialFingerprints: { "holdfast/v1": `${id}/${stack}/${address}` },
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
