/** Rules whose targets are in another account, and rules that name a role for a target that has a policy of its own. */
import { all, body, type Config, eventPath, ref, remove } from "../../support/configurations.ts";
import { account, graphWith, policy } from "../../support/permissions.ts";

const other = "999999999999";
const id = "aws_cloudwatch_event_target.placed";
const far = [{ alias: "far", region: "eu-west-1", allowed_account_ids: [other] }];
const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "events.amazonaws.com" } });
const may = (Action: string, Resource = "*"): object => ({ Effect: "Allow", Action, Resource });
const admits = (Action: string, Principal: object | string): object => ({ ...may(Action), Principal });
const root = `arn:aws:iam::${account}:root`;

/** A rule with a target, by a role that may do this where something is given. */
function target(arn: string, resource: Config["resource"], statements?: readonly object[]): Config {
  const role = {
    aws_iam_role: { sender: { name: "sender", assume_role_policy: trust } },
    aws_iam_role_policy: { sender: { role: "sender", policy: policy(...(statements ?? [])) } },
  };
  const more = statements === undefined ? resource : { ...resource, ...role };
  const config = all(eventPath(), { resource: more, data: {} });
  remove(config, "aws_lambda_permission.placed");
  Object.assign(body(config, id), { arn }, statements && { role_arn: ref("aws_iam_role.sender.arn") });
  return config;
}

function seen(config: Config) {
  const own = graphWith(config, account, far).edges.find((edge) => edge.id === id)?.permissions ?? [];
  return own.map(({ principal, state }) => `${principal} ${state}`);
}

describe("a bus of another account", () => {
  const bus = (statement: object | undefined, permission?: object): Config["resource"] => ({
    aws_cloudwatch_event_bus: { far: { provider: "aws.far", name: "far" } },
    ...(statement && {
      aws_cloudwatch_event_bus_policy: {
        far: {
          provider: "aws.far",
          event_bus_name: ref("aws_cloudwatch_event_bus.far.name"),
          policy: policy(statement),
        },
      },
    }),
    ...(permission && {
      aws_cloudwatch_event_permission: {
        far: {
          provider: "aws.far",
          statement_id: "a",
          event_bus_name: ref("aws_cloudwatch_event_bus.far.name"),
          ...permission,
        },
      },
    }),
  });
  const to = (resource: Config["resource"], statements?: readonly object[]): string[] =>
    seen(target(ref("aws_cloudwatch_event_bus.far.arn"), resource, statements));

  test.each<readonly [string, object | undefined, string]>([
    ["by its root", admits("events:PutEvents", { AWS: root }), "granted"],
    ["by its id", admits("events:PutEvents", { AWS: account }), "granted"],
    ["with everyone", admits("events:PutEvents", "*"), "granted"],
    ["not, but another", admits("events:PutEvents", { AWS: other }), "missing"],
    ["not to put events", admits("events:PutRule", { AWS: root }), "missing"],
    ["not", undefined, "missing"],
  ])("admits the sender's account %s", (_, statement, state) => {
    expect(to(bus(statement))).toEqual([`${account} ${state}`]);
  });

  test.each<readonly [object, string]>([
    [{ principal: account }, "granted"],
    [{ principal: "*" }, "granted"],
    [{ principal: other }, "missing"],
    [{ principal: account, action: "events:PutRule" }, "missing"],
    [{ principal: "*", condition: [{ type: "StringEquals", key: "aws:PrincipalOrgID", value: "o-1" }] }, "unknown"],
    [{ principal: account, event_bus_name: "default" }, "missing"],
  ])("by aws_cloudwatch_event_permission %j: %s", (permission, state) => {
    expect(to(bus(undefined, permission))).toEqual([`${account} ${state}`]);
    expect(to(bus(undefined, permission), [may("events:PutEvents")])).toEqual([`aws_iam_role.sender ${state}`]);
  });
});

describe("a role for a target with a policy of its own", () => {
  const queue = (provider: string, ...statements: readonly object[]): Config["resource"] => ({
    aws_sqs_queue: { to: { provider, name: "to" } },
    ...(statements.length > 0 && {
      aws_sqs_queue_policy: {
        to: { provider, queue_url: ref("aws_sqs_queue.to.id"), policy: policy(...statements) },
      },
    }),
  });
  const to = (resource: Config["resource"], ...statements: readonly object[]): string[] =>
    seen(target(ref("aws_sqs_queue.to.arn"), resource, statements));
  const send = may("sqs:SendMessage");
  const role = admits("sqs:SendMessage", { AWS: ref("aws_iam_role.sender.arn") });
  const service = admits("sqs:SendMessage", { Service: "events.amazonaws.com" });

  test("in another account goes by the role, which both must admit", () => {
    expect(to(queue("aws.far", role), send)).toEqual(["aws_iam_role.sender granted"]);
    expect(to(queue("aws.far", role), may("sns:Publish"))).toEqual(["aws_iam_role.sender missing"]);
    expect(to(queue("aws.far"), send)).toEqual(["aws_iam_role.sender missing"]);
    expect(to(queue("aws.far", service), send)).toEqual(["aws_iam_role.sender missing"]);
  });

  test("in the same account is enough, or the policy, as far as that is known", () => {
    expect(to(queue("aws", service), send)).toEqual(["events.amazonaws.com granted"]);
    expect(to(queue("aws"), send)).toEqual(["aws_iam_role.sender granted"]);
    expect(to(queue("aws", service), may("sns:Publish"))).toEqual(["aws_iam_role.sender unknown"]);
    expect(to(queue("aws"), may("sns:Publish"))).toEqual(["events.amazonaws.com missing"]);
  });

  test("is assumed to be what EventBridge goes by, aloud", () => {
    const config = target(ref("aws_sqs_queue.to.arn"), queue("aws"), [send]);
    expect(graphWith(config).assumptions.filter(({ name }) => name === id)).toEqual([
      expect.objectContaining({
        why: expect.stringMatching(/^assuming that EventBridge goes by aws_iam_role\.sender/),
      }),
    ]);
  });
});
