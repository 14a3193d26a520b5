import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { TerraformOutput, type TerraformStack } from "cdktf";
import { Construct } from "constructs";
import * as fc from "fast-check";
import { configure, QueueConsumer } from "../../../modules/index.ts";
import { runs } from "../../support/properties.ts";
import { minimal } from "../../support/refusals.ts";
import { addressesOf, at, refusalsOf, synthesize } from "../../support/synth.ts";

const consumer = (scope: Construct, id: string, name?: string): QueueConsumer =>
  new QueueConsumer(scope, id, { ...minimal(), ...(name === undefined ? {} : { name }) });

/** The addresses of what is made, by type. */
const queues = (build: (stack: TerraformStack) => void): string[] =>
  addressesOf(synthesize(build)).filter((address) => address.startsWith("aws_sqs_queue."));

test("addresses read as a person would write them", () => {
  expect(addressesOf(synthesize((stack) => consumer(stack, "payments")))).toEqual([
    "aws_cloudwatch_log_group.payments",
    "aws_cloudwatch_metric_alarm.payments_dead_letter_depth",
    "aws_cloudwatch_metric_alarm.payments_oldest_message_age",
    "aws_iam_role.payments",
    "aws_iam_role_policy.payments",
    "aws_lambda_event_source_mapping.payments",
    "aws_lambda_function.payments",
    "aws_sqs_queue.payments",
    "aws_sqs_queue.payments_dead_letter",
    "aws_sqs_queue_redrive_allow_policy.payments_dead_letter",
    "data.aws_iam_policy_document.payments",
    "data.aws_iam_policy_document.payments_assume_role",
  ]);
});

test("nested constructs have the ids on the way in address and name", () => {
  const stack = synthesize((scope) => consumer(new Construct(new Construct(scope, "orders"), "late"), "retry"));
  expect(at(stack, "aws_sqs_queue.orders_late_retry")).toHaveProperty("name", "shop-orders-late-retry");
  expect(Object.keys(stack.output)).toContain("orders_late_retry_queue_arn");
});

test("the one construct of a plain module is not in the addresses of its parts", () => {
  expect(queues((stack) => consumer(stack, "this"))).toEqual(["aws_sqs_queue.dead_letter", "aws_sqs_queue.this"]);
});

test.each([
  ["pay.ments", "pay_ments"],
  ["pay ments", "pay_ments"],
  ["pay-ments", "pay_ments"],
  ["1st", "_1st"],
  ["über", "_ber"],
  ["日本", "__"],
  ["_", "_"],
  ["${x}", "__x_"],
])("the id %j gives the address %s", (id, address) => {
  expect(queues((stack) => consumer(stack, id, "payments"))).toEqual([
    `aws_sqs_queue.${address}`,
    `aws_sqs_queue.${address}_dead_letter`,
  ]);
});

test("an id that gives no name that AWS takes is refused, and a name of one's own cures it", () => {
  for (const id of ["pay.ments", "pay ments", "über"]) {
    expect(refusalsOf((stack) => consumer(stack, id))).toEqual([
      expect.stringContaining(
        `name is ${JSON.stringify(`shop-${id}`)} (${id.length + 5} characters); a function's name has`,
      ),
    ]);
    expect(refusalsOf((stack) => consumer(stack, id, "payments"))).toEqual([]);
  }
});

/** What a consumer of this id is refused for, in a stack of this prefix. */
const said = (id: string, namePrefix?: string): string[] =>
  refusalsOf((stack) => {
    if (namePrefix !== undefined) configure(stack, { namePrefix });
    consumer(stack, id);
  });

test("a name of 64 characters is taken and one more refused, wherever it comes from", () => {
  expect(said("n".repeat(59))).toEqual([]);
  expect(said("n".repeat(60))).toEqual([expect.stringContaining("(65 characters)")]);
  expect(said("n".repeat(60), "s")).toEqual([]);
  expect(said("n".repeat(64), "")).toEqual([]);
});

const collision = (address: string, ...paths: [string, string]): string =>
  `[shop] ${address} would be the address of both ${paths.join(" and ")}; rename one of them.`;

describe("two elements of one address", () => {
  test("a construct within one, and one of the joined name", () => {
    const refused = refusalsOf((stack) => {
      consumer(new Construct(stack, "a"), "b", "first");
      consumer(stack, "a_b", "second");
    });
    expect(refused).toContain(collision("aws_sqs_queue.a_b", "shop/a/b/queue", "shop/a_b/queue"));
    expect(refused).toContain(collision("output.a_b_queue_arn", "shop/a/b/queue_arn", "shop/a_b/queue_arn"));
    expect(refused).toContain(collision("data.aws_iam_policy_document.a_b", "shop/a/b/policy", "shop/a_b/policy"));
    expect(refused).toHaveLength(17);
  });

  test("a consumer, and a queue or an output that the user makes", () => {
    const refused = refusalsOf((stack) => {
      consumer(stack, "payments");
      new SqsQueue(stack, "payments_dead_letter", {});
      new TerraformOutput(stack, "payments_queue_arn", { value: "mine" });
    });
    expect(refused).toEqual([
      collision("aws_sqs_queue.payments_dead_letter", "shop/payments/dead-letter-queue", "shop/payments_dead_letter"),
      collision("output.payments_queue_arn", "shop/payments/queue_arn", "shop/payments_queue_arn"),
    ]);
  });

  test("a consumer whose name is another's and its part's", () => {
    expect(
      refusalsOf((stack) => {
        consumer(stack, "payments");
        consumer(stack, "payments_dead_letter", "other");
      }),
    ).toEqual([
      collision(
        "aws_sqs_queue.payments_dead_letter",
        "shop/payments/dead-letter-queue",
        "shop/payments_dead_letter/queue",
      ),
      collision(
        "output.payments_dead_letter_queue_arn",
        "shop/payments/dead_letter_queue_arn",
        "shop/payments_dead_letter/queue_arn",
      ),
    ]);
  });

  test("elements of different types may share a name", () => {
    expect(
      refusalsOf((stack) => {
        consumer(stack, "payments");
        new TerraformOutput(new Construct(stack, "mine"), "output", { value: "mine" }).overrideLogicalId("payments");
      }),
    ).toEqual([]);
  });
});

test("any two ids give distinct addresses that Terraform takes, or are refused", () => {
  // The constructs library itself takes no child named as something that every object inherits, nor two of one name.
  const ids = fc.stringMatching(/^[-_a-zA-Z0-9. é]{1,12}$/).filter((id) => !(id in {}) && id !== "aws");
  fc.assert(
    fc.property(ids, ids, (first, second) => {
      fc.pre(first !== second);
      const build = (stack: TerraformStack): void => {
        consumer(stack, first, "first");
        consumer(stack, second, "second");
      };
      const refused = refusalsOf(build);
      if (refused.length > 0) {
        expect(refused.join()).toContain("would be the address of both");
        return;
      }
      const addresses = addressesOf(synthesize(build));
      expect(addresses).toHaveLength(24);
      for (const address of addresses) expect(address).toMatch(/^(data\.)?aws_\w+\.[A-Za-z_]\w*$/);
    }),
    runs(25),
  );
});
