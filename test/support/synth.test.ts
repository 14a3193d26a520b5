import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { addressesOf, at, dig, refusalsOf, synthesize } from "./synth.ts";

test("validations run, and the one resource at an address is found or named as missing", () => {
  const stack = synthesize((scope) => {
    new SqsQueue(scope, "one", { name: "first", tags: { a: "b" } });
    new SqsQueue(scope, "two", { name: "second" });
  });
  expect(at(stack, "aws_sqs_queue.two")).toEqual({ name: "second" });
  expect(() => at(stack, "aws_sqs_queue.three")).toThrow(
    "there is no aws_sqs_queue.three; there are:\n  aws_sqs_queue.one\n  aws_sqs_queue.two",
  );
  expect(() => synthesize((scope) => scope.node.addValidation({ validate: () => ["not so"] }))).toThrow(
    "[shop] not so",
  );
  expect(refusalsOf((scope) => scope.node.addValidation({ validate: () => ["not so"] }))).toEqual(["[shop] not so"]);
  expect(addressesOf(stack)).toEqual(["aws_sqs_queue.one", "aws_sqs_queue.two"]);
  expect(dig(at(stack, "aws_sqs_queue.one"), "tags", "a")).toBe("b");
  expect(dig(at(stack, "aws_sqs_queue.one"), "tags", "absent", "deeper")).toBeUndefined();
});

test("an error in a stack keeps its own trace", () => {
  try {
    synthesize(() => {
      throw new Error("mine");
    });
  } catch (error) {
    expect(error).toMatchObject({ stack: expect.stringContaining("synth.test.ts") });
    return;
  }
  throw new Error("nothing was thrown");
});
