import {
  CloudwatchLogGroup,
  type CloudwatchLogGroupConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { IamRole, type IamRoleConfig } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy, type IamRolePolicyConfig } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { LambdaFunction, type LambdaFunctionConfig } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { Construct } from "constructs";
import type { ArchiveCode, ExistingFunction } from "../code/code.ts";
import { argumentsShape } from "../stack/arguments.ts";
import { address } from "../stack/naming.ts";
import type { Shapes } from "../stack/shapes.ts";
import { functionDefaults } from "./defaults.ts";
import type { FunctionProps, PolicyStatement } from "./props.ts";

/** Attributes that a user sets over what the construct derived, by resource. */
export interface FunctionOverrides {
  readonly function?: Partial<LambdaFunctionConfig>;
  readonly role?: Partial<IamRoleConfig>;
  readonly rolePolicy?: Partial<IamRolePolicyConfig>;
  readonly logGroup?: Partial<CloudwatchLogGroupConfig>;
}

/** What each entry looks like, for callers without type checks. */
export const functionOverrides = {
  function: argumentsShape(LambdaFunction),
  role: argumentsShape(IamRole),
  rolePolicy: argumentsShape(IamRolePolicy),
  logGroup: argumentsShape(CloudwatchLogGroup),
} as const satisfies Shapes<keyof FunctionOverrides>;

/** What the consumer adds to its function. */
export interface FunctionWiring {
  readonly name: string;
  /** What the path needs of the role. */
  readonly statements: readonly PolicyStatement[];
  /** What the handler is told in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly overrides: FunctionOverrides;
}

/** A function with its role and log group, or an existing one of which only the role's policy is made. */
export interface ConsumerFunction {
  readonly arn: string;
  /** The policy that whatever invokes the function waits for: created before it, nothing fails for want of a permission. */
  readonly rolePolicy: IamRolePolicy;
  readonly function: LambdaFunction | undefined;
  readonly role: IamRole | undefined;
  readonly logGroup: CloudwatchLogGroup | undefined;
}

/** Makes the function of a consumer, or wires an existing one. */
export function consumerFunction(owner: Construct, props: FunctionProps, wiring: FunctionWiring): ConsumerFunction {
  const { code } = props;
  switch (code.kind) {
    case "existing":
      return wireExisting(owner, props, code, wiring);
    case "archive":
      return makeFunction(owner, props, code, wiring);
  }
}

function wireExisting(
  owner: Construct,
  props: FunctionProps,
  code: ExistingFunction,
  wiring: FunctionWiring,
): ConsumerFunction {
  const statements = [...wiring.statements, ...(props.permissions ?? [])];
  const rolePolicy = makeRolePolicy(owner, wiring, code.roleName, statements);
  return { arn: code.functionArn, rolePolicy, function: undefined, role: undefined, logGroup: undefined };
}

function makeFunction(
  owner: Construct,
  props: FunctionProps,
  code: ArchiveCode,
  wiring: FunctionWiring,
): ConsumerFunction {
  const { name, overrides } = wiring;
  const tags = props.tags === undefined ? {} : { tags: { ...props.tags } };

  const logGroup = address(
    owner,
    "",
    new CloudwatchLogGroup(owner, "log-group", {
      name: `/aws/lambda/${name}`,
      retentionInDays: props.logRetentionDays ?? functionDefaults.logRetentionDays,
      ...tags,
      ...overrides.logGroup,
    }),
  );

  const role = makeRole(owner, props, wiring, tags);

  const rolePolicy = makeRolePolicy(owner, wiring, role.name, [
    // The group is the construct's own, so the function need not be able to create any.
    { sid: "WriteLogs", actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [`${logGroup.arn}:*`] },
    ...wiring.statements,
    ...(props.vpc === undefined ? [] : [networkInterfaces]),
    ...(props.tracing === "Active" ? [traces] : []),
    ...(props.permissions ?? []),
  ]);

  const archive = code.bind(owner);
  const lambda = address(
    owner,
    "",
    new LambdaFunction(owner, "function", {
      functionName: name,
      role: role.arn,
      filename: archive.filename,
      sourceCodeHash: archive.sourceCodeHash,
      handler: archive.handler,
      runtime: archive.runtime,
      architectures: [props.architecture ?? functionDefaults.architecture],
      memorySize: props.memory ?? functionDefaults.memory,
      timeout: props.timeout?.inSeconds ?? functionDefaults.timeoutSeconds,
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.layers === undefined ? {} : { layers: [...props.layers] }),
      environment: { variables: { ...archive.environment, ...props.environment, ...wiring.environment } },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      tracingConfig: { mode: props.tracing ?? functionDefaults.tracing },
      ...(props.vpc === undefined
        ? {}
        : { vpcConfig: { subnetIds: [...props.vpc.subnetIds], securityGroupIds: [...props.vpc.securityGroupIds] } }),
      // Lambda checks at creation that the role can make network interfaces, and the first invocation wants to log.
      dependsOn: [rolePolicy],
      ...tags,
      ...overrides.function,
    }),
  );
  return { arn: lambda.arn, rolePolicy, function: lambda, role, logGroup };
}

function makeRole(
  owner: Construct,
  props: FunctionProps,
  wiring: FunctionWiring,
  tags: { tags?: Record<string, string> },
): IamRole {
  const assumeRole = address(
    owner,
    "assume_role",
    new DataAwsIamPolicyDocument(owner, "assume-role", {
      statement: [
        { actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: ["lambda.amazonaws.com"] }] },
      ],
    }),
  );
  return address(
    owner,
    "",
    new IamRole(owner, "role", {
      name: wiring.name,
      path: props.rolePath ?? functionDefaults.rolePath,
      assumeRolePolicy: assumeRole.json,
      ...(props.permissionsBoundary === undefined ? {} : { permissionsBoundary: props.permissionsBoundary }),
      ...tags,
      ...wiring.overrides.role,
    }),
  );
}

function makeRolePolicy(
  owner: Construct,
  wiring: FunctionWiring,
  roleName: string,
  statements: readonly PolicyStatement[],
): IamRolePolicy {
  const document = address(
    owner,
    "",
    new DataAwsIamPolicyDocument(owner, "policy", {
      statement: statements.map(({ sid, actions, resources, conditions }) => ({
        ...(sid === undefined ? {} : { sid }),
        actions: [...actions],
        resources: [...resources],
        ...(conditions === undefined
          ? {}
          : { condition: conditions.map(({ test, variable, values }) => ({ test, variable, values: [...values] })) }),
      })),
    }),
  );
  return address(
    owner,
    "",
    new IamRolePolicy(owner, "role-policy", {
      name: wiring.name,
      role: roleName,
      policy: document.json,
      ...wiring.overrides.rolePolicy,
    }),
  );
}

/** What Lambda needs to attach a function to subnets; these actions know no resource that exists beforehand. */
const networkInterfaces: PolicyStatement = {
  sid: "AttachToVpc",
  actions: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  resources: ["*"],
};

/** X-Ray's write actions know no resources. */
const traces: PolicyStatement = {
  sid: "WriteTraces",
  actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  resources: ["*"],
};
