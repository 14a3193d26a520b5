import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Lets Terraform plan a configuration that nobody has credentials for: dummy keys, no checks, no role to assume, state on
 * disk. An override file, so that the configuration itself is planned as it stands.
 * https://developer.hashicorp.com/terraform/language/files/override
 */
const offline = {
  terraform: { backend: { local: {} } },
  provider: {
    aws: {
      access_key: "none",
      secret_key: "none",
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: true,
      allowed_account_ids: [],
      assume_role: [{ role_arn: "" }],
    },
  },
};

/** A copy of a configuration, in a temporary folder of its own, that can be planned offline. */
export function offlineCopy(directory: string): string {
  const copy = copyOf(directory);
  writeFileSync(join(copy, "offline_override.tf.json"), JSON.stringify(offline));
  return copy;
}

/** A copy of a folder, in a temporary folder of its own. */
export function copyOf(directory: string): string {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  cpSync(directory, copy, { recursive: true });
  return copy;
}
