import { EventError } from "./errors.ts";

/** The domain of AWS's endpoints by partition: the `dnsSuffix` of the SDKs' partition table. */
const DNS_SUFFIX: Readonly<Record<string, string>> = {
  aws: "amazonaws.com",
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov",
  "aws-us-gov": "amazonaws.com",
};

/**
 * The URL of the queue with this ARN.
 *
 * @throws {EventError} when it is not the ARN of a queue in a partition that is known here.
 */
export function queueUrlOf(arn: string): string {
  const [, partition = "", service, region = "", account = "", name = "", ...more] = arn.split(":");
  const suffix = Object.hasOwn(DNS_SUFFIX, partition) ? DNS_SUFFIX[partition] : undefined;
  if (service !== "sqs" || suffix === undefined || region === "" || account === "" || name === "" || more.length > 0) {
    throw new EventError(`no queue URL can be made from the ARN ${arn}: set queueUrl in HOLDFAST`);
  }
  return `https://sqs.${region}.${suffix}/${account}/${name}`;
}
