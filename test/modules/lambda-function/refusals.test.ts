import { type TerraformStack, TerraformVariable } from "cdktf";
import * as fc from "fast-check";
import { existing, QueueConsumer, type QueueConsumerProps, seconds } from "../../../modules/index.ts";
import { functionRefusals } from "../../../modules/lambda-function/refusals.ts";
import { runs } from "../../support/properties.ts";
import { messages, minimal } from "../../support/refusals.ts";
import { refusalsOf, synthesize } from "../../support/synth.ts";

const functionArn = "arn:aws:lambda:eu-west-1:111122223333:function:old";
const old = existing(functionArn, "role-of-old");
const layer = "arn:aws:lambda:eu-west-1:111122223333:layer:tools:1";
const statement = { actions: ["dynamodb:PutItem"], resources: ["arn:aws:dynamodb:eu-west-1:111122223333:table/t"] };
const longest = "n".repeat(64);

interface Case {
  readonly refused: Partial<QueueConsumerProps>;
  readonly message: string;
  /** The nearest props that are accepted. */
  readonly accepted: readonly Partial<QueueConsumerProps>[];
}

const cases: Readonly<Record<string, Case>> = {
  "an existing function without its timeout": {
    refused: { code: old },
    message:
      "timeout is missing; with existing() it must be the timeout that the function has, since other figures derive from it.",
    accepted: [{ code: old, timeout: seconds(30) }],
  },
  "an existing function by name": {
    refused: { code: existing("old", "role-of-old"), timeout: seconds(30) },
    message: 'existing(): functionArn is "old"; it must be the ARN of a function, version or alias.',
    accepted: [
      { code: existing(`${functionArn}:live`, "role-of-old"), timeout: seconds(30) },
      { code: existing("arn:aws-cn:lambda:cn-north-1:111122223333:function:old", "r"), timeout: seconds(30) },
    ],
  },
  "a role by its ARN": {
    refused: { code: existing(functionArn, "arn:aws:iam::111122223333:role/r"), timeout: seconds(30) },
    message:
      'existing(): roleName is "arn:aws:iam::111122223333:role/r"; it must be the name of the function\'s role, not its ARN or path.',
    accepted: [{ code: existing(functionArn, "a+b=c,d.e@f-g_h"), timeout: seconds(30) }],
  },
  "props of the function with an existing one": {
    refused: { code: old, timeout: seconds(30), memory: 256, layers: [] },
    message: "memory, layers: with existing() the function is configured where it is made; leave them out.",
    accepted: [{ code: old, timeout: seconds(30), permissions: [statement] }],
  },
  "a name that a function cannot have": {
    refused: { name: "pay ments" },
    message:
      'name is "pay ments" (9 characters); a function\'s name has 1 to 64 letters, digits, - and _. Say a shorter one with the prop name, or a shorter namePrefix in configure().',
    accepted: [{ name: "pay-ments_2" }, { name: "p" }],
  },
  "a name that is too long": {
    refused: { name: `${longest}n` },
    message: `name is "${longest}n" (65 characters); a function's name has 1 to 64 letters, digits, - and _. Say a shorter one with the prop name, or a shorter namePrefix in configure().`,
    accepted: [{ name: longest }],
  },
  "an empty name": {
    refused: { name: "" },
    message:
      'name is "" (0 characters); a function\'s name has 1 to 64 letters, digits, - and _. Say a shorter one with the prop name, or a shorter namePrefix in configure().',
    accepted: [{ name: "x" }],
  },
  "a timeout above Lambda's": {
    refused: { timeout: seconds(901) },
    message:
      "timeout is 901 s; it must be a whole number from 1 to 900 s. Longer work belongs in a state machine or a container.",
    accepted: [{ timeout: seconds(900) }, { timeout: seconds(1) }],
  },
  "less memory than Lambda gives": {
    refused: { memory: 127 },
    message: "memory is 127 MB; it must be a whole number from 128 to 10240 MB. These are Lambda's limits.",
    accepted: [{ memory: 128 }, { memory: 10_240 }],
  },
  "an instruction set that Lambda lacks": {
    refused: { architecture: "x64" as "x86_64" },
    message: 'architecture is "x64"; it must be one of "arm64", "x86_64". These are Lambda\'s instruction sets.',
    accepted: [{ architecture: "x86_64" }, { architecture: "arm64" }],
  },
  "no concurrency at all": {
    refused: { reservedConcurrency: 0 },
    message:
      "reservedConcurrency is 0; it must be a whole number from 1 to 1000000. To stop the function say enabled: false; at 0 each receive would count against its message (R61).",
    accepted: [{ reservedConcurrency: 1 }, { enabled: false }],
  },
  "a retention that CloudWatch Logs does not know": {
    refused: { logRetentionDays: 31 },
    message:
      "logRetentionDays is 31; it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653. These are the retentions that CloudWatch Logs knows.",
    accepted: [{ logRetentionDays: 30 }, { logRetentionDays: 3653 }],
  },
  "a sixth layer": {
    refused: { layers: Array.from({ length: 6 }, () => layer) },
    message: "layers has 6 entries; a function has at most 5.",
    accepted: [{ layers: Array.from({ length: 5 }, () => layer) }, { layers: [] }],
  },
  "variables that the construct or Lambda sets": {
    refused: { environment: { HOLDFAST: "{}", AWS_REGION: "x", _HANDLER: "y" } },
    message:
      "environment sets HOLDFAST, AWS_REGION, _HANDLER, which are set by the construct or by Lambda; choose other names.",
    accepted: [{ environment: { HOLDFAST_OF_MINE: "1", AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper", TZ: "UTC" } }],
  },
  "a variable name that Lambda refuses": {
    refused: { environment: { "1ST": "a", "with-dash": "b", x: "c" } },
    message:
      'environment has "1ST", "with-dash", "x"; a variable\'s name begins with a letter and has at least two letters, digits or _.',
    accepted: [{ environment: { x1: "a", X_: "b" } }],
  },
  "a VPC without security groups": {
    refused: { vpc: { subnetIds: ["subnet-1"], securityGroupIds: [] } },
    message: "vpc has no subnetIds or no securityGroupIds; a function in a VPC needs at least one of each.",
    accepted: [{ vpc: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] } }],
  },
  "a statement that allows nothing": {
    refused: { permissions: [statement, { ...statement, resources: [] }] },
    message: "permissions[1] has no actions or no resources; it would allow nothing, and IAM refuses it.",
    accepted: [{ permissions: [] }, { permissions: [statement] }],
  },
  "a role path without its slashes": {
    refused: { rolePath: "/service" },
    message: 'rolePath is "/service"; it must begin and end with "/".',
    accepted: [{ rolePath: "/service/" }, { rolePath: "/" }],
  },
};

test.each(Object.entries(cases))("%s", (_, { refused, message, accepted }) => {
  expect(messages(refused)).toEqual([message]);
  for (const props of accepted) expect(messages(props)).toEqual([]);
});

test("every row of the table refuses something above", () => {
  const rowsHit = functionRefusals.map((row) =>
    Object.values(cases).some(({ refused }) => row({ name: "payments", ...minimal(), ...refused }) !== undefined),
  );
  expect(rowsHit).toEqual(functionRefusals.map(() => true));
});

test.each([
  ["timeout", 1, 900, (n: number) => ({ timeout: seconds(n) }), " s"],
  ["memory", 128, 10_240, (n: number) => ({ memory: n }), " MB"],
  ["reservedConcurrency", 1, 1_000_000, (n: number) => ({ reservedConcurrency: n }), ""],
] as const)(
  "%s is accepted from %d to %d, and refused elsewhere with its value",
  (prop, minimum, maximum, props, unit) => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: minimum - 3, max: maximum + 3 }), fc.double()), (value) => {
        const isFine = Number.isInteger(value) && value >= minimum && value <= maximum;
        expect(messages(props(value))).toEqual(
          isFine
            ? []
            : [
                expect.stringContaining(
                  `${prop} is ${value}${unit}; it must be a whole number from ${minimum} to ${maximum}${unit}.`,
                ),
              ],
        );
      }),
      { ...runs(25), examples: [[minimum], [maximum], [minimum - 1], [maximum + 1], [Number.NaN]] },
    );
  },
);

test("names, ARNs, paths and figures that are expressions are passed over", () => {
  for (const asPlainText of [false, true]) {
    const build = (stack: TerraformStack): void => {
      const variable = new TerraformVariable(stack, "anything", {});
      const text = asPlainText ? "${var.anything}" : variable.stringValue;
      new QueueConsumer(stack, "made", {
        ...minimal(),
        name: text,
        timeout: seconds(variable.numberValue),
        memory: variable.numberValue,
        architecture: text as "arm64",
        logRetentionDays: variable.numberValue,
        reservedConcurrency: variable.numberValue,
        rolePath: text,
        permissionsBoundary: text,
        layers: [text],
        vpc: { subnetIds: variable.listValue, securityGroupIds: variable.listValue },
      });
      new QueueConsumer(stack, "existing", { code: existing(text, text), timeout: seconds(variable.numberValue) });
    };
    expect(refusalsOf(build)).toEqual([]);
    synthesize(build);
  }
});
