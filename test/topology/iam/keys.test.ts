/** Keys of every kind, their policies and grants. */
import { ref, type Typed } from "../../support/configurations.ts";
import { account, mapping, policy } from "../../support/permissions.ts";

const mayRead = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
const mayDecrypt = { Effect: "Allow", Action: "kms:Decrypt", Resource: "*" };
const toRole = { ...mayDecrypt, Principal: { AWS: ref("aws_iam_role.worker.arn") } };
const toOther = { ...mayDecrypt, Principal: { Service: "sns.amazonaws.com" } };
const types = ["aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"];

/** What the queue's reader may do with the key. */
function onKey(resource: Typed, type = "aws_kms_key", own: readonly object[] = [mayRead], reference = "arn"): string {
  const [, state = ""] = mapping(own, { kms_master_key_id: ref(`${type}.k.${reference}`) }, resource);
  return state;
}

describe.each(types)("%s", (type) => {
  test("has the policy that AWS gives it, or its own", () => {
    expect(onKey({ [type]: { k: {} } }, type)).toBe("missing");
    expect(onKey({ [type]: { k: {} } }, type, [mayRead, mayDecrypt])).toBe("granted");
    expect(onKey({ [type]: { k: { policy: policy(toRole) } } }, type)).toBe("granted");
    expect(onKey({ [type]: { k: { policy: policy(toOther) } } }, type, [mayRead, mayDecrypt])).toBe("missing");
  });

  test.each(["key_id", "id", "arn"])("has the policy of a resource of its own, by %s", (reference) => {
    const separate = { k: { key_id: ref(`${type}.k.${reference}`), policy: policy(toRole) } };
    expect(onKey({ [type]: { k: {} }, aws_kms_key_policy: separate }, type)).toBe("granted");
    const others = { k: { ...separate.k, policy: policy(toOther) } };
    expect(onKey({ [type]: { k: {} }, aws_kms_key_policy: others }, type, [mayRead, mayDecrypt])).toBe("missing");
  });
});

describe("grants", () => {
  const granted = (body: object): Typed => ({
    aws_kms_key: { k: { policy: policy(toOther) } },
    aws_kms_grant: {
      g: {
        key_id: ref("aws_kms_key.k.key_id"),
        grantee_principal: ref("aws_iam_role.worker.arn"),
        operations: ["Decrypt", "GenerateDataKey"],
        ...body,
      },
    },
  });

  test.each([
    ["to the role", {}, "granted"],
    ["of other operations", { operations: ["Encrypt", "DescribeKey"] }, "missing"],
    ["to another role", { grantee_principal: `arn:aws:iam::${account}:role/another` }, "missing"],
    ["with a constraint", { constraints: [{ encryption_context_equals: { a: "b" } }] }, "unknown"],
    ["to whom is not known", { grantee_principal: ref("data.aws_ssm_parameter.p.value") }, "unknown"],
    ["of what is not known", { operations: ref("data.aws_ssm_parameter.p.value") }, "unknown"],
    ["on which key is not known", { key_id: ref("data.aws_ssm_parameter.p.value") }, "unknown"],
  ])("%s: %s", (_, body, state) => {
    expect(onKey(granted(body))).toBe(state);
  });

  test("leave the key the policy that AWS gives it", () => {
    const { aws_kms_grant = {} } = granted({ operations: ["Encrypt"] });
    expect(onKey({ aws_kms_key: { k: {} }, aws_kms_grant }, "aws_kms_key", [mayRead, mayDecrypt])).toBe("granted");
  });

  test("do not help where the role is denied", () => {
    const denied = { Effect: "Deny", Action: "kms:*", Resource: "*" };
    expect(onKey(granted({}), "aws_kms_key", [mayRead, denied])).toBe("missing");
  });
});

test("a key's policy for uses through a service holds for that service", () => {
  const through = (service: string): string => {
    const condition = { StringEquals: { "kms:ViaService": `${service}.eu-west-1.amazonaws.com` } };
    const statement = { ...mayDecrypt, Principal: { AWS: "*" }, Condition: condition };
    return onKey({ aws_kms_key: { k: { policy: policy(statement) } } });
  };
  expect([through("sqs"), through("s3")]).toEqual(["granted", "missing"]);
});

test("a key's policy of which it is not known whose it is may be any key's", () => {
  const any = { any: { key_id: ref("data.aws_ssm_parameter.p.value"), policy: policy(toRole) } };
  for (const type of types) expect(onKey({ [type]: { k: {} }, aws_kms_key_policy: any }, type)).toBe("unknown");
});
