import * as fc from "fast-check";
import { queueUrlOf } from "../../handlers/patterns/queue-url.ts";
import { queueUrl } from "../../modules/arn.ts";

const partitions = ["aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"];

test("constructs and handlers make the same URL from a queue's ARN, in every partition", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...partitions),
      fc.stringMatching(/^[a-z]{2}-[a-z]{4,9}-[1-9]$/),
      fc.stringMatching(/^\d{12}$/),
      fc.stringMatching(/^[\w-]{1,70}(\.fifo)?$/),
      (partition, region, account, name) => {
        const arn = `arn:${partition}:sqs:${region}:${account}:${name}`;
        expect(queueUrl(arn)).toBe(queueUrlOf(arn));
      },
    ),
  );
});

test.each([
  ["aws", "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"],
  ["aws-cn", "https://sqs.eu-west-1.amazonaws.com.cn/111122223333/orders"],
  ["aws-us-gov", "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"],
  ["aws-eusc", "https://sqs.eu-west-1.amazonaws.eu/111122223333/orders"],
])("the endpoint of partition %s", (partition, url) => {
  expect(queueUrl(`arn:${partition}:sqs:eu-west-1:111122223333:orders`)).toBe(url);
});
