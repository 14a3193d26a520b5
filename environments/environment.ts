/** One place that the shop is deployed to: plain data, so that the same code serves every account and Region. */
export interface Environment {
  /** Ends the stack's name: `shop-staging`. */
  readonly name: string;
  /** Twelve digits. Terraform refuses to touch any other account. */
  readonly accountId: string;
  readonly region: string;
  /** ARN of the role that Terraform assumes in the account; left out where its own credentials are the account's. */
  readonly assumeRoleArn?: string;
  /** Where the state is kept. */
  readonly state: S3State | LocalState;
  /** ARN of the SNS topic that alarms notify. */
  readonly notify: string;
  /** Tags of every resource. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether Terraform refuses to destroy queues that hold failed events. */
  readonly protect: boolean;
  /** How long a function may run, where it is not what the shop says: a local environment is in a hurry. */
  readonly timeoutSeconds?: number;
  /** URL of an emulator of AWS. The environment is then reached there and nowhere else. */
  readonly endpoint?: string;
}

/** State in a versioned bucket, locked by a file beside it. */
export interface S3State {
  readonly kind: "s3";
  readonly bucket: string;
  readonly region: string;
}

/** State in a file of the working copy; for development. */
export interface LocalState {
  readonly kind: "local";
}
