/** Who may do what: roles, their trust and their policies. */
import { covers, type Grant, trustedBy } from "./policies.ts";
import { type Finding, finding, type Need, ofType, type World } from "./world.ts";

/** Whether a grant is what a need asks for, and no more than that. */
export const grants = (grant: Grant, need: Need): boolean =>
  grant.role === need.role &&
  !grant.conditional &&
  grant.action === need.action &&
  covers(grant.resource, need.resource);

const same = (
  a: { readonly role: string; readonly action: string; readonly resource: string },
  b: { readonly role: string; readonly action: string; readonly resource: string },
): boolean => a.role === b.role && a.action === b.action && a.resource === b.resource;

export function trust({ functions, resources }: World): Finding[] {
  return functions.flatMap(({ address, attributes }): Finding[] => {
    const role = ofType(resources, "aws_iam_role").find(({ arn }) => arn === attributes["role"]);
    if (role === undefined) return [finding("trust", address, "its role is not in the stack")];
    const trusted = trustedBy(role);
    return trusted.includes("lambda.amazonaws.com")
      ? []
      : [finding("trust", role.address, "lambda.amazonaws.com may not assume it (sts:AssumeRole)", address)];
  });
}

export function trustOfNobodyElse({ resources }: World): Finding[] {
  return ofType(resources, "aws_iam_role").flatMap((role) =>
    trustedBy(role)
      .filter((name) => name !== "lambda.amazonaws.com")
      .map((name) => finding("superfluous", role.address, `${name} may assume it`, name)),
  );
}

export function permissions({ needs, grants: all }: World): Finding[] {
  return needs
    .filter((need) => !all.some((grant) => grants(grant, need)))
    .map(({ at, role, action, resource }) =>
      finding("permission", at, `role ${role} lacks ${action} on ${resource}`, role, action, resource),
    );
}

export function permissionsOfUsers({ surroundings, grants: all }: World): Finding[] {
  return (surroundings.granted ?? [])
    .filter((asked) => !all.some((grant) => same(grant, asked)))
    .map(({ role, action, resource }) =>
      finding("permission", `role ${role}`, `lacks ${action} on ${resource}`, role, action, resource),
    );
}

export function nothingBeyondNeed({ needs, grants: all, surroundings }: World): Finding[] {
  return all.flatMap((grant, index): Finding[] => {
    const { policy, action, resource } = grant;
    const about = (text: string): Finding[] => [
      finding("superfluous", policy, `${action} on ${resource} ${text}`, action),
    ];
    if (all.findIndex((other) => same(other, grant)) < index) return about("is allowed twice");
    if ((surroundings.granted ?? []).some((asked) => same(grant, asked))) return [];
    const needed = needs.filter((need) => grants(grant, need));
    if (needed.length === 0) return about("is needed by nobody");
    return resource === "*" && needed.every((need) => need.resource !== "*") ? about("is wider than needed") : [];
  });
}
