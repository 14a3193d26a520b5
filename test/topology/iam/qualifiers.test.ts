/** Aliases and versions of functions: each is a resource of its own to policies, and has a policy of its own. */
import { all, body, type Config, eventPath, ref, remove, schedulePath } from "../../support/configurations.ts";
import { graphWith, policy, states } from "../../support/permissions.ts";

const live = (name: string): Config => ({
  resource: {
    aws_lambda_alias: {
      live: { name: "live", function_name: ref(`aws_lambda_function.${name}.function_name`), function_version: "1" },
    },
  },
  data: {},
});

describe("a role that invokes", () => {
  const scheduled = (target: string, Resource: string): string[] => {
    const config = all(schedulePath(), live("nightly"));
    body(config, "aws_scheduler_schedule.nightly").target = [
      { arn: target, role_arn: ref("aws_iam_role.scheduler.arn") },
    ];
    body(config, "aws_iam_role_policy.scheduler").policy = policy({
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource,
    });
    return states(config, "aws_scheduler_schedule.nightly#target");
  };
  const [plain, alias] = [ref("aws_lambda_function.nightly.arn"), ref("aws_lambda_alias.live.arn")];
  const qualified = ref("aws_lambda_function.nightly.qualified_arn");

  test.each([
    [alias, alias, "granted"],
    [alias, `${plain}:*`, "granted"],
    [alias, `${plain}*`, "granted"],
    [alias, "arn:aws:lambda:*:*:function:nightly:live", "granted"],
    [alias, plain, "missing"],
    [alias, `${plain}:other`, "missing"],
    [`${plain}:7`, `${plain}:7`, "granted"],
    [`${plain}:7`, plain, "missing"],
    [plain, plain, "granted"],
    [plain, `${plain}*`, "granted"],
    [plain, `${plain}:*`, "missing"],
    [plain, alias, "missing"],
    // A function that publishes nothing has $LATEST for its qualified ARN.
    [qualified, qualified, "granted"],
    [qualified, `${plain}:*`, "granted"],
    [qualified, plain, "granted"],
    [`${plain}:$LATEST`, `${plain}:$LATEST`, "granted"],
    [`${plain}:$LATEST`, alias, "missing"],
  ])("%s by a policy for %s: %s", (target, resource, state) => {
    expect(scheduled(target, resource)).toEqual([state]);
  });
});

describe("a function's permission", () => {
  const [plain, alias] = [ref("aws_lambda_function.mailer.arn"), ref("aws_lambda_alias.live.arn")];
  const named = `${ref("aws_lambda_function.mailer.function_name")}:live`;
  const admitted = (target: string, permission: object): string[] => {
    const config = all(eventPath(), live("mailer"));
    body(config, "aws_cloudwatch_event_target.placed").arn = target;
    Object.assign(body(config, "aws_lambda_permission.placed"), permission);
    return states(config, "aws_cloudwatch_event_target.placed");
  };

  test.each([
    [alias, { function_name: named }, "granted"],
    [alias, { function_name: alias }, "granted"],
    [alias, { qualifier: "live" }, "granted"],
    [alias, {}, "missing"],
    [`${plain}:7`, { function_name: named }, "missing"],
    [plain, { function_name: named }, "missing"],
    [plain, { function_name: alias }, "missing"],
    [plain, {}, "granted"],
    // AddPermission takes no $LATEST.
    [plain, { qualifier: "$LATEST" }, "missing"],
    [`${plain}:$LATEST`, { qualifier: "$LATEST" }, "missing"],
    [`${plain}:$LATEST`, { function_name: `${plain}:$LATEST` }, "missing"],
    [`${plain}:$LATEST`, {}, "granted"],
  ])("for %s by %j: %s", (target, permission, state) => {
    expect(admitted(target, permission)).toEqual([state]);
  });
});

test("a permission that AWS refuses is named where one is missing", () => {
  const config = eventPath();
  body(config, "aws_lambda_permission.placed").qualifier = "$LATEST";
  const [edge] = graphWith(config).edges.filter(({ address }) => address === "aws_cloudwatch_event_target.placed");
  const whys = edge !== undefined && "permissions" in edge ? edge.permissions.map(({ why }) => why) : [];
  expect(whys).toEqual([
    "no policy of aws_lambda_function.mailer allows lambda:InvokeFunction to events.amazonaws.com (aws_lambda_permission.placed is for $LATEST, to which AWS adds no policy)",
  ]);
});

test("a mapping that names a function and its alias leads to the alias", () => {
  const config = all(eventPath(), live("mailer"), {
    resource: {
      aws_lambda_event_source_mapping: {
        m: {
          function_name: `${ref("aws_lambda_function.mailer.function_name")}:live`,
          event_source_arn: ref("aws_sqs_queue.undelivered.arn"),
        },
      },
    },
    data: {},
  });
  remove(config, "aws_cloudwatch_event_target.placed");
  const [edge] = graphWith(config).edges.filter(({ kind }) => kind === "mapping");
  expect([edge?.to, edge !== undefined && "qualifier" in edge ? edge.qualifier : null]).toEqual([
    "aws_lambda_function.mailer",
    "live",
  ]);
});
