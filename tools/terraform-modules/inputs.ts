/** The inputs of the plain modules: one row each. What a row refuses is what the construct refuses of the prop. */

import { logRetentions, reservedVariables } from "../../modules/lambda-function/limits.ts";

/** A value that Terraform's configuration language can write. */
export type Literal = string | number | boolean | null | readonly Literal[] | { readonly [key: string]: Literal };

/** One input variable. */
export interface Input {
  readonly name: string;
  readonly description: string;
  /** A type constraint of Terraform. */
  readonly type: string;
  /** Left out where the input is required. */
  readonly default?: Literal;
  readonly validations?: readonly Validation[];
}

/** A condition on an input; Terraform 1.9 and later allow other inputs in it. */
export interface Validation {
  readonly condition: string;
  readonly message: string;
  /** Values of the input that it refuses: tried by the module's own `terraform test`. */
  readonly refused: readonly Literal[];
}

function wholeNumber(name: string, minimum: number, maximum: number, what: string): Validation {
  return {
    condition: `floor(var.${name}) == var.${name} && var.${name} >= ${minimum} && var.${name} <= ${maximum}`,
    message: `${name} must be a whole number from ${minimum} to ${maximum}: ${what}.`,
    refused: [minimum - 1, maximum + 1, minimum + 0.5],
  };
}

/** An input that may be null. `||` evaluates both of its sides, a conditional only the one that counts. */
const orNull = (name: string, validation: Validation): Validation => ({
  ...validation,
  condition: `var.${name} == null ? true : (${validation.condition})`,
});

const oneOf = (name: string, words: readonly (string | number)[], what: string): Validation => ({
  condition: `contains(${JSON.stringify(words)}, var.${name})`,
  message: `${name} must be one of ${words.join(", ")}: ${what}.`,
  refused: [typeof words[0] === "number" ? -1 : "another"],
});

/** What both queue consumers take. A FIFO queue's name ends with `.fifo`, so less of its 80 characters is left. */
function shared(longestName: number): readonly Input[] {
  return [
    {
      name: "name",
      description: "Name of the function and its role, and what the names of queues, log group and alarms begin with.",
      type: "string",
      validations: [
        {
          condition: `can(regex("^[A-Za-z0-9_-]{1,${longestName}}$", var.name))`,
          message: `name must be 1 to ${longestName} letters, digits, - and _.`,
          refused: ["", "pay ments", "p".repeat(longestName + 1)],
        },
      ],
    },
    {
      name: "filename",
      description: 'Path of the zip file with the function\'s code, for instance "${path.module}/pay.zip".',
      type: "string",
    },
    {
      name: "handler",
      description: "The function's entry point.",
      type: "string",
      default: "index.handler",
    },
    { name: "runtime", description: "The function's runtime.", type: "string", default: "nodejs22.x" },
    {
      name: "timeout",
      description:
        "How long one invocation may run, in seconds. The queue's visibility timeout is six times this, plus the batching window.",
      type: "number",
      default: 30,
      validations: [wholeNumber("timeout", 1, 900, "these are Lambda's limits, in seconds")],
    },
    {
      name: "memory_size",
      description: "Memory of the function in MB, and with it CPU.",
      type: "number",
      default: 256,
      validations: [wholeNumber("memory_size", 128, 10_240, "these are Lambda's limits, in MB")],
    },
    {
      name: "architecture",
      description: "Instruction set of the function.",
      type: "string",
      default: "arm64",
      validations: [oneOf("architecture", ["arm64", "x86_64"], "these are Lambda's instruction sets")],
    },
    {
      name: "environment",
      description: "Environment variables of the function. HOLDFAST is set by the module.",
      type: "map(string)",
      default: {},
      validations: [
        {
          condition: 'length(setintersection(keys(var.environment), ["HOLDFAST"])) == 0',
          message: "environment must not set HOLDFAST: the module does.",
          refused: [{ HOLDFAST: "{}" }],
        },
        {
          condition: `alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", name))])`,
          message: "Each name in environment must begin with a letter and have at least two letters, digits or _.",
          refused: [{ "1st": "x" }],
        },
        {
          condition: `length(setintersection(keys(var.environment), ${JSON.stringify([...reservedVariables])})) == 0`,
          message: "environment must not set a variable that Lambda itself sets, such as AWS_REGION.",
          refused: [{ AWS_REGION: "eu-west-1" }],
        },
      ],
    },
    {
      name: "layers",
      description: "ARNs of layer versions.",
      type: "list(string)",
      default: [],
      validations: [
        {
          condition: "length(var.layers) <= 5",
          message: "layers must have at most 5 entries: Lambda's limit.",
          refused: [["a", "b", "c", "d", "e", "f"]],
        },
      ],
    },
    {
      name: "reserved_concurrency",
      description:
        "Concurrent executions that are this function's alone and its limit; null: it shares the account's. To stop the function set enabled = false.",
      type: "number",
      default: null,
      validations: [
        orNull("reserved_concurrency", {
          condition: "floor(var.reserved_concurrency) == var.reserved_concurrency && var.reserved_concurrency >= 1",
          message: "reserved_concurrency must be 1 or more; to stop the function set enabled = false.",
          refused: [0, 1.5],
        }),
      ],
    },
    {
      name: "log_retention_days",
      description: "Days that the function's logs are kept.",
      type: "number",
      default: 30,
      validations: [oneOf("log_retention_days", logRetentions, "these are the retentions that CloudWatch Logs knows")],
    },
    {
      name: "permissions_boundary",
      description: "ARN of the policy that bounds the function's role; null: none.",
      type: "string",
      default: null,
    },
    {
      name: "role_path",
      description: "Path of the function's role.",
      type: "string",
      default: "/",
      validations: [
        {
          condition: 'can(regex("^/([!-~]{0,510}/)?$", var.role_path))',
          message: 'role_path must begin and end with "/".',
          refused: ["service", "/service"],
        },
      ],
    },
    {
      name: "retention",
      description: "How long the queue keeps a message, in seconds.",
      type: "number",
      default: 345_600,
      validations: [wholeNumber("retention", 60, 1_209_600, "these are SQS's limits, in seconds")],
    },
    {
      name: "max_receive_count",
      description:
        "How often a message is received before it goes to the dead-letter queue. Below 5, throttles send healthy messages there.",
      type: "number",
      default: 5,
      validations: [wholeNumber("max_receive_count", 1, 1000, "these are SQS's limits")],
    },
    {
      name: "maximum_concurrency",
      description: "Most invocations at one time; null: as many as the account allows, up to 1,250.",
      type: "number",
      default: null,
      validations: [
        orNull("maximum_concurrency", wholeNumber("maximum_concurrency", 2, 1000, "these are Lambda's limits")),
      ],
    },
    {
      name: "enabled",
      description: "Whether messages are consumed. false pauses: they wait in the queue, at most for its retention.",
      type: "bool",
      default: true,
    },
    {
      name: "notify",
      description: "ARN of the SNS topic that the alarms notify; null: nobody is told.",
      type: "string",
      default: null,
    },
    { name: "tags", description: "Tags of everything that the module makes.", type: "map(string)", default: {} },
  ];
}

/** Inputs of `queue-consumer`. */
export const standardInputs: readonly Input[] = [
  ...shared(64),
  {
    name: "batch_size",
    description: "Most messages of one invocation; above 10 it needs a batching window.",
    type: "number",
    default: 10,
    validations: [
      wholeNumber("batch_size", 1, 10_000, "these are Lambda's limits"),
      {
        condition: "var.batch_size <= 10 || var.batching_window >= 1",
        message: "A batch_size above 10 needs a batching_window of at least 1 second.",
        refused: [11],
      },
    ],
  },
  {
    name: "batching_window",
    description: "How long Lambda gathers messages for a batch, in seconds.",
    type: "number",
    default: 0,
    validations: [wholeNumber("batching_window", 0, 300, "these are Lambda's limits, in seconds")],
  },
];

/** Inputs of `queue-consumer-fifo`. */
export const fifoInputs: readonly Input[] = [
  ...shared(63),
  {
    name: "content_based_deduplication",
    description: "Whether the queue takes the hash of the body where the sender gives no deduplication id.",
    type: "bool",
    default: false,
  },
  {
    name: "batch_size",
    description: "Most messages of one invocation.",
    type: "number",
    default: 10,
    validations: [wholeNumber("batch_size", 1, 10, "these are Lambda's limits for a FIFO queue")],
  },
];
