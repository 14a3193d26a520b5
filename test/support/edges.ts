/**
 * Checks the edges of a synthesized stack: every permission, policy, order and alarm that an SQS path to a function needs.
 *
 * What is needed is worked out from AWS's rules (the Lambda and SQS developer guides, IAM's service authorization
 * reference) and from what the stack's resources say, never from the code of a construct: so it would also find what a
 * construct forgot from the beginning. What nobody needs is named too.
 */
import { alarms } from "./edges/alarms.ts";
import { response, settings } from "./edges/handler.ts";
import {
  functionsWaitForPermissions,
  mappingsWaitForPermissions,
  mappingsWaitForTheirNet,
  nothingIsWaitedForThatIsNotThere,
  redrivePoliciesWaitForAdmission,
} from "./edges/order.ts";
import { nothingBeyondNeed, permissions, permissionsOfUsers, trust, trustOfNobodyElse } from "./edges/permissions.ts";
import { redrive, redriveAllow } from "./edges/redrive.ts";
import { type Finding, type Surroundings, type World, worldOf } from "./edges/world.ts";
import type { Synthesized } from "./synth.ts";

export type { Finding, Surroundings } from "./edges/world.ts";

const rules: readonly ((world: World) => readonly Finding[])[] = [
  trust,
  trustOfNobodyElse,
  permissions,
  permissionsOfUsers,
  nothingBeyondNeed,
  functionsWaitForPermissions,
  mappingsWaitForPermissions,
  mappingsWaitForTheirNet,
  redrivePoliciesWaitForAdmission,
  nothingIsWaitedForThatIsNotThere,
  redrive,
  redriveAllow,
  response,
  settings,
  alarms,
];

/** Names every edge that a stack lacks, and what it has beyond need; none where all is well. */
export function edgesMissing(stack: Synthesized, surroundings: Surroundings = {}): Finding[] {
  const world = worldOf(stack, surroundings);
  return rules.flatMap((rule) => rule(world));
}

/** A finding in one line. */
export const inWords = ({ at, text }: Finding): string => `${at}: ${text}`;
