import { Fn, Token } from "cdktf";
import { asArgument, isExpression } from "./expression.ts";

/** The parts of an ARN by position: `arn:partition:service:region:account:resource`. */
const positions = { partition: 1, service: 2, region: 3, account: 4, resource: 5 } as const;

/**
 * One part of an ARN: the text where the ARN is known, else an expression over it. So a construct learns its Region and
 * account from what it made, and no data source has to ask AWS.
 */
export function arnPart(arn: string, part: keyof typeof positions): string {
  const position = positions[part];
  if (isExpression(arn)) return Token.asString(Fn.element(Fn.split(":", asArgument(arn)), position));
  return arn.split(":")[position] ?? "";
}

/**
 * Whether a text that is known can be the ARN of a resource of this service; an expression always can.
 * @param kind what the resource's part begins with: `"key/"`
 */
export function isArnOf(service: string, arn: string, kind = ""): boolean {
  if (isExpression(arn)) return true;
  return new RegExp(`^arn:aws[a-z-]*:${service}:[^:]*:[^:]*:${kind}.+$`).test(arn);
}

/**
 * The domain of AWS's endpoints by partition, where it is not `amazonaws.com`: the `dnsSuffix` of the SDKs' partition
 * table. `handlers/patterns` has the same, since nothing of this folder may be bundled with a handler.
 */
const dnsSuffixes: Readonly<Record<string, string>> = {
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov",
};

/** The URL of a queue, from its ARN. */
export function queueUrl(arn: string): string {
  const partition = arnPart(arn, "partition");
  const suffix = isExpression(partition)
    ? Token.asString(Fn.lookup(dnsSuffixes, partition, "amazonaws.com"))
    : (dnsSuffixes[partition] ?? "amazonaws.com");
  const parts = [
    "https://sqs.",
    arnPart(arn, "region"),
    ".",
    suffix,
    "/",
    arnPart(arn, "account"),
    "/",
    arnPart(arn, "resource"),
  ];
  // One expression, not a text with several: cdktf warns of those where they stand in the arguments of a function.
  return isExpression(arn) ? Fn.join("", parts) : parts.join("");
}
