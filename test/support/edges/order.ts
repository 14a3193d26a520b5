/** What is created before what. */
import type { Resource } from "../resolved.ts";
import { grants } from "./permissions.ts";
import { redriveAllowPolicies } from "./redrive.ts";
import { type Finding, finding, ofType, parsed, string, urlOf, type World } from "./world.ts";

/**
 * What a resource itself has to wait for. That it waits for something else that waits does not count: an override of that
 * one's order would take this one's away.
 */
const waits = (resource: Resource, addresses: readonly string[], reason: string): Finding[] =>
  addresses
    .filter((address) => !resource.waitsFor.has(address))
    .map((address) => finding("order", resource.address, `does not wait for ${address}; ${reason}`, address));

export function mappingsWaitForPermissions({ paths, grants: all, needs }: World): Finding[] {
  return paths.flatMap(({ mapping, roleName }) => {
    const own = needs.filter(({ at, role }) => at === mapping.address && role === roleName);
    const policies = new Set(
      all.filter((grant) => own.some((need) => grants(grant, need))).map(({ policy }) => policy),
    );
    return waits(mapping, [...policies], "AWS checks the role when the mapping is made");
  });
}

export function functionsWaitForPermissions({ functions, needs, grants: all }: World): Finding[] {
  return functions.flatMap((made) => {
    const own = needs.filter(({ at }) => at === made.address);
    const policies = new Set(
      all.filter((grant) => own.some((need) => grants(grant, need))).map(({ policy }) => policy),
    );
    return waits(made, [...policies], "the first invocation logs, and AWS checks the role's network permissions");
  });
}

export function mappingsWaitForTheirNet({ paths, resources }: World): Finding[] {
  return paths.flatMap(({ mapping, queueArn, deadLetterArn }) => {
    const net = [
      ...redriveAllowPolicies(resources, deadLetterArn),
      ...ofType(resources, "aws_sqs_queue_redrive_policy").filter(
        ({ attributes }) => attributes["queue_url"] === urlOf(queueArn),
      ),
    ];
    return waits(
      mapping,
      net.map(({ address }) => address),
      "from then on messages are received and may have to go to the dead-letter queue",
    );
  });
}

export function redrivePoliciesWaitForAdmission({ resources }: World): Finding[] {
  return ofType(resources, "aws_sqs_queue_redrive_policy").flatMap((policy) => {
    const target = string(parsed(policy.attributes["redrive_policy"])["deadLetterTargetArn"]);
    return waits(
      policy,
      redriveAllowPolicies(resources, target).map(({ address }) => address),
      "SQS refuses a dead-letter queue that does not admit the source",
    );
  });
}

export function nothingIsWaitedForThatIsNotThere({ resources }: World): Finding[] {
  return [...resources.values()].flatMap(({ address, dependsOn }) =>
    dependsOn
      .filter((dependency) => !resources.has(dependency))
      .map((dependency) => finding("order", address, `depends on ${dependency}, which is not there`, dependency)),
  );
}
