import type { Environment } from "./environment.ts";

export const staging: Environment = {
  name: "staging",
  accountId: "111122223333",
  region: "eu-west-1",
  assumeRoleArn: "arn:aws:iam::111122223333:role/deploy",
  state: { kind: "s3", bucket: "shop-terraform-state-111122223333", region: "eu-west-1" },
  notify: "arn:aws:sns:eu-west-1:111122223333:incidents",
  tags: { Application: "shop", Environment: "staging" },
  protect: false,
};
