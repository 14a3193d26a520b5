/**
 * SARIF 2.1.0: a log has to be valid by the standard's JSON schema, and to keep to the part of it that we write, which
 * says more than the schema: what is always there, and in which form.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { readFileSync } from "node:fs";
import type { AnySchemaObject } from "ajv";
import Draft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { z } from "zod";

const place = require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const schema: AnySchemaObject = JSON.parse(readFileSync(place, "utf8"));
// One of its patterns, that of a language, is none with the flag u.
const validator = new Draft04.default({ allErrors: true, unicodeRegExp: false });
addFormats.default(validator);
const valid = validator.compile(schema);

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

const writtenLog = z.strictObject({
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

/**
 * A log as we write it.
 * @throws where the schema, or what we keep to besides, is not met: with each place and what is wrong there.
 */
export function sarifLog(value: unknown): z.infer<typeof writtenLog> {
  if (!valid(value)) throw new Error(`no SARIF 2.1.0: ${validator.errorsText(valid.errors, { separator: "; " })}`);
  return writtenLog.parse(value);
}
