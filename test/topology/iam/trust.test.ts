/** Trust policies: whether the service that goes by a role may assume it. */
import { check } from "../../../checks/check.ts";
import {
  all,
  body,
  type Config,
  eventPath,
  queuePath,
  ref,
  remove,
  schedulePath,
} from "../../support/configurations.ts";
import { account, graphWith, permissions, policy } from "../../support/permissions.ts";

const other = "999999999999";
const placed = "aws_cloudwatch_event_target.placed";
const rule = ref("aws_cloudwatch_event_rule.placed.arn");

/** A trust policy for one service. */
const trusts = (Service: string, Condition?: object): string =>
  policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service }, ...(Condition && { Condition }) });

/** A rule to a stream, by a role with this trust policy. */
function toStream(trust: string): Config {
  const config = all(eventPath(), {
    resource: {
      aws_kinesis_stream: { s: { name: "s", shard_count: 1 } },
      aws_iam_role: { target: { name: "target", assume_role_policy: trust } },
      aws_iam_role_policy: {
        target: {
          role: ref("aws_iam_role.target.name"),
          policy: policy({ Effect: "Allow", Action: "kinesis:*", Resource: "*" }),
        },
      },
    },
    data: {},
  });
  remove(config, "aws_lambda_permission.placed");
  const values = { arn: ref("aws_kinesis_stream.s.arn"), role_arn: ref("aws_iam_role.target.arn") };
  Object.assign(body(config, placed), values);
  return config;
}

/** What an edge's permissions come to, and what is said of the trust policy. */
function seen(config: Config, id: string, accountId: string | null = account) {
  const own = graphWith(config, accountId).edges.find((edge) => edge.id === id)?.permissions ?? [];
  const trust = own.find(({ actions }) => actions.includes("sts:AssumeRole"));
  return [own.filter((one) => one !== trust).map(({ state }) => state), trust?.state];
}

describe("a rule's role", () => {
  test.each<readonly [string, string, string | undefined]>([
    ["of EventBridge", trusts("events.amazonaws.com"), undefined],
    [
      "of EventBridge, among others",
      trusts("events.amazonaws.com").replace('"Service":', '"Federated":"x","Service":'),
      undefined,
    ],
    ["of everyone", policy({ Effect: "Allow", Action: "sts:*", Principal: "*" }), undefined],
    [
      "of EventBridge, and of all accounts",
      policy({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: "*", Service: "events.amazonaws.com" },
      }),
      undefined,
    ],
    ["of all accounts", policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } }), "unknown"],
    [
      "that may deny all accounts",
      policy(
        { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "events.amazonaws.com" } },
        { Effect: "Deny", Action: "sts:AssumeRole", Principal: { AWS: "*" } },
      ),
      "unknown",
    ],
    ["of Lambda alone", trusts("lambda.amazonaws.com"), "missing"],
    ["of Scheduler alone", trusts("scheduler.amazonaws.com"), "missing"],
    ["for another action", trusts("events.amazonaws.com").replace("AssumeRole", "TagSession"), "missing"],
    ["that is not known", ref("data.aws_ssm_parameter.p.value"), "unknown"],
    ["of a service that is not known", trusts(ref("data.aws_ssm_parameter.p.value")), "unknown"],
    ["of EventBridge as it is called in some places", trusts("events.amazonaws.com.cn"), "unknown"],
    ["for the rule", trusts("events.amazonaws.com", { ArnEquals: { "aws:SourceArn": rule } }), undefined],
    [
      "for rules",
      trusts("events.amazonaws.com", { ArnLike: { "aws:SourceArn": "arn:aws:events:*:*:rule/*" } }),
      undefined,
    ],
    [
      "for another rule",
      trusts("events.amazonaws.com", {
        ArnEquals: { "aws:SourceArn": `arn:aws:events:eu-west-1:${account}:rule/shop/cancelled` },
      }),
      "missing",
    ],
    ["for its account", trusts("events.amazonaws.com", { StringEquals: { "aws:SourceAccount": account } }), undefined],
    [
      "for another account",
      trusts("events.amazonaws.com", { StringEquals: { "aws:SourceAccount": other } }),
      "missing",
    ],
    [
      "by a condition of which nothing is known",
      trusts("events.amazonaws.com", { StringEquals: { "aws:SourceOrgID": "o-1" } }),
      "unknown",
    ],
  ])("with a trust policy %s: %s", (_, trust, state) => {
    expect(seen(toStream(trust), placed)).toEqual([["granted"], state]);
  });

  test("of a policy document", () => {
    const documented = (service: string) => {
      const config = toStream(ref("data.aws_iam_policy_document.trust.json"));
      const statement = { actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: [service] }] };
      return seen(
        all(config, { resource: {}, data: { aws_iam_policy_document: { trust: { statement: [statement] } } } }),
        placed,
      );
    };
    expect(documented("events.amazonaws.com")).toEqual([["granted"], undefined]);
    expect(documented("lambda.amazonaws.com")).toEqual([["granted"], "missing"]);
  });

  test("says so", () => {
    const [, permission] = permissions(toStream(trusts("lambda.amazonaws.com")), placed);
    expect(permission).toEqual({
      principal: "events.amazonaws.com",
      actions: ["sts:AssumeRole"],
      resource: "aws_iam_role.target",
      state: "missing",
      why: "the trust policy of aws_iam_role.target does not let events.amazonaws.com assume the role",
      grantedBy: [],
    });
  });

  test("of an account that is not known is taken for the one that its trust policy names, aloud", () => {
    const config = toStream(trusts("events.amazonaws.com", { StringEquals: { "aws:SourceAccount": other } }));
    expect(seen(config, placed, null)).toEqual([["granted"], "granted"]);
  });

  test("outside of the configuration has a trust policy of its own", () => {
    const config = toStream(trusts("lambda.amazonaws.com"));
    body(config, placed).role_arn = `arn:aws:iam::${account}:role/elsewhere`;
    expect(seen(config, placed)).toEqual([["unknown"], undefined]);
  });
});

describe("a schedule's role", () => {
  const group = (arn: string): object => ({
    ArnLike: { "aws:SourceArn": `arn:aws:scheduler:eu-west-1:${account}:${arn}` },
  });
  test.each<readonly [string, object | undefined, string | undefined]>([
    ["scheduler.amazonaws.com", undefined, undefined],
    ["events.amazonaws.com", undefined, "missing"],
    ["scheduler.amazonaws.com", group("schedule-group/default"), undefined],
    ["scheduler.amazonaws.com", group("schedule-group/*"), undefined],
    ["scheduler.amazonaws.com", group("schedule-group/other"), "missing"],
    ["scheduler.amazonaws.com", group("schedule/default/nightly"), "unknown"],
    ["scheduler.amazonaws.com", group("schedule/other/nightly"), "missing"],
    ["scheduler.amazonaws.com", { StringEquals: { "aws:SourceAccount": account } }, undefined],
  ])("trusts %s %j: %s", (service, condition, state) => {
    const config = schedulePath();
    body(config, "aws_iam_role.scheduler").assume_role_policy = trusts(service, condition);
    expect(seen(config, "aws_scheduler_schedule.nightly#target")).toEqual([["granted"], state]);
    expect(seen(config, "aws_scheduler_schedule.nightly#target#dead-letter")).toEqual([["granted"], state]);
  });
});

test.each<readonly [string | undefined, string, string | undefined]>([
  [undefined, "default", undefined],
  [undefined, "nightly", "missing"],
  ["nightly", "nightly", undefined],
  ["nightly", "default", "missing"],
  [ref("var.group"), "default", "unknown"],
  [ref("var.group"), "nightly", "unknown"],
])("a schedule of group %s, and a trust policy for group %s: %s", (group, trusted, state) => {
  const config = schedulePath();
  if (group !== undefined) body(config, "aws_scheduler_schedule.nightly").group_name = group;
  body(config, "aws_iam_role.scheduler").assume_role_policy = trusts("scheduler.amazonaws.com", {
    ArnLike: { "aws:SourceArn": `arn:aws:scheduler:eu-west-1:${account}:schedule-group/${trusted}` },
  });
  expect(seen(config, "aws_scheduler_schedule.nightly#target")[1]).toEqual(state);
});

describe("a function's role", () => {
  test.each<readonly [string, object | undefined, string | undefined]>([
    ["lambda.amazonaws.com", undefined, undefined],
    ["ec2.amazonaws.com", undefined, "missing"],
    // What Lambda gives there is not documented.
    ["lambda.amazonaws.com", { StringEquals: { "aws:SourceAccount": account } }, "unknown"],
  ])("trusts %s %j: %s", (service, condition, state) => {
    const mapped = queuePath();
    body(mapped, "aws_iam_role.worker").assume_role_policy = trusts(service, condition);
    expect(seen(mapped, "aws_lambda_event_source_mapping.work")).toEqual([["granted"], state]);
    const invoked = eventPath();
    body(invoked, "aws_iam_role.mailer").assume_role_policy = trusts(service, condition);
    expect(seen(invoked, "aws_lambda_function_event_invoke_config.mailer#on-failure")).toEqual([["granted"], state]);
  });
});

test("a finding proposes the trust policy", () => {
  const found = check(graphWith(toStream(trusts("lambda.amazonaws.com")))).find(({ id }) => id === "H44");
  expect(found === undefined ? undefined : [found.message, found.fix]).toEqual([
    expect.stringContaining(
      "the trust policy of aws_iam_role.target does not let events.amazonaws.com assume the role",
    ),
    "a trust policy of aws_iam_role.target that lets events.amazonaws.com assume it",
  ]);
});
