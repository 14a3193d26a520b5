/**
 * The part of SARIF 2.1.0 that we write, strictly: names, required properties, value ranges and enumerations as the
 * standard's schema has them.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { z } from "zod";

const message = z.strictObject({ text: z.string() });
const level = z.enum(["none", "note", "warning", "error"]);

const location = z.strictObject({
  physicalLocation: z
    .strictObject({
      artifactLocation: z.strictObject({ uri: z.string().regex(/^[^\s\\]+$/) }),
      region: z.strictObject({ startLine: z.int().min(1) }),
    })
    .optional(),
  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string(), kind: z.string() })).min(1),
});

const result = z.strictObject({
  ruleId: z.string(),
  ruleIndex: z.int().min(0),
  level,
  message,
  locations: z.array(location),
  partialFingerprints: z.record(z.string(), z.string()),
  suppressions: z
    .array(
      z.strictObject({
        kind: z.enum(["inSource", "external"]),
        status: z.enum(["accepted", "underReview", "rejected"]),
        justification: z.string(),
      }),
    )
    .optional(),
});

const notification = z.strictObject({
  descriptor: z.strictObject({ id: z.string(), index: z.int().min(0) }),
  level,
  message,
  locations: z.array(
    z.strictObject({
      physicalLocation: z.strictObject({
        artifactLocation: z.strictObject({ uri: z.string().regex(/^[^\s\\]+$/) }),
      }),
    }),
  ),
});

const rule = z.strictObject({
  id: z.string(),
  shortDescription: message,
  helpUri: z.url(),
  defaultConfiguration: z.strictObject({ level }),
});

export const sarifLog = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          version: z.string(),
          rules: z.array(rule),
          notifications: z.array(z.strictObject({ id: z.string(), shortDescription: message })),
        }),
      }),
      invocations: z.array(
        z.strictObject({ executionSuccessful: z.boolean(), toolConfigurationNotifications: z.array(notification) }),
      ),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      results: z.array(result),
    }),
  ),
});
