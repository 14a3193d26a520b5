import { type Code, codeShape } from "../code/code.ts";
import type { Duration } from "../duration.ts";
import { duration, figure, listOf, object, ofKnownKeys, recordOf, type Shapes, text, word } from "../stack/shapes.ts";

/** A statement of the function's execution role. */
export interface PolicyStatement {
  /**
   * What the statement is for, in letters and digits.
   * @default none
   */
  readonly sid?: string;
  /** For instance `["dynamodb:PutItem"]`. */
  readonly actions: readonly string[];
  /** ARNs. */
  readonly resources: readonly string[];
  /**
   * Conditions that all have to hold.
   * @default none
   */
  readonly conditions?: readonly PolicyCondition[];
}

/** A condition of a {@link PolicyStatement}. */
export interface PolicyCondition {
  /** For instance `"StringEquals"`. */
  readonly test: string;
  /** For instance `"aws:ResourceAccount"`. */
  readonly variable: string;
  readonly values: readonly string[];
}

/** The subnets that a function runs in. */
export interface Vpc {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** What every consumer says of its function. */
export interface FunctionProps {
  /** `bundle("…")`, `zip("…", { handler, runtime })` or `existing(functionArn, roleName)`. */
  readonly code: Code;
  /**
   * Name of the function, its role and its log group, and of what else the construct makes: letters, digits, `-` and `_`.
   * @default the stack's prefix and the construct's id: `shop-staging-payments`
   */
  readonly name?: string;
  /**
   * How long one invocation may run: 1 to 900 s, in whole seconds.
   * @default 30 s; required with `existing()`, since other figures derive from it
   */
  readonly timeout?: Duration;
  /**
   * Memory in MB, and with it CPU: 128 to 10,240.
   * @default 256
   */
  readonly memory?: number;
  /**
   * Instruction set.
   * @default "arm64"
   */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * ARNs of layer versions: at most 5.
   * @default none
   */
  readonly layers?: readonly string[];
  /**
   * Environment variables. `HOLDFAST` is the construct's own.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Subnets and security groups; the role then gets what Lambda needs to make network interfaces.
   * @default none: the function runs outside a VPC
   */
  readonly vpc?: Vpc;
  /**
   * X-Ray tracing; `"Active"` gives the role what it needs.
   * @default "PassThrough"
   */
  readonly tracing?: "Active" | "PassThrough";
  /**
   * Concurrent executions that are this function's alone and its limit: 1 or more. To stop a function, say
   * `enabled: false`: at 0 every receive would be a throttle that uses up a message's receive count (R61).
   * @default none: it shares the account's concurrency
   */
  readonly reservedConcurrency?: number;
  /**
   * Days that logs are kept: one of the figures that CloudWatch Logs knows.
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * What the function's own code may do besides consuming and logging.
   * @default nothing
   */
  readonly permissions?: readonly PolicyStatement[];
  /**
   * ARN of the policy that bounds the role.
   * @default none
   */
  readonly permissionsBoundary?: string;
  /**
   * Path of the role, beginning and ending with `/`.
   * @default "/"
   */
  readonly rolePath?: string;
  /**
   * Tags of everything that the construct makes, beside the provider's default tags.
   * @default none
   */
  readonly tags?: Readonly<Record<string, string>>;
}

const condition = object(
  { test: text, variable: text, values: listOf(text, "strings") },
  ["test", "variable", "values"],
  "a condition, for instance { test, variable, values }",
);

const statement = object(
  {
    sid: text,
    actions: listOf(text, "actions"),
    resources: listOf(text, "ARNs"),
    conditions: listOf(condition, "conditions"),
  },
  ["actions", "resources"],
  "a statement, for instance { actions, resources }",
);

/** What each prop looks like, for callers without type checks. */
export const functionProps = {
  code: codeShape,
  name: text,
  timeout: duration,
  memory: figure,
  architecture: text,
  layers: listOf(text, "ARNs"),
  environment: ofKnownKeys(recordOf(text, "an object of strings")),
  vpc: object(
    { subnetIds: listOf(text, "ids"), securityGroupIds: listOf(text, "ids") },
    ["subnetIds", "securityGroupIds"],
    "{ subnetIds, securityGroupIds }",
  ),
  tracing: word(["Active", "PassThrough"], "These are Lambda's tracing modes."),
  reservedConcurrency: figure,
  logRetentionDays: figure,
  permissions: listOf(statement, "statements"),
  permissionsBoundary: text,
  rolePath: text,
  tags: recordOf(text, "an object of strings"),
} as const satisfies Shapes<keyof FunctionProps>;
