/** One row for each rule by which a statement applies to a request, or not. */
import {
  type Asked,
  events,
  judged,
  key,
  other,
  own,
  policies,
  queue,
  queueArn,
  role,
  roleArn,
  rule,
  subject,
} from "../../support/iam.ts";

type State = "granted" | "missing" | "unknown";

const send = "sqs:SendMessage";
const allow = { Effect: "Allow", Action: send, Resource: queueArn };
const admit = { ...allow, Principal: { Service: "events.amazonaws.com" } };

/** A statement of the role. */
function mine(statement: object, more: Asked = {}): State {
  return judged({ mine: policies(statement), ...more }).state;
}

/** A statement of the queue, for EventBridge on behalf of a rule. */
function theirs(statement: object, more: Asked["request"] = {}): State {
  return judged({ theirs: policies(statement), request: { principal: events, source: rule, ...more } }).state;
}

describe("actions", () => {
  test.each<readonly [object, State]>([
    [{ Action: send }, "granted"],
    [{ Action: "SQS:sendmessage" }, "granted"],
    [{ Action: "sqs:*" }, "granted"],
    [{ Action: "sqs:Send?essage" }, "granted"],
    [{ Action: "*" }, "granted"],
    [{ Action: ["sns:Publish", send] }, "granted"],
    [{ Action: ["sns:Publish", "sqs:SendMessageBatch"] }, "missing"],
    [{ Action: "sqs:Send" }, "missing"],
    [{ Action: [] }, "missing"],
    [{ Action: undefined }, "missing"],
    [{ Action: "⟨var.action⟩" }, "unknown"],
    [{ Action: "sns:⟨var.action⟩" }, "missing"],
    [{ Action: undefined, NotAction: "sns:*" }, "granted"],
    [{ Action: undefined, NotAction: ["sns:*", "SQS:*"] }, "missing"],
    [{ Action: undefined, NotAction: "⟨var.action⟩" }, "unknown"],
  ])("%j: %s", (part, state) => expect(mine({ ...allow, ...part })).toBe(state));
});

describe("resources", () => {
  test.each<readonly [object, State]>([
    [{ Resource: queueArn }, "granted"],
    [{ Resource: "*" }, "granted"],
    [{ Resource: [`${queueArn}-other`, queueArn] }, "granted"],
    [{ Resource: `${queueArn}-other` }, "missing"],
    [{ Resource: undefined }, "missing"],
    [{ Resource: "⟨var.queue⟩" }, "unknown"],
    [{ Resource: undefined, NotResource: `${queueArn}-other` }, "granted"],
    [{ Resource: undefined, NotResource: [`${queueArn}-other`, queueArn] }, "missing"],
    [{ Resource: undefined, NotResource: "⟨var.queue⟩" }, "unknown"],
  ])("%j: %s", (part, state) => expect(mine({ ...allow, ...part })).toBe(state));
});

describe("principals of a resource's policy", () => {
  const session = `arn:aws:sts::${own}:assumed-role/worker/one`;
  test.each<readonly [string, object, State, State]>([
    // for the role, for events.amazonaws.com
    ["everyone", { Principal: "*" }, "granted", "granted"],
    ["everyone, as a list", { Principal: { AWS: ["*"] } }, "granted", "granted"],
    ["the role", { Principal: { AWS: roleArn } }, "granted", "missing"],
    ["another role", { Principal: { AWS: [`${roleArn}2`] } }, "missing", "missing"],
    ["a session of the role", { Principal: { AWS: session } }, "unknown", "missing"],
    ["a session of another", { Principal: { AWS: session.replace("worker", "other") } }, "missing", "missing"],
    ["the account, which only delegates", { Principal: { AWS: `arn:aws:iam::${own}:root` } }, "missing", "missing"],
    ["the account's id", { Principal: { AWS: own } }, "missing", "missing"],
    ["a wildcard in an ARN, which AWS refuses", { Principal: { AWS: "arn:aws:iam::*:role/*" } }, "missing", "missing"],
    ["the service", { Principal: { Service: ["s3.amazonaws.com", "events.amazonaws.com"] } }, "missing", "granted"],
    ["another service", { Principal: { Service: "s3.amazonaws.com" } }, "missing", "missing"],
    ["one that is not known", { Principal: { Service: "⟨var.service⟩" } }, "missing", "unknown"],
    ["a role that is not known", { Principal: { AWS: "⟨var.role⟩" } }, "unknown", "missing"],
    ["all not known", { Principal: "⟨var.principal⟩" }, "unknown", "unknown"],
    ["a text that is none", { Principal: "events.amazonaws.com" }, "missing", "missing"],
    ["nobody", {}, "missing", "missing"],
  ])("%s", (_, principal, forRole, forService) => {
    const statement = { Effect: "Allow", Action: send, Resource: "*", ...principal };
    expect(judged({ theirs: policies(statement) }).state).toBe(forRole);
    expect(theirs(statement)).toBe(forService);
  });

  test.each<readonly [string, object, State]>([
    ["all but the role", { NotPrincipal: { AWS: roleArn } }, "granted"],
    ["all but another", { NotPrincipal: { AWS: `${roleArn}2` } }, "missing"],
    ["all but the account", { NotPrincipal: { AWS: `arn:aws:iam::${own}:root` } }, "granted"],
    ["all but one not known", { NotPrincipal: { AWS: "⟨var.role⟩" } }, "unknown"],
    ["everyone", { Principal: "*" }, "missing"],
    ["the account", { Principal: { AWS: own } }, "missing"],
    ["another account", { Principal: { AWS: other } }, "granted"],
    ["a service", { Principal: { Service: "lambda.amazonaws.com" } }, "granted"],
  ])("denied: %s", (_, principal, state) => {
    const deny = { Effect: "Deny", Action: "sqs:*", Resource: "*", ...principal };
    expect(mine(allow, { theirs: policies(deny) })).toBe(state);
  });

  test("a NotPrincipal denies whoever has a boundary", () => {
    const deny = policies({ Effect: "Deny", Action: "sqs:*", Resource: "*", NotPrincipal: { AWS: roleArn } });
    const boundary = policies(allow);
    expect(mine(allow, { theirs: deny, boundary, request: { principal: role({ bounded: true }) } })).toBe("missing");
    expect(mine(allow, { theirs: deny, boundary, request: { principal: role() } })).toBe("granted");
  });
});

describe("conditions of a service's request", () => {
  const arn = `arn:aws:events:eu-west-1:${own}:rule/shop/placed`;
  test.each<readonly [string, string, unknown, State]>([
    ["StringEquals", "aws:SourceArn", arn, "granted"],
    ["StringEquals", "AWS:SOURCEARN", arn, "granted"],
    ["StringEquals", "aws:SourceArn", arn.toUpperCase(), "missing"],
    ["StringEquals", "aws:SourceArn", "arn:aws:events:*:*:rule/*", "missing"],
    ["StringEquals", "aws:SourceArn", ["x", arn], "granted"],
    ["StringEqualsIgnoreCase", "aws:SourceArn", arn.toUpperCase(), "granted"],
    ["StringEqualsIgnoreCase", "aws:SourceArn", "*", "missing"],
    ["StringNotEquals", "aws:SourceArn", arn, "missing"],
    ["StringNotEquals", "aws:SourceArn", ["x", arn], "missing"],
    ["StringNotEquals", "aws:SourceArn", ["x", "y"], "granted"],
    ["StringNotEqualsIgnoreCase", "aws:SourceArn", arn.toUpperCase(), "missing"],
    ["StringLike", "aws:SourceArn", "arn:aws:events:*:*:rule/*", "granted"],
    ["StringLike", "aws:SourceArn", "arn:aws:events:*placed", "granted"],
    ["StringLike", "aws:SourceArn", "arn:aws:s3:*", "missing"],
    ["StringNotLike", "aws:SourceArn", "arn:aws:events:*", "missing"],
    ["StringNotLike", "aws:SourceArn", "arn:aws:s3:*", "granted"],
    ["ArnEquals", "aws:SourceArn", arn, "granted"],
    ["ArnEquals", "aws:SourceArn", "arn:aws:events:*:*:rule/*", "granted"],
    ["ArnEquals", "aws:SourceArn", "arn:aws:events:*:*:rule/placed", "missing"],
    ["ArnLike", "aws:SourceArn", "arn:aws:events:*:*:rule/shop/*", "granted"],
    ["ArnLike", "aws:SourceArn", "arn:aws:events:us-*:*:rule/shop/*", "missing"],
    ["ArnLike", "aws:SourceArn", "⟨var.rule⟩", "unknown"],
    ["ArnLike", "aws:SourceArn", "arn:aws:s3:::⟨var.bucket⟩", "missing"],
    ["ArnNotEquals", "aws:SourceArn", arn, "missing"],
    ["ArnNotLike", "aws:SourceArn", "arn:aws:events:*:*:rule/other/*", "granted"],
    ["ArnNotLike", "aws:SourceArn", "arn:aws:events:*:*:rule/shop/*", "missing"],
    ["StringEquals", "aws:SourceAccount", own, "granted"],
    ["StringEquals", "aws:SourceAccount", other, "missing"],
    ["StringEquals", "aws:SourceAccount", [other, own], "granted"],
    ["StringNotEquals", "aws:SourceAccount", own, "missing"],
    ["StringEquals", "aws:SourceAccount", "⟨data.aws_caller_identity.me.account_id⟩", "granted"],
    ["StringEquals", "aws:SourceAccount", "⟨var.account⟩", "unknown"],
    ["StringLike", "aws:SourceAccount", "1111*", "granted"],
    ["Bool", "aws:SecureTransport", "true", "granted"],
    ["Bool", "aws:SecureTransport", "false", "missing"],
    ["Bool", "aws:SecureTransport", true, "granted"],
    ["Bool", "aws:PrincipalIsAWSService", "true", "granted"],
    ["StringEquals", "aws:PrincipalServiceName", "events.amazonaws.com", "granted"],
    ["StringEquals", "aws:PrincipalServiceName", "s3.amazonaws.com", "missing"],
    ["ArnLike", "aws:PrincipalServiceName", "events.*", "unknown"],
    ["Null", "aws:SourceArn", "false", "granted"],
    ["Null", "aws:SourceArn", "true", "missing"],
    ["Null", "aws:PrincipalArn", "true", "granted"],
    ["Null", "aws:PrincipalTag/team", "true", "unknown"],
    ["Null", "aws:SourceArn", "⟨var.null⟩", "unknown"],
    // What the request has not
    ["StringEquals", "aws:PrincipalArn", roleArn, "missing"],
    ["StringEqualsIfExists", "aws:PrincipalArn", roleArn, "granted"],
    ["StringNotEquals", "aws:PrincipalArn", roleArn, "granted"],
    ["ArnLikeIfExists", "aws:SourceArn", "arn:aws:s3:::b", "missing"],
    ["ArnLikeIfExists", "aws:SourceArn", arn, "granted"],
    ["ForAllValues:StringEquals", "aws:PrincipalArn", roleArn, "granted"],
    ["ForAnyValue:StringEquals", "aws:PrincipalArn", roleArn, "missing"],
    ["ForAnyValue:StringNotEquals", "aws:PrincipalArn", roleArn, "missing"],
    ["ForAnyValue:StringEqualsIfExists", "aws:PrincipalArn", roleArn, "granted"],
    ["ForAnyValue:StringEquals", "aws:SourceAccount", [own, other], "granted"],
    ["ForAllValues:StringEquals", "aws:SourceAccount", [other], "missing"],
    // What is not known here
    ["StringEquals", "aws:SourceOrgID", "o-1", "unknown"],
    ["StringEqualsIfExists", "aws:SourceOrgID", "o-1", "unknown"],
    ["DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", "unknown"],
    ["NumericLessThan", "s3:max-keys", "10", "unknown"],
    ["NotIpAddress", "aws:SourceIp", "10.0.0.0/8", "unknown"],
    ["constructor", "aws:SourceArn", arn, "unknown"],
    ["StringEquals", "constructor", "x", "unknown"],
  ])("%s %s %j: %s", (operator, name, value, state) => {
    expect(theirs({ ...admit, Condition: { [operator]: { [name]: value } } })).toBe(state);
  });

  test("all tests of a statement must hold", () => {
    const [right, wrong] = [{ "aws:SourceArn": rule.arns[0] }, { "aws:SourceAccount": other }];
    expect(theirs({ ...admit, Condition: { ArnLike: right, Bool: { "aws:SecureTransport": "true" } } })).toBe(
      "granted",
    );
    expect(theirs({ ...admit, Condition: { ArnLike: right, StringEquals: wrong } })).toBe("missing");
    expect(theirs({ ...admit, Condition: { StringEquals: { ...right, ...wrong } } })).toBe("missing");
    const unclear = { "aws:SourceOrgID": "o-1" };
    expect(theirs({ ...admit, Condition: { StringEquals: { ...right, ...unclear } } })).toBe("unknown");
    expect(theirs({ ...admit, Condition: { StringEquals: { ...wrong, ...unclear } } })).toBe("missing");
  });

  test.each([["⟨var.condition⟩"], [{ StringEquals: "⟨var.test⟩" }]])("a condition %j is not known", (Condition) => {
    expect(theirs({ ...admit, Condition })).toBe("unknown");
  });

  test("without a source there is none", () => {
    const condition = { ArnLike: { "aws:SourceArn": "*" }, StringLike: { "aws:SourceAccount": "*" } };
    for (const [operator, tests] of Object.entries(condition))
      expect(theirs({ ...admit, Condition: { [operator]: tests } }, { source: undefined })).toBe("missing");
  });
});

describe("conditions of a role's request", () => {
  test.each<readonly [string, string, unknown, State]>([
    ["ArnEquals", "aws:PrincipalArn", roleArn, "granted"],
    ["ArnLike", "aws:PrincipalArn", `arn:aws:iam::*:role/apps/*`, "granted"],
    ["ArnLike", "aws:PrincipalArn", `arn:aws:iam::*:role/other`, "missing"],
    ["StringEquals", "aws:PrincipalAccount", own, "granted"],
    ["StringEquals", "aws:PrincipalAccount", other, "missing"],
    ["StringEquals", "aws:PrincipalType", "AssumedRole", "granted"],
    ["StringEquals", "aws:SourceOwner", own, "granted"],
    ["StringEquals", "aws:SourceOwner", other, "missing"],
    ["StringEquals", "aws:ResourceAccount", own, "granted"],
    ["StringEquals", "aws:ResourceAccount", other, "missing"],
    ["StringEquals", "s3:ResourceAccount", other, "missing"],
    ["Bool", "aws:PrincipalIsAWSService", "false", "granted"],
    ["StringEquals", "aws:PrincipalServiceName", "events.amazonaws.com", "missing"],
    ["ArnLike", "aws:SourceArn", "*", "missing"],
    ["ArnLikeIfExists", "aws:SourceArn", "arn:aws:s3:::b", "granted"],
    ["StringEquals", "aws:PrincipalOrgID", "o-1", "unknown"],
  ])("%s %s %j: %s", (operator, name, value, state) => {
    expect(mine({ ...allow, Condition: { [operator]: { [name]: value } } })).toBe(state);
  });

  test.each<readonly [string, string | undefined, State]>([
    ["sqs.eu-west-1.amazonaws.com", "sqs", "granted"],
    ["sqs.*.amazonaws.com", "sqs", "granted"],
    ["s3.eu-west-1.amazonaws.com", "sqs", "missing"],
    ["sqs.us-east-1.amazonaws.com", "sqs", "missing"],
    ["sqs.eu-west-1.amazonaws.com", undefined, "unknown"],
  ])("a key through %s, used through %s: %s", (value, via, state) => {
    const statement = { Effect: "Allow", Action: "kms:Decrypt", Resource: "*" };
    const request = { action: "kms:Decrypt", resource: key, ...(via === undefined ? {} : { via }) };
    const admits = { ...statement, Principal: "*", Condition: { StringLike: { "kms:ViaService": value } } };
    expect(judged({ theirs: policies(admits), isKey: true, request }).state).toBe(state);
  });

  test("keys that a target gives", () => {
    const keys = { "ecs:cluster": queue, "iam:passedtoservice": "ecs-tasks.amazonaws.com" };
    const test = (tests: object): State => mine({ ...allow, Condition: tests }, { request: { keys } });
    expect(test({ ArnEquals: { "ecs:cluster": queueArn } })).toBe("granted");
    expect(test({ ArnEquals: { "ecs:cluster": `${queueArn}2` } })).toBe("missing");
    expect(test({ StringLike: { "iam:PassedToService": "ecs-tasks.*" } })).toBe("granted");
    expect(test({ StringLike: { "iam:PassedToService": "lambda.*" } })).toBe("missing");
  });
});

describe("variables", () => {
  test.each<readonly [string, State]>([
    [`arn:aws:sqs:eu-west-1:\${aws:PrincipalAccount}:work`, "granted"],
    [`arn:aws:sqs:eu-west-1:\${AWS:principalaccount}:work`, "granted"],
    [`arn:aws:sqs:eu-west-1:\${aws:ResourceAccount}:work`, "granted"],
    [`arn:aws:sqs:eu-west-1:\${aws:PrincipalAccount}:other`, "missing"],
    [`arn:aws:sqs:eu-west-1:${own}:\${aws:PrincipalTag/queue}`, "unknown"],
    [`arn:aws:sns:eu-west-1:${own}:\${aws:PrincipalTag/queue}`, "missing"],
    [`arn:aws:sqs:eu-west-1:${own}:\${*}`, "missing"],
    [`arn:aws:sqs:eu-west-1:${own}:wor\${?}`, "missing"],
    [`arn:aws:sqs:eu-west-1:\${aws:SourceAccount}:work`, "unknown"],
  ])("%s: %s", (Resource, state) => expect(mine({ ...allow, Resource })).toBe(state));

  test("are filled in where values are compared, and with the source's", () => {
    const like = (value: string): object => ({ ...admit, Condition: { StringEquals: { "aws:SourceAccount": value } } });
    expect(theirs(like("${aws:ResourceAccount}"))).toBe("granted");
    expect(theirs(like("${aws:PrincipalAccount}"))).toBe("unknown");
    expect(theirs({ ...admit, Condition: { ArnEquals: { "aws:SourceArn": "${aws:SourceArn}" } } })).toBe("granted");
    expect(mine({ ...allow, Resource: undefined, NotResource: queueArn.replace(own, "${aws:PrincipalAccount}") })).toBe(
      "missing",
    );
  });

  test("are text in a policy of the older version", () => {
    const { statements } = policies({ ...allow, Resource: queueArn.replace(own, "${aws:PrincipalAccount}") });
    const older = { statements: statements.map((one) => ({ ...one, variables: false })), unknown: [] };
    expect(judged({ mine: older }).state).toBe("missing");
  });

  test("a resource with a dollar sign", () => {
    const resource = subject("x", `arn:aws:sqs:eu-west-1:${own}:a$b`);
    expect(mine({ ...allow, Resource: `arn:aws:sqs:eu-west-1:${own}:a\${$}b` }, { request: { resource } })).toBe(
      "granted",
    );
  });
});
