/** Types of keys. Each has a policy of its own, a replica too. */
export const keyTypes = [
  "aws_kms_key",
  "aws_kms_external_key",
  "aws_kms_replica_key",
  "aws_kms_replica_external_key",
] as const;

export function isKeyType(type: string): boolean {
  return type === "aws_kms_alias" || keyTypes.some((one) => one === type);
}
