import type { Environment } from "./environment.ts";

export const production: Environment = {
  name: "production",
  accountId: "444455556666",
  region: "eu-central-1",
  assumeRoleArn: "arn:aws:iam::444455556666:role/deploy",
  state: { kind: "s3", bucket: "shop-terraform-state-444455556666", region: "eu-central-1" },
  notify: "arn:aws:sns:eu-central-1:444455556666:incidents",
  tags: { Application: "shop", Environment: "production" },
  protect: true,
};
