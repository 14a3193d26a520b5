/**
 * What an input transformer makes of an event, by the examples of
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { GraphBuilder } from "../support/graphs.ts";
import { play } from "./play.ts";

const paths = {
  instance: "$.detail.instance-id",
  state: "$.detail.state",
  tags: "$.detail.tags",
  said: "$.detail.said",
  missing: "$.detail.missing",
};
const detail = { "instance-id": "i-0123456789", state: "RUNNING", tags: { a: ["b"] }, said: 'say "go"\n' };

/** What a queue gets of the event by a template. */
async function given(template: string): Promise<string> {
  const g = new GraphBuilder();
  const bus = g.bus("shop");
  const [queue, fn] = [g.queue("work"), g.fn("work")];
  const rule = g.rule("states", bus, { source: ["s"] });
  g.mapping(queue, fn);
  g.target(rule, queue, { input: { kind: "transformer", template, paths } });
  let body = "";
  const runner = {
    knows: () => true,
    invoke: (call: { loads: readonly { text: string }[] }) => {
      body = call.loads[0]?.text ?? "";
      return { kind: "ends", afterMs: 10, result: { kind: "success", value: null } } as const;
    },
  };
  const send = [{ at: "0s", to: bus, events: [{ id: "e1", source: "s", detailType: "t", detail }] }];
  const played = await play(g, { functions: {}, send }, { runner });
  expect(played.one("e1")).toMatchObject({ outcome: "processed", attempts: 1 });
  return body;
}

it.each([
  ["a text with variables", '"instance <instance> is in <state>"', "instance i-0123456789 is in RUNNING"],
  ["a text that ends with one", '"<instance> is in <state>"', "i-0123456789 is in RUNNING"],
  [
    "quotes within a text",
    String.raw`"instance \"<instance>\" is in <state>"`,
    'instance "i-0123456789" is in RUNNING',
  ],
  [
    "an object, with variables bare and in quotes",
    '{"instance" : <instance>, "state": "<state>", "on": "it is <state>"}',
    '{"instance":"i-0123456789","state":"RUNNING","on":"it is RUNNING"}',
  ],
  [
    "a list with constants",
    '{"state": [9, <state>, true], "Transformed": "Yes"}',
    '{"state":[9,"RUNNING",true],"Transformed":"Yes"}',
  ],
  ["an object for a bare variable", '{"tags": <tags>}', '{"tags":{"a":["b"]}}'],
  [
    "what needs to be escaped within a text",
    '{"said": "<said>", "bare": <said>}',
    String.raw`{"said":"say \"go\"\n","bare":"say \"go\"\n"}`,
  ],
  ["a path that finds nothing, within a text", '{"m": "<missing>", "n": "x <missing> y"}', '{"m":"","n":"x  y"}'],
  [
    "the rule's name and ARN",
    '{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}',
    '{"rule":"states","arn":"arn:aws:events:eu-west-1:111122223333:rule/states"}',
  ],
  ["the rule's name in a text", '"<aws.events.rule-name> triggered"', "states triggered"],
  ["the time", '{"at": <aws.events.event.ingestion-time>}', '{"at":"2026-01-01T00:00:00Z"}'],
])("%s", async (_, template, body) => {
  expect(await given(template)).toBe(body);
});

it("the event with its detail, and without", async () => {
  const body: unknown = JSON.parse(await given('{"whole": <aws.events.event.json>, "head": <aws.events.event>}'));
  expect(body).toMatchObject({ whole: { source: "s", detail }, head: { source: "s", "detail-type": "t" } });
  expect(body).not.toHaveProperty("head.detail");
});
