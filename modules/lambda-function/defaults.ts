/** What a function gets when nothing is said. */
export const functionDefaults = {
  /** Ten times Lambda's own 3 s, which real work outgrows; everything that derives from it stays within minutes. */
  timeoutSeconds: 30,
  /** MB. Twice Lambda's smallest: at 128 MB the AWS SDK alone is slow to load. */
  memory: 256,
  architecture: "arm64",
  tracing: "PassThrough",
  logRetentionDays: 30,
  rolePath: "/",
} as const;
