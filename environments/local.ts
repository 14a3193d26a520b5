import type { Environment } from "./environment.ts";

/** An emulator on this machine: short timeouts, so that a poison message is in its dead-letter queue within seconds. */
export const local: Environment = {
  name: "local",
  accountId: "000000000000",
  region: "eu-west-1",
  state: { kind: "local" },
  notify: "arn:aws:sns:eu-west-1:000000000000:incidents",
  tags: { Application: "shop", Environment: "local" },
  protect: false,
  timeoutSeconds: 1,
  endpoint: process.env.HOLDFAST_AWS_ENDPOINT ?? "http://127.0.0.1:4566",
};
