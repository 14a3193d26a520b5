/** Parameters of targets and schedules that say where, or as what, an event arrives. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetEdge } from "../../topology/graph.ts";
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readSynthesized } from "../../topology/sources/synth.ts";
import { body, type Config, clockPath, eventPath, synthesized } from "../support/configurations.ts";

function targets(config: Config): { readonly edges: readonly TargetEdge[]; readonly assumed: readonly string[] } {
  const graph = graphOf(readSynthesized(synthesized(config), join(tmpdir(), "cdk.tf.json"), "test"));
  const edges = graph.edges.filter((edge) => edge.kind === "target");
  return { edges, assumed: graph.assumptions.map(({ name }) => name) };
}

const none = { value: null, from: "default" };
const set = (value: string): object => ({ value, from: "configuration" });

/** The edge of a schedule whose target has `more`, and what was assumed. */
function scheduled(more: object) {
  const config = clockPath();
  const schedule = body(config, "aws_scheduler_schedule.clock");
  const [target] = schedule.target as object[];
  schedule.target = [{ ...target, ...more }] as never;
  const { edges, assumed } = targets(config);
  return { edge: edges.find(({ id }) => id === "aws_scheduler_schedule.clock#target"), assumed };
}

test("a schedule's for a bus, a stream and a queue", () => {
  expect(scheduled({}).edge).toMatchObject({
    eventBridgeParameters: { source: set("shop.clock"), detailType: set("DigestDue") },
    partitionKey: none,
    messageGroupId: none,
    input: { kind: "constant", text: '{"kind":"daily"}' },
  });
  const others = {
    eventbridge_parameters: [],
    kinesis_parameters: [{ partition_key: "clock" }],
    sqs_parameters: [{ message_group_id: "g" }],
  };
  expect(scheduled(others).edge).toMatchObject({
    eventBridgeParameters: null,
    partitionKey: set("clock"),
    messageGroupId: set("g"),
  });
});

test("a rule's target's, which are paths", () => {
  const config = eventPath();
  const target = body(config, "aws_cloudwatch_event_target.placed");
  target.kinesis_target = [{ partition_key_path: "$.detail.customer" }];
  target.sqs_target = [{ message_group_id: "$.detail.order" }];
  const [edge] = targets(config).edges;
  expect(edge).toMatchObject({
    eventBridgeParameters: null,
    partitionKey: set("$.detail.customer"),
    messageGroupId: set("$.detail.order"),
  });
});

test("what is not known of them, or known in part, is assumed and not known", () => {
  const unknown = { value: null, from: "unknown" };
  const { edge, assumed } = scheduled({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
    eventbridge_parameters: [{ source: "shop.${aws_lambda_function.digest.last_modified}", detail_type: "Due" }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
    kinesis_parameters: [{ partition_key: "${aws_lambda_function.digest.last_modified}" }],
  });
  expect(edge).toMatchObject({
    eventBridgeParameters: { source: unknown, detailType: set("Due") },
    partitionKey: unknown,
  });
  expect(assumed).toContain("aws_scheduler_schedule.clock.target.source");
  expect(assumed).toContain("aws_scheduler_schedule.clock.target.partition_key");
});

test("an input transformer is not known where one of its paths is not", () => {
  const input = (paths: object): unknown => {
    const config = eventPath();
    const target = body(config, "aws_cloudwatch_event_target.placed");
    target.input_transformer = [{ input_paths: paths, input_template: '"<id>"' }] as never;
    return targets(config).edges[0]?.input;
  };
  expect(input({ id: "$.id" })).toEqual({ kind: "transformer", paths: { id: "$.id" }, template: '"<id>"' });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
  expect(input({ id: "${aws_lambda_function.digest.last_modified}" })).toEqual({ kind: "unknown" });
});
