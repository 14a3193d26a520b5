import { type TerraformStack, TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { configure, existingQueue, QueueConsumer, type StackSettings, seconds } from "../../../modules/index.ts";
import { stackRefusals } from "../../../modules/stack/configure.ts";
import { minimal } from "../../support/refusals.ts";
import { at, quickly, refusalsOf, rendered, synthesize, testApp, testStack, warnings } from "../../support/synth.ts";

const topic = "arn:aws:sns:eu-west-1:111122223333:incidents";

const cases: readonly (readonly [refused: StackSettings, message: string, accepted: readonly StackSettings[]])[] = [
  [
    { notify: "incidents" },
    'configure: notify is "incidents"; it must be the ARN of an SNS topic.',
    [{ notify: topic }, { notify: "${var.topic}" }],
  ],
  [
    { notify: topic.replace("sns", "sqs") },
    'configure: notify is "arn:aws:sqs:eu-west-1:111122223333:incidents"; it must be the ARN of an SNS topic.',
    [{}],
  ],
  [
    { accountId: "11112222333" },
    'configure: accountId is "11112222333"; it must be twelve digits.',
    [{ accountId: "000000000000" }, { accountId: "${var.account}" }],
  ],
];

test.each(cases)("%j is refused", (refused, message, accepted) => {
  expect(refusalsOf((stack) => configure(stack, refused))).toEqual([`[shop] ${message}`]);
  for (const settings of accepted) expect(refusalsOf((stack) => configure(stack, settings))).toEqual([]);
});

test("every row of the table refuses something above", () => {
  expect(stackRefusals.map((row) => cases.some(([refused]) => row(refused) !== undefined))).toEqual(
    stackRefusals.map(() => true),
  );
});

/** What a stack with these settings refuses. */
const said = (settings: unknown): string[] =>
  refusalsOf((stack) => {
    configure(stack, settings as StackSettings);
    new QueueConsumer(stack, "payments", minimal());
  });

test("settings of the wrong kind are refused by name", () => {
  expect(said({ notify: 5, accountId: 111122223333, protect: "yes", topic })).toEqual([
    "[shop] configure: unknown prop topic. Known are accountId, namePrefix, notify, partition, protect, region.",
    "[shop] configure: notify is 5; it must be a string.",
    "[shop] configure: accountId is 111122223333; it must be a string.",
    '[shop] configure: protect is "yes"; it must be true or false.',
  ]);
  expect(said(undefined)).toEqual(["[shop] configure: what was passed is undefined; it must be an object of props."]);
  expect(said(null)).toEqual(["[shop] configure: what was passed is null; it must be an object of props."]);
});

test("it is said once for a stack, and only of a stack", () => {
  const stack = testStack("shop-staging");
  configure(stack, { notify: topic });
  expect(() => configure(stack, {})).toThrow(
    "shop-staging: configure() was called twice; say all settings of a stack in one call.",
  );
  expect(() => configure(new Construct(stack, "part") as TerraformStack, {})).toThrow(
    "configure(): the first argument is an object; it must be a TerraformStack.",
  );
  expect(() => configure(undefined as unknown as TerraformStack, {})).toThrow(
    /is undefined; it must be a TerraformStack/,
  );
});

test("two stacks of one app each have their own settings", () => {
  quickly(() => {
    const app = testApp();
    const [staging, production] = ["staging", "production"].map((name) => testStack(`shop-${name}`, app));
    if (staging === undefined || production === undefined) throw new Error("no stacks");
    configure(staging, { notify: topic });
    configure(production, { notify: topic.replace("incidents", "pages"), namePrefix: "live", protect: true });
    for (const stack of [staging, production]) new QueueConsumer(stack, "payments", minimal());
    const [first, second] = [rendered(staging), rendered(production)];
    expect(at(first, "aws_sqs_queue.payments")).toMatchObject({ name: "shop-staging-payments" });
    expect(at(second, "aws_sqs_queue.payments")).toMatchObject({ name: "live-payments" });
    for (const queue of ["payments", "payments_dead_letter"]) {
      expect(at(first, `aws_sqs_queue.${queue}`)).not.toHaveProperty("lifecycle");
      expect(at(second, `aws_sqs_queue.${queue}`)).toHaveProperty("lifecycle", { prevent_destroy: true });
    }
    expect(at(first, "aws_cloudwatch_metric_alarm.payments_dead_letter_depth")["alarm_actions"]).toEqual([topic]);
    expect(at(second, "aws_cloudwatch_metric_alarm.payments_dead_letter_depth")["alarm_actions"]).toEqual([
      topic.replace("incidents", "pages"),
    ]);
  });
});

test("a consumer's own protect wins over the stack's", () => {
  const stack = synthesize((scope) => {
    configure(scope, { protect: true });
    new QueueConsumer(scope, "payments", { ...minimal(), protect: false });
  });
  expect(at(stack, "aws_sqs_queue.payments_dead_letter")).not.toHaveProperty("lifecycle");
});

test("Region and partition that are said stand in what would else be an expression", () => {
  let consumer: QueueConsumer | undefined;
  synthesize((stack) => {
    configure(stack, { region: "eu-central-1" });
    consumer = new QueueConsumer(stack, "payments", minimal());
  });
  expect(consumer?.redriveCommand).toContain("--region eu-central-1 ");
});

/** The warnings of one consumer in a stack with these settings. */
function warned(settings: StackSettings, make: (scope: TerraformStack) => QueueConsumer): string[] {
  return quickly(() => {
    const stack = testStack();
    configure(stack, settings);
    make(stack);
    rendered(stack);
    return warnings(stack);
  });
}

test("alarms that notify nobody are a warning; no alarms are none", () => {
  const text = "[shop/payments] its alarms notify nobody: say configure(stack, { notify: <ARN of an SNS topic> }).";
  expect(warned({}, (stack) => new QueueConsumer(stack, "payments", minimal()))).toEqual([text]);
  expect(warned({}, (stack) => new QueueConsumer(stack, "payments", { ...minimal(), alarms: "none" }))).toEqual([]);
  expect(warned({ notify: topic }, (stack) => new QueueConsumer(stack, "payments", minimal()))).toEqual([]);
});

test("a queue of another account: the statement that its policy needs is an output, and a warning", () => {
  const queue = existingQueue("arn:aws:sqs:eu-west-1:999988887777:theirs", {
    visibilityTimeout: seconds(180),
    deadLetterQueue: "arn:aws:sqs:eu-west-1:999988887777:theirs-failed",
  });
  const settings = { notify: topic, accountId: "111122223333" };
  expect(
    warned(settings, (stack) => new QueueConsumer(new Construct(stack, "orders"), "late", { ...minimal(), queue })),
  ).toEqual([
    "[shop/orders/late] its queue is in account 999988887777, whose queue policy has to admit account 111122223333: the statement is in the output orders_late_queue_policy_statement.",
  ]);
  const stack = synthesize((scope) => {
    configure(scope, settings);
    new QueueConsumer(scope, "late", { ...minimal(), queue });
  });
  const statement = stack.output["late_queue_policy_statement"]?.["value"];
  expect(JSON.parse(typeof statement === "string" ? statement : "")).toEqual({
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111122223333:root" },
    Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
    Resource: "arn:aws:sqs:eu-west-1:999988887777:theirs",
  });
});

test("an account that is an expression is compared with none", () => {
  const queue = existingQueue("arn:aws:sqs:eu-west-1:999988887777:theirs", {
    visibilityTimeout: seconds(180),
    deadLetterQueue: "attach",
  });
  const stack = testStack();
  configure(stack, { notify: topic, accountId: new TerraformVariable(stack, "account", {}).stringValue });
  new QueueConsumer(stack, "late", { ...minimal(), queue });
  rendered(stack);
  expect(warnings(stack)).toEqual([]);
});

test("configure() after a construct is refused: its settings would hold for some of the constructs only", () => {
  const stack = testStack();
  new QueueConsumer(stack, "payments", minimal());
  expect(() => configure(stack, {})).toThrow("shop: configure() comes after a construct that needs it");
});
