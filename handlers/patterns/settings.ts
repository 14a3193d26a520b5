import { type Refuse, refusal, SettingsError } from "./errors.ts";

const RESPONSES = ["partial", "delete-and-throw", "throw"] as const;

/**
 * How a function tells the poller which messages failed.
 *
 * - `partial`: it returns their ids; the mapping must ask for that with ReportBatchItemFailures.
 * - `delete-and-throw`: it deletes the others itself and then fails.
 * - `throw`: it fails, and the whole batch comes back.
 */
export type ResponseStyle = (typeof RESPONSES)[number];

/** What the infrastructure says about one event source, in the environment variable HOLDFAST. */
export interface SourceSettings {
  readonly response?: ResponseStyle;
  /** A URL, if it is right: only what deletes messages looks at it. */
  readonly queueUrl?: unknown;
}

/** The variable's last value, read. A pure function of the text, so that concurrent invocations may share it. */
let readText: string | undefined;
let readSources: Readonly<Record<string, unknown>> = {};

const refuse: Refuse = refusal(SettingsError, `right is {"sources":{"<ARN>":{"response":"${RESPONSES.join("|")}"}}}`);

/**
 * The settings of the event source with this ARN: none where the variable or its entry is absent. Keys that are not
 * known here belong to other features.
 *
 * @throws {SettingsError} when what is there cannot be understood.
 */
export function settingsOf(arn: string): SourceSettings {
  const text = process.env["HOLDFAST"] ?? "{}";
  if (text !== readText) {
    let parsed, sources;
    try {
      parsed = JSON.parse(text);
      ({ sources = {} } = parsed);
    } catch {
      // Refused below, without the parser's words, which quote the text.
    }
    if ([parsed, sources].some((value) => Object(value) !== value || Array.isArray(value))) {
      refuse("HOLDFAST", `unreadable: ${text.length} characters`);
    }
    readSources = sources;
    readText = text;
  }
  const entry = readSources[arn];
  const { response, queueUrl } = Object(entry);
  if (entry !== undefined && !RESPONSES.includes(response)) refuse(`HOLDFAST for ${arn}`, response);
  return { response, queueUrl };
}
