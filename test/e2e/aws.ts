/**
 * The few calls to AWS's other APIs that the run needs besides SQS: to read logs and alarms, and to list what there is.
 *
 * They carry a credential scope, by which an emulator tells service and Region, and no signature: AWS itself would refuse
 * them all.
 */

/** An API answered with an error, or not at all. */
class ApiError extends Error {
  override readonly name = "ApiError";
}

/** Where to ask. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
}

type Json = Record<string, unknown>;

async function call(
  endpoint: Endpoint,
  service: string,
  request: { readonly method?: string; readonly path?: string; readonly type?: string; readonly target?: string },
  body?: string,
): Promise<string> {
  const { method = "POST", path = "/", type, target } = request;
  const answer = await fetch(new URL(path, endpoint.url), {
    method,
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=emulator/20260101/${endpoint.region}/${service}/aws4_request, SignedHeaders=host, Signature=none`,
      ...(type === undefined ? {} : { "content-type": type }),
      ...(target === undefined ? {} : { "x-amz-target": target }),
    },
    ...(body === undefined ? {} : { body }),
  }).catch((error: unknown) => {
    throw new ApiError(`${service} ${target ?? path}: no answer from ${endpoint.url}`, { cause: error });
  });
  const text = await answer.text();
  if (!answer.ok) throw new ApiError(`${service} ${target ?? path}: status ${answer.status}: ${text.slice(0, 500)}`);
  return text;
}

async function json(endpoint: Endpoint, service: string, target: string, input: Json): Promise<Json> {
  const text = await call(endpoint, service, { type: "application/x-amz-json-1.1", target }, JSON.stringify(input));
  return JSON.parse(text) as Json;
}

async function iam(endpoint: Endpoint, action: string, input: Readonly<Record<string, string>>): Promise<string> {
  const form = new URLSearchParams({ Action: action, Version: "2010-05-08", ...input });
  return call(endpoint, "iam", { type: "application/x-www-form-urlencoded" }, form.toString());
}

const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text]) => text ?? "");

/** Where a list stands in an answer, and what names an item of it. */
async function names(answer: Promise<Json>, list: string, name: string): Promise<string[]> {
  return ((await answer)[list] as Json[]).map((item) => String(item[name]));
}

/** What a stack leaves in AWS, by kind: the names of all that there is of each. */
export const listings: Readonly<Record<string, (endpoint: Endpoint) => Promise<string[]>>> = {
  queues: async (endpoint) => {
    const { QueueUrls } = await json(endpoint, "sqs", "AmazonSQS.ListQueues", {});
    return ((QueueUrls ?? []) as string[]).map((url) => url.slice(url.lastIndexOf("/") + 1));
  },
  functions: (endpoint) => names(lambda(endpoint, "functions/"), "Functions", "FunctionName"),
  mappings: (endpoint) => names(lambda(endpoint, "event-source-mappings/"), "EventSourceMappings", "FunctionArn"),
  roles: async (endpoint) => elements(await iam(endpoint, "ListRoles", {}), "RoleName"),
  logGroups: (endpoint) =>
    names(json(endpoint, "logs", "Logs_20140328.DescribeLogGroups", {}), "logGroups", "logGroupName"),
  alarms: async (endpoint) => (await alarms(endpoint)).map(({ AlarmName }) => AlarmName),
};

async function lambda(endpoint: Endpoint, path: string): Promise<Json> {
  return JSON.parse(await call(endpoint, "lambda", { method: "GET", path: `/2015-03-31/${path}` })) as Json;
}

/** An alarm as CloudWatch has it. */
export interface Alarm {
  readonly AlarmName: string;
  readonly StateValue: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly Threshold: number;
  readonly AlarmActions: readonly string[];
}

export async function alarms(endpoint: Endpoint): Promise<readonly Alarm[]> {
  const answer = await json(endpoint, "monitoring", "GraniteServiceVersion20100801.DescribeAlarms", {});
  return answer.MetricAlarms as readonly Alarm[];
}

/** A line of a function's log. */
export interface LogLine {
  readonly stream: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** All lines of a log group, in the order in which they were taken in. */
export async function logLines(endpoint: Endpoint, logGroupName: string): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  let nextToken: unknown;
  do {
    const input = nextToken === undefined ? { logGroupName } : { logGroupName, nextToken };
    const answer = await json(endpoint, "logs", "Logs_20140328.FilterLogEvents", input);
    for (const { logStreamName, timestamp, message } of answer.events as Json[]) {
      lines.push({ stream: String(logStreamName), at: Number(timestamp), text: String(message) });
    }
    nextToken = answer.nextToken;
  } while (nextToken !== undefined && nextToken !== null);
  return lines;
}

/** Takes its inline policies from a role. */
export async function dropRolePolicies(endpoint: Endpoint, role: string): Promise<void> {
  const policies = elements(await iam(endpoint, "ListRolePolicies", { RoleName: role }), "member");
  if (policies.length === 0) throw new ApiError(`iam: role ${role} has no policy to take away`);
  for (const PolicyName of policies) await iam(endpoint, "DeleteRolePolicy", { RoleName: role, PolicyName });
}
