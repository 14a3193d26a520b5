import { AwsProvider, type AwsProviderConfig } from "@cdktf/provider-aws/lib/provider/index.js";
import { LocalBackend, S3Backend, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { configure } from "holdfast/modules";
import type { Environment } from "./environment.ts";

/** A stack in one environment: provider, state and what Holdfast's constructs need to know, all from its data. */
export class ShopStack extends TerraformStack {
  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id);
    const { accountId, region, notify, protect } = environment;
    new AwsProvider(this, "aws", { ...providerConfig(environment), ...emulator(environment.endpoint) });
    // The bindings pin one version of the provider; what is used here is in all of these.
    this.addOverride("terraform.required_providers.aws", { source: "hashicorp/aws", version: ">= 5.100.0, < 7.0.0" });
    keepState(this, id, environment);
    configure(this, { notify, accountId, region, protect });
  }
}

const providerConfig = ({ accountId, region, tags, assumeRoleArn, endpoint }: Environment): AwsProviderConfig => ({
  region,
  // The account of an emulator is not asked for, and the provider refuses to compare with one that it does not know.
  ...(endpoint === undefined ? { allowedAccountIds: [accountId] } : {}),
  ...(assumeRoleArn === undefined ? {} : { assumeRole: [{ roleArn: assumeRoleArn, sessionName: "terraform" }] }),
  defaultTags: [{ tags: { ...tags } }],
});

/** Points the provider at an emulator: no real credentials are read or sent. */
function emulator(endpoint: string | undefined): AwsProviderConfig {
  if (endpoint === undefined) return {};
  const services = ["cloudwatch", "iam", "lambda", "logs", "sns", "sqs", "sts"] as const;
  return {
    accessKey: "emulator",
    secretKey: "emulator",
    skipCredentialsValidation: true,
    skipMetadataApiCheck: "true",
    skipRequestingAccountId: true,
    endpoints: [Object.fromEntries(services.map((service) => [service, endpoint]))],
  };
}

function keepState(stack: TerraformStack, id: string, { state }: Environment): void {
  switch (state.kind) {
    case "s3":
      new S3Backend(stack, { bucket: state.bucket, region: state.region, key: `${id}.tfstate`, encrypt: true });
      // cdktf 0.21 has no prop for the lock file of Terraform 1.10 and later.
      stack.addOverride("terraform.backend.s3.use_lockfile", true);
      return;
    case "local":
      // Relative, or the synthesized files would hold the path of the machine that synthesized them.
      new LocalBackend(stack, { path: `terraform.${id}.tfstate` });
      return;
  }
}
