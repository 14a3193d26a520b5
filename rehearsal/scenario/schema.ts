/** The form of a scenario, and of what it sends. */
import { z } from "zod";
import type { JsonValue } from "../../topology/graph.ts";
import { parseDuration } from "../duration.ts";
import { defaultTakesMs } from "../functions/scripted.ts";
import { figures, isFigure } from "../settings.ts";
import { form } from "./form.ts";
import { noSuchAddress } from "./nearest.ts";

const duration = z
  .string({ error: "a duration is a text such as 500ms, 2s, 5m, 1h or 14d" })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.issues.push({
      code: "custom",
      message: `${JSON.stringify(text)} is no duration: a number with ms, s, m, h or d, such as 500ms or 14d, and at most 36500d`,
      input: text,
    });
    return z.NEVER;
  });

const id = z.string().min(1, { error: "an id is not empty" });
/** Levels of lists and objects within each other. What goes in a circle has more. */
const mostLevels = 1_000;

/** Whether a value can be written as JSON. Members that are undefined are left out, as JSON.stringify does. */
function isJson(value: unknown, levels = mostLevels): boolean {
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  for (const member of Object.values(value)) if (!isJson(member, levels - 1)) return false;
  return true;
}

const json = z.custom<JsonValue>((value) => value !== undefined && isJson(value), {
  error: ({ input }) =>
    input === undefined
      ? "is missing: anything JSON"
      : `cannot be written as JSON: no function, symbol or bigint, no circle, and at most ${mostLevels} levels`,
});
/** What SQS and SNS take: they refuse an empty text. */
const content = json.refine((value) => value !== "", { error: "is empty: SQS and SNS take at least one character" });

const outcome = z.union(
  [
    z.enum(["timeout", "throttle", "crash"]),
    form({ fail: form({ errorType: z.string(), errorMessage: z.string() }) }),
    form({ succeed: json }),
    form({ reportFailures: form({ contains: z.string() }) }),
  ],
  {
    error: (issue) =>
      `unknown outcome ${JSON.stringify(issue.input)}: one of "timeout", "throttle", "crash", ` +
      '{"fail": {"errorType", "errorMessage"}}, {"succeed": value}, {"reportFailures": {"contains"}}',
  },
);

const rule = form({
  when: form({ contains: z.string() }).optional(),
  then: outcome,
  // oxlint-disable-next-line unicorn/no-thenable -- the contract's word
  times: z.int().min(1).optional(),
  takes: duration.optional(),
}).transform(({ takes, ...rest }) => ({ ...rest, takesMs: takes ?? defaultTakesMs }));

const fault = form({
  at: duration,
  for: duration.refine((ms) => ms > 0, { error: "a fault lasts longer than 0ms" }),
  throttle: z.string().optional(),
  fail: z.string().optional(),
  unavailable: z.string().optional(),
}).refine((value) => [value.throttle, value.fail, value.unavailable].filter((one) => one !== undefined).length === 1, {
  error: 'a fault has one of "throttle", "fail" and "unavailable"',
});

const redrive = form({
  at: duration,
  from: z.string(),
  to: z.string().optional(),
  perSecond: z.int().min(1).max(500).optional(),
});

/** Figures that AWS does not document, within their ranges. */
const settings = z.record(z.string(), z.number()).superRefine((given, context) => {
  for (const [name, value] of Object.entries(given)) {
    const figure = isFigure(name) ? figures[name] : undefined;
    const message =
      figure === undefined
        ? noSuchAddress(name, Object.keys(figures), "setting")
        : `${value} is not between ${figure.min} and ${figure.max}`;
    if (figure === undefined || value < figure.min || value > figure.max) {
      context.addIssue({ code: "custom", path: [name], message });
    }
  }
});

/** Everything but what is sent, which may be generated and is checked piece by piece. */
export const scenarioForm = form({
  name: z.string().min(1).optional(),
  seed: z.int().min(0).optional(),
  until: duration.optional(),
  functions: z.record(z.string(), form({ outcomes: z.array(rule).optional() })).optional(),
  send: z
    .custom<Iterable<unknown>>((value) => typeof value === "object" && value !== null && Symbol.iterator in value, {
      error: "send is a list (in a module, anything that can be iterated)",
    })
    .optional(),
  faults: z.array(fault).optional(),
  redrives: z.array(redrive).optional(),
  settings: settings.optional(),
});

const attributes = z
  .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
  .refine((given) => !Object.hasOwn(given, ""), { error: "the name of an attribute is not empty" })
  .optional();

/** What may be sent, by the name of its list. */
const lists = {
  records: z.array(form({ id, partitionKey: z.string().min(1).optional(), data: json })),
  messages: z.array(
    form({
      id,
      body: content,
      messageGroupId: z.string().min(1).optional(),
      messageDeduplicationId: z.string().min(1).optional(),
      attributes,
    }),
  ),
  events: z.array(form({ id, source: z.string(), detailType: z.string(), detail: json })),
  puts: z.array(form({ id, item: z.record(z.string(), json) })),
  notifications: z.array(
    form({
      id,
      message: content,
      messageGroupId: z.string().min(1).optional(),
      messageDeduplicationId: z.string().min(1).optional(),
      attributes,
    }),
  ),
  invocations: z.array(form({ id, payload: json, qualifier: z.string().optional() })),
  objects: z.array(form({ id, key: z.string().min(1), size: z.number().min(0).optional() })),
  fires: z.array(form({ id })),
};
export type ListName = keyof typeof lists;
export const listNames: readonly ListName[] = [
  "records",
  "messages",
  "events",
  "puts",
  "notifications",
  "invocations",
  "objects",
  "fires",
];

/** One entry of `send`. */
export const sendForm = form({
  at: duration,
  to: z.string(),
  records: lists.records.optional(),
  messages: lists.messages.optional(),
  events: lists.events.optional(),
  puts: lists.puts.optional(),
  notifications: lists.notifications.optional(),
  invocations: lists.invocations.optional(),
  objects: lists.objects.optional(),
  fires: lists.fires.optional(),
}).refine((value) => listNames.filter((name) => value[name] !== undefined).length === 1, {
  error: `an entry has one of ${listNames.join(", ")}`,
});
export type Send = z.output<typeof sendForm>;

const sendKeys: ReadonlySet<string> = new Set(["at", "to", "records"]);
const recordKeys: ReadonlySet<string> = new Set(["id", "partitionKey", "data"]);

/**
 * An entry with many records that has the right form: a million of them need not be copied to know it. Undefined:
 * look closer.
 */
export function plainRecords(value: unknown): Send | undefined {
  if (typeof value !== "object" || value === null || !("records" in value) || !("at" in value) || !("to" in value))
    return;
  const { at, to, records } = value;
  const ms = typeof at === "string" ? parseDuration(at) : undefined;
  if (ms === undefined || typeof to !== "string" || !areRecords(records)) return;
  for (const key in value) if (!sendKeys.has(key)) return;
  return { at: ms, to, records };
}

function areRecords(list: unknown): list is { id: string; partitionKey?: string; data: JsonValue }[] {
  return Array.isArray(list) && list.every(isRecord);
}

function isRecord(one: unknown): boolean {
  if (typeof one !== "object" || one === null || !("id" in one) || !("data" in one)) return false;
  if (typeof one.id !== "string" || one.id === "" || one.data === undefined || !isJson(one.data)) return false;
  if ("partitionKey" in one && (typeof one.partitionKey !== "string" || one.partitionKey === "")) return false;
  for (const key in one) if (!recordKeys.has(key)) return false;
  return true;
}

/** The first thing that is wrong, with its place: `send[0].to`. */
export function firstIssue(error: z.ZodError): { readonly place: string; readonly message: string } {
  const [issue] = error.issues;
  if (issue === undefined) return { place: "", message: "cannot be used" };
  let place = "";
  for (const step of issue.path) {
    if (typeof step === "number") place += `[${step}]`;
    else if (/^\w+$/.test(String(step))) place += `${place === "" ? "" : "."}${String(step)}`;
    else place += `[${JSON.stringify(String(step))}]`;
  }
  return { place, message: issue.message };
}
