import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { isArnOf } from "../arn.ts";
import { isExpression } from "../expression.ts";
import { type Refusal, refuse, shown } from "./refusals.ts";
import { choice, type Shapes, text, wellFormed } from "./shapes.ts";

/** What all constructs of a stack need to know; said once, by {@link configure}. */
export interface StackSettings {
  /**
   * ARN of the SNS topic that the stack's alarms notify.
   * @default none: the alarms change their state and nobody is told; synth warns
   */
  readonly notify?: string;
  /**
   * Account that the stack is deployed to: twelve digits. An existing queue of another account is then noticed.
   * @default not known, and not looked at
   */
  readonly accountId?: string;
  /**
   * Region that the stack is deployed to, for instance `"eu-west-1"`. An existing queue of another Region is then refused.
   * @default read from the ARNs of what was made, by expression
   */
  readonly region?: string;
  /**
   * Partition of the account: `"aws"`, `"aws-cn"`, `"aws-us-gov"`.
   * @default read from the ARNs of what is named
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

const shapes = {
  notify: text,
  accountId: text,
  region: text,
  partition: text,
  namePrefix: text,
  protect: choice,
} satisfies Shapes<keyof StackSettings>;

/** What {@link configure} refuses. */
export const stackRefusals: readonly Refusal<StackSettings>[] = [
  ({ notify }) =>
    notify === undefined || isArnOf("sns", notify)
      ? undefined
      : `configure: notify is ${shown(notify)}; it must be the ARN of an SNS topic.`,
  ({ accountId }) =>
    accountId === undefined || /^\d{12}$/.test(accountId) || isExpression(accountId)
      ? undefined
      : `configure: accountId is ${shown(accountId)}; it must be twelve digits.`,
];

const settingsOf = new WeakMap<TerraformStack, StackSettings>();

/** Stacks in which a construct has already asked: settings that came now would hold for some of them only. */
const asked = new WeakSet<TerraformStack>();

/**
 * Says once what all constructs of a stack need. Call it before the first construct of the stack is made.
 * @throws Error when it is called for a stack a second time, since two answers cannot both hold, or when a construct of the
 *   stack has already been made without them
 * @throws TypeError when it is called for something else than a stack
 */
export function configure(stack: TerraformStack, settings: StackSettings): void {
  if (!TerraformStack.isStack(stack)) {
    throw new TypeError(`configure(): the first argument is ${shown(stack)}; it must be a TerraformStack.`);
  }
  if (settingsOf.has(stack)) {
    throw new Error(`${stack.node.path}: configure() was called twice; say all settings of a stack in one call.`);
  }
  if (asked.has(stack)) {
    throw new Error(
      `${stack.node.path}: configure() comes after a construct that needs it; call it before the first one.`,
    );
  }
  const { props, problems } = wellFormed("configure", settings, shapes);
  settingsOf.set(stack, props);
  refuse(stack, problems, stackRefusals, props);
}

/** The settings of the stack that a construct is in. */
export function settingsFor(construct: Construct): StackSettings {
  const stack = TerraformStack.of(construct);
  asked.add(stack);
  return settingsOf.get(stack) ?? {};
}
