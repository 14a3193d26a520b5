import { isArnOf } from "../arn.ts";
import { isExpression } from "../expression.ts";
import { durationOutOfRange, noneOf, outOfRange, type Refusal, shown } from "../stack/refusals.ts";
import { logRetentions, reservedVariables } from "./limits.ts";
import type { FunctionProps } from "./props.ts";

/** What a function is built from once its name is known. */
type Named = FunctionProps & { readonly name: string };

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
    noneOf("logRetentionDays", logRetentionDays, logRetentions, "These are the retentions that CloudWatch Logs knows."),
  ({ layers }) =>
    layers !== undefined && layers.length > 5
      ? `layers has ${layers.length} entries; a function has at most 5.`
      : undefined,
  ({ environment }) => {
    const taken = Object.keys(environment ?? {}).filter((key) => key === "HOLDFAST" || reservedVariables.has(key));
    return taken.length === 0
      ? undefined
      : `environment sets ${taken.join(", ")}, which ${taken.length === 1 ? "is" : "are"} set by the construct or by Lambda; choose other names.`;
  },
  ({ environment }) => {
    const odd = Object.keys(environment ?? {}).filter(
      (key) => !reservedVariables.has(key) && !/^[A-Za-z]\w+$/.test(key),
    );
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
