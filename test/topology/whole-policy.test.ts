/** Resources that each write the whole policy of one owner: AWS has the one that was written last. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../../checks/check.ts";
import type { Graph } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { Lookup } from "../../topology/resources/lookup.ts";
import { gatherPolicies } from "../../topology/resources/policy-rows.ts";
import { readShown } from "../../topology/sources/show.ts";
import { resolveWithTerraform } from "../../topology/sources/terraform/resolve.ts";
import { all, type Body, body, type Config, eventPath, ref, topicPath } from "../support/configurations.ts";
import { hcl, providerHcl } from "../support/hcl.ts";
import { graph } from "../support/judged.ts";
import { resource } from "../support/parts.ts";
import { policy } from "../support/permissions.ts";
import { plan, refersTo } from "../support/planned.ts";
import { describeWithTerraform } from "../support/terraform.ts";

const forService = (Service: string, Action = "sqs:SendMessage"): string =>
  policy({ Effect: "Allow", Action, Resource: "*", Principal: { Service } });
const events = forService("events.amazonaws.com");
const topics = forService("sns.amazonaws.com");
const both = policy(
  ...["events.amazonaws.com", "sns.amazonaws.com"].map((Service) => ({
    Effect: "Allow",
    Action: "sqs:SendMessage",
    Resource: "*",
    Principal: { Service },
  })),
);
const denied = policy(
  { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*", Principal: { Service: "events.amazonaws.com" } },
  { Effect: "Deny", Action: "sqs:SendMessage", Resource: "*", Principal: "*" },
);

const queue = "aws_sqs_queue.inbox";

/** A rule to a queue with a policy as attribute, and these beside it. */
function toQueue(own: Body, ...beside: readonly string[]): Config {
  const written = beside.map((text, index) =>
    resource("aws_sqs_queue_policy", `inbox${index}`, { queue_url: ref(`${queue}.id`), policy: text }),
  );
  const config = all(eventPath(), resource("aws_sqs_queue", "inbox", { name: "inbox", ...own }), ...written);
  Object.assign(body(config, "aws_cloudwatch_event_target.placed"), { arn: ref(`${queue}.arn`) });
  return config;
}

function sending(one: Graph) {
  return one.edges.find(({ kind, to }) => kind === "target" && to === queue)?.permissions[0];
}

function twice(one: Graph): string[] {
  return check(one).flatMap(({ id, message }) => (id === "H87" ? message.split(" each write ").slice(0, 1) : []));
}

const attribute = `${queue} and aws_sqs_queue_policy.inbox0`;
const resources = "aws_sqs_queue_policy.inbox0 and aws_sqs_queue_policy.inbox1";

test.each<[string, Config, string, string[]]>([
  ["an attribute alone", toQueue({ policy: events }), "granted", []],
  ["a resource alone", toQueue({}, events), "granted", []],
  ["no policy at all", toQueue({}), "missing", []],
  ["an attribute that is null, and a resource", toQueue({ policy: null }, events), "granted", []],
  ["an attribute that is empty, and a resource", toQueue({ policy: "" }, events), "granted", []],
  ["the same twice", toQueue({ policy: events }, events), "granted", []],
  [
    "the same twice, written another way",
    toQueue(
      { policy: events },
      JSON.stringify(JSON.parse(events.replace('"sqs:SendMessage"', '["sqs:SendMessage"]')), null, 2),
    ),
    "granted",
    [],
  ],
  ["the attribute alone grants it", toQueue({ policy: events }, topics), "unknown", [attribute]],
  ["the resource alone grants it", toQueue({ policy: topics }, events), "unknown", [attribute]],
  ["both grant it, one among others", toQueue({ policy: both }, events), "granted", [attribute]],
  ["neither grants it", toQueue({ policy: topics }, forService("s3.amazonaws.com")), "missing", [attribute]],
  ["one grants it, one denies it", toQueue({ policy: denied }, events), "unknown", [attribute]],
  ["one denies it, one has nothing of it", toQueue({ policy: denied }, topics), "missing", [attribute]],
  ["one of two resources grants it", toQueue({}, events, topics), "unknown", [resources]],
  ["two resources grant it", toQueue({}, events, both), "granted", [resources]],
  ["what one grants is not known", toQueue({ policy: ref("var.policy") }, events), "unknown", []],
  [
    "what either grants is the same, and not known",
    toQueue({ policy: ref("var.policy") }, ref("var.policy")),
    "unknown",
    [],
  ],
])("%s", (_name, config, state, writers) => {
  const one = graph(config);
  expect(sending(one)?.state).toBe(state);
  expect(twice(one)).toEqual(writers);
});

test("why it is not known names the writers; what both grant, both grant", () => {
  expect(sending(graph(toQueue({ policy: events }, topics)))?.why).toBe(
    `${queue} and aws_sqs_queue_policy.inbox0 each write the whole policy of ${queue} and do not agree on sqs:SendMessage: which one is there depends on the order of the apply`,
  );
  expect(sending(graph(toQueue({ policy: both }, events)))?.grantedBy).toEqual(
    [queue, "aws_sqs_queue_policy.inbox0"].toSorted(),
  );
  expect(sending(graph(toQueue({ policy: denied }, topics)))?.why).toBe(
    `no policy of ${queue} allows sqs:SendMessage to events.amazonaws.com`,
  );
});

test("a topic's policy is one, too", () => {
  const publish = forService("events.amazonaws.com", "sns:Publish");
  const other = forService("s3.amazonaws.com", "sns:Publish");
  const config = (own: string): Config => {
    const made = all(
      eventPath(),
      topicPath(),
      resource("aws_sns_topic_policy", "news", { arn: ref("aws_sns_topic.news.arn"), policy: publish }),
    );
    Object.assign(body(made, "aws_sns_topic.news"), { policy: own });
    Object.assign(body(made, "aws_cloudwatch_event_target.placed"), { arn: ref("aws_sns_topic.news.arn") });
    return made;
  };
  const state = (one: Graph) =>
    one.edges.find(({ kind, to }) => kind === "target" && to === "aws_sns_topic.news")?.permissions[0]?.state;
  expect([state(graph(config(other))), twice(graph(config(other)))]).toEqual([
    "unknown",
    ["aws_sns_topic.news and aws_sns_topic_policy.news"],
  ]);
  expect([state(graph(config(publish))), twice(graph(config(publish)))]).toEqual(["granted", []]);
});

test("permissions of a function add up", () => {
  const config = eventPath();
  const permission = body(config, "aws_lambda_permission.placed");
  const more = all(
    config,
    resource("aws_lambda_permission", "other", { ...permission, principal: "s3.amazonaws.com" }),
  );
  const invoked = graph(more).edges.find(({ kind }) => kind === "target")?.permissions[0];
  expect([invoked?.state, invoked?.grantedBy]).toEqual(["granted", ["aws_lambda_permission.placed"]]);
});

test("a plan tells what the configuration sets", () => {
  const literal = (name: string, arn: string) => ({ [name]: { constant_value: arn } });
  const made = (own: string | null, set: boolean): Graph =>
    plan(
      { type: "aws_cloudwatch_event_rule", name: "e" },
      {
        type: "aws_sqs_queue",
        name: "inbox",
        after: { policy: own },
        expressions: set ? literal("policy", own ?? "") : {},
      },
      {
        type: "aws_sqs_queue_policy",
        name: "inbox0",
        after: { policy: topics },
        unknown: { queue_url: true },
        expressions: { queue_url: { references: [`${queue}.url`, queue] }, ...literal("policy", topics) },
      },
      {
        type: "aws_cloudwatch_event_target",
        name: "t",
        after: { rule: "e" },
        unknown: { arn: true },
        expressions: { ...literal("rule", "e"), arn: refersTo(queue) },
      },
    );
  expect([sending(made(events, true))?.state, twice(made(events, true))]).toEqual(["unknown", [attribute]]);
  expect([sending(made(topics, true))?.state, twice(made(topics, true))]).toEqual(["missing", []]);
  // After a refresh it is there, and nobody has set it.
  expect([sending(made(events, false))?.state, twice(made(events, false))]).toEqual(["missing", []]);
});

test("a state does not tell who has written what is there: the resource beside has", () => {
  const arn = "arn:aws:sqs:eu-west-1:111122223333:inbox";
  const bucket = "arn:aws:s3:::photos";
  const puts = (Service: string): string =>
    policy({ Effect: "Allow", Action: "s3:PutObject", Resource: "*", Principal: { Service } });
  const values: Readonly<Record<string, object>> = {
    [queue]: { name: "inbox", arn, url: "u", id: "u", policy: topics },
    "aws_sqs_queue_policy.inbox0": { queue_url: "u", policy: events },
    "aws_cloudwatch_event_rule.e": { name: "e", arn: "arn:aws:events:eu-west-1:111122223333:rule/e" },
    "aws_cloudwatch_event_target.t": { rule: "e", arn },
    "aws_s3_bucket.photos": { bucket: "photos", id: "photos", arn: bucket, policy: puts("events.amazonaws.com") },
    "aws_s3_bucket_policy.photos": { bucket: "photos", policy: puts("sns.amazonaws.com") },
  };
  const shownResources = Object.entries(values).map(([address, one]) => {
    const [type, name] = address.split(".");
    return { address, mode: "managed", type, name, values: one };
  });
  const shown = readShown(
    JSON.stringify({ format_version: "1.0", values: { root_module: { resources: shownResources } } }),
    "s.json",
  );
  const one = graphOf(shown);
  expect([sending(one)?.state, sending(one)?.grantedBy, twice(one)]).toEqual([
    "granted",
    ["aws_sqs_queue_policy.inbox0"],
    [],
  ]);
  const lookup = new Lookup(shown);
  const photos = shown.resources.find(({ address }) => address === "aws_s3_bucket.photos");
  if (photos === undefined) throw new Error("no bucket");
  const policies = gatherPolicies(shown, lookup).ofResource(photos, undefined);
  expect(policies.map(({ statements }) => statements.map(({ by }) => by))).toEqual([["aws_s3_bucket_policy.photos"]]);
});

describeWithTerraform("written by hand", (terraform) => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  test("an attribute and a resource beside it", async () => {
    const read = async (config: Config): Promise<[string | undefined, string[]]> => {
      writeFileSync(join(place, "main.tf"), providerHcl + hcl(config));
      const one = graphOf(await resolveWithTerraform(place, { env: terraform.env }));
      return [sending(one)?.state, twice(one)];
    };
    expect(await read(toQueue({ policy: events }, topics))).toEqual(["unknown", [attribute]]);
    expect(await read(toQueue({ policy: events }, events))).toEqual(["granted", []]);
  });
});
