import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { isArnOf } from "../arn.ts";
import { type Refusal, refuse, shown, unknownKeys } from "./refusals.ts";

/** What all constructs of a stack need to know; said once, by {@link configure}. */
export interface StackSettings {
  /**
   * ARN of the SNS topic that the stack's alarms notify.
   * @default none: the alarms change their state and nobody is told; synth warns
   */
  readonly notify?: string;
  /**
   * Account that the stack is deployed to: twelve digits.
   * @default read from the ARNs of what was made, by expression
   */
  readonly accountId?: string;
  /**
   * Region that the stack is deployed to, for instance `"eu-west-1"`.
   * @default read from the ARNs of what was made, by expression
   */
  readonly region?: string;
  /**
   * Partition of the account: `"aws"`, `"aws-cn"`, `"aws-us-gov"`.
   * @default read from the ARNs of what was made, by expression
   */
  readonly partition?: string;
  /**
   * What the names of functions, queues, roles and alarms begin with.
   * @default the stack's id
   */
  readonly namePrefix?: string;
  /**
   * Whether Terraform refuses to destroy what holds failed events (`prevent_destroy`).
   * @default false
   */
  readonly protect?: boolean;
}

const known = {
  notify: true,
  accountId: true,
  region: true,
  partition: true,
  namePrefix: true,
  protect: true,
} satisfies Record<keyof StackSettings, true>;

const refusals: readonly Refusal<StackSettings>[] = [
  (settings) => unknownKeys("configure", settings, known),
  ({ notify }) =>
    notify === undefined || isArnOf("sns", notify)
      ? undefined
      : `configure: notify is ${shown(notify)}; it must be the ARN of an SNS topic.`,
  ({ accountId }) =>
    accountId === undefined || /^\d{12}$/.test(accountId) || accountId.includes("${")
      ? undefined
      : `configure: accountId is ${shown(accountId)}; it must be twelve digits.`,
];

const settingsOf = new WeakMap<TerraformStack, StackSettings>();

/**
 * Says once what all constructs of a stack need. Call it before the first construct of the stack is made.
 * @throws Error when it is called for a stack a second time: two answers cannot both hold
 */
export function configure(stack: TerraformStack, settings: StackSettings): void {
  if (settingsOf.has(stack)) {
    throw new Error(`${stack.node.path}: configure() was called twice; say all settings of a stack in one call.`);
  }
  settingsOf.set(stack, settings);
  refuse(stack, refusals, settings);
}

/** The settings of the stack that a construct is in. */
export function settingsFor(construct: Construct): StackSettings {
  return settingsOf.get(TerraformStack.of(construct)) ?? {};
}
