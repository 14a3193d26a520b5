import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { App, TerraformStack, TerraformVariable } from "cdktf";
import {
  bundle,
  configure,
  days,
  existing,
  existingQueue,
  minutes,
  QueueConsumer,
  seconds,
  zip,
} from "holdfast/modules";

const app = new App();
const shop = new TerraformStack(app, "shop");
new AwsProvider(shop, "aws", { region: "eu-west-1" });
configure(shop, { notify: "arn:aws:sns:eu-west-1:111122223333:incidents" });

// #region readme
new QueueConsumer(shop, "payments", { code: bundle("handlers/functions/pay.ts"), timeout: seconds(30) });
// #endregion

// #region figures
new QueueConsumer(shop, "refunds", {
  code: bundle("handlers/functions/pay.ts"),
  timeout: minutes(2),
  batchSize: 100,
  batchingWindow: seconds(20),
  maximumConcurrency: 5,
  retention: days(7),
});
// #endregion

// #region fifo
new QueueConsumer(shop, "shipments", {
  code: bundle("handlers/functions/ship.ts"),
  fifo: { contentBasedDeduplication: true },
});
// #endregion

// #region zip
new QueueConsumer(shop, "invoices", {
  code: zip("examples/modules/invoices.zip", { handler: "app.handler", runtime: "python3.13" }),
  permissions: [{ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::shop-invoices/*"] }],
});
// #endregion

// #region one-at-a-time
new QueueConsumer(shop, "labels", {
  code: bundle("handlers/functions/ship.ts"),
  batchSize: 1,
  response: "throw",
});
// #endregion

// #region delete-and-throw
new QueueConsumer(shop, "ledger", {
  code: bundle("handlers/functions/pay.ts"),
  response: "delete-and-throw",
});
// #endregion

// #region existing
new QueueConsumer(shop, "legacy", {
  code: existing("arn:aws:lambda:eu-west-1:111122223333:function:legacy", "legacy-role"),
  timeout: seconds(60),
  queue: existingQueue("arn:aws:sqs:eu-west-1:111122223333:legacy", {
    visibilityTimeout: minutes(6),
    deadLetterQueue: "arn:aws:sqs:eu-west-1:111122223333:legacy-failures",
  }),
});
// #endregion

// #region expression
const timeout = new TerraformVariable(shop, "timeout", { type: "number", default: 30 });
new QueueConsumer(shop, "reports", {
  code: bundle("handlers/functions/pay.ts"),
  timeout: seconds(timeout.numberValue),
});
// #endregion

// #region overrides
const orders = new QueueConsumer(shop, "orders", {
  code: bundle("handlers/functions/pay.ts"),
  overrides: { deadLetterDepthAlarm: { threshold: 10 } },
});
orders.queue?.addOverride("delay_seconds", 5);
// #endregion

app.synth();
