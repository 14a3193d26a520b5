import { isArnOf } from "../arn.ts";
import { isExpression } from "../expression.ts";
import { durationOutOfRange, noneOf, outOfRange, type Refusal, shown } from "../stack/refusals.ts";
import type { FunctionProps } from "./props.ts";

/** What a function is built from once its name is known. */
type Named = FunctionProps & { readonly name: string };

/** Days that CloudWatch Logs keeps a log group's events (PutRetentionPolicy, API reference). */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/**
 * Names of environment variables that Lambda sets itself and refuses: the 18 that the Lambda guide calls reserved ("Using
 * environment variables", "Reserved environment variables"). Others of its own may be set: TZ, AWS_LAMBDA_EXEC_WRAPPER.
 */
const reserved: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

/** Props that configure the function itself; with `existing()` they would be ignored. */
const ofOwnFunctions = [
  "memory",
  "architecture",
  "layers",
  "environment",
  "vpc",
  "tracing",
  "reservedConcurrency",
  "logRetentionDays",
  "permissionsBoundary",
  "rolePath",
] as const satisfies readonly (keyof FunctionProps)[];

/** What every consumer refuses of its function. */
export const functionRefusals: readonly Refusal<Named>[] = [
  ({ code, timeout }) =>
    code.kind === "existing" && timeout === undefined
      ? "timeout is missing; with existing() it must be the timeout that the function has, since other figures derive from it."
      : undefined,
  ({ code }) =>
    code.kind === "existing" && !isArnOf("lambda", code.functionArn)
      ? `existing(): functionArn is ${shown(code.functionArn)}; it must be the ARN of a function, version or alias.`
      : undefined,
  ({ code }) =>
    code.kind === "existing" && !isExpression(code.roleName) && !/^[\w+=,.@-]{1,64}$/.test(code.roleName)
      ? `existing(): roleName is ${shown(code.roleName)}; it must be the name of the function's role, not its ARN or path.`
      : undefined,
  (props) => {
    const ignored = props.code.kind === "existing" ? ofOwnFunctions.filter((prop) => props[prop] !== undefined) : [];
    return ignored.length === 0
      ? undefined
      : `${ignored.join(", ")}: with existing() the function is configured where it is made; leave ${ignored.length === 1 ? "it" : "them"} out.`;
  },
  ({ name }) =>
    isExpression(name) || /^[A-Za-z0-9_-]{1,64}$/.test(name)
      ? undefined
      : `name is ${shown(name)} (${name.length} characters); a function's name has 1 to 64 letters, digits, - and _. Say a shorter one with the prop name, or a shorter namePrefix in configure().`,
  ({ timeout }) =>
    durationOutOfRange("timeout", timeout, {
      minimum: 1,
      maximum: 900,
      advice: "Longer work belongs in a state machine or a container.",
    }),
  ({ memory }) =>
    outOfRange("memory", memory, { minimum: 128, maximum: 10_240, unit: " MB", advice: "These are Lambda's limits." }),
  ({ architecture }) =>
    noneOf("architecture", architecture, ["arm64", "x86_64"], "These are Lambda's instruction sets."),
  ({ reservedConcurrency }) =>
    outOfRange("reservedConcurrency", reservedConcurrency, {
      minimum: 1,
      maximum: 1_000_000,
      advice: "To stop the function say enabled: false; at 0 each receive would count against its message (R61).",
    }),
  ({ logRetentionDays }) =>
    noneOf("logRetentionDays", logRetentionDays, retentions, "These are the retentions that CloudWatch Logs knows."),
  ({ layers }) =>
    layers !== undefined && layers.length > 5
      ? `layers has ${layers.length} entries; a function has at most 5.`
      : undefined,
  ({ environment }) => {
    const taken = Object.keys(environment ?? {}).filter((key) => key === "HOLDFAST" || reserved.has(key));
    return taken.length === 0
      ? undefined
      : `environment sets ${taken.join(", ")}, which ${taken.length === 1 ? "is" : "are"} set by the construct or by Lambda; choose other names.`;
  },
  ({ environment }) => {
    const odd = Object.keys(environment ?? {}).filter((key) => !reserved.has(key) && !/^[A-Za-z]\w+$/.test(key));
    return odd.length === 0
      ? undefined
      : `environment has ${odd.map(shown).join(", ")}; a variable's name begins with a letter and has at least two letters, digits or _.`;
  },
  ({ vpc }) =>
    vpc !== undefined && (vpc.subnetIds.length === 0 || vpc.securityGroupIds.length === 0)
      ? "vpc has no subnetIds or no securityGroupIds; a function in a VPC needs at least one of each."
      : undefined,
  ({ permissions }) => {
    const empty = permissions?.findIndex(({ actions, resources }) => actions.length === 0 || resources.length === 0);
    return empty === undefined || empty < 0
      ? undefined
      : `permissions[${empty}] has no actions or no resources; it would allow nothing, and IAM refuses it.`;
  },
  ({ rolePath }) =>
    rolePath === undefined || isExpression(rolePath) || /^\/([\x21-\x7e]{0,510}\/)?$/.test(rolePath)
      ? undefined
      : `rolePath is ${shown(rolePath)}; it must begin and end with "/".`,
];
