/** Accounts: the role's and the resource's, known or not; and what is outside of the configuration. */
import { graphOf } from "../../../topology/resources/graph-of.ts";
import { readShown } from "../../../topology/sources/show.ts";
import { all, body, type Config, eventPath, queuePath, ref, remove } from "../../support/configurations.ts";
import { account, graphWith, mapping, policy, reader, states } from "../../support/permissions.ts";

const other = "999999999999";
const send = (Resource: string): object => ({ Effect: "Allow", Action: "sqs:SendMessage", Resource });
const net = "aws_lambda_function_event_invoke_config.mailer#on-failure";

/** The function's failures go to a queue outside, to which its role may send. */
function toOutside(arn: string): Config {
  const config = eventPath();
  body(config, "aws_lambda_function_event_invoke_config.mailer").destination_config = [
    { on_failure: [{ destination: arn }] },
  ];
  body(config, "aws_iam_role_policy.mailer").policy = policy(send("*"));
  return config;
}

/** State and reason, and what the graph says that it assumed of it. */
function seen(config: Config, id: string, accountId: string | null = account, more: readonly object[] = []) {
  const graph = graphWith(config, accountId, more);
  const permission = graph.edges.find((edge) => edge.id === id)?.permissions[0];
  const assumed = graph.assumptions.filter(({ name }) => name === id).map(({ why }) => why);
  return { state: permission?.state, why: permission?.why, assumed };
}

describe("a queue outside of the configuration", () => {
  test("in the role's account needs the role's policy alone", () => {
    const arn = `arn:aws:sqs:eu-west-1:${account}:failed`;
    const why = `assuming that no policy denies it: ${arn} is outside the configuration, and so is its policy`;
    expect(seen(toOutside(arn), net)).toEqual({ state: "granted", why, assumed: [why] });
  });

  test("in another account needs its own policy, too, which is not known", () => {
    const arn = `arn:aws:sqs:eu-west-1:${other}:failed`;
    const why = `${arn} is outside the configuration, and so is its policy`;
    expect(seen(toOutside(arn), net)).toEqual({ state: "unknown", why, assumed: [why] });
  });

  test("is taken to be in the role's account where nothing tells that", () => {
    const arn = `arn:aws:sqs:eu-west-1:${other}:failed`;
    const { state, why, assumed } = seen(toOutside(arn), net, null);
    expect([state, assumed]).toEqual(["granted", [why]]);
    expect(why).toMatch(/^assuming that .* which nothing tells$/);
  });

  test("in another account, for a role that may not send, is not the queue's to give", () => {
    const config = toOutside(`arn:aws:sqs:eu-west-1:${other}:failed`);
    body(config, "aws_iam_role_policy.mailer").policy = policy({ Effect: "Allow", Action: "logs:*", Resource: "*" });
    expect(seen(config, net).state).toBe("missing");
  });
});

describe("a queue of the configuration in another account", () => {
  const providers = [{ alias: "far", region: "eu-west-1", allowed_account_ids: [other] }];
  const far = (...statements: readonly object[]): Config => {
    const queue = {
      name: "failed",
      provider: "aws.far",
      ...(statements.length === 0 ? {} : { policy: policy(...statements) }),
    };
    const config = all(toOutside(ref("aws_sqs_queue.far.arn")), {
      resource: { aws_sqs_queue: { far: queue } },
      data: {},
    });
    return config;
  };
  const admits = (AWS: string): object => ({ ...send("*"), Principal: { AWS } });

  test.each([
    ["no policy", [], "missing"],
    ["a policy for another account", [admits(other)], "missing"],
    ["a policy for the role's account", [admits(account)], "granted"],
    ["a policy for the role", [admits(ref("aws_iam_role.mailer.arn"))], "granted"],
  ] as const)("%s: %s", (_, statements, state) => {
    expect(seen(far(...statements), net, account, providers).state).toBe(state);
  });

  test("says so", () => {
    expect(seen(far(), net, account, providers).why).toBe(
      "aws_sqs_queue.far is in another account, and its policy admits neither aws_iam_role.mailer nor its account: sqs:SendMessage",
    );
  });

  test("and the role needs its own policy", () => {
    const config = far(admits(account));
    body(config, "aws_iam_role_policy.mailer").policy = policy({ Effect: "Allow", Action: "logs:*", Resource: "*" });
    expect(seen(config, net, account, providers).state).toBe("missing");
  });
});

describe("without an account id", () => {
  const read = { Effect: "Allow", Action: ["sqs:*", "kms:*"], Resource: "*" };
  const keyOf = (principal: string): Config =>
    reader(
      [read],
      { kms_master_key_id: ref("aws_kms_key.k.arn") },
      {
        aws_kms_key: {
          k: { policy: policy({ Effect: "Allow", Principal: { AWS: principal }, Action: "kms:*", Resource: "*" }) },
        },
      },
    );
  const needed = (config: Config) =>
    graphWith(config, null).edges.find(({ id }) => id === "aws_lambda_event_source_mapping.work")?.permissions;

  test("the account that a key's policy names is assumed to be its own, aloud", () => {
    const [queue, key] = needed(keyOf(`arn:aws:iam::${other}:root`)) ?? [];
    expect([queue?.state, queue?.why, key?.state]).toEqual(["granted", null, "granted"]);
    expect(key?.why).toMatch(/^assuming that /);
  });

  test("a key's own account needs no assumption", () => {
    const caller = all(keyOf(`arn:aws:iam::${ref("data.aws_caller_identity.me.account_id")}:root`), {
      resource: {},
      data: { aws_caller_identity: { me: {} } },
    });
    expect(needed(caller)?.map(({ state }) => state)).toEqual(["granted", "granted"]);
  });

  test("resources that refer to each other need none", () => {
    expect(needed(queuePath())?.map(({ state, why }) => [state, why])).toEqual([["granted", null]]);
  });
});

test("a bus of another account is reached by its own policy", () => {
  const to = (id: string): string[] => {
    const config = eventPath();
    remove(config, "aws_lambda_permission.placed");
    body(config, "aws_cloudwatch_event_target.placed").arn = `arn:aws:events:eu-west-1:${id}:event-bus/central`;
    return states(config, "aws_cloudwatch_event_target.placed");
  };
  expect([to(account), to(other)]).toEqual([[], ["unknown"]]);
});

describe("policies that are not known", () => {
  const attached = (arn: string) => ({
    aws_iam_role_policy_attachment: { more: { role: ref("aws_iam_role.worker.name"), policy_arn: arn } },
  });
  const mayRead = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
  const nothing = { Effect: "Allow", Action: "logs:*", Resource: "*" };
  const far = `arn:aws:iam::${account}:policy/far`;

  test("another policy of the role leaves granted what is, and makes the rest unknown", () => {
    expect(mapping([mayRead], {}, attached(far))).toEqual(["granted"]);
    expect(mapping([nothing], {}, attached(far))).toEqual(["unknown"]);
    expect(mapping([nothing], {}, attached("arn:aws:iam::aws:policy/AmazonChimeFullAccess"))).toEqual(["unknown"]);
    expect(mapping([nothing], {}, attached("arn:aws:iam::aws:policy/AmazonSNSFullAccess"))).toEqual(["missing"]);
  });

  test.each([{ name: "AmazonSQSFullAccess" }, { arn: "arn:aws:iam::aws:policy/AmazonSQSFullAccess" }])(
    "a managed policy that a data source names by %j is none of them",
    (named) => {
      const config = reader([nothing], {}, attached(ref("data.aws_iam_policy.p.arn")));
      const data = { aws_iam_policy: { p: named } };
      expect(states(all(config, { resource: {}, data }), "aws_lambda_event_source_mapping.work")).toEqual(["granted"]);
    },
  );

  test("it is named as an assumption", () => {
    const graph = graphWith(reader([mayRead], {}, attached(far)));
    const id = "aws_lambda_event_source_mapping.work";
    expect(graph.assumptions.filter(({ name }) => name === id)).toEqual([
      {
        name: id,
        value:
          "permission of aws_iam_role.worker for sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes on aws_sqs_queue.work granted",
        why: "assuming that no policy denies it: the policy of aws_iam_role_policy_attachment.more is not known before it is applied",
      },
    ]);
  });

  test("a NotPrincipal of the queue denies a role with a boundary, though it names the role", () => {
    const deny = {
      Effect: "Deny",
      Action: "sqs:*",
      Resource: "*",
      NotPrincipal: { AWS: ref("aws_iam_role.worker.arn") },
    };
    const config = reader([mayRead], { policy: policy(deny) });
    expect(states(config, "aws_lambda_event_source_mapping.work")).toEqual(["granted"]);
    body(config, "aws_iam_role.worker").permissions_boundary = "arn:aws:iam::aws:policy/AdministratorAccess";
    expect(states(config, "aws_lambda_event_source_mapping.work")).toEqual(["missing"]);
  });

  test("a boundary that is not known leaves nothing granted", () => {
    const within = (boundary: string): string[] => {
      const config = reader([mayRead]);
      body(config, "aws_iam_role.worker").permissions_boundary = boundary;
      return states(config, "aws_lambda_event_source_mapping.work");
    };
    expect(within(far)).toEqual(["unknown"]);
    expect(within("arn:aws:iam::aws:policy/PowerUserAccess")).toEqual(["granted"]);
    expect(within("arn:aws:iam::aws:policy/AmazonSNSFullAccess")).toEqual(["missing"]);
  });
});

const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } });

describe("a state, in which a bucket's ARN has no account", () => {
  const written = (...accounts: readonly string[]): string => {
    const one = (type: string, name: string, values: object): object => ({
      address: `${type}.${name}`,
      mode: "managed",
      type,
      name,
      values,
    });
    const roles = accounts.map((id, index) =>
      one("aws_iam_role", `r${index}`, {
        name: `r${index}`,
        arn: `arn:aws:iam::${id}:role/r${index}`,
        assume_role_policy: trust,
      }),
    );
    const allowed = { role: "r0", policy: policy({ Effect: "Allow", Action: "s3:*", Resource: "*" }) };
    const resources = [
      ...roles,
      one("aws_iam_role_policy", "p", allowed),
      one("aws_s3_bucket", "b", { bucket: "b", arn: "arn:aws:s3:::b" }),
      one("aws_lambda_function", "f", {
        function_name: "f",
        arn: `arn:aws:lambda:eu-west-1:${account}:function:f`,
        role: `arn:aws:iam::${account}:role/r0`,
      }),
      one("aws_lambda_function_event_invoke_config", "c", {
        function_name: "f",
        destination_config: [{ on_failure: [{ destination: "arn:aws:s3:::b" }] }],
      }),
    ];
    return JSON.stringify({ format_version: "1.0", values: { root_module: { resources } } });
  };
  const whys = (text: string) =>
    graphOf(readShown(text, "state.json")).edges.flatMap(({ permissions }) =>
      permissions.map(({ state, why }) => [state, why?.replace(/ that .*/, "") ?? null]),
    );

  test("it is that of the roles where they are of one", () => {
    expect(whys(written(account, account))).toEqual([
      ["granted", null],
      ["granted", null],
    ]);
    expect(whys(written(account, other))).toEqual([
      ["granted", "assuming"],
      ["granted", "assuming"],
    ]);
  });
});
