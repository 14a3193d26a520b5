/** Plans that are not the whole of a configuration: failed ones, ones with deposed objects, ones of a part. */
import { graphOf } from "../../topology/resources/graph-of.ts";
import { readShown } from "../../topology/sources/show.ts";
import { planOf, refersTo } from "../support/planned.ts";

const queue = { type: "aws_sqs_queue", name: "q", unknown: { redrive_policy: true, url: true, id: true } };
const net = { type: "aws_sqs_queue", name: "dlq", unknown: { url: true, id: true } };
const read = (root: object) => graphOf(readShown(JSON.stringify(root), "plan.json"));

test("a plan that failed is refused", () => {
  const root = { ...planOf(queue), errored: true, complete: false };
  expect(() => readShown(JSON.stringify(root), "plan.json")).toThrow(
    "plan.json: a plan that failed, so that it has not all of the configuration; give one that terraform plan made without an error",
  );
  expect(() => readShown(JSON.stringify({ ...root, errored: false, complete: true }), "plan.json")).not.toThrow();
});

test("a deposed object is not the resource that takes its place", () => {
  const redriven = { ...queue, expressions: { redrive_policy: refersTo("aws_sqs_queue.dlq") } };
  const root = planOf(redriven, net);
  const [real] = root.resource_changes;
  const gone = { actions: ["delete"], before: { name: "q" }, after: null, after_unknown: {} };
  const deposed = {
    ...root,
    resource_changes: [...root.resource_changes, { ...real, deposed: "9ca9d5b5", change: gone }],
  };
  expect(read(deposed)).toEqual(read(root));
  expect(read(deposed).edges.map(({ kind, to }) => [kind, to])).toEqual([["redrive", "aws_sqs_queue.dlq"]]);
});

describe("a plan of a part of the configuration", () => {
  const target = {
    type: "aws_cloudwatch_event_target",
    name: "t",
    after: { rule: "r" },
    unknown: { arn: true },
    expressions: { arn: refersTo("aws_sqs_queue.q"), rule: refersTo("aws_cloudwatch_event_rule.r") },
  };
  const rule = { type: "aws_cloudwatch_event_rule", name: "r" };
  const block = (type: string, expressions: object) => ({
    address: `${type}.more`,
    mode: "managed",
    type,
    name: "more",
    expressions,
  });
  const url = { references: ["aws_sqs_queue.q.url", "aws_sqs_queue.q"] };
  /** The plan of a queue, a rule and its target, with more in the configuration. */
  const partOf = (complete: boolean, ...more: readonly object[]) => {
    const root = planOf({ ...queue, unknown: { url: true, id: true } }, rule, target);
    const { resources } = root.configuration.root_module;
    return read({ ...root, complete, configuration: { root_module: { resources: [...resources, ...more] } } });
  };
  const statesOf = (graph: ReturnType<typeof partOf>) =>
    graph.edges.flatMap((edge) => (edge.kind === "target" ? edge.permissions.map(({ state }) => state) : []));

  test("does not say what is missing", () => {
    const more = block("aws_sqs_queue_policy", { queue_url: url, policy: {} });
    expect(statesOf(partOf(true, more))).toEqual(["missing"]);
    expect(statesOf(partOf(false, more))).toEqual(["unknown"]);
    expect(statesOf(partOf(false))).toEqual(["unknown"]);
    expect(partOf(false, more).assumptions.filter(({ name }) => name === "the plan")).toEqual([
      {
        name: "the plan",
        value: "a part of the configuration",
        why: "it is not complete (-target, or changes that are deferred): without aws_sqs_queue_policy.more",
      },
    ]);
  });

  test("has the nets and the alarms that it leaves out", () => {
    const fn = { type: "aws_lambda_function", name: "f", after: { function_name: "f" } };
    const root = planOf(fn, { ...queue, unknown: { url: true, id: true } });
    const { resources } = root.configuration.root_module;
    const destinations = { on_failure: [{ destination: refersTo("aws_sqs_queue.q") }] };
    const more = [
      block("aws_lambda_function_event_invoke_config", {
        function_name: { references: ["aws_lambda_function.f.function_name", "aws_lambda_function.f"] },
        maximum_retry_attempts: { constant_value: 1 },
        destination_config: [destinations],
      }),
      block("aws_cloudwatch_metric_alarm", {
        metric_name: { constant_value: "ApproximateNumberOfMessagesVisible" },
        dimensions: { references: ["aws_sqs_queue.q.name", "aws_sqs_queue.q"] },
        alarm_actions: { references: ["var.topics"] },
      }),
    ];
    const graph = read({
      ...root,
      complete: false,
      configuration: { root_module: { resources: [...resources, ...more] } },
    });
    expect(graph.edges.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ["on-failure", "aws_lambda_function.f", "aws_sqs_queue.q"],
    ]);
    expect(graph.nodes.find(({ kind }) => kind === "function")).toMatchObject({
      asyncSettings: [{ maximumRetryAttempts: { value: 1, from: "configuration" } }],
    });
    expect(graph.alarms).toMatchObject([{ watches: ["aws_sqs_queue.q"], alarmActions: null }]);
  });

  test("takes no block for missing that may be dynamic, nor a bus for one without rules", () => {
    const root = planOf(
      { type: "aws_cloudwatch_event_bus", name: "b" },
      { ...queue, unknown: { url: true, id: true } },
    );
    const { resources } = root.configuration.root_module;
    const more = [
      block("aws_cloudwatch_event_rule", {
        event_bus_name: { references: ["aws_cloudwatch_event_bus.b.name", "aws_cloudwatch_event_bus.b"] },
        event_pattern: { references: ["local.pattern"] },
      }),
      block("aws_cloudwatch_event_target", {
        arn: refersTo("aws_sqs_queue.q"),
        rule: { references: ["aws_cloudwatch_event_rule.more.name", "aws_cloudwatch_event_rule.more"] },
      }),
    ];
    const configuration = { root_module: { resources: [...resources, ...more] } };
    const graph = read({ ...root, complete: false, configuration });
    expect(graph.edges.map(({ kind, from, to }) => [kind, from, to])).toEqual(
      expect.arrayContaining([
        ["rule", "aws_cloudwatch_event_bus.b", "aws_cloudwatch_event_rule.more"],
        ["target", "aws_cloudwatch_event_rule.more", "aws_sqs_queue.q"],
        ["dead-letter", "aws_cloudwatch_event_target.more", null],
      ]),
    );
  });

  test("has the redrive policies that it leaves out", () => {
    const policy = refersTo("aws_sqs_queue.far");
    const graph = partOf(false, block("aws_sqs_queue_redrive_policy", { queue_url: url, redrive_policy: policy }));
    expect(graph.edges.filter(({ kind }) => kind === "redrive").map(({ from, to }) => [from, to])).toEqual([
      ["aws_sqs_queue.q", null],
    ]);
  });
});

describe("what a plan of a part leaves out of a for_each", () => {
  const made = (address: string) => {
    const [, type = "", name = ""] = /(\w+)\.(\w+)(?:\[.*\])?$/s.exec(address) ?? [];
    const header = { address, mode: "managed", type, name };
    const change = {
      actions: ["create"],
      before: null,
      after: { name: address },
      after_unknown: { arn: true, url: true },
    };
    return { ...header, values: { name: address }, change };
  };
  const block = (name: string, type: string, expressions: object, more: object = {}) => ({
    address: `${type}.${name}`,
    mode: "managed",
    type,
    name,
    expressions,
    ...more,
  });
  const over = (...references: string[]) => ({ for_each_expression: { references } });
  const partOf = (configuration: object, ...addresses: readonly string[]) => {
    const resources = addresses.map(made);
    const root = {
      format_version: "1.2",
      complete: false,
      planned_values: { root_module: { resources } },
      resource_changes: resources,
      configuration: { root_module: configuration },
    };
    return read(root);
  };
  const redriven = (graph: ReturnType<typeof read>) =>
    graph.edges.flatMap(({ kind, address, from, to }) => (kind === "redrive" ? [[address, from, to]] : []));
  const keys = ['["a.b"]', '["c \\"d\\" e"]', '["f]g"]'];
  const queues = keys.map((key) => `aws_sqs_queue.q${key}`);

  test.each<[string, object, object]>([
    ["by the key", { references: ["aws_sqs_queue.q", "each.key"] }, over("local.queues")],
    ["by the value", { references: ["each.value.url", "each.value"] }, over("aws_sqs_queue.q")],
  ])("stands there once for each key, %s", (_name, url, repeated) => {
    const policy = block("q", "aws_sqs_queue_redrive_policy", { queue_url: url, redrive_policy: {} }, repeated);
    const configuration = { resources: [block("q", "aws_sqs_queue", {}, over("local.queues")), policy] };
    expect(redriven(partOf(configuration, ...queues))).toEqual(
      keys.map((key) => [`aws_sqs_queue_redrive_policy.q${key}`, `aws_sqs_queue.q${key}`, null]),
    );
    // One of them is in the plan.
    const some = partOf(configuration, ...queues, `aws_sqs_queue_redrive_policy.q${keys[0]}`);
    expect(some.assumptions.find(({ name }) => name === "the plan")?.why).toContain(
      `without ${[keys[1], keys[2]].map((key) => `aws_sqs_queue_redrive_policy.q${key}`).join(", ")}`,
    );
  });

  test("stands there once for each instance of its module", () => {
    const url = { references: ["aws_sqs_queue.q.url", "aws_sqs_queue.q"] };
    const module = {
      resources: [
        block("q", "aws_sqs_queue", {}),
        block("q", "aws_sqs_queue_redrive_policy", { queue_url: url, redrive_policy: {} }),
      ],
    };
    const inner = { module: { module_calls: { inner: { module } } }, ...over("local.queues") };
    const inside = keys.map((key) => `module.m${key}.module.inner.aws_sqs_queue.q`);
    expect(redriven(partOf({ module_calls: { m: inner } }, ...inside))).toEqual(
      keys.map((key) => [
        `module.m${key}.module.inner.aws_sqs_queue_redrive_policy.q`,
        `module.m${key}.module.inner.aws_sqs_queue.q`,
        null,
      ]),
    );
  });

  test("stands there once where the keys are not known", () => {
    const policy = block(
      "q",
      "aws_sqs_queue_redrive_policy",
      { queue_url: { references: ["local.url"] }, redrive_policy: {} },
      over("local.queues"),
    );
    const graph = partOf({ resources: [block("q", "aws_sqs_queue", {}), policy] }, "aws_sqs_queue.q");
    expect(graph.assumptions.map(({ name }) => name)).toContain("aws_sqs_queue_redrive_policy.q.queue_url");
  });
});

test("a count that depends on a for_each has none of its keys", () => {
  const made = (address: string) => {
    const [, type = "", name = ""] = /(\w+)\.(\w+)(?:\[.*\])?$/s.exec(address) ?? [];
    const change = { actions: ["create"], before: null, after: { name }, after_unknown: { arn: true, url: true } };
    return { address, mode: "managed", type, name, values: { name }, change };
  };
  const resources = [
    "aws_sqs_queue.q",
    'aws_cloudwatch_event_rule.r["orders"]',
    'aws_cloudwatch_event_rule.r["refunds"]',
  ].map(made);
  const block = (type: string, name: string, more: object) => ({
    address: `${type}.${name}`,
    mode: "managed",
    type,
    name,
    expressions: {},
    ...more,
  });
  const url = { references: ["aws_sqs_queue.q.url", "aws_sqs_queue.q"] };
  const policy = block("aws_sqs_queue_policy", "q", {
    expressions: { queue_url: url, policy: { references: ["local.policy"] } },
    count_expression: { references: ["aws_cloudwatch_event_rule.r"] },
  });
  const rule = block("aws_cloudwatch_event_rule", "r", { for_each_expression: { references: ["local.rules"] } });
  const graph = read({
    format_version: "1.2",
    complete: false,
    planned_values: { root_module: { resources } },
    resource_changes: resources,
    configuration: { root_module: { resources: [block("aws_sqs_queue", "q", {}), rule, policy] } },
  });
  expect(graph.nodes.flatMap((node) => (node.kind === "queue" ? [node.policies] : []))).toEqual([
    ["aws_sqs_queue_policy.q"],
  ]);
});
