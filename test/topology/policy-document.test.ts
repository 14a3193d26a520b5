/** `data "aws_iam_policy_document"`, put together as the provider does it. */
import { Unknown, type Values } from "../../topology/configuration.ts";
import { policyDocument } from "../../topology/sources/policy-document.ts";

function statements(values: Values): readonly object[] | undefined {
  const made = policyDocument(values);
  return typeof made === "string" ? JSON.parse(made).Statement : undefined;
}
const written = (sid: string, action: string): Values => ({ sid, actions: [action], resources: ["*"] });
const made = (Sid: string, Action: string): object => ({ Sid, Effect: "Allow", Action: [Action], Resource: ["*"] });
const source = (...own: readonly object[]): string => JSON.stringify({ Statement: own });

test("a statement takes the place of the one of its Sid, wherever that comes from", () => {
  const values: Values = {
    source_policy_documents: [source(made("A", "sqs:A"), made("B", "sqs:B")), source(made("C", "sqs:C"))],
    statement: [written("B", "logs:B"), written("D", "logs:D")],
    override_policy_documents: [source(made("C", "s3:C")), source(made("D", "s3:D"), made("E", "s3:E"))],
  };
  expect(statements(values)).toEqual([
    made("A", "sqs:A"),
    made("B", "logs:B"),
    made("C", "s3:C"),
    made("D", "s3:D"),
    made("E", "s3:E"),
  ]);
});

test("statements without a Sid are added", () => {
  const own = { actions: ["logs:A"], resources: ["*"] };
  expect(statements({ source_policy_documents: [source(made("", "sqs:A"))], statement: [own, own] })).toHaveLength(3);
});

test("a Sid that is not known leaves the document unknown where it may be another's", () => {
  const open = { ...written("", "logs:A"), sid: new Unknown() };
  expect(statements({ statement: [open] })).toHaveLength(1);
  expect(statements({ source_policy_documents: [source(made("A", "sqs:A"))], statement: [open] })).toBeUndefined();
});

test("&{…} is a variable of IAM, but for actions", () => {
  const own = {
    actions: ["sqs:&{x}"],
    resources: ["arn:aws:sqs:*:&{aws:PrincipalAccount}:q"],
    principals: [{ type: "AWS", identifiers: ["&{a}"] }],
    condition: [{ test: "StringEquals", variable: "aws:PrincipalTag/team", values: ["&{aws:ResourceTag/team}"] }],
  };
  expect(statements({ statement: [own] })).toEqual([
    {
      Effect: "Allow",
      Action: ["sqs:&{x}"],
      Resource: ["arn:aws:sqs:*:${aws:PrincipalAccount}:q"],
      Principal: { AWS: ["${a}"] },
      Condition: { StringEquals: { "aws:PrincipalTag/team": ["${aws:ResourceTag/team}"] } },
    },
  ]);
});
