/** An argument that is null is one that is not written, and nothing of it is unknown. */
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";

const read = (arguments_: Readonly<Record<string, unknown>>, variable?: object) =>
  graphOf(
    readSynthesized(
      JSON.stringify({
        provider: { aws: [{ region: "eu-west-1" }] },
        ...(variable === undefined ? {} : { variable: { given: variable } }),
        resource: {
          aws_sqs_queue: { work: { name: "work", ...arguments_ }, letters: { name: "letters" } },
        },
      }),
      "/nowhere/cdk.tf.json",
      "test",
    ),
  );

const [absent, policy] = [read({}), "${jsonencode({ deadLetterTargetArn = aws_sqs_queue.letters.arn })}"];

test.each<[string, Readonly<Record<string, unknown>>, object | undefined]>([
  ["written", { redrive_policy: null, kms_master_key_id: null, delay_seconds: null }, undefined],
  ["of a condition", { redrive_policy: "${false ? aws_sqs_queue.letters.arn : null}" }, undefined],
  ["of a variable", { redrive_policy: "${var.given}", visibility_timeout_seconds: "${var.given}" }, { default: null }],
])("null, %s, is as if the argument were not there", (_name, arguments_, variable) => {
  expect(read(arguments_, variable)).toEqual(absent);
  expect(read(arguments_, variable).assumptions).toEqual([]);
});

test("what AWS gives is given where the argument is null", () => {
  const [named, other] = read({ name: null, name_prefix: null }).nodes;
  expect([named?.address, other?.address]).toEqual(["aws_sqs_queue.letters", "aws_sqs_queue.work"]);
  expect(other?.arn).toMatch(/^arn:aws:sqs:eu-west-1:/);
});

test("what is set beside it is read as before", () => {
  expect(read({ redrive_policy: policy, delay_seconds: null }).edges.map(({ kind, to }) => [kind, to])).toEqual([
    ["redrive", "aws_sqs_queue.letters"],
  ]);
});
